/* SPDX-License-Identifier: BSD-3-Clause */
/* The few types whose contents we read: INTEGER, times, AlgorithmIdentifier. */
#include "der/internal.h"

e2m_err
e2m_der_get_uint(e2m_in *in, uint64_t *out)
{
    e2m_in at = *in;
    e2m_bytes c = E2M_NONE;
    uint64_t value = 0;

    TRY(e2m_der_get(&at, E2M_DER_INTEGER, &c));
    if (c.len == 0 || c.len > 8 || c.data[0] >= 0x80) {
        return E2M_E_SYNTAX; /* empty, 2^63 and more, or negative */
    }
    /* X.690 8.3.2: the first nine bits are not all alike */
    if (c.len > 1 && c.data[0] == 0 && c.data[1] < 0x80) {
        return E2M_E_SYNTAX;
    }
    for (size_t i = 0; i < c.len; i++) {
        value = value << 8 | c.data[i];
    }
    *out = value;
    *in = at;
    return E2M_OK;
}

/* ---- times -------------------------------------------------------------- */

/* Two decimal digits, from `low` to `high`. */
static e2m_err
get_two(e2m_in *in, unsigned low, unsigned high, unsigned *out)
{
    const int tens = e2m_in_peek(in, 0);
    const int ones = e2m_in_peek(in, 1);
    unsigned value;

    if (tens < '0' || tens > '9' || ones < '0' || ones > '9') {
        return E2M_E_SYNTAX;
    }
    value = (unsigned)(tens - '0') * 10 + (unsigned)(ones - '0');
    if (value < low || value > high) {
        return E2M_E_SYNTAX;
    }
    *out = value;
    in->rest = e2m_bytes_from(in->rest, 2);
    return E2M_OK;
}

static bool
is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31 };

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to the first of January of `year`. */
static int64_t
days_before_year(unsigned year)
{
    const int64_t y = (int64_t)year - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

/* X.690 11.7, 11.8: seconds are there, fractions would have to be (RFC 5280
 * sec. 4.1.2.5.2 bans them), and the zone is Z. */
static e2m_err
read_time(e2m_in *in, unsigned year, int64_t *out)
{
    unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
    int64_t days = days_before_year(year);
    uint8_t zone = 0;

    TRY(get_two(in, 1, 12, &month));
    TRY(get_two(in, 1, days_in_month(year, month), &day));
    TRY(get_two(in, 0, 23, &hour));
    TRY(get_two(in, 0, 59, &minute));
    TRY(get_two(in, 0, 59, &second));
    TRY(e2m_in_u8(in, &zone));
    TRY(e2m_in_empty(in));
    if (zone != 'Z') {
        return E2M_E_SYNTAX;
    }
    for (unsigned m = 1; m < month; m++) {
        days += days_in_month(year, m);
    }
    days += day - 1;
    *out = ((days * 24 + hour) * 60 + minute) * 60 + second;
    return E2M_OK;
}

e2m_err
e2m_der_get_time(e2m_in *in, int64_t *out_sec)
{
    e2m_in at = *in;
    e2m_in digits;
    unsigned century = 0;
    unsigned year = 0;

    if (e2m_der_next_is(in, E2M_DER_UTC_TIME)) {
        TRY(e2m_der_enter(&at, E2M_DER_UTC_TIME, &digits));
        TRY(get_two(&digits, 0, 99, &year));
        century = year < 50 ? 20 : 19; /* RFC 5280 sec. 4.1.2.5.1 */
    } else {
        TRY(e2m_der_enter(&at, E2M_DER_GENERALIZED_TIME, &digits));
        TRY(get_two(&digits, 0, 99, &century));
        TRY(get_two(&digits, 0, 99, &year));
    }
    if (century == 0 && year == 0) {
        return E2M_E_SYNTAX; /* no year 0 */
    }
    TRY(read_time(&digits, century * 100 + year, out_sec));
    *in = at;
    return E2M_OK;
}

/* ---- AlgorithmIdentifier ------------------------------------------------ */

e2m_err
e2m_der_get_alg(e2m_in *in, e2m_der_alg *out)
{
    e2m_in at = *in;
    e2m_in seq;
    e2m_der_alg alg = { E2M_NONE, E2M_NONE };

    TRY(e2m_der_enter(&at, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_der_get(&seq, E2M_DER_OID, &alg.oid));
    if (alg.oid.len == 0) {
        return E2M_E_SYNTAX;
    }
    if (!e2m_in_done(&seq)) {
        TRY(e2m_der_get_any(&seq, NULL, NULL, &alg.params));
    }
    TRY(e2m_in_empty(&seq));
    *out = alg;
    *in = at;
    return E2M_OK;
}

bool
e2m_der_alg_plain(const e2m_der_alg *alg)
{
    return alg->params.len == 0 ||
           e2m_bytes_eq(alg->params, E2M_LIT("\x05\x00"));
}
