/* SPDX-License-Identifier: BSD-3-Clause */
/* Public keys from SubjectPublicKeyInfo (RFC 5280 sec. 4.1.2.7). The octets are
 * judged before OpenSSL sees them: an attacker's explicit curve or 16384-bit
 * modulus would cost milliseconds. The forms allowed have one DER
 * encoding each but for RSA's numbers, so this needs no DER reader. */
#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "crypto/internal.h"

/* Everything before the key octets: SEQUENCE, AlgorithmIdentifier, BIT STRING
 * header, no unused bits (RFC 5480 sec. 2.1.1, RFC 8410 sec. 3). */
static const uint8_t p256_head[] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03,
    0x42, 0x00
};
static const uint8_t p384_head[] = {
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00
};
static const uint8_t x25519_head[] = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00
};
static const uint8_t ed25519_head[] = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
};
/* rsaEncryption with NULL (RFC 3279 sec. 2.3.1), behind the outer SEQUENCE */
static const uint8_t rsa_alg[] = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
    0x01, 0x05, 0x00
};

typedef struct form {
    e2m_bytes head;
    e2m_key_kind kind;
} form;

static const form forms[] = {
    { { p256_head, sizeof p256_head }, E2M_KEY_P256 },
    { { p384_head, sizeof p384_head }, E2M_KEY_P384 },
    { { x25519_head, sizeof x25519_head }, E2M_KEY_X25519 },
    { { ed25519_head, sizeof ed25519_head }, E2M_KEY_ED25519 },
};

size_t
e2m_kind_point_size(e2m_key_kind kind)
{
    static const size_t size[E2M_KINDS] = { 0, 0, 65, 97, 32, 32 };

    return (unsigned)kind < E2M_KINDS ? size[kind] : 0;
}

const char *
e2m_kind_group(e2m_key_kind kind)
{
    if (kind == E2M_KEY_P256) {
        return "prime256v1";
    }
    return kind == E2M_KEY_P384 ? "secp384r1" : NULL;
}

/* ---- RSA -------------------------------------------------------------- */

typedef struct rsa_numbers {
    e2m_bytes n; /* without a leading zero */
    e2m_bytes e;
    size_t bits;
} rsa_numbers;

/* A header with `tag`; lengths up to 65535, in the minimal form. */
static e2m_err
enter(e2m_in *in, uint8_t tag, e2m_in *out)
{
    uint8_t octet = 0;
    size_t len;
    int long_form;

    TRY(e2m_in_u8(in, &octet));
    if (octet != tag) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_in_u8(in, &octet));
    long_form = octet & 0x80 ? octet & 0x7f : 0;
    if (octet == 0x80 || long_form > 2) {
        return E2M_E_SYNTAX;
    }
    len = long_form > 0 ? 0 : octet;
    for (int i = 0; i < long_form; i++) {
        TRY(e2m_in_u8(in, &octet));
        len = len << 8 | octet;
    }
    if ((long_form == 1 && len < 0x80) || (long_form == 2 && len < 0x100)) {
        return E2M_E_SYNTAX;
    }
    return e2m_in_take(in, len, &out->rest);
}

/* A positive minimal INTEGER, its sign octet dropped. */
static e2m_err
positive(e2m_in *in, e2m_bytes *out)
{
    e2m_in number = e2m_in_init(E2M_NONE);

    TRY(enter(in, 0x02, &number));
    if (e2m_in_peek(&number, 0) == 0) {
        number.rest = e2m_bytes_from(number.rest, 1);
        if (e2m_in_peek(&number, 0) < 0x80) {
            return E2M_E_SYNTAX; /* zero, or a zero octet too many */
        }
    } else if (e2m_in_peek(&number, 0) < 0 ||
               e2m_in_peek(&number, 0) >= 0x80) {
        return E2M_E_SYNTAX; /* empty or negative */
    }
    *out = number.rest;
    return E2M_OK;
}

static size_t
bits_of(e2m_bytes number)
{
    size_t bits = number.len * 8;

    for (unsigned top = number.data[0]; top < 0x80; top <<= 1) {
        bits--;
    }
    return bits;
}

static e2m_err
rsa_read(e2m_bytes spki, rsa_numbers *out)
{
    e2m_in in = e2m_in_init(spki);
    e2m_in outer = e2m_in_init(E2M_NONE);
    e2m_in bit_string = outer;
    e2m_in key = outer;
    e2m_bytes alg = E2M_NONE;
    uint8_t unused = 0;

    TRY(enter(&in, 0x30, &outer));
    TRY(e2m_in_empty(&in));
    TRY(e2m_in_take(&outer, sizeof rsa_alg, &alg));
    if (!e2m_bytes_eq(alg, (e2m_bytes){ rsa_alg, sizeof rsa_alg })) {
        return E2M_E_UNSUPPORTED;
    }
    TRY(enter(&outer, 0x03, &bit_string));
    TRY(e2m_in_empty(&outer));
    TRY(e2m_in_u8(&bit_string, &unused));
    TRY(enter(&bit_string, 0x30, &key));
    TRY(e2m_in_empty(&bit_string));
    TRY(positive(&key, &out->n));
    TRY(positive(&key, &out->e));
    TRY(e2m_in_empty(&key));
    out->bits = bits_of(out->n);
    return unused == 0 ? E2M_OK : E2M_E_SYNTAX;
}

