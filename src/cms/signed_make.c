/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a SignedData: one signer, attributes always (RFC 8551 sec. 2.5). */
#include "cms/internal.h"

/* How a kind of key signs. */
typedef struct manner {
    e2m_key_kind kind;
    e2m_sig_scheme scheme;
    e2m_digest digest;
    e2m_oid_id oid;
} manner;

static const manner manners[] = {
    { E2M_KEY_P256, E2M_SIG_ECDSA, E2M_SHA256, E2M_OID_ECDSA_SHA256 },
    { E2M_KEY_P384, E2M_SIG_ECDSA, E2M_SHA384, E2M_OID_ECDSA_SHA384 },
    { E2M_KEY_ED25519, E2M_SIG_ED25519, E2M_SHA512, E2M_OID_ED25519 },
    { E2M_KEY_RSA, E2M_SIG_RSA_PSS, E2M_SHA256, E2M_OID_RSA_PSS },
};
static const manner rsa_pkcs1 = { E2M_KEY_RSA, E2M_SIG_RSA_PKCS1, E2M_SHA256,
                                  E2M_OID_RSA };

static const manner *
manner_of(const e2m_cms_sign *how)
{
    const e2m_key_kind kind = e2m_pkey_kind(how->key);

    if (kind == E2M_KEY_RSA && how->rsa_pkcs1_v15) {
        return &rsa_pkcs1;
    }
    for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++) {
        if (manners[i].kind == kind) {
            return &manners[i];
        }
    }
    return NULL;
}

/* ---- signed attributes --------------------------------------------------- */

static e2m_err
make_attr(e2m_env *env, e2m_oid_id type, e2m_der_w *value, e2m_bytes *out)
{
    e2m_bytes v = E2M_NONE;

    TRY(e2m_der_w_done(value, &v));
    return e2m_cms_make_attr(env, type, v, out);
}

/* contentType, signingTime, messageDigest: as the SET OF that is signed. */
static e2m_err
make_attrs(e2m_env *env, int64_t now_sec, e2m_bytes digest, e2m_bytes *out)
{
    e2m_bytes attrs[3];
    e2m_der_w w;

    e2m_der_w_init(&w, env, 16);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    TRY(make_attr(env, E2M_OID_CONTENT_TYPE, &w, &attrs[0]));
    e2m_der_w_init(&w, env, 24);
    e2m_der_put_time(&w, now_sec);
    TRY(make_attr(env, E2M_OID_SIGNING_TIME, &w, &attrs[1]));
    e2m_der_w_init(&w, env, digest.len + 6);
    e2m_der_put(&w, E2M_DER_OCTET_STRING, digest);
    TRY(make_attr(env, E2M_OID_MESSAGE_DIGEST, &w, &attrs[2]));
    e2m_der_w_init(&w, env, 160);
    e2m_der_put_set_of(&w, E2M_DER_SET, attrs, 3);
    return e2m_der_w_done(&w, out);
}

/* ---- the structure ------------------------------------------------------- */

static void
put_sig_alg(e2m_der_w *w, const manner *m)
{
    if (m->scheme == E2M_SIG_RSA_PSS) {
        e2m_cms_put_pss(w, m->digest);
    } else { /* RFC 3370 sec. 3.2: NULL for rsaEncryption, else absent */
        e2m_der_put_alg(w, e2m_oid(m->oid),
                        m->scheme == E2M_SIG_RSA_PKCS1 ? E2M_LIT("\x05\x00")
                                                       : E2M_NONE);
    }
}

static void
put_encap(e2m_der_w *w, bool attached, e2m_bytes content)
{
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    if (attached) {
        e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(0));
        e2m_der_put(w, E2M_DER_OCTET_STRING, content);
        e2m_der_close(w);
    }
    e2m_der_close(w);
}

/* `attrs` is the SET; in here it goes by [0] IMPLICIT. */
static void
put_signer(e2m_der_w *w, const e2m_cms_sign *how, const manner *m,
           e2m_bytes attrs, e2m_bytes signature)
{
    e2m_der_open(w, E2M_DER_SET);
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(w, 1);
    e2m_cms_put_sid(w, how->cert);
    e2m_der_put_alg(w, e2m_oid(e2m_cms_digest_oid(m->digest)), E2M_NONE);
    e2m_der_put_raw(w, E2M_LIT("\xa0"));
    e2m_der_put_raw(w, e2m_bytes_from(attrs, 1));
    put_sig_alg(w, m);
    e2m_der_put(w, E2M_DER_OCTET_STRING, signature);
    e2m_der_close(w);
    e2m_der_close(w);
}

