/* SPDX-License-Identifier: BSD-3-Clause */
/* ;name[=value] lists and comma-separated lists, walked token by token. */
#include "text/text.h"

/* What ends a gen-value that is no token and no quoted-string (hosts, URIs). */
static bool
ends_value(int c)
{
    return c < 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
           c == ';' || c == ',' || c == '"';
}

/* "<...>" is one piece: URIs in it may hold ";" and ",". */
static e2m_err
take_angles(e2m_in *in, e2m_bytes *out)
{
    for (size_t n = 0; n < in->rest.len; n++) {
        if (in->rest.data[n] == '>') {
            return e2m_in_take(in, n + 1, out);
        }
    }
    return E2M_E_SYNTAX;
}

static e2m_err
take_value(e2m_in *in, e2m_param *p)
{
    size_t n = 0;

    if (e2m_in_peek(in, 0) == '"') {
        p->quoted = true;
        return e2m_text_take_quoted(in, &p->value);
    }
    if (e2m_in_peek(in, 0) == '<') {
        return take_angles(in, &p->value);
    }
    while (!ends_value(e2m_in_peek(in, n))) {
        n++;
    }
    if (n == 0) {
        return E2M_E_SYNTAX;
    }
    return e2m_in_take(in, n, &p->value);
}

e2m_err
e2m_text_next_param(e2m_in *in, e2m_param *out, bool *found)
{
    e2m_in at = *in;
    e2m_param p = { .has_value = false };

    e2m_text_skip_lws(&at);
    if (e2m_in_done(&at)) {
        *found = false;
        return E2M_OK;
    }
    if (e2m_in_peek(&at, 0) != ';') {
        return E2M_E_SYNTAX;
    }
    at.rest = e2m_bytes_from(at.rest, 1);
    e2m_text_skip_lws(&at);
    TRY(e2m_text_take_token(&at, &p.name));
    e2m_text_skip_lws(&at);
    if (e2m_in_peek(&at, 0) == '=') {
        at.rest = e2m_bytes_from(at.rest, 1);
        e2m_text_skip_lws(&at);
        p.has_value = true;
        TRY(take_value(&at, &p));
    }
    *in = at;
    *out = p;
    *found = true;
    return E2M_OK;
}

e2m_err
e2m_text_param(e2m_bytes params, const char *name, e2m_param *out, bool *found)
{
    e2m_in in = e2m_in_init(params);
    e2m_param p;
    e2m_param hit = { .has_value = false };
    size_t hits = 0;
    bool more = true;

    for (;;) {
        TRY(e2m_text_next_param(&in, &p, &more));
        if (!more) {
            break;
        }
        if (e2m_bytes_ieq(p.name, e2m_str(name))) {
            hit = p;
            hits++;
        }
    }
    if (hits > 1) {
        return E2M_E_SYNTAX; /* which one counts is a matter of taste: none */
    }
    *found = hits == 1;
    if (*found) {
        *out = hit;
    }
    return E2M_OK;
}

/* Advances over one piece that separators do not split. */
static e2m_err
skip_piece(e2m_in *in)
{
    e2m_bytes piece;

    switch (e2m_in_peek(in, 0)) {
    case '"':
        return e2m_text_take_quoted(in, &piece);
    case '<':
        return take_angles(in, &piece);
    default:
        return e2m_in_take(in, 1, &piece);
    }
}

e2m_err
e2m_text_next_item(e2m_in *in, e2m_bytes *out, bool *found)
{
    e2m_in at = *in;

    while (!e2m_in_done(&at)) {
        const uint8_t *start = at.rest.data;
        e2m_bytes item;

        while (!e2m_in_done(&at) && e2m_in_peek(&at, 0) != ',') {
            TRY(skip_piece(&at));
        }
        item = (e2m_bytes){ start, at.rest.data != NULL
                                       ? (size_t)(at.rest.data - start)
                                       : (size_t)(in->rest.data +
                                                  in->rest.len - start) };
        item = e2m_text_trim(item);
        at.rest = e2m_bytes_from(at.rest, 1);
        if (item.len > 0) {
            *out = item;
            *in = at;
            *found = true;
            return E2M_OK;
        }
    }
    *in = at;
    *found = false;
    return E2M_OK;
}

void
e2m_text_split_params(e2m_bytes in, e2m_bytes *out_value,
                      e2m_bytes *out_params)
{
    e2m_in at = e2m_in_init(in);

    while (!e2m_in_done(&at) && e2m_in_peek(&at, 0) != ';') {
        if (skip_piece(&at) != E2M_OK) {
            at.rest = E2M_NONE; /* no end: all of it is value */
        }
    }
    *out_params = at.rest;
    *out_value = e2m_text_trim(e2m_bytes_upto(in, in.len - at.rest.len));
}
