/* SPDX-License-Identifier: BSD-3-Clause */
/* The signed attributes of a SignerInfo, read and made (RFC 5652 sec. 11,
 * RFC 5035 sec. 3, RFC 8551 sec. 2.5). */
#include "cms/internal.h"

/* ---- signingCertificateV2 ------------------------------------------------ */

/* IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER }; the
 * issuer is one directoryName [4]. */
static e2m_err
read_issuer_serial(e2m_in *in, e2m_signer *s)
{
    e2m_in seq, names, name;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_der_enter(&seq, E2M_DER_SEQUENCE, &names));
    TRY(e2m_der_enter(&names, E2M_DER_CONTEXT_CONSTRUCTED(4), &name));
    TRY(e2m_in_empty(&names));
    TRY(e2m_der_get_any(&name, NULL, NULL, &s->cert_id.issuer));
    TRY(e2m_in_empty(&name));
    if (!e2m_der_next_is(&seq, E2M_DER_INTEGER)) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_der_get_any(&seq, NULL, NULL, &s->cert_id.serial));
    return e2m_in_empty(&seq);
}

/* ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash OCTET
 *     STRING, issuerSerial OPTIONAL } */
static e2m_err
read_cert_id(e2m_in *in, e2m_signer *s)
{
    e2m_der_alg alg = { e2m_oid(E2M_OID_SHA256), E2M_NONE };
    e2m_in seq;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &seq));
    if (e2m_der_next_is(&seq, E2M_DER_SEQUENCE)) {
        TRY(e2m_der_get_alg(&seq, &alg));
    }
    s->cert_id.digest = e2m_cms_digest_of(&alg);
    TRY(e2m_der_get(&seq, E2M_DER_OCTET_STRING, &s->cert_id.hash));
    return e2m_in_done(&seq) ? E2M_OK : read_issuer_serial(&seq, s);
}

/* SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2,
 *     policies OPTIONAL }. The first is the signer's; the others would restrict
 * the path, and paths end at anchors of our own. */
static e2m_err
take_signing_cert(const e2m_cms_attr *attr, e2m_signer *s)
{
    e2m_bytes contents = E2M_NONE;
    e2m_in in, certs;

    if (s->has_cert_id) {
        return E2M_E_SYNTAX; /* a second one */
    }
    TRY(e2m_cms_attr_value(attr, E2M_DER_SEQUENCE, &contents));
    in = e2m_in_init(contents);
    TRY(e2m_der_enter(&in, E2M_DER_SEQUENCE, &certs));
    TRY(read_cert_id(&certs, s));
    s->has_cert_id = true;
    return E2M_OK;
}

/* SPEC cms:5035:1 */
e2m_err
e2m_cms_check_cert_id(e2m_crypto *c, const e2m_signer *s, const e2m_cert *cert)
{
    const e2m_cms_cert_id *id = &s->cert_id;
    uint8_t hash[E2M_DIGEST_MAX];

    if (!s->has_cert_id) {
        return E2M_OK;
    }
    if (id->digest == E2M_DIGEST_NONE || id->digest == E2M_SHA1) {
        return E2M_E_UNSUPPORTED;
    }
    TRY(e2m_hash(c, id->digest, &cert->der, 1, hash));
    if (!e2m_bytes_eq(id->hash, (e2m_bytes){ hash,
                                             e2m_digest_size(id->digest) }) ||
        (id->serial.len > 0 && (!e2m_bytes_eq(id->serial, cert->serial) ||
                                !e2m_bytes_eq(id->issuer, cert->issuer)))) {
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}

/* ---- reading ------------------------------------------------------------- */

static e2m_err
take_time(const e2m_cms_attr *attr, e2m_signer *s)
{
    e2m_in values = e2m_in_init(attr->values);

    if (s->has_time) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_der_get_time(&values, &s->signing_time));
    s->has_time = true;
    return e2m_in_empty(&values);
}

/* Once, with one value, or the signature fails (RFC 8551 sec. 2.5.2). */
static e2m_err
take_capabilities(const e2m_cms_attr *attr, e2m_signer *s)
{
    if (s->has_capabilities) {
        return E2M_E_SYNTAX;
    }
    s->has_capabilities = true;
    return e2m_cms_attr_value(attr, E2M_DER_SEQUENCE, &s->capabilities);
}

