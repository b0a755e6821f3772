/* SPDX-License-Identifier: BSD-3-Clause */
#include "random.h"

#include <openssl/evp.h>

static uint64_t seed_now;
static uint64_t counter;
static int calls_left = -1;

void
e2m_test_seed(uint64_t seed)
{
    seed_now = seed;
    counter = 0;
    calls_left = -1;
}

void
e2m_test_random_fail_after(int calls)
{
    calls_left = calls;
}

/* SHA-256 over seed and counter, so that all octets look drawn. */
static bool
next_block(uint8_t block[32])
{
    uint8_t in[16];

    for (size_t i = 0; i < 8; i++) {
        in[i] = (uint8_t)(seed_now >> 8 * i);
        in[8 + i] = (uint8_t)(counter >> 8 * i);
    }
    counter++;
    return EVP_Digest(in, sizeof in, block, NULL, EVP_sha256(), NULL) == 1;
}

e2m_err
e2m_random(uint8_t *out, size_t len)
{
    uint8_t block[32];

    if (calls_left == 0) {
        return E2M_E_CRYPTO;
    }
    if (calls_left > 0) {
        calls_left--;
    }
    for (size_t done = 0; done < len; done += sizeof block) {
        const size_t part =
            len - done < sizeof block ? len - done : sizeof block;

        if (!next_block(block)) {
            return E2M_E_CRYPTO;
        }
        memcpy(out + done, block, part);
    }
    return E2M_OK;
}
