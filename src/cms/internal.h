/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this folder share. */
#ifndef E2M_CMS_INTERNAL_H
#define E2M_CMS_INTERNAL_H

#include "cms/cms.h"

/* ---- ContentInfo, and BER (content_info.c) ------------------------------- */

/* e2m_cms_read reads a ContentInfo with `read`, first as DER; what is not DER
 * goes through the BER door, once. `out` is only written on success. */
typedef e2m_err e2m_cms_reader(e2m_env *env, e2m_bytes der, void *out);
E2M_MUST e2m_err e2m_cms_read(e2m_env *env, const char *layer,
                              e2m_bytes content_info, e2m_cms_reader *read,
                              void *out);
/* e2m_cms_enter gives the type, and a cursor over the content's SEQUENCE. */
E2M_MUST e2m_err e2m_cms_enter(e2m_env *env, e2m_bytes content_info,
                               e2m_oid_id *out_type, e2m_in *out);
/* e2m_cms_begin opens ContentInfo, [0] and the content's SEQUENCE: three
 * e2m_der_close end it, e2m_cms_end. */
void e2m_cms_begin(e2m_der_w *w, e2m_oid_id type);
void e2m_cms_end(e2m_der_w *w);
/* e2m_cms_octets reads an OCTET STRING behind an IMPLICIT tag `number`, which
 * streaming tools write constructed, in fragments. */
E2M_MUST e2m_err e2m_cms_octets(e2m_env *env, e2m_in *in, unsigned number,
                                e2m_bytes *out, bool *found);
/* e2m_cms_sid reads issuerAndSerialNumber or [0] subjectKeyIdentifier. */
E2M_MUST e2m_err e2m_cms_sid(e2m_in *in, e2m_bytes *issuer,
                             e2m_bytes *serial, e2m_bytes *key_id);
void e2m_cms_put_sid(e2m_der_w *w, const e2m_cert *cert);
/* e2m_cms_is_cert says whether those name `cert`. */
bool e2m_cms_is_cert(const e2m_cert *cert, e2m_bytes issuer, e2m_bytes serial,
                     e2m_bytes key_id);
/* e2m_cms_retag writes `contents` anew as a SET: how attributes are hashed. */
E2M_MUST e2m_err e2m_cms_retag(e2m_env *env, e2m_bytes contents,
                               e2m_bytes *out);

/* ---- algorithms (algorithms.c) ------------------------------------------- */

typedef enum e2m_cms_mode {
    E2M_CMS_CBC = 0, E2M_CMS_GCM, E2M_CMS_CCM
} e2m_cms_mode;

typedef struct e2m_cms_cipher {
    e2m_oid_id oid;
    e2m_cms_mode mode;
    e2m_oid_id structure; /* the only one that it may stand in */
    e2m_oid_id wrap;      /* key wrap of the same key size */
    size_t key_len;
} e2m_cms_cipher;

/* NULL: not one of ours */
const e2m_cms_cipher *e2m_cms_cipher_of(e2m_oid_id oid);
/* CBC for one that is not ours */
e2m_cms_mode e2m_cms_mode_of(e2m_oid_id oid);
/* octets of the key of an AES key wrap; 0: not one, or odd parameters */
size_t e2m_cms_wrap_len(const e2m_der_alg *alg);

/* E2M_DIGEST_NONE: not one of ours. Parameters absent or NULL. */
e2m_digest e2m_cms_digest_of(const e2m_der_alg *alg);
e2m_oid_id e2m_cms_digest_oid(e2m_digest d);
/* RSAES-OAEP-params: the hash, and which kind of OAEP it is: a mask with the
 * same hash or with SHA-1, no label; else NONE. */
e2m_digest e2m_cms_oaep_digest(e2m_bytes params,
                               e2m_rsa_padding *out_padding);
/* RSASSA-PSS-params: one digest for both, salt as long as it, trailer 1. */
e2m_digest e2m_cms_pss_digest(e2m_bytes params);
void e2m_cms_put_oaep(e2m_der_w *w, e2m_digest d);
void e2m_cms_put_pss(e2m_der_w *w, e2m_digest d);

