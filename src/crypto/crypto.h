/* SPDX-License-Identifier: BSD-3-Clause */
/* crypto: the only folder that sees OpenSSL and zlib. Primitives, keys, key
 * files, the path check, compression; no CMS, no SIP.
 *
 * An e2m_crypto holds fetched algorithms and prepared contexts, so that nothing
 * is fetched or decoded for a message: one thread at a time.
 * Keys are immutable and may be shared by threads. */
#ifndef E2M_CRYPTO_H
#define E2M_CRYPTO_H

#include "base/base.h"

typedef struct e2m_crypto e2m_crypto;
typedef struct e2m_pkey e2m_pkey; /* private key, never exported */
typedef struct e2m_pub e2m_pub;   /* public key */

/* Heap objects of this folder: _new/_from_... makes, _free accepts NULL. */
E2M_MUST e2m_err e2m_crypto_new(e2m_crypto **out);
void e2m_crypto_free(e2m_crypto *c);
/* e2m_crypto_rest is for the end of a message: the prepared contexts forget the
 * keys and digests they were last used with. */
void e2m_crypto_rest(e2m_crypto *c);
/* e2m_crypto_selftest does one known answer of each primitive. */
E2M_MUST e2m_err e2m_crypto_selftest(e2m_crypto *c);
/* e2m_crypto_version: "OpenSSL 3.0.x ..." of the library really linked. */
const char *e2m_crypto_version(void);

/* ---- randomness (random.c; the test build links its own) --------------- */

E2M_MUST e2m_err e2m_random(uint8_t *out, size_t len);

/* e2m_spare_key gives a key that nobody knows, for the work that goes on when
 * there is no right one (RFC 3218). Drawn once with `c`: what it opens is never
 * believed. `len` at most E2M_SECRET_MAX. */
void e2m_spare_key(const e2m_crypto *c, size_t len, e2m_secret *out);

/* ---- digests and derivation -------------------------------------------- */

typedef enum e2m_digest {
    E2M_DIGEST_NONE = 0, E2M_SHA1, E2M_SHA256, E2M_SHA384, E2M_SHA512
} e2m_digest;
enum { E2M_DIGEST_MAX = 64 };
size_t e2m_digest_size(e2m_digest d);

/* e2m_hash digests the concatenation of `num` slices. `out` holds
 * e2m_digest_size(d) octets. */
E2M_MUST e2m_err e2m_hash(e2m_crypto *c, e2m_digest d, const e2m_bytes *data,
                          size_t num, uint8_t *out);

/* e2m_sha256 is for start-up, where no e2m_crypto is to hand: it fetches the
 * algorithm each time. */
E2M_MUST e2m_err e2m_sha256(e2m_bytes data, uint8_t out[32]);

/* ANSI X9.63 KDF (RFC 5753 sec. 7.2), HKDF (RFC 5869, salt may be empty) and
 * PBKDF2-HMAC-SHA1 (RFC 3185); all fill the out->len octets given. */
E2M_MUST e2m_err e2m_kdf_x963(e2m_crypto *c, e2m_digest d,
                              const e2m_secret *z, e2m_bytes info,
                              e2m_secret *out);
E2M_MUST e2m_err e2m_kdf_hkdf(e2m_crypto *c, e2m_digest d, e2m_bytes ikm,
                              e2m_bytes salt, e2m_bytes info,
                              e2m_secret *out);
E2M_MUST e2m_err e2m_kdf_pbkdf2(e2m_crypto *c, e2m_bytes password,
                                e2m_bytes salt, unsigned iterations,
                                e2m_secret *out);

/* ---- symmetric ----------------------------------------------------------- */

/* AES-GCM with a 12-octet nonce and a 16-octet tag; key 16, 24 or 32 octets.
 * `out` holds as many octets as the input. Opening a forged text fails with
 * E2M_E_CRYPTO and leaves `out` wiped. `tag` of 12..16 octets is accepted. */
