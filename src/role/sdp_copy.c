/* SPDX-License-Identifier: BSD-3-Clause */
/* The middle's copy of an SDP (mech 2.1, second way): what a firewall or a log
 * needs, and nothing that opens the media. An allow-list: what is not known to
 * be harmless stays out, for keys hide in attributes yet to be invented
 * (WIRE.md 1). The m= lines keep their number, order and transport and o=
 * stays, so that both copies describe one session. */
#include "role/role.h"

static const char *const types[] = { "v", "o", "s", "c", "b", "t", "m" };

static const char *const attributes[] = {
    "rtpmap", "ptime", "maxptime", "sendrecv", "sendonly", "recvonly",
    "inactive", "rtcp", "rtcp-mux", "mid", "group", "candidate", "setup",
    "fingerprint",
};

/* Codec parameters pass, but for the ones that carry keys: ISMACryp puts them
 * into fmtp (WIRE.md 1). */
static bool
fmtp_is_clean(e2m_bytes value)
{
    e2m_in in = e2m_in_init(value);
    e2m_bytes rest;
    size_t at = 0;

    while (at < value.len && value.data[at] != ' ') {
        at++;
    }
    rest = e2m_bytes_from(value, at);
    in = e2m_in_init(rest);
    while (!e2m_in_done(&in)) {
        size_t n = 0;
        e2m_bytes one = E2M_NONE;

        while (n < in.rest.len && in.rest.data[n] != ';') {
            n++;
        }
        if (e2m_in_take(&in, n, &one) != E2M_OK) {
            return false;
        }
        one = e2m_text_trim(one);
        if (e2m_bytes_istarts(one, E2M_LIT("ISMACryp"))) {
            return false;
        }
        if (!e2m_in_done(&in)) {
            in.rest = e2m_bytes_from(in.rest, 1);
        }
    }
    return true;
}

static bool
attribute_allowed(e2m_bytes attribute)
{
    size_t n = 0;
    e2m_bytes name;

    while (n < attribute.len && attribute.data[n] != ':') {
        n++;
    }
    name = e2m_bytes_upto(attribute, n);
    if (e2m_bytes_eq(name, E2M_LIT("fmtp"))) {
        return fmtp_is_clean(e2m_bytes_from(attribute, n + 1));
    }
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        if (e2m_bytes_eq(name, e2m_str(attributes[i]))) {
            return true;
        }
    }
    return false;
}

static bool
line_allowed(e2m_bytes line)
{
    if (line.len < 2 || line.data[1] != '=') {
        return false;
    }
    if (line.data[0] == 'a') {
        return attribute_allowed(e2m_text_trim(e2m_bytes_from(line, 2)));
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (line.data[0] == (uint8_t)types[i][0]) {
            return true;
        }
    }
    return false;
}

/* SDP lines end in CRLF, or LF (RFC 8866 sec. 5). A lone CR ends a line to
 * some readers too: none of ours may pass a key behind one, so a line with a
 * CR inside is left out. */
static bool
has_inner_cr(e2m_bytes line)
{
    const e2m_bytes text = e2m_text_trim(line);

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\r') {
            return true;
        }
    }
    return false;
}

/* The line is one that policy keeps back: "a=NAME", alone or with a value. */
static bool
is_withheld(e2m_bytes line, const e2m_bytes *without, size_t num)
{
    const e2m_bytes text = e2m_text_trim(line);

    for (size_t i = 0; i < num; i++) {
        const size_t len = without[i].len;

        if (e2m_bytes_istarts(text, without[i]) &&
            (text.len == len || text.data[len] == ':')) {
            return true;
        }
    }
    return false;
}

e2m_err
e2m_sdp_copy(e2m_env *env, e2m_bytes sdp, const e2m_bytes *without,
             size_t num_without, e2m_bytes *out)
{
    e2m_in in = e2m_in_init(sdp);
    e2m_out o;

    e2m_out_init(&o, env, sdp.len + 1);
    while (!e2m_in_done(&in)) {
        size_t n = 0;
        e2m_bytes line = E2M_NONE;

        while (n < in.rest.len && in.rest.data[n] != '\n') {
            n++;
        }
        TRY(e2m_in_take(&in, n < in.rest.len ? n + 1 : n, &line));
        if (line_allowed(line) && !has_inner_cr(line) &&
            !is_withheld(line, without, num_without)) {
            e2m_out_put(&o, line);
        }
    }
    return e2m_out_done(&o, out);
}
