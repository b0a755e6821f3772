/* SPDX-License-Identifier: BSD-3-Clause */
/* der: reading and writing DER (X.690), and the one door through which BER
 * comes in.
 *
 * The reader accepts DER alone: definite, minimal lengths of at most four
 * octets, tag numbers below 31. What other tools emit as BER goes through
 * e2m_der_from_ber first, which bounds and rewrites it. */
#ifndef E2M_DER_H
#define E2M_DER_H

#include "base/base.h"

/* An identifier octet: class, constructed bit and number in one. */
typedef enum e2m_tag {
    E2M_DER_BOOLEAN = 0x01,
    E2M_DER_INTEGER = 0x02,
    E2M_DER_BIT_STRING = 0x03,
    E2M_DER_OCTET_STRING = 0x04,
    E2M_DER_NULL = 0x05,
    E2M_DER_OID = 0x06,
    E2M_DER_UTF8_STRING = 0x0c,
    E2M_DER_UTC_TIME = 0x17,
    E2M_DER_GENERALIZED_TIME = 0x18,
    E2M_DER_SEQUENCE = 0x30,
    E2M_DER_SET = 0x31
} e2m_tag;

#define E2M_DER_CONTEXT(n) ((unsigned)(0x80 | (n)))             /* primitive */
#define E2M_DER_CONTEXT_CONSTRUCTED(n) ((unsigned)(0xa0 | (n)))

/* ---- reading ---------------------------------------------------------- */

/* e2m_der_get reads one element that must have `tag` and gives its contents.
 * Fails  E2M_E_SYNTAX: another tag, bad length, or too short; cursor and
 *        output then unchanged */
E2M_MUST e2m_err e2m_der_get(e2m_in *in, unsigned tag, e2m_bytes *out);
/* e2m_der_get_any reads one element of whatever tag; `out_element` is all of
 * it, header included. Either output may be NULL. */
E2M_MUST e2m_err e2m_der_get_any(e2m_in *in, unsigned *out_tag,
                                 e2m_bytes *out_contents,
                                 e2m_bytes *out_element);
/* e2m_der_get_optional: *found false when the next tag is another one. */
E2M_MUST e2m_err e2m_der_get_optional(e2m_in *in, unsigned tag,
                                      e2m_bytes *out, bool *found);
/* e2m_der_enter is e2m_der_get that gives a cursor over the contents. */
E2M_MUST e2m_err e2m_der_enter(e2m_in *in, unsigned tag, e2m_in *out);
bool e2m_der_next_is(const e2m_in *in, unsigned tag);

/* e2m_der_get_uint reads a non-negative minimal INTEGER up to 2^63-1. */
E2M_MUST e2m_err e2m_der_get_uint(e2m_in *in, uint64_t *out);
/* e2m_der_get_time reads UTCTime or GeneralizedTime in the DER forms
 * (seconds, "Z") into seconds since 1970 UTC. */
E2M_MUST e2m_err e2m_der_get_time(e2m_in *in, int64_t *out_sec);

/* AlgorithmIdentifier. `params` is the whole parameters element, empty when
 * absent. */
typedef struct e2m_der_alg {
    e2m_bytes oid; /* contents of the OBJECT IDENTIFIER */
    e2m_bytes params;
} e2m_der_alg;
E2M_MUST e2m_err e2m_der_get_alg(e2m_in *in, e2m_der_alg *out);
/* e2m_der_alg_plain: parameters absent or NULL. */
bool e2m_der_alg_plain(const e2m_der_alg *alg);

/* e2m_der_from_ber rewrites one BER element as DER: indefinite lengths, OCTET
 * STRINGs in fragments, long lengths. SETs keep their order, for signed
 * attributes are hashed as sent; so do the contents of primitives. What a
 * context-specific tag hides is not known here: an IMPLICIT OCTET STRING in
 * fragments stays constructed. Bounds: depth 24, `num` elements.
 * Gives  *out in the arena
 * Fails  E2M_E_SYNTAX (trailing octets too), E2M_E_LIMIT, E2M_E_NOMEM */
E2M_MUST e2m_err e2m_der_from_ber(e2m_env *env, e2m_bytes ber, size_t num,
                                  e2m_bytes *out);

/* ---- writing ---------------------------------------------------------- */

/* A writer over an e2m_out. e2m_der_open starts a constructed (or wrapping)
 * element, e2m_der_close patches its length: they nest like brackets, at most
 * 16 deep. Failures stick, as in e2m_out. */
typedef struct e2m_der_w {
    e2m_out out;
    size_t open[16]; /* offsets of the length octets to patch */
    size_t depth;
} e2m_der_w;

void e2m_der_w_init(e2m_der_w *w, e2m_env *env, size_t expect);
void e2m_der_open(e2m_der_w *w, unsigned tag);
void e2m_der_close(e2m_der_w *w);
void e2m_der_put(e2m_der_w *w, unsigned tag, e2m_bytes contents);
void e2m_der_put_raw(e2m_der_w *w, e2m_bytes elements);
/* e2m_der_room puts an element whose `len` contents octets the caller fills in;
 * NULL after a failure. The pointer is valid until the next put. */