/* ---- attributes (attributes.c) ------------------------------------------- */

typedef struct e2m_cms_attr {
    e2m_oid_id type;
    e2m_bytes values; /* contents of attrValues */
} e2m_cms_attr;

/* e2m_cms_each_attr gives each attribute of a set, the contents of which are
 * `attrs`, to `take`. */
typedef e2m_err e2m_cms_take(const e2m_cms_attr *attr, void *user);
E2M_MUST e2m_err e2m_cms_each_attr(e2m_env *env, e2m_bytes attrs,
                                   e2m_cms_take *take, void *user);
/* e2m_cms_attr_value reads the one value of an attribute. It may come once:
 * *out must still be empty. */
E2M_MUST e2m_err e2m_cms_attr_value(const e2m_cms_attr *attr, unsigned tag,
                                    e2m_bytes *out);
/* The attributes of an envelope that we know, from either set. */
E2M_MUST e2m_err e2m_cms_envelope_attrs(e2m_env *env, e2m_enveloped *e);

/* One Attribute, as an element, with one value, as an element. */
E2M_MUST e2m_err e2m_cms_make_attr(e2m_env *env, e2m_oid_id type,
                                   e2m_bytes value, e2m_bytes *out);
/* The attributes of an envelope that we make. */
E2M_MUST e2m_err e2m_cms_make_envelope_attrs(e2m_env *env, e2m_crypto *c,
                                             const e2m_cms_seal *how,
                                             const e2m_secret *cek,
                                             e2m_bytes out[3],
                                             size_t *out_num);

/* signed_attributes.c: [0] of a SignerInfo, when it is there; the attributes
 * that we sign. */
E2M_MUST e2m_err e2m_cms_read_signed_attrs(e2m_env *env, e2m_in *in,
                                           e2m_signer *s);
E2M_MUST e2m_err e2m_cms_make_signed_attrs(e2m_env *env,
                                           const e2m_cms_sign *how,
                                           e2m_bytes digest, e2m_bytes *out);
/* A signingCertificateV2, where there is one, is this certificate's.
 * Fails  E2M_E_CRYPTO it is not; E2M_E_UNSUPPORTED its hash is not ours */
E2M_MUST e2m_err e2m_cms_check_cert_id(e2m_crypto *c, const e2m_signer *s,
                                       const e2m_cert *cert);

/* ---- envelopes (enveloped_read.c) ---------------------------------------- */

/* EncryptedContentInfo; then attributes behind [number], where there are. */
E2M_MUST e2m_err e2m_cms_read_content(e2m_env *env, e2m_in *in,
                                      e2m_enveloped *e);
E2M_MUST e2m_err e2m_cms_read_attrs(e2m_in *in, unsigned number,
                                    e2m_bytes *out);

/* ---- recipients ---------------------------------------------------------- */

/* recipients_read.c: `set` is the contents of RecipientInfos. */
E2M_MUST e2m_err e2m_cms_read_recipients(e2m_env *env, e2m_bytes set,
                                         e2m_enveloped *e);

/* key_agreement.c: the key encryption key of RFC 5753 sec. 7 and RFC 8418 from
 * the shared secret; `alg` is the keyEncryptionAlgorithm, a scheme with the key
 * wrap's AlgorithmIdentifier as its parameters.
 * Fails  E2M_E_UNSUPPORTED another scheme or wrap */
E2M_MUST e2m_err e2m_cms_agreed_kek(e2m_env *env, e2m_crypto *c,
                                    const e2m_der_alg *alg, e2m_bytes ukm,
                                    const e2m_secret *z, e2m_secret *out);
/* The scheme that we write for a kind of key; UNKNOWN: not for agreement. */
e2m_oid_id e2m_cms_scheme_for(e2m_key_kind kind);

/* recipients_write.c: RecipientInfos, the SET as a whole. */
E2M_MUST e2m_err e2m_cms_write_recipients(e2m_env *env, e2m_crypto *c,
                                          const e2m_cms_seal *how,
                                          const e2m_secret *cek,
                                          e2m_bytes *out);

#endif
