/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mime/mime.h"
#include "mutate.h"

static e2m_env env;

static int
start(void **state)
{
    (void)state;
    e2m_env_init(&env, NULL, NULL);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    e2m_env_done(&env);
    return 0;
}

static e2m_entity
good(e2m_bytes raw)
{
    e2m_entity e;

    env.parts = 0;
    if (e2m_mime_from_entity(&env, raw, 0, &e) != E2M_OK) {
        fail_msg("%s (%s)", env.diag.what, env.diag.rule);
    }
    assert_ptr_equal(e.raw.data, raw.data);
    assert_int_equal(e.raw.len, raw.len);
    return e;
}

/* Each failure says what it is. */
static void
bad(e2m_bytes raw, const char *what)
{
    const e2m_bytes copy = exact(raw);
    e2m_env own;
    e2m_entity e;

    e2m_env_init(&own, NULL, NULL);
    assert_int_equal(e2m_mime_from_entity(&own, copy, 0, &e), E2M_E_SYNTAX);
    assert_string_equal(own.diag.what, what);
    e2m_env_done(&own);
    exact_free(copy);
}

static void
test_all_fields(void **state)
{
    const e2m_entity e = good(
        E2M_LIT("Content-Type: text/plain;charset=utf-8\r\n"
                "Content-Disposition: session;handling=required\r\n"
                "Content-Transfer-Encoding: base64\r\n"
                "Content-ID: <a@b>\r\n"
                "Content-Target: sip:ss1.atlanta.example.com\r\n"
                "Content-Length: 99\r\n" /* ignored in a part */
                "X-Other: 1\r\n"
                "\r\n"
                "Zm9v"));

    (void)state;
    assert_text(e.type, "text/plain");
    assert_text(e.type_params, ";charset=utf-8");
    assert_text(e.disposition, "session");
    assert_text(e.disp_params, ";handling=required");
    assert_text(e.transfer, "base64");
    assert_text(e.id, "<a@b>");
    assert_text(e.target, "sip:ss1.atlanta.example.com");
    assert_text(e.body, "Zm9v");
    assert_int_equal(e.head.len, e.raw.len - 6);
    assert_false(e.multipart);
    assert_int_equal(e.num_parts, 0);
}

static void
test_forms_of_a_header(void **state)
{
    e2m_entity e;

    (void)state;
    e = good(E2M_LIT("content-TYPE :\ttext/html \r\n\r\nx"));
    assert_text(e.type, "text/html");
    e = good(E2M_LIT("Content-Type:\r\n text/plain;\r\n\tcharset=x\r\n\r\n"));
    assert_text(e.type, "text/plain");
    assert_text(e.type_params, "; charset=x");
    assert_text(e.body, "");
    e = good(E2M_LIT("Content-Type: text/html\n\nx\r\n")); /* LF alone */
    assert_text(e.type, "text/html");
    assert_text(e.body, "x\r\n");
    e = good(E2M_LIT("Content-Type: message / sipfrag\r\n\r\n"));
    assert_text(e.type, "message/sipfrag"); /* RFC 3261's SLASH */
    e = good(E2M_LIT("Content-Transfer-Encoding:  binary \r\n\r\n"));
    assert_text(e.transfer, "binary");
}

static void
test_defaults(void **state)
{
    e2m_entity e = good(E2M_LIT("\r\nhello"));

    (void)state;
    assert_text(e.type, "text/plain"); /* RFC 2045 sec. 5.2 */
    assert_text(e.head, "");
    assert_text(e.body, "hello");
    assert_text(e.transfer, "");
    assert_text(e.disposition, "");
    e = good(E2M_LIT("\r\n"));
    assert_text(e.body, "");
    e = good(E2M_LIT("Content-Type:\r\n\r\nx"));
    assert_text(e.type, "text/plain");
    /* a part may end with its header */
    e = good(E2M_LIT("Content-Type: text/html\r\n"));
    assert_text(e.type, "text/html");
    assert_text(e.body, "");
    e = good(E2M_NONE);
    assert_text(e.type, "text/plain");
    /* the body may look like anything */
    e = good(E2M_LIT("\r\nContent-Type: text/html\r\n\r\nx"));
    assert_text(e.type, "text/plain");
    assert_text(e.body, "Content-Type: text/html\r\n\r\nx");
    e = good(E2M_LIT("X: 1\r\n\r\n\0\xff\r\n\r\n"));
    assert_text(e.body, "\0\xff\r\n\r\n");
}

