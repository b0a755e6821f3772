/* SPDX-License-Identifier: BSD-3-Clause */
/* SignedData (RFC 5652 sec. 5.1), taken apart. Certificates stay octets: they
 * are only decoded when somebody asks whose they are. */
#include "cms/internal.h"

/* ---- which signature this is --------------------------------------------- */

/* RSASSA-PKCS1-v1_5 goes by the name of the key alone, or with a digest. */
static const struct {
    e2m_oid_id oid;
    e2m_sig_scheme scheme;
    e2m_digest digest; /* NONE: the digest is told elsewhere */
} schemes[] = {
    { E2M_OID_ECDSA_SHA256, E2M_SIG_ECDSA, E2M_SHA256 },
    { E2M_OID_ECDSA_SHA384, E2M_SIG_ECDSA, E2M_SHA384 },
    { E2M_OID_ECDSA_SHA512, E2M_SIG_ECDSA, E2M_SHA512 },
    { E2M_OID_RSA, E2M_SIG_RSA_PKCS1, E2M_DIGEST_NONE },
    { E2M_OID_SHA256_RSA, E2M_SIG_RSA_PKCS1, E2M_SHA256 },
    { E2M_OID_SHA384_RSA, E2M_SIG_RSA_PKCS1, E2M_SHA384 },
    { E2M_OID_SHA512_RSA, E2M_SIG_RSA_PKCS1, E2M_SHA512 },
    { E2M_OID_SHA1_RSA, E2M_SIG_RSA_PKCS1, E2M_SHA1 },
    { E2M_OID_ED25519, E2M_SIG_ED25519, E2M_SHA512 },
};

/* scheme_of gives NONE also where digest and signature algorithm name two
 * different digests: then one of them is not what was meant (RFC 5754 sec. 3;
 * RFC 8419 sec. 3.1 for Ed25519's SHA-512). */
static e2m_sig_scheme
scheme_of(const e2m_signer *s)
{
    if (e2m_bytes_eq(s->sig_alg.oid, e2m_oid(E2M_OID_RSA_PSS))) {
        return s->digest != E2M_DIGEST_NONE &&
                       e2m_cms_pss_digest(s->sig_alg.params) == s->digest
                   ? E2M_SIG_RSA_PSS
                   : E2M_SIG_NONE;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (e2m_bytes_eq(s->sig_alg.oid, e2m_oid(schemes[i].oid))) {
            return e2m_der_alg_plain(&s->sig_alg) &&
                           (schemes[i].digest == E2M_DIGEST_NONE ||
                            schemes[i].digest == s->digest)
                       ? schemes[i].scheme
                       : E2M_SIG_NONE;
        }
    }
    return E2M_SIG_NONE;
}

/* ---- SignerInfo ---------------------------------------------------------- */

/* SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm,
 *     signedAttrs [0] IMPLICIT OPTIONAL, signatureAlgorithm, signature,
 *     unsignedAttrs [1] IMPLICIT OPTIONAL } */
static e2m_err
read_signer(e2m_env *env, e2m_in *in, e2m_signer *s)
{
    e2m_in seq;
    e2m_bytes unsigned_attrs = E2M_NONE;
    uint64_t version = 0;
    bool found = false;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_der_get_uint(&seq, &version));
    if (version != 1 && version != 3) {
        return E2M_E_UNSUPPORTED;
    }
    TRY(e2m_cms_sid(&seq, &s->issuer, &s->serial, &s->key_id));
    TRY(e2m_der_get_alg(&seq, &s->digest_alg));
    TRY(e2m_cms_read_signed_attrs(env, &seq, s));
    TRY(e2m_der_get_alg(&seq, &s->sig_alg));
    TRY(e2m_der_get(&seq, E2M_DER_OCTET_STRING, &s->signature));
    TRY(e2m_der_get_optional(&seq, E2M_DER_CONTEXT_CONSTRUCTED(1),
                             &unsigned_attrs, &found));
    TRY(e2m_in_empty(&seq));
    s->digest = e2m_cms_digest_of(&s->digest_alg);
    s->scheme = scheme_of(s);
    return E2M_OK;
}

/* The number of elements, each of them sound in its header. */
static e2m_err
count(e2m_in in, size_t *out)
{
    size_t num = 0;

    while (!e2m_in_done(&in)) {
        TRY(e2m_der_get_any(&in, NULL, NULL, NULL));
        num++;
    }
    *out = num;
    return E2M_OK;
}

