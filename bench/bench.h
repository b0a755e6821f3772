/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_H
#define BENCH_H

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <e2m/e2m.h>
#include <e2m/pki.h>

#include "cms/cms.h"

enum { CONTENT = 800 }; /* octets: an SDP of a call */

/* Somebody with a key, as we and as OpenSSL see it. */
typedef struct party {
    e2m_pki_pair pem;
    e2m_cert *cert;
    e2m_pkey *key;
    X509 *x509;
    EVP_PKEY *evp;
} party;

/* All that is measured works on these. */
typedef struct subject {
    e2m_crypto *c;
    party party;        /* EC or RSA */
    uint8_t text[CONTENT];
    e2m_secret kek;     /* of 16 octets */
    e2m_bytes ours;     /* an envelope for the party; malloc'd */
    e2m_bytes ours_kek; /* one under the kek */
    e2m_bytes theirs;   /* OpenSSL's, for the party */
    e2m_bytes theirs_kek;
    e2m_bytes detached; /* our SignedData */
} subject;

/* One thing to measure; false when it failed, which ends the program. */
typedef bool work(subject *s);

typedef struct row {
    const char *name;
    work *run;
    const char *against; /* another row's name: the ratio to it */
} row;

extern const row rows[];
extern const size_t num_rows;

/* store.c: the store of reused keys, by size and processes */
void measure_store(void);

#endif
