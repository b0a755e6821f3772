/* SPDX-License-Identifier: BSD-3-Clause */
/* The vocabulary that every layer and every caller of libe2m shares. */
#ifndef E2M_TYPES_H
#define E2M_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define E2M_API __attribute__((visibility("default")))
#define E2M_MUST __attribute__((warn_unused_result))
#else
#define E2M_API
#define E2M_MUST
#endif

/* A slice of somebody else's memory. The comment of whatever hands one out
 * says how long it stays valid. `data` may be NULL when `len` is 0. */
typedef struct e2m_bytes {
    const uint8_t *data;
    size_t len;
} e2m_bytes;

/* Why a call could not answer. A forged signature is not an error: it is an
 * answer, and the verdict carries it. */
typedef enum e2m_err {
    E2M_OK = 0,
    E2M_E_ARG,         /* the caller broke the contract */
    E2M_E_NOMEM,       /* the allocator refused */
    E2M_E_LIMIT,       /* a bound of the context was reached */
    E2M_E_SYNTAX,      /* malformed or ambiguous input */
    E2M_E_UNSUPPORTED, /* well-formed, but not an algorithm or form we do */
    E2M_E_NOKEY,       /* no key, certificate or reader that fits */
    E2M_E_CRYPTO       /* a cryptographic operation said no */
} e2m_err;

/* Why a verdict is not "read". */
typedef enum e2m_reason {
    E2M_BECAUSE_NONE = 0,
    E2M_BECAUSE_SYNTAX,          /* malformed */
    E2M_BECAUSE_LIMIT,           /* malformed: over a limit */
    E2M_BECAUSE_UNSUPPORTED,     /* malformed: an algorithm or form not ours */
    E2M_BECAUSE_CANNOT_DECRYPT,  /* whatever the cause */
    E2M_BECAUSE_NOT_SIGNED,
    E2M_BECAUSE_BAD_SIGNATURE,
    E2M_BECAUSE_NO_SIGNER,       /* the signer's certificate is not to hand */
    E2M_BECAUSE_UNTRUSTED,
    E2M_BECAUSE_EXPIRED,         /* certificate out of its time */
    E2M_BECAUSE_REVOKED,         /* or its state is unknown, with CRLs on */
    E2M_BECAUSE_USAGE,           /* certificate not meant for this */
    E2M_BECAUSE_UNBOUND,         /* no AIB under the signature */
    E2M_BECAUSE_WRONG_IDENTITY,  /* signer is not the From */
    E2M_BECAUSE_OTHER_MESSAGE,   /* AIB is of another message */
    E2M_BECAUSE_STALE,           /* Date too far from now */
    E2M_BECAUSE_REPLAY,
    E2M_BECAUSE_REPLAY_FULL,     /* the replay memory can take no more */
    E2M_BECAUSE_UNCOMMITTED,     /* policy demands a key commitment */
    E2M_BECAUSE_UNSHARED,        /* policy demands that the far end reads it */
    E2M_BECAUSE_UNDISCLOSED,     /* a middle may not read what it must */
    E2M_BECAUSE_NOT_SEALED,      /* policy demands an envelope around it */
    E2M_BECAUSE_NO_DEMAND,       /* an answer that demands nothing */
    E2M_BECAUSE_DENIED,          /* the disclosure policy says no */
    E2M_BECAUSE_COUNT
} e2m_reason;

/* Memory hooks. Both NULL: malloc and free. `alloc` returns memory aligned
 * for any object, or NULL. `free` gets the length that was asked for. */
typedef struct e2m_mem {
    void *(*alloc)(void *user, size_t len);
    void (*free)(void *user, void *p, size_t len);
    void *user;
} e2m_mem;

/* What a host does to its own bytes of the message: at offset `at` drop `cut`
 * octets and write `put`. Lists come sorted and without overlaps. */
typedef enum e2m_edit_kind {
    E2M_EDIT_HEADER = 0, /* header lines cut or put */
    E2M_EDIT_BODY,       /* the body */
    E2M_EDIT_LENGTH      /* Content-Length: hosts that write it skip this */
} e2m_edit_kind;

typedef struct e2m_edit {
    size_t at;
    size_t cut;
    e2m_bytes put;
    e2m_edit_kind kind;
} e2m_edit;

/* How the bytes of a message came. */
typedef enum e2m_framing {
    E2M_DATAGRAM, /* no Content-Length: the body is the rest; octets behind
                     Content-Length are dropped (RFC 3261 sec. 18.3) */
    E2M_STREAM,   /* Content-Length demanded where a body follows */
    E2M_FRAGMENT  /* message/sipfrag (RFC 3420): start line and header fields
                     are all optional, as is the end of the header */
} e2m_framing;

