/* SPDX-License-Identifier: BSD-3-Clause */
/* What is visible without a key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "scene.h"

static scene s;
static e2m_env env;

static int
setup(void **state)
{
    (void)state;
    scene_new(&s);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    scene_free(&s);
    return 0;
}

static int
start(void **state)
{
    (void)state;
    scene_fresh(&s, &env, NULL);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    e2m_env_done(&env);
    return 0;
}

static void
test_plain(void **state)
{
    const e2m_level *l = looked(&env, HELLO);

    (void)state;
    assert_int_equal(l->kind, E2M_LEVEL_PLAIN);
    assert_null(l->first);
    assert_null(l->up);
    assert_int_equal(l->depth, 0);
    assert_false(e2m_smime_present(l));
}

static void
test_signed(void **state)
{
    const e2m_bytes raw = signed_entity(&s, &env, HELLO, by(&s.alice));
    const e2m_level *l = looked(&env, raw);

    (void)state;
    assert_int_equal(l->kind, E2M_LEVEL_SIGNED);
    assert_int_equal(l->err, E2M_OK);
    assert_text(l->signed_bytes, HELLO_TEXT);
    assert_true(e2m_bytes_within(l->signed_bytes, raw));
    assert_int_equal(l->sd.num_signers, 1);
    assert_int_equal(l->sd.num_certs, 1);
    assert_false(l->sig.checked);
    assert_non_null(l->first); /* the content, not the signature */
    assert_null(l->first->next);
    assert_ptr_equal(l->first->up, l);
    assert_int_equal(l->first->kind, E2M_LEVEL_PLAIN);
    assert_int_equal(l->first->depth, 1);
    assert_true(e2m_smime_present(l));
}

static void
test_opaque(void **state)
{
    e2m_cms_sign how = by(&s.alice);
    const e2m_level *l;

    (void)state;
    how.attached = true;
    l = looked(&env, signed_entity(&s, &env, HELLO, how));
    assert_int_equal(l->kind, E2M_LEVEL_SIGNED);
    assert_text(l->signed_bytes, HELLO_TEXT);
    assert_text(l->first->entity->body, "hello");
    assert_ptr_equal(l->first->up, l);
}

static void
test_enveloped(void **state)
{
    (void)state;
    for (int base64 = 0; base64 < 2; base64++) {
        const e2m_level *l =
            looked(&env, sealed_entity(&s, &env, HELLO, base64 == 1));

        assert_int_equal(l->kind, E2M_LEVEL_ENVELOPED);
        assert_int_equal(l->err, E2M_OK);
        assert_int_equal(l->ed.structure, E2M_OID_AUTH_ENVELOPED_DATA);
        assert_int_equal(l->ed.num_recipients, 1);
        assert_null(l->first); /* shut */
        assert_false(l->opened);
        assert_true(e2m_smime_present(l));
    }
}

static void
test_certs_only(void **state)
{
    e2m_draft d = { .lines = { .type = E2M_LIT("application/pkcs7-mime") } };
    e2m_bytes raw = E2M_NONE;
    const e2m_level *l;

    (void)state;
    assert_int_equal(e2m_cms_certs_only(&env, &s.alice.file.der, 1, &d.body),
                     E2M_OK);
    assert_int_equal(e2m_smime_text(&env, &d, &raw), E2M_OK);
    l = looked(&env, raw);
    assert_int_equal(l->kind, E2M_LEVEL_CERTS);
    assert_int_equal(l->sd.num_certs, 1);
    assert_false(e2m_smime_present(l));
}

static void
test_mixed(void **state)
{
    const e2m_bytes parts[] = {
        HELLO, sealed_entity(&s, &env, HELLO, false), HELLO,
    };
    const e2m_level *l = looked(&env, mixed_entity(&env, parts, 3));
    size_t n = 0;

    (void)state;
    assert_int_equal(l->kind, E2M_LEVEL_MULTIPART);
    for (const e2m_level *c = l->first; c != NULL; c = c->next, n++) {
        assert_ptr_equal(c->up, l);
        assert_int_equal(c->kind, n == 1 ? E2M_LEVEL_ENVELOPED
                                         : E2M_LEVEL_PLAIN);
    }
    assert_int_equal(n, 3);
    assert_true(e2m_smime_present(l));
    l = looked(&env, mixed_entity(&env, parts, 1));
    assert_false(e2m_smime_present(l));
}