static void
test_refused(void **state)
{
    (void)state;
    bad(E2M_LIT("Content-Type: text/plain"),
        "entity without the line that ends its header");
    bad(E2M_LIT("X: 1\r\nhello"),
        "entity without the line that ends its header");
    bad(E2M_LIT("X: 1\r\n folded"), "header does not end");
    bad(E2M_LIT("hello world\r\n\r\n"), "header field without a colon");
    bad(E2M_LIT(": x\r\n\r\n"), "header field without a name");
    bad(E2M_LIT(" X: x\r\n\r\n"), "header field without a name");
    bad(E2M_LIT("X\r\n : x\r\n\r\n"), "header field without a colon");
    bad(E2M_LIT("Content-Type: text\r\n\r\n"), "bad Content-Type");
    bad(E2M_LIT("Content-Type: text/\r\n\r\n"), "bad Content-Type");
    bad(E2M_LIT("Content-Type: /plain\r\n\r\n"), "bad Content-Type");
    bad(E2M_LIT("Content-Type: text/plain/x\r\n\r\n"), "bad Content-Type");
    bad(E2M_LIT("Content-Type: text/pl ain\r\n\r\n"), "bad Content-Type");
    bad(E2M_LIT("Content-Type: text/plain, a/b\r\n\r\n"),
        "bad Content-Type");
    bad(E2M_LIT("Content-Type: text/plain;\r\n\r\n"), "bad Content-Type");
    bad(E2M_LIT("Content-Type: text/plain;a=\"b\r\n\r\n"),
        "bad Content-Type");
    bad(E2M_LIT("Content-Type: ;a=b\r\n\r\n"), "bad Content-Type");
    /* mech's S3 figure: no media type at all */
    bad(E2M_LIT("Content-Type: smime-type=enveloped-data\r\n\r\n"),
        "bad Content-Type");
    bad(E2M_LIT("X: a\rContent-Type: text/html\r\n\r\n"),
        "CR without LF in the header");
    bad(E2M_LIT("X: a\r\r\n\r\n"), "CR without LF in the header");
}

/* One that stands twice is two entities in one: rule of 4.4. */
static void
test_fields_twice(void **state)
{
    static const char *const names[] = {
        "Content-Type", "Content-Disposition", "Content-Transfer-Encoding",
        "Content-ID", "Content-Target",
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[160];
        int n = snprintf(text, sizeof text, "%s: text/plain\r\n\r\n",
                         names[i]);
        e2m_entity e = good((e2m_bytes){ (uint8_t *)text, (size_t)n });

        assert_text(e.body, "");
        n = snprintf(text, sizeof text,
                     "%s: text/plain\r\nX: 1\r\n%s: text/plain\r\n\r\n",
                     names[i], names[i]);
        bad((e2m_bytes){ (uint8_t *)text, (size_t)n },
            "a header field that may stand once stands twice");
        n = snprintf(text, sizeof text, "%s:\r\n%s: text/plain\r\n\r\n",
                     names[i], names[i]); /* an empty one counts */
        bad((e2m_bytes){ (uint8_t *)text, (size_t)n },
            "a header field that may stand once stands twice");
    }
    good(E2M_LIT("X: 1\r\nX: 2\r\n\r\n"));
}

