/* SPDX-License-Identifier: BSD-3-Clause */
/* Key agreement on P-256, P-384 and X25519. No public key is validated by a
 * second multiplication: the cofactor is 1 and a point off the curve is refused
 * where it is set, which is all there is to check. */
#include <stdlib.h>

#include <openssl/core_names.h>

#include "crypto/internal.h"

enum { POINT_MAX = 97, UNCOMPRESSED = 4 };

struct e2m_ephemeral {
    EVP_PKEY *evp;
    EVP_PKEY_CTX *ctx;
    e2m_key_kind kind;
    uint8_t point[POINT_MAX];
};

static bool
agrees(e2m_key_kind kind)
{
    return kind == E2M_KEY_P256 || kind == E2M_KEY_P384 ||
           kind == E2M_KEY_X25519;
}

/* A key object of the same group, whose point will be set again and again. */
static EVP_PKEY *
make_peer(e2m_key_kind kind, EVP_PKEY *like)
{
    static const uint8_t base[32] = { 9 };
    EVP_PKEY *peer;

    if (kind == E2M_KEY_X25519) {
        return EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, base,
                                              sizeof base);
    }
    peer = EVP_PKEY_new();
    if (peer != NULL && EVP_PKEY_copy_parameters(peer, like) <= 0) {
        EVP_PKEY_free(peer);
        peer = NULL;
    }
    return peer;
}

/* RFC 7748 sec. 6.1: a peer of small order makes the result zero, and RFC 8418
 * sec. 2 wants that refused; OpenSSL does, and this does not rely on it. */
static bool
all_zero(const e2m_secret *z)
{
    static const uint8_t zero[E2M_SECRET_MAX];

    return e2m_ct_eq(z->data, zero, z->len);
}

static e2m_err
derive(EVP_PKEY_CTX *ctx, e2m_key_kind kind, EVP_PKEY *peer, e2m_secret *out)
{
    const size_t want = kind == E2M_KEY_P384 ? 48 : 32;

    e2m_secret_done(out);
    out->len = E2M_SECRET_MAX;
    if (EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) <= 0 ||
        EVP_PKEY_derive(ctx, out->data, &out->len) <= 0 ||
        out->len != want || all_zero(out)) {
        ERR_clear_error();
        e2m_secret_done(out);
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}

static bool
point_form_ok(e2m_key_kind kind, e2m_bytes point)
{
    return agrees(kind) && point.len == e2m_kind_point_size(kind) &&
           (kind == E2M_KEY_X25519 || point.data[0] == UNCOMPRESSED);
}

e2m_err
e2m_pkey_agree(e2m_crypto *c, const e2m_pkey *k, e2m_bytes point,
               e2m_secret *out_z)
{
    const e2m_use use = { .op = E2M_OP_DERIVE };
    e2m_ready *ready = NULL;

    if (!point_form_ok(k->kind, point) ||
        e2m_bag_get(c, k->evp, use, &ready) != E2M_OK) {
        return E2M_E_CRYPTO;
    }
    if (ready->peer == NULL) {
        ready->peer = make_peer(k->kind, k->evp);
    }
    if (ready->peer == NULL ||
        EVP_PKEY_set1_encoded_public_key(ready->peer, point.data,
                                         point.len) <= 0) {
        ERR_clear_error();
        return E2M_E_CRYPTO;
    }
    return derive(ready->ctx, k->kind, ready->peer, out_z);
}

static bool
fill(e2m_crypto *c, e2m_ephemeral *e)
{
    size_t len = 0;

    return EVP_PKEY_generate(c->keygen[e->kind], &e->evp) > 0 &&
           EVP_PKEY_get_octet_string_param(
               e->evp, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, e->point,
               sizeof e->point, &len) > 0 &&
           point_form_ok(e->kind, (e2m_bytes){ e->point, len }) &&
           (e->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, e->evp, NULL)) !=
               NULL &&
           EVP_PKEY_derive_init(e->ctx) > 0;
}

e2m_err
e2m_ephemeral_new(e2m_crypto *c, e2m_key_kind kind, e2m_ephemeral **out)
{
    e2m_ephemeral *e;

    *out = NULL;
    if (!agrees(kind)) {
        return E2M_E_ARG;
    }
    e = calloc(1, sizeof *e);
    if (e == NULL) {
        return E2M_E_NOMEM;
    }
    e->kind = kind;
    if (!fill(c, e)) {
        ERR_clear_error();
        e2m_ephemeral_free(e);
        return E2M_E_CRYPTO;
    }
    *out = e;
    return E2M_OK;
}

void
e2m_ephemeral_free(e2m_ephemeral *e)
{
    if (e != NULL) {
        EVP_PKEY_CTX_free(e->ctx);
        EVP_PKEY_free(e->evp);
        free(e);
    }
}

e2m_bytes
e2m_ephemeral_point(const e2m_ephemeral *e)
{
    return (e2m_bytes){ e->point, e2m_kind_point_size(e->kind) };
}

e2m_err
e2m_ephemeral_agree(e2m_crypto *c, const e2m_ephemeral *e,
                    const e2m_pub *peer, e2m_secret *out_z)
{
    (void)c;
    if (peer->kind != e->kind) {
        return E2M_E_ARG;
    }
    return derive(e->ctx, e->kind, peer->evp, out_z);
}
