/* SPDX-License-Identifier: BSD-3-Clause */
/* Verifying one SignerInfo (RFC 5652 sec. 5.4, 5.6). */
#include "cms/internal.h"

bool
e2m_cms_signed_by(const e2m_signer *s, const e2m_cert *cert)
{
    return e2m_cms_is_cert(cert, s->issuer, s->serial, s->key_id);
}

static e2m_err
bad(e2m_env *env, const e2m_signer *s, const char *what, const char *rule)
{
    return e2m_fail(env, E2M_E_CRYPTO, s->signature.data, what, rule);
}

static e2m_err
check_algorithms(e2m_env *env, const e2m_signer *s, const e2m_cert *cert,
                 bool insecure_sha1)
{
    if (s->scheme == E2M_SIG_NONE || s->digest == E2M_DIGEST_NONE ||
        cert->pub == NULL) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, s->sig_alg.oid.data,
                        "signature algorithm is not one of ours",
                        "RFC 8551 sec. 2.2");
    }
    if (s->digest == E2M_SHA1 && !insecure_sha1) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, s->digest_alg.oid.data,
                        "SHA-1 is switched off", "RFC 8551 sec. 2.1");
    }
    return E2M_OK;
}

/* The attributes vouch for the content: its type and its digest, once each
 * (the reader refused a second one), both right. */
static e2m_err
check_attrs(e2m_env *env, e2m_crypto *c, const e2m_signed *sd,
            const e2m_signer *s, e2m_bytes content)
{
    uint8_t digest[E2M_DIGEST_MAX];

    if (s->attr_type.len == 0 || s->attr_digest.len == 0) {
        return bad(env, s, "contentType or messageDigest is missing",
                   "RFC 5652 sec. 5.3");
    }
    if (!e2m_bytes_eq(s->attr_type, sd->content_type)) {
        return bad(env, s, "signed for another content type",
                   "RFC 5652 sec. 11.1");
    }
    TRY(e2m_hash(c, s->digest, &content, 1, digest));
    if (!e2m_bytes_eq(s->attr_digest,
                      (e2m_bytes){ digest, e2m_digest_size(s->digest) })) {
        return bad(env, s, "content is not what was signed",
                   "RFC 5652 sec. 5.6");
    }
    return E2M_OK;
}

/* Another certificate for the same key, by another name or for another use,
 * cannot take this one's place (RFC 5035 sec. 3). */
static e2m_err
check_cert_id(e2m_env *env, e2m_crypto *c, const e2m_signer *s,
              const e2m_cert *cert)
{
    const e2m_err err = e2m_cms_check_cert_id(c, s, cert);

    if (err == E2M_E_CRYPTO) {
        return bad(env, s, "signed for another certificate of this name",
                   "RFC 5035 sec. 3");
    }
    return err == E2M_OK ? E2M_OK
                         : e2m_fail(env, err, s->cert_id.hash.data,
                                    "hash of the signing certificate is not "
                                    "one of ours",
                                    "RFC 5035 sec. 4");
}

/* What the signature is over: the attributes as a SET OF, or, without any, the
 * content. The signature does not tell which: a signed SET of attributes,
 * passed off as content that was signed without, would verify. So content that
 * could be such a set, and any but id-data, needs attributes. */
static e2m_err
signed_octets(e2m_env *env, const e2m_signed *sd, const e2m_signer *s,
              e2m_bytes content, e2m_bytes *out)
{
    e2m_in attrs = e2m_in_init(s->attrs);
    e2m_bytes inner = E2M_NONE;

    if (s->attrs.len > 0) {
        TRY(e2m_der_get_any(&attrs, NULL, &inner, NULL));
        return e2m_cms_retag(env, inner, out);
    }
    if (!e2m_bytes_eq(sd->content_type, e2m_oid(E2M_OID_DATA))) {
        return bad(env, s, "signed attributes are missing",
                   "RFC 5652 sec. 5.3");
    }
    if (content.len > 0 && content.data[0] == E2M_DER_SET) {
        return bad(env, s, "content could be signed attributes",
                   "RFC 5652 sec. 5.4");
    }
    *out = content;
    return E2M_OK;
}

e2m_err
e2m_cms_verify(e2m_env *env, e2m_crypto *c, const e2m_signed *sd,
               const e2m_signer *s, e2m_bytes content, const e2m_cert *cert,
               bool insecure_sha1)
{
    e2m_bytes octets = E2M_NONE;
    e2m_err err;

    TRY(check_algorithms(env, s, cert, insecure_sha1));
    if (!e2m_cms_signed_by(s, cert)) {
        return bad(env, s, "signed in another certificate's name",
                   "RFC 5652 sec. 5.3");
    }
    TRY(check_cert_id(env, c, s, cert));
    TRY(signed_octets(env, sd, s, content, &octets));
    if (s->attrs.len > 0) {
        TRY(check_attrs(env, c, sd, s, content));
    }
    err = e2m_pub_verify(c, cert->pub, s->scheme, s->digest, octets,
                         s->signature);
    return err == E2M_E_CRYPTO
               ? bad(env, s, "signature does not hold", "RFC 5652 sec. 5.6")
               : err;
}
