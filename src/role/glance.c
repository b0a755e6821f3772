/* SPDX-License-Identifier: BSD-3-Clause */
/* A glance at a message that is most likely none of ours: can anything in it
 * name us at all? It searches where label.c lexes, so it may say yes to what
 * names nobody (a fold, an odd spelling, an encoding): inspecting decides. It
 * never says no to what label.c would find. All it needs is lines: a label is a
 * field of a header, and a header, of the message or of a part, begins behind a
 * line's end.
 *
 * Every message of a proxy comes by here, so it counts instructions: fields are
 * told by their spelling as nearly everybody writes it, and who does not is
 * looked at properly. */
#include "role/role.h"

typedef enum glimpse {
    NOTHING,    /* this line does not concern us */
    PERHAPS,    /* look properly */
    PARTS_TYPE, /* Content-Type: parts within */
    CMS_TYPE,   /* CMS that is no detached signature */
    LEAF_TYPE,  /* nothing within */
    LENGTH,     /* Content-Length */
} glimpse;

/* What lines that matter begin with: the rest of them are not looked at. */
static const bool in_header[256] = {
    ['\r'] = true, ['\n'] = true, ['C'] = true, ['c'] = true,
    ['L'] = true,  ['l'] = true,  ['P'] = true, ['p'] = true,
};
static const bool in_part[256] = {
    ['\r'] = true, ['\n'] = true, ['C'] = true, ['c'] = true,
};

/* Takes a line, with its LF: it is never empty. */
static inline bool
next_line(e2m_bytes *rest, e2m_bytes *line)
{
    const uint8_t *lf = memchr(rest->data, '\n', rest->len);
    size_t len;

    if (lf == NULL) {
        return false;
    }
    len = (size_t)(lf - rest->data) + 1;
    *line = (e2m_bytes){ rest->data, len };
    *rest = (e2m_bytes){ rest->data + len, rest->len - len };
    return true;
}

static inline bool
is_blank(e2m_bytes line)
{
    return line.data[0] == '\n' || (line.len == 2 && line.data[0] == '\r');
}

#define BEGINS(b, lit)                                                        \
    ((b).len >= sizeof(lit) - 1 &&                                            \
     memcmp((b).data, (lit), sizeof(lit) - 1) == 0)
#define BEHIND(b, lit) e2m_bytes_from((b), sizeof(lit) - 1)

/* From the first `c` on; nothing when there is none. */
static inline e2m_bytes
from_first(e2m_bytes text, uint8_t c)
{
    const uint8_t *at =
        text.len > 0 ? memchr(text.data, c, text.len) : NULL;

    return at == NULL ? E2M_NONE
                      : e2m_bytes_from(text, (size_t)(at - text.data));
}

static inline uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Whatever stands around a name, its host is written out: label.c undoes no
 * escapes. */
static bool
holds_our_host(const e2m *ctx, e2m_bytes text)
{
    for (size_t n = 0; n < ctx->num_names && text.len > 0; n++) {
        const e2m_bytes host = ctx->hosts[n];

        for (size_t at = 0; at + host.len <= text.len; at++) {
            if (host.len == 0 || (lower(text.data[at]) == lower(host.data[0]) &&
                                  e2m_bytes_istarts(e2m_bytes_from(text, at),
                                                    host))) {
                return true;
            }
        }
    }
    return false;
}

static glimpse
media_type(e2m_bytes value)
{
    if (BEGINS(value, "multipart/")) {
        return PARTS_TYPE;
    }
    if (BEGINS(value, "application/")) {
        return BEGINS(value, "application/pkcs7-signature") ||
                       from_first(value, '7').len == 0
                   ? LEAF_TYPE
                   : CMS_TYPE;
    }
    return BEGINS(value, "text/") || BEGINS(value, "message/") ? LEAF_TYPE
                                                               : PERHAPS;
}

/* One that leaves the octets as they are; any other hides what they say. */
static glimpse
transfer(e2m_bytes value)
{
    return BEGINS(value, "binary\r\n") || BEGINS(value, "8bit\r\n") ||
                   BEGINS(value, "7bit\r\n")
               ? NOTHING
               : PERHAPS;
}

/* A field whose name begins with "Content-"; `next` is what follows its line.
 * The label's parameter has a "-", and its names stand behind that. */
