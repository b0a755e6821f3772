/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-256, of which a message needs a dozen, is computed by libcrypto's own
 * functions and not through EVP, which asks the heap for each: 0.1 us and one
 * allocation less a digest, 0.4 us and four a key commitment. They are
 * deprecated for being no part of the providers; a libcrypto that was built
 * without them gets EVP. */
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include <openssl/sha.h>

#include "crypto/internal.h"

size_t
e2m_digest_size(e2m_digest d)
{
    static const size_t size[E2M_DIGESTS] = { 0, 20, 32, 48, 64 };

    return (unsigned)d < E2M_DIGESTS ? size[d] : 0;
}

#ifndef OPENSSL_NO_DEPRECATED_3_0
static bool
sha256(const e2m_bytes *data, size_t num, uint8_t *out)
{
    SHA256_CTX ctx;
    bool ok = SHA256_Init(&ctx) == 1;

    for (size_t i = 0; ok && i < num; i++) {
        ok = SHA256_Update(&ctx, data[i].data, data[i].len) == 1;
    }
    ok = ok && SHA256_Final(out, &ctx) == 1;
    e2m_wipe(&ctx, sizeof ctx); /* it may have been a key */
    return ok;
}
#endif

static bool
by_evp(e2m_crypto *c, e2m_digest d, const e2m_bytes *data, size_t num,
       uint8_t *out)
{
    EVP_MD_CTX *ctx = c->md_ctx[d];
    bool ok = EVP_DigestInit_ex2(ctx, c->md[d], NULL);

    c->hashed[d] = true;
    for (size_t i = 0; ok && i < num; i++) {
        ok = EVP_DigestUpdate(ctx, data[i].data, data[i].len);
    }
    return ok && EVP_DigestFinal_ex(ctx, out, NULL);
}

e2m_err
e2m_hash(e2m_crypto *c, e2m_digest d, const e2m_bytes *data, size_t num,
         uint8_t *out)
{
    if (e2m_digest_size(d) == 0) {
        return E2M_E_ARG;
    }
#ifndef OPENSSL_NO_DEPRECATED_3_0
    if (d == E2M_SHA256) {
        return sha256(data, num, out) ? E2M_OK : E2M_E_CRYPTO;
    }
#endif
    if (!by_evp(c, d, data, num, out)) {
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
