/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of the fields we ask for: addresses, CSeq, Via. */
#include "sip/internal.h"

/* name-addr = [ display-name ] LAQUOT addr-spec RAQUOT */
static e2m_err
name_addr(e2m_bytes value, size_t angle, e2m_addr *a)
{
    size_t end = angle;

    while (end < value.len && value.data[end] != '>') {
        end++;
    }
    if (end == value.len) {
        return E2M_E_SYNTAX;
    }
    a->display = e2m_text_trim(e2m_bytes_upto(value, angle));
    a->params = e2m_text_trim(e2m_bytes_from(value, end + 1));
    return e2m_uri_parse((e2m_bytes){ value.data + angle + 1,
                                      end - angle - 1 },
                         &a->uri);
}

/* A URI without "<>" holds no comma, question mark or semicolon: what follows a
 * ";" belongs to the field, not the URI (RFC 3261 sec. 20.10). */
static e2m_err
addr_spec(e2m_bytes value, e2m_addr *a)
{
    e2m_bytes uri;

    e2m_text_split_params(value, &uri, &a->params);
    for (size_t i = 0; i < uri.len; i++) {
        if (uri.data[i] == ',' || uri.data[i] == '?') {
            return E2M_E_SYNTAX;
        }
    }
    return e2m_uri_parse(uri, &a->uri);
}

/* Where "<" stands outside of a quoted display name; value.len: nowhere. */
static e2m_err
find_angle(e2m_bytes value, size_t *out)
{
    e2m_in in = e2m_in_init(value);
    e2m_bytes inside;

    while (!e2m_in_done(&in)) {
        const int c = e2m_in_peek(&in, 0);

        if (c == '<') {
            break;
        }
        if (c == '"') {
            TRY(e2m_text_take_quoted(&in, &inside));
        } else {
            in.rest = e2m_bytes_from(in.rest, 1);
        }
    }
    *out = value.len - in.rest.len;
    return E2M_OK;
}

/* A display name without quotes is tokens and LWS. */
static bool
display_is_good(e2m_bytes display)
{
    e2m_in in = e2m_in_init(display);
    e2m_bytes piece;

    if (e2m_in_peek(&in, 0) == '"') {
        return e2m_text_take_quoted(&in, &piece) == E2M_OK &&
               e2m_in_done(&in);
    }
    while (!e2m_in_done(&in)) {
        if (e2m_text_take_token(&in, &piece) != E2M_OK) {
            return false;
        }
        e2m_text_skip_lws(&in);
    }
    return true;
}

/* Parameters must lex to their end. */
static bool
params_are_good(e2m_bytes params)
{
    e2m_in in = e2m_in_init(params);
    e2m_param p;
    bool more = true;

    while (more) {
        if (e2m_text_next_param(&in, &p, &more) != E2M_OK) {
            return false;
        }
    }
    return true;
}

e2m_err
e2m_addr_parse(e2m_bytes value, e2m_addr *out)
{
    const e2m_bytes v = e2m_text_trim(value);
    e2m_addr a = { .display = E2M_NONE };
    size_t angle;

    TRY(find_angle(v, &angle));
    if (angle < v.len) {
        TRY(name_addr(v, angle, &a));
    } else {
        TRY(addr_spec(v, &a));
    }
    if (!display_is_good(a.display) || !params_are_good(a.params)) {
        return E2M_E_SYNTAX;
    }
    *out = a;
    return E2M_OK;
}

e2m_err
e2m_cseq_parse(e2m_bytes value, e2m_cseq *out)
{
    const e2m_bytes v = e2m_text_trim(value);
    e2m_in in = e2m_in_init(v);
    e2m_bytes digits;
    e2m_bytes method;
    uint64_t number;

    TRY(e2m_text_take_token(&in, &digits));
    TRY(e2m_text_decimal(digits, 0x7fffffff, &number));
    if (e2m_in_done(&in)) {
        return E2M_E_SYNTAX;
    }
    e2m_text_skip_lws(&in);
    TRY(e2m_text_take_token(&in, &method));
    TRY(e2m_in_empty(&in));
    *out = (e2m_cseq){ (uint32_t)number, method };
    return E2M_OK;
}

/* sent-protocol = protocol-name SLASH protocol-version SLASH transport */
static e2m_err
take_protocol(e2m_in *in, e2m_bytes *transport)
{
    uint8_t c;

    for (int i = 0; i < 3; i++) {
        e2m_text_skip_lws(in);
        if (i > 0 && (e2m_in_u8(in, &c) != E2M_OK || c != '/')) {
            return E2M_E_SYNTAX;
        }
        e2m_text_skip_lws(in);
        TRY(e2m_text_take_token(in, transport));
    }
    return E2M_OK;
}

/* sent-by = host [ COLON port ]; COLON allows LWS around it */
static e2m_err
split_sent_by(e2m_bytes sent_by, e2m_via *via)
{
    size_t at = 0;
    uint64_t port;

    if (sent_by.len > 0 && sent_by.data[0] == '[') {
        while (at < sent_by.len && sent_by.data[at] != ']') {
            at++;
        }
    }
    while (at < sent_by.len && sent_by.data[at] != ':') {
        at++;
    }
    via->host = e2m_text_trim(e2m_bytes_upto(sent_by, at));
    if (!e2m_sip_is_host(via->host)) {
        return E2M_E_SYNTAX;
    }
    if (at == sent_by.len) {
        return E2M_OK;
    }
    via->port = e2m_text_trim(e2m_bytes_from(sent_by, at + 1));
    return e2m_text_decimal(via->port, 65535, &port);
}

/* via-parm = sent-protocol LWS sent-by *( SEMI via-params ) */
static e2m_err
via_parse(e2m_bytes item, e2m_via *out)
{
    e2m_in in = e2m_in_init(item);
    e2m_via via = { .port = E2M_NONE };
    e2m_bytes sent_by;
    e2m_bytes params;
    e2m_param branch;
    bool found = false;
    size_t left;

    TRY(take_protocol(&in, &via.transport));
    left = in.rest.len;
    e2m_text_skip_lws(&in);
    if (in.rest.len == left) {
        return E2M_E_SYNTAX;
    }
    e2m_text_split_params(in.rest, &sent_by, &params);
    TRY(split_sent_by(sent_by, &via));
    TRY(e2m_text_param(params, "branch", &branch, &found));
    via.branch = found ? branch.value : E2M_NONE;
    *out = via;
    return E2M_OK;
}

e2m_err
e2m_sip_via(const e2m_sip *m, size_t nth, e2m_via *out, bool *found)
{
    const e2m_field *f;

    for (size_t i = 0; (f = e2m_sip_find(m, E2M_HDR_VIA, i)) != NULL; i++) {
        e2m_in in = e2m_in_init(f->value);
        e2m_bytes item;
        bool more = true;

        for (;;) {
            TRY(e2m_text_next_item(&in, &item, &more));
            if (!more) {
                break;
            }
            if (nth-- == 0) {
                TRY(via_parse(item, out));
                *found = true;
                return E2M_OK;
            }
        }
    }
    *found = false;
    return E2M_OK;
}
