/* SPDX-License-Identifier: BSD-3-Clause */
/* Elements. Each reader works on a copy of the cursor and stores it back as
 * its last act: what fails has changed nothing. */
#include "der/internal.h"

e2m_err
e2m_der_identifier(e2m_in *in, unsigned *out)
{
    const int octet = e2m_in_peek(in, 0);

    /* X.690 8.1.2.4: all number bits set announce a number of 31 or more, of
     * which CMS and X.509 have none. */
    if (octet < 0 || (octet & NUMBER_MASK) == NUMBER_MASK) {
        return E2M_E_SYNTAX;
    }
    *out = (unsigned)octet;
    in->rest = e2m_bytes_from(in->rest, 1);
    return E2M_OK;
}

/* The one place that knows how DER writes a length: definite (X.690 10.1), in
 * the short form up to 127 (8.1.3.4), else in the long form (8.1.3.5) with no
 * octet more than needed (10.1). 0x80 is the indefinite form (8.1.3.6), 0xff
 * is reserved (8.1.3.5 c); more than four octets are more than we ever read.
 */
static e2m_err
get_length(e2m_in *in, size_t *out)
{
    e2m_in at = *in;
    uint8_t first = 0;
    uint8_t octet = 0;
    uint32_t len = 0;

    TRY(e2m_in_u8(&at, &first));
    if (first < LONG_FORM) {
        *out = first;
        *in = at;
        return E2M_OK;
    }
    if (first == LONG_FORM || first > LONG_FORM + LENGTH_OCTETS_MAX) {
        return E2M_E_SYNTAX;
    }
    for (int left = first - LONG_FORM; left > 0; left--) {
        TRY(e2m_in_u8(&at, &octet));
        len = len << 8 | octet;
        if (len == 0) {
            return E2M_E_SYNTAX; /* a leading zero octet */
        }
    }
    if (len < LONG_FORM) {
        return E2M_E_SYNTAX; /* the short form would have done */
    }
    *out = len;
    *in = at;
    return E2M_OK;
}

bool
e2m_der_next_is(const e2m_in *in, unsigned tag)
{
    const int next = e2m_in_peek(in, 0);

    return next >= 0 && (unsigned)next == tag;
}

/* Lengths up to 127 are nearly all there are. False: not such an element. */
static bool
get_short(e2m_in *in, unsigned tag, e2m_bytes *out)
{
    const int len = e2m_in_peek(in, 1);
    e2m_bytes at;

    if (!e2m_der_next_is(in, tag) || (tag & NUMBER_MASK) == NUMBER_MASK ||
        len < 0 || len >= LONG_FORM || in->rest.len < 2 + (size_t)len) {
        return false;
    }
    at = e2m_bytes_from(in->rest, 2);
    *out = e2m_bytes_upto(at, (size_t)len);
    in->rest = e2m_bytes_from(at, (size_t)len);
    return true;
}

e2m_err
e2m_der_get(e2m_in *in, unsigned tag, e2m_bytes *out)
{
    e2m_in at = *in;
    e2m_bytes contents = E2M_NONE;
    unsigned found = 0;
    size_t len = 0;

    if (get_short(in, tag, out)) {
        return E2M_OK;
    }
    TRY(e2m_der_identifier(&at, &found));
    if (found != tag) {
        return E2M_E_SYNTAX;
    }
    TRY(get_length(&at, &len));
    TRY(e2m_in_take(&at, len, &contents));
    *out = contents;
    *in = at;
    return E2M_OK;
}

e2m_err
e2m_der_get_any(e2m_in *in, unsigned *out_tag, e2m_bytes *out_contents,
                e2m_bytes *out_element)
{
    const e2m_bytes before = in->rest;
    e2m_bytes contents = E2M_NONE;
    const int tag = e2m_in_peek(in, 0);

    if (tag < 0) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_der_get(in, (unsigned)tag, &contents));
    if (out_tag != NULL) {
        *out_tag = (unsigned)tag;
    }
    if (out_contents != NULL) {
        *out_contents = contents;
    }
    if (out_element != NULL) {
        *out_element = e2m_bytes_upto(before, before.len - in->rest.len);
    }
    return E2M_OK;
}

e2m_err
e2m_der_get_optional(e2m_in *in, unsigned tag, e2m_bytes *out, bool *found)
{
    if (!e2m_der_next_is(in, tag)) {
        *found = false;
        return E2M_OK;
    }
    TRY(e2m_der_get(in, tag, out));
    *found = true;
    return E2M_OK;
}

e2m_err
e2m_der_enter(e2m_in *in, unsigned tag, e2m_in *out)
{
    e2m_bytes contents = E2M_NONE;

    TRY(e2m_der_get(in, tag, &contents));
    *out = e2m_in_init(contents);
    return E2M_OK;
}
