/* SPDX-License-Identifier: BSD-3-Clause */
/* One envelope, and the tree inside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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
test_opens(void **state)
{
    (void)state;
    for (int base64 = 0; base64 < 2; base64++) {
        e2m_level *l =
            looked(&env, sealed_entity(&s, &env, HELLO, base64 == 1));

        env.private_ops = 0;
        assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_OK);
        assert_true(l->opened);
        assert_true(l->inside.committed);
        assert_text(l->inside.content, HELLO_TEXT);
        assert_int_equal(l->first->kind, E2M_LEVEL_PLAIN);
        assert_ptr_equal(l->first->up, l);
        assert_int_equal(l->first->depth, 1);
        assert_text(l->first->entity->body, "hello");
        /* asked again: the same, without the key */
        assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_OK);
        assert_int_equal(env.private_ops, 1);
    }
}

static void
test_signature_inside(void **state)
{
    e2m_level *l = looked(
        &env, sealed_entity(&s, &env,
                            signed_entity(&s, &env, HELLO, by(&s.alice)),
                            false));

    (void)state;
    assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_OK);
    assert_int_equal(l->first->kind, E2M_LEVEL_SIGNED);
    assert_int_equal(e2m_smime_verify(&env, &s.tools, l->first), E2M_OK);
    assert_int_equal(l->first->sig.reason, E2M_BECAUSE_NONE);
    assert_text(l->first->first->entity->body, "hello");
    assert_int_equal(l->first->first->depth, 2);
}

/* Old agents put the bare CMS of the signature inside. */
static void
test_bare_cms_inside(void **state)
{
    e2m_cms_sign how = by(&s.alice);
    e2m_bytes der = E2M_NONE;
    e2m_level *l;

    (void)state;
    how.attached = true;
    assert_int_equal(e2m_cms_sign_data(&env, s.crypto, HELLO, &how, &der),
                     E2M_OK);
    l = looked(&env, sealed_entity(&s, &env, der, false));
    assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_OK);
    assert_int_equal(l->first->kind, E2M_LEVEL_SIGNED);
    assert_text(l->first->signed_bytes, HELLO_TEXT);
    /* what only begins like one is a MIME entity, and a bad one */
    e2m_env_done(&env);
    scene_fresh(&s, &env, NULL);
    l = looked(&env, sealed_entity(&s, &env, E2M_LIT("0\x03\x02\x01\x05"),
                                   false));
    assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_E_SYNTAX);
}

static void
test_not_for_us(void **state)
{
    e2m_level *l = looked(&env, sealed_entity(&s, &env, HELLO, false));
    const e2m_cms_key alices = { s.alice.cert, s.alice.file.key };
    e2m_tools tools = s.tools;

    (void)state;
    tools.keys.keys = &alices;
    assert_int_equal(e2m_smime_open(&env, &tools, l), E2M_E_NOKEY);
    assert_false(l->opened);
    assert_null(l->first);
    tools.keys.num_keys = 0;
    assert_int_equal(e2m_smime_open(&env, &tools, l), E2M_E_NOKEY);
    assert_int_equal(env.private_ops, 0);
    /* somebody else has the key */
    env.diag = (e2m_diag){ .err = E2M_OK };
    assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_OK);
}

/* Every octet of the sealed text and the tag: one answer, and it stays. */
static void
test_changed(void **state)
{
    const e2m_bytes raw = sealed_entity(&s, &env, HELLO, false);
    const e2m_level *whole = looked(&env, raw);
    const e2m_bytes places[] = { whole->ed.sealed, whole->ed.mac,
                                 whole->ed.recipients[0].encrypted_key,
                                 whole->ed.commitment };
    void *p = NULL;
    uint8_t *copy;

    (void)state;
    assert_int_equal(e2m_alloc(&env, raw.len, &p), E2M_OK);
    copy = p;
    memcpy(copy, raw.data, raw.len);
    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < places[k].len; i++) {
            const size_t at = (size_t)(places[k].data - raw.data) + i;
            e2m_env own;
            e2m_level *l;

            e2m_env_init(&own, NULL, NULL);
            copy[at] ^= 0x10;
            l = looked(&own, (e2m_bytes){ copy, raw.len });
            assert_int_equal(e2m_smime_open(&own, &s.tools, l), E2M_E_CRYPTO);
            assert_null(l->first);
            assert_int_equal(l->inside.content.len, 0);
            assert_string_equal(own.diag.what, "cannot decrypt");
            own.diag = (e2m_diag){ .err = E2M_OK };
            assert_int_equal(e2m_smime_open(&own, &s.tools, l), E2M_E_CRYPTO);
            assert_string_equal(own.diag.what, "cannot decrypt");
            assert_true(own.private_ops <= 1);
            copy[at] ^= 0x10;
            e2m_env_done(&own);
        }
    }
}

/* What is inside is malformed, or too deep: an error the second time too, for
 * an empty envelope would look like nothing to object to. */
static void
test_malformed_inside(void **state)
{
    size_t limits[E2M_LIMIT_COUNT];
    e2m_level *l = looked(&env, sealed_entity(&s, &env, E2M_LIT("no header"),
                                              false));

    (void)state;
    for (int i = 0; i < 2; i++) {
        env.diag = (e2m_diag){ .err = E2M_OK };
        assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_E_SYNTAX);
        assert_false(l->opened);
        assert_null(l->first);
        assert_string_equal(env.diag.layer, "decrypted content");
    }
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_NESTING] = 1;
    e2m_env_done(&env);
    scene_fresh(&s, &env, limits);
    l = looked(&env, sealed_entity(&s, &env,
                                   sealed_entity(&s, &env, HELLO, false),
                                   false));
    assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_OK);
    env.private_ops = 0; /* else that limit would come first */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(e2m_smime_open(&env, &s.tools, l->first),
                         E2M_E_LIMIT);
        assert_null(l->first->first);
    }
}

static void
test_broken_level(void **state)
{
    e2m_level *l = looked(
        &env, E2M_LIT("Content-Type: application/pkcs7-mime\r\n\r\n0\x80"));

    (void)state;
    assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_E_SYNTAX);
    assert_string_equal(env.diag.what, l->why.what);
    assert_false(l->opened);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_opens, start, stop),
        cmocka_unit_test_setup_teardown(test_signature_inside, start, stop),
        cmocka_unit_test_setup_teardown(test_bare_cms_inside, start, stop),
        cmocka_unit_test_setup_teardown(test_not_for_us, start, stop),
        cmocka_unit_test_setup_teardown(test_changed, start, stop),
        cmocka_unit_test_setup_teardown(test_malformed_inside, start, stop),
        cmocka_unit_test_setup_teardown(test_broken_level, start, stop),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
