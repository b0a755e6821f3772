/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "api/api.h"

e2m_err
e2m_copy_bytes(e2m_bytes in, e2m_bytes *out)
{
    uint8_t *copy = malloc(in.len > 0 ? in.len : 1);

    *out = E2M_NONE;
    if (copy == NULL) {
        return E2M_E_NOMEM;
    }
    if (in.len > 0) {
        memcpy(copy, in.data, in.len);
    }
    *out = (e2m_bytes){ copy, in.len };
    /* cppcheck-suppress memleak ; it is in *out */
    return E2M_OK;
}
