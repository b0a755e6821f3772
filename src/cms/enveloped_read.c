/* SPDX-License-Identifier: BSD-3-Clause */
/* EnvelopedData (RFC 5652 sec. 6.1) and AuthEnvelopedData (RFC 5083 sec. 2.1),
 * taken apart without a key. */
#include "cms/internal.h"

enum { ICV_DEFAULT = 12, ICV_MAX = 16, CBC_IV_LEN = 16 };

/* GCMParameters ::= SEQUENCE { aes-nonce OCTET STRING,
 *     aes-ICVlen INTEGER (12..16) DEFAULT 12 }          -- RFC 5084 sec. 3.2
 * CCMParameters, sec. 3.1, is the same with ICVlen 4, 6, ... 16: fewer than 12
 * are too easily hit by chance, for either. A 12 that is spelled out is no DER,
 * and taken. */
static e2m_err
read_aead(e2m_in *in, e2m_enveloped *e)
{
    e2m_in seq;
    uint64_t icv = ICV_DEFAULT;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_der_get(&seq, E2M_DER_OCTET_STRING, &e->nonce));
    if (!e2m_in_done(&seq)) {
        TRY(e2m_der_get_uint(&seq, &icv));
        e->has_icv_len = true;
    }
    TRY(e2m_in_empty(&seq));
    if (icv < ICV_DEFAULT || icv > ICV_MAX) {
        return E2M_E_SYNTAX;
    }
    e->icv_len = (size_t)icv;
    return E2M_OK;
}

static e2m_err
read_cipher(e2m_in *in, e2m_enveloped *e)
{
    e2m_der_alg alg;
    e2m_in params;

    TRY(e2m_der_get_alg(in, &alg));
    e->cipher = e2m_oid_of(alg.oid);
    params = e2m_in_init(alg.params);
    if (e2m_cms_cipher_of(e->cipher) == NULL) {
        e->cipher = E2M_OID_UNKNOWN;
        return E2M_OK; /* its parameters are its own */
    }
    if (e2m_cms_mode_of(e->cipher) != E2M_CMS_CBC) {
        TRY(read_aead(&params, e));
    } else {
        TRY(e2m_der_get(&params, E2M_DER_OCTET_STRING, &e->nonce));
        if (e->nonce.len != CBC_IV_LEN) {
            return E2M_E_SYNTAX;
        }
    }
    return e2m_in_empty(&params);
}

/* EncryptedContentInfo ::= SEQUENCE { contentType, alg,
 *     encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL } */
e2m_err
e2m_cms_read_content(e2m_env *env, e2m_in *in, e2m_enveloped *e)
{
    e2m_in seq;
    bool found = false;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_der_get(&seq, E2M_DER_OID, &e->content_type));
    TRY(read_cipher(&seq, e));
    TRY(e2m_cms_octets(env, &seq, 0, &e->sealed, &found));
    TRY(e2m_in_empty(&seq));
    if (!found) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, e->content_type.data,
                        "encrypted content is elsewhere",
                        "RFC 5652 sec. 6.1");
    }
    return E2M_OK;
}

/* The tag is as long as the parameters say. One form is let through beside
 * that: no length, which means 12, with 16 octets, as in the sample of RFC 8551
 * sec. 3.4. Never fewer than 12. */
static e2m_err
read_mac(e2m_in *in, e2m_enveloped *e)
{
    TRY(e2m_der_get(in, E2M_DER_OCTET_STRING, &e->mac));
    if (e2m_cms_mode_of(e->cipher) == E2M_CMS_CBC ||
        e->mac.len == e->icv_len) {
        return E2M_OK;
    }
    return !e->has_icv_len && e->mac.len == ICV_MAX ? E2M_OK : E2M_E_SYNTAX;
}

/* Attributes ::= SET SIZE (1..MAX) OF Attribute, behind an IMPLICIT tag. */
e2m_err
e2m_cms_read_attrs(e2m_in *in, unsigned number, e2m_bytes *out)
{
    bool found = false;

    TRY(e2m_der_get_optional(in, E2M_DER_CONTEXT_CONSTRUCTED(number), out,
                             &found));
    return found && out->len == 0 ? E2M_E_SYNTAX : E2M_OK;
}

static e2m_err
check_version(e2m_env *env, const e2m_enveloped *e, uint64_t version,
              const uint8_t *at)
{
    const bool known = e->structure == E2M_OID_AUTH_ENVELOPED_DATA
                           ? version == 0
                           : version <= 4 && version != 1;

    return known ? E2M_OK
                 : e2m_fail(env, E2M_E_UNSUPPORTED, at,
                            "unknown version of the envelope",
                            "RFC 5652 sec. 6.1");
}

static e2m_err
read_fields(e2m_env *env, e2m_in *in, e2m_enveloped *e)
{
    const bool auth = e->structure == E2M_OID_AUTH_ENVELOPED_DATA;
    const uint8_t *at = in->rest.data;
    e2m_bytes originator_info = E2M_NONE;
    e2m_bytes recipients = E2M_NONE;
    uint64_t version = 0;
    bool found = false;

    TRY(e2m_der_get_uint(in, &version));
    TRY(check_version(env, e, version, at));
    TRY(e2m_der_get_optional(in, E2M_DER_CONTEXT_CONSTRUCTED(0),
                             &originator_info, &found));
    TRY(e2m_der_get(in, E2M_DER_SET, &recipients));
    TRY(e2m_cms_read_recipients(env, recipients, e));
    TRY(e2m_cms_read_content(env, in, e));
    if (auth) {
        TRY(e2m_cms_read_attrs(in, 1, &e->auth_attrs));
        TRY(read_mac(in, e));
    }
    TRY(e2m_cms_read_attrs(in, auth ? 2 : 1, &e->unauth_attrs));
    TRY(e2m_in_empty(in));
    return e2m_cms_envelope_attrs(env, e);
}

static e2m_err
read_enveloped(e2m_env *env, e2m_bytes der, void *out)
{
    e2m_enveloped e = { .cipher = E2M_OID_UNKNOWN };
    e2m_in in;
    const uint8_t *at;
    e2m_err err;

    TRY(e2m_cms_enter(env, der, &e.structure, &in));
    at = in.rest.data;
    if (e.structure != E2M_OID_ENVELOPED_DATA &&
        e.structure != E2M_OID_AUTH_ENVELOPED_DATA) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, der.data, "not an envelope",
                        "RFC 5652 sec. 6, RFC 5083");
    }
    err = read_fields(env, &in, &e);
    if (err != E2M_OK) {
        return e2m_fail(env, err, in.rest.data != NULL ? in.rest.data : at,
                        "malformed envelope",
                        "RFC 5652 sec. 6.1, RFC 5083 sec. 2.1");
    }
    *(e2m_enveloped *)out = e;
    return E2M_OK;
}

e2m_err
e2m_cms_read_enveloped(e2m_env *env, e2m_bytes content_info,
                       e2m_enveloped *out)
{
    return e2m_cms_read(env, "CMS envelope", content_info, read_enveloped,
                        out);
}
