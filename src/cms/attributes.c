/* SPDX-License-Identifier: BSD-3-Clause */
/* Attribute ::= SEQUENCE { attrType OID, attrValues SET OF ANY }, and those of
 * envelopes: RFC 3185 and the key commitment. An attribute of ours that comes
 * twice, or with no or several values, is malformed: nobody may have to guess
 * which one counts. */
#include "cms/internal.h"

/* RFC 3185 sec. 2: CEKMaxDecrypts ::= INTEGER (1..2^31) */
#define MAX_DECRYPTS (UINT64_C(1) << 31)

enum { CEK_REFERENCE_MAX = 64, COMMITMENT_LEN = 32 };

static e2m_err
next_attr(e2m_in *in, e2m_cms_attr *out)
{
    e2m_in seq;
    e2m_bytes type = E2M_NONE;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_der_get(&seq, E2M_DER_OID, &type));
    TRY(e2m_der_get(&seq, E2M_DER_SET, &out->values));
    TRY(e2m_in_empty(&seq));
    out->type = e2m_oid_of(type);
    return E2M_OK;
}

e2m_err
e2m_cms_each_attr(e2m_env *env, e2m_bytes attrs, e2m_cms_take *take,
                  void *user)
{
    e2m_in in = e2m_in_init(attrs);
    e2m_cms_attr attr = { E2M_OID_UNKNOWN, E2M_NONE };

    for (size_t n = 1; !e2m_in_done(&in); n++) {
        const uint8_t *at = in.rest.data;

        TRY(e2m_limit_check(env, E2M_LIMIT_ATTRIBUTES, n, at,
                            "too many attributes"));
        if (next_attr(&in, &attr) != E2M_OK) {
            return e2m_fail(env, E2M_E_SYNTAX, at, "malformed attribute",
                            "RFC 5652 sec. 5.3");
        }
        if (take(&attr, user) != E2M_OK) {
            return e2m_fail(env, E2M_E_SYNTAX, at,
                            "bad value of an attribute, or a second one",
                            "RFC 5652 sec. 11");
        }
    }
    return E2M_OK;
}

e2m_err
e2m_cms_attr_value(const e2m_cms_attr *attr, unsigned tag, e2m_bytes *out)
{
    e2m_in values = e2m_in_init(attr->values);
    e2m_bytes value = E2M_NONE;

    if (out->data != NULL) {
        return E2M_E_SYNTAX; /* a second one */
    }
    TRY(e2m_der_get(&values, tag, &value));
    TRY(e2m_in_empty(&values));
    *out = value;
    return E2M_OK;
}

/* ---- of envelopes -------------------------------------------------------- */

static e2m_err
take_reference(const e2m_cms_attr *attr, e2m_enveloped *e)
{
    TRY(e2m_cms_attr_value(attr, E2M_DER_OCTET_STRING, &e->cek_reference));
    return e->cek_reference.len > 0 &&
                   e->cek_reference.len <= CEK_REFERENCE_MAX
               ? E2M_OK
               : E2M_E_SYNTAX;
}

static e2m_err
take_max_decrypts(const e2m_cms_attr *attr, e2m_enveloped *e)
{
    e2m_in values = e2m_in_init(attr->values);

    if (e->has_max_decrypts) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_der_get_uint(&values, &e->max_decrypts));
    TRY(e2m_in_empty(&values));
    e->has_max_decrypts = true;
    return e->max_decrypts >= 1 && e->max_decrypts <= MAX_DECRYPTS
               ? E2M_OK
               : E2M_E_SYNTAX;
}

static e2m_err
take_derivation(const e2m_cms_attr *attr, e2m_enveloped *e)
{
    e2m_bytes contents = E2M_NONE;

    if (e->kek_derivation.data != NULL) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_cms_attr_value(attr, E2M_DER_SEQUENCE, &contents));
    e->kek_derivation = attr->values; /* the one element, whole */
    return E2M_OK;
}

static e2m_err
take_commitment(const e2m_cms_attr *attr, e2m_enveloped *e)
{
    TRY(e2m_cms_attr_value(attr, E2M_DER_OCTET_STRING, &e->commitment));
    return e->commitment.len == COMMITMENT_LEN ? E2M_OK : E2M_E_SYNTAX;
}

static e2m_err
take_envelope_attr(const e2m_cms_attr *attr, void *user)
{
    static const struct {
        e2m_oid_id type;
        e2m_err (*take)(const e2m_cms_attr *attr, e2m_enveloped *e);
    } known[] = {
        { E2M_OID_KEY_COMMITMENT, take_commitment },
        { E2M_OID_CEK_REFERENCE, take_reference },
        { E2M_OID_CEK_MAX_DECRYPTS, take_max_decrypts },
        { E2M_OID_KEK_DERIVATION_ALG, take_derivation },
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].type == attr->type) {
            return known[i].take(attr, user);
        }
    }
    return E2M_OK; /* not ours: passed over */
}