static e2m_err
take(const e2m_cms_attr *attr, void *user)
{
    e2m_signer *s = user;

    switch ((int)attr->type) {
    case E2M_OID_CONTENT_TYPE:
        return e2m_cms_attr_value(attr, E2M_DER_OID, &s->attr_type);
    case E2M_OID_MESSAGE_DIGEST:
        return e2m_cms_attr_value(attr, E2M_DER_OCTET_STRING,
                                  &s->attr_digest);
    case E2M_OID_SIGNING_TIME:
        return take_time(attr, s);
    case E2M_OID_SIGNING_CERTIFICATE_V2:
        return take_signing_cert(attr, s);
    case E2M_OID_SMIME_CAPABILITIES:
        return take_capabilities(attr, s);
    default:
        return E2M_OK; /* not ours: passed over */
    }
}

e2m_err
e2m_cms_read_signed_attrs(e2m_env *env, e2m_in *in, e2m_signer *s)
{
    e2m_bytes contents = E2M_NONE;

    if (!e2m_der_next_is(in, E2M_DER_CONTEXT_CONSTRUCTED(0))) {
        return E2M_OK;
    }
    TRY(e2m_der_get_any(in, NULL, &contents, &s->attrs));
    return contents.len == 0 ? E2M_E_SYNTAX /* SIZE (1..MAX) */
                             : e2m_cms_each_attr(env, contents, take, s);
}

/* SMIMECapabilities ::= SEQUENCE OF SEQUENCE { OID, parameters OPTIONAL }: the
 * ciphers stand there without parameters (RFC 3565 sec. 4.1, RFC 5084 sec. 4).
 * A list that breaks off says no more. */
bool
e2m_cms_capable(e2m_bytes capabilities, e2m_oid_id cipher)
{
    e2m_in in = e2m_in_init(capabilities);
    e2m_der_alg alg;

    while (e2m_der_get_alg(&in, &alg) == E2M_OK) {
        if (e2m_der_alg_plain(&alg) && e2m_bytes_eq(alg.oid, e2m_oid(cipher))) {
            return true;
        }
    }
    return false;
}

/* ---- making -------------------------------------------------------------- */

static e2m_err
make_attr(e2m_env *env, e2m_oid_id type, e2m_der_w *value, e2m_bytes *out)
{
    e2m_bytes v = E2M_NONE;

    TRY(e2m_der_w_done(value, &v));
    return e2m_cms_make_attr(env, type, v, out);
}

/* The hash algorithm is the default one, and the issuer is in the SignerInfo:
 * both stay out. */
static e2m_err
make_signing_cert(e2m_env *env, const e2m_cert *cert, e2m_bytes *out)
{
    e2m_der_w w;

    e2m_der_w_init(&w, env, 48);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OCTET_STRING,
                (e2m_bytes){ cert->sha256, sizeof cert->sha256 });
    e2m_der_close(&w);
    e2m_der_close(&w);
    e2m_der_close(&w);
    return make_attr(env, E2M_OID_SIGNING_CERTIFICATE_V2, &w, out);
}

/* What we would like to get, the best first. Not all that we read: a SIP
 * message has little room (RFC 8591 sec. 4.1). */
static e2m_err
make_capabilities(e2m_env *env, e2m_bytes *out)
{
    static const e2m_oid_id ciphers[] = { E2M_OID_AES128_GCM,
                                          E2M_OID_AES256_GCM,
                                          E2M_OID_AES128_CBC };
    e2m_der_w w;

    e2m_der_w_init(&w, env, 48);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        e2m_der_put_alg(&w, e2m_oid(ciphers[i]), E2M_NONE);
    }
    e2m_der_close(&w);
    return make_attr(env, E2M_OID_SMIME_CAPABILITIES, &w, out);
}

/* As the SET OF that is signed. */
e2m_err
e2m_cms_make_signed_attrs(e2m_env *env, const e2m_cms_sign *how,
                          e2m_bytes digest, e2m_bytes *out)
{
    e2m_bytes attrs[5];
    e2m_der_w w;

    e2m_der_w_init(&w, env, 16);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    TRY(make_attr(env, E2M_OID_CONTENT_TYPE, &w, &attrs[0]));
    e2m_der_w_init(&w, env, 24);
    e2m_der_put_time(&w, how->now_sec);
    TRY(make_attr(env, E2M_OID_SIGNING_TIME, &w, &attrs[1]));
    e2m_der_w_init(&w, env, digest.len + 6);
    e2m_der_put(&w, E2M_DER_OCTET_STRING, digest);
    TRY(make_attr(env, E2M_OID_MESSAGE_DIGEST, &w, &attrs[2]));
    TRY(make_signing_cert(env, how->cert, &attrs[3]));
    TRY(make_capabilities(env, &attrs[4]));
    e2m_der_w_init(&w, env, 320);
    e2m_der_put_set_of(&w, E2M_DER_SET, attrs, 5);
    return e2m_der_w_done(&w, out);
}
