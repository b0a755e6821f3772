/* SPDX-License-Identifier: BSD-3-Clause */
/* What no edit names goes out as it came in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mutate.h"
#include "sip/sip.h"

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

#define HEAD                                                                 \
    "MESSAGE sip:b@b SIP/2.0\r\n"                                            \
    "v:  SIP/2.0/UDP h ,\r\n\tSIP/2.0/TCP i\r\n"                             \
    "X-Odd :;;,\"\r\n"
#define TAIL "To:<sip:b@b>\n"

static e2m_sip
parse(e2m_bytes wire, e2m_framing framing)
{
    e2m_sip m;

    assert_int_equal(e2m_sip_parse(&env, wire, framing, &m), E2M_OK);
    return m;
}

static e2m_bytes
finish(e2m_edits *e)
{
    const e2m_edit *list = NULL;
    size_t num = 0;
    size_t len;
    void *out = NULL;

    assert_int_equal(e2m_edits_done(e, &list, &num), E2M_OK);
    len = e2m_edits_size(e->msg->wire.len, list, num);
    assert_int_equal(e2m_alloc(&env, len + 1, &out), E2M_OK);
    memset(out, 0xa5, len + 1);
    e2m_edits_write(e->msg->wire, list, num, out);
    assert_int_equal(((uint8_t *)out)[len], 0xa5); /* not a step behind */
    return (e2m_bytes){ out, len };
}

static void
test_nothing_changes_nothing(void **state)
{
    const e2m_bytes wire = E2M_LIT(HEAD TAIL "\r\nbody\0");
    const e2m_sip m = parse(wire, E2M_DATAGRAM);
    e2m_edits e;

    (void)state;
    e2m_edits_init(&e, &env, &m);
    assert_true(e2m_bytes_eq(finish(&e), wire));
}

static void
test_cut_and_put(void **state)
{
    const e2m_bytes wire =
        E2M_LIT(HEAD "Content-Type: a/b;\r\n c=d\r\n" TAIL "\r\nbody");
    const e2m_sip m = parse(wire, E2M_DATAGRAM);
    e2m_edits e;

    (void)state;
    e2m_edits_init(&e, &env, &m);
    assert_int_equal(e2m_edits_put_line(&e, E2M_LIT("A: 1")), E2M_OK);
    assert_int_equal(
        e2m_edits_cut_field(&e, e2m_sip_find(&m, E2M_HDR_CONTENT_TYPE, 0)),
        E2M_OK);
    assert_int_equal(e2m_edits_put_line(&e, E2M_LIT("B: 2")), E2M_OK);
    assert_text(finish(&e), HEAD TAIL "A: 1\r\nB: 2\r\n\r\nbody");
}

static void
test_every_field_can_go(void **state)
{
    const e2m_bytes wire = E2M_LIT(HEAD TAIL "\r\nbody");
    const e2m_sip m = parse(wire, E2M_DATAGRAM);
    e2m_edits e;

    (void)state;
    e2m_edits_init(&e, &env, &m);
    for (size_t i = m.num_fields; i-- > 0;) {
        assert_int_equal(e2m_edits_cut_field(&e, &m.fields[i]), E2M_OK);
    }
    assert_text(finish(&e), "MESSAGE sip:b@b SIP/2.0\r\n\r\nbody");
}

static void
set_body(const char *wire, e2m_framing framing, const char *body,
         const char *want)
{
    const e2m_sip m = parse(e2m_str(wire), framing);
    e2m_edits e;
    e2m_bytes out;
    e2m_sip again;

    e2m_edits_init(&e, &env, &m);
    assert_int_equal(e2m_edits_set_body(&e, e2m_str(body)), E2M_OK);
    out = finish(&e);
    if (!e2m_bytes_eq(out, e2m_str(want))) {
        fail_msg("became \"%.*s\"", (int)out.len, (const char *)out.data);
    }
    again = parse(out, framing);
    assert_true(e2m_bytes_eq(again.body, e2m_str(body)));
    assert_true(e2m_bytes_eq(again.rest, m.rest));
}

static void
test_body(void **state)
{
    (void)state;
    set_body(HEAD "Content-Length: 4\r\n" TAIL "\r\nbody", E2M_DATAGRAM,
             "a longer body",
             HEAD "Content-Length: 13\r\n" TAIL "\r\na longer body");
    /* the field keeps its own writing */
    set_body(HEAD "l  :\r\n 0004 \r\n" TAIL "\r\nbody", E2M_DATAGRAM, "x",
             HEAD "l  :\r\n 1 \r\n" TAIL "\r\nx");
    /* none: it is added */
    set_body(HEAD TAIL "\nbody", E2M_DATAGRAM, "x",
             HEAD TAIL "Content-Length: 1\r\n\nx");
    set_body(HEAD TAIL "\r\n", E2M_STREAM, "hello",
             HEAD TAIL "Content-Length: 5\r\n\r\nhello");
    set_body(HEAD "l: 4\r\n\r\nbody", E2M_DATAGRAM, "", HEAD "l: 0\r\n\r\n");
    /* a datagram's octets behind the body go with it, a stream's stay */
    set_body(HEAD "l: 4\r\n\r\nbodyrest", E2M_DATAGRAM, "xy",
             HEAD "l: 2\r\n\r\nxy");
    set_body(HEAD "l: 4\r\n\r\nbodyrest", E2M_STREAM, "xy",
             HEAD "l: 2\r\n\r\nxyrest");
}

