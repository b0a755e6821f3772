/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "der/der.h"

static e2m_env env;

static int
setup(void **state)
{
    (void)state;
    e2m_env_init(&env, NULL, NULL);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_env_done(&env);
    return 0;
}

static void
assert_der(e2m_der_w *w, e2m_bytes want)
{
    e2m_bytes got = E2M_NONE;

    assert_int_equal(e2m_der_w_done(w, &got), E2M_OK);
    assert_int_equal(got.len, want.len);
    assert_memory_equal(got.data, want.data, want.len);
}

static void
test_values(void **state)
{
    e2m_der_w w;

    (void)state;
    e2m_der_w_init(&w, &env, 0);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(&w, 0);
    e2m_der_put_uint(&w, 127);
    e2m_der_put_uint(&w, 128);
    e2m_der_put_uint(&w, 65536);
    e2m_der_put_uint(&w, UINT64_MAX);
    e2m_der_put_null(&w);
    e2m_der_put_alg(&w, e2m_oid(E2M_OID_X25519), E2M_NONE);
    e2m_der_put_raw(&w, E2M_LIT("\x04\x00"));
    e2m_der_close(&w);
    assert_der(&w, E2M_LIT("\x30\x25\x02\x01\x00\x02\x01\x7f\x02\x02\x00\x80"
                           "\x02\x03\x01\x00\x00"
                           "\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff"
                           "\x05\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x00"));
}

/* Whatever was expected, every length comes out minimal and readable. */
static void
test_lengths_with_any_guess(void **state)
{
    static const size_t lens[] = { 0,   1,   121, 122,  126,  127,   128,
                                   250, 255, 256, 1000, 65530, 65536 };
    static const size_t guesses[] = { 0, 10, 200, 300, 70000 };
    static uint8_t zeros[65536];

    (void)state;
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        for (size_t g = 0; g < sizeof guesses / sizeof guesses[0]; g++) {
            e2m_env own;
            e2m_der_w w;
            e2m_bytes der = E2M_NONE, c = E2M_NONE;
            e2m_in in, inner;
            uint64_t one = 0;

            e2m_env_init(&own, NULL, NULL);
            e2m_der_w_init(&w, &own, guesses[g]);
            e2m_der_open(&w, E2M_DER_SEQUENCE);
            e2m_der_open(&w, E2M_DER_SET);
            e2m_der_put_uint(&w, 1);
            e2m_der_close(&w);
            e2m_der_put(&w, 4, (e2m_bytes){ zeros, lens[i] });
            e2m_der_close(&w);
            assert_int_equal(e2m_der_w_done(&w, &der), E2M_OK);
            in = e2m_in_init(der);
            assert_int_equal(e2m_der_enter(&in, E2M_DER_SEQUENCE, &inner),
                             E2M_OK);
            assert_true(e2m_in_done(&in));
            assert_int_equal(e2m_der_enter(&inner, E2M_DER_SET, &in), E2M_OK);
            assert_int_equal(e2m_der_get_uint(&in, &one), E2M_OK);
            assert_true(one == 1 && e2m_in_done(&in));
            assert_int_equal(e2m_der_get(&inner, 4, &c), E2M_OK);
            assert_int_equal(c.len, lens[i]);
            assert_true(e2m_in_done(&inner));
            e2m_env_done(&own);
        }
    }
}

static void
test_room(void **state)
{
    e2m_der_w w;
    uint8_t *p;

    (void)state;
    e2m_der_w_init(&w, &env, 0);
    p = e2m_der_room(&w, 0x80, 3);
    assert_non_null(p);
    memcpy(p, "abc", 3);
    assert_der(&w, E2M_LIT("\x80\x03" "abc"));
}