/* Bounds on what one message may cost; defaults in brackets. */
typedef enum e2m_limit {
    E2M_LIMIT_MESSAGE,      /* octets of a SIP message [65536] */
    E2M_LIMIT_HEADERS,      /* header fields of a message or entity [128] */
    E2M_LIMIT_HEADER_LEN,   /* octets of one unfolded header field [8192] */
    E2M_LIMIT_NESTING,      /* MIME and CMS levels together [8] */
    E2M_LIMIT_PARTS,        /* entities in a message [32] */
    E2M_LIMIT_RECIPIENTS,   /* RecipientInfos of one envelope [16] */
    E2M_LIMIT_CERTIFICATES, /* certificates carried by a message [8] */
    E2M_LIMIT_ATTRIBUTES,   /* attributes in one set [16] */
    E2M_LIMIT_SIGNERS,      /* SignerInfos of one SignedData, and signatures
                               checked in a message [2] */
    E2M_LIMIT_INFLATED,     /* octets out of CompressedData [262144] */
    E2M_LIMIT_INFLATE_RATIO,/* octets out per octet in [100] */
    E2M_LIMIT_RSA_BITS,     /* largest RSA modulus, bits [4096] */
    E2M_LIMIT_PRIVATE_OPS,  /* private-key operations a message [1] */
    E2M_LIMIT_MEMORY,       /* octets of memory one message may take [1 MiB] */
    E2M_LIMIT_DATE_SKEW,    /* seconds between Date and now [3600] */
    E2M_LIMIT_REUSE_USES,   /* messages under one reused key [256] */
    E2M_LIMIT_REUSE_AGE,    /* seconds that a key is kept for reuse [3600] */
    E2M_LIMIT_COUNT
} e2m_limit;

/* ---- how to seal --------------------------------------------------------- */

typedef enum e2m_cipher {
    E2M_AES_128_GCM = 0, E2M_AES_256_GCM, E2M_AES_128_CBC, E2M_AES_192_GCM,
    E2M_AES_192_CBC, E2M_AES_256_CBC
} e2m_cipher;
typedef enum e2m_label_form {
    E2M_LABEL_REQUIRED_ENTITY = 0, /* mech 2.2 */
    E2M_LABEL_CONTENT_TARGET,      /* ntt fig. 4 */
    E2M_LABEL_PROXY_INSPECT_BODY   /* final 6 */
} e2m_label_form;
typedef enum e2m_order {
    E2M_ENCRYPT_SIGN = 0, /* enveloped inside, signed outside: mech 5.1 */
    E2M_SIGN_ENCRYPT      /* signed inside: RFC 8591, final 2.3 */
} e2m_order;

typedef enum e2m_hash_choice {
    E2M_HASH_USUAL = 0, /* as the key has it: SHA-384 for P-384, SHA-512 for
                           Ed25519 (which takes no other), else SHA-256 */
    E2M_HASH_SHA256, E2M_HASH_SHA384, E2M_HASH_SHA512
} e2m_hash_choice;
enum { E2M_SIGN_ALL = 2 }; /* of E2M_OPT_SIGN */

/* Options of a plan and their values; default first. */
typedef enum e2m_option {
    E2M_OPT_CIPHER,     /* e2m_cipher */
    E2M_OPT_LABEL,      /* e2m_label_form */
    E2M_OPT_ORDER,      /* e2m_order */
    E2M_OPT_SIGN,       /* 1, 0; E2M_SIGN_ALL: by each of the sender's
                           certificates that signs, for readers that know only
                           one of the algorithms (E2M_LIMIT_SIGNERS) */
    E2M_OPT_AIB,        /* 1, 0: bind the signature to the message */
    E2M_OPT_BASE64,     /* 0, 1: transfer encoding instead of binary */
    E2M_OPT_STRIP_KEYS, /* 0, 1: the middles get a copy of an SDP without
                           keying material, in an envelope of its own */
    E2M_OPT_OPAQUE,     /* 0, 1: signed-data instead of multipart/signed */
    E2M_OPT_NO_ATTRIBUTES, /* 0, 1: no commitment, for readers that cannot
                              parse attributes (WIRE.md 4) */
    E2M_OPT_PKCS1_V15,  /* 0, 1: insecure; RSA readers by PKCS#1 v1.5 and
                           RSA signatures by v1.5, for old readers */
    E2M_OPT_REUSE,      /* 0: none; 1: seal under a kept key where there is
                           one, else by public key, setting a reference; 2: by
                           public key, setting a new reference */
    E2M_OPT_DIGEST,     /* e2m_hash_choice: of the signature */
    E2M_OPT_COMPRESS,   /* 0, 1: the content is compressed (RFC 3274) before it
                           is protected, where that makes it shorter. Its
                           length then tells about its text: not for content
                           that a stranger has a part in */
    E2M_OPT_COUNT
} e2m_option;

#ifdef __cplusplus
}
#endif
#endif
