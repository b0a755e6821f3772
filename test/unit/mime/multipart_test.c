/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 2046 sec. 5.1.1: which octets are a part, and which are not. */
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

/* What a multipart/mixed with these parameters and this body is. */
static e2m_err
read_multipart(const char *type, e2m_bytes body, e2m_entity *out)
{
    const e2m_mime_head head = { .type = e2m_str(type) };

    env.parts = 0;
    env.diag = (e2m_diag){ .err = E2M_OK };
    return e2m_mime_from_body(&env, &head, body, 0, out);
}

static e2m_entity
good(const char *type, e2m_bytes body, size_t parts)
{
    e2m_entity e;

    if (read_multipart(type, body, &e) != E2M_OK) {
        fail_msg("%s (%s)", env.diag.what, env.diag.rule);
    }
    assert_true(e.multipart);
    assert_int_equal(e.num_parts, parts);
    for (size_t i = 0; i < parts; i++) {
        assert_true(e.parts[i].raw.len == 0 ||
                    e2m_bytes_within(e.parts[i].raw, body));
    }
    return e;
}

static void
bad(const char *type, e2m_bytes body, const char *what)
{
    const e2m_bytes copy = exact(body);
    e2m_entity e;

    assert_int_equal(read_multipart(type, copy, &e), E2M_E_SYNTAX);
    assert_string_equal(env.diag.what, what);
    exact_free(copy);
}

#define MIXED "multipart/mixed;boundary=b"
#define NO_END "multipart without its closing delimiter"
#define NO_PARTS "multipart without parts"
#define NO_BOUNDARY "multipart without a good boundary parameter"

/* The exact octets that a signature covers: from behind the delimiter's line
 * to before the line end that belongs to the next delimiter. */
static void
test_exact_octets(void **state)
{
    e2m_entity e = good(MIXED,
                        E2M_LIT("--b\r\n"
                                "Content-Type: text/plain\r\n\r\none\r\n"
                                "--b\r\n"
                                "Content-Type: text/html\r\n\r\ntwo\r\n\r\n"
                                "--b--\r\n"),
                        2);

    (void)state;
    assert_text(e.parts[0].raw, "Content-Type: text/plain\r\n\r\none");
    assert_text(e.parts[0].head, "Content-Type: text/plain\r\n");
    assert_text(e.parts[0].body, "one");
    assert_text(e.parts[1].raw, "Content-Type: text/html\r\n\r\ntwo\r\n");
    assert_text(e.parts[1].body, "two\r\n");
    assert_text(e.parts[1].type, "text/html");
    /* LF alone before the delimiter belongs to it as well, and no more */
    e = good(MIXED, E2M_LIT("--b\n\none\r\n\n--b\n\ntwo\r\n--b--\n"), 2);
    assert_text(e.parts[0].raw, "\none\r\n");
    assert_text(e.parts[1].raw, "\ntwo");
    /* binary content, with anything in it */
    e = good(MIXED, E2M_LIT("--b\r\n\r\n\0\r\n\xff\n--\r\n-\r\n\r\r\n--b--"),
             1);
    assert_text(e.parts[0].body, "\0\r\n\xff\n--\r\n-\r\n\r");
}

static void
test_preamble_and_epilogue(void **state)
{
    e2m_entity e;

    (void)state;
    e = good(MIXED,
             E2M_LIT("This is MIME.\r\n\r\nhello: --b\r\n"
                     "--b\r\n\r\none\r\n--b--\r\nepilogue\r\n"
                     "--b\r\n\r\nno part any more\r\n--b--\r\n"),
             1);
    assert_text(e.parts[0].body, "one");
    e = good(MIXED, E2M_LIT("\r\n--b\r\n\r\none\r\n--b--"), 1);
    assert_text(e.parts[0].body, "one");
    e = good(MIXED, E2M_LIT("--b\r\n\r\none\r\n--b-- \t"), 1);
    assert_text(e.parts[0].body, "one");
    bad(MIXED, E2M_LIT("--b--\r\n--b\r\n\r\none\r\n--b--\r\n"), NO_PARTS);
    bad(MIXED, E2M_LIT("preamble --b\r\n\r\none\r\n --b--\r\n"), NO_END);
}

