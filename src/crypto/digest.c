/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/internal.h"

size_t
e2m_digest_size(e2m_digest d)
{
    static const size_t size[E2M_DIGESTS] = { 0, 20, 32, 48, 64 };

    return (unsigned)d < E2M_DIGESTS ? size[d] : 0;
}

e2m_err
e2m_hash(e2m_crypto *c, e2m_digest d, const e2m_bytes *data, size_t num,
         uint8_t *out)
{
    EVP_MD_CTX *ctx;
    bool ok;

    if (e2m_digest_size(d) == 0) {
        return E2M_E_ARG;
    }
    c->hashed[d] = true;
    ctx = c->md_ctx[d];
    ok = EVP_DigestInit_ex2(ctx, c->md[d], NULL);
    for (size_t i = 0; ok && i < num; i++) {
        ok = EVP_DigestUpdate(ctx, data[i].data, data[i].len);
    }
    if (!ok || !EVP_DigestFinal_ex(ctx, out, NULL)) {
        ERR_clear_error();
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}

e2m_err
e2m_sha256(e2m_bytes data, uint8_t out[32])
{
    e2m_ossl_start();
    if (!EVP_Q_digest(NULL, "SHA2-256", NULL, data.data, data.len, out,
                      NULL)) {
        ERR_clear_error();
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}
