/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mutate.h"
#include "sip/sip.h"

static e2m_uri
good(const char *text)
{
    e2m_uri u;

    if (e2m_uri_parse(e2m_str(text), &u) != E2M_OK) {
        fail_msg("refused: %s", text);
    }
    assert_true(e2m_bytes_eq(u.text, e2m_str(text)));
    return u;
}

static void
bad(const char *text)
{
    const e2m_bytes copy = exact(e2m_str(text));
    e2m_uri u = { .host = E2M_LIT("before") };

    if (e2m_uri_parse(copy, &u) != E2M_E_SYNTAX) {
        fail_msg("read: %s", text);
    }
    assert_text(u.host, "before");
    exact_free(copy);
}

static void
test_pieces(void **state)
{
    e2m_uri u = good("sip:alice:secret@Atlanta.example.com:5070"
                     ";transport=tcp;lr?subject=x&to=y");

    (void)state;
    assert_text(u.scheme, "sip");
    assert_text(u.user, "alice");
    assert_text(u.host, "Atlanta.example.com");
    assert_text(u.port, "5070");
    assert_text(u.params, ";transport=tcp;lr");
    assert_text(u.headers, "?subject=x&to=y");
    u = good("SIPS:192.0.2.1");
    assert_text(u.scheme, "SIPS");
    assert_text(u.user, "");
    assert_text(u.host, "192.0.2.1");
    assert_text(u.port, "");
    assert_text(u.params, "");
    u = good("sip:[2001:db8::9:1]:5060;lr");
    assert_text(u.host, "[2001:db8::9:1]");
    assert_text(u.port, "5060");
    u = good("sip:[::1]");
    assert_text(u.host, "[::1]");
    u = good("sip:a@[::ffff:192.0.2.1]");
    assert_text(u.host, "[::ffff:192.0.2.1]");
    u = good("sip:host_name");
    assert_text(u.host, "host_name");
    u = good("sip:a:@host");
    assert_text(u.user, "a");
}

