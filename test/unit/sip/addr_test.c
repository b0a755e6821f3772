/* SPDX-License-Identifier: BSD-3-Clause */
/* From, To, Contact; CSeq; Via. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mutate.h"
#include "sip/sip.h"

static e2m_addr
good(const char *text)
{
    e2m_addr a;

    if (e2m_addr_parse(e2m_str(text), &a) != E2M_OK) {
        fail_msg("refused: %s", text);
    }
    return a;
}

static void
bad(const char *text)
{
    const e2m_bytes copy = exact(e2m_str(text));
    e2m_addr a = { .display = E2M_LIT("before") };

    if (e2m_addr_parse(copy, &a) != E2M_E_SYNTAX) {
        fail_msg("read: %s", text);
    }
    assert_text(a.display, "before");
    exact_free(copy);
}

static void
test_addresses(void **state)
{
    e2m_addr a = good("\"A. \\\" <sip:evil@e>\" <sip:alice@a;lr?x=y>;tag=1");
    e2m_param p;
    bool found = false;

    (void)state;
    assert_text(a.display, "\"A. \\\" <sip:evil@e>\"");
    assert_text(a.uri.text, "sip:alice@a;lr?x=y");
    assert_text(a.params, ";tag=1");
    a = good("caller<sip:a@b>");
    assert_text(a.display, "caller");
    a = good(" Bob  B. \r\n <sip:a@b> \r\n ; tag = x ");
    assert_text(a.display, "Bob  B.");
    assert_int_equal(e2m_text_param(a.params, "tag", &p, &found), E2M_OK);
    assert_true(found);
    assert_text(p.value, "x");
    a = good("<sip:a@b>");
    assert_text(a.display, "");
    assert_text(a.params, "");
    a = good("\"\"<sip:a,b@c>");
    assert_text(a.uri.user, "a,b");
    /* without <>, parameters are the field's (RFC 3261 sec. 20.10) */
    a = good("sip:a@b;tag=1");
    assert_text(a.uri.text, "sip:a@b");
    assert_text(a.uri.params, "");
    assert_text(a.params, ";tag=1");
    a = good("<http://www.example.com>;tag=3");
    assert_text(a.uri.scheme, "http");
    good("isbn:2983792873");
}

static void
test_tag_is_lexed(void **state)
{
    const e2m_addr a = good("<sip:a@b;tag=evil>;note=\";tag=evil\";tag=real");
    e2m_param p;
    bool found = false;

    (void)state;
    assert_int_equal(e2m_text_param(a.params, "tag", &p, &found), E2M_OK);
    assert_true(found);
    assert_text(p.value, "real");
}

static void
test_bad_addresses(void **state)
{
    static const char *const texts[] = {
        "", " ", "\"Mr <sip:a@b>", "Bell, Alexander <sip:a@b>",
        "\"A\" B <sip:a@b>", "A \"B\" <sip:a@b>", "A <B> <sip:a@b>",
        "< sip:a@b>", "<sip:a@b >", "<sip:a@b", "<>", "<<sip:a@b>>",
        "<sip:a@b> junk", "<sip:a@b>;", "<sip:a@b>;;tag=1",
        "<sip:a@b>;tag=", "<sip:a@b>;tag=\"1", "<sip:a@b>,<sip:c@d>",
        "<sip:a@b>;tag=1,<sip:c@d>", "sip:a@b,sip:c@d",
        "sip:a,b@c", "sip:a@b?Route=%3Csip:x%3E", "sip:a@b?x=y;tag=1",
        "sip:a@b tag=1", "alice", "alice@atlanta.example.com",
        "A@B <sip:a@b>", "(x) <sip:a@b>", "\\\"A <sip:a@b>",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bad(texts[i]);
    }
    good("<sip:a,b@c>"); /* their twins, in <> */
    good("<sip:a@b?Route=%3Csip:x%3E>");
}

static void
test_cseq(void **state)
{
    static const char *const refused[] = {
        "", "1", "1 ", "INVITE", "1INVITE", "INVITE 1", "1 IN VITE",
        "-1 INVITE", "2147483648 INVITE", "4294967297 INVITE",
        "36893488147419103232 INVITE", "0x1 INVITE", "1. INVITE",
        "1 INVITE,", "1 INVITE;x=y", "1 \"INVITE\"", "1/INVITE",
    };
    e2m_cseq c;

    (void)state;
    assert_int_equal(e2m_cseq_parse(E2M_LIT("0009\r\n INVITE"), &c), E2M_OK);
    assert_int_equal(c.number, 9);
    assert_text(c.method, "INVITE");
    assert_int_equal(e2m_cseq_parse(E2M_LIT(" 2147483647 x "), &c), E2M_OK);
    assert_int_equal(c.number, 2147483647);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const e2m_bytes copy = exact(e2m_str(refused[i]));

        c.number = 7;
        assert_int_equal(e2m_cseq_parse(copy, &c), E2M_E_SYNTAX);
        assert_int_equal(c.number, 7);
        exact_free(copy);
    }
}

