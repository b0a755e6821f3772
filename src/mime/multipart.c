/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of a multipart (RFC 2046 sec. 5.1.1).
 *
 *   delimiter = CRLF "--" boundary *LWSP CRLF;  last: "--" boundary "--"
 *
 * The line end before a delimiter belongs to the delimiter. The body is walked
 * line by line, once; a line is a delimiter only as a whole, so one boundary
 * may begin like another. */
#include "mime/internal.h"

typedef enum delimiter { NO_DELIMITER, NEXT_PART, LAST } delimiter;

static e2m_err
boundary_of(e2m_env *env, const e2m_entity *e, e2m_bytes *out)
{
    e2m_param p;
    bool found = false;
    e2m_err err = e2m_text_param(e->type_params, "boundary", &p, &found);

    if (err == E2M_OK && found && p.has_value) {
        err = e2m_text_unquote(env, p.value, out);
    }
    if (err != E2M_OK || !found || !p.has_value || out->len == 0 ||
        out->len > 70 || out->data[out->len - 1] == ' ') {
        return e2m_fail(env, E2M_E_SYNTAX, e->type_params.data,
                        "multipart without a good boundary parameter",
                        "RFC 2046 sec. 5.1.1");
    }
    return E2M_OK;
}

static delimiter
delimiter_of(e2m_bytes line, e2m_bytes boundary)
{
    e2m_bytes rest;
    delimiter kind = NEXT_PART;

    if (line.len < boundary.len + 2 || line.data[0] != '-' ||
        line.data[1] != '-' ||
        !e2m_bytes_eq(e2m_bytes_upto(e2m_bytes_from(line, 2), boundary.len),
                      boundary)) {
        return NO_DELIMITER;
    }
    rest = e2m_bytes_from(line, boundary.len + 2);
    if (rest.len >= 2 && rest.data[0] == '-' && rest.data[1] == '-') {
        kind = LAST;
        rest = e2m_bytes_from(rest, 2);
    }
    for (size_t i = 0; i < rest.len; i++) { /* transport-padding */
        if (rest.data[i] != ' ' && rest.data[i] != '\t') {
            return NO_DELIMITER;
        }
    }
    return kind;
}

/* Where the octets before the line at `at` end, without that line end. */
static size_t
before_line(e2m_bytes body, size_t at)
{
    if (at > 0 && body.data[at - 1] == '\n') {
        at--;
        if (at > 0 && body.data[at - 1] == '\r') {
            at--;
        }
    }
    return at;
}

/* Collects the raw parts; *num says how many, SIZE_MAX-free: at most `cap`. */
static e2m_err
split(e2m_env *env, e2m_bytes body, e2m_bytes boundary, e2m_bytes *parts,
      size_t *num)
{
    const size_t cap = env->limits[E2M_LIMIT_PARTS];
    size_t at = 0;
    size_t start = SIZE_MAX; /* of the part being read */

    while (at < body.len) {
        size_t text_end = body.len;
        size_t next = body.len;
        delimiter kind;

        if (!e2m_mime_line(body, at, &text_end, &next)) {
            text_end = body.len;
            next = body.len;
        }
        kind = delimiter_of((e2m_bytes){ body.data + at, text_end - at },
                            boundary);
        if (kind != NO_DELIMITER && start != SIZE_MAX) {
            const size_t end = before_line(body, at);

            TRY(e2m_limit_check(env, E2M_LIMIT_PARTS, *num + 1,
                                body.data + at, "too many parts"));
            if (*num < cap) {
                parts[(*num)++] = (e2m_bytes){ body.data + start,
                                               end > start ? end - start
                                                           : 0 };
            }
        }
        if (kind == LAST) {
            return E2M_OK;
        }
        start = kind == NEXT_PART ? next : start;
        at = next;
    }
    return e2m_fail(env, E2M_E_SYNTAX, body.data,
                    "multipart without its closing delimiter",
                    "RFC 2046 sec. 5.1.1");
}

e2m_err
e2m_mime_parts(e2m_env *env, size_t depth, e2m_entity *e)
{
    e2m_bytes boundary = E2M_NONE;
    e2m_bytes *raw = NULL;
    e2m_entity *parts = NULL;
    size_t num = 0;

    TRY(boundary_of(env, e, &boundary));
    E2M_NEW(env, raw, env->limits[E2M_LIMIT_PARTS]);
    TRY(split(env, e->body, boundary, raw, &num));
    if (num == 0) {
        return e2m_fail(env, E2M_E_SYNTAX, e->body.data,
                        "multipart without parts", "RFC 2046 sec. 5.1.1");
    }
    E2M_NEW(env, parts, num);
    for (size_t i = 0; i < num; i++) {
        TRY(e2m_mime_from_entity(env, raw[i], depth + 1, &parts[i]));
    }
    e->parts = parts;
    e->num_parts = num;
    return E2M_OK;
}
