/* SPDX-License-Identifier: BSD-3-Clause */
/* An entity: its header fields and, below a multipart, its parts. */
#include "mime/internal.h"

bool
e2m_mime_is(const e2m_entity *e, const char *type)
{
    const e2m_bytes want = e2m_str(type);

    if (want.len > 0 && want.data[want.len - 1] == '/') {
        return e2m_bytes_istarts(e->type, want);
    }
    return e2m_bytes_ieq(e->type, want);
}

/* type "/" subtype, both tokens (RFC 2045 sec. 5.1); SIP allows LWS around its
 * SLASH (RFC 3261 sec. 25.1), which is taken out. */
static e2m_err
media_type(e2m_env *env, e2m_bytes text, e2m_bytes *out)
{
    e2m_in in = e2m_in_init(text);
    e2m_bytes type;
    e2m_bytes subtype;
    uint8_t slash;
    e2m_out o;

    TRY(e2m_text_take_token(&in, &type));
    e2m_text_skip_lws(&in);
    TRY(e2m_in_u8(&in, &slash));
    e2m_text_skip_lws(&in);
    TRY(e2m_text_take_token(&in, &subtype));
    if (slash != '/' || !e2m_in_done(&in)) {
        return E2M_E_SYNTAX;
    }
    *out = text;
    if (text.len == type.len + 1 + subtype.len) {
        return E2M_OK;
    }
    e2m_out_init(&o, env, type.len + 1 + subtype.len);
    e2m_out_put(&o, type);
    e2m_out_u8(&o, slash);
    e2m_out_put(&o, subtype);
    return e2m_out_done(&o, out);
}

static e2m_err
params_are_good(e2m_bytes params)
{
    e2m_in in = e2m_in_init(params);
    e2m_param p;
    bool more = true;

    while (more) {
        TRY(e2m_text_next_param(&in, &p, &more));
    }
    return E2M_OK;
}

static e2m_err
set_type(e2m_env *env, e2m_bytes value, e2m_entity *e)
{
    e2m_err err;

    if (value.len == 0) {
        e->type = E2M_LIT("text/plain");
        return E2M_OK;
    }
    e2m_text_split_params(value, &e->type, &e->type_params);
    err = media_type(env, e->type, &e->type);
    if (err == E2M_OK) {
        err = params_are_good(e->type_params);
    }
    if (err != E2M_OK) {
        return e2m_fail(env, err, value.data, "bad Content-Type",
                        "RFC 2045 sec. 5.1");
    }
    e->multipart = e2m_mime_is(e, "multipart/");
    return E2M_OK;
}

/* A multipart is never encoded as a whole: a reader that undid the encoding
 * would find other parts (RFC 2045 sec. 6.4). */
static e2m_err
check_transfer(e2m_env *env, const e2m_entity *e)
{
    if (!e->multipart || e->transfer.len == 0 ||
        e2m_bytes_ieq(e->transfer, E2M_LIT("binary")) ||
        e2m_bytes_ieq(e->transfer, E2M_LIT("8bit")) ||
        e2m_bytes_ieq(e->transfer, E2M_LIT("7bit"))) {
        return E2M_OK;
    }
    return e2m_fail(env, E2M_E_SYNTAX, e->transfer.data,
                    "multipart with a transfer encoding",
                    "RFC 2045 sec. 6.4");
}

/* Fills the fields that follow from the header values, then the parts. */
static e2m_err
finish(e2m_env *env, const e2m_mime_head *h, size_t depth, e2m_entity *e)
{
    TRY(e2m_limit_check(env, E2M_LIMIT_NESTING, depth, e->body.data,
                        "nested too deep"));
    env->parts++;
    TRY(e2m_limit_check(env, E2M_LIMIT_PARTS, env->parts, e->body.data,
                        "too many parts"));
    TRY(set_type(env, h->type, e));
    e2m_text_split_params(h->disposition, &e->disposition, &e->disp_params);
    e->transfer = e2m_text_trim(h->transfer);
    e->id = h->id;
    e->target = h->target;
    TRY(check_transfer(env, e));
    return e->multipart ? e2m_mime_parts(env, depth, e) : E2M_OK;
}

e2m_err
e2m_mime_from_body(e2m_env *env, const e2m_mime_head *head, e2m_bytes body,
                   size_t depth, e2m_entity *out)
{
    *out = (e2m_entity){ .body = body };
    return finish(env, head, depth, out);
}

/* ---- header lines -------------------------------------------------------- */

static e2m_bytes *
slot_of(e2m_mime_head *h, e2m_bytes name)
{
    const struct {
        const char *name;
        e2m_bytes *slot;
    } rows[] = {
        { "Content-Type", &h->type },
        { "Content-Disposition", &h->disposition },
        { "Content-Transfer-Encoding", &h->transfer },
        { "Content-ID", &h->id },
        { "Content-Target", &h->target },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (e2m_bytes_ieq(name, e2m_str(rows[i].name))) {
            return rows[i].slot;
        }
    }
    return NULL;
}

