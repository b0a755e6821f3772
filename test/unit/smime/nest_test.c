/* SPDX-License-Identifier: BSD-3-Clause */
/* Every kind of level in every other: RFC 8551 sec. 3.7 lets them be nested in
 * any order. And CMS that holds CMS by its content type, without MIME. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"

static scene s;
static e2m_env env;
static size_t limits[E2M_LIMIT_COUNT];

static int
setup(void **state)
{
    (void)state;
    scene_new(&s);
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_PRIVATE_OPS] = 8;
    limits[E2M_LIMIT_SIGNERS] = 8;
    limits[E2M_LIMIT_MEMORY] = 1 << 24;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    scene_free(&s);
    return 0;
}

typedef enum wrapping {
    CLEAR_SIGNED, OPAQUE_SIGNED, ENVELOPED, COMPRESSED, MIXED, WRAPPINGS
} wrapping;

static const e2m_level_kind kinds[WRAPPINGS] = {
    E2M_LEVEL_SIGNED, E2M_LEVEL_SIGNED, E2M_LEVEL_ENVELOPED,
    E2M_LEVEL_COMPRESSED, E2M_LEVEL_MULTIPART,
};

static e2m_bytes
compressed_entity(e2m_bytes entity)
{
    e2m_draft draft;
    e2m_bytes out = E2M_NONE;
    bool worth = false;

    assert_int_equal(e2m_smime_compress(&env, entity, false, &draft, &worth),
                     E2M_OK);
    assert_int_equal(e2m_smime_text(&env, &draft, &out), E2M_OK);
    return out;
}

static e2m_bytes
wrapped(wrapping how, e2m_bytes entity)
{
    e2m_cms_sign sign = by(&s.alice);

    switch (how) {
    case CLEAR_SIGNED:
        return signed_entity(&s, &env, entity, sign);
    case OPAQUE_SIGNED:
        sign.attached = true;
        return signed_entity(&s, &env, entity, sign);
    case ENVELOPED:
        return sealed_entity(&s, &env, entity, false);
    case COMPRESSED:
        return compressed_entity(entity);
    case MIXED:
        return mixed_entity(&env, &entity, 1);
    case WRAPPINGS:
        break;
    }
    fail();
    return entity;
}

/* One level down, opened or verified. */
static e2m_level *
into(e2m_level *l, wrapping how)
{
    assert_int_equal(l->kind, kinds[how]);
    assert_int_equal(l->err, E2M_OK);
    if (how == ENVELOPED) {
        assert_null(l->first);
        assert_int_equal(e2m_smime_open(&env, &s.tools, l), E2M_OK);
    } else if (how == COMPRESSED) {
        assert_null(l->first);
        assert_int_equal(e2m_smime_inflate(&env, l), E2M_OK);
        assert_int_equal(e2m_smime_inflate(&env, l), E2M_OK); /* once */
    } else if (how != MIXED) {
        assert_int_equal(e2m_smime_verify(&env, &s.tools, l), E2M_OK);
        assert_int_equal(l->sig.reason, E2M_BECAUSE_NONE);
    }
    assert_non_null(l->first);
    assert_int_equal(l->first->depth, l->depth + 1);
    return l->first;
}

static void
test_every_nesting(void **state)
{
    (void)state;
    for (unsigned n = 0; n < WRAPPINGS * WRAPPINGS * WRAPPINGS; n++) {
        const wrapping how[3] = {
            (wrapping)(n % WRAPPINGS), (wrapping)(n / WRAPPINGS % WRAPPINGS),
            (wrapping)(n / WRAPPINGS / WRAPPINGS),
        };
        e2m_bytes entity = HELLO;
        e2m_level *l;

        scene_fresh(&s, &env, limits);
        for (size_t i = 3; i > 0; i--) {
            entity = wrapped(how[i - 1], entity);
        }
        l = looked(&env, entity);
        for (size_t i = 0; i < 3; i++) {
            l = into(l, how[i]);
        }
        assert_int_equal(l->kind, E2M_LEVEL_PLAIN);
        assert_true(e2m_bytes_eq(l->entity->raw, HELLO));
        e2m_env_done(&env);
    }
}

