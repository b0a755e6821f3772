/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys and certificates: a demo certification authority, enough to try e2m and
 * not to run a company; a request to a real one; and how a file stands. */
#ifndef E2M_PKI_H
#define E2M_PKI_H

#include <e2m/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which key a certificate gets; an RSA key by its size, 2048 to 4096 bits. An
 * X25519 key only receives (RFC 8418) and an Ed25519 key only signs (RFC 8419):
 * who uses them has one of each, and adds both to the configuration. */
typedef enum e2m_pki_key {
    E2M_PKI_P256 = 0, E2M_PKI_P384, E2M_PKI_X25519, E2M_PKI_ED25519
} e2m_pki_key;

/* e2m_pki_ca makes a CA (EC P-256, ten years). e2m_pki_issue makes a key and a
 * certificate (one year) for a user ("sip:alice@atlanta.example.com") or a
 * host ("ss1.atlanta.example.com"); `key` is one of e2m_pki_key or a number of
 * bits. `ca` is the CA's certificate and key in PEM. The results are PEM texts;
 * release them with e2m_pki_free, which wipes.
 * Fails  E2M_E_ARG name or key; E2M_E_SYNTAX, E2M_E_NOKEY the CA file;
 *        E2M_E_NOMEM, E2M_E_CRYPTO */
typedef struct e2m_pki_pair {
    e2m_bytes cert;
    e2m_bytes key;
} e2m_pki_pair;
E2M_API E2M_MUST e2m_err e2m_pki_ca(int64_t now_sec, e2m_pki_pair *out);
E2M_API E2M_MUST e2m_err e2m_pki_issue(e2m_bytes ca, e2m_bytes name,
                                       unsigned key, int64_t now_sec,
                                       e2m_pki_pair *out);
E2M_API void e2m_pki_free(e2m_pki_pair *pair);

/* e2m_pki_request makes a key (EC P-256) and a request for a certificate with
 * the name of a user ("sip:alice@atlanta.example.com") as subjectAltName, for a
 * CA to sign (PKCS#10, RFC 2986). The request is out->cert.
 * Fails  E2M_E_ARG the name; E2M_E_NOMEM, E2M_E_CRYPTO */
E2M_API E2M_MUST e2m_err e2m_pki_request(e2m_bytes name, e2m_pki_pair *out);

/* What path validation says (RFC 5280 sec. 6). */
typedef enum e2m_pki_path {
    E2M_PKI_UNCHECKED = 0,
    E2M_PKI_TRUSTED,
    E2M_PKI_OUT_OF_TIME, /* it or one above it: expired, or not yet valid */
    E2M_PKI_UNTRUSTED,   /* no path to an anchor */
    E2M_PKI_REVOKED,
    E2M_PKI_NO_CRL,
    E2M_PKI_BAD          /* a broken signature, not a CA, ... */
} e2m_pki_path;

/* How the first certificate of a file stands, and the key in that file. */
typedef struct e2m_pki_report {
    bool has_key;
    bool has_cert; /* the rest is said only when there is one */
    bool key_fits;
    bool named;    /* it is `name`'s */
    bool may_sign; /* keyUsage and extendedKeyUsage */
    bool may_receive;
    int64_t not_before; /* seconds since 1970 UTC */
    int64_t not_after;
    e2m_pki_path path;
} e2m_pki_report;

/* What is asked about a file. */
typedef struct e2m_pki_question {
    e2m_bytes file;      /* PEM, PKCS#12 or DER */
    const char *pass;    /* or NULL */
    e2m_bytes name;      /* a user's SIP URI, or a host */
    e2m_bytes trust;     /* a file of anchors and CRLs; empty: the path stays
                            unchecked */
    int64_t now_sec;     /* seconds since 1970 UTC */
} e2m_pki_question;

/* e2m_pki_look answers. The other certificates of the file help to find the
 * path.
 * Fails  E2M_E_SYNTAX, E2M_E_UNSUPPORTED; E2M_E_NOKEY the passphrase;
 *        E2M_E_NOMEM, E2M_E_LIMIT */
E2M_API E2M_MUST e2m_err e2m_pki_look(const e2m_pki_question *question,
                                      e2m_pki_report *out);

#ifdef __cplusplus
}
#endif
#endif
