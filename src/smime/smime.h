/* SPDX-License-Identifier: BSD-3-Clause */
/* smime: MIME entities and CMS joined (RFC 8551, RFC 8591, RFC 3261 sec. 23).
 *
 * Reading has three verbs. e2m_smime_look builds the tree of levels that is
 * visible without a key; e2m_smime_verify answers for one signature;
 * e2m_smime_open opens one envelope and hangs the tree inside it below. Which
 * envelope may be opened, and what follows from an answer, is the role's to
 * say. Nesting (MIME and CMS together), parts and sizes count against the
 * limits of the environment. */
#ifndef E2M_SMIME_H
#define E2M_SMIME_H

#include "cms/cms.h"
#include "mime/mime.h"

typedef enum e2m_level_kind {
    E2M_LEVEL_PLAIN = 0,
    E2M_LEVEL_MULTIPART,
    E2M_LEVEL_SIGNED,    /* multipart/signed, or opaque signed-data */
    E2M_LEVEL_ENVELOPED, /* EnvelopedData, AuthEnvelopedData */
    E2M_LEVEL_COMPRESSED,
    E2M_LEVEL_CERTS,     /* certs-only */
    E2M_LEVEL_UNKNOWN    /* pkcs7-mime that is none of these */
} e2m_level_kind;

/* What is known of the signature of a SIGNED level once it was checked. */
typedef struct e2m_sigcheck {
    bool checked;
    e2m_reason reason;     /* NONE: signature, path and usage all hold */
    const e2m_cert *cert;  /* of the signer; NULL when not found */
    const e2m_signer *signer;
    uint8_t hash[32];      /* SHA-256 of what was signed: the signature itself
                              has other valid spellings (ECDSA's -s), and may be
                              one of several */
} e2m_sigcheck;

typedef struct e2m_level e2m_level;
struct e2m_level {
    e2m_level_kind kind;
    e2m_level *up;          /* NULL: the body of the message */
    e2m_level *first;       /* levels inside; NULL while this one is shut */
    e2m_level *next;        /* the next beside this one */
    size_t depth;
    const e2m_entity *entity;
    /* SIGNED */
    e2m_signed sd;
    e2m_bytes signed_bytes; /* what the signature covers */
    e2m_sigcheck sig;
    /* COMPRESSED */
    e2m_compressed cd;
    /* ENVELOPED */
    e2m_enveloped ed;
    e2m_opened inside;
    /* ENVELOPED, COMPRESSED */
    bool opened;        /* and what is inside was read as well */
    e2m_err open_err;   /* why it could not be; the answer stays the same */
    e2m_diag open_why;
    /* E2M_OK, or why the CMS of this level could not be read */
    e2m_err err;
    e2m_diag why;
};

/* What verifying and opening need. All borrowed. */
typedef struct e2m_tools {
    e2m_crypto *crypto;
    e2m_certs *certs;
    const e2m_anchors *anchors;
    e2m_cms_keys keys;
    const e2m_cert *const *peers; /* certificates known beforehand */
    size_t num_peers;
    bool insecure_sha1;
    int64_t now_sec;
} e2m_tools;

/* e2m_smime_look builds the levels of `entity`, which must live as long as
 * they. A level whose CMS is malformed is kept with its `err`: a node for
 * reports. Fails E2M_E_LIMIT, E2M_E_NOMEM, and E2M_E_SYNTAX for malformed
 * MIME inside an opaque signature. */
E2M_MUST e2m_err e2m_smime_look(e2m_env *env, const e2m_entity *entity,
                                e2m_level *up, e2m_level **out);

/* e2m_smime_verify fills level->sig, once. Trust comes before mathematics: an
 * unknown or untrusted signer costs no signature check.
 * Fails  only when it could not answer: E2M_E_NOMEM, E2M_E_LIMIT */
E2M_MUST e2m_err e2m_smime_verify(e2m_env *env, const e2m_tools *tools,
                                  e2m_level *level);

/* e2m_smime_open decrypts an ENVELOPED level and looks at what is inside.
 * Fails  E2M_E_NOKEY not for us; E2M_E_CRYPTO cannot decrypt, whatever the
 *        cause; E2M_E_SYNTAX, E2M_E_LIMIT, E2M_E_UNSUPPORTED, E2M_E_NOMEM */
E2M_MUST e2m_err e2m_smime_open(e2m_env *env, const e2m_tools *tools,
                                e2m_level *level);

/* e2m_smime_inflate does the same for a COMPRESSED level. It needs no key, but
 * costs: whoever is not asked does not.
 * Fails  E2M_E_LIMIT, E2M_E_SYNTAX, E2M_E_UNSUPPORTED, E2M_E_NOMEM */
E2M_MUST e2m_err e2m_smime_inflate(e2m_env *env, e2m_level *level);

/* e2m_smime_is: application/pkcs7-mime, or x-pkcs7-mime. */
bool e2m_smime_is(const e2m_entity *e);
/* e2m_smime_present: some visible level of the tree is SIGNED, ENVELOPED or
 * COMPRESSED. */
bool e2m_smime_present(const e2m_level *level);
/* e2m_smime_signature_name: "ecdsa-sha256", "rsa-pss-sha256", ...; "". */
const char *e2m_smime_signature_name(const e2m_signer *s);

/* ---- writing ------------------------------------------------------------- */

/* An entity being built: its header values and its body. `lines.type` has the
 * boundary last, where some parsers want it. */
typedef struct e2m_draft {
    e2m_mime_lines lines;
    e2m_bytes body;
} e2m_draft;

/* e2m_smime_text writes a draft out as entity octets, into the arena. */
E2M_MUST e2m_err e2m_smime_text(e2m_env *env, const e2m_draft *draft,
                                e2m_bytes *out);
/* e2m_smime_mixed makes multipart/mixed of whole entities. */
E2M_MUST e2m_err e2m_smime_mixed(e2m_env *env, const e2m_bytes *entities,
                                 size_t num, e2m_draft *out);
/* e2m_smime_envelope makes application/pkcs7-mime out of an entity. The
 * disposition is left for the caller to set. *out_cek may be NULL. */
E2M_MUST e2m_err e2m_smime_envelope(e2m_env *env, e2m_crypto *crypto,
                                    e2m_bytes entity, const e2m_cms_seal *how,
                                    bool base64, e2m_draft *out,
                                    e2m_secret *out_cek);
/* e2m_smime_compress makes smime-type=compressed-data out of an entity; false
 * in *worth: it would not be shorter, or readers with our limits would refuse
 * it. */
E2M_MUST e2m_err e2m_smime_compress(e2m_env *env, e2m_bytes entity,
                                    bool base64, e2m_draft *out, bool *worth);
/* e2m_smime_sign makes multipart/signed, or pkcs7-mime signed-data when
 * how->attached, around an entity. */
E2M_MUST e2m_err e2m_smime_sign(e2m_env *env, e2m_crypto *crypto,
                                e2m_bytes entity, const e2m_cms_sign *how,
                                bool base64, e2m_draft *out);

#endif
