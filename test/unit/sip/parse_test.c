/* SPDX-License-Identifier: BSD-3-Clause */
/* The lossless view: start line and header fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

#define REQUEST "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"

static e2m_sip
good(e2m_bytes wire, e2m_framing framing)
{
    e2m_place place = e2m_env_enter(&env, "SIP message", wire);
    e2m_sip m;

    if (e2m_sip_parse(&env, wire, framing, &m) != E2M_OK) {
        fail_msg("%s (%s)", env.diag.what, env.diag.rule);
    }
    e2m_env_leave(&env, place);
    return m;
}

/* `at`: the offset that the report names, or -1. */
static void
bad(e2m_bytes wire, e2m_framing framing, const char *what, int at)
{
    const e2m_bytes copy = exact(wire);
    e2m_env own;
    e2m_place place;
    e2m_sip m;

    e2m_env_init(&own, NULL, NULL);
    place = e2m_env_enter(&own, "SIP message", copy);
    assert_int_equal(e2m_sip_parse(&own, copy, framing, &m), E2M_E_SYNTAX);
    assert_string_equal(own.diag.what, what);
    if (at >= 0) {
        assert_true(own.diag.has_offset);
        assert_int_equal(own.diag.offset, at);
    }
    e2m_env_leave(&own, place);
    e2m_env_done(&own);
    exact_free(copy);
}

static void
test_request_line(void **state)
{
    e2m_sip m = good(E2M_LIT("INVITE sip:bob@b SIP/2.0\r\n\r\n"),
                     E2M_DATAGRAM);

    (void)state;
    assert_true(m.is_request);
    assert_text(m.method, "INVITE");
    assert_text(m.uri, "sip:bob@b");
    assert_int_equal(m.status, 0);
    assert_int_equal(m.num_fields, 0);
    assert_int_equal(m.head_end, 26);
    assert_int_equal(m.body_at, 28);
    assert_false(m.lf_only);
    m = good(E2M_LIT("a-.!%*_+`'~ x sip/2.0\r\n\r\n"), E2M_DATAGRAM);
    assert_text(m.method, "a-.!%*_+`'~");
    /* leading empty lines: RFC 3261 sec. 7.5 */
    m = good(E2M_LIT("\r\n\r\nINVITE x SIP/2.0\r\n\r\n"), E2M_STREAM);
    assert_text(m.method, "INVITE");
}

static void
test_bad_request_line(void **state)
{
    static const char *const lines[] = {
        "INVITE  sip:bob@b SIP/2.0", "INVITE sip:bob@b  SIP/2.0",
        "INVITE sip:bob@b SIP/2.0 ", " INVITE sip:bob@b SIP/2.0",
        "INVITE sip:bob@b", "INVITE", "INVITE\tsip:bob@b SIP/2.0",
        "INVITE sip:bob@b SIP/2.0 x", "IN(VITE sip:bob@b SIP/2.0",
        "INVITE sip:b\x01 SIP/2.0", "INVITE  SIP/2.0", "",
        "INVITE sip:a b SIP/2.0", "INVITE <sip:bob@b> SIP/2.0",
        "INVITE \"sip:bob@b\" SIP/2.0",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[80];
        const int n = snprintf(text, sizeof text, "%s\r\n\r\n", lines[i]);

        bad((e2m_bytes){ (uint8_t *)text, (size_t)n }, E2M_DATAGRAM,
            n > 4 ? "bad Request-Line" : "no start line",
            n > 4 ? 0 : -1);
    }
    bad(E2M_LIT("INVITE x SIP/3.0\r\n\r\n"), E2M_DATAGRAM, "not SIP/2.0", 0);
    bad(E2M_LIT("INVITE x SIP/2.0.\r\n\r\n"), E2M_DATAGRAM, "not SIP/2.0", 0);
    bad(E2M_LIT("GET / HTTP/1.1\r\n\r\n"), E2M_DATAGRAM, "not SIP/2.0", 0);
    bad(E2M_LIT("\r\nINVITE x SIP/3.0\r\n\r\n"), E2M_DATAGRAM, "not SIP/2.0",
        2);
    bad(E2M_LIT("INVITE x SIP/2.0"), E2M_DATAGRAM, "no start line", -1);
    bad(E2M_NONE, E2M_DATAGRAM, "no start line", -1);
    bad(E2M_LIT("\r\n"), E2M_DATAGRAM, "no start line", -1);
}

