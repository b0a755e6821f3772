/* SPDX-License-Identifier: BSD-3-Clause */
/* Tokens, quoted strings and white space: RFC 3261 sec. 25.1. */
#include "text/text.h"

/* token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" /
 * "~"): a bit for each octet, 32 octets a row */
static const uint32_t token_chars[8] = {
    0x00000000, 0x03ff6ca2, 0x87fffffe, 0x47ffffff
};

bool
e2m_text_is_token_char(uint8_t c)
{
    return (token_chars[c >> 5] >> (c & 31) & 1) != 0;
}

bool
e2m_text_is_token(e2m_bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        if (!e2m_text_is_token_char(b.data[i])) {
            return false;
        }
    }
    return b.len > 0;
}

static bool
is_lws(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

e2m_bytes
e2m_text_trim(e2m_bytes b)
{
    while (b.len > 0 && is_lws(b.data[0])) {
        b = e2m_bytes_from(b, 1);
    }
    while (b.len > 0 && is_lws(b.data[b.len - 1])) {
        b.len--;
    }
    return b;
}

void
e2m_text_skip_lws(e2m_in *in)
{
    size_t n = 0;

    while (is_lws(e2m_in_peek(in, n))) {
        n++;
    }
    in->rest = e2m_bytes_from(in->rest, n);
}

e2m_err
e2m_text_take_token(e2m_in *in, e2m_bytes *out)
{
    size_t n = 0;

    while (n < in->rest.len && e2m_text_is_token_char(in->rest.data[n])) {
        n++;
    }
    if (n == 0) {
        return E2M_E_SYNTAX;
    }
    return e2m_in_take(in, n, out);
}

/* quoted-string = SWS DQUOTE *(qdtext / quoted-pair) DQUOTE; quoted-pair is
 * "\" with any octet but CR and LF. */
e2m_err
e2m_text_take_quoted(e2m_in *in, e2m_bytes *out)
{
    const e2m_bytes all = in->rest;

    if (all.len < 2 || all.data[0] != '"') {
        return E2M_E_SYNTAX;
    }
    for (size_t i = 1; i < all.len; i++) {
        if (all.data[i] == '"') {
            *out = (e2m_bytes){ all.data + 1, i - 1 };
            in->rest = e2m_bytes_from(all, i + 1);
            return E2M_OK;
        }
        if (all.data[i] == '\\') {
            i++;
            if (i < all.len &&
                (all.data[i] == '\r' || all.data[i] == '\n')) {
                return E2M_E_SYNTAX;
            }
        }
    }
    return E2M_E_SYNTAX;
}

e2m_err
e2m_text_unquote(e2m_env *env, e2m_bytes inside, e2m_bytes *out)
{
    e2m_out o;

    if (inside.len == 0 || memchr(inside.data, '\\', inside.len) == NULL) {
        *out = inside;
        return E2M_OK;
    }
    e2m_out_init(&o, env, inside.len);
    for (size_t i = 0; i < inside.len; i++) {
        if (inside.data[i] == '\\' && i + 1 < inside.len) {
            i++;
        }
        e2m_out_u8(&o, inside.data[i]);
    }
    return e2m_out_done(&o, out);
}

e2m_err
e2m_text_unfold(e2m_env *env, e2m_bytes value, e2m_bytes *out)
{
    e2m_out o;
    bool folded;

    folded = value.len > 0 &&
             (memchr(value.data, '\n', value.len) != NULL ||
              memchr(value.data, '\r', value.len) != NULL);
    if (!folded) {
        *out = value;
        return E2M_OK;
    }
    e2m_out_init(&o, env, value.len);
    for (size_t i = 0; i < value.len;) {
        size_t n = i;
        bool line_end = false;

        while (n < value.len && is_lws(value.data[n])) {
            line_end = line_end || value.data[n] == '\n' ||
                       value.data[n] == '\r';
            n++;
        }
        if (line_end) {
            e2m_out_u8(&o, ' ');
        } else {
            n = n > i ? n : i + 1; /* a run of blanks, or one octet */
            e2m_out_put(&o, (e2m_bytes){ value.data + i, n - i });
        }
        i = n;
    }
    return e2m_out_done(&o, out);
}
