/* SPDX-License-Identifier: BSD-3-Clause */
/* Key derivation. X9.63 and HKDF on the digest contexts at hand: EVP_KDF
 * fetches its digest for every call and takes five times as long. */
#include <limits.h>

#include "crypto/internal.h"

enum { BLOCK_MAX = 128, HMAC_SLICES = 3 };

e2m_err
e2m_kdf_x963(e2m_crypto *c, e2m_digest d, const e2m_secret *z,
             e2m_bytes info, e2m_secret *out)
{
    const size_t step = e2m_digest_size(d);
    const size_t want = out->len;
    uint8_t counter[4] = { 0, 0, 0, 0 };
    uint8_t block[E2M_DIGEST_MAX];
    const e2m_bytes data[] = { { z->data, z->len }, { counter, 4 }, info };
    e2m_err err = E2M_OK;

    if (step == 0 || want == 0 || want > E2M_SECRET_MAX) {
        return E2M_E_ARG;
    }
    for (size_t done = 0; done < want && err == E2M_OK; done += step) {
        const size_t part = want - done < step ? want - done : step;

        counter[3]++; /* at most 64 octets: never carries */
        err = e2m_hash(c, d, data, 3, block);
        if (err == E2M_OK) {
            memcpy(out->data + done, block, part);
        }
    }
    e2m_wipe(block, sizeof block);
    if (err != E2M_OK) {
        e2m_secret_done(out);
    }
    return err;
}

/* RFC 2104 over at most HMAC_SLICES slices. */
static e2m_err
hmac(e2m_crypto *c, e2m_digest d, e2m_bytes key, const e2m_bytes *data,
     size_t num, uint8_t *out)
{
    const size_t block = d == E2M_SHA384 || d == E2M_SHA512 ? 128 : 64;
    const size_t size = e2m_digest_size(d);
    uint8_t pad[BLOCK_MAX] = { 0 };
    uint8_t inner[E2M_DIGEST_MAX];
    e2m_bytes run[1 + HMAC_SLICES] = { { pad, block } };
    e2m_err err = E2M_OK;

    if (key.len > block) {
        err = e2m_hash(c, d, &key, 1, pad);
    } else if (key.len > 0) {
        memcpy(pad, key.data, key.len);
    }
    for (size_t i = 0; i < block; i++) {
        pad[i] ^= 0x36;
    }
    for (size_t i = 0; i < num; i++) {
        run[1 + i] = data[i];
    }
    if (err == E2M_OK) {
        err = e2m_hash(c, d, run, 1 + num, inner);
    }
    for (size_t i = 0; i < block; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }
    run[1] = (e2m_bytes){ inner, size };
    if (err == E2M_OK) {
        err = e2m_hash(c, d, run, 2, out);
    }
    e2m_wipe(pad, sizeof pad);
    e2m_wipe(inner, sizeof inner);
    return err;
}

/* RFC 5869 sec. 2.3 */
static e2m_err
hkdf_expand(e2m_crypto *c, e2m_digest d, const uint8_t *prk, e2m_bytes info,
            e2m_secret *out)
{
    const size_t step = e2m_digest_size(d);
    const e2m_bytes key = { prk, step };
    uint8_t t[E2M_DIGEST_MAX];
    uint8_t counter = 0;
    e2m_err err = E2M_OK;

    for (size_t done = 0; done < out->len && err == E2M_OK; done += step) {
        const size_t part = out->len - done < step ? out->len - done : step;
        const e2m_bytes data[HMAC_SLICES] = {
            { t, counter == 0 ? 0 : step }, info, { &counter, 1 }
        };

        counter++;
        err = hmac(c, d, key, data, HMAC_SLICES, t);
        if (err == E2M_OK) {
            memcpy(out->data + done, t, part);
        }
    }
    e2m_wipe(t, sizeof t);
    return err;
}

e2m_err
e2m_kdf_hkdf(e2m_crypto *c, e2m_digest d, e2m_bytes ikm, e2m_bytes salt,
             e2m_bytes info, e2m_secret *out)
{
    uint8_t prk[E2M_DIGEST_MAX];
    e2m_err err;

    if (e2m_digest_size(d) == 0 || out->len == 0 ||
        out->len > E2M_SECRET_MAX) {
        return E2M_E_ARG;
    }
    /* No salt is a salt of zeros (sec. 2.2), and HMAC pads with zeros. */
    err = hmac(c, d, salt, &ikm, 1, prk);
    if (err == E2M_OK) {
        err = hkdf_expand(c, d, prk, info, out);
    }
    e2m_wipe(prk, sizeof prk);
    if (err != E2M_OK) {
        e2m_secret_done(out);
    }
    return err;
}

/* Rare and slow by intent, so OpenSSL's own. The caller bounds the count. */
e2m_err
e2m_kdf_pbkdf2(e2m_crypto *c, e2m_bytes password, e2m_bytes salt,
               unsigned iterations, e2m_secret *out)
{
    if (iterations == 0 || iterations > INT_MAX || password.len > INT_MAX ||
        salt.len > INT_MAX || out->len == 0 || out->len > E2M_SECRET_MAX) {
        return E2M_E_ARG;
    }
    if (!PKCS5_PBKDF2_HMAC((const char *)password.data, (int)password.len,
                           salt.data, (int)salt.len, (int)iterations,
                           c->md[E2M_SHA1], (int)out->len, out->data)) {
        ERR_clear_error();
        e2m_secret_done(out);
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}