static void
test_from_body(void **state)
{
    e2m_mime_head head = { .type = E2M_LIT("application/sdp"),
                           .disposition = E2M_LIT("session;handling=x"),
                           .transfer = E2M_LIT(" binary"),
                           .id = E2M_LIT("<a@b>") };
    e2m_entity e;

    (void)state;
    assert_int_equal(e2m_mime_from_body(&env, &head, E2M_LIT("v=0"), 0, &e),
                     E2M_OK);
    assert_text(e.raw, "");
    assert_text(e.body, "v=0");
    assert_text(e.type, "application/sdp");
    assert_text(e.disposition, "session");
    assert_text(e.disp_params, ";handling=x");
    assert_text(e.transfer, "binary");
    assert_text(e.id, "<a@b>");
    head.type = E2M_LIT("application sdp");
    assert_int_equal(e2m_mime_from_body(&env, &head, E2M_LIT("v=0"), 0, &e),
                     E2M_E_SYNTAX);
}

static void
test_is(void **state)
{
    const e2m_entity e = good(
        E2M_LIT("Content-Type: Multipart/MIXED;boundary=b\r\n\r\n"
                "--b\r\n\r\n--b--"));

    (void)state;
    assert_true(e2m_mime_is(&e, "multipart/mixed"));
    assert_true(e2m_mime_is(&e, "multipart/"));
    assert_false(e2m_mime_is(&e, "multipart/signed"));
    assert_false(e2m_mime_is(&e, "multipart/mix"));
    assert_false(e2m_mime_is(&e, "multipart"));
    assert_false(e2m_mime_is(&e, "text/"));
    assert_true(e.multipart);
}

static void
test_limits(void **state)
{
    size_t limits[E2M_LIMIT_COUNT];
    char text[64];
    e2m_entity e;

    (void)state;
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_HEADERS] = 2;
    limits[E2M_LIMIT_HEADER_LEN] = 20;
    e2m_env_done(&env);
    e2m_env_init(&env, NULL, limits);
    good(E2M_LIT("A: 1\r\nB: 2\r\n\r\n"));
    assert_int_equal(e2m_mime_from_entity(
                         &env, E2M_LIT("A: 1\r\nB: 2\r\nC: 3\r\n\r\n"), 0,
                         &e),
                     E2M_E_LIMIT);
    assert_string_equal(env.diag.what, "too many header fields");
    for (int len = 10; len < 30; len++) {
        const int n = snprintf(text, sizeof text, "A: %0*d\r\n\r\n", len - 3,
                               1);

        e2m_env_done(&env);
        e2m_env_init(&env, NULL, limits);
        assert_int_equal(
            e2m_mime_from_entity(
                &env, (e2m_bytes){ (uint8_t *)text, (size_t)n }, 0, &e),
            len <= 20 ? E2M_OK : E2M_E_LIMIT);
    }
    /* folds count as one field, with all their octets */
    assert_int_equal(e2m_mime_from_entity(
                         &env, E2M_LIT("A: 1\r\n 2345678\r\n 9012\r\n\r\n"),
                         0, &e),
                     E2M_E_LIMIT);
    e2m_env_done(&env);
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_mime_from_entity(&env, E2M_LIT("\r\n"), 8, &e),
                     E2M_OK);
    assert_int_equal(e2m_mime_from_entity(&env, E2M_LIT("\r\n"), 9, &e),
                     E2M_E_LIMIT);
    assert_string_equal(env.diag.what, "nested too deep");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_fields, start, stop),
        cmocka_unit_test_setup_teardown(test_forms_of_a_header, start, stop),
        cmocka_unit_test_setup_teardown(test_defaults, start, stop),
        cmocka_unit_test_setup_teardown(test_refused, start, stop),
        cmocka_unit_test_setup_teardown(test_fields_twice, start, stop),
        cmocka_unit_test_setup_teardown(test_from_body, start, stop),
        cmocka_unit_test_setup_teardown(test_is, start, stop),
        cmocka_unit_test_setup_teardown(test_limits, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
