/* SPDX-License-Identifier: BSD-3-Clause */
/* A certificate, and what names and uses it claims. */
#include "cert/cert.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2m_cert *cert = NULL;

    if (e2m_cert_new((e2m_bytes){ data, size }, 4096, &cert) == E2M_OK) {
        (void)e2m_cert_identity(cert);
        (void)e2m_cert_is_user(cert, E2M_LIT("sip:bob@biloxi.example.com"));
        (void)e2m_cert_is_host(cert, E2M_LIT("ss1.atlanta.example.com"));
        (void)e2m_cert_may_sign(cert);
        (void)e2m_cert_may_receive(cert);
    }
    e2m_cert_free(cert);
    return 0;
}
