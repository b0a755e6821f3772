/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificate and TBSCertificate, RFC 5280 sec. 4.1. Signatures are checked by
 * the path validation, not here. */
#include <stdlib.h>

#include "cert/internal.h"

enum { VERSION_3 = 2 };

/* What stands before the validity. */
typedef struct head {
    bool v3;
    e2m_bytes serial;
    e2m_bytes issuer;
} head;

/* One element that must have `tag`, header included. */
static e2m_err
get_element(e2m_in *in, unsigned tag, e2m_bytes *out)
{
    if (!e2m_der_next_is(in, tag)) {
        return E2M_E_SYNTAX;
    }
    return e2m_der_get_any(in, NULL, NULL, out);
}

/* Certificate ::= SEQUENCE { tbs, algorithm, signature } and nothing else */
static e2m_err
enter_tbs(e2m_bytes der, e2m_in *out)
{
    e2m_in in = e2m_in_init(der);
    e2m_in cert;
    e2m_der_alg alg;
    e2m_bytes signature = E2M_NONE;

    TRY(e2m_der_enter(&in, E2M_DER_SEQUENCE, &cert));
    TRY(e2m_in_empty(&in));
    TRY(e2m_der_enter(&cert, E2M_DER_SEQUENCE, out));
    TRY(e2m_der_get_alg(&cert, &alg));
    TRY(e2m_der_get(&cert, E2M_DER_BIT_STRING, &signature));
    return e2m_in_empty(&cert);
}

static e2m_err
get_version(e2m_in *tbs, bool *v3)
{
    e2m_in version;
    uint64_t number = 0;

    *v3 = false;
    if (!e2m_der_next_is(tbs, E2M_DER_CONTEXT_CONSTRUCTED(0))) {
        return E2M_OK;
    }
    TRY(e2m_der_enter(tbs, E2M_DER_CONTEXT_CONSTRUCTED(0), &version));
    TRY(e2m_der_get_uint(&version, &number));
    TRY(e2m_in_empty(&version));
    *v3 = number == VERSION_3;
    return number <= VERSION_3 ? E2M_OK : E2M_E_SYNTAX;
}

static e2m_err
get_head(e2m_in *tbs, head *out)
{
    e2m_der_alg alg;

    TRY(get_version(tbs, &out->v3));
    TRY(get_element(tbs, E2M_DER_INTEGER, &out->serial));
    TRY(e2m_der_get_alg(tbs, &alg));
    return get_element(tbs, E2M_DER_SEQUENCE, &out->issuer);
}

static e2m_err
get_validity(e2m_in *tbs, e2m_cert *c)
{
    e2m_in validity;

    TRY(e2m_der_enter(tbs, E2M_DER_SEQUENCE, &validity));
    TRY(e2m_der_get_time(&validity, &c->not_before));
    TRY(e2m_der_get_time(&validity, &c->not_after));
    return e2m_in_empty(&validity);
}

/* [1] and [2], unique identifiers, mean nothing to anybody (sec. 4.1.2.8). */
static e2m_err
get_tail(e2m_in *tbs, bool v3, e2m_cert *c)
{
    e2m_bytes ignored = E2M_NONE;
    e2m_bytes extensions = E2M_NONE;
    bool found = false;

    TRY(e2m_der_get_optional(tbs, E2M_DER_CONTEXT(1), &ignored, &found));
    TRY(e2m_der_get_optional(tbs, E2M_DER_CONTEXT(2), &ignored, &found));
    TRY(e2m_der_get_optional(tbs, E2M_DER_CONTEXT_CONSTRUCTED(3), &extensions,
                             &found));
    TRY(e2m_in_empty(tbs));
    if (!found) {
        return E2M_OK;
    }
    return v3 ? e2m_cert_extensions(extensions, c) : E2M_E_SYNTAX;
}

static e2m_err
parse(e2m_cert *c)
{
    e2m_in tbs;
    head h = { false, E2M_NONE, E2M_NONE };

    TRY(enter_tbs(c->der, &tbs));
    TRY(get_head(&tbs, &h));
    c->serial = h.serial;
    c->issuer = h.issuer;
    TRY(get_validity(&tbs, c));
    TRY(get_element(&tbs, E2M_DER_SEQUENCE, &c->subject));
    TRY(get_element(&tbs, E2M_DER_SEQUENCE, &c->spki));
    return get_tail(&tbs, h.v3, c);
}

e2m_err
e2m_cert_ends(e2m_bytes der, e2m_bytes *issuer, e2m_bytes *subject)
{
    e2m_in tbs;
    head h = { false, E2M_NONE, E2M_NONE };
    e2m_bytes validity = E2M_NONE;

    if (der.len > CERT_LEN_MAX) {
        return E2M_E_LIMIT;
    }
    TRY(enter_tbs(der, &tbs));
    TRY(get_head(&tbs, &h));
    TRY(e2m_der_get(&tbs, E2M_DER_SEQUENCE, &validity));
    TRY(get_element(&tbs, E2M_DER_SEQUENCE, subject));
    *issuer = h.issuer;
    return E2M_OK;
}

/* A key of a kind that is not ours leaves `pub` NULL: the certificate may
 * still be a CA's or name its owner. */
static e2m_err
decode_key(e2m_cert *c, size_t max_rsa_bits)
{
    const e2m_err err = e2m_pub_from_spki(c->spki, max_rsa_bits, &c->pub);

    return err == E2M_E_UNSUPPORTED ? E2M_OK : err;
}

/* The block's own copy of the octets, and what they say. */
static e2m_err
fill(cert_block *b, e2m_bytes der, size_t max_rsa_bits)
{
    e2m_cert *c = &b->cert;

    memcpy(b->der, der.data, der.len);
    c->der = (e2m_bytes){ b->der, der.len };
    c->uris = b->names;
    c->emails = c->uris + CERT_NAMES_MAX;
    c->hosts = c->emails + CERT_NAMES_MAX;
    TRY(parse(c));
    return decode_key(c, max_rsa_bits);
}

e2m_err
e2m_cert_make(e2m_bytes der, const uint8_t sha256[32], size_t max_rsa_bits,
              e2m_cert **out)
{
    cert_block *b;
    e2m_err err;

    *out = NULL;
    if (der.len == 0 || der.len > CERT_LEN_MAX) {
        return der.len == 0 ? E2M_E_SYNTAX : E2M_E_LIMIT;
    }
    b = calloc(1, sizeof *b + der.len);
    if (b == NULL) {
        return E2M_E_NOMEM;
    }
    memcpy(b->cert.sha256, sha256, sizeof b->cert.sha256);
    err = fill(b, der, max_rsa_bits);
    if (err != E2M_OK) {
        e2m_pub_free(b->cert.pub);
        free(b);
        return err;
    }
    *out = &b->cert;
    return E2M_OK;
}

e2m_err
e2m_cert_new(e2m_bytes der, size_t max_rsa_bits, e2m_cert **out)
{
    uint8_t sha256[32];

    *out = NULL;
    TRY(e2m_sha256(der, sha256));
    return e2m_cert_make(der, sha256, max_rsa_bits, out);
}

void
e2m_cert_free(e2m_cert *c)
{
    if (c != NULL) {
        e2m_pub_free(c->pub);
        free(c); /* the first member of its block */
    }
}
