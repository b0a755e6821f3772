/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/base.h"

e2m_in
e2m_in_init(e2m_bytes data)
{
    return (e2m_in){ data };
}

bool
e2m_in_done(const e2m_in *in)
{
    return in->rest.len == 0;
}

e2m_err
e2m_in_u8(e2m_in *in, uint8_t *out)
{
    if (in->rest.len == 0) {
        return E2M_E_SYNTAX;
    }
    *out = in->rest.data[0];
    in->rest = e2m_bytes_from(in->rest, 1);
    return E2M_OK;
}

e2m_err
e2m_in_take(e2m_in *in, size_t n, e2m_bytes *out)
{
    if (in->rest.len < n) {
        return E2M_E_SYNTAX;
    }
    *out = e2m_bytes_upto(in->rest, n);
    in->rest = e2m_bytes_from(in->rest, n);
    return E2M_OK;
}

e2m_err
e2m_in_empty(const e2m_in *in)
{
    return in->rest.len == 0 ? E2M_OK : E2M_E_SYNTAX;
}

int
e2m_in_peek(const e2m_in *in, size_t at)
{
    return at < in->rest.len ? in->rest.data[at] : -1;
}
