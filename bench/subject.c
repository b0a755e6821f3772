/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys, certificates and messages that everything is measured on. */
#include "bench.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

void
must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "bench: %s failed\n", what);
        exit(1);
    }
}

e2m_bytes
keep(e2m_bytes b)
{
    uint8_t *p = malloc(b.len + 1);

    must(p != NULL, "memory");
    memcpy(p, b.data, b.len);
    return (e2m_bytes){ p, b.len };
}

void
unkeep(e2m_bytes b)
{
    free((void *)(uintptr_t)b.data);
}

e2m_bytes
join(e2m_bytes a, e2m_bytes b)
{
    uint8_t *p = malloc(a.len + b.len + 1);

    must(p != NULL, "memory");
    memcpy(p, a.data, a.len);
    memcpy(p + a.len, b.data, b.len);
    return (e2m_bytes){ p, a.len + b.len };
}

/* ---- who ----------------------------------------------------------------- */

static X509 *
x509_of(e2m_bytes pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    must(x != NULL, "OpenSSL's certificate");
    return x;
}

static void
make_party(subject *s, party *p, unsigned rsa_bits)
{
    const e2m_bytes ca = join(s->ca.cert, s->ca.key);
    e2m_bytes both;
    e2m_keyfile kf = { 0 };
    e2m_env env;
    BIO *bio;

    must(e2m_pki_issue(ca, E2M_LIT("sip:bob@biloxi.example.com"), rsa_bits,
                       NOW, &p->pem) == E2M_OK, "certificate");
    both = join(p->pem.cert, p->pem.key);
    e2m_env_init(&env, NULL, NULL);
    must(e2m_keyfile_read(&env, both, NULL, &kf) == E2M_OK &&
             e2m_cert_new(kf.certs[0], 4096, &p->cert) == E2M_OK, "key file");
    p->key = kf.key;
    e2m_env_done(&env);
    p->x509 = x509_of(p->pem.cert);
    bio = BIO_new_mem_buf(p->pem.key.data, (int)p->pem.key.len);
    p->evp = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    must(p->evp != NULL, "OpenSSL's key");
    BIO_free(bio);
    unkeep(ca);
    unkeep(both);
}

static void
free_party(party *p)
{
    X509_free(p->x509);
    EVP_PKEY_free(p->evp);
    e2m_cert_free(p->cert);
    e2m_pkey_free(p->key);
    e2m_pki_free(&p->pem);
}

static void
make_anchors(subject *s)
{
    X509_VERIFY_PARAM *param = X509_VERIFY_PARAM_new();
    X509 *ca = x509_of(s->ca.cert);

    s->anchors = X509_STORE_new();
    must(s->anchors != NULL && param != NULL &&
             X509_STORE_add_cert(s->anchors, ca) > 0, "trust");
    X509_VERIFY_PARAM_set_time(param, NOW);
    must(X509_STORE_set1_param(s->anchors, param) > 0, "trust");
    X509_VERIFY_PARAM_free(param);
    X509_free(ca);
}

/* ---- what is ours -------------------------------------------------------- */

static e2m_bytes
seal(subject *s, const party *to, const e2m_cms_seal *base)
{
    const e2m_cert *readers[2] = { NULL, NULL };
    e2m_cms_seal how = *base;
    e2m_bytes out = E2M_NONE;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    how.cipher = E2M_OID_AES128_GCM;
    if (to != NULL) {
        readers[0] = to[0].cert;
        readers[1] = to[1].cert;
        how.readers = readers;
        how.num_readers = 2;
    }
    must(e2m_cms_seal_enveloped(&env, s->c, (e2m_bytes){ s->text, CONTENT },
                                &how, &out, NULL) == E2M_OK, "seal");
    out = keep(out);
    e2m_env_done(&env);
    return out;
}

