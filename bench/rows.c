/* SPDX-License-Identifier: BSD-3-Clause */
/* What is measured: primitives that cannot be avoided, our CMS, OpenSSL's. */
#include "bench.h"

static e2m_bytes
content(subject *s)
{
    return (e2m_bytes){ s->text, sizeof s->text };
}

static bool
gcm(subject *s)
{
    static uint8_t out[CONTENT];
    uint8_t nonce[12] = { 0 };
    uint8_t tag[16];

    return e2m_gcm_seal(s->c, &s->kek, nonce, E2M_NONE, content(s), out,
                        tag) == E2M_OK;
}

static bool
unwrap_and_gcm(subject *s)
{
    uint8_t wrapped[24];

    return e2m_kw_wrap(s->c, &s->kek, &s->kek, wrapped) == E2M_OK && gcm(s);
}

static bool
sign_alone(subject *s)
{
    const bool ec = e2m_pkey_kind(s->party.key) == E2M_KEY_P256;
    e2m_env env;
    e2m_bytes sig;
    e2m_err err;

    e2m_env_init(&env, NULL, NULL);
    err = e2m_pkey_sign(&env, s->c, s->party.key,
                        ec ? E2M_SIG_ECDSA : E2M_SIG_RSA_PSS, E2M_SHA256,
                        content(s), &sig);
    e2m_env_done(&env);
    return err == E2M_OK;
}

/* The key agreement or the RSA decryption: what opening cannot avoid. */
static bool
private_op(subject *s)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(s->party.evp, NULL);
    uint8_t out[256];
    size_t len = sizeof out;
    bool good;

    if (EVP_PKEY_get_base_id(s->party.evp) == EVP_PKEY_EC) {
        good = EVP_PKEY_derive_init(ctx) > 0 &&
               EVP_PKEY_derive_set_peer_ex(ctx, s->party.evp, 0) > 0 &&
               EVP_PKEY_derive(ctx, out, &len) > 0;
    } else {
        uint8_t in[256] = { 0 };

        in[255] = 3;
        good = EVP_PKEY_decrypt_init(ctx) > 0 &&
               EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0 &&
               EVP_PKEY_decrypt(ctx, out, &len, in, sizeof in) > 0;
    }
    EVP_PKEY_CTX_free(ctx);
    return good;
}

static e2m_err
find_kek(void *user, e2m_bytes id, e2m_secret *out, bool *found)
{
    (void)id;
    *out = *(const e2m_secret *)user;
    *found = true;
    return E2M_OK;
}

static bool
open_ours(subject *s, e2m_bytes der)
{
    const e2m_cms_key key = { s->party.cert, s->party.key };
    const e2m_cms_keys keys = { .keys = &key, .num_keys = 1,
                                .kek = find_kek, .user = &s->kek };
    e2m_enveloped ed;
    e2m_opened opened;
    e2m_env env;
    bool good;

    e2m_env_init(&env, NULL, NULL);
    good = e2m_cms_read_enveloped(&env, der, &ed) == E2M_OK &&
           e2m_cms_open_enveloped(&env, s->c, &ed, &keys, &opened) ==
               E2M_OK &&
           opened.content.len == CONTENT;
    e2m_env_done(&env);
    return good;
}

static bool
e2m_open(subject *s)
{
    return open_ours(s, s->ours);
}

static bool
e2m_open_kek(subject *s)
{
    return open_ours(s, s->ours_kek);
}

static bool
openssl_decrypt(subject *s, e2m_bytes der, bool kek)
{
    const unsigned char *p = der.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.len);
    BIO *out = BIO_new(BIO_s_mem());
    bool good = cms != NULL;

    if (good && kek) {
        good = CMS_decrypt_set1_key(cms, s->kek.data, s->kek.len, NULL, 0) >
                   0 &&
               CMS_decrypt(cms, NULL, NULL, NULL, out, CMS_BINARY) > 0;
    } else if (good) {
        good = CMS_decrypt(cms, s->party.evp, s->party.x509, NULL, out,
                           CMS_BINARY) > 0;
    }
    BIO_free(out);
    CMS_ContentInfo_free(cms);
    return good;
}

static bool
cms_open(subject *s)
{
    return openssl_decrypt(s, s->theirs, false);
}

