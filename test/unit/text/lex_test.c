/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mutate.h"
#include "text/text.h"

/* RFC 3261 sec. 25.1, written down a second time. */
static bool
may_stand_in_token(int c)
{
    return c != 0 &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                  "0123456789-.!%*_+`'~", c) != NULL;
}

static void
test_token_characters(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const uint8_t octet = (uint8_t)c;

        assert_int_equal(e2m_text_is_token_char(octet),
                         may_stand_in_token(c));
        assert_int_equal(e2m_text_is_token((e2m_bytes){ &octet, 1 }),
                         may_stand_in_token(c));
    }
    assert_true(e2m_text_is_token(E2M_LIT("a-b.c")));
    assert_false(e2m_text_is_token(E2M_LIT("a b")));
    assert_false(e2m_text_is_token(E2M_LIT("ab ")));
    assert_false(e2m_text_is_token(E2M_NONE));
}

static void
test_trim(void **state)
{
    (void)state;
    assert_text(e2m_text_trim(E2M_LIT("x")), "x");
    assert_text(e2m_text_trim(E2M_LIT(" \t\r\n x y \r\n\t")), "x y");
    assert_text(e2m_text_trim(E2M_LIT(" \r\n ")), "");
    assert_text(e2m_text_trim(E2M_NONE), "");
    assert_text(e2m_text_trim(E2M_LIT("\vx\f")), "\vx\f"); /* no LWS */
    assert_text(e2m_text_trim(E2M_LIT("\0x\0")), "\0x\0");
}

static void
test_skip(void **state)
{
    e2m_in in = e2m_in_init(E2M_LIT(" \r\n\tx "));

    (void)state;
    e2m_text_skip_lws(&in);
    assert_text(in.rest, "x ");
    e2m_text_skip_lws(&in);
    assert_text(in.rest, "x ");
    in = e2m_in_init(E2M_LIT("  "));
    e2m_text_skip_lws(&in);
    assert_true(e2m_in_done(&in));
    in = e2m_in_init(E2M_NONE);
    e2m_text_skip_lws(&in);
    assert_true(e2m_in_done(&in));
}

/* What was not read leaves cursor and output as they were: rule 3. */
static void
check_token(e2m_bytes text, e2m_err want, e2m_bytes token)
{
    const e2m_bytes copy = exact(text);
    e2m_bytes out = E2M_LIT("before");
    e2m_in in = e2m_in_init(copy);

    assert_int_equal(e2m_text_take_token(&in, &out), want);
    if (want == E2M_OK) {
        assert_true(e2m_bytes_eq(out, token));
        assert_int_equal(in.rest.len, text.len - token.len);
    } else {
        assert_text(out, "before");
        assert_ptr_equal(in.rest.data, copy.data);
        assert_int_equal(in.rest.len, text.len);
    }
    exact_free(copy);
}

static void
test_token(void **state)
{
    (void)state;
    check_token(E2M_LIT("abc;d"), E2M_OK, E2M_LIT("abc"));
    check_token(E2M_LIT("abc"), E2M_OK, E2M_LIT("abc"));
    check_token(E2M_LIT("a\"b\""), E2M_OK, E2M_LIT("a"));
    check_token(E2M_LIT(";d"), E2M_E_SYNTAX, E2M_NONE);
    check_token(E2M_LIT(" abc"), E2M_E_SYNTAX, E2M_NONE);
    check_token(E2M_LIT("\"abc\""), E2M_E_SYNTAX, E2M_NONE);
    check_token(E2M_NONE, E2M_E_SYNTAX, E2M_NONE);
}

static void
check_quoted(e2m_bytes text, e2m_err want, e2m_bytes inside)
{
    const e2m_bytes copy = exact(text);
    e2m_bytes out = E2M_LIT("before");
    e2m_in in = e2m_in_init(copy);

    assert_int_equal(e2m_text_take_quoted(&in, &out), want);
    if (want == E2M_OK) {
        assert_true(e2m_bytes_eq(out, inside));
        assert_int_equal(in.rest.len, text.len - inside.len - 2);
    } else {
        assert_text(out, "before");
        assert_ptr_equal(in.rest.data, copy.data);
        assert_int_equal(in.rest.len, text.len);
    }
    exact_free(copy);
}

