/* SPDX-License-Identifier: BSD-3-Clause */
/* Prepared public-key contexts of one thread. Making one takes process-wide
 * locks and 2 to 5 us; a proxy meets the same few own keys in every message
 * and the same signers again and again. */
#include <openssl/rsa.h>

#include "crypto/internal.h"

static void
drop(e2m_ready *r)
{
    EVP_PKEY_CTX_free(r->ctx);
    EVP_PKEY_free(r->peer);
    *r = (e2m_ready){ .evp = NULL };
}

void
e2m_bag_done(e2m_crypto *c)
{
    for (size_t i = 0; i < E2M_BAG_ROWS; i++) {
        for (size_t k = 0; k < E2M_BAG_WAYS; k++) {
            drop(&c->bag[i][k]);
        }
    }
}

static bool
init_op(EVP_PKEY_CTX *ctx, e2m_op op)
{
    switch (op) {
    case E2M_OP_SIGN:
        return EVP_PKEY_sign_init(ctx) > 0;
    case E2M_OP_VERIFY:
        return EVP_PKEY_verify_init(ctx) > 0;
    case E2M_OP_ENCRYPT:
        return EVP_PKEY_encrypt_init(ctx) > 0;
    case E2M_OP_DECRYPT:
        return EVP_PKEY_decrypt_init(ctx) > 0;
    case E2M_OP_DERIVE:
        return EVP_PKEY_derive_init(ctx) > 0;
    case E2M_OP_NONE:
        break;
    }
    return false;
}

/* RFC 8017: MGF1 of PSS runs on the same digest, its salt is as long as the
 * digest, OAEP has no label. */
static bool
set_padding(EVP_PKEY_CTX *ctx, const e2m_use *use, const EVP_MD *md,
            const EVP_MD *mask)
{
    if (EVP_PKEY_CTX_set_rsa_padding(ctx, use->padding) <= 0) {
        return false;
    }
    if (use->padding == RSA_PKCS1_OAEP_PADDING) {
        return EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) > 0 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mask) > 0;
    }
    if (use->padding == RSA_PKCS1_PSS_PADDING) {
        return EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(
                   ctx, use->op == E2M_OP_VERIFY ? RSA_PSS_SALTLEN_AUTO
                                                 : RSA_PSS_SALTLEN_DIGEST) > 0;
    }
    return true;
}

static bool
prepare(e2m_ready *r, const e2m_crypto *c)
{
    const EVP_MD *md = c->md[r->use.digest];
    const bool signs = r->use.op == E2M_OP_SIGN ||
                       r->use.op == E2M_OP_VERIFY;

    r->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, r->evp, NULL);
    if (r->ctx == NULL || !init_op(r->ctx, r->use.op)) {
        return false;
    }
    /* PSS parameters are refused before the padding is chosen, the digest of
     * a signature before PSS knows its MGF is not: padding first. */
    if (r->use.padding != 0 &&
        !set_padding(r->ctx, &r->use, md, c->md[r->use.mask])) {
        return false;
    }
    if (signs && EVP_PKEY_CTX_set_signature_md(r->ctx, md) <= 0) {
        return false;
    }
    return true;
}

static bool
same(const e2m_ready *r, const EVP_PKEY *evp, const e2m_use *use)
{
    return r->evp == evp && r->use.op == use->op &&
           r->use.padding == use->padding &&
           r->use.digest == use->digest && r->use.mask == use->mask;
}

e2m_err
e2m_bag_get(e2m_crypto *c, EVP_PKEY *evp, e2m_use use, e2m_ready **out)
{
    e2m_ready *row = c->bag[((uintptr_t)evp >> 6) % E2M_BAG_ROWS];
    e2m_ready *oldest = row;

    c->calls++;
    for (size_t i = 0; i < E2M_BAG_WAYS; i++) {
        if (same(&row[i], evp, &use)) {
            row[i].last = c->calls;
            *out = &row[i];
            return E2M_OK;
        }
        if (row[i].last < oldest->last) {
            oldest = &row[i];
        }
    }
    drop(oldest);
    *oldest = (e2m_ready){ evp, use, NULL, NULL, c->calls };
    if (!prepare(oldest, c)) {
        drop(oldest);
        ERR_clear_error();
        return E2M_E_CRYPTO;
    }
    *out = oldest;
    return E2M_OK;
}
