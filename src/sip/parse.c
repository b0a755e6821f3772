/* SPDX-License-Identifier: BSD-3-Clause */
/* The lossless view of a message: start line, header index, framing of the
 * body (RFC 3261 sec. 7, 18.3, 20.14). */
#include "sip/sip.h"

typedef struct parser {
    e2m_env *env;
    e2m_bytes wire;
    size_t at;
    e2m_sip *out;
    e2m_field *fields;
    size_t num;
    size_t cap;
} parser;

static e2m_err
bad(parser *p, size_t at, const char *what, const char *rule)
{
    return e2m_fail(p->env, E2M_E_SYNTAX, p->wire.data + at, what, rule);
}

/* The end of the line that begins at `at`: offset behind its LF, and of its
 * text. False when there is no LF any more. */
static bool
line_end(const parser *p, size_t at, size_t *text_end, size_t *next)
{
    const uint8_t *lf = at < p->wire.len ? memchr(p->wire.data + at, '\n',
                                                  p->wire.len - at)
                                         : NULL;
    size_t end;

    if (lf == NULL) {
        return false;
    }
    end = (size_t)(lf - p->wire.data);
    *next = end + 1;
    *text_end = end > at && p->wire.data[end - 1] == '\r' ? end - 1 : end;
    return true;
}

/* Some readers end a line at a lone CR and would see another field. */
static bool
has_bare_cr(e2m_bytes text)
{
    e2m_bytes rest = text;

    while (rest.len > 0) {
        const uint8_t *cr = memchr(rest.data, '\r', rest.len);

        if (cr == NULL) {
            return false;
        }
        rest = e2m_bytes_from(rest, (size_t)(cr - rest.data) + 1);
        if (rest.len == 0 || rest.data[0] != '\n') {
            return true;
        }
    }
    return false;
}

/* ---- start line ---------------------------------------------------------- */

static bool
take_word(e2m_in *in, e2m_bytes *out)
{
    size_t n = 0;

    while (n < in->rest.len && in->rest.data[n] != ' ') {
        if (in->rest.data[n] <= ' ' || in->rest.data[n] == 0x7f) {
            return false;
        }
        n++;
    }
    if (n == 0 || e2m_in_take(in, n, out) != E2M_OK) {
        return false;
    }
    return true;
}

static bool
take_space(e2m_in *in)
{
    uint8_t c;

    return e2m_in_peek(in, 0) == ' ' && e2m_in_u8(in, &c) == E2M_OK;
}

static e2m_err
status_line(parser *p, e2m_bytes line)
{
    e2m_in in = e2m_in_init(e2m_bytes_from(line, 8));
    e2m_bytes code;
    uint64_t value;

    if (!take_word(&in, &code) || code.len != 3 ||
        e2m_text_decimal(code, 699, &value) != E2M_OK || value < 100) {
        return bad(p, p->at, "bad Status-Line", "RFC 3261 sec. 7.2");
    }
    p->out->is_request = false;
    p->out->status = (unsigned)value;
    p->out->reason = take_space(&in) ? in.rest : E2M_NONE;
    return E2M_OK;
}

/* What no URI holds and what some put around one (RFC 4475 sec. 3.1.2.7). */
static bool
is_enclosed(e2m_bytes uri)
{
    for (size_t i = 0; i < uri.len; i++) {
        if (uri.data[i] == '<' || uri.data[i] == '>' || uri.data[i] == '"') {
            return true;
        }
    }
    return false;
}

/* Request-Line = Method SP Request-URI SP SIP-Version */
static e2m_err
request_line(parser *p, e2m_bytes line)
{
    e2m_in in = e2m_in_init(line);
    e2m_bytes version = E2M_NONE;

    if (!take_word(&in, &p->out->method) ||
        !e2m_text_is_token(p->out->method) || !take_space(&in) ||
        !take_word(&in, &p->out->uri) || is_enclosed(p->out->uri) ||
        !take_space(&in) ||
        !take_word(&in, &version) || !e2m_in_done(&in)) {
        return bad(p, p->at, "bad Request-Line", "RFC 3261 sec. 7.1");
    }
    if (!e2m_bytes_ieq(version, E2M_LIT("SIP/2.0"))) {
        return bad(p, p->at, "not SIP/2.0", "RFC 3261 sec. 7.1");
    }
    p->out->is_request = true;
    return E2M_OK;
}

