/* SPDX-License-Identifier: BSD-3-Clause */
/* ContentInfo (RFC 5652 sec. 3), and what all its contents have in common. */
#include "cms/internal.h"

/* Elements of a BER text: what 16 recipients with names of four parts, all
 * attributes and a text in fragments of 1000 octets take; for certificates,
 * which come with signatures, and are taken apart here as all else, more. */
enum { ENVELOPE_ELEMENTS = 640, OTHER_ELEMENTS = 4096 };

static size_t
elements_of(e2m_oid_id type)
{
    return type == E2M_OID_ENVELOPED_DATA ||
                   type == E2M_OID_AUTH_ENVELOPED_DATA
               ? ENVELOPE_ELEMENTS
               : OTHER_ELEMENTS;
}

e2m_oid_id
e2m_cms_type(e2m_bytes content_info)
{
    e2m_in in = e2m_in_init(content_info);
    const int length = e2m_in_peek(&in, 1);
    e2m_bytes oid = E2M_NONE;

    if (!e2m_der_next_is(&in, E2M_DER_SEQUENCE) || length < 0) {
        return E2M_OID_UNKNOWN;
    }
    /* Past the length, whatever its form: who reads on will judge it. */
    in.rest = e2m_bytes_from(
        in.rest, 2 + (length > 0x80 ? (size_t)(length - 0x80) : 0));
    if (e2m_der_get(&in, E2M_DER_OID, &oid) != E2M_OK) {
        return E2M_OID_UNKNOWN;
    }
    return e2m_oid_of(oid);
}

static e2m_err
read_as(e2m_env *env, const char *layer, e2m_bytes content_info,
        e2m_cms_reader *read, void *out)
{
    const e2m_place before = e2m_env_enter(env, layer, content_info);
    const e2m_err err = read(env, content_info, out);

    e2m_env_leave(env, before);
    return err;
}

e2m_err
e2m_cms_read(e2m_env *env, const char *layer, e2m_bytes content_info,
             e2m_cms_reader *read, void *out)
{
    const e2m_diag before = env->diag;
    e2m_diag as_der;
    e2m_bytes der = E2M_NONE;
    e2m_err err = read_as(env, layer, content_info, read, out);

    if (err != E2M_E_SYNTAX) {
        return err;
    }
    /* The report of a form that is fine in BER must not stand; that of one
     * that is not even BER says more than the BER door could. */
    as_der = env->diag;
    env->diag = before;
    err = e2m_der_from_ber(env, content_info,
                           elements_of(e2m_cms_type(content_info)), &der);
    if (err == E2M_E_SYNTAX) {
        env->diag = as_der;
    }
    return err == E2M_OK ? read_as(env, layer, der, read, out) : err;
}

e2m_err
e2m_cms_enter(e2m_env *env, e2m_bytes content_info, e2m_oid_id *out_type,
              e2m_in *out)
{
    e2m_in in = e2m_in_init(content_info);
    e2m_in info, content;
    e2m_bytes oid = E2M_NONE;

    if (e2m_der_enter(&in, E2M_DER_SEQUENCE, &info) != E2M_OK ||
        e2m_in_empty(&in) != E2M_OK ||
        e2m_der_get(&info, E2M_DER_OID, &oid) != E2M_OK ||
        e2m_der_enter(&info, E2M_DER_CONTEXT_CONSTRUCTED(0), &content) !=
            E2M_OK ||
        e2m_in_empty(&info) != E2M_OK ||
        e2m_der_enter(&content, E2M_DER_SEQUENCE, out) != E2M_OK ||
        e2m_in_empty(&content) != E2M_OK) {
        return e2m_fail(env, E2M_E_SYNTAX, content_info.data,
                        "malformed ContentInfo", "RFC 5652 sec. 3");
    }
    *out_type = e2m_oid_of(oid);
    return E2M_OK;
}

void
e2m_cms_begin(e2m_der_w *w, e2m_oid_id type)
{
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(type));
    e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(0));
    e2m_der_open(w, E2M_DER_SEQUENCE);
}

void
e2m_cms_end(e2m_der_w *w)
{
    e2m_der_close(w);
    e2m_der_close(w);
    e2m_der_close(w);
}

/* ---- octets in fragments ------------------------------------------------- */

e2m_err
e2m_cms_octets(e2m_env *env, e2m_in *in, unsigned number, e2m_bytes *out,
               bool *found)
{
    e2m_in fragments;
    e2m_bytes piece = E2M_NONE;
    e2m_out joined;

    if (!e2m_der_next_is(in, E2M_DER_CONTEXT_CONSTRUCTED(number))) {
        return e2m_der_get_optional(in, E2M_DER_CONTEXT(number), out, found);
    }
    TRY(e2m_der_enter(in, E2M_DER_CONTEXT_CONSTRUCTED(number), &fragments));
    e2m_out_init(&joined, env, fragments.rest.len);
    while (!e2m_in_done(&fragments)) {
        TRY(e2m_der_get(&fragments, E2M_DER_OCTET_STRING, &piece));
        e2m_out_put(&joined, piece);
    }
    *found = true;
    return e2m_out_done(&joined, out);
}

/* ---- whose key ----------------------------------------------------------- */

e2m_err
e2m_cms_sid(e2m_in *in, e2m_bytes *issuer, e2m_bytes *serial,
            e2m_bytes *key_id)
{
    e2m_in both;
    e2m_bytes name = E2M_NONE, number = E2M_NONE;

    if (e2m_der_next_is(in, E2M_DER_CONTEXT(0))) {
        return e2m_der_get(in, E2M_DER_CONTEXT(0), key_id);
    }
    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &both));
    if (!e2m_der_next_is(&both, E2M_DER_SEQUENCE)) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_der_get_any(&both, NULL, NULL, &name));
    if (!e2m_der_next_is(&both, E2M_DER_INTEGER)) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_der_get_any(&both, NULL, NULL, &number));
    TRY(e2m_in_empty(&both));
    *issuer = name;
    *serial = number;
    return E2M_OK;
}

void
e2m_cms_put_sid(e2m_der_w *w, const e2m_cert *cert)
{
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put_raw(w, cert->issuer);
    e2m_der_put_raw(w, cert->serial);
    e2m_der_close(w);
}

bool
e2m_cms_is_cert(const e2m_cert *cert, e2m_bytes issuer, e2m_bytes serial,
                e2m_bytes key_id)
{
    if (serial.len > 0) {
        return e2m_bytes_eq(serial, cert->serial) &&
               e2m_bytes_eq(issuer, cert->issuer);
    }
    return key_id.len > 0 && e2m_bytes_eq(key_id, cert->ski);
}

e2m_err
e2m_cms_retag(e2m_env *env, e2m_bytes contents, e2m_bytes *out)
{
    e2m_der_w w;

    e2m_der_w_init(&w, env, contents.len + 6);
    e2m_der_put(&w, E2M_DER_SET, contents);
    return e2m_der_w_done(&w, out);
}
