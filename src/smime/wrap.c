/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing: a MIME entity goes into CMS, and CMS into a MIME entity. */
#include "smime/smime.h"

e2m_err
e2m_smime_text(e2m_env *env, const e2m_draft *draft, e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, env, draft->body.len + 512);
    e2m_mime_put_entity(&o, &draft->lines, draft->body);
    return e2m_out_done(&o, out);
}

static e2m_err
multipart(e2m_env *env, e2m_bytes type, const e2m_bytes *entities,
          size_t num, e2m_draft *out)
{
    uint8_t random[16];
    e2m_bytes boundary;
    e2m_out o;

    *out = (e2m_draft){ 0 };
    if (e2m_random(random, sizeof random) != E2M_OK) {
        return e2m_fail(env, E2M_E_CRYPTO, NULL, "no random octets", "");
    }
    TRY(e2m_mime_boundary(env, random, entities, num, &boundary));
    e2m_out_init(&o, env, 192);
    e2m_out_put(&o, type);
    e2m_out_str(&o, ";boundary=");
    e2m_out_put(&o, boundary);
    TRY(e2m_out_done(&o, &out->lines.type));
    e2m_out_init(&o, env, 4096);
    e2m_mime_put_multipart(&o, boundary, entities, num);
    return e2m_out_done(&o, &out->body);
}

e2m_err
e2m_smime_mixed(e2m_env *env, const e2m_bytes *entities, size_t num,
                e2m_draft *out)
{
    return multipart(env, E2M_LIT("multipart/mixed"), entities, num, out);
}

/* about what a header of ours takes */
enum { HEAD_LEN = 160 };

/* Binary unless told otherwise: RFC 3853, 5621, 8591. */
static e2m_err
encode(e2m_env *env, e2m_bytes der, bool base64, e2m_draft *out)
{
    e2m_out o;

    out->lines.transfer = base64 ? E2M_LIT("base64") : E2M_LIT("binary");
    out->body = der;
    if (!base64) {
        return E2M_OK;
    }
    e2m_out_init(&o, env, der.len / 3 * 4 + der.len / 32 + 16);
    e2m_text_base64_put(&o, der, false);
    return e2m_out_done(&o, &out->body);
}

e2m_err
e2m_smime_envelope(e2m_env *env, e2m_crypto *crypto, e2m_bytes entity,
                   const e2m_cms_seal *how, bool base64, e2m_draft *out,
                   e2m_secret *out_cek)
{
    bool auth;
    e2m_bytes der;

    *out = (e2m_draft){ 0 };
    TRY(e2m_cms_seal_enveloped(env, crypto, entity, how, &der, out_cek));
    auth = e2m_cms_type(der) == E2M_OID_AUTH_ENVELOPED_DATA;
    out->lines.type =
        auth ? E2M_LIT("application/pkcs7-mime;smime-type=authEnveloped-data"
                      ";name=smime.p7m")
            : E2M_LIT("application/pkcs7-mime;smime-type=enveloped-data"
                      ";name=smime.p7m");
    return encode(env, der, base64, out);
}

e2m_err
e2m_smime_compress(e2m_env *env, e2m_bytes entity, bool base64, e2m_draft *out,
                   bool *worth)
{
    const size_t *limits = env->limits;
    e2m_compressed cd;
    e2m_bytes der;

    *out = (e2m_draft){ 0 };
    TRY(e2m_cms_compress(env, entity, &der));
    TRY(e2m_cms_read_compressed(env, der, &cd));
    out->lines.type = E2M_LIT("application/pkcs7-mime"
                              ";smime-type=compressed-data;name=smime.p7z");
    TRY(encode(env, der, base64, out));
    *worth = out->body.len + HEAD_LEN < entity.len &&
             entity.len <= limits[E2M_LIMIT_INFLATED] &&
             entity.len / limits[E2M_LIMIT_INFLATE_RATIO] < cd.packed.len;
    return E2M_OK;
}

static e2m_err
signature_part(e2m_env *env, e2m_bytes der, bool base64, e2m_bytes *out)
{
    e2m_draft part = {
        .lines = {
            .type = E2M_LIT("application/pkcs7-signature;name=smime.p7s"),
            .disposition = E2M_LIT("attachment;handling=required"
                                   ";filename=smime.p7s"),
        },
    };

    TRY(encode(env, der, base64, &part));
    return e2m_smime_text(env, &part, out);
}

/* RFC 8551 sec. 3.5.3.2: each digest once, as a list */
static e2m_err
signed_type(e2m_env *env, const e2m_cms_sign *how, e2m_bytes *out)
{
    static const char *const names[] = {
        [E2M_DIGEST_NONE] = "", [E2M_SHA1] = "", [E2M_SHA256] = "sha-256",
        [E2M_SHA384] = "sha-384", [E2M_SHA512] = "sha-512",
    };
    bool used[E2M_SHA512 + 1] = { false };
    size_t num = 0;
    e2m_out o;

    for (const e2m_cms_sign *h = how; h != NULL; h = h->also) {
        const e2m_digest d = e2m_cms_sign_digest(h);

        num += !used[d];
        used[d] = true;
    }
    e2m_out_init(&o, env, 128);
    e2m_out_str(&o, "multipart/signed;protocol=\"application/pkcs7-signature\""
                    ";micalg=");
    e2m_out_str(&o, num > 1 ? "\"" : ""); /* a comma is no token */
    for (unsigned d = E2M_SHA256, n = 0; d <= E2M_SHA512; d++) {
        if (used[d]) {
            e2m_out_str(&o, n++ > 0 ? "," : "");
            e2m_out_str(&o, names[d]);
        }
    }
    e2m_out_str(&o, num > 1 ? "\"" : "");
    return e2m_out_done(&o, out);
}

e2m_err
e2m_smime_sign(e2m_env *env, e2m_crypto *crypto, e2m_bytes entity,
               const e2m_cms_sign *how, bool base64, e2m_draft *out)
{
    e2m_bytes parts[2] = { entity, E2M_NONE };
    e2m_bytes type;
    e2m_bytes der;

    TRY(e2m_cms_sign_data(env, crypto, entity, how, &der));
    if (how->attached) {
        *out = (e2m_draft){ 0 };
        out->lines.type = E2M_LIT(
            "application/pkcs7-mime;smime-type=signed-data;name=smime.p7m");
        return encode(env, der, base64, out);
    }
    TRY(signature_part(env, der, base64, &parts[1]));
    TRY(signed_type(env, how, &type));
    return multipart(env, type, parts, 2, out);
}
