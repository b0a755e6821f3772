/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "der/der.h"

static void
check(e2m_bytes ber, e2m_err want, e2m_bytes der)
{
    e2m_env env;
    e2m_bytes out = E2M_NONE;
    uint8_t *copy = malloc(ber.len + 1); /* so that a sanitizer sees its end */

    assert_non_null(copy);
    if (ber.len > 0) {
        memcpy(copy, ber.data, ber.len);
    }
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_der_from_ber(&env, (e2m_bytes){ copy, ber.len }, 4096,
                         &out), want);
    assert_int_equal(env.diag.err, want);
    assert_int_equal(out.len, der.len);
    if (der.len > 0) {
        assert_memory_equal(out.data, der.data, der.len);
    }
    e2m_env_done(&env);
    free(copy);
}

static void
good(e2m_bytes ber, e2m_bytes der)
{
    check(ber, E2M_OK, der);
    check(der, E2M_OK, der); /* DER stays what it is */
    for (size_t i = 0; i < ber.len; i++) {
        check(e2m_bytes_upto(ber, i), E2M_E_SYNTAX, E2M_NONE);
    }
}

static void
bad(e2m_bytes ber)
{
    check(ber, E2M_E_SYNTAX, E2M_NONE);
}

static void
test_lengths(void **state)
{
    (void)state;
    good(E2M_LIT("\x04\x01x"), E2M_LIT("\x04\x01x"));
    good(E2M_LIT("\x04\x81\x01x"), E2M_LIT("\x04\x01x"));
    good(E2M_LIT("\x04\x87\0\0\0\0\0\0\x01x"), E2M_LIT("\x04\x01x"));
    good(E2M_LIT("\x30\x80\x02\x01\x05\0\0"), E2M_LIT("\x30\x03\x02\x01\x05"));
    good(E2M_LIT("\x30\x80\x31\x80\xa0\x80\0\0\0\0\x05\x00\0\0"),
         E2M_LIT("\x30\x06\x31\x02\xa0\x00\x05\x00"));
    bad(E2M_LIT("\x30\x80\x02\x01\x05\0\0\0")); /* behind the end */
    bad(E2M_LIT("\x30\x80\x02\x01\x05\0\x01"));
    bad(E2M_LIT("\x30\x03\x02\x02\x05")); /* out of its parent */
    bad(E2M_LIT("\x04\x80x\0\0"));        /* primitive, indefinite */
    bad(E2M_LIT("\x04\xff\x01x"));
    bad(E2M_LIT("\x04\x85\xff\xff\xff\xff\xffx"));
    bad(E2M_LIT("\x30\x02\x00\x00")); /* an end mark in the definite form */
    bad(E2M_LIT("\x1f\x01\x00"));
    bad(E2M_LIT("\x3f\x81\x01\x00"));
    bad(E2M_NONE);
}

static void
test_strings_in_fragments(void **state)
{
    (void)state;
    good(E2M_LIT("\x24\x80\x04\x02" "ab\x04\x00\x04\x01" "c\0\0"),
         E2M_LIT("\x04\x03" "abc"));
    good(E2M_LIT("\x24\x06\x04\x01" "a\x04\x01" "b"), E2M_LIT("\x04\x02" "ab"));
    good(E2M_LIT("\x24\x80\x24\x03\x04\x01" "a\x24\x80\x04\x01" "b\0\0\0\0"),
         E2M_LIT("\x04\x02" "ab"));
    good(E2M_LIT("\x24\x80\0\0"), E2M_LIT("\x04\x00"));
    /* what the tag hides stays */
    good(E2M_LIT("\xa0\x80\x04\x01" "a\x04\x01" "b\0\0"),
         E2M_LIT("\xa0\x06\x04\x01" "a\x04\x01" "b"));
    bad(E2M_LIT("\x24\x03\x02\x01\x05")); /* INTEGER as a fragment */
    bad(E2M_LIT("\x24\x03\x80\x01\x05"));
    bad(E2M_LIT("\x24\x05\x30\x03\x04\x01" "a"));
    bad(E2M_LIT("\x23\x04\x03\x02\x00" "a")); /* constructed BIT STRING */
    bad(E2M_LIT("\x22\x03\x02\x01\x05"));     /* constructed INTEGER */
    bad(E2M_LIT("\x10\x00\xff"));
}

