/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening an envelope. Whoever can send us messages and watch us must not learn
 * why one of them did not open: from the matched recipient on there is one
 * failure, and it comes after the same work (RFC 3218). */
#include "cms/internal.h"

/* What one attempt needs, in the arena: its secrets go where it goes. */
typedef struct attempt {
    e2m_env *env;
    e2m_crypto *c;
    const e2m_enveloped *e;
    const e2m_cms_cipher *cipher;
    const e2m_recipient *who;  /* the recipient that names us ... */
    const e2m_cms_key *key;    /* ... by this key (ktri, kari) ... */
    e2m_secret kek;            /* ... or this one (kekri) */
    e2m_secret z;              /* key agreement's shared secret */
    e2m_opened opened;
    uint8_t *out;              /* the content, as long as the sealed one */
    bool pkcs1_v15;            /* may be read */
    bool good;                 /* nothing has failed so far */
} attempt;

/* ---- which recipient ----------------------------------------------------- */

static const e2m_cms_key *
key_named(const e2m_recipient *r, const e2m_cms_keys *keys)
{
    for (size_t i = 0; i < keys->num_keys; i++) {
        if (e2m_cms_is_cert(keys->keys[i].cert, r->issuer, r->serial,
                            r->key_id)) {
            return &keys->keys[i];
        }
    }
    return NULL;
}

static bool
kek_named(const e2m_recipient *r, const e2m_cms_keys *keys, e2m_secret *kek)
{
    bool found = false;

    return keys->kek != NULL &&
           keys->kek(keys->user, r->key_id, kek, &found) == E2M_OK && found;
}

/* The first recipient that names one of our keys; others are never tried. */
static size_t
match(const e2m_enveloped *e, const e2m_cms_keys *keys,
      const e2m_cms_key **key, e2m_secret *kek)
{
    for (size_t i = 0; i < e->num_recipients; i++) {
        const e2m_recipient *r = &e->recipients[i];

        if (r->kind == E2M_RID_KEKRI) {
            if (kek_named(r, keys, kek)) {
                return i;
            }
        } else if (r->kind != E2M_RID_OTHER) {
            *key = key_named(r, keys);
            if (*key != NULL) {
                return i;
            }
        }
    }
    return e->num_recipients;
}

size_t
e2m_cms_mine(const e2m_enveloped *e, const e2m_cms_keys *keys)
{
    const e2m_cms_key *key = NULL;
    e2m_secret kek = { .len = 0 };
    const size_t mine = match(e, keys, &key, &kek);

    e2m_secret_done(&kek);
    return mine;
}

bool
e2m_cms_names(const e2m_enveloped *e, const e2m_cert *cert)
{
    for (size_t i = 0; i < e->num_recipients; i++) {
        const e2m_recipient *r = &e->recipients[i];

        if ((r->kind == E2M_RID_KTRI || r->kind == E2M_RID_KARI) &&
            e2m_cms_is_cert(cert, r->issuer, r->serial, r->key_id)) {
            return true;
        }
    }
    return false;
}

/* ---- the content-encryption key ------------------------------------------ */

static e2m_err
count_private_op(e2m_env *env)
{
    TRY(e2m_limit_check(env, E2M_LIMIT_PRIVATE_OPS, env->private_ops + 1,
                        NULL, "too many private-key operations"));
    env->private_ops++;
    return E2M_OK;
}

