/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to role: an answer that may be a demand, while it is read. */
#ifndef E2M_ROLE_REJECTION_H
#define E2M_ROLE_REJECTION_H

#include "role/role.h"

typedef struct reading {
    e2m_msg *answer;
    const e2m_msg *request;
    e2m_rejection *r;
    e2m_level *sig;
    const e2m_entity *fragment;
    const e2m_entity *cert; /* application/pkix-cert */
    const e2m_level *certs; /* or certs-only */
    e2m_sip lines;          /* the fragment's */
    const e2m_cert *signer;
} reading;

/* The first doubt stands. `what` and `rule`: static texts. */
static inline void
doubt(reading *d, e2m_reason reason, const char *what, const char *rule)
{
    if (d->r->reason == E2M_BECAUSE_NONE) {
        d->r->reason = reason;
        d->r->why = (e2m_why){ what, "signed answer", rule, 0, false };
    }
}

static inline void
no_demand(reading *d, const char *what)
{
    doubt(d, E2M_BECAUSE_NO_DEMAND, what,
          "draft-ono-sipping-end2middle-security-01 sec. 2.3");
}

/* e2m_rejection_demands reads the fragment's Warnings into d->r. */
E2M_MUST e2m_err e2m_rejection_demands(reading *d);
/* e2m_rejection_may: what an answer of this number can demand; 0: nothing. */
unsigned e2m_rejection_may(unsigned status);

#endif
