/* SPDX-License-Identifier: BSD-3-Clause */
/* CompressedData: never more than the limits let out, and what came out goes in
 * again. */
#include <string.h>

#include "cms/cms.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const e2m_bytes info = { data, size };
    e2m_bytes text = E2M_NONE, again = E2M_NONE, out = E2M_NONE;
    e2m_compressed cd;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    if (e2m_cms_read_compressed(&env, info, &cd) == E2M_OK &&
        e2m_cms_inflate(&env, &cd, &text) == E2M_OK) {
        MUST(text.len <= env.limits[E2M_LIMIT_INFLATED]);
        MUST(text.len / env.limits[E2M_LIMIT_INFLATE_RATIO] <= cd.packed.len);
        MUST(text.len == env.inflated);
        if (text.len < 16384) {
            env.inflated = 0;
            MUST(e2m_cms_compress(&env, text, &again) == E2M_OK);
            MUST(e2m_cms_read_compressed(&env, again, &cd) == E2M_OK);
            if (e2m_cms_inflate(&env, &cd, &out) == E2M_OK) {
                MUST(e2m_bytes_eq(text, out));
            } else { /* better packed than the ratio lets out */
                MUST(env.diag.err == E2M_E_LIMIT);
            }
        }
    }
    e2m_env_done(&env);
    return 0;
}
