/* SPDX-License-Identifier: BSD-3-Clause */
/* bench: what the library takes, as ratios to the primitives that cannot be
 * avoided and to OpenSSL's CMS, all in one program. table.c says which ratio
 * is to be had; the pieces of work are in floor.c (primitives), ours.c,
 * theirs.c (OpenSSL's CMS), inspection.c (whole messages, the public API). */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <e2m/e2m.h>
#include <e2m/pki.h>

#include "cms/cms.h"

enum {
    CONTENT = 800, /* octets: an SDP of a call */
    NOW = 1795000000
};

/* Somebody with a key, as we and as OpenSSL see it. */
typedef struct party {
    e2m_pki_pair pem;
    e2m_cert *cert;
    e2m_pkey *key;
    X509 *x509;
    EVP_PKEY *evp;
} party;

/* Primitives, prepared as well as OpenSSL allows. */
typedef struct prepared {
    EVP_CIPHER_CTX *wrap; /* AES-128-ECB, to decrypt */
    EVP_CIPHER_CTX *gcm;
    EVP_MD *md;
    EVP_MD_CTX *sha256;
    EVP_PKEY_CTX *keygen;
    EVP_PKEY_CTX *derive; /* the peer's point is set */
    EVP_PKEY_CTX *rsa;
    EVP_PKEY_CTX *verify;
    uint8_t wrapped[24];
    uint8_t sealed[CONTENT];
    uint8_t tag[16];
    uint8_t for_rsa[256];
    uint8_t hash[32];
    uint8_t sig[128];
    size_t sig_len;
} prepared;

enum { WORST = 8 };

/* All that is measured works on these. The octets are malloc'd. */
typedef struct subject {
    e2m_crypto *c;
    prepared floor;
    e2m_pki_pair ca;
    X509_STORE *anchors;
    party ec[2];
    party rsa[2];
    max_align_t room[1024]; /* of an arena, as a message's bench has it */
    uint8_t text[CONTENT];
    e2m_secret kek;      /* of 16 octets */
    e2m_bytes kept;      /* under the kek, no attributes */
    e2m_bytes committed; /* the same with commitment and reference */
    e2m_bytes to_ec;     /* for both, ours is the second */
    e2m_bytes to_rsa;
    e2m_bytes for_others;/* names nobody of us */
    e2m_bytes detached;  /* SignedData with its certificate */
    e2m_bytes their_kept;
    e2m_bytes their_ec;
    e2m_bytes their_rsa;
    e2m_bytes worst[WORST]; /* hostile, of 8 KB each */
    e2m *middle;         /* ss1, with a store of keys */
    e2m_bytes fresh;     /* SIP: sealed by public key, signed */
    e2m_bytes reused;    /* SIP: sealed under the key of an earlier one */
} subject;

void subject_make(subject *s);
void subject_free(subject *s);
void floor_make(subject *s);
void floor_free(subject *s);
void inspection_make(subject *s);
void inspection_free(subject *s);
void worst_make(subject *s);

/* must ends the program when something failed that cannot. */
void must(bool good, const char *what);
e2m_bytes keep(e2m_bytes b);
void unkeep(e2m_bytes b);
e2m_bytes join(e2m_bytes a, e2m_bytes b);

/* ---- pieces of work; false when one failed, which ends the program ------- */

typedef bool work(subject *s);

typedef struct piece {
    const char *name;
    work *run;
} piece;

/* One list for all: a piece is known by its number. */
typedef enum piece_id {
    NOTHING = 0,
    UNWRAP_GCM, UNWRAP_HKDF_GCM, DERIVE, KEYGEN, RSA_PRIVATE, ECDSA_VERIFY,
    CMS_KEPT, CMS_EC, CMS_RSA, CMS_CHECK, CMS_SEAL, CMS_PARSE,
    OPEN_KEPT, OPEN_COMMITTED, OPEN_EC, OPEN_RSA, CHECK, SEAL_EC,
    INSPECT_FRESH, INSPECT_REUSED, NOT_FOR_US,
    WORST_FIRST, WORST_LAST = WORST_FIRST + WORST - 1,
    PIECES
} piece_id;

extern const piece pieces[PIECES];

work floor_unwrap_gcm, floor_unwrap_hkdf_gcm, floor_derive, floor_keygen,
    floor_rsa, floor_verify;
work cms_kept, cms_ec, cms_rsa, cms_check, cms_seal, cms_parse;
work our_open_kept, our_open_committed, our_open_ec, our_open_rsa, our_check,
    our_seal, our_not_for_us;
work inspect_fresh, inspect_reused;
work worst_0, worst_1, worst_2, worst_3, worst_4, worst_5, worst_6, worst_7;

/* ---- measuring ----------------------------------------------------------- */

/* What each piece takes, in microseconds or instructions. */
typedef struct figures {
    double of[PIECES][32]; /* a piece, a round */
    size_t rounds;
} figures;

void time_all(subject *s, figures *out);
/* table_print prints the table of ratios and says which are met. `heap` may be
 * NULL. Returns how many are not. */
int table_print(FILE *to, const figures *f, const char *unit,
                const unsigned long *heap);

/* timing.c, for who has no main: prepares, times, writes the table */
void table_to_file(const char *name);
/* counted.c: `runs` runs of a piece, for bench/instructions */
void bench_counted(subject *s, int id, unsigned runs);

/* heap.c: allocations since the start, of this program and of libcrypto */
void heap_watch(void);
unsigned long heap_calls(void);

/* store.c: the store of reused keys, by size and processes */
void measure_store(void);
/* workers.c: two at once against one */
void measure_workers(subject *s);

#endif