/* Some readers end a line at a lone CR and would see another header. */
static bool
has_bare_cr(e2m_bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '\r' &&
            (i + 1 == line.len || line.data[i + 1] != '\n')) {
            return true;
        }
    }
    return false;
}

static e2m_err
read_line(e2m_env *env, e2m_bytes line, e2m_mime_head *h)
{
    e2m_in in = e2m_in_init(line);
    e2m_bytes name;
    e2m_bytes *slot;
    uint8_t colon;

    if (has_bare_cr(line)) {
        return e2m_fail(env, E2M_E_SYNTAX, line.data,
                        "CR without LF in the header", "RFC 5322 sec. 2.2");
    }
    if (e2m_text_take_token(&in, &name) != E2M_OK) {
        return e2m_fail(env, E2M_E_SYNTAX, line.data,
                        "header field without a name", "RFC 5322 sec. 2.2");
    }
    while (e2m_in_peek(&in, 0) == ' ' || e2m_in_peek(&in, 0) == '\t') {
        in.rest = e2m_bytes_from(in.rest, 1);
    }
    if (e2m_in_u8(&in, &colon) != E2M_OK || colon != ':') {
        return e2m_fail(env, E2M_E_SYNTAX, line.data,
                        "header field without a colon", "RFC 5322 sec. 2.2");
    }
    slot = slot_of(h, name);
    if (slot == NULL) {
        return E2M_OK;
    }
    if (slot->data != NULL) {
        return e2m_fail(env, E2M_E_SYNTAX, line.data,
                        "a header field that may stand once stands twice",
                        "RFC 2045 sec. 3");
    }
    TRY(e2m_text_unfold(env, e2m_text_trim(in.rest), slot));
    if (slot->data == NULL) {
        *slot = (e2m_bytes){ line.data, 0 };
    }
    return E2M_OK;
}

bool
e2m_mime_line(e2m_bytes b, size_t at, size_t *text_end, size_t *next)
{
    const uint8_t *lf = at < b.len ? memchr(b.data + at, '\n', b.len - at)
                                   : NULL;
    size_t end;

    if (lf == NULL) {
        return false;
    }
    end = (size_t)(lf - b.data);
    *next = end + 1;
    *text_end = end > at && b.data[end - 1] == '\r' ? end - 1 : end;
    return true;
}

static bool
folds(e2m_bytes b, size_t at)
{
    return at < b.len && (b.data[at] == ' ' || b.data[at] == '\t');
}

/* Reads up to the empty line; *body_at is behind it. A part may end with its
 * header: the empty line then belongs to the delimiter behind it (RFC 2046
 * sec. 5.1.1: body-part = MIME-part-headers [CRLF *OCTET]). */
static e2m_err
read_head(e2m_env *env, e2m_bytes raw, e2m_mime_head *h, size_t *head_end,
          size_t *body_at)
{
    size_t at = 0;
    size_t num = 0;

    for (;;) {
        const size_t from = at;
        size_t text_end = 0;
        size_t next = 0;

        if (at == raw.len) {
            *head_end = at;
            *body_at = at;
            return E2M_OK;
        }
        if (!e2m_mime_line(raw, at, &text_end, &next)) {
            return e2m_fail(env, E2M_E_SYNTAX, raw.data,
                            "entity without the line that ends its header",
                            "RFC 2046 sec. 5.1");
        }
        if (text_end == at) {
            *head_end = at;
            *body_at = next;
            return E2M_OK;
        }
        while (folds(raw, next)) {
            if (!e2m_mime_line(raw, next, &text_end, &next)) {
                return e2m_fail(env, E2M_E_SYNTAX, raw.data + from,
                                "header does not end", "RFC 5322 sec. 2.2.3");
            }
        }
        num++;
        TRY(e2m_limit_check(env, E2M_LIMIT_HEADERS, num, raw.data + from,
                            "too many header fields"));
        TRY(e2m_limit_check(env, E2M_LIMIT_HEADER_LEN, text_end - from,
                            raw.data + from, "header field too long"));
        TRY(read_line(env, (e2m_bytes){ raw.data + from, text_end - from },
                      h));
        at = next;
    }
}

e2m_err
e2m_mime_from_entity(e2m_env *env, e2m_bytes raw, size_t depth,
                     e2m_entity *out)
{
    e2m_mime_head h = { .type = E2M_NONE };
    size_t head_end = 0;
    size_t body_at = 0;

    *out = (e2m_entity){ .raw = raw };
    TRY(read_head(env, raw, &h, &head_end, &body_at));
    out->head = e2m_bytes_upto(raw, head_end);
    out->body = e2m_bytes_from(raw, body_at);
    return finish(env, &h, depth, out);
}