static e2m_err
start_line(parser *p)
{
    size_t text_end;
    size_t next;
    e2m_bytes line;

    while (p->at + 1 < p->wire.len && p->wire.data[p->at] == '\r' &&
           p->wire.data[p->at + 1] == '\n') {
        p->at += 2; /* RFC 3261 sec. 7.5: leading CRLFs are ignored */
    }
    if (!line_end(p, p->at, &text_end, &next)) {
        return bad(p, p->at, "no start line", "RFC 3261 sec. 7");
    }
    line = (e2m_bytes){ p->wire.data + p->at, text_end - p->at };
    if (has_bare_cr(line)) {
        return bad(p, p->at, "CR without LF in the header",
                   "RFC 3261 sec. 7");
    }
    if (e2m_bytes_istarts(line, E2M_LIT("SIP/2.0 "))) {
        TRY(status_line(p, line));
    } else {
        TRY(request_line(p, line));
    }
    p->out->lf_only = p->out->lf_only || next - text_end == 1;
    p->at = next;
    return E2M_OK;
}

/* ---- header fields ------------------------------------------------------- */

/* field = name *WSP ":" value, over all its folded lines [at, next). */
static e2m_err
add_field(parser *p, size_t at, size_t text_end, size_t next)
{
    const e2m_bytes text = { p->wire.data + at, text_end - at };
    e2m_in in = e2m_in_init(text);
    e2m_field *f;
    uint8_t c;

    TRY(e2m_limit_check(p->env, E2M_LIMIT_HEADERS, p->num + 1, text.data,
                        "too many header fields"));
    TRY(e2m_limit_check(p->env, E2M_LIMIT_HEADER_LEN, text.len, text.data,
                        "header field too long"));
    if (has_bare_cr(text)) {
        return bad(p, at, "CR without LF in the header", "RFC 3261 sec. 7");
    }
    f = &p->fields[p->num];
    if (e2m_text_take_token(&in, &f->name) != E2M_OK) {
        return bad(p, at, "header field without a name",
                   "RFC 3261 sec. 7.3.1");
    }
    while (e2m_in_peek(&in, 0) == ' ' || e2m_in_peek(&in, 0) == '\t') {
        in.rest = e2m_bytes_from(in.rest, 1);
    }
    if (e2m_in_u8(&in, &c) != E2M_OK || c != ':') {
        return bad(p, at, "header field without a colon",
                   "RFC 3261 sec. 7.3.1");
    }
    f->value = e2m_text_trim(in.rest);
    f->id = e2m_hdr_from_name(f->name);
    f->line = (e2m_bytes){ p->wire.data + at, next - at };
    p->num++;
    return E2M_OK;
}

static bool
folds(const parser *p, size_t at)
{
    return at < p->wire.len &&
           (p->wire.data[at] == ' ' || p->wire.data[at] == '\t');
}

/* One field with its continuation lines. */
static e2m_err
read_field(parser *p, bool fragment)
{
    const size_t at = p->at;
    size_t text_end = 0;
    size_t next = 0;

    do {
        const size_t from = next > 0 ? next : at;

        if (!line_end(p, from, &text_end, &next)) {
            if (!fragment) {
                return bad(p, from, "header does not end",
                           "RFC 3261 sec. 7");
            }
            text_end = p->wire.len;
            next = p->wire.len;
            break;
        }
        p->out->lf_only = p->out->lf_only || next - text_end == 1;
    } while (folds(p, next));
    p->at = next;
    return add_field(p, at, text_end, next);
}

static e2m_err
read_fields(parser *p, bool fragment)
{
    for (;;) {
        size_t text_end;
        size_t next;

        if (fragment && p->at == p->wire.len) {
            p->out->head_end = p->at;
            return E2M_OK;
        }
        if (line_end(p, p->at, &text_end, &next) && text_end == p->at) {
            p->out->head_end = p->at;
            p->out->lf_only = p->out->lf_only || next - text_end == 1;
            p->at = next;
            return E2M_OK;
        }
        TRY(read_field(p, fragment));
    }
}

/* Fields that may stand once: two of them are two messages in one. */
static e2m_err
check_single(parser *p)
{
    static const e2m_hdr single[] = {
        E2M_HDR_CALL_ID, E2M_HDR_CONTENT_DISPOSITION, E2M_HDR_CONTENT_ID,
        E2M_HDR_CONTENT_LENGTH, E2M_HDR_CONTENT_TRANSFER,
        E2M_HDR_CONTENT_TYPE, E2M_HDR_CSEQ, E2M_HDR_DATE, E2M_HDR_FROM,
        E2M_HDR_MAX_FORWARDS, E2M_HDR_TO,
    };

    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) {
        const e2m_field *f = e2m_sip_find(p->out, single[i], 1);

        if (f != NULL) {
            return e2m_fail(p->env, E2M_E_SYNTAX, f->line.data,
                            "a header field that may stand once stands twice",
                            "RFC 3261 sec. 7.3.1");
        }
    }
    return E2M_OK;
}

