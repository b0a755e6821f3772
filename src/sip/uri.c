/* SPDX-License-Identifier: BSD-3-Clause */
/* SIP and SIPS URIs (RFC 3261 sec. 19.1, 25.1). */
#include "sip/internal.h"

static bool
is_alpha(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int
hex(uint8_t c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        return (c | 0x20) - 'a' + 10;
    }
    return -1;
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) */
static bool
take_scheme(e2m_in *in, e2m_bytes *out)
{
    size_t n = 0;

    while (n < in->rest.len &&
           (is_alpha(in->rest.data[n]) ||
            (n > 0 && (is_digit(in->rest.data[n]) ||
                       in->rest.data[n] == '+' || in->rest.data[n] == '-' ||
                       in->rest.data[n] == '.')))) {
        n++;
    }
    if (n == 0 || n >= in->rest.len || in->rest.data[n] != ':') {
        return false;
    }
    *out = e2m_bytes_upto(in->rest, n);
    in->rest = e2m_bytes_from(in->rest, n + 1);
    return true;
}

/* What may stand unescaped in a SIP URI at all; no space, quote or angle. */
static bool
is_uri_octet(uint8_t c)
{
    return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"' &&
           c != '\\' && c != '^' && c != '`' && c != '{' && c != '}' &&
           c != '|';
}

static size_t
find(e2m_bytes b, uint8_t c)
{
    const uint8_t *at = b.len > 0 ? memchr(b.data, c, b.len) : NULL;

    return at != NULL ? (size_t)(at - b.data) : b.len;
}

/* The inside of the brackets: no zone, no port. */
static bool
is_ipv6(e2m_bytes inside)
{
    size_t colons = 0;

    for (size_t i = 0; i < inside.len; i++) {
        const uint8_t c = inside.data[i];

        colons += c == ':';
        if (hex(c) < 0 && c != ':' && c != '.') {
            return false;
        }
    }
    return colons >= 2;
}

bool
e2m_sip_is_host(e2m_bytes host)
{
    if (host.len > 2 && host.data[0] == '[') {
        return host.data[host.len - 1] == ']' &&
               is_ipv6((e2m_bytes){ host.data + 1, host.len - 2 });
    }
    for (size_t i = 0; i < host.len; i++) {
        if (!is_alpha(host.data[i]) && !is_digit(host.data[i]) &&
            host.data[i] != '-' && host.data[i] != '.' &&
            host.data[i] != '_') {
            return false;
        }
    }
    return host.len > 0;
}

/* hostport = host [ ":" port ]; IPv6 in brackets */
static e2m_err
split_hostport(e2m_bytes b, e2m_uri *u)
{
    size_t n = b.len > 0 && b.data[0] == '[' ? find(b, ']') + 1 : find(b, ':');
    uint64_t port;

    n = n > b.len ? b.len : n;
    u->host = e2m_bytes_upto(b, n);
    if (n < b.len) {
        u->port = e2m_bytes_from(b, n + 1);
        if (b.data[n] != ':' ||
            e2m_text_decimal(u->port, 65535, &port) != E2M_OK) {
            return E2M_E_SYNTAX;
        }
    }
    return e2m_sip_is_host(u->host) ? E2M_OK : E2M_E_SYNTAX;
}

