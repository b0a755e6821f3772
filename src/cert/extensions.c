/* SPDX-License-Identifier: BSD-3-Clause */
/* The extensions that say whose a certificate is and what for, RFC 5280 sec.
 * 4.2.1. Others are skipped; a critical one we do not know is the path
 * validation's to refuse. */
#include "cert/internal.h"

/* GeneralName, sec. 4.2.1.6: IMPLICIT IA5Strings */
enum { NAME_EMAIL = 1, NAME_DNS = 2, NAME_URI = 6 };

/* sec. 4.2.1.2 */
static e2m_err
read_ski(e2m_in *in, e2m_cert *c)
{
    return e2m_der_get(in, E2M_DER_OCTET_STRING, &c->ski);
}

/* Names are compared and shown: an octet outside printable ASCII (a NUL that
 * ends the name for others, a line end for a log) makes the whole certificate
 * bad, so that no later rule can fall back to another of its names. */
static e2m_err
add_name(e2m_bytes name, e2m_bytes *list, size_t *num)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < 0x20 || name.data[i] > 0x7e) {
            return E2M_E_SYNTAX;
        }
    }
    if (name.len == 0) {
        return E2M_E_SYNTAX;
    }
    if (*num >= CERT_NAMES_MAX) {
        return E2M_E_LIMIT;
    }
    list[*num] = name;
    *num += 1;
    return E2M_OK;
}

static e2m_err
read_alt_names(e2m_in *in, e2m_cert *c)
{
    e2m_in names;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &names));
    while (!e2m_in_done(&names)) {
        unsigned tag = 0;
        e2m_bytes name = E2M_NONE;

        TRY(e2m_der_get_any(&names, &tag, &name, NULL));
        if (tag == E2M_DER_CONTEXT(NAME_URI)) {
            TRY(add_name(name, c->uris, &c->num_uris));
        } else if (tag == E2M_DER_CONTEXT(NAME_EMAIL)) {
            TRY(add_name(name, c->emails, &c->num_emails));
        } else if (tag == E2M_DER_CONTEXT(NAME_DNS)) {
            TRY(add_name(name, c->hosts, &c->num_hosts));
        }
    }
    return E2M_OK;
}

/* sec. 4.2.1.3: bit n of the string is 1 << n of ours; nine are defined. */
static e2m_err
read_usage(e2m_in *in, e2m_cert *c)
{
    e2m_bytes bits = E2M_NONE;
    unsigned usage = 0;

    TRY(e2m_der_get(in, E2M_DER_BIT_STRING, &bits));
    if (bits.len < 2 || bits.len > 3 || bits.data[0] > 7) {
        return E2M_E_SYNTAX;
    }
    for (unsigned n = 0; n < (bits.len - 1) * 8; n++) {
        if (bits.data[1 + n / 8] & (0x80U >> n % 8)) {
            usage |= 1U << n;
        }
    }
    c->has_usage = true;
    c->usage = usage;
    return E2M_OK;
}

/* sec. 4.2.1.12, RFC 5924 */
static e2m_err
read_purposes(e2m_in *in, e2m_cert *c)
{
    e2m_in list;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &list));
    while (!e2m_in_done(&list)) {
        e2m_bytes oid = E2M_NONE;
        e2m_oid_id id;

        TRY(e2m_der_get(&list, E2M_DER_OID, &oid));
        id = e2m_oid_of(oid);
        if (id == E2M_OID_KP_ANY || id == E2M_OID_KP_EMAIL ||
            id == E2M_OID_KP_SIP_DOMAIN || id == E2M_OID_KP_SERVER_AUTH ||
            id == E2M_OID_KP_CLIENT_AUTH) {
            c->purpose_ok = true;
        }
    }
    c->has_purposes = true;
    return E2M_OK;
}

/* BOOLEAN DEFAULT FALSE. An explicit FALSE is not DER, but common. */
static e2m_err
get_flag(e2m_in *in, bool *out)
{
    e2m_bytes flag = E2M_NONE;
    bool found = false;

    *out = false;
    TRY(e2m_der_get_optional(in, E2M_DER_BOOLEAN, &flag, &found));
    if (found) {
        if (flag.len != 1 || (flag.data[0] != 0 && flag.data[0] != 0xff)) {
            return E2M_E_SYNTAX;
        }
        *out = flag.data[0] != 0;
    }
    return E2M_OK;
}

/* sec. 4.2.1.9; the path length is the path validation's */
static e2m_err
read_basic(e2m_in *in, e2m_cert *c)
{
    e2m_in basic;
    uint64_t length = 0;

    TRY(e2m_der_enter(in, E2M_DER_SEQUENCE, &basic));
    TRY(get_flag(&basic, &c->ca));
    if (!e2m_in_done(&basic)) {
        TRY(e2m_der_get_uint(&basic, &length));
    }
    return e2m_in_empty(&basic);
}

/* RFC 4262 sec. 2; the list itself is looked at by who seals. */
static e2m_err
read_capabilities(e2m_in *in, e2m_cert *c)
{
    return e2m_der_get(in, E2M_DER_SEQUENCE, &c->capabilities);
}

typedef struct kind {
    e2m_oid_id id;
    e2m_err (*read)(e2m_in *in, e2m_cert *c);
} kind;

static const kind kinds[] = {
    { E2M_OID_SUBJECT_KEY_ID, read_ski },
    { E2M_OID_SUBJECT_ALT_NAME, read_alt_names },
    { E2M_OID_KEY_USAGE, read_usage },
    { E2M_OID_EXT_KEY_USAGE, read_purposes },
    { E2M_OID_BASIC_CONSTRAINTS, read_basic },
    { E2M_OID_SMIME_CAPABILITIES, read_capabilities },
};

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } */
static e2m_err
read_one(e2m_in *list, e2m_bytes *oid, e2m_cert *c)
{
    e2m_in extension;
    e2m_in value;
    e2m_oid_id id;
    bool critical = false;

    TRY(e2m_der_enter(list, E2M_DER_SEQUENCE, &extension));
    TRY(e2m_der_get(&extension, E2M_DER_OID, oid));
    TRY(get_flag(&extension, &critical));
    TRY(e2m_der_enter(&extension, E2M_DER_OCTET_STRING, &value));
    TRY(e2m_in_empty(&extension));
    id = e2m_oid_of(*oid);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].id == id) {
            TRY(kinds[i].read(&value, c));
            return e2m_in_empty(&value);
        }
    }
    return E2M_OK;
}

e2m_err
e2m_cert_extensions(e2m_bytes contents, e2m_cert *c)
{
    e2m_in in = e2m_in_init(contents);
    e2m_in list;
    e2m_bytes seen[CERT_EXTENSIONS_MAX];
    size_t num = 0;

    TRY(e2m_der_enter(&in, E2M_DER_SEQUENCE, &list));
    TRY(e2m_in_empty(&in));
    while (!e2m_in_done(&list)) {
        if (num >= CERT_EXTENSIONS_MAX) {
            return E2M_E_LIMIT;
        }
        TRY(read_one(&list, &seen[num], c));
        for (size_t i = 0; i < num; i++) {
            if (e2m_bytes_eq(seen[i], seen[num])) {
                return E2M_E_SYNTAX; /* sec. 4.2: no more than one of each */
            }
        }
        num++;
    }
    return E2M_OK;
}
