/* SPDX-License-Identifier: BSD-3-Clause */
#include "people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static EVP_PKEY *
new_key(e2m_key_kind kind)
{
    switch (kind) {
    case E2M_KEY_RSA:
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    case E2M_KEY_P256:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    case E2M_KEY_P384:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    case E2M_KEY_X25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    case E2M_KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case E2M_KEY_NONE:
        break;
    }
    return NULL;
}

static void
add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(ext);
    assert_int_equal(X509_add_ext(x, ext, -1), 1);
    X509_EXTENSION_free(ext);
}

/* Self-signed, but for X25519, which cannot sign: by a key thrown away. */
static void
sign(X509 *x, EVP_PKEY *evp, e2m_key_kind kind)
{
    EVP_PKEY *other =
        kind == E2M_KEY_X25519 ? new_key(E2M_KEY_P256) : NULL;

    assert_true(X509_sign(x, other != NULL ? other : evp,
                          kind == E2M_KEY_ED25519 ? NULL : EVP_sha256()) >
                0);
    EVP_PKEY_free(other);
}

static X509 *
new_cert(EVP_PKEY *evp, e2m_key_kind kind, const char *name)
{
    static long serial = 1000;
    X509 *x = X509_new();
    X509_NAME *n;

    assert_non_null(x);
    n = X509_get_subject_name(x);
    assert_int_equal(X509_set_version(x, 2), 1);
    assert_int_equal(
        ASN1_INTEGER_set(X509_get_serialNumber(x), serial += 77), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -3600));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 86400));
    assert_int_equal(X509_NAME_add_entry_by_txt(
                         n, "CN", MBSTRING_ASC, (const unsigned char *)name,
                         -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(x, n), 1);
    assert_int_equal(X509_set_pubkey(x, evp), 1);
    add_extension(x, NID_subject_key_identifier, "hash");
    sign(x, evp, kind);
    return x;
}

static e2m_pkey *
our_key(EVP_PKEY *evp)
{
    BIO *bio = BIO_new(BIO_s_mem());
    e2m_keyfile file = { .key = NULL };
    e2m_env env;
    char *pem = NULL;
    long len;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(PEM_write_bio_PrivateKey(bio, evp, NULL, NULL, 0, NULL,
                                              NULL),
                     1);
    len = BIO_get_mem_data(bio, &pem);
    assert_int_equal(
        e2m_keyfile_read(&env, (e2m_bytes){ (uint8_t *)pem, (size_t)len },
                         NULL, &file),
        E2M_OK);
    assert_non_null(file.key);
    BIO_free(bio);
    e2m_env_done(&env);
    return file.key;
}

void
person_new(person *p, e2m_key_kind kind, const char *name)
{
    unsigned char *der = NULL;
    int len;

    p->evp = new_key(kind);
    assert_non_null(p->evp);
    p->x509 = new_cert(p->evp, kind, name);
    p->key = our_key(p->evp);
    len = i2d_X509(p->x509, &der);
    assert_true(len > 0);
    assert_int_equal(
        e2m_cert_new((e2m_bytes){ der, (size_t)len }, 4096, &p->cert),
        E2M_OK);
    OPENSSL_free(der);
}

void
person_free(person *p)
{
    EVP_PKEY_free(p->evp);
    X509_free(p->x509);
    e2m_pkey_free(p->key);
    e2m_cert_free(p->cert);
}

/* ---- the ladder --------------------------------------------------------- */

static void *
step_alloc(void *user, size_t len)
{
    ladder *l = user;

    if (l->calls++ >= l->fail_at) {
        return NULL;
    }
    l->live++;
    return malloc(len);
}

static void
step_free(void *user, void *p, size_t len)
{
    ladder *l = user;

    (void)len;
    l->live--;
    free(p);
}

e2m_mem
ladder_mem(ladder *l)
{
    return (e2m_mem){ step_alloc, step_free, l };
}