/* ---- body ---------------------------------------------------------------- */

static e2m_err
frame_body(parser *p, e2m_framing framing)
{
    const e2m_field *f = e2m_sip_find(p->out, E2M_HDR_CONTENT_LENGTH, 0);
    e2m_bytes rest = e2m_bytes_from(p->wire, p->at);
    uint64_t len;

    p->out->body_at = p->at;
    if (framing == E2M_FRAGMENT) {
        p->out->body = rest;
        return E2M_OK;
    }
    if (f == NULL) {
        if (framing == E2M_STREAM && rest.len > 0) {
            return bad(p, p->at, "no Content-Length on a stream",
                       "RFC 3261 sec. 18.3");
        }
        p->out->body = rest;
        return E2M_OK;
    }
    if (e2m_text_decimal(f->value, UINT32_MAX, &len) != E2M_OK) {
        return e2m_fail(p->env, E2M_E_SYNTAX, f->value.data,
                        "bad Content-Length", "RFC 3261 sec. 20.14");
    }
    if (len > rest.len) {
        return e2m_fail(p->env, E2M_E_SYNTAX, f->value.data,
                        "body shorter than Content-Length",
                        "RFC 3261 sec. 18.3");
    }
    p->out->body = e2m_bytes_upto(rest, (size_t)len);
    if (framing == E2M_STREAM) {
        p->out->rest = e2m_bytes_from(rest, (size_t)len);
    }
    return E2M_OK;
}

/* A fragment has a start line when its first line has no colon before its
 * first space (RFC 3420 sec. 2). */
static bool
fragment_has_start(const parser *p)
{
    size_t text_end;
    size_t next;
    size_t n = 0;

    if (!line_end(p, 0, &text_end, &next)) {
        return false;
    }
    while (n < text_end && e2m_text_is_token_char(p->wire.data[n])) {
        n++;
    }
    if (n < text_end && p->wire.data[n] == '/') {
        return true;
    }
    while (n < text_end &&
           (p->wire.data[n] == ' ' || p->wire.data[n] == '\t')) {
        n++;
    }
    return n < text_end && p->wire.data[n] != ':';
}

/* As many as there can be: one for each line, within the limit. */
static size_t
count_lines(e2m_bytes wire, size_t max)
{
    size_t num = 1;

    while (num <= max && wire.len > 0) {
        const uint8_t *lf = memchr(wire.data, '\n', wire.len);

        if (lf == NULL) {
            break;
        }
        wire = e2m_bytes_from(wire, (size_t)(lf - wire.data) + 1);
        num++;
    }
    return num < max ? num : max;
}

e2m_err
e2m_sip_parse(e2m_env *env, e2m_bytes wire, e2m_framing framing, e2m_sip *out)
{
    const bool fragment = framing == E2M_FRAGMENT;
    parser p = { .env = env, .wire = wire, .out = out };

    *out = (e2m_sip){ .wire = wire };
    TRY(e2m_limit_check(env, E2M_LIMIT_MESSAGE, wire.len, wire.data,
                        "message too large"));
    p.cap = count_lines(wire, env->limits[E2M_LIMIT_HEADERS]);
    E2M_NEW(env, p.fields, p.cap);
    if (!fragment || fragment_has_start(&p)) {
        TRY(start_line(&p));
    }
    TRY(read_fields(&p, fragment));
    out->fields = p.fields;
    out->num_fields = p.num;
    TRY(check_single(&p));
    return frame_body(&p, framing);
}

const e2m_field *
e2m_sip_find(const e2m_sip *m, e2m_hdr id, size_t nth)
{
    for (size_t i = 0; i < m->num_fields; i++) {
        if (m->fields[i].id == id && nth-- == 0) {
            return &m->fields[i];
        }
    }
    return NULL;
}

e2m_err
e2m_sip_value(e2m_env *env, const e2m_sip *m, e2m_hdr id, e2m_bytes *out)
{
    const e2m_field *f = e2m_sip_find(m, id, 0);

    if (f == NULL) {
        *out = E2M_NONE;
        return E2M_OK;
    }
    return e2m_text_unfold(env, f->value, out);
}
