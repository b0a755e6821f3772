/* SPDX-License-Identifier: BSD-3-Clause */
/* RecipientInfos as we write them: OAEP with SHA-256 for RSA keys (RFC 3560),
 * one KeyAgreeRecipientInfo with one ephemeral key for all readers on a curve
 * (RFC 5753, RFC 8418), KEKRecipientInfo for keys known before (RFC 3185). */
#include "cms/internal.h"

/* DER sorts the SET: each RecipientInfo is made apart. */
enum { INFOS_MAX = 32 };

typedef struct writer {
    e2m_env *env;
    e2m_crypto *c;
    const e2m_cms_seal *how;
    const e2m_secret *cek;
    e2m_bytes wrap; /* key wrap's AlgorithmIdentifier */
    e2m_bytes infos[INFOS_MAX];
    size_t num;
} writer;

static e2m_key_kind
kind_of(const e2m_cert *reader)
{
    return reader->pub != NULL && e2m_cert_may_receive(reader)
               ? e2m_pub_kind(reader->pub)
               : E2M_KEY_NONE;
}

static e2m_err
put_ktri(writer *wr, const e2m_cert *reader)
{
    const bool v15 = wr->how->insecure_pkcs1_v15;
    e2m_der_w w;
    uint8_t *key;

    e2m_der_w_init(&w, wr->env, 768);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(&w, 0);
    e2m_cms_put_sid(&w, reader);
    if (v15) {
        e2m_der_put_alg(&w, e2m_oid(E2M_OID_RSA), E2M_LIT("\x05\x00"));
    } else {
        e2m_cms_put_oaep(&w, E2M_SHA256);
    }
    key = e2m_der_room(&w, E2M_DER_OCTET_STRING, e2m_pub_size(reader->pub));
    if (key != NULL) {
        TRY(e2m_pub_wrap(wr->c, reader->pub,
                         v15 ? E2M_RSA_PKCS1_V15 : E2M_RSA_OAEP, E2M_SHA256,
                         wr->cek, key));
    }
    e2m_der_close(&w);
    return e2m_der_w_done(&w, &wr->infos[wr->num++]);
}

static e2m_err
put_kekri(writer *wr, const e2m_cms_kek *kek)
{
    e2m_der_w w;
    uint8_t *key;

    if (kek->kek->len != wr->cek->len) {
        return e2m_fail(wr->env, E2M_E_NOKEY, NULL,
                        "KEK and cipher are of different key sizes",
                        "RFC 3185 sec. 3");
    }
    e2m_der_w_init(&w, wr->env, 192);
    e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(2));
    e2m_der_put_uint(&w, 4);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OCTET_STRING, kek->id);
    e2m_der_close(&w);
    e2m_der_put_raw(&w, wr->wrap);
    key = e2m_der_room(&w, E2M_DER_OCTET_STRING, wr->cek->len + 8);
    if (key != NULL) {
        TRY(e2m_kw_wrap(wr->c, kek->kek, wr->cek, key));
    }
    e2m_der_close(&w);
    return e2m_der_w_done(&w, &wr->infos[wr->num++]);
}

/* ---- key agreement ------------------------------------------------------- */

/* originator [0]: originatorKey [1] SEQUENCE { alg, BIT STRING }. Curve
 * parameters are absent: the readers know their curve (RFC 5753 sec. 3.1.1). */
static void
put_originator(e2m_der_w *w, e2m_key_kind kind, e2m_bytes point)
{
    e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(0));
    e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(1));
    e2m_der_put_alg(w,
                    e2m_oid(kind == E2M_KEY_X25519 ? E2M_OID_X25519
                                                   : E2M_OID_EC_PUBLIC_KEY),
                    E2M_NONE);
    e2m_der_open(w, E2M_DER_BIT_STRING);
    e2m_der_put_raw(w, E2M_LIT("\x00"));
    e2m_der_put_raw(w, point);
    e2m_der_close(w);
    e2m_der_close(w);
    e2m_der_close(w);
}

static e2m_err
put_encrypted_key(writer *wr, e2m_der_w *w, const e2m_ephemeral *ephemeral,
                  const e2m_cert *reader)
{
    const e2m_key_kind kind = e2m_pub_kind(reader->pub);
    const e2m_der_alg alg = { e2m_oid(e2m_cms_scheme_for(kind)), wr->wrap };
    struct {
        e2m_secret z, kek;
    } *secret = NULL;
    uint8_t *key;

    E2M_NEW(wr->env, secret, 1);
    TRY(e2m_ephemeral_agree(wr->c, ephemeral, reader->pub, &secret->z));
    TRY(e2m_cms_agreed_kek(wr->env, wr->c, &alg, E2M_NONE, &secret->z,
                           &secret->kek));
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_cms_put_sid(w, reader);
    key = e2m_der_room(w, E2M_DER_OCTET_STRING, wr->cek->len + 8);
    if (key != NULL) {
        TRY(e2m_kw_wrap(wr->c, &secret->kek, wr->cek, key));
    }
    e2m_der_close(w);
    e2m_wipe(secret, sizeof *secret);
    return E2M_OK;
}

