/* SPDX-License-Identifier: BSD-3-Clause */
/* A small world for tests: a CA, alice, bob, mallory, ss1 and visited with
 * their contexts, and plain messages between them. Everything through the
 * public API. */
#ifndef E2M_TEST_WORLD_H
#define E2M_TEST_WORLD_H

#include <e2m/e2m.h>
#include <e2m/pki.h>

#define WORLD_NOW 1795000000 /* 2026-11-18 */

typedef enum world_who {
    ALICE = 0, BOB, MALLORY, SS1, VISITED, WORLD_PEOPLE
} world_who;

typedef struct world {
    e2m_pki_pair ca;
    e2m_pki_pair other_ca; /* trusted by nobody */
    e2m_pki_pair pair[WORLD_PEOPLE];
    e2m_pki_pair signs[WORLD_PEOPLE]; /* where `pair` only receives */
    e2m_peer *peer[WORLD_PEOPLE];
    e2m *ctx[WORLD_PEOPLE];
} world;

/* What a context may have besides the usual. */
typedef struct world_extra {
    const e2m_mem *mem;
    const e2m_policy *policies;
    size_t num_policies;
    const world_who *peers;
    size_t num_peers;
    bool no_replay_memory; /* remember nothing: for tests that repeat */
    size_t reuse;          /* keep so many keys of messages; 0: none */
    size_t reuse_uses;     /* E2M_LIMIT_REUSE_USES, when not 0 */
} world_extra;

/* `key` as in e2m_pki_issue: everybody has one of this kind. */
void world_new(world *w, unsigned key);
/* Everybody has two: one to receive, one to sign. */
void world_new_two(world *w, unsigned receives, unsigned signs);
void world_free(world *w);
/* world_ctx makes a further context for somebody; free it with e2m_free. */
e2m *world_ctx(const world *w, world_who who, const world_extra *extra);

extern const char world_message[]; /* MESSAGE alice -> bob, text/plain */
extern const char world_invite[];  /* INVITE with an SDP that has keys */
extern const char world_answer[];  /* 200 to it, From alice, To bob */
extern const char world_text[];    /* the text of world_message */

e2m_bytes world_str(const char *s);
bool world_contains(e2m_bytes hay, const char *needle);

/* world_seal seals `plain` as `who` by `plan`; the sealed message is malloc'd.
 * Aborts the test on failure. */
e2m_bytes world_seal(const e2m *ctx, const e2m_plan *plan, e2m_bytes plain);
/* the usual plan: to the far end, with ss1 as middle */
e2m_plan *world_plan(const world *w, const e2m *ctx, world_who far);

/* What opening or inspecting said; the strings are malloc'd. */
typedef struct world_result {
    e2m_outcome outcome;
    e2m_reason reason;
    unsigned status;
    size_t num_parts;
    e2m_bytes content; /* of the last content part */
    e2m_bytes plain;   /* open: the message put back */
    bool committed;
    bool shared;
    bool bound;
    char signer[128];
    char recipient[16]; /* of the last content part */
} world_result;
world_result world_open(const e2m *ctx, e2m_bytes sealed, int64_t now);
world_result world_inspect(const e2m *ctx, e2m_bytes sealed, int64_t now);
void world_result_free(world_result *r);
void world_bytes_free(e2m_bytes b);

#endif
