/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of this folder share: a fresh environment for each message,
 * and envelopes written by hand, field by field, right or wrong. */
#ifndef E2M_CMS_TEST_H
#define E2M_CMS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cms/internal.h"

#define TEST_TEXT                                                            \
    E2M_LIT("Content-Type: text/plain\r\n\r\nThe vault opens at nine.\r\n")

static inline void
assert_bytes(e2m_bytes got, e2m_bytes want)
{
    assert_int_equal(got.len, want.len);
    if (want.len > 0) {
        assert_memory_equal(got.data, want.data, want.len);
    }
}

/* A secret known to the test: `first`, first + 1, ... */
static inline e2m_secret
test_secret(uint8_t first, size_t len)
{
    e2m_secret s = { .len = len };

    for (size_t i = 0; i < len; i++) {
        s.data[i] = (uint8_t)(first + i);
    }
    return s;
}

/* The keys of a reader with one KEK, by the name "kek". */
static inline e2m_err
test_kek(void *user, e2m_bytes id, e2m_secret *out, bool *found)
{
    *found = e2m_bytes_eq(id, E2M_LIT("kek"));
    if (*found) {
        *out = *(const e2m_secret *)user;
    }
    return E2M_OK;
}

static inline e2m_cms_keys
test_kek_keys(e2m_secret *kek)
{
    return (e2m_cms_keys){ .kek = test_kek, .user = kek };
}

/* ---- an envelope by hand ------------------------------------------------- */

typedef struct draft {
    e2m_oid_id type;
    uint64_t version;
    e2m_bytes recipients; /* elements of RecipientInfos */
    e2m_oid_id inner;     /* content type */
    e2m_bytes cipher;     /* AlgorithmIdentifier */
    e2m_bytes content;    /* element [0], whole */
    e2m_bytes auth;       /* elements of authAttrs; empty: absent */
    e2m_bytes mac;        /* empty: absent */
    e2m_bytes unauth;
    unsigned unauth_tag;
} draft;

static inline e2m_bytes
draft_write(e2m_env *env, const draft *d)
{
    e2m_bytes out = E2M_NONE;
    e2m_der_w w;

    e2m_der_w_init(&w, env, 0);
    e2m_cms_begin(&w, d->type);
    e2m_der_put_uint(&w, d->version);
    e2m_der_put(&w, E2M_DER_SET, d->recipients);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(d->inner));
    e2m_der_put_raw(&w, d->cipher);
    e2m_der_put_raw(&w, d->content);
    e2m_der_close(&w);
    if (d->auth.len > 0) {
        e2m_der_put(&w, E2M_DER_CONTEXT_CONSTRUCTED(1), d->auth);
    }
    if (d->mac.len > 0) {
        e2m_der_put(&w, E2M_DER_OCTET_STRING, d->mac);
    }
    if (d->unauth.len > 0) {
        e2m_der_put(&w, d->unauth_tag, d->unauth);
    }
    e2m_cms_end(&w);
    assert_int_equal(e2m_der_w_done(&w, &out), E2M_OK);
    return out;
}

static inline e2m_bytes
element(e2m_env *env, unsigned tag, e2m_bytes contents)
{
    e2m_bytes out = E2M_NONE;
    e2m_der_w w;

    e2m_der_w_init(&w, env, 0);
    e2m_der_put(&w, tag, contents);
    assert_int_equal(e2m_der_w_done(&w, &out), E2M_OK);
    return out;
}

static inline e2m_bytes
join(e2m_env *env, e2m_bytes a, e2m_bytes b)
{
    e2m_bytes out = E2M_NONE;
    e2m_out o;

    e2m_out_init(&o, env, a.len + b.len);
    e2m_out_put(&o, a);
    e2m_out_put(&o, b);
    assert_int_equal(e2m_out_done(&o, &out), E2M_OK);
    return out;
}

/* GCM or CCM with that nonce; `icv` 0: aes-ICVlen is left out. */
static inline e2m_bytes
draft_aead(e2m_env *env, e2m_oid_id cipher, e2m_bytes nonce, uint64_t icv)
{
    e2m_bytes out = E2M_NONE;
    e2m_der_w w;

    e2m_der_w_init(&w, env, 0);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(cipher));
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OCTET_STRING, nonce);
    if (icv > 0) {
        e2m_der_put_uint(&w, icv);
    }
    e2m_der_close(&w);
    e2m_der_close(&w);
    assert_int_equal(e2m_der_w_done(&w, &out), E2M_OK);
    return out;
}

static inline e2m_bytes
draft_gcm(e2m_env *env, e2m_bytes nonce, uint64_t icv)
{
    return draft_aead(env, E2M_OID_AES128_GCM, nonce, icv);
}

/* A KEKRecipientInfo for "kek" with that CEK, as an element. */
static inline e2m_bytes
draft_kekri(e2m_env *env, e2m_crypto *c, const e2m_secret *kek,
            const e2m_secret *cek)
{
    const e2m_cms_kek one = { E2M_LIT("kek"), kek };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .keks = &one,
                               .num_keks = 1 };
    e2m_bytes set = E2M_NONE, out = E2M_NONE;
    e2m_in in;

    assert_int_equal(e2m_cms_write_recipients(env, c, &how, cek, &set),
                     E2M_OK);
    in = e2m_in_init(set);
    assert_int_equal(e2m_der_get(&in, E2M_DER_SET, &out), E2M_OK);
    return out;
}

/* A good AuthEnvelopedData of TEST_TEXT, AES-128-GCM, with a kekri; a test
 * changes fields before it writes it. `auth` is under the tag. */
static inline draft
draft_new(e2m_env *env, e2m_crypto *c, const e2m_secret *kek,
          const e2m_secret *cek, e2m_bytes auth)
{
    const e2m_bytes text = TEST_TEXT, nonce = E2M_LIT("twelveoctets");
    uint8_t sealed[128], tag[16];
    e2m_bytes aad = E2M_NONE;
    draft d = { .type = E2M_OID_AUTH_ENVELOPED_DATA,
                .inner = E2M_OID_DATA,
                .auth = auth,
                .unauth_tag = 0xa2 };

    if (auth.len > 0) {
        aad = element(env, E2M_DER_SET, auth);
    }
    assert_int_equal(e2m_gcm_seal(c, cek, nonce.data, aad, text, sealed, tag),
                     E2M_OK);
    d.recipients = draft_kekri(env, c, kek, cek);
    d.cipher = draft_gcm(env, nonce, 16);
    d.content = element(env, 0x80, (e2m_bytes){ sealed, text.len });
    assert_int_equal(e2m_dup(env, (e2m_bytes){ tag, 16 }, &d.mac), E2M_OK);
    return d;
}

/* One attribute with one value. */
static inline e2m_bytes
draft_attr(e2m_env *env, e2m_oid_id type, e2m_bytes value)
{
    e2m_bytes out = E2M_NONE;

    assert_int_equal(e2m_cms_make_attr(env, type, value, &out), E2M_OK);
    return out;
}

#endif