/* Eight levels and no more, whatever they are. */
static void
test_depth(void **state)
{
    e2m_bytes entity = HELLO;

    (void)state;
    scene_fresh(&s, &env, limits);
    for (size_t depth = 1; depth <= 9; depth++) {
        e2m_level *l;

        entity = wrapped(COMPRESSED, entity);
        l = looked(&env, entity);
        for (size_t i = 1; i < depth; i++) {
            l = into(l, COMPRESSED);
        }
        assert_int_equal(e2m_smime_inflate(&env, l),
                         depth <= 8 ? E2M_OK : E2M_E_LIMIT);
        env.parts = 0;
        env.inflated = 0;
    }
    e2m_env_done(&env);
}

/* ---- CMS in CMS, by content type ----------------------------------------- */

/* The structure inside of a ContentInfo. */
static e2m_bytes
inner(e2m_bytes content_info)
{
    e2m_in in = e2m_in_init(content_info);
    e2m_in info, content;
    e2m_bytes oid = E2M_NONE;

    assert_int_equal(e2m_der_enter(&in, E2M_DER_SEQUENCE, &info), E2M_OK);
    assert_int_equal(e2m_der_get(&info, E2M_DER_OID, &oid), E2M_OK);
    assert_int_equal(
        e2m_der_enter(&info, E2M_DER_CONTEXT_CONSTRUCTED(0), &content),
        E2M_OK);
    return content.rest;
}

/* An envelope of `content`, said to be of that type. */
static e2m_level *
envelope(e2m_bytes content, e2m_oid_id type)
{
    const e2m_cert *const readers[] = { s.bob.cert };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_CBC,
                               .readers = readers, .num_readers = 1 };
    e2m_draft draft;
    e2m_bytes out = E2M_NONE;
    e2m_level *l;

    assert_int_equal(e2m_smime_envelope(&env, s.crypto, content, &how, false,
                                        &draft, NULL),
                     E2M_OK);
    assert_int_equal(e2m_smime_text(&env, &draft, &out), E2M_OK);
    l = looked(&env, out);
    l->ed.content_type = e2m_oid(type); /* EnvelopedData has no tag */
    return l;
}

static void
test_by_content_type(void **state)
{
    e2m_cms_sign how = by(&s.alice);
    e2m_bytes info = E2M_NONE;
    e2m_level *l;

    (void)state;
    scene_fresh(&s, &env, limits);
    how.attached = true;
    assert_int_equal(e2m_cms_sign_data(&env, s.crypto, HELLO, &how, &info),
                     E2M_OK);
    l = envelope(inner(info), E2M_OID_SIGNED_DATA);
    l = into(into(l, ENVELOPED), OPAQUE_SIGNED);
    assert_true(e2m_bytes_eq(l->entity->raw, HELLO));
    /* the ContentInfo whole, as other agents have it */
    l = envelope(info, E2M_OID_SIGNED_DATA);
    l = into(into(l, ENVELOPED), OPAQUE_SIGNED);
    assert_true(e2m_bytes_eq(l->entity->raw, HELLO));
    /* it is not what its type says: no level of that kind */
    l = into(envelope(inner(info), E2M_OID_COMPRESSED_DATA), ENVELOPED);
    assert_int_equal(l->kind, E2M_LEVEL_COMPRESSED);
    assert_int_not_equal(l->err, E2M_OK);
    /* said to be a MIME entity, which does not begin so */
    l = envelope(inner(info), E2M_OID_DATA);
    assert_int_not_equal(e2m_smime_open(&env, &s.tools, l), E2M_OK);
    e2m_env_done(&env);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_nesting),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_by_content_type),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