static void
test_all_together(void **state)
{
    const e2m_sip m = parse(E2M_LIT(HEAD "c: a/b\r\nl: 4\r\n" TAIL
                                         "e: gzip\r\n\r\nbody"),
                            E2M_DATAGRAM);
    e2m_edits e;

    (void)state;
    e2m_edits_init(&e, &env, &m);
    assert_int_equal(e2m_edits_set_body(&e, E2M_LIT("sealed")), E2M_OK);
    assert_int_equal(e2m_edits_put_line(&e, E2M_LIT("Content-Type: x/y")),
                     E2M_OK);
    assert_int_equal(
        e2m_edits_cut_field(&e,
                            e2m_sip_find(&m, E2M_HDR_CONTENT_ENCODING, 0)),
        E2M_OK);
    assert_int_equal(
        e2m_edits_cut_field(&e, e2m_sip_find(&m, E2M_HDR_CONTENT_TYPE, 0)),
        E2M_OK);
    assert_text(finish(&e), HEAD "l: 6\r\n" TAIL
                                 "Content-Type: x/y\r\n\r\nsealed");
}

static void
test_overlap(void **state)
{
    const e2m_sip m = parse(E2M_LIT(HEAD "l: 4\r\n" TAIL "\r\nbody"),
                            E2M_DATAGRAM);
    const e2m_field *length = e2m_sip_find(&m, E2M_HDR_CONTENT_LENGTH, 0);
    const e2m_edit *list = NULL;
    size_t num = 0;
    e2m_edits e;

    (void)state;
    e2m_edits_init(&e, &env, &m);
    assert_int_equal(e2m_edits_cut_field(&e, length), E2M_OK);
    assert_int_equal(e2m_edits_set_body(&e, E2M_LIT("x")), E2M_OK);
    assert_int_equal(e2m_edits_done(&e, &list, &num), E2M_E_ARG);
    assert_null(list);
    e2m_edits_init(&e, &env, &m);
    assert_int_equal(e2m_edits_cut_field(&e, length), E2M_OK);
    assert_int_equal(e2m_edits_cut_field(&e, length), E2M_OK);
    assert_int_equal(e2m_edits_done(&e, &list, &num), E2M_E_ARG);
}

static void
test_too_many(void **state)
{
    const e2m_sip m = parse(E2M_LIT(HEAD TAIL "\r\n"), E2M_DATAGRAM);
    e2m_edits e;
    size_t n = 0;

    (void)state;
    e2m_edits_init(&e, &env, &m);
    while (n < 1000 && e2m_edits_put_line(&e, E2M_LIT("A: 1")) == E2M_OK) {
        n++;
    }
    assert_true(n >= e2m_limit_defaults[E2M_LIMIT_HEADERS]);
    assert_true(n < 1000);
    assert_int_equal(env.diag.err, E2M_E_LIMIT);
}

/* Each field cut, in every flip of a message that still reads: the rest is
 * there, octet by octet. */
static void
cut_each(void *user, e2m_bytes input)
{
    e2m_sip m;

    (void)user;
    e2m_env_done(&env);
    e2m_env_init(&env, NULL, NULL);
    if (e2m_sip_parse(&env, input, E2M_DATAGRAM, &m) != E2M_OK) {
        return;
    }
    for (size_t i = 0; i < m.num_fields; i++) {
        const e2m_bytes line = m.fields[i].line;
        const size_t at = (size_t)(line.data - input.data);
        e2m_edits e;
        e2m_bytes out;

        e2m_edits_init(&e, &env, &m);
        assert_int_equal(e2m_edits_cut_field(&e, &m.fields[i]), E2M_OK);
        out = finish(&e);
        assert_int_equal(out.len, input.len - line.len);
        assert_memory_equal(out.data, input.data, at);
        assert_true(e2m_bytes_eq(e2m_bytes_from(out, at),
                                 e2m_bytes_from(input, at + line.len)));
    }
}

static void
test_mutated(void **state)
{
    const e2m_bytes wire = E2M_LIT(HEAD "l: 4\r\n" TAIL "\r\nbody");

    (void)state;
    each_prefix(wire, cut_each, NULL);
    each_flip(wire, cut_each, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_changes_nothing, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_cut_and_put, start, stop),
        cmocka_unit_test_setup_teardown(test_every_field_can_go, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_body, start, stop),
        cmocka_unit_test_setup_teardown(test_all_together, start, stop),
        cmocka_unit_test_setup_teardown(test_overlap, start, stop),
        cmocka_unit_test_setup_teardown(test_too_many, start, stop),
        cmocka_unit_test_setup_teardown(test_mutated, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
