/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing front to back. A length is guessed when its element is opened and
 * set right when it is closed. */
#include "der/internal.h"

/* The number of octets that the length `len` takes (X.690 10.1). */
static size_t
length_octets(size_t len)
{
    size_t n = 1;

    if (len < LONG_FORM) {
        return 1;
    }
    for (; len > 0; len >>= 8) {
        n++;
    }
    return n;
}

static void
store_length(uint8_t *at, size_t len)
{
    size_t n = length_octets(len);

    if (n == 1) {
        at[0] = (uint8_t)len;
        return;
    }
    at[0] = (uint8_t)(LONG_FORM + n - 1);
    while (--n > 0) {
        at[n] = (uint8_t)len;
        len >>= 8;
    }
}

/* The guess is that the element fills what was expected of the whole output:
 * right for the large ones, which must not be moved; the others are cheap. */
size_t
e2m_der_begin(e2m_out *o, unsigned tag)
{
    const size_t guess = length_octets(o->cap - o->len);
    const size_t at = o->len + 1;
    uint8_t *p = e2m_out_room(o, 1 + guess);

    if (p != NULL) {
        p[0] = (uint8_t)tag;
        p[1] = (uint8_t)guess; /* kept here until e2m_der_end */
    }
    return at;
}

void
e2m_der_end(e2m_out *o, size_t at)
{
    size_t guess, need, len;

    if (o->err != E2M_OK) {
        return;
    }
    guess = o->data[at];
    len = o->len - at - guess;
    need = length_octets(len);
    if (need > guess && e2m_out_room(o, need - guess) == NULL) {
        return;
    }
    if (need != guess) {
        memmove(o->data + at + need, o->data + at + guess, len);
        o->len = at + need + len;
    }
    store_length(o->data + at, len);
}

void
e2m_der_header(e2m_out *o, unsigned tag, size_t len)
{
    uint8_t *p = e2m_out_room(o, 1 + length_octets(len));

    if (p != NULL) {
        p[0] = (uint8_t)tag;
        store_length(p + 1, len);
    }
}

/* ---- the door ----------------------------------------------------------- */

void
e2m_der_w_init(e2m_der_w *w, e2m_env *env, size_t expect)
{
    w->depth = 0;
    e2m_out_init(&w->out, env, expect);
}

/* Opening too deep or closing too much is our own mistake, never input's. */
static bool
nests(e2m_der_w *w, bool ok)
{
    if (!ok && w->out.err == E2M_OK) {
        w->out.err = e2m_fail(w->out.env, E2M_E_ARG, NULL,
                              "DER elements do not nest", "der.h");
    }
    return ok;
}

void
e2m_der_open(e2m_der_w *w, unsigned tag)
{
    if (nests(w, w->depth < sizeof w->open / sizeof w->open[0])) {
        w->open[w->depth++] = e2m_der_begin(&w->out, tag);
    }
}

void
e2m_der_close(e2m_der_w *w)
{
    if (nests(w, w->depth > 0)) {
        e2m_der_end(&w->out, w->open[--w->depth]);
    }
}

uint8_t *
e2m_der_room(e2m_der_w *w, unsigned tag, size_t len)
{
    e2m_der_header(&w->out, tag, len);
    return e2m_out_room(&w->out, len);
}

void
e2m_der_put(e2m_der_w *w, unsigned tag, e2m_bytes contents)
{
    e2m_der_header(&w->out, tag, contents.len);
    e2m_out_put(&w->out, contents);
}

void
e2m_der_put_raw(e2m_der_w *w, e2m_bytes elements)
{
    e2m_out_put(&w->out, elements);
}

void
e2m_der_put_uint(e2m_der_w *w, uint64_t value)
{
    uint8_t octets[9] = { 0 };
    size_t at = sizeof octets;

    do {
        octets[--at] = (uint8_t)value;
        value >>= 8;
    } while (value != 0);
    if (octets[at] >= 0x80) {
        at--; /* a zero octet keeps it positive */
    }
    e2m_der_put(w, E2M_DER_INTEGER,
                (e2m_bytes){ octets + at, sizeof octets - at });
}

void
e2m_der_put_null(e2m_der_w *w)
{
    e2m_der_put(w, E2M_DER_NULL, E2M_NONE);
}

void
e2m_der_put_alg(e2m_der_w *w, e2m_bytes oid, e2m_bytes params)
{
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, oid);
    e2m_der_put_raw(w, params);
    e2m_der_close(w);
}

/* X.690 11.6: ascending as octet strings, the shorter one padded with zeros
 * behind; of equal so far, the shorter first. */
static bool
goes_before(e2m_bytes a, e2m_bytes b)
{
    const size_t common = a.len < b.len ? a.len : b.len;
    const int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

    return order != 0 ? order < 0 : a.len < b.len;
}

void
e2m_der_put_set_of(e2m_der_w *w, unsigned tag, const e2m_bytes *elements,
                   size_t num)
{
    e2m_bytes sorted[32];

    if (!nests(w, num <= sizeof sorted / sizeof sorted[0])) {
        return;
    }
    for (size_t i = 0; i < num; i++) {
        size_t at = i;

        for (; at > 0 && goes_before(elements[i], sorted[at - 1]); at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = elements[i];
    }
    e2m_der_open(w, tag);
    for (size_t i = 0; i < num; i++) {
        e2m_der_put_raw(w, sorted[i]);
    }
    e2m_der_close(w);
}

e2m_err
e2m_der_w_done(e2m_der_w *w, e2m_bytes *out)
{
    (void)nests(w, w->depth == 0);
    return e2m_out_done(&w->out, out);
}

/* ---- times -------------------------------------------------------------- */

typedef struct civil {
    unsigned year, month, day;
} civil;

/* From the count of days: years start in March here, so that the leap day is
 * the last one and a month's start is a linear function. */
static civil
civil_of(int64_t days_since_1970)
{
    const int64_t days = days_since_1970 + 719468; /* since 0000-03-01 */
    const int64_t era = days / 146097;
    const unsigned in_era = (unsigned)(days - era * 146097);
    const unsigned year =
        (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    const unsigned in_year = in_era - (year * 365 + year / 4 - year / 100);
    const unsigned march = (5 * in_year + 2) / 153;
    const unsigned month = march < 10 ? march + 3 : march - 9;

    return (civil){ (unsigned)era * 400 + year + (month <= 2), month,
                    in_year - (153 * march + 2) / 5 + 1 };
}

static uint8_t *
two_digits(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)('0' + value / 10 % 10);
    p[1] = (uint8_t)('0' + value % 10);
    return p + 2;
}

void
e2m_der_put_time(e2m_der_w *w, int64_t sec)
{
    const int64_t last = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */
    const int64_t now = sec < 0 ? 0 : sec > last ? last : sec;
    const civil d = civil_of(now / 86400);
    const unsigned left = (unsigned)(now % 86400);
    const bool utc = d.year < 2050;
    uint8_t text[15];
    uint8_t *p = text;

    if (!utc) {
        p = two_digits(p, d.year / 100);
    }
    p = two_digits(p, d.year % 100);
    p = two_digits(p, d.month);
    p = two_digits(p, d.day);
    p = two_digits(p, left / 3600);
    p = two_digits(p, left / 60 % 60);
    p = two_digits(p, left % 60);
    *p++ = 'Z';
    e2m_der_put(w, utc ? E2M_DER_UTC_TIME : E2M_DER_GENERALIZED_TIME,
                (e2m_bytes){ text, (size_t)(p - text) });
}