static e2m_err
unwrap_ktri(attempt *a)
{
    const e2m_recipient *r = a->who;
    const bool v15 = e2m_bytes_eq(r->key_alg.oid, e2m_oid(E2M_OID_RSA));
    const bool oaep =
        e2m_bytes_eq(r->key_alg.oid, e2m_oid(E2M_OID_RSA_OAEP));
    e2m_rsa_padding padding = E2M_RSA_PKCS1_V15;
    const e2m_digest digest =
        oaep ? e2m_cms_oaep_digest(r->key_alg.params, &padding)
             : E2M_DIGEST_NONE;

    if (e2m_pkey_kind(a->key->key) != E2M_KEY_RSA ||
        a->key->cert->pub == NULL ||
        r->encrypted_key.len != e2m_pub_size(a->key->cert->pub) ||
        !((v15 && a->pkcs1_v15) || digest != E2M_DIGEST_NONE)) {
        return E2M_E_CRYPTO;
    }
    TRY(count_private_op(a->env));
    return e2m_pkey_unwrap(a->c, a->key->key, padding, digest,
                           r->encrypted_key, a->cipher->key_len,
                           &a->opened.cek);
}

static e2m_err
unwrap_kari(attempt *a)
{
    const e2m_recipient *r = a->who;

    if (e2m_pkey_kind(a->key->key) == E2M_KEY_RSA) {
        return E2M_E_CRYPTO;
    }
    TRY(count_private_op(a->env));
    TRY(e2m_pkey_agree(a->c, a->key->key, r->originator, &a->z));
    TRY(e2m_cms_agreed_kek(a->env, a->c, &r->key_alg, r->ukm, &a->z,
                           &a->kek));
    return e2m_kw_unwrap(a->c, &a->kek, r->encrypted_key, &a->opened.cek);
}

static e2m_err
unwrap_kekri(attempt *a)
{
    const e2m_recipient *r = a->who;

    if (e2m_cms_wrap_len(&r->key_alg) != a->kek.len) {
        return E2M_E_CRYPTO;
    }
    return e2m_kw_unwrap(a->c, &a->kek, r->encrypted_key, &a->opened.cek);
}

/* find_cek leaves a key of the right length in a->opened.cek, whatever happens:
 * the one that was sent or one that nobody knows. That one is at hand, so that
 * the time does not tell which it was. */
static e2m_err
find_cek(attempt *a)
{
    const size_t len = a->cipher->key_len;
    const e2m_err err = a->who->kind == E2M_RID_KTRI   ? unwrap_ktri(a)
                        : a->who->kind == E2M_RID_KARI ? unwrap_kari(a)
                                                       : unwrap_kekri(a);

    if (err == E2M_E_LIMIT || err == E2M_E_NOMEM) {
        return err; /* of our own making, not the message's */
    }
    a->good = err == E2M_OK && a->opened.cek.len == len;
    if (!a->good) {
        e2m_spare_key(a->c, len, &a->opened.cek);
    }
    return E2M_OK;
}

/* ---- the content --------------------------------------------------------- */

static e2m_err
decrypt_aead(attempt *a)
{
    const e2m_enveloped *e = a->e;
    e2m_bytes aad = E2M_NONE;

    if (e->auth_attrs.len > 0) { /* RFC 5083 sec. 2.2 */
        TRY(e2m_cms_retag(a->env, e->auth_attrs, &aad));
    }
    a->opened.content.len = e->sealed.len;
    return a->cipher->mode == E2M_CMS_GCM
               ? e2m_gcm_open(a->c, &a->opened.cek, e->nonce, aad, e->sealed,
                              e->mac, a->out)
               : e2m_ccm_open(a->c, &a->opened.cek, e->nonce, aad, e->sealed,
                              e->mac, a->out);
}

static e2m_err
decrypt(attempt *a)
{
    const e2m_bytes sealed = a->e->sealed;
    void *out = NULL;
    e2m_err err;

    TRY(e2m_alloc(a->env, sealed.len, &out));
    a->out = out;
    a->opened.content.data = out;
    err = a->cipher->mode == E2M_CMS_CBC
              ? e2m_cbc_open(a->c, &a->opened.cek, a->e->nonce, sealed,
                             a->out, &a->opened.content.len)
              : decrypt_aead(a);
    if (err == E2M_E_LIMIT || err == E2M_E_NOMEM) {
        return err;
    }
    a->good = a->good && err == E2M_OK;
    return E2M_OK;
}

