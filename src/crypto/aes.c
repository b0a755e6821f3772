/* SPDX-License-Identifier: BSD-3-Clause */
/* AES-GCM and AES-CBC on contexts made beforehand. */
#include <limits.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto/internal.h"

enum { BLOCK = 16, NONCE = 12, TAG_MIN = 12, TAG_MAX = 16 };

/* EVP counts in int; nothing of ours comes near. */
static bool
too_long(e2m_bytes b)
{
    return b.len > INT_MAX - BLOCK;
}

EVP_CIPHER_CTX *
e2m_cipher_ctx(e2m_crypto *c, e2m_mode mode, const e2m_secret *key)
{
    if (key->len != 16 && key->len != 24 && key->len != 32) {
        return NULL;
    }
    c->keyed[mode][key->len / 8 - 2] = true; /* see e2m_crypto_rest */
    return c->cipher_ctx[mode][key->len / 8 - 2];
}

EVP_CIPHER_CTX *
e2m_cipher_start(e2m_crypto *c, e2m_mode mode, const e2m_secret *key,
                 const uint8_t *iv, bool seal)
{
    EVP_CIPHER_CTX *ctx = e2m_cipher_ctx(c, mode, key);

    if (ctx == NULL ||
        !EVP_CipherInit_ex2(ctx, NULL, key->data, iv, seal, NULL)) {
        return NULL;
    }
    return ctx;
}

/* EVP_CipherUpdate over `in`; an empty slice would ask for something else. */
static bool
run(EVP_CIPHER_CTX *ctx, e2m_bytes in, uint8_t *out)
{
    int len = 0;

    return in.len == 0 ||
           (EVP_CipherUpdate(ctx, out, &len, in.data, (int)in.len) &&
            (size_t)len == in.len);
}

e2m_err
e2m_gcm_seal(e2m_crypto *c, const e2m_secret *key, const uint8_t nonce[12],
             e2m_bytes aad, e2m_bytes plain, uint8_t *out, uint8_t tag[16])
{
    EVP_CIPHER_CTX *ctx;
    uint8_t none[BLOCK];
    int len = 0;

    if (too_long(aad) || too_long(plain)) {
        return E2M_E_LIMIT;
    }
    ctx = e2m_cipher_start(c, E2M_MODE_GCM, key, nonce, true);
    if (ctx == NULL || !run(ctx, aad, NULL) || !run(ctx, plain, out) ||
        !EVP_CipherFinal_ex(ctx, none, &len) ||
        !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_MAX, tag)) {
        ERR_clear_error();
        e2m_wipe(out, plain.len);
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}

/* What EVP_CTRL_AEAD_SET_TAG comes to. */
static bool
set_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, size_t len)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag,
                                          len),
        OSSL_PARAM_construct_end()
    };

    return EVP_CIPHER_CTX_set_params(ctx, params) > 0;
}

e2m_err
e2m_gcm_open(e2m_crypto *c, const e2m_secret *key, e2m_bytes nonce,
             e2m_bytes aad, e2m_bytes sealed, e2m_bytes tag, uint8_t *out)
{
    uint8_t expect[TAG_MAX];
    uint8_t none[BLOCK];
    EVP_CIPHER_CTX *ctx = NULL;
    int len = 0;

    if (too_long(aad) || too_long(sealed)) {
        return E2M_E_LIMIT;
    }
    if (nonce.len == NONCE && tag.len >= TAG_MIN && tag.len <= TAG_MAX) {
        memcpy(expect, tag.data, tag.len); /* EVP takes no const tag */
        ctx = e2m_cipher_start(c, E2M_MODE_GCM, key, nonce.data, false);
    }
    if (ctx == NULL || !set_tag(ctx, expect, tag.len) ||
        !run(ctx, aad, NULL) || !run(ctx, sealed, out) ||
        !EVP_CipherFinal_ex(ctx, none, &len)) {
        ERR_clear_error();
        e2m_wipe(out, sealed.len); /* never release what is not authentic */
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}

/* RFC 5652 sec. 6.3: 1 to 16 octets, each with their number. */
e2m_err
e2m_cbc_seal(e2m_crypto *c, const e2m_secret *key, const uint8_t iv[16],
             e2m_bytes plain, uint8_t *out)
{
    const size_t whole = plain.len / BLOCK * BLOCK;
    const size_t tail = plain.len - whole;
    uint8_t last[BLOCK];
    EVP_CIPHER_CTX *ctx;
    e2m_err err = E2M_OK;

    if (too_long(plain)) {
        return E2M_E_LIMIT;
    }
    memset(last, (int)(BLOCK - tail), sizeof last);
    if (tail > 0) {
        memcpy(last, plain.data + whole, tail);
    }
    ctx = e2m_cipher_start(c, E2M_MODE_CBC, key, iv, true);
    if (ctx == NULL || !run(ctx, e2m_bytes_upto(plain, whole), out) ||
        !run(ctx, (e2m_bytes){ last, BLOCK }, out + whole)) {
        ERR_clear_error();
        e2m_wipe(out, whole + BLOCK);
        err = E2M_E_CRYPTO;
    }
    e2m_wipe(last, sizeof last);
    return err;
}

/* 1 when a < b, else 0, without a branch; both well below 2^31 */
static unsigned
less(unsigned a, unsigned b)
{
    return (a - b) >> 31;
}

/* All sixteen octets are looked at whatever they say: how far a check came
 * would tell an attacker about the plaintext. */
static bool
padding_ok(const uint8_t last[BLOCK])
{
    const unsigned pad = last[BLOCK - 1];
    unsigned bad = less(pad, 1) | less(BLOCK, pad);

    for (unsigned i = 0; i < BLOCK; i++) {
        const unsigned counts = less(i, pad); /* i-th from the end */
        const unsigned differs = last[BLOCK - 1 - i] ^ pad;

        bad |= (0U - counts) & differs;
    }
    return bad == 0;
}

e2m_err
e2m_cbc_open(e2m_crypto *c, const e2m_secret *key, e2m_bytes iv,
             e2m_bytes sealed, uint8_t *out, size_t *out_len)
{
    EVP_CIPHER_CTX *ctx = NULL;
    size_t pad;

    if (too_long(sealed)) {
        return E2M_E_LIMIT;
    }
    if (iv.len == BLOCK && sealed.len > 0 && sealed.len % BLOCK == 0) {
        ctx = e2m_cipher_start(c, E2M_MODE_CBC, key, iv.data, false);
    }
    if (ctx == NULL || !run(ctx, sealed, out) ||
        !padding_ok(out + sealed.len - BLOCK)) {
        ERR_clear_error();
        e2m_wipe(out, sealed.len);
        return E2M_E_CRYPTO;
    }
    pad = out[sealed.len - 1];
    e2m_wipe(out + sealed.len - pad, pad);
    *out_len = sealed.len - pad;
    return E2M_OK;
}
