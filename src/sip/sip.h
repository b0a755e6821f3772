/* SPDX-License-Identifier: BSD-3-Clause */
/* sip: a lossless view of one SIP message, and edits to it (RFC 3261).
 *
 * The view is slices into the caller's bytes: nothing is normalised, so what
 * no edit touches goes out as it came in.
 *
 * Read: requests and responses, compact names, folded lines, repeated and
 * comma-joined fields, any order. A line that ends in LF alone is read and
 * reported (`lf_only`). Refused: a message without an empty line after the
 * header, a field without ":", a CR without its LF in the header, a
 * Content-Length that disagrees, and twice what may stand once: Call-ID,
 * Content-Disposition, -ID, -Length, -Transfer-Encoding and -Type, CSeq, Date,
 * From, Max-Forwards, To. */
#ifndef E2M_SIP_H
#define E2M_SIP_H

#include "text/text.h"

/* The fields that some code of ours asks for; all others are E2M_HDR_OTHER and
 * found by name. Compact form in brackets, RFC 3261 sec. 7.3.3, RFC 6665. */
typedef enum e2m_hdr {
    E2M_HDR_OTHER = 0,
    E2M_HDR_CALL_ID,             /* Call-ID [i] */
    E2M_HDR_CONTACT,             /* Contact [m] */
    E2M_HDR_CONTENT_DISPOSITION, /* Content-Disposition */
    E2M_HDR_CONTENT_ENCODING,    /* Content-Encoding [e] */
    E2M_HDR_CONTENT_ID,          /* Content-ID, RFC 8262 */
    E2M_HDR_CONTENT_LANGUAGE,    /* Content-Language */
    E2M_HDR_CONTENT_LENGTH,      /* Content-Length [l] */
    E2M_HDR_CONTENT_TARGET,      /* Content-Target, ntt fig. 4 */
    E2M_HDR_CONTENT_TRANSFER,    /* Content-Transfer-Encoding */
    E2M_HDR_CONTENT_TYPE,        /* Content-Type [c] */
    E2M_HDR_CSEQ,                /* CSeq */
    E2M_HDR_DATE,                /* Date */
    E2M_HDR_FROM,                /* From [f] */
    E2M_HDR_MAX_FORWARDS,        /* Max-Forwards */
    E2M_HDR_MIME_VERSION,        /* MIME-Version */
    E2M_HDR_PROXY_INSPECT_BODY,  /* Proxy-Inspect-Body, and the older names
                                    Proxy-Required-Body and Proxy-Policy */
    E2M_HDR_TO,                  /* To [t] */
    E2M_HDR_VIA,                 /* Via [v] */
    E2M_HDR_WARNING,             /* Warning */
    E2M_HDR_COUNT
} e2m_hdr;

typedef struct e2m_field {
    e2m_hdr id;
    e2m_bytes name;  /* as written */
    e2m_bytes value; /* LWS trimmed at both ends; folds still inside */
    e2m_bytes line;  /* name to line end, all folds and the CRLF included */
} e2m_field;

typedef struct e2m_sip {
    e2m_bytes wire;
    bool is_request;
    e2m_bytes method; /* request */
    e2m_bytes uri;    /* request */
    unsigned status;  /* response: 100..699 */
    e2m_bytes reason; /* response */
    const e2m_field *fields;
    size_t num_fields;
    size_t head_end;  /* offset of the empty line that ends the header */
    size_t body_at;   /* offset of the octet behind that line */
    e2m_bytes body;   /* as framed by Content-Length */
    e2m_bytes rest;   /* stream: octets behind the body */
    bool lf_only;     /* some line ended in LF alone */
} e2m_sip;

/* e2m_sip_parse reads one message.
 * Needs    `wire` outlives the view
 * Gives    *out: slices into `wire`; the field array lives in the arena
 * Fails    E2M_E_SYNTAX, E2M_E_LIMIT, E2M_E_NOMEM; reported in env */
E2M_MUST e2m_err e2m_sip_parse(e2m_env *env, e2m_bytes wire,
                               e2m_framing framing, e2m_sip *out);

/* e2m_sip_find gives the n-th (from 0) field `id`, or NULL. */
const e2m_field *e2m_sip_find(const e2m_sip *m, e2m_hdr id, size_t nth);
/* e2m_sip_value gives the unfolded value of the first field `id`; empty when
 * there is none. */
