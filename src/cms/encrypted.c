/* SPDX-License-Identifier: BSD-3-Clause */
/* EncryptedData (RFC 5652 sec. 8): content under a key that the caller has, for
 * what is put away:
 *
 *   EncryptedData ::= SEQUENCE { version (0, 2 with attributes),
 *       encryptedContentInfo, unprotectedAttrs [1] IMPLICIT OPTIONAL }
 *
 * There is no place for a tag in it, so it is CBC. The key commitment tells a
 * wrong key; whether the text is what was put away, the signature inside must
 * say. */
#include "cms/internal.h"

enum { IV_LEN = 16, FRAME_MAX = 224 };

static const e2m_cms_cipher *
cipher_for(const e2m_secret *cek)
{
    static const e2m_oid_id oids[] = { E2M_OID_AES128_CBC, E2M_OID_AES192_CBC,
                                       E2M_OID_AES256_CBC };

    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++) {
        if (e2m_cms_cipher_of(oids[i])->key_len == cek->len) {
            return e2m_cms_cipher_of(oids[i]);
        }
    }
    return NULL;
}

/* ---- reading ------------------------------------------------------------- */

static e2m_err
read_fields(e2m_env *env, e2m_in *in, e2m_enveloped *e)
{
    uint64_t version = 0;

    TRY(e2m_der_get_uint(in, &version));
    if (version != 0 && version != 2) {
        return E2M_E_UNSUPPORTED;
    }
    TRY(e2m_cms_read_content(env, in, e));
    TRY(e2m_cms_read_attrs(in, 1, &e->unauth_attrs));
    TRY(e2m_in_empty(in));
    return e2m_cms_envelope_attrs(env, e);
}

static e2m_err
read_encrypted(e2m_env *env, e2m_bytes der, void *out)
{
    e2m_enveloped e = { .cipher = E2M_OID_UNKNOWN };
    e2m_in in;
    e2m_err err;

    TRY(e2m_cms_enter(env, der, &e.structure, &in));
    if (e.structure != E2M_OID_ENCRYPTED_DATA) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, der.data,
                        "not an EncryptedData", "RFC 5652 sec. 8");
    }
    err = read_fields(env, &in, &e);
    if (err != E2M_OK) {
        return e2m_fail(env, err, in.rest.data,
                        err == E2M_E_UNSUPPORTED
                            ? "unknown version of EncryptedData"
                            : "malformed EncryptedData",
                        "RFC 5652 sec. 8");
    }
    *(e2m_enveloped *)out = e;
    return E2M_OK;
}

static e2m_err
decrypt(e2m_env *env, e2m_crypto *c, const e2m_enveloped *e,
        const e2m_secret *cek, e2m_bytes *out)
{
    void *room = NULL;
    size_t len = 0;
    e2m_secret is;
    bool right = true;

    if (e->commitment.len > 0) {
        TRY(e2m_cms_commitment(c, cek, &is));
        right = e2m_ct_eq(is.data, e->commitment.data, is.len);
        e2m_secret_done(&is);
    }
    TRY(e2m_alloc(env, e->sealed.len, &room));
    if (!right ||
        e2m_cbc_open(c, cek, e->nonce, e->sealed, room, &len) != E2M_OK) {
        return e2m_fail(env, E2M_E_CRYPTO, NULL, "cannot decrypt",
                        "RFC 5652 sec. 8");
    }
    *out = (e2m_bytes){ room, len };
    return E2M_OK;
}

e2m_err
e2m_cms_open_encrypted(e2m_env *env, e2m_crypto *c, e2m_bytes content_info,
                       const e2m_secret *cek, e2m_bytes *out)
{
    const e2m_cms_cipher *cipher = cipher_for(cek);
    e2m_enveloped e;

    TRY(e2m_cms_read(env, "CMS EncryptedData", content_info, read_encrypted,
                     &e));
    if (cipher == NULL || cipher->oid != e.cipher) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, NULL,
                        "content cipher is not one of ours, or not the key's",
                        "RFC 8551 sec. 2.7");
    }
    return decrypt(env, c, &e, cek, out);
}

/* ---- writing ------------------------------------------------------------- */

static e2m_err
put_content(e2m_crypto *c, e2m_der_w *w, e2m_bytes content,
            const e2m_secret *cek, e2m_oid_id cipher)
{
    uint8_t iv[IV_LEN];
    uint8_t *room;
    e2m_err err = E2M_OK;

    TRY(e2m_random(iv, sizeof iv));
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(cipher));
    e2m_der_put(w, E2M_DER_OCTET_STRING, (e2m_bytes){ iv, sizeof iv });
    e2m_der_close(w);
    room = e2m_der_room(w, E2M_DER_CONTEXT(0),
                        content.len / IV_LEN * IV_LEN + IV_LEN);
    if (room != NULL) {
        err = e2m_cbc_seal(c, cek, iv, content, room);
    }
    e2m_der_close(w);
    return err;
}

e2m_err
e2m_cms_seal_encrypted(e2m_env *env, e2m_crypto *c, e2m_bytes content,
                       const e2m_secret *cek, e2m_bytes *out_content_info)
{
    const e2m_cms_seal how = { .cipher = E2M_OID_UNKNOWN };
    e2m_bytes attrs[3];
    const e2m_cms_cipher *cipher = cipher_for(cek);
    size_t num = 0;
    e2m_der_w w;

    if (cipher == NULL) {
        return e2m_fail(env, E2M_E_ARG, NULL, "not a key of AES", "cms.h");
    }
    TRY(e2m_cms_make_envelope_attrs(env, c, &how, cek, attrs, &num));
    e2m_der_w_init(&w, env, content.len + FRAME_MAX);
    e2m_cms_begin(&w, E2M_OID_ENCRYPTED_DATA);
    e2m_der_put_uint(&w, 2);
    TRY(put_content(c, &w, content, cek, cipher->oid));
    e2m_der_put_set_of(&w, E2M_DER_CONTEXT_CONSTRUCTED(1), attrs, num);
    e2m_cms_end(&w);
    return e2m_der_w_done(&w, out_content_info);
}