e2m_err
e2m_uri_parse(e2m_bytes text, e2m_uri *out)
{
    e2m_in in = e2m_in_init(text);
    e2m_uri u = { .text = text };
    e2m_bytes rest;
    size_t at;

    for (size_t i = 0; i < text.len; i++) {
        if (!is_uri_octet(text.data[i])) {
            return E2M_E_SYNTAX;
        }
    }
    if (!take_scheme(&in, &u.scheme)) {
        return E2M_E_SYNTAX;
    }
    if (!e2m_bytes_ieq(u.scheme, E2M_LIT("sip")) &&
        !e2m_bytes_ieq(u.scheme, E2M_LIT("sips"))) {
        if (e2m_in_done(&in)) {
            return E2M_E_SYNTAX;
        }
        *out = u; /* tel:, urn: ... : not taken apart */
        return E2M_OK;
    }
    rest = in.rest;
    at = find(rest, '@'); /* "@" is escaped everywhere else */
    if (at < rest.len) {
        u.user = e2m_bytes_upto(rest, at);
        u.user = e2m_bytes_upto(u.user, find(u.user, ':'));
        if (u.user.len == 0) {
            return E2M_E_SYNTAX;
        }
        rest = e2m_bytes_from(rest, at + 1);
        if (find(rest, '@') < rest.len) {
            return E2M_E_SYNTAX;
        }
    }
    u.headers = e2m_bytes_from(rest, find(rest, '?'));
    rest = e2m_bytes_upto(rest, find(rest, '?'));
    u.params = e2m_bytes_from(rest, find(rest, ';'));
    TRY(split_hostport(e2m_bytes_upto(rest, find(rest, ';')), &u));
    *out = u;
    return E2M_OK;
}

/* ---- comparing ----------------------------------------------------------- */

/* The next octet of a user part, %-escapes undone; -1 at the end. */
static int
next_octet(e2m_in *in)
{
    uint8_t c;
    const int high = e2m_in_peek(in, 1) >= 0
                         ? hex((uint8_t)e2m_in_peek(in, 1))
                         : -1;
    const int low = e2m_in_peek(in, 2) >= 0
                        ? hex((uint8_t)e2m_in_peek(in, 2))
                        : -1;

    if (e2m_in_peek(in, 0) == '%' && high >= 0 && low >= 0) {
        in->rest = e2m_bytes_from(in->rest, 3);
        return high * 16 + low;
    }
    return e2m_in_u8(in, &c) == E2M_OK ? c : -1;
}

static bool
same_user(e2m_bytes a, e2m_bytes b)
{
    e2m_in x = e2m_in_init(a);
    e2m_in y = e2m_in_init(b);

    for (;;) {
        const int ca = next_octet(&x);
        const int cb = next_octet(&y);

        if (ca != cb) {
            return false;
        }
        if (ca < 0) {
            return true;
        }
    }
}

static bool
same_port(const e2m_uri *a, const e2m_uri *b)
{
    uint64_t x = e2m_bytes_ieq(a->scheme, E2M_LIT("sips")) ? 5061 : 5060;
    uint64_t y = e2m_bytes_ieq(b->scheme, E2M_LIT("sips")) ? 5061 : 5060;

    if (a->port.len == 0 && b->port.len == 0) {
        return true;
    }
    return (a->port.len == 0 ||
            e2m_text_decimal(a->port, 65535, &x) == E2M_OK) &&
           (b->port.len == 0 ||
            e2m_text_decimal(b->port, 65535, &y) == E2M_OK) &&
           x == y;
}

bool
e2m_uri_same_aor(const e2m_uri *a, const e2m_uri *b)
{
    if (a->host.len == 0 || b->host.len == 0) {
        return a->text.len > 0 && e2m_bytes_eq(a->text, b->text);
    }
    return same_user(a->user, b->user) && e2m_bytes_ieq(a->host, b->host) &&
           same_port(a, b);
}

void
e2m_uri_put_aor(e2m_out *o, const e2m_uri *u)
{
    e2m_out_str(o, "sip:");
    if (u->user.len > 0) {
        e2m_out_put(o, u->user);
        e2m_out_u8(o, '@');
    }
    for (size_t i = 0; i < u->host.len; i++) {
        const uint8_t c = u->host.data[i];

        e2m_out_u8(o, (uint8_t)(c >= 'A' && c <= 'Z' ? c | 0x20 : c));
    }
    if (u->port.len > 0) {
        e2m_out_u8(o, ':');
        e2m_out_put(o, u->port);
    }
}
