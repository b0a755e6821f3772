/* SPDX-License-Identifier: BSD-3-Clause */
/* A middle's refusal as a whole SIP response. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <e2m/discovery.h>

#include "world.h"

static world w;

static void
ok(e2m_err err)
{
    assert_int_equal(err, E2M_OK);
}

static int
setup(void **state)
{
    (void)state;
    world_new(&w, 0);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_free(&w);
    return 0;
}

static bool
has_line(e2m_bytes text, const char *line)
{
    const size_t n = strlen(line);

    for (size_t i = 0; i + n <= text.len; i++) {
        if (memcmp(text.data + i, line, n) == 0) {
            return true;
        }
    }
    return false;
}

/* The whole answer: each Via in order, a tag where there is none, and nothing
 * of the request's that is not an answer's. */
static void
test_whole_response(void **state)
{
    static const char rest[] =
        "f: \"A;tag=no\" <sip:alice@atlanta.example.com>;tag=1\r\n"
        "Call-ID: c1\r\nCSeq: 1 MESSAGE\r\nRoute: <sip:x.example>\r\n"
        "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx";
    static const struct {
        const char *to;
        const char *expected;
    } rows[] = {
        { "<sip:b@x.example>;tag=b1", "To: <sip:b@x.example>;tag=b1\r\n" },
        { "\"; tag=a\" <sip:b@x.example;tag=u>",
          "To: \"; tag=a\" <sip:b@x.example;tag=u>;tag=new\r\n" },
        { "sip:b@x.example", "To: sip:b@x.example;tag=new\r\n" },
        { "<sip:b@x.example>;note=\";tag=evil\"",
          "To: <sip:b@x.example>;note=\";tag=evil\";tag=new\r\n" },
    };
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const e2m_verdict *v = NULL;
        e2m_msg *msg = NULL;
        e2m_bytes out;

        (void)snprintf(text, sizeof text,
                       "MESSAGE sip:b@x.example SIP/2.0\r\n"
                       "v: SIP/2.0/TCP a.example;branch=z9hG4bK1,\r\n"
                       "  SIP/2.0/TCP b.example;branch=z9hG4bK2\r\n"
                       "Via: SIP/2.0/UDP c.example;branch=z9hG4bK3\r\n"
                       "To: %s\r\n%s",
                       rows[i].to, rest);
        ok(e2m_msg_open(&msg, w.ctx[SS1], world_str(text), E2M_DATAGRAM,
                        WORLD_NOW));
        ok(e2m_middle_require(msg, E2M_SEALED, world_str("*")));
        ok(e2m_middle_inspect(msg, &v));
        assert_int_equal(v->sip_status, 403);
        assert_int_equal(e2m_middle_response(msg, v, world_str("a b"), &out),
                         E2M_E_ARG);
        assert_int_equal(e2m_middle_response(msg, v, world_str(""), &out),
                         E2M_E_ARG);
        ok(e2m_middle_response(msg, v, world_str("new"), &out));
        assert_true(has_line(out, "SIP/2.0 403 Forbidden\r\nVia: "));
        assert_true(has_line(out, "Via: SIP/2.0/TCP a.example;branch=z9hG4bK1,"
                                  " SIP/2.0/TCP b.example;branch=z9hG4bK2\r\n"
                                  "Via: SIP/2.0/UDP c.example;branch=z9hG4bK3"
                                  "\r\nFrom: \"A;tag=no\" "));
        assert_true(has_line(out, rows[i].expected));
        assert_true(has_line(out, "\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\n"));
        assert_false(has_line(out, "Route"));
        e2m_msg_close(msg);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_response),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
