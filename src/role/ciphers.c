/* SPDX-License-Identifier: BSD-3-Clause */
/* Content ciphers, and which of them all readers can decrypt (RFC 8551 sec.
 * 2.7.1). Known is what a certificate says (RFC 4262) and what the caller
 * learned from messages; nobody who said nothing is restricted. */
#include "role/role.h"

enum { CIPHERS = E2M_AES_256_CBC + 1 };

static const struct {
    e2m_oid_id oid;
    size_t key_len;
    bool cbc;
} rows[CIPHERS] = {
    [E2M_AES_128_GCM] = { E2M_OID_AES128_GCM, 16, false },
    [E2M_AES_192_GCM] = { E2M_OID_AES192_GCM, 24, false },
    [E2M_AES_256_GCM] = { E2M_OID_AES256_GCM, 32, false },
    [E2M_AES_128_CBC] = { E2M_OID_AES128_CBC, 16, true },
    [E2M_AES_192_CBC] = { E2M_OID_AES192_CBC, 24, true },
    [E2M_AES_256_CBC] = { E2M_OID_AES256_CBC, 32, true },
};

const char *
e2m_cipher_name(e2m_cipher cipher)
{
    return (unsigned)cipher < CIPHERS ? e2m_oid_name(rows[cipher].oid) : "";
}

e2m_oid_id
e2m_cipher_oid(e2m_cipher cipher)
{
    return rows[cipher].oid;
}

size_t
e2m_cipher_key_len(e2m_cipher cipher)
{
    return rows[cipher].key_len;
}

bool
e2m_cipher_is_cbc(e2m_cipher cipher)
{
    return rows[cipher].cbc;
}

unsigned
e2m_ciphers_in(e2m_bytes capabilities)
{
    unsigned found = 0;

    for (unsigned i = 0; i < CIPHERS; i++) {
        if (e2m_cms_capable(capabilities, rows[i].oid)) {
            found |= 1U << i;
        }
    }
    return found;
}

/* A list without any cipher of ours says nothing of them: lists are partial
 * (RFC 8551 sec. 2.5.2). */
static unsigned
restricted(unsigned can, const e2m_cert *const *readers, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        const unsigned his = e2m_ciphers_in(readers[i]->capabilities);

        can &= his != 0 ? his : ~0U;
    }
    return can;
}

bool
e2m_cipher_choose(const e2m_plan *plan, bool cbc_too, e2m_cipher *out)
{
    static const e2m_cipher order[] = {
        E2M_AES_128_GCM, E2M_AES_256_GCM, E2M_AES_192_GCM,
        E2M_AES_128_CBC, E2M_AES_256_CBC, E2M_AES_192_CBC,
    };
    const unsigned can = restricted(
        restricted(plan->can, plan->to, plan->num_to), plan->middles,
        plan->num_middles);

    *out = (e2m_cipher)plan->option[E2M_OPT_CIPHER];
    for (size_t i = 0; (can >> *out & 1) == 0; i++) {
        if (i == CIPHERS) {
            return false;
        }
        if (cbc_too || !rows[order[i]].cbc) {
            *out = order[i];
        }
    }
    return true;
}