static void
test_quoted(void **state)
{
    (void)state;
    check_quoted(E2M_LIT("\"\""), E2M_OK, E2M_NONE);
    check_quoted(E2M_LIT("\"a b\";x"), E2M_OK, E2M_LIT("a b"));
    check_quoted(E2M_LIT("\"a\\\"b\" "), E2M_OK, E2M_LIT("a\\\"b"));
    check_quoted(E2M_LIT("\"a\\\\\"b\""), E2M_OK, E2M_LIT("a\\\\"));
    check_quoted(E2M_LIT("\"a;b,c<d>\""), E2M_OK, E2M_LIT("a;b,c<d>"));
    check_quoted(E2M_LIT("\"a\r\n b\""), E2M_OK, E2M_LIT("a\r\n b"));
    check_quoted(E2M_LIT("\"\\\0\""), E2M_OK, E2M_LIT("\\\0"));
    check_quoted(E2M_LIT("\"\xc3\xa4\""), E2M_OK, E2M_LIT("\xc3\xa4"));
    check_quoted(E2M_LIT("\""), E2M_E_SYNTAX, E2M_NONE);
    check_quoted(E2M_LIT("\"a"), E2M_E_SYNTAX, E2M_NONE);
    check_quoted(E2M_LIT("\"a\\\""), E2M_E_SYNTAX, E2M_NONE);
    check_quoted(E2M_LIT("\"a\\"), E2M_E_SYNTAX, E2M_NONE);
    check_quoted(E2M_LIT("\"a\\\r\n b\""), E2M_E_SYNTAX, E2M_NONE);
    check_quoted(E2M_LIT("\"a\\\n\""), E2M_E_SYNTAX, E2M_NONE);
    check_quoted(E2M_LIT("a\"b\""), E2M_E_SYNTAX, E2M_NONE);
    check_quoted(E2M_LIT(" \"b\""), E2M_E_SYNTAX, E2M_NONE);
    check_quoted(E2M_NONE, E2M_E_SYNTAX, E2M_NONE);
}

static void
test_unquote(void **state)
{
    const e2m_bytes plain = E2M_LIT("as it is");
    e2m_bytes out = E2M_NONE;
    e2m_env env;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_text_unquote(&env, plain, &out), E2M_OK);
    assert_ptr_equal(out.data, plain.data); /* no copy */
    assert_int_equal(e2m_text_unquote(&env, E2M_LIT("a\\\"b\\\\c\\d"), &out),
                     E2M_OK);
    assert_text(out, "a\"b\\cd");
    assert_int_equal(e2m_text_unquote(&env, E2M_LIT("\\a"), &out), E2M_OK);
    assert_text(out, "a");
    assert_int_equal(e2m_text_unquote(&env, E2M_LIT("a\\"), &out), E2M_OK);
    assert_text(out, "a\\"); /* no octet behind it */
    assert_int_equal(e2m_text_unquote(&env, E2M_NONE, &out), E2M_OK);
    assert_text(out, "");
    e2m_env_done(&env);
}

static void
check_unfold(const char *folded, e2m_bytes want)
{
    const e2m_bytes copy = exact(e2m_str(folded));
    e2m_bytes out = E2M_NONE;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_text_unfold(&env, copy, &out), E2M_OK);
    if (!e2m_bytes_eq(out, want)) {
        fail_msg("\"%s\" became \"%.*s\"", folded, (int)out.len,
                 (const char *)out.data);
    }
    assert_int_equal(out.data == copy.data, strpbrk(folded, "\r\n") == NULL);
    e2m_env_done(&env);
    exact_free(copy);
}

static void
test_unfold(void **state)
{
    (void)state;
    check_unfold("a b", E2M_LIT("a b"));
    check_unfold("a  \t b", E2M_LIT("a  \t b")); /* no fold, no change */
    check_unfold("a\r\n b", E2M_LIT("a b"));
    check_unfold("a \r\n\t  b", E2M_LIT("a b"));
    check_unfold("a\n b", E2M_LIT("a b"));
    check_unfold("a\r\n b  c\r\n d", E2M_LIT("a b  c d"));
    check_unfold("a\r\n \r\n b", E2M_LIT("a b"));
    check_unfold("a  b\r\n ", E2M_LIT("a  b "));
}

/* A long run of blanks costs its length, not its square. */
static void
test_unfold_is_linear(void **state)
{
    static uint8_t value[400000];
    e2m_bytes out = E2M_NONE;
    e2m_env env;

    (void)state;
    memset(value, ' ', sizeof value);
    value[0] = 'a';
    value[1] = '\n';
    value[3] = 'b';
    value[sizeof value - 1] = 'c';
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_text_unfold(&env, (e2m_bytes){ value, sizeof value }, &out),
        E2M_OK);
    assert_int_equal(out.len, sizeof value - 1);
    assert_memory_equal(out.data, "a b ", 4);
    e2m_env_done(&env);
}

static void
take_all(void *user, e2m_bytes input)
{
    e2m_in in = e2m_in_init(input);
    e2m_bytes piece = E2M_NONE;
    uint8_t c;

    (void)user;
    while (!e2m_in_done(&in)) {
        const size_t before = in.rest.len;

        e2m_text_skip_lws(&in);
        if (e2m_text_take_token(&in, &piece) != E2M_OK &&
            e2m_text_take_quoted(&in, &piece) != E2M_OK &&
            e2m_in_u8(&in, &c) != E2M_OK) {
            assert_true(e2m_in_done(&in));
        }
        assert_true(e2m_bytes_within(piece, input) || piece.len == 0);
        assert_true(in.rest.len < before);
    }
}

static void
test_mutated(void **state)
{
    const e2m_bytes text =
        E2M_LIT("token \"quoted \\\" more\" \r\n\tnext~`' \"\\\\\" end");

    (void)state;
    each_prefix(text, take_all, NULL);
    each_flip(text, take_all, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token_characters),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_quoted),
        cmocka_unit_test(test_unquote),
        cmocka_unit_test(test_unfold),
        cmocka_unit_test(test_unfold_is_linear),
        cmocka_unit_test(test_mutated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
