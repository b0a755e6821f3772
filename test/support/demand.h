/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of discovery: a middle that demands, its signed answer as a SIP
 * response, and what a user agent makes of it. */
#ifndef E2M_TEST_DEMAND_H
#define E2M_TEST_DEMAND_H

#include <e2m/discovery.h>

#include "world.h"

/* A middle: who it is, when, how it speaks, and its demands. */
typedef struct middle {
    const e2m_pki_pair *pair;   /* its key */
    e2m_bytes anchor;           /* whom it trusts */
    const char *names[2];
    e2m_answers answers;
    int64_t now;                /* 0: WORLD_NOW */
    const e2m_policy *policies;
    size_t num_policies;
    struct {
        unsigned what;
        const char *type;
    } demands[4];               /* to the first without `what` */
} middle;

/* middle_inspect inspects `wire` under the demands and gives, where it refuses,
 * the whole response (malloc'd; else NULL data). */
e2m_bytes middle_inspect(const middle *m, e2m_bytes wire, world_result *out);

/* A policy from "MIDDLE view TYPE verify TYPE withhold THING; MIDDLE ...". */
e2m_disclosure *disclosure(const char *text);

/* What alice makes of an answer to `request`. */
typedef struct opinion {
    bool believed;
    e2m_reason reason;
    char middle[64];
    unsigned what[4];
    char type[4][32];
    size_t num;
    bool allowed; /* by `policy`, when not NULL; then learned */
} opinion;
opinion judge(const e2m *ctx, e2m_bytes answer, e2m_bytes request, int64_t now,
              const e2m_disclosure *policy, e2m_learned *memory);

/* Seals world's `plain` as alice for bob, with what she learned. */
e2m_bytes seal_learned(const world *w, const char *plain,
                       const e2m_disclosure *policy,
                       const e2m_learned *memory);

#endif
