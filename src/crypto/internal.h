/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this folder share; nobody else includes it. */
#ifndef E2M_CRYPTO_INTERNAL_H
#define E2M_CRYPTO_INTERNAL_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/crypto.h"

/* e2m_ossl_start must come before anything else of OpenSSL: no configuration
 * file of the host may change what we compute, and no exit handler of ours may
 * run in a process that is not ours. Cheap when repeated. */
void e2m_ossl_start(void);

/* Room to write to; `len` says how much there is, then how much was used. */
typedef struct e2m_room {
    uint8_t *data;
    size_t len;
} e2m_room;

/* ---- keys ------------------------------------------------------------- */

/* 8192 bits: larger keys of our own are refused, so buffers can be fixed. */
enum { E2M_RSA_OCTETS_MAX = 1024, E2M_RSA_BITS_MIN = 2048 };

/* The EVP_PKEY is never changed once it is in here. */
struct e2m_pub {
    EVP_PKEY *evp;
    e2m_key_kind kind;
    size_t size; /* see e2m_pub_size */
};

struct e2m_pkey {
    EVP_PKEY *evp;
    e2m_key_kind kind;
    size_t size;
};

/* e2m_pkey_from_evp takes `evp` over, also when it fails.
 * Fails  E2M_E_UNSUPPORTED: none of our kinds */
E2M_MUST e2m_err e2m_pkey_from_evp(EVP_PKEY *evp, e2m_pkey **out);
/* Octets of an encoded point or raw key; 0 for RSA. */
size_t e2m_kind_point_size(e2m_key_kind kind);
/* "prime256v1" for the EC kinds, else NULL. */
const char *e2m_kind_group(e2m_key_kind kind);

/* ---- prepared contexts ------------------------------------------------ */

typedef enum e2m_op {
    E2M_OP_NONE = 0, E2M_OP_SIGN, E2M_OP_VERIFY, E2M_OP_ENCRYPT,
    E2M_OP_DECRYPT, E2M_OP_DERIVE
} e2m_op;

/* What a context was prepared for; padding is RSA_*_PADDING, else 0. */
typedef struct e2m_use {
    e2m_op op;
    int padding;
    e2m_digest digest;
    e2m_digest mask; /* OAEP: of MGF1 */
} e2m_use;

/* A prepared context holds a reference to its EVP_PKEY. The address can
 * therefore not be given to another key while the entry stands, and a stale
 * entry cannot be hit: the address alone names the key. */
typedef struct e2m_ready {
    EVP_PKEY *evp;
    e2m_use use;
    EVP_PKEY_CTX *ctx;
    EVP_PKEY *peer; /* E2M_OP_DERIVE: where the peer's point is put */
    uint64_t last;  /* when it was used, in calls */
} e2m_ready;

/* e2m_bag_get finds the context prepared for this key and use, or makes it in
 * the place of the one not used for longest. Valid until the next call. */
E2M_MUST e2m_err e2m_bag_get(e2m_crypto *c, EVP_PKEY *evp, e2m_use use,
                             e2m_ready **out);
void e2m_bag_done(e2m_crypto *c);

typedef enum e2m_mode {
    E2M_MODE_ECB = 0, E2M_MODE_CBC, E2M_MODE_GCM, E2M_MODE_CCM,
    E2M_MODE_COUNT
} e2m_mode;

enum { E2M_DIGESTS = 5, E2M_KINDS = 6, E2M_BAG_ROWS = 16, E2M_BAG_WAYS = 4 };

struct e2m_crypto {
    EVP_MD *md[E2M_DIGESTS];        /* by e2m_digest */
    EVP_MD_CTX *md_ctx[E2M_DIGESTS];
    EVP_CIPHER *cipher[E2M_MODE_COUNT][3]; /* 128, 192, 256 */
    EVP_CIPHER_CTX *cipher_ctx[E2M_MODE_COUNT][3];
    bool keyed[E2M_MODE_COUNT][3];  /* holds the key of a message */
    bool hashed[E2M_DIGESTS];       /* holds a digest, or a derived key */
    EVP_PKEY_CTX *keygen[E2M_KINDS]; /* by e2m_key_kind; the ECDH kinds */
    uint8_t spare[E2M_SECRET_MAX]; /* see e2m_spare_key */
    e2m_ready bag[E2M_BAG_ROWS][E2M_BAG_WAYS];
    uint64_t calls;
};

/* e2m_cipher_ctx gives the context of that mode for keys of this length; NULL
 * when AES has none. */
EVP_CIPHER_CTX *e2m_cipher_ctx(e2m_crypto *c, e2m_mode mode,
                               const e2m_secret *key);
/* e2m_cipher_start gives the context of that mode with key and IV set; CBC's
 * padding is off. NULL when the key has no AES length or OpenSSL refuses. */
EVP_CIPHER_CTX *e2m_cipher_start(e2m_crypto *c, e2m_mode mode,
                                 const e2m_secret *key, const uint8_t *iv,
                                 bool seal);

/* ---- issue.c and request.c -------------------------------------------- */

/* e2m_issue_key makes the key; NULL when OpenSSL makes none of this kind. */
EVP_PKEY *e2m_issue_key(const e2m_issue *what);
/* e2m_issue_names adds the subjectAltName, if there is a name, to a list. */
bool e2m_issue_names(STACK_OF(X509_EXTENSION) **list, const e2m_issue *what);
/* e2m_issue_usage: the keyUsage, in OpenSSL's words. */
const char *e2m_issue_usage(const e2m_issue *what);
/* e2m_issue_text copies what was printed into the arena. */
E2M_MUST e2m_err e2m_issue_text(e2m_env *env, BIO *bio, e2m_bytes *out);

#endif