static glimpse
content_field(const e2m *ctx, e2m_bytes line, int next)
{
    bool ours = true;

    if (next == ' ' || next == '\t') {
        return PERHAPS; /* folded: its value goes on */
    }
    if (BEGINS(line, "Content-Type: ")) {
        return media_type(BEHIND(line, "Content-Type: "));
    }
    if (BEGINS(line, "Content-Disposition:")) {
        ours = holds_our_host(
            ctx, from_first(BEHIND(line, "Content-Disposition:"), '-'));
    } else if (BEGINS(line, "Content-Length:")) {
        return LENGTH;
    } else if (BEGINS(line, "Content-Transfer-Encoding: ")) {
        return transfer(BEHIND(line, "Content-Transfer-Encoding: "));
    } else if (BEGINS(line, "Content-Target:")) {
        ours = holds_our_host(ctx, line);
    } else if (BEGINS(line, "Content-ID:")) {
        ours = false; /* what names it is in the message's header */
    }
    return ours ? PERHAPS : NOTHING;
}

static inline glimpse
line_of_part(const e2m *ctx, e2m_bytes line, e2m_bytes rest)
{
    if (line.len < 9 || line.data[7] != '-') {
        return NOTHING;
    }
    if (BEGINS(line, "Content-")) {
        return content_field(ctx, line, rest.len > 0 ? rest.data[0] : -1);
    }
    return e2m_bytes_istarts(line, E2M_LIT("content-")) ? PERHAPS : NOTHING;
}

/* The message's header has more: compact names (RFC 3261 sec. 7.3.3), and the
 * label of its own, Proxy-Inspect-Body with its older names. */
static inline glimpse
line_of_header(const e2m *ctx, e2m_bytes line, e2m_bytes rest)
{
    if (line.len > 1 && (line.data[1] == ':' || line.data[1] == ' ' ||
                         line.data[1] == '\t')) {
        return PERHAPS;
    }
    if (line.len > 6 && line.data[5] == '-') {
        return e2m_bytes_istarts(line, E2M_LIT("proxy-")) &&
                       !BEGINS(line, "Proxy-Auth") &&
                       !BEGINS(line, "Proxy-Require:")
                   ? PERHAPS
                   : NOTHING;
    }
    return line_of_part(ctx, line, rest);
}

/* Sealed content is shut; signed content stands open, but not behind a line's
 * end. */
static bool
is_shut(e2m_bytes der)
{
    const e2m_oid_id type = e2m_cms_type(der);

    return type == E2M_OID_ENVELOPED_DATA ||
           type == E2M_OID_AUTH_ENVELOPED_DATA;
}

static bool
parts_may_concern(const e2m *ctx, e2m_bytes rest)
{
    e2m_bytes line;
    bool cms = false;

    while (next_line(&rest, &line)) {
        glimpse seen;

        if (!in_part[line.data[0]]) {
            continue;
        }
        if (cms && is_blank(line)) {
            if (!is_shut(rest)) {
                return true;
            }
            cms = false;
        }
        seen = line_of_part(ctx, line, rest);
        if (seen == PERHAPS) {
            return true;
        }
        cms = cms || seen == CMS_TYPE;
    }
    return false;
}

/* What the header says about the body: each field stands once, or it is
 * PERHAPS. */
typedef struct about {
    glimpse type;
    e2m_bytes length;
} about;

static glimpse
note(about *a, glimpse seen, e2m_bytes line)
{
    if (seen == LENGTH && a->length.len == 0) {
        a->length = line;
        return NOTHING;
    }
    if (seen != LENGTH && a->type == NOTHING) {
        a->type = seen;
        return NOTHING;
    }
    return PERHAPS;
}

/* A message that is not as long as it says is looked at properly, too. */
static bool
body_may_concern(const e2m *ctx, const about *a, e2m_bytes body)
{
    uint64_t told;

    if (ctx->num_names == 0 || a->length.len == 0 ||
        e2m_text_decimal(
            e2m_text_trim(BEHIND(a->length, "Content-Length:")), UINT32_MAX,
            &told) != E2M_OK ||
        told != body.len) {
        return true;
    }
    if (a->type == PARTS_TYPE) {
        return parts_may_concern(ctx, body);
    }
    return a->type == CMS_TYPE ? !is_shut(body) : a->type != LEAF_TYPE;
}

bool
e2m_middle_may_concern(const e2m *ctx, e2m_bytes wire)
{
    e2m_bytes rest = wire;
    e2m_bytes line;
    about a = { NOTHING, E2M_NONE };

    while (rest.len > 0 && next_line(&rest, &line)) {
        glimpse seen;

        if (!in_header[line.data[0]]) {
            continue;
        }
        if (is_blank(line)) {
            return rest.len > 0 && body_may_concern(ctx, &a, rest);
        }
        seen = line_of_header(ctx, line, rest);
        if (seen == PERHAPS ||
            (seen != NOTHING && note(&a, seen, line) == PERHAPS)) {
            return true;
        }
    }
    return true;
}