static e2m_err
take_auth_attr(const e2m_cms_attr *attr, void *user)
{
    e2m_enveloped *e = user;

    return attr->type == E2M_OID_CONTENT_TYPE
               ? e2m_cms_attr_value(attr, E2M_DER_OID, &e->auth_type)
               : take_envelope_attr(attr, user);
}

/* Nothing but this attribute puts the content type under the tag: it is there
 * for any type but id-data (RFC 5083 sec. 2.1). */
static e2m_err
check_content_type(e2m_env *env, const e2m_enveloped *e)
{
    const bool said = e->auth_type.len > 0;

    if (e->structure != E2M_OID_AUTH_ENVELOPED_DATA ||
        (said ? e2m_bytes_eq(e->auth_type, e->content_type)
              : e2m_bytes_eq(e->content_type, e2m_oid(E2M_OID_DATA)))) {
        return E2M_OK;
    }
    return e2m_fail(env, E2M_E_SYNTAX, e->content_type.data,
                    "content type is not the authenticated one",
                    "RFC 5083 sec. 2.1");
}

e2m_err
e2m_cms_envelope_attrs(e2m_env *env, e2m_enveloped *e)
{
    TRY(e2m_cms_each_attr(env, e->auth_attrs, take_auth_attr, e));
    TRY(check_content_type(env, e));
    TRY(e2m_cms_each_attr(env, e->unauth_attrs, take_envelope_attr, e));
    /* RFC 3185 sec. 2: the two others mean nothing without a CEKReference */
    if (e->cek_reference.len == 0) {
        e->has_max_decrypts = false;
        e->max_decrypts = 0;
        e->kek_derivation = E2M_NONE;
    }
    return E2M_OK;
}

/* ---- making -------------------------------------------------------------- */

e2m_err
e2m_cms_make_attr(e2m_env *env, e2m_oid_id type, e2m_bytes value,
                  e2m_bytes *out)
{
    e2m_der_w w;

    e2m_der_w_init(&w, env, value.len + 32);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(type));
    e2m_der_put(&w, E2M_DER_SET, value);
    e2m_der_close(&w);
    return e2m_der_w_done(&w, out);
}

static e2m_err
make_octets(e2m_env *env, e2m_oid_id type, e2m_bytes octets, e2m_bytes *out)
{
    e2m_der_w w;
    e2m_bytes value = E2M_NONE;

    e2m_der_w_init(&w, env, octets.len + 6);
    e2m_der_put(&w, E2M_DER_OCTET_STRING, octets);
    TRY(e2m_der_w_done(&w, &value));
    return e2m_cms_make_attr(env, type, value, out);
}

static e2m_err
make_max_decrypts(e2m_env *env, uint64_t max, e2m_bytes *out)
{
    e2m_der_w w;
    e2m_bytes value = E2M_NONE;

    e2m_der_w_init(&w, env, 16);
    e2m_der_put_uint(&w, max);
    TRY(e2m_der_w_done(&w, &value));
    return e2m_cms_make_attr(env, E2M_OID_CEK_MAX_DECRYPTS, value, out);
}

e2m_err
e2m_cms_make_envelope_attrs(e2m_env *env, e2m_crypto *c,
                            const e2m_cms_seal *how, const e2m_secret *cek,
                            e2m_bytes out[3], size_t *out_num)
{
    e2m_secret commitment;
    size_t num = 0;

    *out_num = 0;
    if (how->no_attributes) {
        return E2M_OK;
    }
    if (how->cek_reference.len > CEK_REFERENCE_MAX ||
        how->max_decrypts > MAX_DECRYPTS) {
        return e2m_fail(env, E2M_E_ARG, NULL, "CEK reference out of range",
                        "RFC 3185 sec. 2");
    }
    TRY(e2m_cms_commitment(c, cek, &commitment));
    TRY(make_octets(env, E2M_OID_KEY_COMMITMENT,
                    (e2m_bytes){ commitment.data, commitment.len },
                    &out[num++]));
    if (how->cek_reference.len > 0) {
        TRY(make_octets(env, E2M_OID_CEK_REFERENCE, how->cek_reference,
                        &out[num++]));
        if (how->max_decrypts > 0) {
            TRY(make_max_decrypts(env, how->max_decrypts, &out[num++]));
        }
    }
    *out_num = num;
    return E2M_OK;
}