/* The ContentInfo decides, not what the Content-Type says of it. */
static void
test_type_does_not_decide(void **state)
{
    static const char *const types[] = {
        "application/pkcs7-mime", "Application/X-PKCS7-Mime",
        "application/pkcs7-mime;smime-type=signed-data",
        "application/pkcs7-mime;smime-type=auth-enveloped-data",
    };
    const e2m_level *sealed =
        looked(&env, sealed_entity(&s, &env, HELLO, false));

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const e2m_draft d = { .lines = { .type = e2m_str(types[i]) },
                              .body = sealed->entity->body };
        e2m_bytes raw = E2M_NONE;

        assert_int_equal(e2m_smime_text(&env, &d, &raw), E2M_OK);
        assert_int_equal(looked(&env, raw)->kind, E2M_LEVEL_ENVELOPED);
    }
    {
        const e2m_draft d = {
            .lines = { .type = E2M_LIT("application/pkcs7-mimex") },
            .body = sealed->entity->body
        };
        e2m_bytes raw = E2M_NONE;

        assert_int_equal(e2m_smime_text(&env, &d, &raw), E2M_OK);
        assert_int_equal(looked(&env, raw)->kind, E2M_LEVEL_PLAIN);
    }
}

/* Kept, as a node that says what is wrong with it. */
static void
broken(const char *raw, e2m_level_kind kind, e2m_err err, const char *what)
{
    const e2m_level *l = looked(&env, e2m_str(raw));

    assert_int_equal(l->kind, kind);
    assert_int_equal(l->err, err);
    assert_string_equal(l->why.what, what);
    assert_int_equal(env.diag.err, E2M_OK); /* it hides nothing else */
    env.parts = 0;
}

static void
test_broken_cms(void **state)
{
    const char *shape =
        "multipart/signed is not content and one CMS signature";

    (void)state;
    broken("Content-Type: application/pkcs7-mime\r\n\r\nhello",
           E2M_LEVEL_UNKNOWN, E2M_E_SYNTAX, "not a CMS structure of S/MIME");
    broken("Content-Type: application/pkcs7-mime\r\n\r\n", E2M_LEVEL_UNKNOWN,
           E2M_E_SYNTAX, "not a CMS structure of S/MIME");
    broken("Content-Type: application/pkcs7-mime\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n!",
           E2M_LEVEL_UNKNOWN, E2M_E_SYNTAX, "bad base64");
    broken("Content-Type: application/pkcs7-mime\r\n"
           "Content-Transfer-Encoding: x\r\n\r\n!",
           E2M_LEVEL_UNKNOWN, E2M_E_UNSUPPORTED, "unknown transfer encoding");
    broken("Content-Type: multipart/signed;boundary=b\r\n\r\n"
           "--b\r\n\r\nx\r\n--b--",
           E2M_LEVEL_SIGNED, E2M_E_SYNTAX, shape);
    broken("Content-Type: multipart/signed;boundary=b\r\n\r\n"
           "--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--",
           E2M_LEVEL_SIGNED, E2M_E_SYNTAX, shape);
    broken("Content-Type: multipart/signed;boundary=b\r\n\r\n"
           "--b\r\n\r\nx\r\n"
           "--b\r\nContent-Type: application/pkcs7-signature\r\n\r\ny\r\n"
           "--b\r\nContent-Type: application/pkcs7-signature\r\n\r\ny\r\n"
           "--b--",
           E2M_LEVEL_SIGNED, E2M_E_SYNTAX, shape);
}

/* A detached signature with its own content: two contents, so neither. */
static void
test_content_twice(void **state)
{
    e2m_cms_sign how = by(&s.alice);
    e2m_bytes der = E2M_NONE;
    e2m_bytes parts[2] = { HELLO, E2M_NONE };
    e2m_draft sig = {
        .lines = { .type = E2M_LIT("application/pkcs7-signature") }
    };
    e2m_out o;
    e2m_bytes raw = E2M_NONE;
    const e2m_level *l;

    (void)state;
    how.attached = true;
    assert_int_equal(e2m_cms_sign_data(&env, s.crypto, HELLO, &how, &der),
                     E2M_OK);
    sig.body = der;
    assert_int_equal(e2m_smime_text(&env, &sig, &parts[1]), E2M_OK);
    e2m_out_init(&o, &env, 0);
    e2m_out_str(&o, "Content-Type: multipart/signed;boundary=b\r\n\r\n");
    e2m_mime_put_multipart(&o, E2M_LIT("b"), parts, 2);
    assert_int_equal(e2m_out_done(&o, &raw), E2M_OK);
    l = looked(&env, raw);
    assert_int_equal(l->kind, E2M_LEVEL_SIGNED);
    assert_int_equal(l->err, E2M_E_SYNTAX);
    assert_string_equal(l->why.what, "detached signature with content inside");
    /* and the other way round: signed-data that lacks it */
    how.attached = false;
    assert_int_equal(e2m_cms_sign_data(&env, s.crypto, HELLO, &how, &der),
                     E2M_OK);
    sig.lines.type = E2M_LIT("application/pkcs7-mime");
    sig.body = der;
    assert_int_equal(e2m_smime_text(&env, &sig, &raw), E2M_OK);
    l = looked(&env, raw);
    assert_int_equal(l->err, E2M_E_SYNTAX);
    assert_string_equal(l->why.what, "signed-data without content");
    assert_null(l->first);
}