static void
test_delimiter_look_alikes(void **state)
{
    static const char *const alike[] = {
        "-b", "-xb", "x-b", "--", "--c", "--bb", "--b-", "--b-x", "--b--x",
        "--b x",
        "--b-- x", " --b", "x--b", "--B", "-- b", "---b", "--b\v", "--b\r",
        "--b--\r",
    };

    (void)state;
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        char text[120];
        const int n = snprintf(text, sizeof text,
                               "--b\r\n\r\n%s\r\n--b--\r\n", alike[i]);
        const e2m_entity e =
            good(MIXED, (e2m_bytes){ (uint8_t *)text, (size_t)n }, 1);

        assert_true(e2m_bytes_eq(e.parts[0].body, e2m_str(alike[i])));
    }
    /* blanks behind a delimiter are transport padding */
    good(MIXED, E2M_LIT("--b \t\r\n\r\none\r\n--b\t\r\n\r\n\r\n--b-- \r\n"),
         2);
}

static void
test_boundary_parameter(void **state)
{
    e2m_entity e;

    (void)state;
    good("multipart/mixed;boundary=\"b\"", E2M_LIT("--b\r\n\r\n\r\n--b--"),
         1);
    e = good("multipart/mixed; x=\";boundary=evil\" ; BOUNDARY = \"a b:=\\?\"",
             E2M_LIT("--a b:=?\r\n\r\n--evil\r\n--a b:=?--"), 1);
    assert_text(e.parts[0].body, "--evil");
    good("multipart/mixed;boundary=a=b", E2M_LIT("--a=b\r\n\r\n--a=b--"), 1);
    good("multipart/signed;boundary=b", E2M_LIT("--b\r\n\r\n--b--"), 1);
    good("Multipart/X-Unheard-Of;boundary=b", E2M_LIT("--b\r\n\r\n--b--"),
         1);
    bad("multipart/mixed", E2M_LIT("--b\r\n\r\n--b--"), NO_BOUNDARY);
    bad("multipart/mixed;boundary", E2M_LIT("--b\r\n\r\n--b--"),
        NO_BOUNDARY);
    bad("multipart/mixed;boundary=\"\"", E2M_LIT("--\r\n\r\n----"),
        NO_BOUNDARY);
    bad("multipart/mixed;boundary=b;boundary=c",
        E2M_LIT("--b\r\n\r\n--b--"), NO_BOUNDARY);
    bad("multipart/mixed;boundary=b;BOUNDARY=b",
        E2M_LIT("--b\r\n\r\n--b--"), NO_BOUNDARY);
    bad("multipart/mixed;boundary=\"b \"", E2M_LIT("--b \r\n\r\n--b --"),
        NO_BOUNDARY);
    bad("multipart/mixed;note=\";boundary=b\"",
        E2M_LIT("--b\r\n\r\n--b--"), NO_BOUNDARY);
    /* RFC 2231 pieces are not put together: nobody in SIP writes them */
    bad("multipart/mixed;boundary*0=b", E2M_LIT("--b\r\n\r\n--b--"),
        NO_BOUNDARY);
}

/* 70 characters are allowed (RFC 2046 sec. 5.1.1). */
static void
test_boundary_length(void **state)
{
    (void)state;
    for (int len = 68; len <= 72; len++) {
        char type[128];
        char body[256];
        int n;
        e2m_entity e;

        (void)snprintf(type, sizeof type, "multipart/mixed;boundary=%0*d",
                       len, 7);
        n = snprintf(body, sizeof body, "--%0*d\r\n\r\nx\r\n--%0*d--", len, 7,
                     len, 7);
        assert_int_equal(
            read_multipart(type, (e2m_bytes){ (uint8_t *)body, (size_t)n },
                           &e),
            len <= 70 ? E2M_OK : E2M_E_SYNTAX);
    }
}

static void
test_no_end(void **state)
{
    (void)state;
    bad(MIXED, E2M_NONE, NO_END);
    bad(MIXED, E2M_LIT("hello"), NO_END);
    bad(MIXED, E2M_LIT("--b"), NO_END);
    bad(MIXED, E2M_LIT("--b\r\n"), NO_END);
    bad(MIXED, E2M_LIT("--b\r\n\r\none"), NO_END);
    bad(MIXED, E2M_LIT("--b\r\n\r\none\r\n--b\r\n"), NO_END);
    bad(MIXED, E2M_LIT("--b\r\n\r\none\r\n--b-"), NO_END);
    bad(MIXED, E2M_LIT("--b--"), NO_PARTS);
    bad(MIXED, E2M_LIT("preamble\r\n--b--\r\n"), NO_PARTS);
}

