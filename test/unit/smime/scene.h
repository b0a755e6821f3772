/* SPDX-License-Identifier: BSD-3-Clause */
/* alice signs, bob reads, mallory is believed by nobody; and how their
 * entities are made. Include after cmocka.h. */
#ifndef SCENE_H
#define SCENE_H

#include "issued.h"
#include "mutate.h"
#include "smime/smime.h"

typedef struct actor {
    issued file;
    e2m_cert *cert;
} actor;

typedef struct scene {
    e2m_env env;
    e2m_crypto *crypto;
    e2m_certs *certs;
    e2m_anchors *anchors;
    issued ca;
    issued other_ca;
    actor alice;
    actor bob;
    actor mallory;
    e2m_cms_key bobs;
    e2m_tools tools; /* bob's */
} scene;

#define HELLO_TEXT "Content-Type: text/plain\r\n\r\nhello"
#define HELLO E2M_LIT(HELLO_TEXT)

static inline void
actor_new(scene *s, actor *a, e2m_issue what)
{
    a->file = issue(&s->env, what);
    assert_int_equal(e2m_cert_new(a->file.der, 4096, &a->cert), E2M_OK);
}

static inline void
scene_new(scene *s)
{
    memset(s, 0, sizeof *s);
    e2m_env_init(&s->env, NULL, NULL);
    assert_int_equal(e2m_crypto_new(&s->crypto), E2M_OK);
    assert_int_equal(e2m_certs_new(64, 60, 4096, &s->certs), E2M_OK);
    assert_int_equal(e2m_anchors_new(&s->anchors), E2M_OK);
    s->ca = issue_ca(&s->env, "ca", NULL);
    s->other_ca = issue_ca(&s->env, "other", NULL);
    assert_int_equal(e2m_anchors_add_cert(s->anchors, s->ca.der), E2M_OK);
    actor_new(s, &s->alice, (e2m_issue){ .san_uri = "sip:alice@a.example",
                                         .ca_pem = s->ca.both });
    actor_new(s, &s->bob, (e2m_issue){ .san_uri = "sip:bob@b.example",
                                       .ca_pem = s->ca.both });
    actor_new(s, &s->mallory,
              (e2m_issue){ .san_uri = "sip:alice@a.example",
                           .ca_pem = s->other_ca.both });
    s->bobs = (e2m_cms_key){ s->bob.cert, s->bob.file.key };
    s->tools = (e2m_tools){
        .crypto = s->crypto, .certs = s->certs, .anchors = s->anchors,
        .keys = { .keys = &s->bobs, .num_keys = 1 }, .now_sec = T0,
    };
}

static inline void
scene_free(scene *s)
{
    actor *all[] = { &s->alice, &s->bob, &s->mallory };

    for (size_t i = 0; i < 3; i++) {
        e2m_cert_free(all[i]->cert);
        e2m_pkey_free(all[i]->file.key);
    }
    e2m_pkey_free(s->ca.key);
    e2m_pkey_free(s->other_ca.key);
    e2m_anchors_free(s->anchors);
    e2m_certs_free(s->certs);
    e2m_crypto_free(s->crypto);
    e2m_env_done(&s->env);
}

/* Each message's own memory and counts. */
static inline e2m_env *
scene_fresh(scene *s, e2m_env *env, const size_t *limits)
{
    (void)s;
    e2m_env_init(env, NULL, limits);
    return env;
}

static inline e2m_cms_sign
by(const actor *a)
{
    return (e2m_cms_sign){ .cert = a->cert, .key = a->file.key,
                           .now_sec = T0 };
}

/* The entity, signed or sealed, as octets in `env`. */
static inline e2m_bytes
signed_entity(scene *s, e2m_env *env, e2m_bytes entity, e2m_cms_sign how)
{
    e2m_draft draft;
    e2m_bytes out = E2M_NONE;

    assert_int_equal(
        e2m_smime_sign(env, s->crypto, entity, &how, false, &draft), E2M_OK);
    assert_int_equal(e2m_smime_text(env, &draft, &out), E2M_OK);
    return out;
}

static inline e2m_bytes
sealed_entity(scene *s, e2m_env *env, e2m_bytes entity, bool base64)
{
    const e2m_cert *const readers[] = { s->bob.cert };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .readers = readers, .num_readers = 1 };
    e2m_draft draft;
    e2m_bytes out = E2M_NONE;

    assert_int_equal(e2m_smime_envelope(env, s->crypto, entity, &how, base64,
                                        &draft, NULL),
                     E2M_OK);
    assert_int_equal(e2m_smime_text(env, &draft, &out), E2M_OK);
    return out;
}

static inline e2m_bytes
mixed_entity(e2m_env *env, const e2m_bytes *parts, size_t num)
{
    e2m_draft draft;
    e2m_bytes out = E2M_NONE;

    assert_int_equal(e2m_smime_mixed(env, parts, num, &draft), E2M_OK);
    assert_int_equal(e2m_smime_text(env, &draft, &out), E2M_OK);
    return out;
}

/* The tree of an entity; aborts the test when it cannot be looked at. */
static inline e2m_level *
looked(e2m_env *env, e2m_bytes raw)
{
    e2m_entity *e = NULL;
    e2m_level *level = NULL;
    void *p = NULL;

    assert_int_equal(e2m_alloc(env, sizeof *e, &p), E2M_OK);
    e = p;
    if (e2m_mime_from_entity(env, raw, 0, e) != E2M_OK ||
        e2m_smime_look(env, e, NULL, &level) != E2M_OK) {
        fail_msg("%s (%s)", env->diag.what, env->diag.rule);
    }
    return level;
}

#endif
