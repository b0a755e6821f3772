/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mime/mime.h"
#include "mutate.h"

static void
check(const char *how, e2m_bytes body, e2m_err want, e2m_bytes content)
{
    const e2m_bytes copy = exact(body);
    const e2m_entity e = { .body = copy, .transfer = e2m_str(how) };
    e2m_bytes out = E2M_LIT("before");
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_mime_content(&env, &e, &out), want);
    assert_int_equal(env.diag.err, want);
    if (want == E2M_OK) {
        assert_true(e2m_bytes_eq(out, content));
    } else {
        assert_text(out, "before");
    }
    e2m_env_done(&env);
    exact_free(copy);
}

static void
test_as_it_is(void **state)
{
    static const char *const names[] = { "", "binary", "BINARY", "8bit",
                                         "7bit", " binary " };
    const e2m_bytes body = E2M_LIT("a\0=3D\r\n\xff");

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const e2m_entity e = { .body = body, .transfer = e2m_str(names[i]) };
        e2m_bytes out = E2M_NONE;
        e2m_env env;

        e2m_env_init(&env, NULL, NULL);
        assert_int_equal(e2m_mime_content(&env, &e, &out), E2M_OK);
        assert_ptr_equal(out.data, body.data); /* no copy */
        assert_int_equal(out.len, body.len);
        e2m_env_done(&env);
    }
    check("binary", E2M_NONE, E2M_OK, E2M_NONE);
}

static void
test_unknown(void **state)
{
    (void)state;
    check("x-uuencode", E2M_LIT("x"), E2M_E_UNSUPPORTED, E2M_NONE);
    check("base", E2M_LIT("Zm9v"), E2M_E_UNSUPPORTED, E2M_NONE);
    check("base64x", E2M_LIT("Zm9v"), E2M_E_UNSUPPORTED, E2M_NONE);
    check("base64;x", E2M_LIT("Zm9v"), E2M_E_UNSUPPORTED, E2M_NONE);
    check("binary, base64", E2M_LIT("Zm9v"), E2M_E_UNSUPPORTED, E2M_NONE);
}

static void
test_base64(void **state)
{
    (void)state;
    check("base64", E2M_LIT("Zm9v\r\nYg==\r\n"), E2M_OK, E2M_LIT("foob"));
    check("Base64", E2M_NONE, E2M_OK, E2M_NONE);
    check("base64", E2M_LIT("Zm9v!"), E2M_E_SYNTAX, E2M_NONE);
    check("base64", E2M_LIT("Zm9"), E2M_E_SYNTAX, E2M_NONE);
}

static void
test_quoted_printable(void **state)
{
    const char *qp = "quoted-printable";

    (void)state;
    check(qp, E2M_LIT("plain"), E2M_OK, E2M_LIT("plain"));
    check(qp, E2M_LIT("a=3Db=00=ff=FF"), E2M_OK, E2M_LIT("a=b\0\xff\xff"));
    check(qp, E2M_LIT("soft=\r\nbreak=\nhere\r\n"), E2M_OK,
          E2M_LIT("softbreakhere\r\n"));
    check(qp, E2M_LIT("=3D3D"), E2M_OK, E2M_LIT("=3D"));
    check("Quoted-Printable", E2M_NONE, E2M_OK, E2M_NONE);
    check(qp, E2M_LIT("a="), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("a=3"), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("=AF=fa=09=90"), E2M_OK, E2M_LIT("\xaf\xfa\t\x90"));
    check(qp, E2M_LIT("a=3G"), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("a=3g"), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("a=@0"), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("a=`0"), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("a=/0"), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("a=:0"), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("a=\rb"), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("a=="), E2M_E_SYNTAX, E2M_NONE);
    check(qp, E2M_LIT("a= \r\n"), E2M_E_SYNTAX, E2M_NONE);
}

static void
decode(void *user, e2m_bytes input)
{
    const e2m_entity e = { .body = input, .transfer = e2m_str(user) };
    e2m_bytes out = E2M_NONE;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    if (e2m_mime_content(&env, &e, &out) == E2M_OK) {
        assert_true(out.len <= input.len);
    } else {
        assert_int_equal(env.diag.err, E2M_E_SYNTAX);
    }
    e2m_env_done(&env);
}

static void
test_mutated(void **state)
{
    char base64[] = "base64";
    char qp[] = "quoted-printable";

    (void)state;
    each_prefix(E2M_LIT("Zm9v\r\nYg==\r\n"), decode, base64);
    each_flip(E2M_LIT("Zm9v\r\nYg==\r\n"), decode, base64);
    each_prefix(E2M_LIT("a=3Db=\r\nc=FF=\n=00"), decode, qp);
    each_flip(E2M_LIT("a=3Db=\r\nc=FF=\n=00"), decode, qp);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_is),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_quoted_printable),
        cmocka_unit_test(test_mutated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