static e2m_err
fill_kari(writer *wr, e2m_key_kind kind, const e2m_ephemeral *ephemeral)
{
    e2m_der_w w;

    e2m_der_w_init(&w, wr->env, 256 + 192 * wr->how->num_readers);
    e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(1));
    e2m_der_put_uint(&w, 3);
    put_originator(&w, kind, e2m_ephemeral_point(ephemeral));
    e2m_der_put_alg(&w, e2m_oid(e2m_cms_scheme_for(kind)), wr->wrap);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    for (size_t i = 0; i < wr->how->num_readers; i++) {
        if (kind_of(wr->how->readers[i]) == kind) {
            TRY(put_encrypted_key(wr, &w, ephemeral, wr->how->readers[i]));
        }
    }
    e2m_der_close(&w);
    e2m_der_close(&w);
    return e2m_der_w_done(&w, &wr->infos[wr->num++]);
}

/* One KeyAgreeRecipientInfo for all the readers of a kind, if there are any.
 * The ephemeral key is the one thing here that the arena does not own. */
static e2m_err
put_kari(writer *wr, e2m_key_kind kind)
{
    e2m_ephemeral *ephemeral = NULL;
    bool any = false;
    e2m_err err;

    for (size_t i = 0; i < wr->how->num_readers; i++) {
        any = any || kind_of(wr->how->readers[i]) == kind;
    }
    if (!any) {
        return E2M_OK;
    }
    TRY(e2m_ephemeral_new(wr->c, kind, &ephemeral));
    err = fill_kari(wr, kind, ephemeral);
    e2m_ephemeral_free(ephemeral);
    return err;
}

/* ---- the set ------------------------------------------------------------- */

static e2m_err
check_readers(e2m_env *env, const e2m_cms_seal *how)
{
    const size_t num = how->num_readers + how->num_keks;

    if (num == 0) {
        return e2m_fail(env, E2M_E_NOKEY, NULL, "nobody to seal for",
                        "RFC 5652 sec. 6.1");
    }
    TRY(e2m_limit_check(env, E2M_LIMIT_RECIPIENTS, num, NULL,
                        "too many recipients"));
    TRY(num <= INFOS_MAX
            ? E2M_OK
            : e2m_fail(env, E2M_E_LIMIT, NULL, "too many recipients",
                       "cms.h"));
    for (size_t i = 0; i < how->num_readers; i++) {
        const e2m_key_kind kind = kind_of(how->readers[i]);

        if (kind != E2M_KEY_RSA &&
            e2m_cms_scheme_for(kind) == E2M_OID_UNKNOWN) {
            return e2m_fail(env, E2M_E_NOKEY, NULL,
                            "a reader's certificate is not for encryption",
                            "RFC 5280 sec. 4.2.1.3");
        }
    }
    return E2M_OK;
}

static e2m_err
put_all(writer *wr)
{
    const e2m_cms_seal *how = wr->how;

    for (size_t i = 0; i < how->num_keks; i++) {
        TRY(put_kekri(wr, &how->keks[i]));
    }
    for (size_t i = 0; i < how->num_readers; i++) {
        if (kind_of(how->readers[i]) == E2M_KEY_RSA) {
            TRY(put_ktri(wr, how->readers[i]));
        }
    }
    TRY(put_kari(wr, E2M_KEY_P256));
    TRY(put_kari(wr, E2M_KEY_P384));
    return put_kari(wr, E2M_KEY_X25519);
}

e2m_err
e2m_cms_write_recipients(e2m_env *env, e2m_crypto *c,
                         const e2m_cms_seal *how, const e2m_secret *cek,
                         e2m_bytes *out)
{
    const e2m_cms_cipher *cipher = e2m_cms_cipher_of(how->cipher);
    writer wr = { .env = env, .c = c, .how = how, .cek = cek };
    size_t total = 8;
    e2m_der_w w;

    TRY(check_readers(env, how));
    e2m_der_w_init(&w, env, 16);
    e2m_der_put_alg(&w, e2m_oid(cipher->wrap), E2M_NONE);
    TRY(e2m_der_w_done(&w, &wr.wrap));
    TRY(put_all(&wr));
    for (size_t i = 0; i < wr.num; i++) {
        total += wr.infos[i].len;
    }
    e2m_der_w_init(&w, env, total);
    e2m_der_put_set_of(&w, E2M_DER_SET, wr.infos, wr.num);
    return e2m_der_w_done(&w, out);
}