static void
test_status_line(void **state)
{
    e2m_sip m = good(E2M_LIT("SIP/2.0 493 Undecipherable\r\n\r\n"),
                     E2M_DATAGRAM);

    (void)state;
    assert_false(m.is_request);
    assert_int_equal(m.status, 493);
    assert_text(m.reason, "Undecipherable");
    assert_text(m.method, "");
    m = good(E2M_LIT("SIP/2.0 100 \r\n\r\n"), E2M_DATAGRAM);
    assert_text(m.reason, "");
    m = good(E2M_LIT("SIP/2.0 699\r\n\r\n"), E2M_DATAGRAM);
    assert_int_equal(m.status, 699);
    m = good(E2M_LIT("sip/2.0 200 = 2**3 * 5**2 \xd0\xbd\r\n\r\n"),
             E2M_DATAGRAM);
    assert_text(m.reason, "= 2**3 * 5**2 \xd0\xbd");
    bad(E2M_LIT("SIP/2.0 99 x\r\n\r\n"), E2M_DATAGRAM, "bad Status-Line", 0);
    bad(E2M_LIT("SIP/2.0 099 x\r\n\r\n"), E2M_DATAGRAM, "bad Status-Line", 0);
    bad(E2M_LIT("SIP/2.0 700 x\r\n\r\n"), E2M_DATAGRAM, "bad Status-Line", 0);
    bad(E2M_LIT("SIP/2.0 2000 x\r\n\r\n"), E2M_DATAGRAM, "bad Status-Line",
        0);
    bad(E2M_LIT("SIP/2.0 4294967301 x\r\n\r\n"), E2M_DATAGRAM,
        "bad Status-Line", 0);
    bad(E2M_LIT("SIP/2.0 20x x\r\n\r\n"), E2M_DATAGRAM, "bad Status-Line", 0);
    bad(E2M_LIT("SIP/2.0  200 OK\r\n\r\n"), E2M_DATAGRAM, "bad Status-Line",
        0);
    bad(E2M_LIT("SIP/2.0 \r\n\r\n"), E2M_DATAGRAM, "bad Status-Line", 0);
    bad(E2M_LIT("\r\nSIP/2.0 \r\n\r\n"), E2M_DATAGRAM, "bad Status-Line", 2);
    bad(E2M_LIT("SIP/7.0 200 OK\r\n\r\n"), E2M_DATAGRAM, "bad Request-Line",
        0);
}

static void
test_fields_as_written(void **state)
{
    const e2m_bytes wire = E2M_LIT(REQUEST "X-One: 1\r\n"
                                           "x-two :\t a  b \r\n"
                                           "v: c,\r\n\td\r\n"
                                           "Empty:\r\n"
                                           "Subject: : ;\r\n"
                                           "\r\nbody");
    const e2m_sip m = good(wire, E2M_DATAGRAM);
    size_t at = sizeof REQUEST - 1;

    (void)state;
    assert_int_equal(m.num_fields, 5);
    for (size_t i = 0; i < m.num_fields; i++) { /* no octet is lost */
        assert_ptr_equal(m.fields[i].line.data, wire.data + at);
        at += m.fields[i].line.len;
    }
    assert_int_equal(m.head_end, at);
    assert_int_equal(m.body_at, at + 2);
    assert_text(m.fields[0].name, "X-One");
    assert_text(m.fields[0].value, "1");
    assert_text(m.fields[1].name, "x-two");
    assert_text(m.fields[1].value, "a  b");
    assert_text(m.fields[1].line, "x-two :\t a  b \r\n");
    assert_int_equal(m.fields[2].id, E2M_HDR_VIA);
    assert_text(m.fields[2].name, "v");
    assert_text(m.fields[2].value, "c,\r\n\td");
    assert_text(m.fields[3].value, "");
    assert_text(m.fields[4].value, ": ;");
    assert_text(m.body, "body");
}

