/* SPDX-License-Identifier: BSD-3-Clause */
/* The entities that we write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
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
    e2m_test_random_fail_after(-1);
    e2m_env_done(&env);
    return 0;
}

static void
test_text(void **state)
{
    const e2m_draft d = {
        .lines = { .type = E2M_LIT("text/plain"), .id = E2M_LIT("<a@b>") },
        .body = E2M_LIT("x\0y"),
    };
    e2m_bytes out = E2M_NONE;

    (void)state;
    assert_int_equal(e2m_smime_text(&env, &d, &out), E2M_OK);
    assert_text(out, "Content-Type: text/plain\r\nContent-ID: <a@b>\r\n\r\n"
                     "x\0y");
}

static e2m_draft
envelope(e2m_oid_id cipher, bool base64)
{
    const e2m_cert *const readers[] = { s.bob.cert };
    const e2m_cms_seal how = { .cipher = cipher, .readers = readers,
                               .num_readers = 1 };
    e2m_draft d;

    assert_int_equal(e2m_smime_envelope(&env, s.crypto, HELLO, &how, base64,
                                        &d, NULL),
                     E2M_OK);
    return d;
}

static void
test_envelopes(void **state)
{
    static const struct {
        e2m_oid_id cipher;
        const char *type;
        e2m_oid_id content;
    } rows[] = {
        { E2M_OID_AES128_GCM,
          "application/pkcs7-mime;smime-type=authEnveloped-data"
          ";name=smime.p7m", E2M_OID_AUTH_ENVELOPED_DATA },
        { E2M_OID_AES256_GCM,
          "application/pkcs7-mime;smime-type=authEnveloped-data"
          ";name=smime.p7m", E2M_OID_AUTH_ENVELOPED_DATA },
        { E2M_OID_AES128_CBC,
          "application/pkcs7-mime;smime-type=enveloped-data;name=smime.p7m",
          E2M_OID_ENVELOPED_DATA },
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const e2m_draft d = envelope(rows[i].cipher, false);

        assert_true(e2m_bytes_eq(d.lines.type, e2m_str(rows[i].type)));
        assert_text(d.lines.transfer, "binary"); /* RFC 3853, 5621, 8591 */
        assert_text(d.lines.disposition, ""); /* the caller's to set */
        assert_int_equal(e2m_cms_type(d.body), rows[i].content);
    }
}

/* Lines of at most 76, and the same CMS inside. */
static void
test_base64(void **state)
{
    const e2m_draft d = envelope(E2M_OID_AES128_GCM, true);
    const e2m_entity e = { .body = d.body, .transfer = d.lines.transfer };
    e2m_bytes der = E2M_NONE;
    size_t line = 0;

    (void)state;
    assert_text(d.lines.transfer, "base64");
    for (size_t i = 0; i < d.body.len; i++) {
        line = d.body.data[i] == '\n' ? 0 : line + 1;
        assert_true(line <= 77); /* with the CR */
    }
    assert_int_equal(line, 0);
    assert_int_equal(e2m_mime_content(&env, &e, &der), E2M_OK);
    assert_int_equal(e2m_cms_type(der), E2M_OID_AUTH_ENVELOPED_DATA);
}

static void
test_signed(void **state)
{
    e2m_cms_sign how = by(&s.alice);
    e2m_entity e;
    e2m_draft d;

    (void)state;
    for (int base64 = 0; base64 < 2; base64++) {
        e2m_mime_head head = { .type = E2M_NONE };

        assert_int_equal(e2m_smime_sign(&env, s.crypto, HELLO, &how,
                                        base64 == 1, &d),
                         E2M_OK);
        assert_true(e2m_bytes_istarts(
            d.lines.type,
            E2M_LIT("multipart/signed;protocol=\"application/pkcs7-signature"
                    "\";micalg=sha-256;boundary=")));
        assert_text(d.lines.transfer, "");
        head.type = d.lines.type;
        assert_int_equal(e2m_mime_from_body(&env, &head, d.body, 0, &e),
                         E2M_OK);
        assert_int_equal(e.num_parts, 2);
        assert_text(e.parts[0].raw, HELLO_TEXT);
        assert_text(e.parts[1].type, "application/pkcs7-signature");
        assert_text(e.parts[1].disposition, "attachment");
        assert_true(e2m_bytes_eq(e.parts[1].transfer,
                                 e2m_str(base64 ? "base64" : "binary")));
    }
    how.attached = true;
    assert_int_equal(e2m_smime_sign(&env, s.crypto, HELLO, &how, false, &d),
                     E2M_OK);
    assert_text(d.lines.type,
                "application/pkcs7-mime;smime-type=signed-data"
                ";name=smime.p7m");
    assert_int_equal(e2m_cms_type(d.body), E2M_OID_SIGNED_DATA);
}

