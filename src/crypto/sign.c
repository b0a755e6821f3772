/* SPDX-License-Identifier: BSD-3-Clause */
/* Signatures: ours made, others' checked. The digest is computed here, on the
 * digest context, and the key's prepared context gets the result. */
#include <openssl/rsa.h>

#include "crypto/internal.h"

/* Which use of a key a scheme is; false when they do not go together. */
static bool
use_of(e2m_op op, e2m_key_kind kind, e2m_sig_scheme scheme, e2m_digest digest,
       e2m_use *out)
{
    const bool rsa = kind == E2M_KEY_RSA;
    const bool ec = kind == E2M_KEY_P256 || kind == E2M_KEY_P384;

    if (e2m_digest_size(digest) == 0) {
        return false;
    }
    *out = (e2m_use){ .op = op, .digest = digest };
    switch (scheme) {
    case E2M_SIG_ECDSA:
        return ec;
    case E2M_SIG_RSA_PKCS1:
        out->padding = RSA_PKCS1_PADDING;
        return rsa;
    case E2M_SIG_RSA_PSS:
        out->padding = RSA_PKCS1_PSS_PADDING;
        return rsa;
    case E2M_SIG_NONE:
    case E2M_SIG_ED25519: /* has no digest of its own; see below */
        break;
    }
    return false;
}

/* RFC 8032: over the data itself. EVP promises no second use of such a
 * context, so each signature gets a fresh one; 3 % of its time. */
static bool
ed25519_verify(const e2m_pub *key, e2m_bytes data, e2m_bytes sig)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool good =
        ctx != NULL &&
        EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, key->evp,
                                NULL) == 1 &&
        EVP_DigestVerify(ctx, sig.data, sig.len, data.data, data.len) == 1;

    EVP_MD_CTX_free(ctx);
    return good;
}

static bool
verify(e2m_crypto *c, const e2m_pub *key, const e2m_use *use, e2m_bytes data,
       e2m_bytes sig)
{
    uint8_t hash[E2M_DIGEST_MAX];
    e2m_ready *ready = NULL;

    return e2m_hash(c, use->digest, &data, 1, hash) == E2M_OK &&
           e2m_bag_get(c, key->evp, *use, &ready) == E2M_OK &&
           EVP_PKEY_verify(ready->ctx, sig.data, sig.len, hash,
                           e2m_digest_size(use->digest)) == 1;
}

e2m_err
e2m_pub_verify(e2m_crypto *c, const e2m_pub *key, e2m_sig_scheme scheme,
               e2m_digest digest, e2m_bytes data, e2m_bytes sig)
{
    e2m_use use;
    bool good = false;

    if (sig.len == 0) {
        return E2M_E_CRYPTO;
    }
    if (scheme == E2M_SIG_ED25519) {
        good = key->kind == E2M_KEY_ED25519 &&
               ed25519_verify(key, data, sig);
    } else if (use_of(E2M_OP_VERIFY, key->kind, scheme, digest, &use)) {
        good = verify(c, key, &use, data, sig);
    }
    if (!good) {
        ERR_clear_error();
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}

static bool
ed25519_sign(const e2m_pkey *k, e2m_bytes data, e2m_room *sig)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool good =
        ctx != NULL &&
        EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, k->evp, NULL) ==
            1 &&
        EVP_DigestSign(ctx, sig->data, &sig->len, data.data, data.len) == 1;

    EVP_MD_CTX_free(ctx);
    return good;
}

static bool
sign(e2m_crypto *c, const e2m_pkey *k, const e2m_use *use, e2m_bytes data,
     e2m_room *sig)
{
    uint8_t hash[E2M_DIGEST_MAX];
    e2m_ready *ready = NULL;

    return e2m_hash(c, use->digest, &data, 1, hash) == E2M_OK &&
           e2m_bag_get(c, k->evp, *use, &ready) == E2M_OK &&
           EVP_PKEY_sign(ready->ctx, sig->data, &sig->len, hash,
                         e2m_digest_size(use->digest)) == 1;
}

e2m_err
e2m_pkey_sign(e2m_env *env, e2m_crypto *c, const e2m_pkey *k,
              e2m_sig_scheme scheme, e2m_digest digest, e2m_bytes data,
              e2m_bytes *out_sig)
{
    e2m_room sig = { NULL, (size_t)EVP_PKEY_get_size(k->evp) };
    e2m_use use;
    void *room = NULL;
    bool good = false;
    e2m_err err;

    err = e2m_alloc(env, sig.len, &room);
    if (err != E2M_OK) {
        return err;
    }
    sig.data = room;
    if (scheme == E2M_SIG_ED25519) {
        good = k->kind == E2M_KEY_ED25519 &&
               ed25519_sign(k, data, &sig);
    } else if (use_of(E2M_OP_SIGN, k->kind, scheme, digest, &use)) {
        good = sign(c, k, &use, data, &sig);
    }
    if (!good) {
        ERR_clear_error();
        return e2m_fail(env, E2M_E_CRYPTO, NULL, "cannot sign with this key",
                        "RFC 5652 sec. 5.5");
    }
    *out_sig = (e2m_bytes){ sig.data, sig.len };
    return E2M_OK;
}
