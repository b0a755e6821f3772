/* SPDX-License-Identifier: BSD-3-Clause */
/* Sealing: one pass, the content encrypted straight into the message. */
#include "cms/internal.h"

enum { NONCE_MAX = 16, GCM_NONCE_LEN = 12, TAG_LEN = 16, FRAME_MAX = 128,
       ATTRS_MAX = 3 * 96 };

/* What is sealed, in the arena: its key goes where it goes. */
typedef struct seal {
    e2m_env *env;
    e2m_crypto *c;
    const e2m_cms_seal *how;
    const e2m_cms_cipher *cipher;
    bool gcm;
    e2m_bytes content;
    e2m_secret cek;
    uint8_t nonce[NONCE_MAX];
    uint8_t tag[TAG_LEN];
    e2m_bytes recipients; /* RecipientInfos, whole */
    e2m_bytes attrs[3];
    size_t num_attrs;
    e2m_der_w w;
} seal;

/* Key and nonce in one draw: half of what sealing by KEK costs. */
static e2m_err
draw(seal *s)
{
    uint8_t *drawn = s->cek.data;
    const size_t key_len = s->cipher->key_len;

    TRY(e2m_random(drawn, key_len + NONCE_MAX));
    memcpy(s->nonce, drawn + key_len, NONCE_MAX);
    e2m_wipe(drawn + key_len, NONCE_MAX);
    s->cek.len = key_len;
    return E2M_OK;
}

/* RFC 5652 sec. 6.1: 0 only when there are no attributes and every recipient
 * is a KeyTransRecipientInfo of version 0; RFC 5083 sec. 2.1: always 0. */
static uint64_t
version_of(const seal *s)
{
    e2m_in in = e2m_in_init(s->recipients);
    e2m_in set, info;

    if (s->gcm) {
        return 0;
    }
    if (s->num_attrs > 0 ||
        e2m_der_enter(&in, E2M_DER_SET, &set) != E2M_OK) {
        return 2;
    }
    while (!e2m_in_done(&set)) {
        if (e2m_der_enter(&set, E2M_DER_SEQUENCE, &info) != E2M_OK) {
            return 2;
        }
    }
    return 0;
}

static void
put_cipher(seal *s)
{
    e2m_der_w *w = &s->w;

    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(s->how->cipher));
    if (s->gcm) {
        e2m_der_open(w, E2M_DER_SEQUENCE);
        e2m_der_put(w, E2M_DER_OCTET_STRING,
                    (e2m_bytes){ s->nonce, GCM_NONCE_LEN });
        e2m_der_put_uint(w, TAG_LEN);
        e2m_der_close(w);
    } else {
        e2m_der_put(w, E2M_DER_OCTET_STRING,
                    (e2m_bytes){ s->nonce, NONCE_MAX });
    }
    e2m_der_close(w);
}

static e2m_err
put_content(seal *s)
{
    const size_t len = s->content.len;
    uint8_t *room;
    e2m_err err = E2M_OK;

    e2m_der_open(&s->w, E2M_DER_SEQUENCE);
    e2m_der_put(&s->w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    put_cipher(s);
    room = e2m_der_room(&s->w, E2M_DER_CONTEXT(0),
                        s->gcm ? len : len / 16 * 16 + 16);
    if (room != NULL) {
        err = s->gcm ? e2m_gcm_seal(s->c, &s->cek, s->nonce, E2M_NONE,
                                    s->content, room, s->tag)
                     : e2m_cbc_seal(s->c, &s->cek, s->nonce, s->content,
                                    room);
    }
    e2m_der_close(&s->w);
    return err;
}

static e2m_err
put_envelope(seal *s, e2m_bytes *out)
{
    e2m_der_w *w = &s->w;

    e2m_der_w_init(w, s->env,
                   s->content.len + s->recipients.len + ATTRS_MAX +
                       FRAME_MAX);
    e2m_cms_begin(w, s->cipher->structure);
    e2m_der_put_uint(w, version_of(s));
    e2m_der_put_raw(w, s->recipients);
    TRY(put_content(s));
    if (s->gcm) {
        e2m_der_put(w, E2M_DER_OCTET_STRING, (e2m_bytes){ s->tag, TAG_LEN });
    }
    if (s->num_attrs > 0) {
        e2m_der_put_set_of(w, E2M_DER_CONTEXT_CONSTRUCTED(s->gcm ? 2 : 1),
                           s->attrs, s->num_attrs);
    }
    e2m_cms_end(w);
    return e2m_der_w_done(w, out);
}

e2m_err
e2m_cms_seal_enveloped(e2m_env *env, e2m_crypto *c, e2m_bytes content,
                       const e2m_cms_seal *how, e2m_bytes *out_content_info,
                       e2m_secret *out_cek)
{
    seal *s = NULL;
    e2m_bytes sealed = E2M_NONE;

    E2M_NEW(env, s, 1);
    *s = (seal){ .env = env, .c = c, .how = how, .content = content };
    s->cipher = e2m_cms_cipher_of(how->cipher);
    if (s->cipher == NULL || s->cipher->mode == E2M_CMS_CCM) {
        return e2m_fail(env, E2M_E_ARG, NULL, "not a content cipher",
                        "cms.h");
    }
    s->gcm = s->cipher->mode == E2M_CMS_GCM;
    TRY(draw(s));
    TRY(e2m_cms_write_recipients(env, c, how, &s->cek, &s->recipients));
    TRY(e2m_cms_make_envelope_attrs(env, c, how, &s->cek, s->attrs,
                                    &s->num_attrs));
    TRY(put_envelope(s, &sealed));
    if (out_cek != NULL) {
        *out_cek = s->cek;
    }
    e2m_secret_done(&s->cek);
    *out_content_info = sealed;
    return E2M_OK;
}
