/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing, in the one form that peers which re-serialise before they hash
 * reproduce octet by octet. */
#include "mime/mime.h"

static void
put_line(e2m_out *o, const char *name, e2m_bytes value)
{
    if (value.len > 0) {
        e2m_out_str(o, name);
        e2m_out_put(o, value);
        e2m_out_str(o, "\r\n");
    }
}

void
e2m_mime_put_entity(e2m_out *o, const e2m_mime_lines *l, e2m_bytes body)
{
    put_line(o, "Content-Type: ", l->type);
    put_line(o, "Content-Disposition: ", l->disposition);
    put_line(o, "Content-Language: ", l->language);
    put_line(o, "Content-Transfer-Encoding: ", l->transfer);
    put_line(o, "Content-ID: ", l->id);
    e2m_out_put(o, l->others);
    e2m_out_str(o, "\r\n");
    e2m_out_put(o, body);
}

void
e2m_mime_put_multipart(e2m_out *o, e2m_bytes boundary, const e2m_bytes *parts,
                       size_t num)
{
    for (size_t i = 0; i < num; i++) {
        e2m_out_str(o, i > 0 ? "\r\n--" : "--");
        e2m_out_put(o, boundary);
        e2m_out_str(o, "\r\n");
        e2m_out_put(o, parts[i]);
    }
    e2m_out_str(o, "\r\n--");
    e2m_out_put(o, boundary);
    e2m_out_str(o, "--\r\n");
}

static bool
contains(e2m_bytes hay, e2m_bytes needle)
{
    for (size_t i = 0; i + needle.len <= hay.len; i++) {
        if (hay.data[i] == needle.data[0] &&
            e2m_bytes_eq(e2m_bytes_upto(e2m_bytes_from(hay, i), needle.len),
                         needle)) {
            return true;
        }
    }
    return false;
}

e2m_err
e2m_mime_boundary(e2m_env *env, const uint8_t random[16],
                  const e2m_bytes *parts, size_t num, e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, env, 32);
    e2m_out_hex(&o, (e2m_bytes){ random, 16 });
    TRY(e2m_out_done(&o, out));
    for (size_t i = 0; i < num; i++) {
        if (contains(parts[i], *out)) {
            return e2m_fail(env, E2M_E_SYNTAX, NULL,
                            "boundary stands in a part",
                            "RFC 2046 sec. 5.1.1");
        }
    }
    return E2M_OK;
}
