/* SPDX-License-Identifier: BSD-3-Clause */
/* What we write is the one canonical form, and reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

static e2m_bytes
entity(const e2m_mime_lines *lines, e2m_bytes body)
{
    e2m_bytes out = E2M_NONE;
    e2m_out o;

    e2m_out_init(&o, &env, 0);
    e2m_mime_put_entity(&o, lines, body);
    assert_int_equal(e2m_out_done(&o, &out), E2M_OK);
    return out;
}

static void
test_entity(void **state)
{
    const e2m_mime_lines all = {
        .type = E2M_LIT("text/plain;charset=utf-8"),
        .disposition = E2M_LIT("session;handling=required"),
        .language = E2M_LIT("en"),
        .transfer = E2M_LIT("binary"),
        .id = E2M_LIT("<a@b>"),
        .others = E2M_LIT("Content-Target: sip:ss1\r\n"),
    };
    const e2m_mime_lines none = { .type = E2M_NONE };

    (void)state;
    assert_text(entity(&all, E2M_LIT("hi")),
                "Content-Type: text/plain;charset=utf-8\r\n"
                "Content-Disposition: session;handling=required\r\n"
                "Content-Language: en\r\n"
                "Content-Transfer-Encoding: binary\r\n"
                "Content-ID: <a@b>\r\n"
                "Content-Target: sip:ss1\r\n"
                "\r\n"
                "hi");
    assert_text(entity(&none, E2M_LIT("hi")), "\r\nhi");
}

static void
test_multipart_reads_back(void **state)
{
    const e2m_mime_lines text = { .type = E2M_LIT("text/html") };
    const e2m_mime_lines none = { .type = E2M_NONE };
    const e2m_mime_head head = {
        .type = E2M_LIT("multipart/mixed;boundary=xyz")
    };
    const e2m_bytes parts[] = {
        entity(&text, E2M_LIT("one")), entity(&none, E2M_NONE),
        entity(&none, E2M_LIT("\r\nends in a line end\r\n")),
        entity(&none, E2M_LIT("--xy\r\n\0\r\r\n--")),
    };
    e2m_bytes body = E2M_NONE;
    e2m_entity e;
    e2m_out o;

    (void)state;
    for (size_t num = 1; num <= 4; num++) {
        e2m_out_init(&o, &env, 0);
        e2m_mime_put_multipart(&o, E2M_LIT("xyz"), parts, num);
        assert_int_equal(e2m_out_done(&o, &body), E2M_OK);
        env.parts = 0;
        assert_int_equal(e2m_mime_from_body(&env, &head, body, 0, &e),
                         E2M_OK);
        assert_int_equal(e.num_parts, num);
        for (size_t i = 0; i < num; i++) {
            assert_true(e2m_bytes_eq(e.parts[i].raw, parts[i]));
        }
    }
    e2m_out_init(&o, &env, 0);
    e2m_mime_put_multipart(&o, E2M_LIT("b"), parts, 2);
    assert_int_equal(e2m_out_done(&o, &body), E2M_OK);
    assert_text(body, "--b\r\nContent-Type: text/html\r\n\r\none\r\n"
                      "--b\r\n\r\n\r\n--b--\r\n");
}

static void
test_boundary(void **state)
{
    const uint8_t random[16] = { 0x00, 0x01, 0xfe, 0xff };
    e2m_bytes parts[] = { E2M_LIT("nothing"), E2M_LIT("") };
    e2m_bytes out = E2M_NONE;

    (void)state;
    assert_int_equal(e2m_mime_boundary(&env, random, parts, 2, &out), E2M_OK);
    assert_text(out, "0001feff000000000000000000000000");
    parts[1] = E2M_LIT("x0001feff00000000000000000000000");
    assert_int_equal(e2m_mime_boundary(&env, random, parts, 2, &out), E2M_OK);
    parts[1] = E2M_LIT("x0001feff000000000000000000000000");
    assert_int_equal(e2m_mime_boundary(&env, random, parts, 2, &out),
                     E2M_E_SYNTAX);
    parts[1] = E2M_NONE;
    parts[0] = E2M_LIT("0001feff000000000000000000000000");
    assert_int_equal(e2m_mime_boundary(&env, random, parts, 2, &out),
                     E2M_E_SYNTAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entity, start, stop),
        cmocka_unit_test_setup_teardown(test_multipart_reads_back, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_boundary, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
