/* SPDX-License-Identifier: BSD-3-Clause */
/* A demo certification authority: enough to try e2m, not to run a company. */
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

#ifdef __cplusplus
}
#endif
#endif
