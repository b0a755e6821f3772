/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "der/der.h"

static void
check_uint(e2m_bytes der, e2m_err want, uint64_t value)
{
    e2m_in in = e2m_in_init(der);
    uint64_t got = 77;

    assert_int_equal(e2m_der_get_uint(&in, &got), want);
    assert_true(got == (want == E2M_OK ? value : 77));
    assert_int_equal(in.rest.len, want == E2M_OK ? 0 : der.len);
}

static void
test_integers(void **state)
{
    (void)state;
    check_uint(E2M_LIT("\x02\x01\x00"), E2M_OK, 0);
    check_uint(E2M_LIT("\x02\x01\x7f"), E2M_OK, 127);
    check_uint(E2M_LIT("\x02\x02\x00\x80"), E2M_OK, 128);
    check_uint(E2M_LIT("\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff"), E2M_OK,
               INT64_MAX);
    check_uint(E2M_LIT("\x02\x00"), E2M_E_SYNTAX, 0);
    check_uint(E2M_LIT("\x02\x01\x80"), E2M_E_SYNTAX, 0);
    check_uint(E2M_LIT("\x02\x02\x00\x7f"), E2M_E_SYNTAX, 0);
    check_uint(E2M_LIT("\x02\x02\x00\x00"), E2M_E_SYNTAX, 0);
    check_uint(E2M_LIT("\x02\x09\x00\x80\x00\x00\x00\x00\x00\x00\x00"),
               E2M_E_SYNTAX, 0);
    check_uint(E2M_LIT("\x04\x01\x00"), E2M_E_SYNTAX, 0);
    check_uint(E2M_LIT("\x02\x02\x01"), E2M_E_SYNTAX, 0);
}

static void
check_time(e2m_bytes der, e2m_err want, int64_t sec)
{
    e2m_in in = e2m_in_init(der);
    int64_t got = -77;

    assert_int_equal(e2m_der_get_time(&in, &got), want);
    assert_true(got == (want == E2M_OK ? sec : -77));
    assert_int_equal(in.rest.len, want == E2M_OK ? 0 : der.len);
}

static void
test_times(void **state)
{
    (void)state;
    check_time(E2M_LIT("\x17\x0d" "700101000000Z"), E2M_OK, 0);
    check_time(E2M_LIT("\x17\x0d" "030620120000Z"), E2M_OK, 1056110400);
    check_time(E2M_LIT("\x17\x0d" "491231235959Z"), E2M_OK, 2524607999);
    check_time(E2M_LIT("\x17\x0d" "500101000000Z"), E2M_OK, -631152000);
    check_time(E2M_LIT("\x17\x0d" "000229000000Z"), E2M_OK, 951782400);
    check_time(E2M_LIT("\x18\x0f" "20500101000000Z"), E2M_OK, 2524608000);
    check_time(E2M_LIT("\x18\x0f" "99991231235959Z"), E2M_OK,
               253402300799);
    check_time(E2M_LIT("\x18\x0f" "21000228235959Z"), E2M_OK, 4107542399);
    /* no such day, month, hour, minute, second, year */
    check_time(E2M_LIT("\x18\x0f" "21000229000000Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "030631120000Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "031301120000Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "030001120000Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "030600120000Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "030620240000Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "030620126000Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "030620120060Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x18\x0f" "00000101000000Z"), E2M_E_SYNTAX, 0);
    /* forms that are BER or worse */
    check_time(E2M_LIT("\x17\x0b" "0306201200Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x11" "030620120000+0100"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "03062012000 Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "0306201200-1Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0d" "030620120000z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x17\x0e" "030620120000Z "), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x18\x11" "20500101000000.5Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x18\x0d" "030620120000Z"), E2M_E_SYNTAX, 0);
    check_time(E2M_LIT("\x16\x0d" "030620120000Z"), E2M_E_SYNTAX, 0);
}

static void
check_alg(e2m_bytes der, e2m_err want)
{
    e2m_in in = e2m_in_init(der);
    e2m_der_alg a = { E2M_NONE, E2M_LIT("x") };

    assert_int_equal(e2m_der_get_alg(&in, &a), want);
    if (want != E2M_OK) {
        assert_int_equal(in.rest.len, der.len);
        assert_int_equal(a.params.len, 1);
    }
}

static void
test_algorithms(void **state)
{
    e2m_in in = e2m_in_init(E2M_LIT("\x30\x07\x06\x03\x2b\x65\x6e\x05\x00"));
    e2m_der_alg a = { E2M_NONE, E2M_NONE };

    (void)state;
    assert_int_equal(e2m_der_get_alg(&in, &a), E2M_OK);
    assert_int_equal(e2m_oid_of(a.oid), E2M_OID_X25519);
    assert_true(e2m_bytes_eq(a.params, E2M_LIT("\x05\x00")));
    assert_true(e2m_der_alg_plain(&a));
    a.params = E2M_NONE;
    assert_true(e2m_der_alg_plain(&a));
    a.params = E2M_LIT("\x05\x01");
    assert_false(e2m_der_alg_plain(&a));
    check_alg(E2M_LIT("\x30\x05\x06\x03\x2b\x65\x6e"), E2M_OK);
    check_alg(E2M_LIT("\x30\x02\x06\x00"), E2M_E_SYNTAX);
    check_alg(E2M_LIT("\x30\x00"), E2M_E_SYNTAX);
    check_alg(E2M_LIT("\x30\x06\x06\x03\x2b\x65\x6e\x05"), E2M_E_SYNTAX);
    check_alg(E2M_LIT("\x30\x09\x06\x03\x2b\x65\x6e\x05\x00\x05\x00"),
              E2M_E_SYNTAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_algorithms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
