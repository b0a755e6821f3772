/* SPDX-License-Identifier: BSD-3-Clause */
/* cert: what a certificate says, whose it is, and whether it may be believed
 * (RFC 5280, RFC 5922, RFC 8591 sec. 5).
 *
 * A certificate is decoded once (0.1 ms) and then found by the SHA-256 of its
 * DER (0.4 us): e2m_certs is that memory, for one thread at a time. */
#ifndef E2M_CERT_H
#define E2M_CERT_H

#include "crypto/crypto.h"

typedef struct e2m_cert e2m_cert;
/* All slices point into `der`, which the certificate owns. Immutable once
 * made; may be shared by threads. */
struct e2m_cert {
    e2m_bytes der;
    uint8_t sha256[32];
    e2m_bytes issuer;  /* Name, the whole element */
    e2m_bytes serial;  /* INTEGER, the whole element */
    e2m_bytes subject; /* Name, the whole element */
    e2m_bytes ski;     /* keyIdentifier octets, or empty */
    e2m_bytes spki;    /* SubjectPublicKeyInfo, the whole element */
    int64_t not_before, not_after;
    e2m_bytes *uris;   /* subjectAltName uniformResourceIdentifier */
    size_t num_uris;
    e2m_bytes *emails; /* rfc822Name */
    size_t num_emails;
    e2m_bytes *hosts;  /* dNSName */
    size_t num_hosts;
    bool has_usage;
    unsigned usage;    /* keyUsage, E2M_USAGE_* */
    bool has_purposes; /* extendedKeyUsage present */
    bool purpose_ok;   /* ... and with any, emailProtection, sipDomain,
                          serverAuth or clientAuth among them */
    bool ca;
    e2m_bytes capabilities; /* contents of SMIMECapabilities (RFC 4262) */
    e2m_pub *pub;      /* NULL: a key of a kind we do not use */
};

enum {
    E2M_USAGE_DIGITAL_SIGNATURE = 1 << 0,
    E2M_USAGE_NON_REPUDIATION = 1 << 1,
    E2M_USAGE_KEY_ENCIPHERMENT = 1 << 2,
    E2M_USAGE_KEY_AGREEMENT = 1 << 4
};

/* e2m_cert_new decodes one DER certificate into a heap object of its own. At
 * most 16 names of each kind.
 * Fails  E2M_E_SYNTAX, E2M_E_LIMIT, E2M_E_NOMEM */
E2M_MUST e2m_err e2m_cert_new(e2m_bytes der, size_t max_rsa_bits,
                              e2m_cert **out);
void e2m_cert_free(e2m_cert *c);

/* May this key sign / be enveloped for: keyUsage and extendedKeyUsage, which
 * only restrict when present (RFC 5280 sec. 4.2.1.3, RFC 8550 sec. 4.4). */
bool e2m_cert_may_sign(const e2m_cert *c);
bool e2m_cert_may_receive(const e2m_cert *c);

/* e2m_cert_is_user: `aor` ("sip:alice@atlanta.example.com", any parameters
 * ignored) is one of the certificate's identities: a subjectAltName URI of
 * scheme sip or sips with that user and host; only when it has no such URI, an
 * rfc822Name user@host. User compared exactly, host without case. */
bool e2m_cert_is_user(const e2m_cert *c, e2m_bytes aor);
/* e2m_cert_is_host: RFC 5922 sec. 7.1: SAN URI "sip:host" without user; only
 * when there is none, dNSName. Whole, no wildcard, without case. `host` may
 * also come as "sip:host". */
bool e2m_cert_is_host(const e2m_cert *c, e2m_bytes host);
/* e2m_cert_identity is the first identity for reports: SAN sip(s) URI, else
 * "sip:" + rfc822Name is NOT made up: the rfc822Name as it stands, else the
 * dNSName; empty when there is none. */
e2m_bytes e2m_cert_identity(const e2m_cert *c);

/* ---- the memory ---------------------------------------------------------- */

typedef struct e2m_certs e2m_certs;
/* e2m_certs_new: at most `max` certificates and as many verdicts are kept;
 * a verdict for at most `ttl_sec` seconds and never past the certificate's
 * own end. */
E2M_MUST e2m_err e2m_certs_new(size_t max, int64_t ttl_sec,
                               size_t max_rsa_bits, e2m_certs **out);
void e2m_certs_free(e2m_certs *m);
/* e2m_certs_trim drops the oldest when over `max`. Called between messages:
 * what e2m_certs_get gave is valid until the next trim. From one trim to the
 * next e2m_certs_check computes two good paths, or one bad one; others stay
 * E2M_PATH_UNCHECKED. */
void e2m_certs_trim(e2m_certs *m);
/* e2m_certs_get decodes, or finds what it decoded before. A failure is
 * remembered as well. */
E2M_MUST e2m_err e2m_certs_get(e2m_certs *m, e2m_crypto *c, e2m_bytes der,
                               const e2m_cert **out);
/* e2m_certs_check is e2m_anchors_check with a memory, keyed by the hashes of
 * leaf and extra certificates. Two of the extra ones are used at most, those
 * that stand above the leaf by name: so many CAs between leaf and anchor. */
E2M_MUST e2m_err e2m_certs_check(e2m_certs *m, e2m_crypto *c,
                                 const e2m_anchors *anchors,
                                 const e2m_cert *leaf, const e2m_bytes *extra,
                                 size_t num_extra, int64_t now_sec,
                                 e2m_path *out);
/* How often the memory answered and how often it had to work, for tests. */
void e2m_certs_stats(const e2m_certs *m, size_t *out_hits,
                     size_t *out_misses);

#endif
