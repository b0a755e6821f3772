/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of at most 8 KB that are made to cost as much as they can. */
#ifndef ATTACKS_H
#define ATTACKS_H

#include <e2m/e2m.h>
#include <e2m/pki.h>

#include "cms/cms.h"

enum { PAGE = 8192, NOW = 1795000000, FORGED = 8, CHAIN = 4 };

/* A message being written. What does not fit is left out. */
typedef struct page {
    uint8_t data[PAGE];
    size_t len;
} page;

void put(page *p, const char *text);
void put_bytes(page *p, e2m_bytes b);
/* again and again, until `keep` octets are left */
void put_until(page *p, const char *text, size_t keep);

typedef struct signer {
    e2m_pki_pair pem;
    e2m_cert *cert;
    e2m_pkey *key;
} signer;

/* What the attacker has. */
typedef struct kit {
    e2m_crypto *c;
    e2m_env env;             /* no limits */
    size_t limits[E2M_LIMIT_COUNT];
    signer alice;            /* a user that is trusted: her certificate is
                                everybody's, her key an insider's */
    signer alice_rsa;        /* the same with an RSA key of 4096 bits */
    signer forged[FORGED];   /* of a CA that has taken the true one's name */
    e2m_bytes forged_ca;     /* DER */
    e2m_bytes chain[CHAIN];  /* from it down to ... */
    signer chained;
    const e2m_cert *bob;     /* whom envelopes are for */
    const e2m_cert *ss1;
} kit;

typedef struct attack {
    const char *name;
    void (*make)(kit *k, page *p);
} attack;

extern const attack text_attacks[]; /* text.c: SIP and MIME */
extern const size_t num_text_attacks;
extern const attack cms_attacks[];  /* sealed.c: CMS and certificates */
extern const size_t num_cms_attacks;

/* The header up to the Content fields: alice to bob. */
void put_start(page *p);
/* The label that asks ss1 to look. */
extern const char label[];

#endif
