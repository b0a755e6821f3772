/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this folder share; nobody else includes it. */
#ifndef E2M_CERT_INTERNAL_H
#define E2M_CERT_INTERNAL_H

#include "cert/cert.h"
#include "der/der.h"

enum { CERT_LEN_MAX = 65536, CERT_NAMES_MAX = 16, CERT_EXTENSIONS_MAX = 32 };

/* A certificate in one block: its slices, then its octets. */
typedef struct cert_block {
    e2m_cert cert;
    e2m_bytes names[3 * CERT_NAMES_MAX];
    uint8_t der[];
} cert_block;

/* e2m_cert_make is e2m_cert_new when the hash is known already. */
E2M_MUST e2m_err e2m_cert_make(e2m_bytes der, const uint8_t sha256[32],
                               size_t max_rsa_bits, e2m_cert **out);

/* e2m_cert_ends reads no more than issuer and subject, whole elements. */
E2M_MUST e2m_err e2m_cert_ends(e2m_bytes der, e2m_bytes *issuer,
                               e2m_bytes *subject);

/* e2m_cert_extensions reads the contents of [3] into `c`. */
E2M_MUST e2m_err e2m_cert_extensions(e2m_bytes contents, e2m_cert *c);

#endif
