/* SPDX-License-Identifier: BSD-3-Clause */
/* BER to DER; what came out must go through unchanged. */
#include "der/der.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2m_env env;
    e2m_bytes once = E2M_NONE;
    e2m_bytes again = E2M_NONE;

    e2m_env_init(&env, NULL, NULL);
    if (e2m_der_from_ber(&env, (e2m_bytes){ data, size }, 4096,
                         &once) == E2M_OK) {
        MUST(e2m_der_from_ber(&env, once, 4096, &again) == E2M_OK);
        MUST(e2m_bytes_eq(once, again));
    }
    e2m_env_done(&env);
    return 0;
}