uint8_t *e2m_der_room(e2m_der_w *w, unsigned tag, size_t len);
void e2m_der_put_uint(e2m_der_w *w, uint64_t value);
void e2m_der_put_null(e2m_der_w *w);
/* UTCTime through 2049, else GeneralizedTime (RFC 5652 sec. 11.3). */
void e2m_der_put_time(e2m_der_w *w, int64_t sec);
/* AlgorithmIdentifier; `params` a whole element, or empty for absent. */
void e2m_der_put_alg(e2m_der_w *w, e2m_bytes oid, e2m_bytes params);
/* e2m_der_put_set_of writes SET OF (or an implicit tag) in DER's order:
 * elements sorted by their octets. At most 32. */
void e2m_der_put_set_of(e2m_der_w *w, unsigned tag, const e2m_bytes *elements,
                        size_t num);
E2M_MUST e2m_err e2m_der_w_done(e2m_der_w *w, e2m_bytes *out);

/* ---- object identifiers ----------------------------------------------- */

/* One table names every OID we use: E2M_OID_x is the index, e2m_oid gives the
 * contents octets, e2m_oid_of finds the index, E2M_OID_UNKNOWN when it is not
 * ours. Order: as in oid_table.c. */
typedef enum e2m_oid_id {
    E2M_OID_UNKNOWN = 0,
    /* CMS content types, RFC 5652, 5083, 3274 */
    E2M_OID_DATA, E2M_OID_SIGNED_DATA, E2M_OID_ENVELOPED_DATA,
    E2M_OID_ENCRYPTED_DATA, E2M_OID_AUTH_ENVELOPED_DATA,
    E2M_OID_COMPRESSED_DATA,
    /* attributes: RFC 5652 sec. 11, RFC 8551, RFC 5035, RFC 3185, WIRE.md 1 */
    E2M_OID_CONTENT_TYPE, E2M_OID_MESSAGE_DIGEST, E2M_OID_SIGNING_TIME,
    E2M_OID_SMIME_CAPABILITIES, E2M_OID_SIGNING_CERTIFICATE_V2,
    E2M_OID_CEK_REFERENCE, E2M_OID_CEK_MAX_DECRYPTS,
    E2M_OID_KEK_DERIVATION_ALG, E2M_OID_KEY_COMMITMENT,
    /* digests */
    E2M_OID_SHA1, E2M_OID_SHA256, E2M_OID_SHA384, E2M_OID_SHA512,
    /* signatures */
    E2M_OID_RSA, E2M_OID_RSA_PSS, E2M_OID_SHA1_RSA, E2M_OID_SHA256_RSA,
    E2M_OID_SHA384_RSA, E2M_OID_SHA512_RSA, E2M_OID_ECDSA_SHA256,
    E2M_OID_ECDSA_SHA384, E2M_OID_ECDSA_SHA512, E2M_OID_ED25519,
    /* key transport and agreement */
    E2M_OID_RSA_OAEP, E2M_OID_MGF1, E2M_OID_P_SPECIFIED,
    E2M_OID_ECDH_SHA1KDF, E2M_OID_ECDH_SHA256KDF, E2M_OID_ECDH_SHA384KDF,
    E2M_OID_ECDH_SHA512KDF, E2M_OID_COFACTOR_SHA256KDF,
    E2M_OID_COFACTOR_SHA384KDF, E2M_OID_ECDH_HKDF_SHA256,
    E2M_OID_ECDH_HKDF_SHA384, E2M_OID_ECDH_HKDF_SHA512,
    E2M_OID_EC_PUBLIC_KEY, E2M_OID_P256, E2M_OID_P384, E2M_OID_X25519,
    /* compression, RFC 3274 */
    E2M_OID_ZLIB,
    /* AES, RFC 3565, 5084 */
    E2M_OID_AES128_CBC, E2M_OID_AES192_CBC, E2M_OID_AES256_CBC,
    E2M_OID_AES128_WRAP, E2M_OID_AES192_WRAP, E2M_OID_AES256_WRAP,
    E2M_OID_AES128_GCM, E2M_OID_AES192_GCM, E2M_OID_AES256_GCM,
    E2M_OID_AES128_CCM, E2M_OID_AES192_CCM, E2M_OID_AES256_CCM,
    /* certificates */
    E2M_OID_SUBJECT_ALT_NAME, E2M_OID_SUBJECT_KEY_ID, E2M_OID_KEY_USAGE,
    E2M_OID_EXT_KEY_USAGE, E2M_OID_BASIC_CONSTRAINTS,
    E2M_OID_COMMON_NAME,
    E2M_OID_KP_ANY, E2M_OID_KP_EMAIL, E2M_OID_KP_SIP_DOMAIN,
    E2M_OID_KP_SERVER_AUTH, E2M_OID_KP_CLIENT_AUTH,
    /* password based, RFC 8018 */
    E2M_OID_PBKDF2, E2M_OID_HMAC_SHA1,
    E2M_OID_COUNT
} e2m_oid_id;

e2m_bytes e2m_oid(e2m_oid_id id);
e2m_oid_id e2m_oid_of(e2m_bytes contents);
/* e2m_oid_name: "aes-128-gcm", "ecdsa-with-SHA256"; "unknown" otherwise. */
const char *e2m_oid_name(e2m_oid_id id);

#endif
