/* SPDX-License-Identifier: BSD-3-Clause */
/* mime: entities, the multipart tree, and how we write them (RFC 2045, 2046,
 * 5621).
 *
 * `raw` of an entity is the exact octets that a signature over it covers: its
 * header, the empty line and its body, without the CRLF that belongs to the
 * delimiter behind it (RFC 2046 sec. 5.1.1).
 *
 * Read: any multipart subtype, preamble and epilogue, nesting, quoted
 * boundaries, LWS behind a boundary, Content-Length in a part (ignored), line
 * ends of LF alone in headers and delimiters, parts that end with their header.
 * Refused: a multipart without boundary parameter or closing delimiter, or with
 * a transfer encoding of its own; one field of ours twice; a CR without its LF
 * in a header. Only a delimiter at the start of a line counts, and content is
 * never scanned for anything else, so binary parts may hold any octets. */
#ifndef E2M_MIME_H
#define E2M_MIME_H

#include "text/text.h"

typedef struct e2m_entity e2m_entity;
struct e2m_entity {
    e2m_bytes raw;  /* empty for the outermost one, whose header is SIP's */
    e2m_bytes head; /* header lines, without the empty line */
    e2m_bytes body;
    /* values, unfolded; empty when absent */
    e2m_bytes type;         /* "application/sdp", without parameters;
                               absent: "text/plain" (RFC 2045 sec. 5.2) */
    e2m_bytes type_params;  /* ";charset=..." */
    e2m_bytes disposition;  /* "session", without parameters */
    e2m_bytes disp_params;  /* ";handling=required;..." */
    e2m_bytes transfer;     /* Content-Transfer-Encoding */
    e2m_bytes id;           /* Content-ID as written */
    e2m_bytes target;       /* Content-Target (ntt fig. 4) */
    const e2m_entity *parts;/* a multipart's */
    size_t num_parts;
    bool multipart;
};

/* The Content-* values of an entity whose header is not in `raw`: the SIP
 * message's own. Empty where absent. */
typedef struct e2m_mime_head {
    e2m_bytes type, disposition, transfer, id, target;
} e2m_mime_head;

/* e2m_mime_from_body reads the body of a SIP message and, below it, the whole
 * multipart tree. `depth` is how many levels lie above it already.
 * Fails  E2M_E_SYNTAX, E2M_E_LIMIT (nesting, parts, headers), E2M_E_NOMEM */
E2M_MUST e2m_err e2m_mime_from_body(e2m_env *env, const e2m_mime_head *head,
                                    e2m_bytes body, size_t depth,
                                    e2m_entity *out);

/* e2m_mime_from_entity reads header, empty line and body out of one slice: what
 * an envelope or an opaque signature holds. */
E2M_MUST e2m_err e2m_mime_from_entity(e2m_env *env, e2m_bytes raw,
                                      size_t depth, e2m_entity *out);

/* e2m_mime_is compares the media type ("application/sdp", or "multipart/" for
 * any subtype), ASCII caseless. */
bool e2m_mime_is(const e2m_entity *e, const char *type);

/* e2m_mime_is_pattern: "type/subtype", "type" with the subtype "*", or "*"
 * alone; tokens. e2m_mime_matches compares a type (parameters cut off) with
 * one, ASCII caseless. */
bool e2m_mime_is_pattern(e2m_bytes pattern);
bool e2m_mime_matches(e2m_bytes pattern, e2m_bytes type);

/* e2m_mime_content undoes the transfer encoding: binary, 8bit, 7bit and none
 * give the body itself; base64 and quoted-printable a copy in the arena.
 * Fails  E2M_E_UNSUPPORTED another encoding; E2M_E_SYNTAX */
E2M_MUST e2m_err e2m_mime_content(e2m_env *env, const e2m_entity *e,
                                  e2m_bytes *out);

/* ---- writing ---------------------------------------------------------- */

/* Header values of an entity to write, "" or NULL-data where absent. Lines go
 * out in the one order and spelling that peers which re-serialise before they
 * hash reproduce: MIME-Version, Content-Type,
 * Content-Disposition, Content-Language, Content-Transfer-Encoding,
 * Content-ID, others; one space behind the colon, no folds. */
typedef struct e2m_mime_lines {
    e2m_bytes type; /* with parameters */
    e2m_bytes disposition;
    e2m_bytes language;
    e2m_bytes transfer;
    e2m_bytes id;
    e2m_bytes others; /* whole lines with CRLF: Content-Encoding, -Target */
} e2m_mime_lines;

/* e2m_mime_put_entity writes header lines, the empty line and `body`. */
void e2m_mime_put_entity(e2m_out *o, const e2m_mime_lines *lines,
                         e2m_bytes body);

/* e2m_mime_put_multipart writes the body of a multipart: the parts (each a
 * whole entity) between delimiters. */
void e2m_mime_put_multipart(e2m_out *o, e2m_bytes boundary,
                            const e2m_bytes *parts, size_t num);

/* e2m_mime_boundary makes a boundary of 32 hex digits out of 16 random octets
 * the caller drew, and fails E2M_E_SYNTAX should a part contain it. */
E2M_MUST e2m_err e2m_mime_boundary(e2m_env *env, const uint8_t random[16],
                                   const e2m_bytes *parts, size_t num,
                                   e2m_bytes *out);

#endif
