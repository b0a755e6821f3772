/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to role: a body on its way under protection. */
#ifndef E2M_ROLE_SEAL_H
#define E2M_ROLE_SEAL_H

#include "role/role.h"

enum { E2M_MAX_SIGNERS = 8 };

typedef struct sealing {
    e2m_msg *msg;
    const e2m_plan *plan;
    const e2m_identity *who[E2M_MAX_SIGNERS];
    size_t num_who; /* 0: no signature */
    e2m_cipher cipher;
    e2m_edits edits;
    e2m_draft plain; /* the body as an entity */
    e2m_bytes aib;   /* whole entity, or empty */
    e2m_bytes disposition; /* type of the plain body, or its default */
    e2m_reuse reuse;
    e2m_secret cek; /* of an envelope that sets a key */
} sealing;

static inline bool
option(const sealing *s, e2m_option which)
{
    return s->plan->option[which] != 0;
}

/* An envelope is to be made, for certificates or under a kept key. */
static inline bool
encrypts(const sealing *s)
{
    return s->plan->num_to > 0 || option(s, E2M_OPT_REUSE);
}

/* e2m_seal_protect makes the protected body out of s->plain, as planned. */
E2M_MUST e2m_err e2m_seal_protect(sealing *s, e2m_draft *out);

#endif
