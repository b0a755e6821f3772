/* SPDX-License-Identifier: BSD-3-Clause */
/* cms: EnvelopedData, AuthEnvelopedData, SignedData, CompressedData and
 * EncryptedData (RFC 5652, 5083, 5084, 3274, 3560, 3565, 5753, 8418, 3185),
 * without MIME: DER in, octets out.
 *
 * Read: DER, and BER through e2m_der_from_ber; any RecipientInfo (kinds that
 * are not ours are listed and passed over); issuerAndSerialNumber and
 * subjectKeyIdentifier. Written: DER alone. Reading is bounded by the limits
 * before anything is allocated, decoded or computed: names and keys are
 * compared as octets, and only a RecipientInfo that names one of our keys
 * costs a private-key operation (E2M_LIMIT_PRIVATE_OPS). */
#ifndef E2M_CMS_H
#define E2M_CMS_H

#include "cert/cert.h"
#include "der/der.h"

/* e2m_cms_type says what a ContentInfo holds, E2M_OID_UNKNOWN when it cannot
 * be told. BER is fine. */
e2m_oid_id e2m_cms_type(e2m_bytes content_info);

/* ---- envelopes: what is written in them ---------------------------------- */

typedef enum e2m_rid_kind {
    E2M_RID_OTHER = 0, /* pwri, ori, or a form we do not know */
    E2M_RID_KTRI,      /* RSA */
    E2M_RID_KARI,      /* ECDH: one entry for each RecipientEncryptedKey */
    E2M_RID_KEKRI      /* a key known before: RFC 3185 */
} e2m_rid_kind;

typedef struct e2m_recipient {
    e2m_rid_kind kind;
    e2m_bytes issuer; /* Name element; or */
    e2m_bytes serial; /* with INTEGER element */
    e2m_bytes key_id; /* subjectKeyIdentifier, or KEKIdentifier's */
    e2m_der_alg key_alg; /* keyEncryptionAlgorithm */
    e2m_bytes encrypted_key;
    /* kari */
    e2m_bytes originator; /* encoded point */
    e2m_bytes ukm;
} e2m_recipient;

typedef struct e2m_enveloped {
    e2m_oid_id structure;    /* ENVELOPED_DATA or AUTH_ENVELOPED_DATA */
    e2m_recipient *recipients;
    size_t num_recipients;
    e2m_bytes content_type;  /* OID contents */
    e2m_oid_id cipher;       /* AES*_GCM, AES*_CCM, AES*_CBC, or UNKNOWN */
    e2m_bytes nonce;         /* GCM and CCM nonce or CBC IV */
    bool has_icv_len;        /* GCM, CCM: aes-ICVlen was written ... */
    size_t icv_len;          /* ... 12 when it was not */
    e2m_bytes sealed;        /* encryptedContent */
    e2m_bytes auth_attrs;    /* contents of [1], or empty */
    e2m_bytes auth_type;     /* contentType in it */
    e2m_bytes mac;
    e2m_bytes unauth_attrs;  /* contents of unauthAttrs / unprotectedAttrs */
    e2m_bytes commitment;    /* key commitment, WIRE.md 1; empty when absent */
    e2m_bytes cek_reference; /* RFC 3185; empty when absent */
    bool has_max_decrypts;
    uint64_t max_decrypts;
    e2m_bytes kek_derivation;/* KEKDerivationAlgorithm element, or empty */
} e2m_enveloped;

/* e2m_cms_read_enveloped takes the ContentInfo apart; no key is needed.
 * Gives  *out: slices into `content_info` (or its DER form in the arena)
 * Fails  E2M_E_SYNTAX, E2M_E_LIMIT, E2M_E_UNSUPPORTED another content type */
E2M_MUST e2m_err e2m_cms_read_enveloped(e2m_env *env, e2m_bytes content_info,
                                        e2m_enveloped *out);

/* ---- opening ------------------------------------------------------------- */

typedef struct e2m_cms_key {
    const e2m_cert *cert;
    const e2m_pkey *key;
} e2m_cms_key;

/* What a reader has to open with. `kek` looks a KEKIdentifier up (*found false
 * when unknown); NULL: no such keys. */
typedef struct e2m_cms_keys {
    const e2m_cms_key *keys;
    size_t num_keys;
    bool insecure_pkcs1_v15; /* read RSA PKCS#1 v1.5 key transport */
    e2m_err (*kek)(void *user, e2m_bytes id, e2m_secret *out, bool *found);
    void *user;
} e2m_cms_keys;

typedef struct e2m_opened {
    e2m_bytes content;
    size_t recipient;  /* index of the RecipientInfo that served */
    bool committed;    /* a key commitment was there, and right */
    e2m_secret cek;    /* wiped with the arena */
} e2m_opened;

/* e2m_cms_mine gives the index of the first recipient that names one of
 * `keys`, or num_recipients. No cryptography. */
