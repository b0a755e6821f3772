/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to role: what reading and sealing under kept keys share. */
#ifndef E2M_ROLE_REUSE_H
#define E2M_ROLE_REUSE_H

#include "role/role.h"

typedef enum e2m_scope { SCOPE_PAGER = 0, SCOPE_CALL, SCOPE_DIALOG } e2m_scope;

enum {
    REFERENCE_LEN = 16,
    REFERENCE_MIN = 8, /* shorter ones would meet by chance */
    SPARE_USES = 2 /* kept back: the other side may have taken some meanwhile */
};

static inline bool
e2m_reuse_on(const e2m_msg *msg)
{
    return msg->ctx->reuse.get != NULL;
}

/* e2m_reuse_scopes: where this message may find a key, most likely first. */
size_t e2m_reuse_scopes(const e2m_msg *msg, e2m_scope out[3]);
/* The hashes under which records stand; `label` in e2m_label_key's form. */
E2M_MUST e2m_err e2m_reuse_record_key(e2m_msg *msg, e2m_scope scope,
                                      e2m_bytes reference, e2m_bytes label,
                                      uint8_t out[32]);
E2M_MUST e2m_err e2m_reuse_newest_key(e2m_msg *msg, e2m_scope scope,
                                      uint8_t out[32]);
/* e2m_reuse_uses: how many uses a new record gets. */
uint32_t e2m_reuse_uses(const e2m_msg *msg, bool has_max, uint64_t max);
/* e2m_reuse_fill sets reference, kek and label; false when one does not fit. */
bool e2m_reuse_fill(e2m_kept *kept, e2m_bytes reference, const e2m_secret *kek,
                    e2m_bytes label);
/* e2m_reuse_put keeps the record where this message sets keys, under
 * msg->label, and notes that it is the newest there. */
E2M_MUST e2m_err e2m_reuse_put(e2m_msg *msg, e2m_kept *kept);

#endif
