/* SPDX-License-Identifier: BSD-3-Clause */
/* Ratios in one run: ours against what cannot be avoided, and OpenSSL's CMS
 * against ours. Microseconds are of this machine and this minute; believe the
 * ratios. Each row is the best of several short spells, taken in turn, so that
 * a noisy neighbour harms all rows alike. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SPELLS = 12, NOW = 1795000000 };

static const double spell_sec = 0.02;

static void
must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "bench: %s failed\n", what);
        exit(1);
    }
}

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Microseconds a run, over one spell. */
static double
spell(subject *s, const row *r)
{
    const double start = seconds();
    double now = start;
    unsigned runs = 0;

    while (now - start < spell_sec) {
        must(r->run(s), r->name);
        runs++;
        now = seconds();
    }
    return (now - start) / runs * 1e6;
}

static e2m_bytes
keep(e2m_bytes b)
{
    uint8_t *p = malloc(b.len);

    must(p != NULL, "memory");
    memcpy(p, b.data, b.len);
    return (e2m_bytes){ p, b.len };
}

static void
make_party(party *p, size_t rsa_bits)
{
    e2m_pki_pair ca;
    e2m_keyfile kf = { 0 };
    uint8_t both[16384];
    size_t limits[E2M_LIMIT_COUNT];
    e2m_env env;
    BIO *bio;

    must(e2m_pki_ca(NOW, &ca) == E2M_OK, "CA");
    memcpy(both, ca.cert.data, ca.cert.len);
    memcpy(both + ca.cert.len, ca.key.data, ca.key.len);
    must(e2m_pki_issue((e2m_bytes){ both, ca.cert.len + ca.key.len },
                       E2M_LIT("sip:bob@biloxi.example.com"), rsa_bits, NOW,
                       &p->pem) == E2M_OK, "certificate");
    e2m_pki_free(&ca);
    memcpy(both, p->pem.cert.data, p->pem.cert.len);
    memcpy(both + p->pem.cert.len, p->pem.key.data, p->pem.key.len);
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    e2m_env_init(&env, NULL, limits);
    must(e2m_keyfile_read(&env,
                          (e2m_bytes){ both,
                                       p->pem.cert.len + p->pem.key.len },
                          NULL, &kf) == E2M_OK, "key file");
    p->key = kf.key;
    must(e2m_cert_new(kf.certs[0], 4096, &p->cert) == E2M_OK, "certificate");
    e2m_env_done(&env);
    bio = BIO_new_mem_buf(p->pem.cert.data, (int)p->pem.cert.len);
    p->x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    bio = BIO_new_mem_buf(p->pem.key.data, (int)p->pem.key.len);
    p->evp = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    must(p->x509 != NULL && p->evp != NULL, "OpenSSL's view");
}

static e2m_bytes
their_envelope(subject *s, bool kek)
{
    STACK_OF(X509) *to = sk_X509_new_null();
    BIO *in = BIO_new_mem_buf(s->text, CONTENT);
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms;
    char *p = NULL;
    long len;
    e2m_bytes kept;

    if (!kek) {
        sk_X509_push(to, s->party.x509);
    }
    cms = CMS_encrypt(to, in, EVP_aes_128_gcm(), CMS_BINARY | CMS_PARTIAL);
    must(cms != NULL, "CMS_encrypt");
    if (kek) {
        unsigned char *key = OPENSSL_memdup(s->kek.data, s->kek.len);
        unsigned char *id = OPENSSL_memdup("reference", 9);

        must(CMS_add0_recipient_key(cms, NID_id_aes128_wrap, key, s->kek.len,
                                    id, 9, NULL, NULL, NULL) != NULL,
             "CMS_add0_recipient_key");
    }
    must(CMS_final(cms, in, NULL, CMS_BINARY) > 0 &&
             i2d_CMS_bio(out, cms) > 0, "CMS_final");
    len = BIO_get_mem_data(out, &p);
    kept = keep((e2m_bytes){ (uint8_t *)p, (size_t)len });
    CMS_ContentInfo_free(cms);
    sk_X509_free(to);
    BIO_free(in);
    BIO_free(out);
    return kept;
}

static void
prepare(subject *s, size_t rsa_bits)
{
    const e2m_cert *reader;
    e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM };
    const e2m_cms_kek kek = { .id = E2M_LIT("reference"), .kek = &s->kek };
    e2m_cms_sign sign = { .now_sec = NOW };
    const e2m_bytes text = { s->text, CONTENT };
    e2m_bytes der;
    e2m_env env;

    must(e2m_crypto_new(&s->c) == E2M_OK, "crypto");
    make_party(&s->party, rsa_bits);
    memset(s->text, 'v', CONTENT);
    s->kek.len = 16;
    reader = s->party.cert;
    e2m_env_init(&env, NULL, NULL);
    how.readers = &reader;
    how.num_readers = 1;
    must(e2m_cms_seal_enveloped(&env, s->c, text, &how, &der, NULL) ==
         E2M_OK, "seal");
    s->ours = keep(der);
    how.num_readers = 0;
    how.keks = &kek;
    how.num_keks = 1;
    must(e2m_cms_seal_enveloped(&env, s->c, text, &how, &der, NULL) ==
         E2M_OK, "seal");
    s->ours_kek = keep(der);
    sign.cert = s->party.cert;
    sign.key = s->party.key;
    must(e2m_cms_sign_data(&env, s->c, text, &sign, &der) == E2M_OK, "sign");
    s->detached = keep(der);
    e2m_env_done(&env);
    s->theirs = their_envelope(s, false);
    s->theirs_kek = their_envelope(s, true);
}

static void
release(subject *s)
{
    const e2m_bytes all[] = { s->ours, s->ours_kek, s->theirs, s->theirs_kek,
                              s->detached };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        free((void *)(uintptr_t)all[i].data);
    }
    X509_free(s->party.x509);
    EVP_PKEY_free(s->party.evp);
    e2m_cert_free(s->party.cert);
    e2m_pkey_free(s->party.key);
    e2m_pki_free(&s->party.pem);
    e2m_crypto_free(s->c);
}

static double
best_of(const double *best, const char *name)
{
    for (size_t i = 0; i < num_rows; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return best[i];
        }
    }
    return 0;
}

static void
measure(const char *title, size_t rsa_bits)
{
    subject s = { 0 };
    double best[64] = { 0 };

    prepare(&s, rsa_bits);
    for (int n = 0; n < SPELLS; n++) {
        for (size_t i = 0; i < num_rows; i++) {
            const double us = spell(&s, &rows[i]);

            best[i] = n == 0 || us < best[i] ? us : best[i];
        }
    }
    printf("%s, %d octets of content\n", title, CONTENT);
    for (size_t i = 0; i < num_rows; i++) {
        printf("  %-36s %9.2f us", rows[i].name, best[i]);
        if (rows[i].against != NULL) {
            printf("   %5.2f x %s", best[i] / best_of(best, rows[i].against),
                   rows[i].against);
        }
        putchar('\n');
    }
    putchar('\n');
    release(&s);
}

int
main(void)
{
    printf("e2m %s, %s\n\n", e2m_version(), e2m_crypto_library());
    measure("EC P-256", 0);
    measure("RSA 2048", 2048);
    measure_store();
    return 0;
}