E2M_MUST e2m_err e2m_sip_value(e2m_env *env, const e2m_sip *m, e2m_hdr id,
                               e2m_bytes *out);
/* e2m_hdr_from_name: long or compact, ASCII caseless, compared whole. */
e2m_hdr e2m_hdr_from_name(e2m_bytes name);
/* e2m_hdr_name is the long form; "" for E2M_HDR_OTHER. */
const char *e2m_hdr_name(e2m_hdr id);

/* SIP and SIPS URIs, RFC 3261 sec. 19.1. */
typedef struct e2m_uri {
    e2m_bytes text;   /* the whole URI */
    e2m_bytes scheme; /* "sip", "sips", or another with nothing below set */
    e2m_bytes user;   /* without password; empty when there is none */
    e2m_bytes host;   /* IPv6 with its brackets */
    e2m_bytes port;
    e2m_bytes params; /* ";..." before "?" */
    e2m_bytes headers;
} e2m_uri;

E2M_MUST e2m_err e2m_uri_parse(e2m_bytes text, e2m_uri *out);
/* e2m_uri_same_aor: same address of record. Scheme sip and sips count as one,
 * user compared exactly after %-decoding, host without case, default port and
 * none are one; parameters and headers do not count (RFC 3261 sec. 10.3). */
bool e2m_uri_same_aor(const e2m_uri *a, const e2m_uri *b);
/* e2m_uri_put_aor writes "sip:user@host[:port]", host in lower case. */
void e2m_uri_put_aor(e2m_out *o, const e2m_uri *u);

/* name-addr / addr-spec with parameters: From, To, Contact, RFC 3261 20.10. A
 * URI that holds a comma or question mark is read in "<>" only. */
typedef struct e2m_addr {
    e2m_bytes display; /* raw, quotes included; empty when there is none */
    e2m_uri uri;
    e2m_bytes params;  /* ";tag=..." */
} e2m_addr;
E2M_MUST e2m_err e2m_addr_parse(e2m_bytes value, e2m_addr *out);

/* CSeq = 1*DIGIT LWS Method */
typedef struct e2m_cseq {
    uint32_t number;
    e2m_bytes method;
} e2m_cseq;
E2M_MUST e2m_err e2m_cseq_parse(e2m_bytes value, e2m_cseq *out);

/* One via-parm, RFC 3261 sec. 20.42. */
typedef struct e2m_via {
    e2m_bytes transport;
    e2m_bytes host; /* sent-by */
    e2m_bytes port;
    e2m_bytes branch;
} e2m_via;
/* e2m_sip_via gives the n-th via-parm from the top, over all Via fields and
 * commas; *found false when there are fewer. */
E2M_MUST e2m_err e2m_sip_via(const e2m_sip *m, size_t nth, e2m_via *out,
                             bool *found);

/* ---- edits: splices on the wire bytes (e2m_edit of e2m/types.h) -------- */

/* A list being made: add in any order, then e2m_edits_done sorts it by offset
 * and refuses overlaps. */
typedef struct e2m_edits {
    e2m_env *env;
    const e2m_sip *msg;
    e2m_edit *list;
    size_t num;
    size_t cap;
} e2m_edits;

void e2m_edits_init(e2m_edits *e, e2m_env *env, const e2m_sip *msg);
/* e2m_edits_cut_field drops a field's line(s). */
E2M_MUST e2m_err e2m_edits_cut_field(e2m_edits *e, const e2m_field *f);
/* e2m_edits_put_line adds a header line ("Name: value", no CRLF) behind the
 * last field. Several keep their order. */
E2M_MUST e2m_err e2m_edits_put_line(e2m_edits *e, e2m_bytes line);
/* e2m_edits_set_body replaces the body and corrects or adds Content-Length.
 * `body` must live as long as the edits. */
E2M_MUST e2m_err e2m_edits_set_body(e2m_edits *e, e2m_bytes body);
E2M_MUST e2m_err e2m_edits_done(e2m_edits *e, const e2m_edit **out,
                                size_t *out_num);
/* e2m_edits_size is the length of the edited message. */
size_t e2m_edits_size(size_t wire_len, const e2m_edit *edits, size_t num);
/* e2m_edits_write applies them into `out` of at least e2m_edits_size octets. */
void e2m_edits_write(e2m_bytes wire, const e2m_edit *edits, size_t num,
                     uint8_t *out);

#endif