static e2m_err
read_signers(e2m_env *env, e2m_in in, e2m_signed *sd)
{
    size_t num = 0;

    TRY(count(in, &num));
    TRY(e2m_limit_check(env, E2M_LIMIT_SIGNERS, num, in.rest.data,
                        "too many signers"));
    E2M_NEW(env, sd->signers, num);
    for (; sd->num_signers < num; sd->num_signers++) {
        const uint8_t *at = in.rest.data;
        const e2m_err err =
            read_signer(env, &in, &sd->signers[sd->num_signers]);

        if (err != E2M_OK) {
            return e2m_fail(env, err, at,
                            err == E2M_E_UNSUPPORTED
                                ? "unknown version of SignerInfo"
                                : "malformed SignerInfo",
                            "RFC 5652 sec. 5.3");
        }
    }
    return E2M_OK;
}

/* ---- SignedData ---------------------------------------------------------- */

/* CertificateSet: attribute certificates and other formats are passed over. */
static e2m_err
read_certs(e2m_env *env, e2m_in *in, e2m_signed *sd)
{
    e2m_in set;
    size_t num = 0;

    if (!e2m_der_next_is(in, E2M_DER_CONTEXT_CONSTRUCTED(0))) {
        return E2M_OK;
    }
    TRY(e2m_der_enter(in, E2M_DER_CONTEXT_CONSTRUCTED(0), &set));
    TRY(count(set, &num));
    TRY(e2m_limit_check(env, E2M_LIMIT_CERTIFICATES, num, set.rest.data,
                        "too many certificates"));
    E2M_NEW(env, sd->certs, num);
    while (!e2m_in_done(&set)) {
        const bool is_cert = e2m_der_next_is(&set, E2M_DER_SEQUENCE);
        e2m_bytes element = E2M_NONE;

        TRY(e2m_der_get_any(&set, NULL, NULL, &element));
        if (is_cert) {
            sd->certs[sd->num_certs++] = element;
        }
    }
    return E2M_OK;
}

/* EncapsulatedContentInfo ::= SEQUENCE { eContentType,
 *     eContent [0] EXPLICIT OCTET STRING OPTIONAL } */
static e2m_err
read_content(e2m_in *in, e2m_signed *sd)
{
    e2m_in seq, tagged;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_der_get(&seq, E2M_DER_OID, &sd->content_type));
    if (!e2m_in_done(&seq)) {
        TRY(e2m_der_enter(&seq, E2M_DER_CONTEXT_CONSTRUCTED(0), &tagged));
        TRY(e2m_der_get(&tagged, E2M_DER_OCTET_STRING, &sd->content));
        TRY(e2m_in_empty(&tagged));
        sd->has_content = true;
    }
    return e2m_in_empty(&seq);
}

/* digestAlgorithms are there for one-pass readers; only the SignerInfo's own
 * is ever computed, so the list is passed over. CRLs are configured, not
 * believed. */
static e2m_err
read_fields(e2m_env *env, e2m_in *in, e2m_signed *sd)
{
    e2m_bytes skipped = E2M_NONE;
    e2m_in signers;
    uint64_t version = 0;
    bool found = false;

    TRY(e2m_der_get_uint(in, &version));
    if (version != 1 && (version < 3 || version > 5)) {
        return E2M_E_UNSUPPORTED;
    }
    TRY(e2m_der_get(in, E2M_DER_SET, &skipped));
    TRY(read_content(in, sd));
    TRY(read_certs(env, in, sd));
    TRY(e2m_der_get_optional(in, E2M_DER_CONTEXT_CONSTRUCTED(1), &skipped,
                             &found));
    TRY(e2m_der_enter(in, E2M_DER_SET, &signers));
    TRY(e2m_in_empty(in));
    return read_signers(env, signers, sd);
}

static e2m_err
read_signed(e2m_env *env, e2m_bytes der, void *out)
{
    e2m_signed sd = { .has_content = false };
    e2m_oid_id type = E2M_OID_UNKNOWN;
    e2m_in in;
    e2m_err err;

    TRY(e2m_cms_enter(env, der, &type, &in));
    if (type != E2M_OID_SIGNED_DATA) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, der.data, "not a SignedData",
                        "RFC 5652 sec. 5.1");
    }
    err = read_fields(env, &in, &sd);
    if (err != E2M_OK) {
        return e2m_fail(env, err, in.rest.data,
                        err == E2M_E_UNSUPPORTED
                            ? "unknown version of SignedData"
                            : "malformed SignedData",
                        "RFC 5652 sec. 5.1");
    }
    *(e2m_signed *)out = sd;
    return E2M_OK;
}

e2m_err
e2m_cms_read_signed(e2m_env *env, e2m_bytes content_info, e2m_signed *out)
{
    return e2m_cms_read(env, "CMS SignedData", content_info, read_signed,
                        out);
}
