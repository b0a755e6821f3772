/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 2045 sec. 6.8, strictly: what decodes has one spelling, line ends and
 * spaces apart. */
#include "text/text.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0..63, 64 for "=", -1 for white space, -2 for anything else */
static int
value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    switch (c) {
    case '+':
        return 62;
    case '/':
        return 63;
    case '=':
        return 64;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return -1;
    default:
        return -2;
    }
}

/* One quartet with `pad` of its characters "=". */
static e2m_err
put_quartet(e2m_out *o, const uint32_t bits, unsigned pad)
{
    if (pad > 2 || (pad == 1 && (bits & 0xff) != 0) ||
        (pad == 2 && (bits & 0xffff) != 0)) {
        return E2M_E_SYNTAX;
    }
    e2m_out_u8(o, (uint8_t)(bits >> 16));
    if (pad < 2) {
        e2m_out_u8(o, (uint8_t)(bits >> 8 & 0xff));
    }
    if (pad < 1) {
        e2m_out_u8(o, (uint8_t)(bits & 0xff));
    }
    return E2M_OK;
}

e2m_err
e2m_text_base64_decode(e2m_env *env, e2m_bytes in, e2m_bytes *out)
{
    e2m_out o;
    uint32_t bits = 0;
    unsigned num = 0;
    unsigned pad = 0;
    bool ended = false;

    e2m_out_init(&o, env, in.len / 4 * 3 + 3);
    for (size_t i = 0; i < in.len; i++) {
        const int v = value_of(in.data[i]);

        if (v == -1) {
            continue;
        }
        if (v == -2 || ended || (pad > 0 && v != 64)) {
            return E2M_E_SYNTAX;
        }
        pad += v == 64;
        bits = bits << 6 | (v == 64 ? 0 : (uint32_t)v);
        if (++num % 4 == 0) {
            TRY(put_quartet(&o, bits, pad));
            bits = 0;
            ended = pad > 0;
        }
    }
    if (num % 4 != 0) {
        return E2M_E_SYNTAX;
    }
    return e2m_out_done(&o, out);
}

static void
put_three(e2m_out *o, e2m_bytes three)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 3; i++) {
        bits = bits << 8 | (i < three.len ? three.data[i] : 0u);
    }
    for (size_t i = 0; i < 4; i++) {
        const char c = alphabet[bits >> (18 - 6 * i) & 63];

        e2m_out_u8(o, i <= three.len ? (uint8_t)c : (uint8_t)'=');
    }
}

void
e2m_text_base64_put(e2m_out *o, e2m_bytes in, bool one_line)
{
    for (size_t at = 0; at < in.len; at += 3) {
        put_three(o, e2m_bytes_upto(e2m_bytes_from(in, at), 3));
        if (!one_line && at / 3 % 19 == 18) {
            e2m_out_str(o, "\r\n");
        }
    }
    if (!one_line && (in.len + 2) / 3 % 19 != 0) {
        e2m_out_str(o, "\r\n");
    }
}
