/* SPDX-License-Identifier: BSD-3-Clause */
/* Which algorithms we know, and their parameters. What is not in these tables
 * is not ours, however well-formed. */
#include "cms/internal.h"

static const e2m_cms_cipher ciphers[] = {
    /* The structure is part of the cipher: whoever could have GCM text
     * decrypted as CBC, or the other way, had an oracle for its key. */
    { E2M_OID_AES128_GCM, E2M_CMS_GCM, E2M_OID_AUTH_ENVELOPED_DATA,
      E2M_OID_AES128_WRAP, 16 },
    { E2M_OID_AES192_GCM, E2M_CMS_GCM, E2M_OID_AUTH_ENVELOPED_DATA,
      E2M_OID_AES192_WRAP, 24 },
    { E2M_OID_AES256_GCM, E2M_CMS_GCM, E2M_OID_AUTH_ENVELOPED_DATA,
      E2M_OID_AES256_WRAP, 32 },
    { E2M_OID_AES128_CCM, E2M_CMS_CCM, E2M_OID_AUTH_ENVELOPED_DATA,
      E2M_OID_AES128_WRAP, 16 },
    { E2M_OID_AES192_CCM, E2M_CMS_CCM, E2M_OID_AUTH_ENVELOPED_DATA,
      E2M_OID_AES192_WRAP, 24 },
    { E2M_OID_AES256_CCM, E2M_CMS_CCM, E2M_OID_AUTH_ENVELOPED_DATA,
      E2M_OID_AES256_WRAP, 32 },
    { E2M_OID_AES128_CBC, E2M_CMS_CBC, E2M_OID_ENVELOPED_DATA,
      E2M_OID_AES128_WRAP, 16 },
    { E2M_OID_AES192_CBC, E2M_CMS_CBC, E2M_OID_ENVELOPED_DATA,
      E2M_OID_AES192_WRAP, 24 },
    { E2M_OID_AES256_CBC, E2M_CMS_CBC, E2M_OID_ENVELOPED_DATA,
      E2M_OID_AES256_WRAP, 32 },
};

const e2m_cms_cipher *
e2m_cms_cipher_of(e2m_oid_id oid)
{
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        if (ciphers[i].oid == oid) {
            return &ciphers[i];
        }
    }
    return NULL;
}

e2m_cms_mode
e2m_cms_mode_of(e2m_oid_id oid)
{
    const e2m_cms_cipher *cipher = e2m_cms_cipher_of(oid);

    return cipher != NULL ? cipher->mode : E2M_CMS_CBC;
}

/* RFC 3565 sec. 2.3.2: the parameters are absent; NULL is seen. */
size_t
e2m_cms_wrap_len(const e2m_der_alg *alg)
{
    const e2m_oid_id oid = e2m_oid_of(alg->oid);

    if (!e2m_der_alg_plain(alg)) {
        return 0;
    }
    return oid == E2M_OID_AES128_WRAP   ? 16
           : oid == E2M_OID_AES192_WRAP ? 24
           : oid == E2M_OID_AES256_WRAP ? 32
                                        : 0;
}

/* ---- digests ------------------------------------------------------------- */

static const e2m_oid_id digests[] = {
    [E2M_DIGEST_NONE] = E2M_OID_UNKNOWN, [E2M_SHA1] = E2M_OID_SHA1,
    [E2M_SHA256] = E2M_OID_SHA256,       [E2M_SHA384] = E2M_OID_SHA384,
    [E2M_SHA512] = E2M_OID_SHA512,
};

e2m_oid_id
e2m_cms_digest_oid(e2m_digest d)
{
    return digests[d];
}

/* RFC 5754 sec. 2: absent is written, NULL is accepted too. */
e2m_digest
e2m_cms_digest_of(const e2m_der_alg *alg)
{
    if (!e2m_der_alg_plain(alg)) {
        return E2M_DIGEST_NONE;
    }
    for (unsigned d = E2M_SHA1; d <= E2M_SHA512; d++) {
        if (e2m_bytes_eq(alg->oid, e2m_oid(digests[d]))) {
            return (e2m_digest)d;
        }
    }
    return E2M_DIGEST_NONE;
}

/* ---- parameters of OAEP and PSS ------------------------------------------ */

/* An AlgorithmIdentifier behind an EXPLICIT tag; absent leaves *out alone. */
static e2m_err
get_tagged_alg(e2m_in *in, unsigned number, e2m_der_alg *out)
{
    e2m_in tagged;

    if (!e2m_der_next_is(in, E2M_DER_CONTEXT_CONSTRUCTED(number))) {
        return E2M_OK;
    }
    TRY(e2m_der_enter(in, E2M_DER_CONTEXT_CONSTRUCTED(number), &tagged));
    TRY(e2m_der_get_alg(&tagged, out));
    return e2m_in_empty(&tagged);
}

/* [0] hash and [1] mask generation, which both default to SHA-1 (RFC 4055
 * sec. 3.1, 4.1). The mask must be MGF1. */
