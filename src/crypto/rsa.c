/* SPDX-License-Identifier: BSD-3-Clause */
/* RSA key transport (RFC 8017): OAEP, and PKCS#1 v1.5 that tells nothing. */
#include <openssl/rsa.h>

#include "crypto/internal.h"

static bool
is_oaep(e2m_rsa_padding padding)
{
    return padding == E2M_RSA_OAEP || padding == E2M_RSA_OAEP_MASK_SHA1;
}

static e2m_use
oaep_use(e2m_op op, e2m_rsa_padding padding, e2m_digest d)
{
    return (e2m_use){ op, RSA_PKCS1_OAEP_PADDING, d,
                      padding == E2M_RSA_OAEP ? d : E2M_SHA1 };
}

e2m_err
e2m_pub_wrap(e2m_crypto *c, const e2m_pub *key, e2m_rsa_padding padding,
             e2m_digest oaep, const e2m_secret *secret, uint8_t *out)
{
    e2m_use use = { .op = E2M_OP_ENCRYPT, .padding = RSA_PKCS1_PADDING };
    e2m_ready *ready = NULL;
    size_t len = key->size;

    if (is_oaep(padding)) {
        use = oaep_use(E2M_OP_ENCRYPT, padding, oaep);
    }
    if (key->kind != E2M_KEY_RSA || secret->len == 0 ||
        (is_oaep(padding) && e2m_digest_size(oaep) == 0)) {
        return E2M_E_ARG;
    }
    if (e2m_bag_get(c, key->evp, use, &ready) != E2M_OK ||
        EVP_PKEY_encrypt(ready->ctx, out, &len, secret->data, secret->len) <=
            0 ||
        len != key->size) {
        ERR_clear_error();
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}

/* The private operation; `em` has E2M_RSA_OCTETS_MAX octets. RFC 8017 sec.
 * 7.1.2 step 1 b: nothing but the length of the modulus is decrypted. */
static bool
decrypt(e2m_crypto *c, const e2m_pkey *k, e2m_use use, e2m_bytes wrapped,
        e2m_room *em)
{
    e2m_ready *ready = NULL;

    return wrapped.len == k->size &&
           e2m_bag_get(c, k->evp, use, &ready) == E2M_OK &&
           EVP_PKEY_decrypt(ready->ctx, em->data, &em->len, wrapped.data,
                            wrapped.len) > 0;
}

static e2m_err
unwrap_oaep(e2m_crypto *c, const e2m_pkey *k, e2m_use use,
            e2m_bytes wrapped, e2m_secret *out)
{
    uint8_t room[E2M_RSA_OCTETS_MAX];
    e2m_room em = { room, sizeof room };
    e2m_err err = E2M_E_CRYPTO;

    if (e2m_digest_size(use.digest) == 0) {
        return E2M_E_ARG;
    }
    e2m_secret_done(out);
    if (decrypt(c, k, use, wrapped, &em) && em.len > 0 &&
        em.len <= E2M_SECRET_MAX) {
        memcpy(out->data, room, em.len);
        out->len = em.len;
        err = E2M_OK;
    } else {
        ERR_clear_error();
    }
    e2m_wipe(room, sizeof room);
    return err;
}

/* 0xff for 0, else 0, without a branch; v below 2^31 */
static uint8_t
mask_if_zero(unsigned v)
{
    return (uint8_t)(0U - ((v - 1) >> 31));
}

/* EME-PKCS1-v1_5, RFC 8017 sec. 7.2.2: 00 02, non-zero octets, 00, the key.
 * Its length is known, so the place of every octet is public and the whole is
 * looked at in the same way whatever it holds. 0xff when all is right. */
static uint8_t
v15_mask(const uint8_t *em, size_t len, size_t want)
{
    const size_t zero = len - want - 1;
    unsigned bad = em[0] | (em[1] ^ 0x02U) | em[zero];

    for (size_t i = 2; i < zero; i++) {
        bad |= mask_if_zero(em[i]);
    }
    return mask_if_zero(bad);
}

/* RFC 3218 sec. 2.3.2. OpenSSL removes no padding here: its own check and the
 * error queue would tell good from bad (Bleichenbacher), and before 3.2 it has
 * no implicit rejection. The random key is drawn first, always. */
static e2m_err
unwrap_v15(e2m_crypto *c, const e2m_pkey *k, e2m_bytes wrapped, size_t want,
           e2m_secret *out)
{
    const e2m_use use = { .op = E2M_OP_DECRYPT, .padding = RSA_NO_PADDING };
    uint8_t room[E2M_RSA_OCTETS_MAX] = { 0 };
    uint8_t instead[E2M_SECRET_MAX];
    e2m_room em = { room, sizeof room };
    volatile uint8_t good; /* keeps the selection from becoming a branch */
    e2m_err err;

    if (want == 0 || want > E2M_SECRET_MAX) {
        return E2M_E_ARG;
    }
    err = e2m_random(instead, want);
    if (err != E2M_OK) {
        return err;
    }
    /* A text not below the modulus fails here; that much is public. */
    if (!decrypt(c, k, use, wrapped, &em) || em.len != k->size) {
        e2m_wipe(room, sizeof room);
    }
    ERR_clear_error();
    good = v15_mask(room, k->size, want);
    for (size_t i = 0; i < want; i++) {
        const uint8_t a = room[k->size - want + i];

        out->data[i] = (uint8_t)((a & good) | (instead[i] & ~good));
    }
    out->len = want;
    e2m_wipe(room, sizeof room);
    e2m_wipe(instead, sizeof instead);
    return E2M_OK;
}

e2m_err
e2m_pkey_unwrap(e2m_crypto *c, const e2m_pkey *k, e2m_rsa_padding padding,
                e2m_digest oaep, e2m_bytes wrapped, size_t want,
                e2m_secret *out)
{
    if (k->kind != E2M_KEY_RSA) {
        return E2M_E_ARG;
    }
    if (is_oaep(padding)) {
        return unwrap_oaep(c, k, oaep_use(E2M_OP_DECRYPT, padding, oaep),
                           wrapped, out);
    }
    return unwrap_v15(c, k, wrapped, want, out);
}
