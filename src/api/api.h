/* SPDX-License-Identifier: BSD-3-Clause */
/* api: the public objects and their lives. */
#ifndef E2M_API_H
#define E2M_API_H

#include "role/role.h"

/* A configuration: files are kept as their bytes and decoded by e2m_new, but
 * for what has to be checked at once. Everything is on its own arena. */
struct e2m_conf {
    e2m_env env;
    size_t own_limits[E2M_LIMIT_COUNT];
    e2m_mem mem; /* for messages */
    size_t limits[E2M_LIMIT_COUNT];
    bool policy[E2M_POLICY_COUNT];
    e2m_answers answers;
    unsigned warn_view;
    unsigned warn_verify;
    e2m_bytes names[E2M_MAX_IDENTITIES];
    size_t num_names;
    e2m_bytes via[E2M_MAX_IDENTITIES];
    size_t num_via;
    struct e2m_conf_key {
        e2m_bytes file;
        char *pass;
    } identities[E2M_MAX_IDENTITIES];
    size_t num_identities;
    e2m_bytes *trust; /* files */
    size_t num_trust;
    e2m_bytes *peers; /* files */
    size_t num_peers;
    e2m_replay replay;
    size_t replay_max;
    e2m_keys reuse;
    size_t reuse_max; /* a store of its own; 0: none */
};

/* ---- identity.c ---------------------------------------------------------- */

/* e2m_identity_load reads a key file into *out; e2m_identity_done frees it. */
E2M_MUST e2m_err e2m_identity_load(e2m_bytes file, const char *pass,
                                   const size_t *limits, e2m_identity *out);
void e2m_identity_done(e2m_identity *id);
/* e2m_file_certs gives every certificate of a file to `each` and every CRL to
 * `crl`, which may be NULL. */
E2M_MUST e2m_err e2m_file_certs(e2m_bytes file,
                                e2m_err (*each)(void *user, e2m_bytes der),
                                e2m_err (*crl)(void *user, e2m_bytes der),
                                void *user);
/* e2m_file_anchors adds every certificate and CRL of a file. */
E2M_MUST e2m_err e2m_file_anchors(e2m_bytes file, e2m_anchors *anchors);
/* e2m_file_limits: files of ours may be larger than messages of strangers. */
void e2m_file_limits(size_t limits[E2M_LIMIT_COUNT]);
/* e2m_cert_is_named: e2m_cert_is_user for a name with "@", else _is_host. */
bool e2m_cert_is_named(const e2m_cert *cert, e2m_bytes name);

/* ---- bench.c: prepared contexts, lent to one message at a time ----------- */

typedef struct e2m_bench_rack e2m_bench_rack;
E2M_MUST e2m_err e2m_rack_new(size_t max_rsa_bits, e2m_bench_rack **out);
void e2m_rack_free(e2m_bench_rack *rack);
/* e2m_rack_take gives a spare bench or makes one; e2m_rack_give takes it back.
 * Any number of threads. */
E2M_MUST e2m_err e2m_rack_take(e2m_bench_rack *rack, e2m_bench **out);
void e2m_rack_give(e2m_bench_rack *rack, e2m_bench *bench);

/* ---- memory.c: the replay memory that a context has of its own ----------- */

typedef struct e2m_memory e2m_memory;
E2M_MUST e2m_err e2m_memory_new(size_t max, e2m_memory **out);
void e2m_memory_free(e2m_memory *m);
/* the hook of e2m_replay; `user` is the memory */
e2m_err e2m_memory_seen(void *user, const uint8_t key[32], int64_t now_sec,
                        int64_t until_sec, bool *known);

/* ---- learned.c: what was demanded and allowed ---------------------------- */

typedef struct e2m_memo {
    e2m_lesson lesson; /* its slices are owned; the certificate is cert's */
    e2m_cert *cert;    /* of E2M_VIEW */
    e2m_bytes *chain;  /* lesson.chain, owned; NULL: none */
} e2m_memo;

struct e2m_learned {
    const e2m *ctx;
    e2m_memo *memos; /* E2M_MAX_LESSONS; oldest first */
    size_t num;
    uint8_t *text; /* of e2m_learned_text */
};

/* e2m_learned_keep copies a lesson. */
E2M_MUST e2m_err e2m_learned_keep(e2m_learned *memory,
                                  const e2m_lesson *lesson);
/* e2m_is_word: printable, no blanks: what stands in the memory's text. */
bool e2m_is_word(e2m_bytes b);
/* e2m_copy_bytes: into malloc'd memory. */
E2M_MUST e2m_err e2m_copy_bytes(e2m_bytes in, e2m_bytes *out);

/* ---- keyring.c: the store of reused keys that a context has of its own --- */

typedef struct e2m_keyring e2m_keyring;
E2M_MUST e2m_err e2m_keyring_new(size_t max, e2m_keyring **out);
void e2m_keyring_free(e2m_keyring *k); /* wiped */
/* The same in memory of the caller's, which may be shared by processes:
 * e2m_keyring_size zeroed octets. */
size_t e2m_keyring_size(size_t max);
e2m_keyring *e2m_keyring_init(void *zeroed, size_t max);
/* the hooks of e2m_keys; `user` is the keyring */
e2m_err e2m_keyring_put(void *user, const uint8_t key[32],
                        const e2m_kept *kept, int64_t now_sec, bool replace);
e2m_err e2m_keyring_get(void *user, const uint8_t key[32], int64_t now_sec,
                        e2m_kept *out, bool *found);
e2m_err e2m_keyring_use(void *user, const uint8_t key[32], int64_t now_sec,
                        bool *left);
void e2m_keyring_drop(e2m_keyring *k, const uint8_t dialog[32]);
void e2m_keyring_drop_reference(e2m_keyring *k, e2m_bytes reference);

#endif