static e2m_err
get_hash_and_mask(e2m_in *in, e2m_digest *out, e2m_digest *out_mask)
{
    e2m_der_alg hash = { e2m_oid(E2M_OID_SHA1), E2M_NONE };
    e2m_der_alg mask = { E2M_NONE, E2M_NONE };
    e2m_der_alg inner = { e2m_oid(E2M_OID_SHA1), E2M_NONE };
    e2m_in params;

    TRY(get_tagged_alg(in, 0, &hash));
    TRY(get_tagged_alg(in, 1, &mask));
    if (mask.oid.len > 0) {
        if (!e2m_bytes_eq(mask.oid, e2m_oid(E2M_OID_MGF1))) {
            return E2M_E_UNSUPPORTED;
        }
        params = e2m_in_init(mask.params);
        TRY(e2m_der_get_alg(&params, &inner));
        TRY(e2m_in_empty(&params));
    }
    *out = e2m_cms_digest_of(&hash);
    *out_mask = e2m_cms_digest_of(&inner);
    return E2M_OK;
}

/* The mask has the same hash, or SHA-1, as many have it who do not ask. */
static e2m_err
get_oaep(e2m_bytes params, e2m_digest *out, e2m_rsa_padding *out_padding)
{
    e2m_digest mask = E2M_DIGEST_NONE;
    e2m_in in = e2m_in_init(params);
    e2m_in seq;
    e2m_der_alg label = { e2m_oid(E2M_OID_P_SPECIFIED),
                          E2M_LIT("\x04\x00") };

    TRY(e2m_der_enter(&in, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_in_empty(&in));
    TRY(get_hash_and_mask(&seq, out, &mask));
    TRY(get_tagged_alg(&seq, 2, &label));
    TRY(e2m_in_empty(&seq));
    if (!e2m_bytes_eq(label.oid, e2m_oid(E2M_OID_P_SPECIFIED)) ||
        !e2m_bytes_eq(label.params, E2M_LIT("\x04\x00"))) {
        return E2M_E_UNSUPPORTED;
    }
    *out_padding = mask == *out ? E2M_RSA_OAEP : E2M_RSA_OAEP_MASK_SHA1;
    return mask == *out || mask == E2M_SHA1 ? E2M_OK : E2M_E_UNSUPPORTED;
}

e2m_digest
e2m_cms_oaep_digest(e2m_bytes params, e2m_rsa_padding *out_padding)
{
    e2m_digest d = E2M_DIGEST_NONE;

    return get_oaep(params, &d, out_padding) == E2M_OK ? d : E2M_DIGEST_NONE;
}

/* An INTEGER behind an EXPLICIT tag; absent leaves *out alone. */
static e2m_err
get_tagged_uint(e2m_in *in, unsigned number, uint64_t *out)
{
    e2m_in tagged;

    if (!e2m_der_next_is(in, E2M_DER_CONTEXT_CONSTRUCTED(number))) {
        return E2M_OK;
    }
    TRY(e2m_der_enter(in, E2M_DER_CONTEXT_CONSTRUCTED(number), &tagged));
    TRY(e2m_der_get_uint(&tagged, out));
    return e2m_in_empty(&tagged);
}

enum { SALT_MAX = 512 };

static e2m_err
get_pss(e2m_bytes params, e2m_digest *out)
{
    e2m_in in = e2m_in_init(params);
    e2m_in seq;
    uint64_t salt = 20;
    uint64_t trailer = 1;
    e2m_digest mask = E2M_DIGEST_NONE;

    TRY(e2m_der_enter(&in, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_in_empty(&in));
    TRY(get_hash_and_mask(&seq, out, &mask));
    TRY(get_tagged_uint(&seq, 2, &salt));
    TRY(get_tagged_uint(&seq, 3, &trailer));
    TRY(e2m_in_empty(&seq));
    /* OpenSSL signs with the longest salt that fits, RFC 8017 sec. 9.1 note 4
     * has the verifier recover it: no length of it is weaker than none */
    return mask == *out && salt <= SALT_MAX && trailer == 1
               ? E2M_OK
               : E2M_E_UNSUPPORTED;
}

e2m_digest
e2m_cms_pss_digest(e2m_bytes params)
{
    e2m_digest d = E2M_DIGEST_NONE;

    return get_pss(params, &d) == E2M_OK ? d : E2M_DIGEST_NONE;
}

/* Inside of these parameters the digest has NULL (RFC 4055 sec. 2.1). */
static void
put_hash_and_mask(e2m_der_w *w, e2m_digest d)
{
    const e2m_bytes null = E2M_LIT("\x05\x00");

    e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(0));
    e2m_der_put_alg(w, e2m_oid(digests[d]), null);
    e2m_der_close(w);
    e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(1));
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(E2M_OID_MGF1));
    e2m_der_put_alg(w, e2m_oid(digests[d]), null);
    e2m_der_close(w);
    e2m_der_close(w);
}

void
e2m_cms_put_oaep(e2m_der_w *w, e2m_digest d)
{
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(E2M_OID_RSA_OAEP));
    e2m_der_open(w, E2M_DER_SEQUENCE);
    put_hash_and_mask(w, d);
    e2m_der_close(w);
    e2m_der_close(w);
}

void
e2m_cms_put_pss(e2m_der_w *w, e2m_digest d)
{
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(E2M_OID_RSA_PSS));
    e2m_der_open(w, E2M_DER_SEQUENCE);
    put_hash_and_mask(w, d);
    e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(2));
    e2m_der_put_uint(w, e2m_digest_size(d));
    e2m_der_close(w);
    e2m_der_close(w);
    e2m_der_close(w);
}
