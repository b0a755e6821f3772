/* SPDX-License-Identifier: BSD-3-Clause */
/* Header field names: one table. A name is compared whole: no hash stands in
 * for it. */
#include "sip/sip.h"

typedef struct name_row {
    const char *name;
    char compact; /* RFC 3261 sec. 7.3.3; 0: none */
} name_row;

static const name_row rows[E2M_HDR_COUNT] = {
    [E2M_HDR_OTHER] = { "", 0 },
    [E2M_HDR_CALL_ID] = { "Call-ID", 'i' },
    [E2M_HDR_CONTACT] = { "Contact", 'm' },
    [E2M_HDR_CONTENT_DISPOSITION] = { "Content-Disposition", 0 },
    [E2M_HDR_CONTENT_ENCODING] = { "Content-Encoding", 'e' },
    [E2M_HDR_CONTENT_ID] = { "Content-ID", 0 },
    [E2M_HDR_CONTENT_LANGUAGE] = { "Content-Language", 0 },
    [E2M_HDR_CONTENT_LENGTH] = { "Content-Length", 'l' },
    [E2M_HDR_CONTENT_TARGET] = { "Content-Target", 0 },
    [E2M_HDR_CONTENT_TRANSFER] = { "Content-Transfer-Encoding", 0 },
    [E2M_HDR_CONTENT_TYPE] = { "Content-Type", 'c' },
    [E2M_HDR_CSEQ] = { "CSeq", 0 },
    [E2M_HDR_DATE] = { "Date", 0 },
    [E2M_HDR_FROM] = { "From", 'f' },
    [E2M_HDR_MAX_FORWARDS] = { "Max-Forwards", 0 },
    [E2M_HDR_MIME_VERSION] = { "MIME-Version", 0 },
    [E2M_HDR_PROXY_INSPECT_BODY] = { "Proxy-Inspect-Body", 0 },
    [E2M_HDR_TO] = { "To", 't' },
    [E2M_HDR_VIA] = { "Via", 'v' },
    [E2M_HDR_WARNING] = { "Warning", 0 },
};

/* The first letter, in either case, tells nearly all of them apart. */
static bool
is_named(e2m_bytes name, const char *row)
{
    return ((name.data[0] ^ (uint8_t)row[0]) & 0xdf) == 0 &&
           e2m_bytes_ieq(name, e2m_str(row));
}

e2m_hdr
e2m_hdr_from_name(e2m_bytes name)
{
    if (name.len == 0) {
        return E2M_HDR_OTHER;
    }
    for (int i = 1; i < E2M_HDR_COUNT; i++) {
        const uint8_t compact = (uint8_t)rows[i].compact;

        if (is_named(name, rows[i].name) ||
            (compact != 0 && name.len == 1 &&
             e2m_bytes_ieq(name, (e2m_bytes){ &compact, 1 }))) {
            return (e2m_hdr)i;
        }
    }
    /* final 6: what the header was called before its last draft */
    if (e2m_bytes_ieq(name, E2M_LIT("Proxy-Required-Body")) ||
        e2m_bytes_ieq(name, E2M_LIT("Proxy-Policy"))) {
        return E2M_HDR_PROXY_INSPECT_BODY;
    }
    return E2M_HDR_OTHER;
}

const char *
e2m_hdr_name(e2m_hdr id)
{
    return id < E2M_HDR_COUNT ? rows[id].name : "";
}
