/* SPDX-License-Identifier: BSD-3-Clause */
/* Media types and patterns of them, as policies and demands name them. */
#include "mime/mime.h"

static bool
split(e2m_bytes type, e2m_bytes *major, e2m_bytes *minor)
{
    size_t n = 0;

    while (n < type.len && type.data[n] != '/') {
        n++;
    }
    *major = e2m_bytes_upto(type, n);
    *minor = n < type.len ? e2m_bytes_from(type, n + 1) : E2M_NONE;
    return n < type.len;
}

static bool
is_star(e2m_bytes b)
{
    return b.len == 1 && b.data[0] == '*';
}

bool
e2m_mime_is_pattern(e2m_bytes pattern)
{
    e2m_bytes major;
    e2m_bytes minor;

    if (is_star(pattern)) {
        return true;
    }
    return pattern.len <= 127 && split(pattern, &major, &minor) &&
           e2m_text_is_token(major) && e2m_text_is_token(minor) &&
           (!is_star(major) || is_star(minor));
}

bool
e2m_mime_matches(e2m_bytes pattern, e2m_bytes type)
{
    e2m_bytes major;
    e2m_bytes minor;
    e2m_bytes type_major;
    e2m_bytes type_minor;
    e2m_bytes params;

    if (is_star(pattern)) {
        return true;
    }
    e2m_text_split_params(type, &type, &params);
    if (!split(pattern, &major, &minor) ||
        !split(type, &type_major, &type_minor)) {
        return false;
    }
    return (is_star(major) || e2m_bytes_ieq(major, type_major)) &&
           (is_star(minor) || e2m_bytes_ieq(minor, type_minor));
}