static bool
cms_open_kek(subject *s)
{
    return openssl_decrypt(s, s->theirs_kek, true);
}

static bool
e2m_seal(subject *s)
{
    const e2m_cert *reader = s->party.cert;
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .readers = &reader, .num_readers = 1 };
    e2m_bytes out;
    e2m_env env;
    e2m_err err;

    e2m_env_init(&env, NULL, NULL);
    err = e2m_cms_seal_enveloped(&env, s->c, content(s), &how, &out, NULL);
    e2m_env_done(&env);
    return err == E2M_OK;
}

static bool
cms_seal(subject *s)
{
    STACK_OF(X509) *to = sk_X509_new_null();
    BIO *in = BIO_new_mem_buf(s->text, CONTENT);
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms;
    bool good;

    sk_X509_push(to, s->party.x509);
    cms = CMS_encrypt(to, in, EVP_aes_128_gcm(), CMS_BINARY);
    good = cms != NULL && i2d_CMS_bio(out, cms) > 0;
    CMS_ContentInfo_free(cms);
    sk_X509_free(to);
    BIO_free(in);
    BIO_free(out);
    return good;
}

static bool
e2m_sign(subject *s)
{
    const e2m_cms_sign how = { .cert = s->party.cert, .key = s->party.key,
                               .now_sec = 1795000000 };
    e2m_bytes out;
    e2m_env env;
    e2m_err err;

    e2m_env_init(&env, NULL, NULL);
    err = e2m_cms_sign_data(&env, s->c, content(s), &how, &out);
    e2m_env_done(&env);
    return err == E2M_OK;
}

static bool
cms_sign(subject *s)
{
    BIO *in = BIO_new_mem_buf(s->text, CONTENT);
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(s->party.x509, s->party.evp, NULL, in,
                                    CMS_BINARY | CMS_DETACHED);
    const bool good = cms != NULL && i2d_CMS_bio(out, cms) > 0;

    CMS_ContentInfo_free(cms);
    BIO_free(in);
    BIO_free(out);
    return good;
}

static bool
e2m_verify(subject *s)
{
    e2m_signed sd;
    e2m_env env;
    bool good;

    e2m_env_init(&env, NULL, NULL);
    good = e2m_cms_read_signed(&env, s->detached, &sd) == E2M_OK &&
           e2m_cms_verify(&env, s->c, &sd, &sd.signers[0], content(s),
                          s->party.cert, false) == E2M_OK;
    e2m_env_done(&env);
    return good;
}

static bool
cms_verify(subject *s)
{
    const unsigned char *p = s->detached.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p,
                                               (long)s->detached.len);
    BIO *in = BIO_new_mem_buf(s->text, CONTENT);
    const bool good = cms != NULL &&
                      CMS_verify(cms, NULL, NULL, in, NULL,
                                 CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) > 0;

    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return good;
}

#define OPEN_PUBLIC "open by public key"
#define OPEN_KEPT "open by a kept key (RFC 3185)"
#define PRIVATE "the private-key operation alone"
#define WRAP_GCM "key unwrap and AES-128-GCM alone"
#define SIGN "the signature alone"

const row rows[] = {
    { PRIVATE, private_op, NULL },
    { WRAP_GCM, unwrap_and_gcm, NULL },
    { "AES-128-GCM alone", gcm, NULL },
    { SIGN, sign_alone, NULL },
    { OPEN_PUBLIC, e2m_open, PRIVATE },
    { "  OpenSSL CMS_decrypt", cms_open, OPEN_PUBLIC },
    { OPEN_KEPT, e2m_open_kek, WRAP_GCM },
    { "  OpenSSL CMS_decrypt, same kind", cms_open_kek, OPEN_KEPT },
    { "  by public key instead", e2m_open, OPEN_KEPT },
    { "seal", e2m_seal, PRIVATE },
    { "  OpenSSL CMS_encrypt", cms_seal, "seal" },
    { "sign", e2m_sign, SIGN },
    { "  OpenSSL CMS_sign", cms_sign, "sign" },
    { "verify", e2m_verify, NULL },
    { "  OpenSSL CMS_verify", cms_verify, "verify" },
};
const size_t num_rows = sizeof rows / sizeof rows[0];