static void
test_order_and_contents_stay(void **state)
{
    (void)state;
    good(E2M_LIT("\x31\x80\x04\x01z\x04\x01" "a\0\0"),
         E2M_LIT("\x31\x06\x04\x01z\x04\x01" "a"));
    good(E2M_LIT("\x01\x81\x01\x7f"), E2M_LIT("\x01\x01\x7f"));
}

static void
test_large(void **state)
{
    static uint8_t ber[70000], der[70000];
    size_t b = 0, d = 0;

    (void)state;
    memcpy(ber, "\x30\x80\x24\x80", 4);
    b = 4;
    /* 32 fragments of 2048: 65536 octets, 4 + 1 + 65536 around */
    memcpy(der, "\x30\x83\x01\x00\x05\x04\x83\x01\x00\x00", 10);
    d = 10;
    for (int i = 0; i < 32; i++) {
        memcpy(ber + b, "\x04\x82\x08\x00", 4);
        memset(ber + b + 4, i + 1, 2048);
        memset(der + d, i + 1, 2048);
        b += 4 + 2048;
        d += 2048;
    }
    memset(ber + b, 0, 4);
    b += 4;
    check((e2m_bytes){ ber, b }, E2M_OK, (e2m_bytes){ der, d });
}

static void
test_bounds(void **state)
{
    static uint8_t deep[4 * 60];
    static uint8_t many[3 * 5000];

    (void)state;
    for (size_t depth = 20; depth < 60; depth++) {
        memset(deep, 0, sizeof deep);
        for (size_t i = 0; i < depth; i++) {
            deep[2 * i] = 0x30;
            deep[2 * i + 1] = 0x80;
        }
        if (depth > 24) {
            check((e2m_bytes){ deep, 4 * depth }, E2M_E_LIMIT, E2M_NONE);
        } else {
            e2m_env env;
            e2m_bytes out = E2M_NONE;

            e2m_env_init(&env, NULL, NULL);
            assert_int_equal(
                e2m_der_from_ber(&env, (e2m_bytes){ deep, 4 * depth }, 4096,
                             &out),
                E2M_OK);
            assert_int_equal(out.len, 2 * depth);
            e2m_env_done(&env);
        }
    }
    /* 4096 elements with the outer one */
    many[0] = 0x24;
    many[1] = 0x80;
    for (size_t i = 0; i < 4999; i++) {
        memcpy(many + 2 + 3 * i, "\x04\x01", 3);
    }
    memset(many + 2 + 3 * 4096, 0, 2);
    check((e2m_bytes){ many, 2 + 3 * 4096 + 2 }, E2M_E_LIMIT, E2M_NONE);
    memset(many + 2 + 3 * 4095, 0, 2);
    {
        static uint8_t want[4 + 4095] = { 0x04, 0x82, 0x0f, 0xff };

        check((e2m_bytes){ many, 2 + 3 * 4095 + 2 }, E2M_OK,
              (e2m_bytes){ want, sizeof want });
    }
}

/* No bit of a valid input, turned over, may crash or hang it. */
static void
test_bit_flips(void **state)
{
    const e2m_bytes ber = E2M_LIT(
        "\x30\x80\x06\x03\x2b\x65\x6e\xa0\x80\x30\x80\x24\x80\x04\x82\x00\x02"
        "ab\x04\x01" "c\0\0\0\0\0\0\x31\x03\x02\x01\x07\0\0");
    uint8_t *copy = malloc(ber.len);

    (void)state;
    assert_non_null(copy);
    for (size_t bit = 0; bit < ber.len * 8; bit++) {
        e2m_env env;
        e2m_bytes out = E2M_NONE;
        e2m_err err;

        memcpy(copy, ber.data, ber.len);
        copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1 << bit % 8);
        e2m_env_init(&env, NULL, NULL);
        err = e2m_der_from_ber(&env, (e2m_bytes){ copy, ber.len }, 4096,
                         &out);
        assert_true(err == E2M_OK || err == E2M_E_SYNTAX);
        assert_int_equal(err == E2M_OK, out.len > 0);
        e2m_env_done(&env);
    }
    free(copy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_strings_in_fragments),
        cmocka_unit_test(test_order_and_contents_stay),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_bit_flips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
