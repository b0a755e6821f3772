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

#ifdef __cplusplus
}
#endif
#endif