E2M_MUST e2m_err e2m_gcm_seal(e2m_crypto *c, const e2m_secret *key,
                              const uint8_t nonce[12], e2m_bytes aad,
                              e2m_bytes plain, uint8_t *out,
                              uint8_t tag[16]);
E2M_MUST e2m_err e2m_gcm_open(e2m_crypto *c, const e2m_secret *key,
                              e2m_bytes nonce, e2m_bytes aad,
                              e2m_bytes sealed, e2m_bytes tag, uint8_t *out);
/* AES-CCM, the same way; nonce of 7 to 13 octets, a tag of an even number of
 * them from 4 to 16: the caller says how few are enough. */
E2M_MUST e2m_err e2m_ccm_open(e2m_crypto *c, const e2m_secret *key,
                              e2m_bytes nonce, e2m_bytes aad,
                              e2m_bytes sealed, e2m_bytes tag, uint8_t *out);
/* AES-CBC with RFC 5652 sec. 6.3 padding. Seal writes plain.len/16*16+16
 * octets; open writes at most sealed.len and says how many. */
E2M_MUST e2m_err e2m_cbc_seal(e2m_crypto *c, const e2m_secret *key,
                              const uint8_t iv[16], e2m_bytes plain,
                              uint8_t *out);
E2M_MUST e2m_err e2m_cbc_open(e2m_crypto *c, const e2m_secret *key,
                              e2m_bytes iv, e2m_bytes sealed, uint8_t *out,
                              size_t *out_len);
/* AES key wrap, RFC 3394, on AES-ECB contexts (not EVP's table-driven wrap):
 * `wrapped` is key->len + 8 octets. */
E2M_MUST e2m_err e2m_kw_wrap(e2m_crypto *c, const e2m_secret *kek,
                             const e2m_secret *key, uint8_t *wrapped);
E2M_MUST e2m_err e2m_kw_unwrap(e2m_crypto *c, const e2m_secret *kek,
                               e2m_bytes wrapped, e2m_secret *out);

/* ---- public keys --------------------------------------------------------- */

typedef enum e2m_key_kind {
    E2M_KEY_NONE = 0, E2M_KEY_RSA, E2M_KEY_P256, E2M_KEY_P384,
    E2M_KEY_X25519, E2M_KEY_ED25519
} e2m_key_kind;

/* e2m_pub_from_spki decodes a SubjectPublicKeyInfo. The AlgorithmIdentifier is
 * looked at before OpenSSL is: named curves above, RSA 2048..max_rsa_bits with
 * an odd exponent of at most 32 bits; all else E2M_E_UNSUPPORTED. */
E2M_MUST e2m_err e2m_pub_from_spki(e2m_bytes spki, size_t max_rsa_bits,
                                   e2m_pub **out);
void e2m_pub_free(e2m_pub *p);
e2m_key_kind e2m_pub_kind(const e2m_pub *p);
/* RSA: octets of the modulus; curves: of the encoded point (65, 97, 32). */
size_t e2m_pub_size(const e2m_pub *p);

typedef enum e2m_sig_scheme {
    E2M_SIG_NONE = 0,
    E2M_SIG_ECDSA,     /* DER ECDSA-Sig-Value */
    E2M_SIG_RSA_PKCS1,
    E2M_SIG_RSA_PSS,   /* MGF1 with the same digest; salt: made of
                          the digest's length, any length is verified */
    E2M_SIG_ED25519    /* over the data itself, digest ignored */
} e2m_sig_scheme;

/* e2m_pub_verify checks a signature over `data`, which it digests itself.
 * Fails  E2M_E_CRYPTO: the signature is bad, or scheme and key do not go
 *        together */
E2M_MUST e2m_err e2m_pub_verify(e2m_crypto *c, const e2m_pub *key,
                                e2m_sig_scheme scheme, e2m_digest digest,
                                e2m_bytes data, e2m_bytes sig);