size_t e2m_cms_mine(const e2m_enveloped *e, const e2m_cms_keys *keys);
/* e2m_cms_names says whether some recipient names this certificate. */
bool e2m_cms_names(const e2m_enveloped *e, const e2m_cert *cert);

/* e2m_cms_open_enveloped decrypts. The model of rules 5, 9, 10.
 * Gives  *out: content in the arena, released only after the tag (GCM) and the
 *        commitment, where there is one, were found right
 * Fails  E2M_E_NOKEY nobody of `keys` is named; E2M_E_CRYPTO everything else
 *        that stands between a named recipient and the content, one answer for
 *        all of it (RFC 3218); E2M_E_UNSUPPORTED a cipher that is not ours;
 *        E2M_E_LIMIT */
E2M_MUST e2m_err e2m_cms_open_enveloped(e2m_env *env, e2m_crypto *c,
                                        const e2m_enveloped *e,
                                        const e2m_cms_keys *keys,
                                        e2m_opened *out);

/* ---- sealing ------------------------------------------------------------- */

typedef struct e2m_cms_kek { /* a KEKRecipientInfo to write */
    e2m_bytes id;
    const e2m_secret *kek;
} e2m_cms_kek;

typedef struct e2m_cms_seal {
    e2m_oid_id cipher;         /* AES*_GCM, AES*_CBC */
    const e2m_cert *const *readers;
    size_t num_readers;
    const e2m_cms_kek *keks;
    size_t num_keks;
    bool no_attributes;        /* for peers that cannot parse them */
    bool insecure_pkcs1_v15;   /* RSA readers by v1.5 instead of OAEP-SHA-256 */
    e2m_bytes cek_reference;   /* RFC 3185; empty: none */
    uint64_t max_decrypts;     /* 0: no CEKMaxDecrypts */
} e2m_cms_seal;

/* e2m_cms_seal_enveloped envelopes `content` (id-data) under a fresh key.
 * GCM gives AuthEnvelopedData, CBC EnvelopedData. EC readers on one curve share
 * one ephemeral key and KeyAgreeRecipientInfo; X9.63 KDF with SHA-256 (P-384:
 * SHA-384), HKDF with SHA-256 for X25519; key wrap of the cipher's key size.
 * *out_cek may be NULL.
 * Fails  E2M_E_NOKEY a reader whose key cannot receive; E2M_E_LIMIT */
E2M_MUST e2m_err e2m_cms_seal_enveloped(e2m_env *env, e2m_crypto *c,
                                        e2m_bytes content,
                                        const e2m_cms_seal *how,
                                        e2m_bytes *out_content_info,
                                        e2m_secret *out_cek);

/* The commitment itself: HKDF-SHA-256(CEK, no salt, "e2m key commitment v1"),
 * 32 octets (WIRE.md 1). */
E2M_MUST e2m_err e2m_cms_commitment(e2m_crypto *c, const e2m_secret *cek,
                                    e2m_secret *out);

/* e2m_cms_reuse_kek gives the key-encryption key that later messages may use
 * after one whose content key was `cek`: its octets in reverse order, or, with
 * a KEKDerivationAlgorithm, PBKDF2 of it (RFC 3185 sec. 3).
 * Fails  E2M_E_SYNTAX; E2M_E_UNSUPPORTED not AES key wrap, over 1000 rounds,
 *        salt over 64 octets */
E2M_MUST e2m_err e2m_cms_reuse_kek(e2m_env *env, e2m_crypto *c,
                                   const e2m_secret *cek,
                                   e2m_bytes kek_derivation, e2m_secret *out);

/* ---- content under a key of the caller's (RFC 5652 sec. 8) --------------- */

/* For archives: EncryptedData, AES-CBC of the key's size, with a key
 * commitment. It says nothing of who made the text: what is put away is signed
 * inside, and whoever takes it out verifies.
 * Fails  E2M_E_ARG no key of AES; E2M_E_CRYPTO cannot decrypt; E2M_E_SYNTAX,
 *        E2M_E_UNSUPPORTED, E2M_E_LIMIT */
E2M_MUST e2m_err e2m_cms_seal_encrypted(e2m_env *env, e2m_crypto *c,
                                        e2m_bytes content,
                                        const e2m_secret *cek,
                                        e2m_bytes *out_content_info);
E2M_MUST e2m_err e2m_cms_open_encrypted(e2m_env *env, e2m_crypto *c,
                                        e2m_bytes content_info,
                                        const e2m_secret *cek,
                                        e2m_bytes *out);

/* ---- compressed content (RFC 3274) --------------------------------------- */

typedef struct e2m_compressed {
    e2m_bytes content_type; /* OID contents */
    e2m_bytes packed;
} e2m_compressed;

E2M_MUST e2m_err e2m_cms_read_compressed(e2m_env *env, e2m_bytes content_info,
                                         e2m_compressed *out);