static e2m_err
via_of(const char *value, e2m_via *out)
{
    char text[256];
    const int n = snprintf(text, sizeof text,
                           "INVITE x SIP/2.0\r\nVia: %s\r\n\r\n", value);
    const e2m_bytes wire = exact((e2m_bytes){ (uint8_t *)text, (size_t)n });
    static char kept[256];
    e2m_env env;
    e2m_sip m;
    bool found = false;
    e2m_err err;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_sip_parse(&env, wire, E2M_DATAGRAM, &m), E2M_OK);
    err = e2m_sip_via(&m, 0, out, &found);
    assert_int_equal(found, err == E2M_OK);
    if (err == E2M_OK) {
        /* slices into what is freed below, moved to what stays */
        e2m_bytes *each[] = { &out->transport, &out->host, &out->port,
                              &out->branch };

        memcpy(kept, text, sizeof kept);
        for (size_t i = 0; i < 4; i++) {
            if (each[i]->len > 0) {
                each[i]->data = (const uint8_t *)kept +
                                (each[i]->data - wire.data);
            }
        }
    }
    e2m_env_done(&env);
    exact_free(wire);
    return err;
}

static void
test_via(void **state)
{
    e2m_via v;

    (void)state;
    assert_int_equal(via_of("SIP/2.0/UDP a.example:5060;branch=z9hG4bK1", &v),
                     E2M_OK);
    assert_text(v.transport, "UDP");
    assert_text(v.host, "a.example");
    assert_text(v.port, "5060");
    assert_text(v.branch, "z9hG4bK1");
    assert_int_equal(via_of("SIP / 2.0\r\n / TLS   first.example.com : 4000 "
                            ";ttl=16 ; branch =\r\n b", &v),
                     E2M_OK);
    assert_text(v.transport, "TLS");
    assert_text(v.host, "first.example.com");
    assert_text(v.port, "4000");
    assert_text(v.branch, "b");
    assert_int_equal(via_of("SIP/2.0/TCP [2001:db8::9]:5061;rport", &v),
                     E2M_OK);
    assert_text(v.host, "[2001:db8::9]");
    assert_text(v.port, "5061");
    assert_text(v.branch, "");
    assert_int_equal(via_of("SIP/2.0/UDP 192.0.2.1", &v), E2M_OK);
    assert_text(v.port, "");
    assert_int_equal(via_of("SIP/2.0/UDP h;x=\";branch=evil\";branch=b", &v),
                     E2M_OK);
    assert_text(v.branch, "b");
    /* the list goes on behind what is not asked for */
    assert_int_equal(via_of("SIP/2.0/UDP h;branch=b, junk", &v), E2M_OK);
}

static void
test_bad_via(void **state)
{
    static const char *const texts[] = {
        "SIP/2.0 h", "SIP/2.0/UDP", "SIP/2.0/UDP;branch=b", "SIP/2.0/ h",
        "/2.0/UDP h", "SIP/2.0/UDP[::1]", "SIP/2.0/UDP h:",
        "SIP/2.0/UDP h:x", "SIP/2.0/UDP h:65536", "SIP/2.0/UDP :5060",
        "SIP/2.0/UDP h x", "SIP/2.0/UDP [::1", "SIP/2.0/UDP [::1]x",
        "SIP/2.0/UDP h;;,;,,", "SIP/2.0/UDP h;branch=a;branch=b",
        "SIP/2.0/UDP h;branch=\"b", "SIP/2.0/UDP a]:b:1",
    };
    e2m_via v;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (via_of(texts[i], &v) != E2M_E_SYNTAX) {
            fail_msg("read: %s", texts[i]);
        }
    }
}

static void
parse(void *user, e2m_bytes input)
{
    e2m_addr a;
    e2m_cseq c;

    (void)user;
    if (e2m_addr_parse(input, &a) == E2M_OK) {
        assert_true(e2m_bytes_within(a.uri.text, input));
    }
    (void)!e2m_cseq_parse(input, &c);
}

static void
test_mutated(void **state)
{
    const e2m_bytes text =
        E2M_LIT("\"A \\\" B\" <sip:a@b;lr>;tag=x;n=\"q;\"");

    (void)state;
    each_prefix(text, parse, NULL);
    each_flip(text, parse, NULL);
    each_flip(E2M_LIT("2147483647 INVITE"), parse, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_tag_is_lexed),
        cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_cseq),
        cmocka_unit_test(test_via),
        cmocka_unit_test(test_bad_via),
        cmocka_unit_test(test_mutated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
