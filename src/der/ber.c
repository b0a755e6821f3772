/* SPDX-License-Identifier: BSD-3-Clause */
/* The door for BER. Streaming tools write indefinite lengths and OCTET STRINGs
 * in fragments; here they become DER, so that one strict reader serves all.
 *
 * What a context-specific constructed element is cannot be told without its
 * schema: [0] IMPLICIT OCTET STRING in fragments keeps its constructed form,
 * with definite lengths, and whoever knows the schema joins the fragments. */
#include "der/internal.h"

enum { DEPTH_MAX = 24 };

typedef struct rewrite {
    e2m_env *env;
    e2m_out out;
    size_t elements; /* that may still come */
    unsigned depth;
} rewrite;

static e2m_err
malformed(const rewrite *r, const e2m_in *in, const char *what)
{
    return e2m_fail(r->env, E2M_E_SYNTAX, in->rest.data, what,
                    "X.690 sec. 8.1");
}

/* X.690 8.1.3: short, long with any number of leading zeros, or indefinite. */
static e2m_err
get_ber_length(e2m_in *in, size_t *out, bool *indefinite)
{
    uint8_t first = 0;
    uint8_t octet = 0;
    size_t len = 0;

    TRY(e2m_in_u8(in, &first));
    *indefinite = first == LONG_FORM;
    if (first < LONG_FORM) {
        *out = first;
        return E2M_OK;
    }
    if (first == 0xff) {
        return E2M_E_SYNTAX; /* 8.1.3.5 c */
    }
    for (int left = first - LONG_FORM; left > 0; left--) {
        TRY(e2m_in_u8(in, &octet));
        if (len > UINT32_MAX >> 8) {
            return E2M_E_SYNTAX; /* longer than anything we take */
        }
        len = len << 8 | octet;
    }
    *out = len;
    return E2M_OK;
}

/* Where an element's contents are: for the definite form, `contents` and the
 * cursor behind it; for the indefinite one the cursor in front of them. */
typedef struct header {
    unsigned tag;
    bool indefinite;
    e2m_in contents;
} header;

static e2m_err
get_header(rewrite *r, e2m_in *in, header *out)
{
    e2m_bytes contents = E2M_NONE;
    size_t len = 0;

    if (r->elements-- == 0) {
        return e2m_fail(r->env, E2M_E_LIMIT, in->rest.data,
                        "too many BER elements", "der.h");
    }
    if (e2m_der_identifier(in, &out->tag) != E2M_OK || out->tag == 0) {
        return malformed(r, in, "bad identifier octet");
    }
    if (get_ber_length(in, &len, &out->indefinite) != E2M_OK) {
        return malformed(r, in, "bad length octets");
    }
    if (out->indefinite) {
        return (out->tag & CONSTRUCTED) != 0
                   ? E2M_OK
                   : malformed(r, in, "indefinite length of a primitive");
    }
    if (e2m_in_take(in, len, &contents) != E2M_OK) {
        return malformed(r, in, "element longer than what holds it");
    }
    out->contents = e2m_in_init(contents);
    return E2M_OK;
}

/* ends says whether the contents are over, and reads their mark (8.1.5). */
static bool
ends(e2m_in *in, bool indefinite)
{
    if (!indefinite) {
        return e2m_in_done(in);
    }
    if (e2m_in_peek(in, 0) != 0 || e2m_in_peek(in, 1) != 0) {
        return false;
    }
    in->rest = e2m_bytes_from(in->rest, 2);
    return true;
}

static e2m_err put_element(rewrite *r, e2m_in *in, bool fragments);

/* The contents of a constructed element; with `fragments`, of a constructed
 * OCTET STRING: elements of that type alone, of which only the octets stay. */
static e2m_err
put_contents(rewrite *r, e2m_in *in, const header *h, bool fragments)
{
    e2m_in inner = h->contents;
    e2m_in *from = h->indefinite ? in : &inner;

    if (++r->depth > DEPTH_MAX) {
        return e2m_fail(r->env, E2M_E_LIMIT, from->rest.data,
                        "BER nested too deep", "der.h");
    }
    while (!ends(from, h->indefinite)) {
        TRY(put_element(r, from, fragments));
    }
    r->depth--;
    return E2M_OK;
}

/* X.690 8.7.3: a constructed OCTET STRING holds OCTET STRINGs. The other
 * string types never occur in fragments in what we read. */
static e2m_err
put_fragment(rewrite *r, e2m_in *in, const header *h)
{
    switch (h->tag) {
    case E2M_DER_OCTET_STRING:
        e2m_out_put(&r->out, h->contents.rest);
        return E2M_OK;
    case E2M_DER_OCTET_STRING | CONSTRUCTED:
        return put_contents(r, in, h, true);
    default:
        return malformed(r, in, "OCTET STRING in odd fragments");
    }
}

static e2m_err
put_element(rewrite *r, e2m_in *in, bool fragments)
{
    const bool string = true;
    header h = { 0 };
    size_t at;

    TRY(get_header(r, in, &h));
    if (fragments) {
        return put_fragment(r, in, &h);
    }
    if ((h.tag & CONSTRUCTED) == 0) {
        e2m_der_header(&r->out, h.tag, h.contents.rest.len);
        e2m_out_put(&r->out, h.contents.rest);
        return r->out.err;
    }
    if ((h.tag & CLASS_MASK) == 0 && h.tag != E2M_DER_SEQUENCE &&
        h.tag != E2M_DER_SET) {
        if (h.tag != (E2M_DER_OCTET_STRING | CONSTRUCTED)) {
            return malformed(r, in, "type cannot be constructed");
        }
        at = e2m_der_begin(&r->out, E2M_DER_OCTET_STRING);
        TRY(put_contents(r, in, &h, string));
    } else {
        at = e2m_der_begin(&r->out, h.tag);
        TRY(put_contents(r, in, &h, !string));
    }
    e2m_der_end(&r->out, at);
    return r->out.err;
}

e2m_err
e2m_der_from_ber(e2m_env *env, e2m_bytes ber, size_t num, e2m_bytes *out)
{
    rewrite r = { .env = env, .elements = num };
    e2m_in in = e2m_in_init(ber);

    e2m_out_init(&r.out, env, ber.len);
    TRY(put_element(&r, &in, false));
    if (!e2m_in_done(&in)) {
        return malformed(&r, &in, "octets behind the element");
    }
    return e2m_out_done(&r.out, out);
}
