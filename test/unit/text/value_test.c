/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mutate.h"
#include "text/text.h"

static void
number(e2m_bytes text, uint64_t max, uint64_t want)
{
    uint64_t v = 7;

    assert_int_equal(e2m_text_decimal(text, max, &v), E2M_OK);
    assert_true(v == want);
}

static void
no_number(e2m_bytes text, uint64_t max)
{
    uint64_t v = 7;

    assert_int_equal(e2m_text_decimal(text, max, &v), E2M_E_SYNTAX);
    assert_int_equal(v, 7);
}

static void
test_decimal(void **state)
{
    (void)state;
    number(E2M_LIT("0"), 0, 0);
    number(E2M_LIT("0068"), 255, 68);
    number(E2M_LIT("65535"), 65535, 65535);
    number(E2M_LIT("18446744073709551615"), UINT64_MAX, UINT64_MAX);
    no_number(E2M_LIT("18446744073709551616"), UINT64_MAX);
    no_number(E2M_LIT("184467440737095516150"), UINT64_MAX);
    no_number(E2M_LIT("65536"), 65535);
    no_number(E2M_LIT("1"), 0);
    no_number(E2M_NONE, 9);
    no_number(E2M_LIT("-1"), 9);
    no_number(E2M_LIT("+1"), 9);
    no_number(E2M_LIT(" 1"), 9);
    no_number(E2M_LIT("1 "), 9);
    no_number(E2M_LIT("1a"), 99);
    no_number(E2M_LIT("0x1"), 99);
    no_number(E2M_LIT("1\0"), 99);
    no_number(E2M_LIT("\xb1"), 99);
}

static void
date(const char *text, int64_t want)
{
    int64_t sec = -7;
    e2m_bytes back = E2M_NONE;
    e2m_out o;
    e2m_env env;

    assert_int_equal(e2m_text_date(e2m_str(text), &sec), E2M_OK);
    assert_true(sec == want);
    e2m_env_init(&env, NULL, NULL);
    e2m_out_init(&o, &env, 0);
    e2m_text_put_date(&o, sec);
    assert_int_equal(e2m_out_done(&o, &back), E2M_OK);
    assert_true(e2m_bytes_eq(back, e2m_str(text)));
    e2m_env_done(&env);
}

static void
no_date(const char *text)
{
    int64_t sec = -7;

    if (e2m_text_date(e2m_str(text), &sec) != E2M_E_SYNTAX) {
        fail_msg("read: %s", text);
    }
    assert_true(sec == -7);
}

static void
test_dates(void **state)
{
    (void)state;
    date("Thu, 01 Jan 1970 00:00:00 GMT", 0);
    date("Sat, 13 Nov 2010 23:29:00 GMT", 1289690940);
    date("Thu, 29 Feb 1996 12:00:00 GMT", 825595200);
    date("Tue, 29 Feb 2000 23:59:59 GMT", 951868799);
    date("Wed, 01 Mar 2000 00:00:00 GMT", 951868800);
    date("Tue, 19 Jan 2038 03:14:08 GMT", INT64_C(2147483648));
    date("Fri, 31 Dec 2100 23:59:59 GMT", INT64_C(4133980799));
    date("Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799));
}

static void
test_no_dates(void **state)
{
    (void)state;
    no_date("");
    no_date("Fri, 13 Nov 2010 23:29:00 GMT"); /* it was a Saturday */
    no_date("Sat, 13 Nov 2010 23:29:00 EST");
    no_date("Sat, 13 Nov 2010 23:29:00 UTC");
    no_date("Sat, 13 Nov 2010 23:29:00 gmt");
    no_date("sat, 13 Nov 2010 23:29:00 GMT");
    no_date("Sat, 13 nov 2010 23:29:00 GMT");
    no_date("Sat, 13 Nov 2010 24:00:00 GMT");
    no_date("Sat, 13 Nov 2010 23:60:00 GMT");
    no_date("Sat, 13 Nov 2010 23:29:61 GMT");
    no_date("Sat, 13 Nov 2010 3:29:00 GMT");
    no_date("Sat, 13 Nov 2010  3:29:00 GMT");
    no_date("Saturday, 13-Nov-10 23:29:00 GMT");
    no_date("Sat Nov 13 23:29:00 2010");
    no_date("Sat, 13 Nov 10 23:29:00 GMT");
    no_date(" Sat, 13 Nov 2010 23:29:00 GMT");
    no_date("Sat, 13 Nov 2010 23:29:00 GMT ");
    no_date("Wed, 31 Dec 1969 23:59:59 GMT");
    no_date("Sat, 13 Nov +010 23:29:00 GMT");
    no_date("Sat, 13 Non 2010 23:29:00 GMT");
}

/* Days that no month has: on the right weekday of the day they would spill
 * over to, so that only the calendar can refuse them. */
static void
test_calendar(void **state)
{
    (void)state;
    no_date("Sun, 00 Nov 2010 00:00:00 GMT");
    no_date("Tue, 29 Feb 2011 00:00:00 GMT"); /* would be 1 March */
    no_date("Wed, 30 Feb 2011 00:00:00 GMT");
    no_date("Thu, 31 Feb 2011 00:00:00 GMT");
    no_date("Wed, 01 Feb 2011 00:00:00 GMT"); /* a Tuesday */
    no_date("Mon, 29 Feb 2100 00:00:00 GMT"); /* no leap year */
    no_date("Sun, 31 Apr 2011 00:00:00 GMT"); /* would be 1 May */
    no_date("Wed, 31 Nov 2010 00:00:00 GMT");
    no_date("Thu, 32 Dec 2010 00:00:00 GMT");
}

/* Every day for 200 years goes out and comes back. */
static void
test_round_trip(void **state)
{
    (void)state;
    for (int64_t day = 0; day < INT64_C(200) * 365; day++) {
        const int64_t sec = day * 86400 + day % 86400;
        int64_t back = -1;
        e2m_bytes text = E2M_NONE;
        e2m_out o;
        e2m_env env;

        e2m_env_init(&env, NULL, NULL);
        e2m_out_init(&o, &env, 32);
        e2m_text_put_date(&o, sec);
        assert_int_equal(e2m_out_done(&o, &text), E2M_OK);
        assert_int_equal(text.len, 29);
        assert_int_equal(e2m_text_date(text, &back), E2M_OK);
        assert_true(back == sec);
        e2m_env_done(&env);
    }
}

static void
read_it(void *user, e2m_bytes input)
{
    int64_t sec = -7;
    uint64_t number_out = 7;

    (void)user;
    if (e2m_text_date(input, &sec) != E2M_OK) {
        assert_true(sec == -7);
    } else {
        assert_true(sec >= 0);
        assert_int_equal(input.len, 29);
    }
    if (e2m_text_decimal(input, 99, &number_out) != E2M_OK) {
        assert_int_equal(number_out, 7);
    }
}

static void
test_mutated(void **state)
{
    (void)state;
    each_prefix(E2M_LIT("Sat, 13 Nov 2010 23:29:00 GMT"), read_it, NULL);
    each_flip(E2M_LIT("Sat, 13 Nov 2010 23:29:00 GMT"), read_it, NULL);
    each_flip(E2M_LIT("18446744073709551615"), read_it, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_no_dates),
        cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_mutated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