/* RFC 8551 sec. 3.5.3.2: the digest that the key really signs with. */
static void
test_micalg(void **state)
{
    static const struct {
        e2m_key_kind kind;
        const char *micalg;
    } rows[] = {
        { E2M_KEY_P256, ";micalg=sha-256;" },
        { E2M_KEY_P384, ";micalg=sha-384;" },
        { E2M_KEY_ED25519, ";micalg=sha-512;" },
        { E2M_KEY_RSA, ";micalg=sha-256;" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t at =
            sizeof "multipart/signed;protocol=\"application/pkcs7-signature\"" -
            1;
        actor a;
        e2m_draft d;
        e2m_cms_sign how;

        actor_new(&s, &a, (e2m_issue){ .kind = rows[i].kind,
                                       .san_uri = "sip:a@a",
                                       .ca_pem = s.ca.both });
        how = by(&a);
        assert_int_equal(e2m_smime_sign(&env, s.crypto, HELLO, &how, false,
                                        &d),
                         E2M_OK);
        assert_true(e2m_bytes_istarts(e2m_bytes_from(d.lines.type, at),
                                      e2m_str(rows[i].micalg)));
        e2m_cert_free(a.cert);
        e2m_pkey_free(a.file.key);
    }
}

/* Several signers: each digest once, quoted, for a comma is no token. */
static void
test_micalg_of_several(void **state)
{
    static const struct {
        e2m_digest first, second;
        const char *micalg;
    } rows[] = {
        { E2M_SHA512, E2M_SHA256, ";micalg=\"sha-256,sha-512\";boundary=" },
        { E2M_SHA384, E2M_SHA384, ";micalg=sha-384;boundary=" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        e2m_cms_sign second = by(&s.bob);
        e2m_cms_sign first = by(&s.alice);
        e2m_draft d;

        second.digest = rows[i].second;
        first.digest = rows[i].first;
        first.also = &second;
        assert_int_equal(e2m_smime_sign(&env, s.crypto, HELLO, &first, false,
                                        &d),
                         E2M_OK);
        assert_true(e2m_bytes_istarts(
            e2m_bytes_from(d.lines.type,
                           sizeof "multipart/signed;protocol="
                                  "\"application/pkcs7-signature\"" -
                               1),
            e2m_str(rows[i].micalg)));
    }
}

/* Two boundaries are never the same, and none stands in a part. */
static void
test_boundaries(void **state)
{
    const e2m_bytes part = HELLO;
    e2m_draft a;
    e2m_draft b;

    (void)state;
    assert_int_equal(e2m_smime_mixed(&env, &part, 1, &a), E2M_OK);
    assert_int_equal(e2m_smime_mixed(&env, &part, 1, &b), E2M_OK);
    assert_false(e2m_bytes_eq(a.lines.type, b.lines.type));
    /* a part that knows the boundary to come */
    e2m_test_seed(7);
    assert_int_equal(e2m_smime_mixed(&env, &part, 1, &a), E2M_OK);
    e2m_test_seed(7);
    assert_int_equal(e2m_smime_mixed(&env, &a.body, 1, &b), E2M_E_SYNTAX);
    assert_int_equal(b.body.len, 0);
}

/* Without random octets nothing is written. */
static void
test_no_random(void **state)
{
    const e2m_bytes part = HELLO;
    const e2m_cms_sign how = by(&s.alice);
    e2m_draft d;

    (void)state;
    e2m_test_random_fail_after(0);
    assert_int_equal(e2m_smime_mixed(&env, &part, 1, &d), E2M_E_CRYPTO);
    assert_int_equal(d.body.len, 0);
    assert_int_not_equal(e2m_smime_sign(&env, s.crypto, HELLO, &how, false,
                                        &d),
                         E2M_OK);
    assert_int_equal(d.body.len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text, start, stop),
        cmocka_unit_test_setup_teardown(test_envelopes, start, stop),
        cmocka_unit_test_setup_teardown(test_base64, start, stop),
        cmocka_unit_test_setup_teardown(test_signed, start, stop),
        cmocka_unit_test_setup_teardown(test_micalg, start, stop),
        cmocka_unit_test_setup_teardown(test_micalg_of_several, start, stop),
        cmocka_unit_test_setup_teardown(test_boundaries, start, stop),
        cmocka_unit_test_setup_teardown(test_no_random, start, stop),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