typedef enum e2m_rsa_padding {
    E2M_RSA_OAEP,     /* MGF1 with the same digest, no label */
    E2M_RSA_OAEP_MASK_SHA1, /* MGF1 with SHA-1, which Java and .NET make of
                               "OAEP with SHA-256" unless told otherwise */
    E2M_RSA_PKCS1_V15 /* only where insecure_ allowed it */
} e2m_rsa_padding;

/* e2m_pub_wrap encrypts a key to an RSA key; `out` holds e2m_pub_size octets */
E2M_MUST e2m_err e2m_pub_wrap(e2m_crypto *c, const e2m_pub *key,
                              e2m_rsa_padding padding, e2m_digest oaep,
                              const e2m_secret *secret, uint8_t *out);

/* ---- private keys -------------------------------------------------------- */

void e2m_pkey_free(e2m_pkey *k);
e2m_key_kind e2m_pkey_kind(const e2m_pkey *k);
/* e2m_pkey_fits says whether `k` is the private half of `p`. */
bool e2m_pkey_fits(const e2m_pkey *k, const e2m_pub *p);
/* e2m_pkey_sign digests and signs; the signature is in the arena. */
E2M_MUST e2m_err e2m_pkey_sign(e2m_env *env, e2m_crypto *c, const e2m_pkey *k,
                               e2m_sig_scheme scheme, e2m_digest digest,
                               e2m_bytes data, e2m_bytes *out_sig);
/* e2m_pkey_unwrap decrypts a key that was wrapped to an RSA key. For PKCS#1
 * v1.5 `want` is the length the key must have: on any fault a random key of
 * that length comes out and the call succeeds (RFC 3218 sec. 2.3.2). For OAEP
 * `want` is not used and a fault is E2M_E_CRYPTO. */
E2M_MUST e2m_err e2m_pkey_unwrap(e2m_crypto *c, const e2m_pkey *k,
                                 e2m_rsa_padding padding, e2m_digest oaep,
                                 e2m_bytes wrapped, size_t want,
                                 e2m_secret *out);
/* e2m_pkey_agree is ECDH with the peer's encoded point (65, 97 or 32 octets,
 * uncompressed); a point off the curve and an all-zero X25519 result fail.
 * The point is set on a prepared peer key, unchecked a second time: on curves
 * of cofactor 1 the on-curve check is what counts. */
E2M_MUST e2m_err e2m_pkey_agree(e2m_crypto *c, const e2m_pkey *k,
                                e2m_bytes point, e2m_secret *out_z);

/* A fresh key of one exchange. */
typedef struct e2m_ephemeral e2m_ephemeral;
E2M_MUST e2m_err e2m_ephemeral_new(e2m_crypto *c, e2m_key_kind kind,
                                   e2m_ephemeral **out);
void e2m_ephemeral_free(e2m_ephemeral *e);
/* its encoded point; lives as long as `e` */
e2m_bytes e2m_ephemeral_point(const e2m_ephemeral *e);
E2M_MUST e2m_err e2m_ephemeral_agree(e2m_crypto *c, const e2m_ephemeral *e,
                                     const e2m_pub *peer, e2m_secret *out_z);

/* ---- key files ----------------------------------------------------------- */

/* What a PEM or PKCS#12 file holds: certificates as DER in the arena, in file
 * order (PKCS#12: the key's own first), and at most one private key, which the
 * caller frees. */
typedef struct e2m_keyfile {
    e2m_bytes *certs;
    size_t num_certs;
    e2m_bytes *crls;
    size_t num_crls;
    e2m_pkey *key;
} e2m_keyfile;
/* e2m_keyfile_read takes PEM (CERTIFICATE, X509 CRL, PRIVATE KEY in its PKCS#8,
 * EC and RSA spellings, encrypted or not), PKCS#12, or one DER certificate.
 * `pass` NULL: none. Never prompts.
 * Fails  E2M_E_SYNTAX, E2M_E_NOKEY wrong passphrase, E2M_E_UNSUPPORTED */
