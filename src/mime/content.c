/* SPDX-License-Identifier: BSD-3-Clause */
/* Transfer encodings (RFC 2045 sec. 6). */
#include "mime/mime.h"

static int
hex(int c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return -1;
}

/* RFC 2045 sec. 6.7: "=XX" is an octet, "=" at a line's end joins it. */
static e2m_err
quoted_printable(e2m_env *env, e2m_bytes body, e2m_bytes *out)
{
    e2m_in in = e2m_in_init(body);
    e2m_out o;
    uint8_t c;

    e2m_out_init(&o, env, body.len + 1);
    while (e2m_in_u8(&in, &c) == E2M_OK) {
        const int high = hex(e2m_in_peek(&in, 0));
        const int low = hex(e2m_in_peek(&in, 1));

        if (c != '=') {
            e2m_out_u8(&o, c);
        } else if (high >= 0 && low >= 0) {
            e2m_out_u8(&o, (uint8_t)(high * 16 + low));
            in.rest = e2m_bytes_from(in.rest, 2);
        } else if (e2m_in_peek(&in, 0) == '\n') {
            in.rest = e2m_bytes_from(in.rest, 1);
        } else if (e2m_in_peek(&in, 0) == '\r' &&
                   e2m_in_peek(&in, 1) == '\n') {
            in.rest = e2m_bytes_from(in.rest, 2);
        } else {
            return e2m_fail(env, E2M_E_SYNTAX, in.rest.data,
                            "bad quoted-printable", "RFC 2045 sec. 6.7");
        }
    }
    return e2m_out_done(&o, out);
}

e2m_err
e2m_mime_content(e2m_env *env, const e2m_entity *e, e2m_bytes *out)
{
    const e2m_bytes how = e2m_text_trim(e->transfer);

    if (how.len == 0 || e2m_bytes_ieq(how, E2M_LIT("binary")) ||
        e2m_bytes_ieq(how, E2M_LIT("8bit")) ||
        e2m_bytes_ieq(how, E2M_LIT("7bit"))) {
        *out = e->body;
        return E2M_OK;
    }
    if (e2m_bytes_ieq(how, E2M_LIT("base64"))) {
        if (e2m_text_base64_decode(env, e->body, out) != E2M_OK) {
            return e2m_fail(env, E2M_E_SYNTAX, e->body.data, "bad base64",
                            "RFC 2045 sec. 6.8");
        }
        return E2M_OK;
    }
    if (e2m_bytes_ieq(how, E2M_LIT("quoted-printable"))) {
        return quoted_printable(env, e->body, out);
    }
    return e2m_fail(env, E2M_E_UNSUPPORTED, e->transfer.data,
                    "unknown transfer encoding", "RFC 2045 sec. 6.1");
}
