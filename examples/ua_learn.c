/* SPDX-License-Identifier: BSD-3-Clause */
/* A user agent that finds out which proxies must see what it sends: it seals
 * for the peer alone, and again for each proxy that may ask.
 *
 *   ua_learn ME.pem PEER.crt CA.crt plain.sip
 *
 * The network is standard output and input: a line with a number of octets,
 * then a message: the request there, its final response back.
 *
 * cc ua_learn.c file.c $(pkg-config --cflags --libs libe2m) */
#include <e2m/discovery.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"

/* What the library cannot hold, because it sees one message at a time: */
enum { ROUNDS = 5, ASKED = 16, WIRE = 131072 };

typedef struct agent {
    e2m *ctx;
    e2m_peer *peer;
    e2m_disclosure *policy;
    e2m_learned *memory; /* e2m_learned_text keeps it over a restart */
    char asked[ASKED][512]; /* for this request: who demanded what */
    size_t num_asked;
} agent;

static e2m_bytes
text(const char *s)
{
    return (e2m_bytes){ (const uint8_t *)s, strlen(s) };
}

/* ---- once ---------------------------------------------------------------- */

/* Proxies of my own domain may view text and SDP, and verify all; nobody else
 * anything. A policy that is asked for nothing is a policy that denies. */
static e2m_err
make_policy(e2m_disclosure **out)
{
    e2m_err err = e2m_disclosure_new(out);

    err = err ? err : e2m_disclosure_rule(*out, text("@own"), 1);
    err = err ? err
              : e2m_disclosure_allow(*out, E2M_VIEW, text("text/plain"));
    err = err ? err
              : e2m_disclosure_allow(*out, E2M_VIEW, text("application/sdp"));
    return err ? err : e2m_disclosure_allow(*out, E2M_VERIFY, text("*"));
}

static e2m_err
start(agent *a, char **arg)
{
    e2m_conf *conf = e2m_conf_new(NULL);
    e2m_err err = conf == NULL ? E2M_E_NOMEM : E2M_OK;

    err = err ? err : e2m_conf_identity(conf, file_read(arg[1]), NULL);
    err = err ? err : e2m_conf_trust(conf, file_read(arg[3]));
    err = err ? err : e2m_new(&a->ctx, conf);
    err = err ? err : e2m_peer_new(&a->peer, file_read(arg[2]));
    err = err ? err : e2m_learned_new(&a->memory, a->ctx);
    err = err ? err : make_policy(&a->policy);
    e2m_conf_free(conf);
    return err;
}

/* ---- one try ------------------------------------------------------------- */

/* For the peer, and for the proxies that were learned of. */
static e2m_err
seal(const agent *a, e2m_msg *request, const e2m_edit **edits, size_t *num)
{
    e2m_plan *plan = NULL;
    e2m_err err = e2m_plan_new(&plan, a->ctx);

    if (err == E2M_OK) {
        e2m_plan_disclosure(plan, a->policy);
        err = e2m_plan_to(plan, a->peer);
    }
    err = err ? err : e2m_plan_learned(plan, request, a->memory);
    err = err ? err : e2m_end_seal(request, plan, edits, num);
    e2m_plan_free(plan);
    return err;
}

/* Your stack: the sealed request goes, the final response comes. */
static bool
exchange(e2m_bytes wire, const e2m_edit *edits, size_t num, e2m_bytes *answer)
{
    static uint8_t buffer[WIRE];
    size_t len = 0;

    if (e2m_edits_apply(wire, edits, num, buffer, WIRE, &len) != E2M_OK) {
        return false;
    }
    printf("%zu\n", len);
    if (fwrite(buffer, 1, len, stdout) != len || fflush(stdout) != 0 ||
        scanf("%zu", &len) != 1 || len > WIRE || getchar() != '\n') {
        return false;
    }
    *answer = (e2m_bytes){ buffer, len };
    return fread(buffer, 1, len, stdin) == len;
}