/* A part may be empty, or end with its header. */
static void
test_empty_parts(void **state)
{
    e2m_entity e = good(MIXED,
                        E2M_LIT("--b\r\n\r\n--b\r\n\r\n\r\n"
                                "--b\r\nContent-Type: text/html\r\n\r\n"
                                "--b--"),
                        3);

    (void)state;
    assert_text(e.parts[0].raw, "");
    assert_text(e.parts[1].raw, "\r\n");
    assert_text(e.parts[2].raw, "Content-Type: text/html\r\n");
    assert_text(e.parts[2].type, "text/html");
    assert_text(e.parts[2].body, "");
    e = good(MIXED, E2M_LIT("--b\r\n--b--"), 1);
    assert_text(e.parts[0].raw, "");
    /* a header line is not ended by the delimiter's own line end */
    bad(MIXED, E2M_LIT("--b\r\nContent-Type: text/html\r\n--b--"),
        "entity without the line that ends its header");
    bad(MIXED, E2M_LIT("--b\r\nhello\r\n--b--"),
        "entity without the line that ends its header");
}

static void
test_nested(void **state)
{
    const e2m_entity e = good(
        MIXED,
        E2M_LIT("--b\r\n"
                "Content-Type: multipart/alternative;boundary=\"b b\"\r\n"
                "\r\n"
                "inner preamble\r\n"
                "--b b\r\n\r\none\r\n"
                "--b b\r\n"
                "Content-Type: multipart/mixed;boundary=bb\r\n\r\n"
                "--bb\r\n\r\ndeep\r\n--bb--\r\n"
                "--b b--\r\n"
                "inner epilogue\r\n"
                "--b\r\n\r\ntwo\r\n"
                "--b--"),
        2);
    const e2m_entity *inner = &e.parts[0];

    (void)state;
    assert_true(inner->multipart);
    assert_int_equal(inner->num_parts, 2);
    assert_text(inner->parts[0].body, "one");
    assert_int_equal(inner->parts[1].num_parts, 1);
    assert_text(inner->parts[1].parts[0].body, "deep");
    assert_text(inner->parts[1].body, "--bb\r\n\r\ndeep\r\n--bb--");
    assert_text(e.parts[1].body, "two");
    assert_int_equal(env.parts, 6);
    /* an inner one must end before the outer one goes on */
    bad(MIXED,
        E2M_LIT("--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n"
                "--c\r\n\r\none\r\n--b\r\n\r\n--c--\r\n--b--"),
        NO_END);
    /* a bad part is a bad whole */
    bad(MIXED, E2M_LIT("--b\r\n\r\n\r\n--b\r\nContent-Type: x\r\n\r\n\r\n"
                       "--b--"),
        "bad Content-Type");
    bad(MIXED,
        E2M_LIT("--b\r\nContent-Type: multipart/mixed\r\n\r\n--b--"),
        NO_BOUNDARY);
}

/* RFC 2045 sec. 6.4: else two readers would find two sets of parts. */
static void
test_transfer_encoding(void **state)
{
    static const struct {
        const char *how;
        e2m_err want;
    } rows[] = {
        { "binary", E2M_OK }, { "8BIT", E2M_OK }, { "7bit", E2M_OK },
        { "", E2M_OK }, { "base64", E2M_E_SYNTAX },
        { "quoted-printable", E2M_E_SYNTAX }, { "x", E2M_E_SYNTAX },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const e2m_mime_head head = { .type = e2m_str(MIXED),
                                     .transfer = e2m_str(rows[i].how) };
        e2m_entity e;

        assert_int_equal(
            e2m_mime_from_body(&env, &head, E2M_LIT("--b\r\n\r\n\r\n--b--"),
                               0, &e),
            rows[i].want);
    }
}

enum { ROOM = 4096 };

static e2m_bytes
nest(char *room, size_t levels)
{
    size_t n = 0;

    for (size_t i = 0; i < levels; i++) {
        n += (size_t)snprintf(
            room + n, ROOM - n,
            "Content-Type: multipart/mixed;boundary=%zu\r\n\r\n--%zu\r\n",
            i, i);
    }
    n += (size_t)snprintf(room + n, ROOM - n, "\r\nx");
    for (size_t i = levels; i-- > 0;) {
        n += (size_t)snprintf(room + n, ROOM - n, "\r\n--%zu--", i);
    }
    return (e2m_bytes){ (uint8_t *)room, n };
}