static void
make_ours(subject *s)
{
    const e2m_cms_kek kek = { E2M_LIT("0123456789abcdef"), &s->kek };
    const e2m_cms_seal plain = { .no_attributes = true };
    const e2m_cms_seal kept = { .keks = &kek, .num_keks = 1,
                                .no_attributes = true };
    const e2m_cms_seal committed = { .keks = &kek, .num_keks = 1,
                                     .cek_reference =
                                         E2M_LIT("fedcba9876543210"),
                                     .max_decrypts = 100 };
    const e2m_cms_sign sign = { .cert = s->ec[1].cert, .key = s->ec[1].key,
                                .now_sec = NOW };
    party others[2];
    e2m_env env;

    s->kept = seal(s, NULL, &kept);
    s->committed = seal(s, NULL, &committed);
    s->to_ec = seal(s, s->ec, &plain);
    s->to_rsa = seal(s, s->rsa, &plain);
    make_party(s, &others[0], 0);
    make_party(s, &others[1], 0);
    s->for_others = seal(s, others, &plain);
    free_party(&others[0]);
    free_party(&others[1]);
    e2m_env_init(&env, NULL, NULL);
    must(e2m_cms_sign_data(&env, s->c, (e2m_bytes){ s->text, CONTENT }, &sign,
                           &s->detached) == E2M_OK, "sign");
    s->detached = keep(s->detached);
    e2m_env_done(&env);
}

/* ---- what is OpenSSL's --------------------------------------------------- */

static e2m_bytes
their_envelope(subject *s, const party *to)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    BIO *in = BIO_new_mem_buf(s->text, CONTENT);
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms;
    char *p = NULL;
    e2m_bytes kept;
    long len;

    if (to != NULL) {
        must(sk_X509_push(stack, to[0].x509) > 0 &&
                 sk_X509_push(stack, to[1].x509) > 0, "recipients");
    }
    cms = CMS_encrypt(stack, in, EVP_aes_128_gcm(),
                      CMS_BINARY | CMS_PARTIAL);
    must(cms != NULL, "CMS_encrypt");
    if (to == NULL) {
        must(CMS_add0_recipient_key(
                 cms, NID_id_aes128_wrap,
                 OPENSSL_memdup(s->kek.data, s->kek.len), s->kek.len,
                 OPENSSL_memdup("0123456789abcdef", 16), 16, NULL, NULL,
                 NULL) != NULL, "CMS_add0_recipient_key");
    }
    must(CMS_final(cms, in, NULL, CMS_BINARY) > 0 &&
             i2d_CMS_bio(out, cms) > 0, "CMS_final");
    len = BIO_get_mem_data(out, &p);
    kept = keep((e2m_bytes){ (uint8_t *)p, (size_t)len });
    CMS_ContentInfo_free(cms);
    sk_X509_free(stack);
    BIO_free(in);
    BIO_free(out);
    return kept;
}

void
subject_make(subject *s)
{
    must(e2m_crypto_new(&s->c) == E2M_OK &&
             e2m_pki_ca(NOW, &s->ca) == E2M_OK, "CA");
    make_anchors(s);
    for (int i = 0; i < 2; i++) {
        make_party(s, &s->ec[i], 0);
        make_party(s, &s->rsa[i], 2048);
    }
    memset(s->text, 'v', CONTENT);
    s->kek.len = 16;
    make_ours(s);
    s->their_kept = their_envelope(s, NULL);
    s->their_ec = their_envelope(s, s->ec);
    s->their_rsa = their_envelope(s, s->rsa);
    floor_make(s);
    worst_make(s);
    inspection_make(s);
}

void
subject_free(subject *s)
{
    const e2m_bytes all[] = { s->kept, s->committed, s->to_ec, s->to_rsa,
                              s->for_others, s->detached, s->their_kept,
                              s->their_ec, s->their_rsa };

    inspection_free(s);
    floor_free(s);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        unkeep(all[i]);
    }
    for (size_t i = 0; i < WORST; i++) {
        unkeep(s->worst[i]);
    }
    for (int i = 0; i < 2; i++) {
        free_party(&s->ec[i]);
        free_party(&s->rsa[i]);
    }
    X509_STORE_free(s->anchors);
    e2m_pki_free(&s->ca);
    e2m_crypto_free(s->c);
}
