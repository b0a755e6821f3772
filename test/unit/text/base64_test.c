/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mutate.h"
#include "text/text.h"

static void
decodes(e2m_bytes text, e2m_bytes want)
{
    const e2m_bytes copy = exact(text);
    e2m_bytes out = E2M_NONE;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_text_base64_decode(&env, copy, &out), E2M_OK);
    assert_true(e2m_bytes_eq(out, want));
    e2m_env_done(&env);
    exact_free(copy);
}

static void
bad(e2m_bytes text)
{
    const e2m_bytes copy = exact(text);
    e2m_bytes out = E2M_LIT("before");
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    if (e2m_text_base64_decode(&env, copy, &out) != E2M_E_SYNTAX) {
        fail_msg("decoded: %.*s", (int)text.len, (const char *)text.data);
    }
    assert_text(out, "before");
    e2m_env_done(&env);
    exact_free(copy);
}

/* RFC 4648 sec. 10 */
static void
test_vectors(void **state)
{
    (void)state;
    decodes(E2M_NONE, E2M_NONE);
    decodes(E2M_LIT("Zg=="), E2M_LIT("f"));
    decodes(E2M_LIT("Zm8="), E2M_LIT("fo"));
    decodes(E2M_LIT("Zm9v"), E2M_LIT("foo"));
    decodes(E2M_LIT("Zm9vYg=="), E2M_LIT("foob"));
    decodes(E2M_LIT("Zm9vYmE="), E2M_LIT("fooba"));
    decodes(E2M_LIT("Zm9vYmFy"), E2M_LIT("foobar"));
    decodes(E2M_LIT("+/+/"), E2M_LIT("\xfb\xff\xbf"));
    decodes(E2M_LIT("AAAA"), E2M_LIT("\0\0\0"));
}

static void
test_white_space(void **state)
{
    (void)state;
    decodes(E2M_LIT("Zm9v\r\nYmFy\r\n"), E2M_LIT("foobar"));
    decodes(E2M_LIT("Zm9v\nYmFy"), E2M_LIT("foobar"));
    decodes(E2M_LIT(" Z\tm 9\r\nv Y g = = \r\n"), E2M_LIT("foob"));
    decodes(E2M_LIT("\r\n"), E2M_NONE);
    bad(E2M_LIT("Zm9v\vYmFy"));
    bad(E2M_LIT("Zm9v\0"));
}

/* One spelling for what decodes: no second message hides in the rest. */
static void
test_refused(void **state)
{
    (void)state;
    bad(E2M_LIT("Zg"));
    bad(E2M_LIT("Zg="));
    bad(E2M_LIT("Z"));
    bad(E2M_LIT("Z==="));
    bad(E2M_LIT("===="));
    bad(E2M_LIT("="));
    bad(E2M_LIT("Zg=a"));
    bad(E2M_LIT("Z=g="));
    bad(E2M_LIT("=Zg="));
    bad(E2M_LIT("Zm8=Zm8="));
    bad(E2M_LIT("Zg==\r\nZg=="));
    bad(E2M_LIT("Zm8=="));
    bad(E2M_LIT("Zm9v="));
    bad(E2M_LIT("Zm9v===="));
    bad(E2M_LIT("Zh==")); /* spare bits */
    bad(E2M_LIT("Zm9="));
    bad(E2M_LIT("Zm-v"));
    bad(E2M_LIT("Zm_v"));
    bad(E2M_LIT("Zm9v!"));
    bad(E2M_LIT("Zm9v\xc3\xa4"));
}

static e2m_bytes
encode(e2m_env *env, e2m_bytes in, bool one_line)
{
    e2m_bytes out = E2M_NONE;
    e2m_out o;

    e2m_out_init(&o, env, 0);
    e2m_text_base64_put(&o, in, one_line);
    assert_int_equal(e2m_out_done(&o, &out), E2M_OK);
    return out;
}

static void
test_encode(void **state)
{
    e2m_env env;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    assert_text(encode(&env, E2M_NONE, true), "");
    assert_text(encode(&env, E2M_NONE, false), "");
    assert_text(encode(&env, E2M_LIT("f"), true), "Zg==");
    assert_text(encode(&env, E2M_LIT("fo"), true), "Zm8=");
    assert_text(encode(&env, E2M_LIT("foobar"), false), "Zm9vYmFy\r\n");
    assert_text(encode(&env, E2M_LIT("\xfb\xff\xbf"), true), "+/+/");
    e2m_env_done(&env);
}

/* All lengths: lines of 76 and one shorter or equal, each with its end. */
static void
test_lines(void **state)
{
    uint8_t data[300];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7 + 1);
    }
    for (size_t len = 0; len <= sizeof data; len++) {
        e2m_env env;
        e2m_bytes text;
        e2m_bytes one;
        size_t at = 0;

        e2m_env_init(&env, NULL, NULL);
        text = encode(&env, (e2m_bytes){ data, len }, false);
        one = encode(&env, (e2m_bytes){ data, len }, true);
        assert_int_equal(one.len, (len + 2) / 3 * 4);
        for (size_t left = one.len; left > 0;) {
            const size_t line = left < 76 ? left : 76;

            assert_true(at + line + 2 <= text.len);
            assert_memory_equal(text.data + at + line, "\r\n", 2);
            at += line + 2;
            left -= line;
        }
        assert_int_equal(at, text.len);
        decodes(text, (e2m_bytes){ data, len });
        decodes(one, (e2m_bytes){ data, len });
        e2m_env_done(&env);
    }
}

/* What decodes is the one spelling of what came out, blanks apart. */
static void
one_spelling(void *user, e2m_bytes input)
{
    e2m_bytes out = E2M_NONE;
    e2m_bytes back;
    e2m_env env;
    size_t n = 0;

    (void)user;
    e2m_env_init(&env, NULL, NULL);
    if (e2m_text_base64_decode(&env, input, &out) == E2M_OK) {
        back = encode(&env, out, true);
        for (size_t i = 0; i < input.len; i++) {
            if (memchr(" \t\r\n", input.data[i], 4) == NULL) {
                assert_true(n < back.len);
                assert_int_equal(back.data[n], input.data[i]);
                n++;
            }
        }
        assert_int_equal(n, back.len);
    }
    e2m_env_done(&env);
}

static void
test_mutated(void **state)
{
    const e2m_bytes text = E2M_LIT("VGhlIHZhdWx0\r\nIGNvZGUgaXMg\r\nNy00LTE"
                                   "u/+8=\r\n");

    (void)state;
    each_prefix(text, one_spelling, NULL);
    each_flip(text, one_spelling, NULL);
}

/* Memory that is refused is told, and nothing comes out. */
static void
test_no_memory(void **state)
{
    size_t limits[E2M_LIMIT_COUNT];
    e2m_bytes out = E2M_LIT("before");
    e2m_env env;

    (void)state;
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_MEMORY] = 2;
    e2m_env_init(&env, NULL, limits);
    assert_int_equal(e2m_text_base64_decode(&env, E2M_LIT("Zm9vYmFy"), &out),
                     E2M_E_LIMIT);
    assert_text(out, "before");
    e2m_env_done(&env);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_white_space),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_mutated),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
