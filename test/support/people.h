/* SPDX-License-Identifier: BSD-3-Clause */
/* People with a key and a certificate, seen by us and by OpenSSL: for tests
 * that hold our CMS against OpenSSL's. */
#ifndef E2M_TEST_PEOPLE_H
#define E2M_TEST_PEOPLE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "cert/cert.h"

typedef struct person {
    EVP_PKEY *evp;
    X509 *x509;
    e2m_pkey *key;
    e2m_cert *cert;
} person;

/* A new key of that kind (RSA: 2048 bits), and a certificate with a
 * subjectKeyIdentifier. Aborts the test on failure. */
void person_new(person *p, e2m_key_kind kind, const char *name);
void person_free(person *p);

/* The i-th call of an allocator that fails from call `fail_at` on: the ladder
 * of out-of-memory tests. */
typedef struct ladder {
    size_t calls;
    size_t fail_at;
    size_t live; /* blocks not yet given back */
} ladder;
e2m_mem ladder_mem(ladder *l);

#endif
