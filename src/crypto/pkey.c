/* SPDX-License-Identifier: BSD-3-Clause */
/* Private keys of our own: which kinds there are. Reading them: keyfile.c. */
#include <stdlib.h>

#include "crypto/internal.h"

static e2m_key_kind
ec_kind(const EVP_PKEY *evp)
{
    char group[32] = "";

    if (!EVP_PKEY_get_group_name(evp, group, sizeof group, NULL)) {
        return E2M_KEY_NONE;
    }
    if (strcmp(group, e2m_kind_group(E2M_KEY_P256)) == 0) {
        return E2M_KEY_P256;
    }
    if (strcmp(group, e2m_kind_group(E2M_KEY_P384)) == 0) {
        return E2M_KEY_P384;
    }
    return E2M_KEY_NONE;
}

static e2m_key_kind
kind_of(const EVP_PKEY *evp)
{
    if (EVP_PKEY_is_a(evp, "RSA")) {
        const int bits = EVP_PKEY_get_bits(evp);

        return bits >= E2M_RSA_BITS_MIN && bits <= E2M_RSA_OCTETS_MAX * 8
                   ? E2M_KEY_RSA
                   : E2M_KEY_NONE;
    }
    if (EVP_PKEY_is_a(evp, "EC")) {
        return ec_kind(evp);
    }
    if (EVP_PKEY_is_a(evp, "X25519")) {
        return E2M_KEY_X25519;
    }
    return EVP_PKEY_is_a(evp, "ED25519") ? E2M_KEY_ED25519 : E2M_KEY_NONE;
}

e2m_err
e2m_pkey_from_evp(EVP_PKEY *evp, e2m_pkey **out)
{
    const e2m_key_kind kind = kind_of(evp);
    e2m_pkey *k;

    if (kind == E2M_KEY_NONE) {
        ERR_clear_error();
        EVP_PKEY_free(evp);
        return E2M_E_UNSUPPORTED;
    }
    k = calloc(1, sizeof *k);
    if (k == NULL) {
        EVP_PKEY_free(evp);
        return E2M_E_NOMEM;
    }
    k->evp = evp;
    k->kind = kind;
    k->size = kind == E2M_KEY_RSA ? (size_t)EVP_PKEY_get_size(evp)
                                  : e2m_kind_point_size(kind);
    *out = k;
    return E2M_OK;
}

void
e2m_pkey_free(e2m_pkey *k)
{
    if (k != NULL) {
        EVP_PKEY_free(k->evp); /* OpenSSL wipes the numbers */
        free(k);
    }
}

e2m_key_kind
e2m_pkey_kind(const e2m_pkey *k)
{
    return k->kind;
}

bool
e2m_pkey_fits(const e2m_pkey *k, const e2m_pub *p)
{
    const bool fits = k->kind == p->kind && EVP_PKEY_eq(k->evp, p->evp) == 1;

    ERR_clear_error();
    return fits;
}
