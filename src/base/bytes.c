/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/base.h"

e2m_bytes
e2m_str(const char *s)
{
    return (e2m_bytes){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

bool
e2m_bytes_eq(e2m_bytes a, e2m_bytes b)
{
    return a.len == b.len &&
           (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static uint8_t
lower(uint8_t c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

bool
e2m_bytes_ieq(e2m_bytes a, e2m_bytes b)
{
    return a.len == b.len && e2m_bytes_istarts(a, b);
}

bool
e2m_bytes_istarts(e2m_bytes a, e2m_bytes prefix)
{
    if (a.len < prefix.len) {
        return false;
    }
    for (size_t i = 0; i < prefix.len; i++) {
        if (a.data[i] != prefix.data[i] &&
            lower(a.data[i]) != lower(prefix.data[i])) {
            return false;
        }
    }
    return true;
}

bool
e2m_bytes_within(e2m_bytes part, e2m_bytes whole)
{
    const uintptr_t p = (uintptr_t)part.data;
    const uintptr_t w = (uintptr_t)whole.data;

    return part.data != NULL && whole.data != NULL && p >= w &&
           p - w <= whole.len && part.len <= whole.len - (p - w);
}

e2m_bytes
e2m_bytes_span(e2m_bytes a, e2m_bytes b)
{
    if (b.data == NULL) {
        return a;
    }
    return (e2m_bytes){ a.data, (size_t)(b.data - a.data) + b.len };
}