/* Opaque signatures nest without MIME seeing it: levels count all the same. */
static void
test_depth(void **state)
{
    (void)state;
    for (size_t levels = 0; levels < 11; levels++) {
        size_t limits[E2M_LIMIT_COUNT];
        e2m_cms_sign how = by(&s.alice);
        e2m_bytes raw = HELLO;
        e2m_level *l = NULL;
        e2m_entity e;

        memcpy(limits, e2m_limit_defaults, sizeof limits);
        e2m_env_done(&env);
        scene_fresh(&s, &env, limits);
        how.attached = true;
        how.no_certs = true;
        for (size_t i = 0; i < levels; i++) {
            raw = signed_entity(&s, &env, raw, how);
        }
        assert_int_equal(e2m_mime_from_entity(&env, raw, 0, &e), E2M_OK);
        assert_int_equal(e2m_smime_look(&env, &e, NULL, &l),
                         levels <= limits[E2M_LIMIT_NESTING] ? E2M_OK
                                                             : E2M_E_LIMIT);
        /* half a tree is no tree */
        assert_int_equal(l != NULL, levels <= limits[E2M_LIMIT_NESTING]);
    }
}

static void
test_malformed_inside_opaque(void **state)
{
    e2m_cms_sign how = by(&s.alice);
    e2m_level *l = &(e2m_level){ .depth = 0 };
    e2m_entity e;

    (void)state;
    how.attached = true;
    assert_int_equal(e2m_mime_from_entity(
                         &env, signed_entity(&s, &env, E2M_LIT("no header"),
                                             how), 0, &e),
                     E2M_OK);
    assert_int_equal(e2m_smime_look(&env, &e, NULL, &l), E2M_E_SYNTAX);
    assert_null(l);
}

static void
look(void *user, e2m_bytes input)
{
    e2m_env own;
    e2m_entity e;
    e2m_level *l = NULL;

    (void)user;
    e2m_env_init(&own, NULL, NULL);
    if (e2m_mime_from_entity(&own, input, 0, &e) == E2M_OK &&
        e2m_smime_look(&own, &e, NULL, &l) == E2M_OK) {
        assert_non_null(l);
        assert_true(l->err == E2M_OK || l->why.err != E2M_OK);
    }
    e2m_env_done(&own);
}

static void
test_mutated(void **state)
{
    e2m_cms_sign how = by(&s.alice);
    const e2m_bytes raws[] = {
        signed_entity(&s, &env, HELLO, how),
        sealed_entity(&s, &env, HELLO, false),
        sealed_entity(&s, &env, HELLO, true),
    };

    (void)state;
    for (size_t i = 0; i < sizeof raws / sizeof raws[0]; i++) {
        each_prefix(raws[i], look, NULL);
        each_flip(raws[i], look, NULL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plain, start, stop),
        cmocka_unit_test_setup_teardown(test_signed, start, stop),
        cmocka_unit_test_setup_teardown(test_opaque, start, stop),
        cmocka_unit_test_setup_teardown(test_enveloped, start, stop),
        cmocka_unit_test_setup_teardown(test_certs_only, start, stop),
        cmocka_unit_test_setup_teardown(test_mixed, start, stop),
        cmocka_unit_test_setup_teardown(test_type_does_not_decide, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_broken_cms, start, stop),
        cmocka_unit_test_setup_teardown(test_content_twice, start, stop),
        cmocka_unit_test_setup_teardown(test_depth, start, stop),
        cmocka_unit_test_setup_teardown(test_malformed_inside_opaque, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_mutated, start, stop),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