E2M_MUST e2m_err e2m_keyfile_read(e2m_env *env, e2m_bytes file,
                                  const char *pass, e2m_keyfile *out);

/* ---- compression --------------------------------------------------------- */

/* A zlib stream (RFC 1950) there and back, in the arena; its inflating gives at
 * most `max` octets.
 * Fails  E2M_E_LIMIT more than that; E2M_E_SYNTAX not one whole stream */
E2M_MUST e2m_err e2m_inflate(e2m_env *env, e2m_bytes in, size_t max,
                             e2m_bytes *out);
E2M_MUST e2m_err e2m_deflate(e2m_env *env, e2m_bytes in, e2m_bytes *out);

/* ---- path validation ----------------------------------------------------- */

/* Trust anchors and revocation lists; filled once, then only read. */
typedef struct e2m_anchors e2m_anchors;
E2M_MUST e2m_err e2m_anchors_new(e2m_anchors **out);
void e2m_anchors_free(e2m_anchors *a);
E2M_MUST e2m_err e2m_anchors_add_cert(e2m_anchors *a, e2m_bytes der);
/* e2m_anchors_add_crl turns revocation checking of the whole path on. */
E2M_MUST e2m_err e2m_anchors_add_crl(e2m_anchors *a, e2m_bytes der);
size_t e2m_anchors_num(const e2m_anchors *a);

typedef enum e2m_path {
    E2M_PATH_UNCHECKED = 0, E2M_PATH_OK,
    E2M_PATH_EXPIRED,     /* or not yet valid */
    E2M_PATH_UNTRUSTED,   /* no path to an anchor */
    E2M_PATH_REVOKED, E2M_PATH_NO_CRL,
    E2M_PATH_BAD          /* broken signature, not a CA, too long, ... */
} e2m_path;
/* e2m_anchors_check runs OpenSSL's path validation at `now_sec`, with at most
 * 8 extra certificates and depth 5. The answer is in *out. */
E2M_MUST e2m_err e2m_anchors_check(const e2m_anchors *a, e2m_bytes leaf,
                                   const e2m_bytes *extra, size_t num_extra,
                                   int64_t now_sec, e2m_path *out);

/* ---- making certificates (e2m pki) --------------------------------------- */

typedef struct e2m_issue {
    e2m_key_kind kind;  /* of the new key: P256, RSA (2048), ... */
    size_t rsa_bits;
    const char *common_name;
    const char *san_uri; /* "sip:alice@atlanta.example.com", or NULL */
    const char *san_dns; /* "ss1.atlanta.example.com", or NULL */
    const char *san_uri2;/* "sip:ss1.atlanta.example.com" for a host */
    bool ca;
    int64_t not_before;
    int64_t not_after;
    e2m_bytes ca_pem;    /* issuer's certificate and key; empty: self-signed */
} e2m_issue;
/* e2m_issue_cert makes a key and a certificate: PEM texts in the arena. Users
 * get keyUsage digitalSignature + keyAgreement (EC) or keyEncipherment (RSA),
 * extendedKeyUsage emailProtection (hosts: with serverAuth, clientAuth and
 * id-kp-sipDomain, RFC 5924), subjectKeyIdentifier, authorityKeyIdentifier. */
E2M_MUST e2m_err e2m_issue_cert(e2m_env *env, const e2m_issue *what,
                                e2m_bytes *out_cert_pem,
                                e2m_bytes *out_key_pem);

/* e2m_issue_request makes a key and a request for a certificate of somebody
 * else's CA (PKCS#10, RFC 2986): kind, common_name and the names of `what`. */
E2M_MUST e2m_err e2m_issue_request(e2m_env *env, const e2m_issue *what,
                                   e2m_bytes *out_request_pem,
                                   e2m_bytes *out_key_pem);

#endif
