/* SPDX-License-Identifier: BSD-3-Clause */
/* A demo certification authority: enough to try e2m, not to run a company. */
#ifndef E2M_PKI_H
#define E2M_PKI_H

#include <e2m/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* e2m_pki_ca makes a CA (EC P-256, ten years). e2m_pki_issue makes a key and a
 * certificate (one year) for a user ("sip:alice@atlanta.example.com") or a
 * host ("ss1.atlanta.example.com"); `rsa_bits` 0: EC P-256. `ca` is the CA's
 * certificate and key in PEM. The results are PEM texts; release them with
 * e2m_pki_free, which wipes.
 * Fails  E2M_E_ARG name or size; E2M_E_SYNTAX, E2M_E_NOKEY the CA file;
 *        E2M_E_NOMEM, E2M_E_CRYPTO */
typedef struct e2m_pki_pair {
    e2m_bytes cert;
    e2m_bytes key;
} e2m_pki_pair;
E2M_API E2M_MUST e2m_err e2m_pki_ca(int64_t now_sec, e2m_pki_pair *out);
E2M_API E2M_MUST e2m_err e2m_pki_issue(e2m_bytes ca, e2m_bytes name,
                                       size_t rsa_bits, int64_t now_sec,
                                       e2m_pki_pair *out);
E2M_API void e2m_pki_free(e2m_pki_pair *pair);

#ifdef __cplusplus
}
#endif
#endif