static void
test_set_of_is_sorted(void **state)
{
    const e2m_bytes some[] = { E2M_LIT("\x04\x02zz"), E2M_LIT("\x04\x02za"),
                               E2M_LIT("\x02\x01\x05"),
                               E2M_LIT("\x04\x01\x7f"),
                               E2M_LIT("\x02\x01\x05") };
    e2m_der_w w;

    (void)state;
    e2m_der_w_init(&w, &env, 0);
    e2m_der_put_set_of(&w, E2M_DER_SET, some, 5);
    e2m_der_put_set_of(&w, 0xa1, NULL, 0);
    assert_der(&w, E2M_LIT("\x31\x11\x02\x01\x05\x02\x01\x05\x04\x01\x7f"
                           "\x04\x02za\x04\x02zz\xa1\x00"));
}

static void
test_nesting_is_checked(void **state)
{
    e2m_der_w w;
    e2m_bytes out = E2M_NONE;
    const e2m_bytes many[33] = { E2M_NONE };

    (void)state;
    e2m_der_w_init(&w, &env, 0);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    assert_int_equal(e2m_der_w_done(&w, &out), E2M_E_ARG);
    e2m_der_w_init(&w, &env, 0);
    e2m_der_close(&w);
    assert_int_equal(e2m_der_w_done(&w, &out), E2M_E_ARG);
    e2m_der_w_init(&w, &env, 0);
    for (int i = 0; i < 16; i++) {
        e2m_der_open(&w, E2M_DER_SEQUENCE);
    }
    assert_int_equal(w.out.err, E2M_OK);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    assert_int_equal(e2m_der_w_done(&w, &out), E2M_E_ARG);
    e2m_der_w_init(&w, &env, 0);
    e2m_der_put_set_of(&w, E2M_DER_SET, many, 33);
    assert_int_equal(e2m_der_w_done(&w, &out), E2M_E_ARG);
    assert_null(out.data);
}

static void *
no_memory(void *user, size_t len)
{
    (void)user;
    (void)len;
    return NULL;
}

static void
nothing_to_free(void *user, void *p, size_t len)
{
    (void)user;
    (void)p;
    (void)len;
}

static void
test_failure_sticks(void **state)
{
    const e2m_mem mem = { no_memory, nothing_to_free, NULL };
    e2m_env poor;
    e2m_der_w w;
    e2m_bytes out = E2M_NONE;

    (void)state;
    e2m_env_init(&poor, &mem, NULL);
    e2m_der_w_init(&w, &poor, 100);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    assert_null(e2m_der_room(&w, 4, 10));
    e2m_der_put_time(&w, 0);
    e2m_der_close(&w);
    assert_int_equal(e2m_der_w_done(&w, &out), E2M_E_NOMEM);
    e2m_env_done(&poor);
}

/* Against the C library's calendar, over centuries, and back. */
static void
test_times_round_trip(void **state)
{
    (void)state;
    for (int64_t sec = 0; sec < INT64_C(16725225600);
         sec += 86400 * 13 + 3607) {
        const time_t t = (time_t)sec;
        const struct tm *tm = gmtime(&t);
        char want[40];
        const char *form;
        e2m_env own;
        e2m_der_w w;
        e2m_bytes der = E2M_NONE;
        e2m_in in;
        int64_t got = 0;

        assert_non_null(tm);
        form = tm->tm_year < 150 ? "%y%m%d%H%M%SZ" : "%Y%m%d%H%M%SZ";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        assert_true(strftime(want, sizeof want, form, tm) > 0);
#pragma GCC diagnostic pop
        e2m_env_init(&own, NULL, NULL);
        e2m_der_w_init(&w, &own, 0);
        e2m_der_put_time(&w, sec);
        assert_int_equal(e2m_der_w_done(&w, &der), E2M_OK);
        assert_int_equal(der.data[0], tm->tm_year < 150 ? 0x17 : 0x18);
        assert_true(e2m_bytes_eq(e2m_bytes_from(der, 2), e2m_str(want)));
        in = e2m_in_init(der);
        assert_int_equal(e2m_der_get_time(&in, &got), E2M_OK);
        assert_true(got == sec);
        e2m_env_done(&own);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test(test_lengths_with_any_guess),
        cmocka_unit_test_setup_teardown(test_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set_of_is_sorted, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_nesting_is_checked, setup,
                                        teardown),
        cmocka_unit_test(test_failure_sticks),
        cmocka_unit_test(test_times_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
