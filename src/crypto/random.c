/* SPDX-License-Identifier: BSD-3-Clause */
/* The one source of randomness. A library of its own, so that the tests can
 * bring theirs and nothing in a release can. */
#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "crypto/crypto.h"

e2m_err
e2m_random(uint8_t *out, size_t len)
{
    if (len > INT_MAX) {
        return E2M_E_ARG;
    }
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
                                  OPENSSL_INIT_NO_ATEXIT, NULL);
    if (RAND_priv_bytes(out, (int)len) != 1) {
        ERR_clear_error();
        e2m_wipe(out, len);
        return E2M_E_CRYPTO;
    }
    return E2M_OK;
}