static void
test_folds(void **state)
{
    e2m_bytes value;
    e2m_sip m = good(E2M_LIT(REQUEST "Content-Type:\r\n"
                                     " multipart/signed;\r\n"
                                     "\t \r\n"
                                     "  boundary=b\r\n"
                                     "To:x\r\n\r\n"),
                     E2M_DATAGRAM);

    (void)state;
    assert_int_equal(m.num_fields, 2);
    assert_int_equal(e2m_sip_value(&env, &m, E2M_HDR_CONTENT_TYPE, &value),
                     E2M_OK);
    assert_text(value, "multipart/signed; boundary=b");
    assert_int_equal(e2m_sip_value(&env, &m, E2M_HDR_TO, &value), E2M_OK);
    assert_ptr_equal(value.data, m.fields[1].value.data); /* no copy */
    assert_int_equal(e2m_sip_value(&env, &m, E2M_HDR_CSEQ, &value), E2M_OK);
    assert_text(value, "");
    /* a name is never folded, nor the start line */
    bad(E2M_LIT(REQUEST "To\r\n : x\r\n\r\n"), E2M_DATAGRAM,
        "header field without a colon", sizeof REQUEST - 1);
    bad(E2M_LIT(REQUEST " To: x\r\n\r\n"), E2M_DATAGRAM,
        "header field without a name", sizeof REQUEST - 1);
    /* nothing of the header hides behind a fold of blanks */
    m = good(E2M_LIT(REQUEST "X: 1\r\n \r\nTo: y\r\n\r\n"), E2M_DATAGRAM);
    assert_int_equal(m.num_fields, 2);
}

static void
test_bad_header(void **state)
{
    const int at = sizeof REQUEST - 1;

    (void)state;
    bad(E2M_LIT(REQUEST), E2M_DATAGRAM, "header does not end", -1);
    bad(E2M_LIT(REQUEST "To: x\r\n"), E2M_DATAGRAM, "header does not end",
        -1);
    bad(E2M_LIT(REQUEST "To: x\r\n\r"), E2M_DATAGRAM, "header does not end",
        at + 7);
    bad(E2M_LIT(REQUEST "To: x"), E2M_DATAGRAM, "header does not end", at);
    bad(E2M_LIT(REQUEST "To: x\r\n y"), E2M_DATAGRAM, "header does not end",
        at + 7);
    bad(E2M_LIT(REQUEST "To x\r\n\r\n"), E2M_DATAGRAM,
        "header field without a colon", at);
    bad(E2M_LIT(REQUEST "To\r\n\r\n"), E2M_DATAGRAM,
        "header field without a colon", at);
    bad(E2M_LIT(REQUEST ": x\r\n\r\n"), E2M_DATAGRAM,
        "header field without a name", at);
    bad(E2M_LIT(REQUEST "(To): x\r\n\r\n"), E2M_DATAGRAM,
        "header field without a name", at);
    bad(E2M_LIT(REQUEST "To x: x\r\n\r\n"), E2M_DATAGRAM,
        "header field without a colon", at);
}

/* RFC 2543 let a lone CR end a line: whoever does would see other fields. */
static void
test_bare_cr(void **state)
{
    const int at = sizeof REQUEST - 1;
    const char *what = "CR without LF in the header";

    (void)state;
    bad(E2M_LIT(REQUEST "X: a\rContent-Length: 9\r\n\r\n"), E2M_DATAGRAM,
        what, at);
    bad(E2M_LIT(REQUEST "X: a\r\r\n\r\n"), E2M_DATAGRAM, what, at);
    bad(E2M_LIT(REQUEST "X: a\r\n b\rc\r\n\r\n"), E2M_DATAGRAM, what, at);
    bad(E2M_LIT("SIP/2.0 200 OK\rTo: x\r\n\r\n"), E2M_DATAGRAM, what, 0);
    bad(E2M_LIT("INVITE x SIP/2.0\rTo: x\r\n\r\n"), E2M_DATAGRAM, what, 0);
    good(E2M_LIT(REQUEST "X: a\r\n\r\nbody\rbody"), E2M_DATAGRAM);
}