/* A large or even exponent has no honest use and a large one is slow. */
static bool
rsa_sane(const rsa_numbers *r, size_t max_bits)
{
    return r->bits >= E2M_RSA_BITS_MIN && r->bits <= max_bits &&
           r->bits <= (size_t)E2M_RSA_OCTETS_MAX * 8 && r->e.len <= 4 &&
           (r->e.data[r->e.len - 1] & 1) == 1 &&
           !(r->e.len == 1 && r->e.data[0] == 1) &&
           (r->n.data[r->n.len - 1] & 1) == 1;
}

static EVP_PKEY *
from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *evp = NULL;

    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &evp, EVP_PKEY_PUBLIC_KEY, params) <= 0) {
        evp = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    return evp;
}

static EVP_PKEY *
rsa_make(const rsa_numbers *r)
{
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(r->n.data, (int)r->n.len, NULL);
    BIGNUM *e = BN_bin2bn(r->e.data, (int)r->e.len, NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *evp = NULL;

    if (bld != NULL && n != NULL && e != NULL &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e)) {
        params = OSSL_PARAM_BLD_to_param(bld);
    }
    if (params != NULL) {
        evp = from_params("RSA", params);
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    BN_free(n);
    BN_free(e);
    return evp;
}

/* ---- curves ----------------------------------------------------------- */

/* The point is checked to be on the curve when it is set. */
static EVP_PKEY *
point_make(e2m_key_kind kind, e2m_bytes point)
{
    char group[16] = "";
    uint8_t octets[97];
    OSSL_PARAM params[3];

    if (e2m_kind_group(kind) == NULL) {
        return EVP_PKEY_new_raw_public_key_ex(
            NULL, kind == E2M_KEY_X25519 ? "X25519" : "ED25519", NULL,
            point.data, point.len);
    }
    if (point.len == 0 || point.data[0] != 0x04) {
        return NULL; /* compressed and hybrid points are not for us */
    }
    memcpy(octets, point.data, point.len); /* OSSL_PARAM knows no const */
    memcpy(group, e2m_kind_group(kind), strlen(e2m_kind_group(kind)));
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                 group, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                  octets, point.len);
    params[2] = OSSL_PARAM_construct_end();
    return from_params("EC", params);
}

static e2m_err
read_any(e2m_bytes spki, size_t max_rsa_bits, e2m_pub *p)
{
    rsa_numbers rsa = { E2M_NONE, E2M_NONE, 0 };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const form *f = &forms[i];
        const size_t size = e2m_kind_point_size(f->kind);

        if (spki.len == f->head.len + size &&
            e2m_bytes_eq(e2m_bytes_upto(spki, f->head.len), f->head)) {
            p->kind = f->kind;
            p->size = size;
            p->evp = point_make(f->kind, e2m_bytes_from(spki, f->head.len));
            return p->evp != NULL ? E2M_OK : E2M_E_UNSUPPORTED;
        }
    }
    if (rsa_read(spki, &rsa) != E2M_OK || !rsa_sane(&rsa, max_rsa_bits)) {
        return E2M_E_UNSUPPORTED;
    }
    p->kind = E2M_KEY_RSA;
    p->size = rsa.n.len;
    p->evp = rsa_make(&rsa);
    return p->evp != NULL ? E2M_OK : E2M_E_UNSUPPORTED;
}

e2m_err
e2m_pub_from_spki(e2m_bytes spki, size_t max_rsa_bits, e2m_pub **out)
{
    e2m_pub *p = calloc(1, sizeof *p);
    e2m_err err;

    *out = NULL;
    if (p == NULL) {
        return E2M_E_NOMEM;
    }
    e2m_ossl_start();
    err = read_any(spki, max_rsa_bits, p);
    if (err != E2M_OK) {
        ERR_clear_error();
        e2m_pub_free(p);
        return err;
    }
    *out = p;
    return E2M_OK;
}

void
e2m_pub_free(e2m_pub *p)
{
    if (p != NULL) {
        EVP_PKEY_free(p->evp);
        free(p);
    }
}

e2m_key_kind
e2m_pub_kind(const e2m_pub *p)
{
    return p->kind;
}

size_t
e2m_pub_size(const e2m_pub *p)
{
    return p->size;
}
