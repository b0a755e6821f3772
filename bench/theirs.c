/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL's CMS, used as its manual pages do. */
#include "bench.h"

static bool
decrypt(e2m_bytes der, const e2m_secret *kek, const party *p)
{
    const unsigned char *at = der.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
    BIO *out = BIO_new(BIO_s_mem());
    unsigned char key[16];
    bool good = cms != NULL;

    if (good && p == NULL) {
        memcpy(key, kek->data, sizeof key);
        good = CMS_decrypt_set1_key(cms, key, sizeof key, NULL, 0) > 0 &&
               CMS_decrypt(cms, NULL, NULL, NULL, out, CMS_BINARY) > 0;
    } else if (good) {
        good = CMS_decrypt(cms, p->evp, p->x509, NULL, out, CMS_BINARY) > 0;
    }
    BIO_free(out);
    CMS_ContentInfo_free(cms);
    return good;
}

bool
cms_kept(subject *s)
{
    return decrypt(s->their_kept, &s->kek, NULL);
}

bool
cms_ec(subject *s)
{
    return decrypt(s->their_ec, NULL, &s->ec[1]);
}

bool
cms_rsa(subject *s)
{
    return decrypt(s->their_rsa, NULL, &s->rsa[1]);
}

bool
cms_check(subject *s)
{
    const unsigned char *at = s->detached.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at,
                                               (long)s->detached.len);
    BIO *in = BIO_new_mem_buf(s->text, CONTENT);
    const bool good = cms != NULL && CMS_verify(cms, NULL, s->anchors, in,
                                                NULL, CMS_BINARY) > 0;

    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return good;
}

bool
cms_seal(subject *s)
{
    STACK_OF(X509) *to = sk_X509_new_null();
    BIO *in = BIO_new_mem_buf(s->text, CONTENT);
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms;
    bool good;

    good = sk_X509_push(to, s->ec[0].x509) > 0 &&
           sk_X509_push(to, s->ec[1].x509) > 0;
    cms = CMS_encrypt(to, in, EVP_aes_128_gcm(), CMS_BINARY);
    good = good && cms != NULL && i2d_CMS_bio(out, cms) > 0;
    CMS_ContentInfo_free(cms);
    sk_X509_free(to);
    BIO_free(in);
    BIO_free(out);
    return good;
}

bool
cms_parse(subject *s)
{
    const unsigned char *at = s->for_others.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at,
                                               (long)s->for_others.len);

    CMS_ContentInfo_free(cms);
    return cms != NULL;
}