/* Tolerated, and told. */
static void
test_lf_only(void **state)
{
    static const struct {
        const char *text;
        bool lf_only;
    } rows[] = {
        { "INVITE x SIP/2.0\r\nTo: x\r\n y\r\n\r\nbody\n", false },
        { "INVITE x SIP/2.0\nTo: x\r\n y\r\n\r\nbody\n", true },
        { "INVITE x SIP/2.0\r\nTo: x\n y\r\n\r\nbody\n", true },
        { "INVITE x SIP/2.0\r\nTo: x\r\n y\n\r\nbody\n", true },
        { "INVITE x SIP/2.0\r\nTo: x\r\n y\r\n\nbody\n", true },
        { "INVITE x SIP/2.0\nTo: x\n y\n\nbody\n", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const e2m_sip m = good(e2m_str(rows[i].text), E2M_DATAGRAM);
        e2m_bytes value;

        assert_int_equal(m.lf_only, rows[i].lf_only);
        assert_int_equal(m.num_fields, 1);
        assert_int_equal(e2m_sip_value(&env, &m, E2M_HDR_TO, &value), E2M_OK);
        assert_text(value, "x y");
        assert_text(m.body, "body\n");
    }
}

/* Any order, repeated, joined by commas, long and compact mixed. */
static void
test_order_and_repeats(void **state)
{
    static const char *const lines[] = {
        "v: SIP/2.0/TCP a;branch=1 , SIP/2.0/UDP b;branch=2\r\n",
        "i: call\r\n", "f: <sip:a@a>;tag=1\r\n", "t: <sip:b@b>\r\n",
        "CSeq: 1 MESSAGE\r\n", "Via: SIP/2.0/TLS c;branch=3\r\n",
        "l: 2\r\n", "c: text/plain\r\n",
    };
    enum { NUM = sizeof lines / sizeof lines[0] };

    (void)state;
    for (size_t shift = 0; shift < NUM; shift++) {
        char text[512] = REQUEST;
        bool first_via_last = false;
        e2m_sip m;
        e2m_via via;
        bool found = false;

        for (size_t i = 0; i < NUM; i++) {
            const size_t line = (i + shift) % NUM;

            (void)strncat(text, lines[line], sizeof text - strlen(text) - 1);
            first_via_last = first_via_last || (line == 5 && i < NUM - 1 &&
                                                shift > 0 && shift <= 5);
        }
        (void)strncat(text, "\r\nhi", sizeof text - strlen(text) - 1);
        m = good(e2m_str(text), E2M_STREAM);
        assert_int_equal(m.num_fields, NUM);
        assert_text(m.body, "hi");
        assert_text(e2m_sip_find(&m, E2M_HDR_CALL_ID, 0)->value, "call");
        assert_text(e2m_sip_find(&m, E2M_HDR_CONTENT_TYPE, 0)->value,
                    "text/plain");
        assert_non_null(e2m_sip_find(&m, E2M_HDR_VIA, 1));
        assert_null(e2m_sip_find(&m, E2M_HDR_VIA, 2));
        assert_null(e2m_sip_find(&m, E2M_HDR_CONTACT, 0));
        for (size_t n = 0; n < 3; n++) {
            const size_t want = first_via_last ? (n + 2) % 3 : n;

            assert_int_equal(e2m_sip_via(&m, n, &via, &found), E2M_OK);
            assert_true(found);
            assert_int_equal(via.host.data[0], 'a' + (int)want);
            assert_int_equal(via.branch.data[0], '1' + (int)want);
        }
        assert_int_equal(e2m_sip_via(&m, 3, &via, &found), E2M_OK);
        assert_false(found);
    }
}

/* Two of one that may stand once are two messages in one. */
static void
test_single_fields(void **state)
{
    static const char *const once[] = {
        "Call-ID", "Content-Disposition", "Content-ID", "Content-Length",
        "Content-Transfer-Encoding", "Content-Type", "CSeq", "Date", "From",
        "Max-Forwards", "To",
    };
    static const char *const often[] = { "Via", "Contact", "Warning", "X",
                                         "Proxy-Inspect-Body" };

    (void)state;
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        char text[200];
        int n = snprintf(text, sizeof text, REQUEST "%s: 0\r\n\r\n", once[i]);

        good((e2m_bytes){ (uint8_t *)text, (size_t)n }, E2M_DATAGRAM);
        n = snprintf(text, sizeof text, REQUEST "%s: 0\r\nX: 1\r\n%s: 0\r\n"
                                                "\r\n", once[i], once[i]);
        bad((e2m_bytes){ (uint8_t *)text, (size_t)n }, E2M_DATAGRAM,
            "a header field that may stand once stands twice",
            (int)(sizeof REQUEST - 1 + strlen(once[i]) + 11));
    }
    for (size_t i = 0; i < sizeof often / sizeof often[0]; i++) {
        char text[200];
        const int n = snprintf(text, sizeof text,
                               REQUEST "%s: 0\r\n%s: 0\r\n\r\n", often[i],
                               often[i]);

        good((e2m_bytes){ (uint8_t *)text, (size_t)n }, E2M_DATAGRAM);
    }
    bad(E2M_LIT(REQUEST "l: 0\r\nContent-Length: 0\r\n\r\n"), E2M_DATAGRAM,
        "a header field that may stand once stands twice", -1);
    bad(E2M_LIT(REQUEST "c: a/b\r\nCONTENT-TYPE: a/b\r\n\r\n"), E2M_DATAGRAM,
        "a header field that may stand once stands twice", -1);
}

