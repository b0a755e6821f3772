/* SPDX-License-Identifier: BSD-3-Clause */
/* Which octets are the body: RFC 3261 sec. 18.3, 20.14; RFC 3420. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mutate.h"
#include "sip/sip.h"

#define REQUEST "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"

static void
check(const char *length, e2m_framing framing, const char *body,
      const char *rest)
{
    char text[200];
    const int n = snprintf(text, sizeof text, REQUEST "%s\r\nhello", length);
    const e2m_bytes wire = exact((e2m_bytes){ (uint8_t *)text, (size_t)n });
    e2m_env env;
    e2m_sip m;
    e2m_err err;

    e2m_env_init(&env, NULL, NULL);
    err = e2m_sip_parse(&env, wire, framing, &m);
    if (body == NULL) {
        assert_int_equal(err, E2M_E_SYNTAX);
        assert_string_equal(env.diag.what, rest);
    } else {
        assert_int_equal(err, E2M_OK);
        assert_true(e2m_bytes_eq(m.body, e2m_str(body)));
        assert_true(e2m_bytes_eq(m.rest, e2m_str(rest)));
    }
    e2m_env_done(&env);
    exact_free(wire);
}

static void
test_datagram(void **state)
{
    (void)state;
    check("", E2M_DATAGRAM, "hello", "");
    check("Content-Length: 5\r\n", E2M_DATAGRAM, "hello", "");
    check("l:\r\n 5\r\n", E2M_DATAGRAM, "hello", "");
    check("l: 0005\r\n", E2M_DATAGRAM, "hello", "");
    /* octets behind it are dropped */
    check("Content-Length: 4\r\n", E2M_DATAGRAM, "hell", "");
    check("Content-Length: 0\r\n", E2M_DATAGRAM, "", "");
    check("Content-Length: 6\r\n", E2M_DATAGRAM, NULL,
          "body shorter than Content-Length");
}

static void
test_stream(void **state)
{
    (void)state;
    check("", E2M_STREAM, NULL, "no Content-Length on a stream");
    check("Content-Length: 5\r\n", E2M_STREAM, "hello", "");
    check("Content-Length: 4\r\n", E2M_STREAM, "hell", "o");
    check("Content-Length: 0\r\n", E2M_STREAM, "", "hello");
    check("Content-Length: 6\r\n", E2M_STREAM, NULL,
          "body shorter than Content-Length");
}

static void
test_bad_length(void **state)
{
    static const char *const lengths[] = {
        "-1", "+5", "5x", "0x5", "5 5", "5,5", "", "5;a=b", "\"5\"",
        "5.0", "4294967296", "18446744073709551616",
        "99999999999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char line[80];

        (void)snprintf(line, sizeof line, "Content-Length: %s\r\n",
                       lengths[i]);
        check(line, E2M_DATAGRAM, NULL, "bad Content-Length");
        check(line, E2M_STREAM, NULL, "bad Content-Length");
    }
    check("Content-Length: 4294967295\r\n", E2M_DATAGRAM, NULL,
          "body shorter than Content-Length");
    check("Content-Length: 5\r\nContent-Length: 5\r\n", E2M_DATAGRAM, NULL,
          "a header field that may stand once stands twice");
    check("Content-Length: 5\r\nl: 4\r\n", E2M_STREAM, NULL,
          "a header field that may stand once stands twice");
}

static void
test_stream_without_body(void **state)
{
    const e2m_bytes one = E2M_LIT(REQUEST "\r\nx");
    const e2m_bytes wire = E2M_LIT(REQUEST "\r\n");
    e2m_env env;
    e2m_sip m;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_sip_parse(&env, wire, E2M_STREAM, &m), E2M_OK);
    assert_int_equal(m.body.len, 0);
    assert_int_equal(e2m_sip_parse(&env, one, E2M_STREAM, &m), E2M_E_SYNTAX);
    e2m_env_done(&env);
}

/* Two messages in one stream: the second begins where the first one ends. */
static void
test_two_on_a_stream(void **state)
{
    const e2m_bytes wire = E2M_LIT(REQUEST "l: 2\r\n\r\nhi\r\n"
                                   "SIP/2.0 200 OK\r\nl: 3\r\n\r\nyes");
    e2m_env env;
    e2m_sip one;
    e2m_sip two;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_sip_parse(&env, wire, E2M_STREAM, &one), E2M_OK);
    assert_text(one.body, "hi");
    assert_int_equal(e2m_sip_parse(&env, one.rest, E2M_STREAM, &two),
                     E2M_OK);
    assert_int_equal(two.status, 200);
    assert_text(two.body, "yes");
    assert_text(two.rest, "");
    e2m_env_done(&env);
}

static e2m_err
fragment(e2m_bytes text, e2m_sip *m)
{
    e2m_env env;
    const e2m_bytes copy = exact(text);
    e2m_err err;

    e2m_env_init(&env, NULL, NULL);
    err = e2m_sip_parse(&env, copy, E2M_FRAGMENT, m);
    m->fields = NULL; /* goes with the arena */
    m->body = e2m_bytes_from(text, m->body_at);
    e2m_env_done(&env);
    exact_free(copy);
    return err;
}

/* RFC 3420: start line, header and its end may each be missing. */
static void
test_fragments(void **state)
{
    e2m_sip m;

    (void)state;
    assert_int_equal(fragment(E2M_LIT("From: a\r\nTo: b\r\n"), &m), E2M_OK);
    assert_int_equal(m.num_fields, 2);
    assert_false(m.is_request);
    assert_int_equal(m.status, 0);
    assert_int_equal(fragment(E2M_LIT("From\t: a\r\nTo: b"), &m), E2M_OK);
    assert_int_equal(m.num_fields, 2);
    assert_int_equal(fragment(E2M_LIT("SIP/2.0 403 No\r\nTo: b\r\n"), &m),
                     E2M_OK);
    assert_int_equal(m.status, 403);
    assert_int_equal(m.num_fields, 1);
    assert_int_equal(fragment(E2M_LIT("INVITE x SIP/2.0\r\n"), &m), E2M_OK);
    assert_true(m.is_request);
    assert_int_equal(m.num_fields, 0);
    assert_int_equal(
        fragment(E2M_LIT("To: b\r\nContent-Length: 1\r\n\r\nbody"), &m),
        E2M_OK);
    assert_text(m.body, "body");
    assert_int_equal(fragment(E2M_LIT("\r\nbody"), &m), E2M_OK);
    assert_text(m.body, "body");
    assert_int_equal(fragment(E2M_NONE, &m), E2M_OK);
    assert_int_equal(m.num_fields, 0);
    assert_int_equal(fragment(E2M_LIT("From a\r\n"), &m), E2M_E_SYNTAX);
    assert_int_equal(fragment(E2M_LIT("From: a\r\nFrom: a\r\n"), &m),
                     E2M_E_SYNTAX);
    assert_int_equal(fragment(E2M_LIT("SIP/2.0 9 No\r\n"), &m), E2M_E_SYNTAX);
    assert_int_equal(fragment(E2M_LIT("INVITE x SIP/1.0\r\n"), &m),
                     E2M_E_SYNTAX);
    assert_int_equal(fragment(E2M_LIT("From: a\r\nTo"), &m), E2M_E_SYNTAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_datagram),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_bad_length),
        cmocka_unit_test(test_stream_without_body),
        cmocka_unit_test(test_two_on_a_stream),
        cmocka_unit_test(test_fragments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
