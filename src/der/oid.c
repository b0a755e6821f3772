/* SPDX-License-Identifier: BSD-3-Clause */
/* From an object identifier's name to its octets, and back. */
#include "der/internal.h"

e2m_bytes
e2m_oid(e2m_oid_id id)
{
    if (id == E2M_OID_UNKNOWN || (unsigned)id >= E2M_OID_COUNT) {
        return E2M_NONE;
    }
    return (e2m_bytes){ e2m_oid_table[id].contents, e2m_oid_table[id].len };
}

/* Length and last octet tell nearly all of them apart. */
static bool
is_oid(e2m_oid_id id, e2m_bytes contents)
{
    const size_t len = e2m_oid_table[id].len;

    return len == contents.len &&
           e2m_oid_table[id].contents[len - 1] == contents.data[len - 1] &&
           memcmp(e2m_oid_table[id].contents, contents.data, len) == 0;
}

e2m_oid_id
e2m_oid_of(e2m_bytes contents)
{
    /* what stands in every envelope and signature of ours, looked at first */
    static const e2m_oid_id usual[] = {
        E2M_OID_AES128_GCM, E2M_OID_AUTH_ENVELOPED_DATA, E2M_OID_DATA,
        E2M_OID_KEY_COMMITMENT, E2M_OID_AES128_WRAP, E2M_OID_CEK_REFERENCE,
        E2M_OID_CEK_MAX_DECRYPTS, E2M_OID_SHA256, E2M_OID_SIGNED_DATA,
        E2M_OID_CONTENT_TYPE, E2M_OID_MESSAGE_DIGEST, E2M_OID_SIGNING_TIME,
    };

    if (contents.len == 0) {
        return E2M_OID_UNKNOWN;
    }
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (is_oid(usual[i], contents)) {
            return usual[i];
        }
    }
    for (unsigned i = 1; i < E2M_OID_COUNT; i++) {
        if (is_oid((e2m_oid_id)i, contents)) {
            return (e2m_oid_id)i;
        }
    }
    return E2M_OID_UNKNOWN;
}

const char *
e2m_oid_name(e2m_oid_id id)
{
    return e2m_oid_table[(unsigned)id < E2M_OID_COUNT ? id : 0].name;
}
