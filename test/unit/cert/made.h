/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates of any shape, by OpenSSL. Include after cmocka.h. */
#ifndef E2M_TEST_MADE_H
#define E2M_TEST_MADE_H

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "cert/cert.h"

typedef struct made_ext {
    int nid;
    const char *value; /* as in an OpenSSL configuration */
} made_ext;

/* Our decoded form of a self-signed P-256 certificate with these extensions. */
static inline e2m_bytes
made_der(const made_ext *exts, size_t num)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    unsigned char *der = NULL;
    int len;

    assert_non_null(key);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 4711);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"alice@atlanta", -1, -1,
                               0);
    X509_set_issuer_name(x, name);
    X509_set_pubkey(x, key);
    for (size_t i = 0; i < num; i++) {
        X509V3_CTX ctx;
        X509_EXTENSION *e;

        X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
        e = X509V3_EXT_conf_nid(NULL, &ctx, exts[i].nid, exts[i].value);
        assert_non_null(e);
        X509_add_ext(x, e, -1);
        X509_EXTENSION_free(e);
    }
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    len = i2d_X509(x, &der);
    assert_true(len > 0);
    X509_free(x);
    EVP_PKEY_free(key);
    return (e2m_bytes){ der, (size_t)len };
}

static inline void
made_free(e2m_bytes der)
{
    OPENSSL_free((void *)(uintptr_t)der.data);
}

#endif