/* a header is recognised by a hash only. This one has the hash of
 * Content-Length in a known parser. */
static void
test_no_hash_stands_in(void **state)
{
    const e2m_sip m = good(E2M_LIT(REQUEST "Content-Length: 5\r\n"
                                           "Z3772: 0\r\n\r\nhello"),
                           E2M_STREAM);

    (void)state;
    assert_text(m.body, "hello");
    assert_int_equal(m.fields[1].id, E2M_HDR_OTHER);
}

static void
test_limits(void **state)
{
    size_t limits[E2M_LIMIT_COUNT];

    (void)state;
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_HEADERS] = 3;
    limits[E2M_LIMIT_HEADER_LEN] = 24;
    limits[E2M_LIMIT_MESSAGE] = 200;
    for (size_t fields = 0; fields < 6; fields++) {
        for (size_t len = 20; len < 28; len++) {
            char text[256] = REQUEST;
            size_t n = sizeof REQUEST - 1;
            const bool fine = fields <= 3 && (len <= 24 || fields == 0);
            e2m_sip m;

            for (size_t i = 0; i < fields; i++) {
                n += (size_t)snprintf(text + n, sizeof text - n,
                                      "X%zu: %0*d\r\n", i, (int)len - 4, 1);
            }
            n += (size_t)snprintf(text + n, sizeof text - n, "\r\n");
            e2m_env_done(&env);
            e2m_env_init(&env, NULL, limits);
            assert_int_equal(
                e2m_sip_parse(&env, (e2m_bytes){ (uint8_t *)text, n },
                              E2M_DATAGRAM, &m),
                fine && n <= 200 ? E2M_OK : E2M_E_LIMIT);
        }
    }
}

static void
look(void *user, e2m_bytes input)
{
    static const e2m_framing framings[] = { E2M_DATAGRAM, E2M_STREAM,
                                            E2M_FRAGMENT };

    (void)user;
    for (size_t i = 0; i < 3; i++) {
        e2m_env own;
        e2m_sip m;
        e2m_err err;

        e2m_env_init(&own, NULL, NULL);
        err = e2m_sip_parse(&own, input, framings[i], &m);
        assert_int_equal(err, own.diag.err);
        if (err == E2M_OK) {
            size_t at = m.num_fields > 0 ? (size_t)(m.fields[0].line.data -
                                                    input.data)
                                         : m.head_end;

            for (size_t k = 0; k < m.num_fields; k++) {
                assert_ptr_equal(m.fields[k].line.data, input.data + at);
                at += m.fields[k].line.len;
            }
            assert_int_equal(at, m.head_end);
            assert_true(m.body_at - m.head_end <= 2);
            assert_true(m.body_at + m.body.len + m.rest.len <= input.len);
        } else {
            assert_int_equal(err, E2M_E_SYNTAX);
        }
        e2m_env_done(&own);
    }
}

static void
test_mutated(void **state)
{
    const e2m_bytes wire =
        E2M_LIT("\r\nINVITE sip:b@b SIP/2.0\r\n"
                "v: SIP/2.0/UDP [::1]:5060;branch=z9hG4bK1,\r\n"
                " SIP/2.0/TCP h\n"
                "f: \"A \\\" B\" <sip:a@a>;tag=1\r\n"
                "Content-Length : 4\r\n\r\nbodyrest");

    (void)state;
    look(NULL, wire);
    each_prefix(wire, look, NULL);
    each_flip(wire, look, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_request_line, start, stop),
        cmocka_unit_test_setup_teardown(test_bad_request_line, start, stop),
        cmocka_unit_test_setup_teardown(test_status_line, start, stop),
        cmocka_unit_test_setup_teardown(test_fields_as_written, start, stop),
        cmocka_unit_test_setup_teardown(test_folds, start, stop),
        cmocka_unit_test_setup_teardown(test_bad_header, start, stop),
        cmocka_unit_test_setup_teardown(test_bare_cr, start, stop),
        cmocka_unit_test_setup_teardown(test_lf_only, start, stop),
        cmocka_unit_test_setup_teardown(test_order_and_repeats, start, stop),
        cmocka_unit_test_setup_teardown(test_single_fields, start, stop),
        cmocka_unit_test_setup_teardown(test_no_hash_stands_in, start, stop),
        cmocka_unit_test_setup_teardown(test_limits, start, stop),
        cmocka_unit_test(test_mutated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
