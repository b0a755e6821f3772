/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers and dates. */
#include "text/text.h"

e2m_err
e2m_text_decimal(e2m_bytes b, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;

    if (b.len == 0) {
        return E2M_E_SYNTAX;
    }
    for (size_t i = 0; i < b.len; i++) {
        const uint64_t digit = (uint64_t)(b.data[i] - '0');

        if (b.data[i] < '0' || b.data[i] > '9' ||
            value > (UINT64_MAX - digit) / 10) {
            return E2M_E_SYNTAX;
        }
        value = value * 10 + digit;
    }
    if (value > max) {
        return E2M_E_SYNTAX;
    }
    *out = value;
    return E2M_OK;
}

static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun",
                                 "Mon", "Tue", "Wed" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* Days since 1970-01-01 of a proleptic Gregorian date. Years begin in March
 * here, so that the leap day is the last one. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400;
    const int64_t of_era = y - era * 400;
    const int64_t m = month > 2 ? month - 3 : month + 9;
    const int64_t of_year = (153 * m + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

static void
date_of(int64_t since, int64_t *year, int64_t *month, int64_t *day)
{
    const int64_t z = since + 719468;
    const int64_t era = z / 146097;
    const int64_t of_era = z - era * 146097;
    const int64_t y = (of_era - of_era / 1460 + of_era / 36524 -
                       of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    const int64_t m = (5 * of_year + 2) / 153;

    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = y + era * 400 + (*month <= 2 ? 1 : 0);
}

static bool
take_number(e2m_bytes b, size_t at, size_t len, uint64_t max, int64_t *out)
{
    e2m_in in = e2m_in_init(e2m_bytes_from(b, at));
    e2m_bytes digits;
    uint64_t v;

    if (e2m_in_take(&in, len, &digits) != E2M_OK ||
        e2m_text_decimal(digits, max, &v) != E2M_OK) {
        return false;
    }
    *out = (int64_t)v;
    return true;
}

static int64_t
name_index(e2m_bytes name, const char table[][4], int64_t num)
{
    for (int64_t i = 0; i < num; i++) {
        if (e2m_bytes_eq(name, e2m_str(table[i]))) {
            return i;
        }
    }
    return -1;
}

/* A day that its month does not have spills over to another one. */
static bool
is_day(int64_t since, int64_t day)
{
    int64_t year;
    int64_t month;
    int64_t back;

    date_of(since, &year, &month, &back);
    return back == day;
}

/* rfc1123-date = wkday "," SP 2DIGIT SP month SP 4DIGIT SP time SP "GMT":
 * always 29 characters. */
e2m_err
e2m_text_date(e2m_bytes b, int64_t *out_sec)
{
    int64_t day;
    int64_t month;
    int64_t year;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t since;

    if (b.len != 29) {
        return E2M_E_SYNTAX;
    }
    if (b.data[3] != ',' || b.data[4] != ' ' || b.data[7] != ' ' ||
        b.data[11] != ' ' || b.data[16] != ' ' || b.data[19] != ':' ||
        b.data[22] != ':' ||
        !e2m_bytes_eq(e2m_bytes_from(b, 25), E2M_LIT(" GMT"))) {
        return E2M_E_SYNTAX;
    }
    month = name_index(e2m_bytes_upto(e2m_bytes_from(b, 8), 3), months, 12);
    if (month < 0 || !take_number(b, 5, 2, 31, &day) || day < 1 ||
        !take_number(b, 12, 4, 9999, &year) || year < 1970 ||
        !take_number(b, 17, 2, 23, &hour) ||
        !take_number(b, 20, 2, 59, &minute) ||
        !take_number(b, 23, 2, 60, &second)) {
        return E2M_E_SYNTAX;
    }
    since = days_of(year, month + 1, day);
    if (!is_day(since, day) ||
        name_index(e2m_bytes_upto(b, 3), days, 7) != since % 7) {
        return E2M_E_SYNTAX;
    }
    *out_sec = ((since * 24 + hour) * 60 + minute) * 60 + second;
    return E2M_OK;
}

static void
put_padded(e2m_out *o, int64_t value, size_t width)
{
    int64_t limit = 1;

    for (size_t i = 1; i < width; i++) {
        limit *= 10;
        if (value < limit) {
            e2m_out_u8(o, '0');
        }
    }
    e2m_out_dec(o, (uint64_t)value);
}

void
e2m_text_put_date(e2m_out *o, int64_t sec)
{
    const int64_t since = sec / 86400;
    const int64_t rest = sec % 86400;
    int64_t year;
    int64_t month;
    int64_t day;

    date_of(since, &year, &month, &day);
    e2m_out_str(o, days[since % 7]);
    e2m_out_str(o, ", ");
    put_padded(o, day, 2);
    e2m_out_u8(o, ' ');
    e2m_out_str(o, months[month - 1]);
    e2m_out_u8(o, ' ');
    put_padded(o, year, 4);
    e2m_out_u8(o, ' ');
    put_padded(o, rest / 3600, 2);
    e2m_out_u8(o, ':');
    put_padded(o, rest / 60 % 60, 2);
    e2m_out_u8(o, ':');
    put_padded(o, rest % 60, 2);
    e2m_out_str(o, " GMT");
}