/* CertificateSet is a SET OF: DER's order, not the chain's. */
static e2m_err
collect_certs(e2m_env *env, const e2m_cms_sign *how, e2m_bytes **out,
              size_t *out_num, size_t *out_len)
{
    size_t num = how->no_certs ? 0 : 1 + how->num_chain;
    e2m_bytes *certs = NULL;

    TRY(e2m_limit_check(env, E2M_LIMIT_CERTIFICATES, num, NULL,
                        "too many certificates"));
    E2M_NEW(env, certs, num);
    *out_len = 0;
    for (size_t i = 0; i < num; i++) {
        certs[i] = i == 0 ? how->cert->der : how->chain[i - 1];
        *out_len += certs[i].len;
    }
    *out = certs;
    *out_num = num;
    return E2M_OK;
}

static e2m_err
put_signed(e2m_env *env, e2m_bytes content, const e2m_cms_sign *how,
           const manner *m, const e2m_bytes parts[2], e2m_bytes *out)
{
    e2m_bytes *certs = NULL;
    size_t num = 0, len = 0;
    e2m_der_w w;

    TRY(collect_certs(env, how, &certs, &num, &len));
    len += parts[0].len + parts[1].len + how->cert->issuer.len;
    e2m_der_w_init(&w, env, len + (how->attached ? content.len : 0) + 256);
    e2m_cms_begin(&w, E2M_OID_SIGNED_DATA);
    e2m_der_put_uint(&w, 1);
    e2m_der_open(&w, E2M_DER_SET);
    e2m_der_put_alg(&w, e2m_oid(e2m_cms_digest_oid(m->digest)), E2M_NONE);
    e2m_der_close(&w);
    put_encap(&w, how->attached, content);
    if (num > 0) {
        e2m_der_put_set_of(&w, E2M_DER_CONTEXT_CONSTRUCTED(0), certs, num);
    }
    put_signer(&w, how, m, parts[0], parts[1]);
    e2m_cms_end(&w);
    return e2m_der_w_done(&w, out);
}

e2m_err
e2m_cms_sign_data(e2m_env *env, e2m_crypto *c, e2m_bytes content,
                  const e2m_cms_sign *how, e2m_bytes *out_content_info)
{
    const manner *m = manner_of(how);
    uint8_t digest[E2M_DIGEST_MAX];
    e2m_bytes parts[2] = { E2M_NONE, E2M_NONE }; /* attributes, signature */

    if (m == NULL) {
        return e2m_fail(env, E2M_E_NOKEY, NULL, "key is not for signatures",
                        "cms.h");
    }
    TRY(e2m_hash(c, m->digest, &content, 1, digest));
    TRY(make_attrs(env, how->now_sec,
                   (e2m_bytes){ digest, e2m_digest_size(m->digest) },
                   &parts[0]));
    TRY(e2m_pkey_sign(env, c, how->key, m->scheme, m->digest, parts[0],
                      &parts[1]));
    return put_signed(env, content, how, m, parts, out_content_info);
}

e2m_err
e2m_cms_certs_only(e2m_env *env, const e2m_bytes *certs, size_t num,
                   e2m_bytes *out_content_info)
{
    e2m_der_w w;

    TRY(e2m_limit_check(env, E2M_LIMIT_CERTIFICATES, num, NULL,
                        "too many certificates"));
    e2m_der_w_init(&w, env, 0);
    e2m_cms_begin(&w, E2M_OID_SIGNED_DATA);
    e2m_der_put_uint(&w, 1);
    e2m_der_put(&w, E2M_DER_SET, E2M_NONE);
    put_encap(&w, false, E2M_NONE);
    e2m_der_put_set_of(&w, E2M_DER_CONTEXT_CONSTRUCTED(0), certs, num);
    e2m_der_put(&w, E2M_DER_SET, E2M_NONE);
    e2m_cms_end(&w);
    return e2m_der_w_done(&w, out_content_info);
}
