/* SPDX-License-Identifier: BSD-3-Clause */
/* AES-CCM (RFC 3610), to read what others wrote: we seal nothing so. */
#include <limits.h>

#include "crypto/internal.h"

enum { NONCE_MIN = 7, NONCE_MAX = 13, TAG_MAX = 16 };

/* Lengths come before the key, and the whole text in one piece: CCM's first
 * block says how long it is. */
static bool
start(EVP_CIPHER_CTX *ctx, const e2m_secret *key, e2m_bytes nonce,
      e2m_bytes tag)
{
    uint8_t expect[TAG_MAX];

    memcpy(expect, tag.data, tag.len); /* EVP takes no const tag */
    return EVP_CipherInit_ex2(ctx, NULL, NULL, NULL, 0, NULL) &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)nonce.len,
                               NULL) > 0 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.len,
                               expect) > 0 &&
           EVP_CipherInit_ex2(ctx, NULL, key->data, nonce.data, 0, NULL);
}

static bool
finish(EVP_CIPHER_CTX *ctx, e2m_bytes aad, e2m_bytes sealed, uint8_t *out)
{
    static const uint8_t nothing[1];
    const uint8_t *in = sealed.len > 0 ? sealed.data : nothing;
    uint8_t none[1];
    int len = 0;

    return EVP_CipherUpdate(ctx, NULL, &len, NULL, (int)sealed.len) &&
           (aad.len == 0 ||
            EVP_CipherUpdate(ctx, NULL, &len, aad.data, (int)aad.len)) &&
           EVP_CipherUpdate(ctx, sealed.len > 0 ? out : none, &len, in,
                            (int)sealed.len) &&
           (size_t)len == sealed.len;
}

e2m_err
e2m_ccm_open(e2m_crypto *c, const e2m_secret *key, e2m_bytes nonce,
             e2m_bytes aad, e2m_bytes sealed, e2m_bytes tag, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = e2m_cipher_ctx(c, E2M_MODE_CCM, key);

    if (aad.len > INT_MAX || sealed.len > INT_MAX) {
        return E2M_E_LIMIT;
    }
    if (ctx == NULL || nonce.len < NONCE_MIN || nonce.len > NONCE_MAX ||
        tag.len > TAG_MAX || !start(ctx, key, nonce, tag) ||
        !finish(ctx, aad, sealed, out)) {
        ERR_clear_error();
        e2m_wipe(out, sealed.len); /* never release what is not authentic */
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}