static void
test_depth(void **state)
{
    char room[ROOM];

    (void)state;
    for (size_t levels = 0; levels < 12; levels++) {
        const e2m_bytes raw = nest(room, levels);
        e2m_entity e;

        env.parts = 0;
        env.diag = (e2m_diag){ .err = E2M_OK };
        assert_int_equal(e2m_mime_from_entity(&env, raw, 0, &e),
                         levels <= e2m_limit_defaults[E2M_LIMIT_NESTING]
                             ? E2M_OK
                             : E2M_E_LIMIT);
    }
}

static void
test_number_of_parts(void **state)
{
    char room[ROOM];

    (void)state;
    for (size_t parts = 1; parts < 40; parts++) {
        size_t n = 0;
        e2m_entity e;

        for (size_t i = 0; i < parts; i++) {
            n += (size_t)snprintf(room + n, ROOM - n,
                                  "--b\r\n\r\n%zu\r\n", i);
        }
        n += (size_t)snprintf(room + n, ROOM - n, "--b--");
        /* 32 entities in a message, the multipart itself among them */
        assert_int_equal(
            read_multipart(MIXED, (e2m_bytes){ (uint8_t *)room, n }, &e),
            parts < e2m_limit_defaults[E2M_LIMIT_PARTS] ? E2M_OK
                                                        : E2M_E_LIMIT);
    }
}

static void
walk(const e2m_entity *e, e2m_bytes whole, size_t depth)
{
    assert_true(depth <= 9);
    assert_true(e->num_parts == 0 || e->multipart);
    for (size_t i = 0; i < e->num_parts; i++) {
        const e2m_entity *part = &e->parts[i];

        assert_true(part->raw.len == 0 ||
                    e2m_bytes_within(part->raw, whole));
        assert_true(part->head.len + part->body.len <= part->raw.len);
        walk(part, whole, depth + 1);
    }
}

static void
read_it(void *user, e2m_bytes input)
{
    bool *must_fail = user;
    e2m_env own;
    e2m_entity e;
    e2m_err err;

    e2m_env_init(&own, NULL, NULL);
    err = e2m_mime_from_entity(&own, input, 0, &e);
    assert_int_equal(err, own.diag.err);
    if (err == E2M_OK) {
        assert_false(*must_fail);
        walk(&e, input, 0);
    } else {
        assert_true(err == E2M_E_SYNTAX || err == E2M_E_LIMIT);
    }
    e2m_env_done(&own);
}

static void
test_mutated(void **state)
{
    const e2m_bytes raw = E2M_LIT(
        "Content-Type: multipart/mixed; boundary=\"out er\"\r\n"
        "\r\n"
        "pre\r\n"
        "--out er\r\n"
        "Content-Type: multipart/signed;boundary=in;micalg=sha-256\r\n"
        "\r\n"
        "--in\r\nContent-Type:\r\n text/plain\r\n\r\nhello\r\n"
        "--in\r\nContent-Transfer-Encoding: base64\r\n\r\nZm9v\r\n"
        "--in--\r\n"
        "--out er--");
    bool must_fail = true;

    (void)state;
    /* but for the whole and for what has no multipart in it yet */
    for (size_t n = 50; n < raw.len; n++) {
        const e2m_bytes part = exact(e2m_bytes_upto(raw, n));

        read_it(&must_fail, part);
        exact_free(part);
    }
    must_fail = false;
    each_prefix(raw, read_it, &must_fail);
    each_flip(raw, read_it, &must_fail);
    read_it(&must_fail, raw);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_exact_octets, start, stop),
        cmocka_unit_test_setup_teardown(test_preamble_and_epilogue, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_delimiter_look_alikes, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_boundary_parameter, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_boundary_length, start, stop),
        cmocka_unit_test_setup_teardown(test_no_end, start, stop),
        cmocka_unit_test_setup_teardown(test_empty_parts, start, stop),
        cmocka_unit_test_setup_teardown(test_nested, start, stop),
        cmocka_unit_test_setup_teardown(test_transfer_encoding, start, stop),
        cmocka_unit_test_setup_teardown(test_depth, start, stop),
        cmocka_unit_test_setup_teardown(test_number_of_parts, start, stop),
        cmocka_unit_test(test_mutated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