/* A commitment that is there counts, wherever it stands: without it one text
 * may open under two keys to two contents. SPEC wire:1:1 */
static e2m_err
check_commitment(attempt *a)
{
    const e2m_bytes want = a->e->commitment;
    e2m_secret *is = &a->z;

    if (want.len == 0) {
        return E2M_OK;
    }
    TRY(e2m_cms_commitment(a->c, &a->opened.cek, is));
    a->opened.committed =
        is->len == want.len && e2m_ct_eq(is->data, want.data, want.len);
    a->good = a->good && a->opened.committed;
    return E2M_OK;
}

e2m_err
e2m_cms_commitment(e2m_crypto *c, const e2m_secret *cek, e2m_secret *out)
{
    out->len = 32;
    return e2m_kdf_hkdf(c, E2M_SHA256, (e2m_bytes){ cek->data, cek->len },
                        E2M_NONE, E2M_LIT("e2m key commitment v1"), out);
}

/* ---- the whole ----------------------------------------------------------- */

static bool
nonce_ok(e2m_cms_mode mode, size_t len)
{
    switch (mode) {
    case E2M_CMS_GCM:
        return len == 12;
    case E2M_CMS_CCM:
        return len >= 7 && len <= 13;
    case E2M_CMS_CBC:
        break; /* the reader looked */
    }
    return true;
}

/* What can be said without any key is no secret: it has its own error. */
static e2m_err
check_form(e2m_env *env, const e2m_enveloped *e,
           const e2m_cms_cipher **out_cipher)
{
    const e2m_cms_cipher *cipher = e2m_cms_cipher_of(e->cipher);

    if (cipher == NULL) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, NULL,
                        "content cipher is not one of ours",
                        "RFC 8551 sec. 2.7");
    }
    if (cipher->structure != e->structure) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, NULL,
                        "content cipher in the wrong kind of envelope",
                        "RFC 5084 sec. 1, RFC 5083 sec. 2");
    }
    if (!nonce_ok(cipher->mode, e->nonce.len)) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, e->nonce.data,
                        "nonce of a length that is not ours",
                        "RFC 5084 sec. 3");
    }
    *out_cipher = cipher;
    return E2M_OK;
}

/* Content leaves only here. What a failed attempt decrypted is wiped at once,
 * its keys with it; the arena would do so later. */
static e2m_err
finish(attempt *a, e2m_opened *out)
{
    e2m_env *env = a->env;
    const bool good = a->good;

    if (good) {
        *out = a->opened;
    } else {
        e2m_wipe(a->out, a->e->sealed.len);
    }
    e2m_wipe(a, sizeof *a);
    return good ? E2M_OK
                : e2m_fail(env, E2M_E_CRYPTO, NULL, "cannot decrypt",
                           "RFC 3218");
}

e2m_err
e2m_cms_open_enveloped(e2m_env *env, e2m_crypto *c, const e2m_enveloped *e,
                       const e2m_cms_keys *keys, e2m_opened *out)
{
    attempt *a = NULL;

    E2M_NEW(env, a, 1);
    a->env = env;
    a->c = c;
    a->e = e;
    a->pkcs1_v15 = keys->insecure_pkcs1_v15;
    a->opened.recipient = match(e, keys, &a->key, &a->kek);
    if (a->opened.recipient == e->num_recipients) {
        return e2m_fail(env, E2M_E_NOKEY, NULL, "no recipient is one of us",
                        "RFC 5652 sec. 6.2");
    }
    a->who = &e->recipients[a->opened.recipient];
    TRY(check_form(env, e, &a->cipher));
    if (a->cipher == NULL) {
        return E2M_E_UNSUPPORTED; /* for who reads this without TRY */
    }
    TRY(find_cek(a));
    TRY(decrypt(a));
    TRY(check_commitment(a));
    return finish(a, out);
}