/* RFC 4475 sec. 3.1.1.2, 3.1.1.9: what a user part may hold. */
static void
test_user_part(void **state)
{
    e2m_uri u = good("sip:user;par=u%40example.net@example.com;lr");

    (void)state;
    assert_text(u.user, "user;par=u%40example.net");
    assert_text(u.host, "example.com");
    assert_text(u.params, ";lr");
    u = good("sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
             ":&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com");
    assert_text(u.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    u = good("sip:null-%00-null@example.com");
    assert_text(u.user, "null-%00-null");
    u = good("sip:+1-972@host;user=phone");
    assert_text(u.user, "+1-972");
}

static void
test_other_schemes(void **state)
{
    const e2m_uri u = good("tel:+1-201-555-0123;x=y");

    (void)state;
    assert_text(u.scheme, "tel");
    assert_text(u.host, "");
    assert_text(u.user, "");
    good("urn:service:sos");
    good("soap.beep://192.0.2.103:3002");
    good("a+b:x");
    good("a-b:x");
    good("a1:x");
    bad("a_b:x");
    bad("+a:x");
    bad("tel:");
    bad("1tel:x");
    bad("tel x:y");
    bad("tel");
    bad(":x");
}

static void
test_refused(void **state)
{
    static const char *const texts[] = {
        "", "sip:", "sip", "alice@host", "sip:@host", "sip::pw@host",
        "sip:a@", "sip:a@b@c", "sip:a@b;x=@c", "sip:host:", "sip:host:x",
        "sip:host:65536", "sip:host:-1", "sip:host:50 60", "sip:ho st",
        "sip:a b@host", "sip:a@host;x y", "sip:<host>", "sip:a@host>",
        "sip:\"a\"@host", "sip:a@ho/st", "sip:a@ho%73t", "sip:;lr",
        "sip:?x=y", "sip:[::1", "sip:[]", "sip:[::1]x", "sip:[::1]:",
        "sip:[::1]5060", "sip:[::g]", "sip:[1]", "sip:[12345]",
        "sip:[a@b]",
        "sip:[::1%eth0]", "sip:::1", "sip:h\xc3\xb6st", "sip:a@h\xc3\xb6st",
        "sip:a\x7f@host", "sip:a\x01@host", "sip:a\r\n@host",
        " sip:a@host", "sip:a@host ", "sip :a@host", "sip:{a}@host",
        "sip:a|b@host", "sip:a\\b@host",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        bad(texts[i]);
    }
    {
        e2m_uri u = { .host = E2M_LIT("before") };

        assert_int_equal(e2m_uri_parse(E2M_LIT("sip:a\0@host"), &u),
                         E2M_E_SYNTAX);
        assert_int_equal(e2m_uri_parse(E2M_LIT("sip:host\0"), &u),
                         E2M_E_SYNTAX);
    }
}

static bool
same(const char *a, const char *b)
{
    const e2m_uri x = good(a);
    const e2m_uri y = good(b);
    const bool one = e2m_uri_same_aor(&x, &y);

    assert_int_equal(e2m_uri_same_aor(&y, &x), one);
    assert_true(e2m_uri_same_aor(&x, &x));
    return one;
}

static void
test_same_aor(void **state)
{
    (void)state;
    assert_true(same("sip:alice@host", "sip:alice@HOST"));
    assert_true(same("sip:alice@host", "SIPS:alice@host"));
    assert_true(same("sip:alice@host", "sip:%61l%69ce@host"));
    assert_true(same("sip:%c3%A4@host", "sip:%C3%a4@host"));
    assert_true(same("sip:alice@host", "sip:alice:pw@host;x=y?z=1"));
    assert_true(same("sip:alice@host", "sip:alice@host:5060"));
    assert_true(same("sips:alice@host", "sips:alice@host:5061"));
    assert_true(same("sip:alice@host:5070", "sip:alice@host:05070"));
    assert_true(same("sip:host", "sip:HOST;lr"));
    assert_true(same("sip:a%b@host", "sip:a%b@host"));
    assert_false(same("sip:alice@host", "sip:Alice@host"));
    assert_false(same("sip:alice@host", "sip:bob@host"));
    assert_false(same("sip:alice@host", "sip:alice@host2"));
    assert_false(same("sip:alice@host", "sip:alice@host."));
    assert_false(same("sip:alice@host", "sip:host"));
    assert_false(same("sip:alice@host", "sip:alice@host:5061"));
    assert_false(same("sips:alice@host", "sips:alice@host:5060"));
    assert_false(same("sip:alice@host", "sip:alic@host"));
    assert_false(same("sip:alice@host", "sip:alice%00@host"));
    assert_false(same("sip:a%00b@host", "sip:a%00c@host"));
    assert_false(same("sip:a%2@host", "sip:a%02@host"));
    assert_false(same("sip:a%2@host", "sip:a%20@host"));
    assert_false(same("sip:a%@host", "sip:a%00@host"));
    assert_true(same("sip:a%0Ab@host", "sip:a%0ab@host"));
    assert_true(same("sip:a@h", "sip:a@H"));
    assert_false(same("sip:a%25@host", "sip:a%2525@host"));
    assert_true(same("tel:+1", "tel:+1"));
    assert_false(same("tel:+1", "tel:+2"));
    assert_false(same("tel:+1", "sip:+1@host"));
    {
        const e2m_uri none = { .text = E2M_NONE };

        assert_false(e2m_uri_same_aor(&none, &none)); /* zero means no */
    }
}

static void
test_put_aor(void **state)
{
    static const char *const rows[][2] = {
        { "SIPS:Alice:pw@Atlanta.Example.COM:5070;lr?x=y",
          "sip:Alice@atlanta.example.com:5070" },
        { "sip:HOST", "sip:host" },
        { "sip:a@[2001:DB8::1]", "sip:a@[2001:db8::1]" },
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const e2m_uri u = good(rows[i][0]);
        e2m_bytes out = E2M_NONE;
        e2m_env env;
        e2m_out o;

        e2m_env_init(&env, NULL, NULL);
        e2m_out_init(&o, &env, 0);
        e2m_uri_put_aor(&o, &u);
        assert_int_equal(e2m_out_done(&o, &out), E2M_OK);
        assert_true(e2m_bytes_eq(out, e2m_str(rows[i][1])));
        e2m_env_done(&env);
    }
}

static void
parse(void *user, e2m_bytes input)
{
    e2m_uri u;
    e2m_uri want;

    assert_int_equal(e2m_uri_parse(E2M_LIT("sip:al@h"), &want), E2M_OK);
    if (e2m_uri_parse(input, &u) == E2M_OK) {
        assert_true(u.host.len == 0 || e2m_bytes_within(u.host, input));
        assert_true(u.user.len + u.host.len + u.port.len + u.params.len +
                        u.headers.len <=
                    input.len);
        (void)!e2m_uri_same_aor(&u, &want);
    }
    (void)user;
}

static void
test_mutated(void **state)
{
    const e2m_bytes text =
        E2M_LIT("sip:al%69ce:pw@[2001:db8::1]:5060;lr?a=b");

    (void)state;
    each_prefix(text, parse, NULL);
    each_flip(text, parse, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_user_part),
        cmocka_unit_test(test_other_schemes),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_same_aor),
        cmocka_unit_test(test_put_aor),
        cmocka_unit_test(test_mutated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