/* Who is given what he demands and demands it again wants something else. */
static bool
asked_before(agent *a, const e2m_rejection *r)
{
    for (size_t i = 0; i < r->num_demands; i++) {
        char now[sizeof a->asked[0]];

        (void)snprintf(now, sizeof now, "%u %.*s %.*s", r->demands[i].what,
                       (int)r->demands[i].type.len,
                       (const char *)r->demands[i].type.data,
                       (int)r->middle.len, (const char *)r->middle.data);
        for (size_t k = 0; k < a->num_asked; k++) {
            if (strcmp(a->asked[k], now) == 0) {
                return true;
            }
        }
        if (a->num_asked == ASKED) {
            return true;
        }
        memcpy(a->asked[a->num_asked++], now, sizeof now);
    }
    return false;
}

typedef enum next { FAILED, DONE, AGAIN } next;

/* Nothing is shown to the user of an answer that demands, and nothing of it
 * counts that is not believed. */
static next
judge(agent *a, e2m_msg *request, e2m_msg *answer)
{
    const e2m_rejection *r = NULL;
    e2m_permit permit;

    if (e2m_end_rejection(answer, request, &r) != E2M_OK) {
        return FAILED;
    }
    if (r->reason == E2M_BECAUSE_NO_DEMAND) {
        return DONE; /* an answer like any other */
    }
    if (!r->believed) {
        fprintf(stderr, "not believed: %s\n", r->why.what);
        return FAILED;
    }
    if (asked_before(a, r)) {
        fprintf(stderr, "demanded again\n");
        return FAILED;
    }
    if (e2m_learned_add(a->memory, request, r, a->policy, &permit) !=
            E2M_OK ||
        !permit.allowed) {
        fprintf(stderr, "denied\n");
        return FAILED;
    }
    fprintf(stderr, "learned: %.*s\n", (int)r->middle.len,
            (const char *)r->middle.data);
    return AGAIN;
}

static next
try(agent *a, e2m_bytes wire)
{
    const int64_t now = time(NULL);
    const e2m_edit *edits = NULL;
    e2m_msg *request = NULL;
    e2m_msg *answer = NULL;
    next then = FAILED;
    e2m_bytes back;
    size_t num = 0;

    if (e2m_msg_open(&request, a->ctx, wire, E2M_DATAGRAM, now) == E2M_OK &&
        seal(a, request, &edits, &num) == E2M_OK &&
        exchange(wire, edits, num, &back) &&
        e2m_msg_open(&answer, a->ctx, back, E2M_DATAGRAM, time(NULL)) ==
            E2M_OK) {
        then = judge(a, request, answer);
    }
    e2m_msg_close(answer);
    e2m_msg_close(request);
    return then;
}

/* ---- the loop ------------------------------------------------------------ */

/* Your stack: another try is a new request, its CSeq one higher (RFC 3261
 * sec. 8.1.3.5) and another branch. Here a character is counted up. */
static void
count_up(uint8_t *wire, size_t len, const char *behind)
{
    const size_t n = strlen(behind);

    for (size_t i = 0; i + n < len; i++) {
        if (memcmp(wire + i, behind, n) == 0) {
            wire[i + n]++;
            return;
        }
    }
}

int
main(int argc, char **argv)
{
    const e2m_bytes plain = argc == 5 ? file_read(argv[4])
                                      : (e2m_bytes){ NULL, 0 };
    static uint8_t wire[WIRE];
    static agent a;
    next then = FAILED;

    if (plain.len > 0 && start(&a, argv) == E2M_OK) {
        memcpy(wire, plain.data, plain.len);
        then = AGAIN;
    }
    for (int round = 0; round < ROUNDS && then == AGAIN; round++) {
        then = try(&a, (e2m_bytes){ wire, plain.len });
        count_up(wire, plain.len, "CSeq: ");
        count_up(wire, plain.len, "branch=z9hG4bK");
    }
    e2m_disclosure_free(a.policy);
    e2m_learned_free(a.memory);
    e2m_peer_free(a.peer);
    e2m_free(a.ctx);
    file_free_all();
    return then == DONE ? 0 : 1;
}
