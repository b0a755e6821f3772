/* SPDX-License-Identifier: BSD-3-Clause */
/* CompressedData (RFC 3274):
 *
 *   CompressedData ::= SEQUENCE { version (0), compressionAlgorithm (zlib),
 *       encapContentInfo }
 *
 * A few octets may become very many: what comes out is bounded by the octets
 * that went in and by what the message may have in all. */
#include "cms/internal.h"

static e2m_err
read_fields(e2m_in *in, e2m_compressed *cd)
{
    e2m_in seq, tagged;
    e2m_der_alg alg;
    uint64_t version = 0;

    TRY(e2m_der_get_uint(in, &version));
    TRY(e2m_der_get_alg(in, &alg));
    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &seq));
    TRY(e2m_in_empty(in));
    TRY(e2m_der_get(&seq, E2M_DER_OID, &cd->content_type));
    TRY(e2m_der_enter(&seq, E2M_DER_CONTEXT_CONSTRUCTED(0), &tagged));
    TRY(e2m_in_empty(&seq));
    TRY(e2m_der_get(&tagged, E2M_DER_OCTET_STRING, &cd->packed));
    TRY(e2m_in_empty(&tagged));
    return version == 0 && e2m_der_alg_plain(&alg) &&
                   e2m_bytes_eq(alg.oid, e2m_oid(E2M_OID_ZLIB))
               ? E2M_OK
               : E2M_E_UNSUPPORTED;
}

static e2m_err
read_compressed(e2m_env *env, e2m_bytes der, void *out)
{
    e2m_compressed cd = { E2M_NONE, E2M_NONE };
    e2m_oid_id type = E2M_OID_UNKNOWN;
    e2m_in in;
    e2m_err err;

    TRY(e2m_cms_enter(env, der, &type, &in));
    if (type != E2M_OID_COMPRESSED_DATA) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, der.data,
                        "not a CompressedData", "RFC 3274 sec. 1.1");
    }
    err = read_fields(&in, &cd);
    if (err != E2M_OK) {
        return e2m_fail(env, err, in.rest.data,
                        err == E2M_E_UNSUPPORTED
                            ? "compression is not ours"
                            : "malformed CompressedData",
                        "RFC 3274 sec. 1.1");
    }
    *(e2m_compressed *)out = cd;
    return E2M_OK;
}

e2m_err
e2m_cms_read_compressed(e2m_env *env, e2m_bytes content_info,
                        e2m_compressed *out)
{
    return e2m_cms_read(env, "CMS CompressedData", content_info,
                        read_compressed, out);
}

/* SPEC cms:3274:1 */
e2m_err
e2m_cms_inflate(e2m_env *env, const e2m_compressed *cd, e2m_bytes *out)
{
    const size_t left = env->limits[E2M_LIMIT_INFLATED] - env->inflated;
    const size_t ratio = env->limits[E2M_LIMIT_INFLATE_RATIO];
    const size_t most =
        cd->packed.len < left / ratio ? cd->packed.len * ratio : left;

    TRY(e2m_inflate(env, cd->packed, most, out));
    env->inflated += out->len;
    return E2M_OK;
}

e2m_err
e2m_cms_compress(e2m_env *env, e2m_bytes content, e2m_bytes *out_content_info)
{
    e2m_bytes packed = E2M_NONE;
    e2m_der_w w;

    TRY(e2m_deflate(env, content, &packed));
    e2m_der_w_init(&w, env, packed.len + 96);
    e2m_cms_begin(&w, E2M_OID_COMPRESSED_DATA);
    e2m_der_put_uint(&w, 0);
    e2m_der_put_alg(&w, e2m_oid(E2M_OID_ZLIB), E2M_NONE);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(0));
    e2m_der_put(&w, E2M_DER_OCTET_STRING, packed);
    e2m_der_close(&w);
    e2m_der_close(&w);
    e2m_cms_end(&w);
    return e2m_der_w_done(&w, out_content_info);
}