/* e2m_cms_inflate gives the content, within E2M_LIMIT_INFLATED for all of a
 * message and E2M_LIMIT_INFLATE_RATIO.
 * Fails  E2M_E_LIMIT; E2M_E_SYNTAX */
E2M_MUST e2m_err e2m_cms_inflate(e2m_env *env, const e2m_compressed *cd,
                                 e2m_bytes *out);
E2M_MUST e2m_err e2m_cms_compress(e2m_env *env, e2m_bytes content,
                                  e2m_bytes *out_content_info);

/* ---- signatures ---------------------------------------------------------- */

/* The certificate that a signer says is his: signingCertificateV2, RFC 5035. */
typedef struct e2m_cms_cert_id {
    e2m_digest digest; /* NONE: not one of ours */
    e2m_bytes hash;
    e2m_bytes issuer;  /* with serial, where they are given */
    e2m_bytes serial;
} e2m_cms_cert_id;

typedef struct e2m_signer {
    e2m_bytes issuer; /* with serial; or */
    e2m_bytes serial;
    e2m_bytes key_id;
    e2m_digest digest;
    e2m_der_alg digest_alg;
    e2m_der_alg sig_alg;
    e2m_sig_scheme scheme; /* NONE: not one of ours */
    e2m_bytes attrs;       /* signedAttrs as a whole, tag 0xa0; or empty */
    e2m_bytes attr_type;   /* contentType attribute's OID contents */
    e2m_bytes attr_digest; /* messageDigest attribute */
    bool has_time;
    int64_t signing_time;
    bool has_cert_id;
    e2m_cms_cert_id cert_id;
    bool has_capabilities;
    e2m_bytes capabilities; /* contents of SMIMECapabilities */
    e2m_bytes signature;
} e2m_signer;

typedef struct e2m_signed {
    e2m_bytes content_type; /* OID contents */
    bool has_content;       /* opaque */
    e2m_bytes content;
    e2m_bytes *certs;       /* DER */
    size_t num_certs;
    e2m_signer *signers;
    size_t num_signers;     /* 0: certs-only */
} e2m_signed;

E2M_MUST e2m_err e2m_cms_read_signed(e2m_env *env, e2m_bytes content_info,
                                     e2m_signed *out);
/* e2m_cms_signed_by says whether `cert` is the one this SignerInfo names. */
bool e2m_cms_signed_by(const e2m_signer *s, const e2m_cert *cert);
/* e2m_cms_verify checks a SignerInfo over `content` with `cert`'s key: digest,
 * contentType, attributes (a signingCertificateV2 must be `cert`'s), signature.
 * Trust is the caller's, and comes first.
 * SHA-1 only with `insecure_sha1`.
 * Fails  E2M_E_CRYPTO it does not hold; E2M_E_UNSUPPORTED algorithm */
E2M_MUST e2m_err e2m_cms_verify(e2m_env *env, e2m_crypto *c,
                                const e2m_signed *sd, const e2m_signer *s,
                                e2m_bytes content, const e2m_cert *cert,
                                bool insecure_sha1);

/* e2m_cms_capable: a list of S/MIME capabilities names this content cipher. */
bool e2m_cms_capable(e2m_bytes capabilities, e2m_oid_id cipher);

typedef struct e2m_cms_sign e2m_cms_sign;
struct e2m_cms_sign {
    const e2m_cert *cert;
    const e2m_pkey *key;
    const e2m_bytes *chain; /* further certificates to carry, DER */
    size_t num_chain;
    bool no_certs;          /* carry none */
    bool attached;          /* opaque: the content goes inside */
    bool rsa_pkcs1_v15;     /* instead of PSS, for old readers */
    e2m_digest digest;      /* NONE: as the kind of key has it */
    int64_t now_sec;        /* signingTime */
    const e2m_cms_sign *also; /* a further signer of the same content */
};

/* e2m_cms_sign_data makes a SignedData with signed attributes contentType,
 * signingTime, messageDigest, signingCertificateV2, smimeCapabilities: ECDSA
 * with SHA-256 (P-384: SHA-384), Ed25519 with SHA-512, RSA-PSS with SHA-256, or
 * with the digest asked for.
 * Fails  E2M_E_NOKEY a key that does not sign, or not with that digest;
 *        E2M_E_LIMIT */
E2M_MUST e2m_err e2m_cms_sign_data(e2m_env *env, e2m_crypto *c,
                                   e2m_bytes content, const e2m_cms_sign *how,
                                   e2m_bytes *out_content_info);
/* e2m_cms_sign_digest is the one that `how` leads to; NONE: none. */
e2m_digest e2m_cms_sign_digest(const e2m_cms_sign *how);
/* e2m_cms_certs_only makes the degenerate SignedData (RFC 3261 sec. 23.2). */
E2M_MUST e2m_err e2m_cms_certs_only(e2m_env *env, const e2m_bytes *certs_der,
                                    size_t num, e2m_bytes *out_content_info);

#endif
