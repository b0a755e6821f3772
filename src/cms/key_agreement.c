/* SPDX-License-Identifier: BSD-3-Clause */
/* From a shared secret to a key encryption key: RFC 5753 sec. 7 (X9.63 KDF) and
 * RFC 8418 (HKDF, for X25519). On P-256 and P-384, of cofactor 1, cofactor
 * Diffie-Hellman computes the same as the standard one. */
#include "cms/internal.h"

typedef struct scheme {
    e2m_oid_id oid;
    e2m_digest digest;
    bool hkdf;
} scheme;

/* SHA-1 only derives here, it signs nothing: still the default of others. */
static const scheme schemes[] = {
    { E2M_OID_ECDH_SHA256KDF, E2M_SHA256, false },
    { E2M_OID_ECDH_SHA384KDF, E2M_SHA384, false },
    { E2M_OID_ECDH_SHA512KDF, E2M_SHA512, false },
    { E2M_OID_ECDH_SHA1KDF, E2M_SHA1, false },
    { E2M_OID_COFACTOR_SHA256KDF, E2M_SHA256, false },
    { E2M_OID_COFACTOR_SHA384KDF, E2M_SHA384, false },
    { E2M_OID_ECDH_HKDF_SHA256, E2M_SHA256, true },
    { E2M_OID_ECDH_HKDF_SHA384, E2M_SHA384, true },
    { E2M_OID_ECDH_HKDF_SHA512, E2M_SHA512, true },
};

e2m_oid_id
e2m_cms_scheme_for(e2m_key_kind kind)
{
    switch (kind) {
    case E2M_KEY_P256:
        return E2M_OID_ECDH_SHA256KDF;
    case E2M_KEY_P384: /* a digest as strong as the curve, RFC 5753 sec. 8 */
        return E2M_OID_ECDH_SHA384KDF;
    case E2M_KEY_X25519:
        return E2M_OID_ECDH_HKDF_SHA256;
    case E2M_KEY_NONE:
    case E2M_KEY_RSA:
    case E2M_KEY_ED25519:
        break;
    }
    return E2M_OID_UNKNOWN;
}

static const scheme *
scheme_of(e2m_bytes oid)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (e2m_bytes_eq(oid, e2m_oid(schemes[i].oid))) {
            return &schemes[i];
        }
    }
    return NULL;
}

/* ECC-CMS-SharedInfo ::= SEQUENCE { keyInfo AlgorithmIdentifier,
 *     entityUInfo [0] EXPLICIT OCTET STRING OPTIONAL,
 *     suppPubInfo [2] EXPLICIT OCTET STRING }   -- KEK length in bits
 * keyInfo is the key wrap as it was sent. */
static e2m_err
shared_info(e2m_env *env, e2m_bytes key_info, e2m_bytes ukm, size_t kek_len,
            e2m_bytes *out)
{
    const uint8_t bits[4] = { 0, 0, (uint8_t)(kek_len * 8 >> 8),
                              (uint8_t)(kek_len * 8) };
    e2m_der_w w;

    e2m_der_w_init(&w, env, 128);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put_raw(&w, key_info);
    if (ukm.len > 0) {
        e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(0));
        e2m_der_put(&w, E2M_DER_OCTET_STRING, ukm);
        e2m_der_close(&w);
    }
    e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(2));
    e2m_der_put(&w, E2M_DER_OCTET_STRING,
                (e2m_bytes){ bits, sizeof bits });
    e2m_der_close(&w);
    e2m_der_close(&w);
    return e2m_der_w_done(&w, out);
}

e2m_err
e2m_cms_agreed_kek(e2m_env *env, e2m_crypto *c, const e2m_der_alg *alg,
                   e2m_bytes ukm, const e2m_secret *z, e2m_secret *out)
{
    const scheme *s = scheme_of(alg->oid);
    e2m_in params = e2m_in_init(alg->params);
    e2m_der_alg wrap = { E2M_NONE, E2M_NONE };
    e2m_bytes info = E2M_NONE;

    TRY(e2m_der_get_alg(&params, &wrap));
    TRY(e2m_in_empty(&params));
    out->len = e2m_cms_wrap_len(&wrap);
    if (s == NULL || out->len == 0) {
        return E2M_E_UNSUPPORTED;
    }
    TRY(shared_info(env, alg->params, ukm, out->len, &info));
    if (s->hkdf) {
        return e2m_kdf_hkdf(c, s->digest, (e2m_bytes){ z->data, z->len }, ukm,
                            info, out);
    }
    return e2m_kdf_x963(c, s->digest, z, info, out);
}
