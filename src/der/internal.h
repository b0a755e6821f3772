/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this folder share. */
#ifndef E2M_DER_INTERNAL_H
#define E2M_DER_INTERNAL_H

#include "der/der.h"

enum {
    CLASS_MASK = 0xc0,
    CONSTRUCTED = 0x20,
    NUMBER_MASK = 0x1f, /* all ones: a high tag number follows, not ours */
    LONG_FORM = 0x80,
    LENGTH_OCTETS_MAX = 4
};

/* oid_table.c: contents octets and name, by e2m_oid_id. */
typedef struct e2m_oid_row {
    uint8_t len;
    uint8_t contents[20];
    const char *name;
} e2m_oid_row;
extern const e2m_oid_row e2m_oid_table[E2M_OID_COUNT];

/* e2m_der_identifier reads an identifier octet of a tag number below 31. */
E2M_MUST e2m_err e2m_der_identifier(e2m_in *in, unsigned *out);

/* A constructed element being written: e2m_der_begin gives the offset that
 * e2m_der_end needs to set the length. */
size_t e2m_der_begin(e2m_out *o, unsigned tag);
void e2m_der_end(e2m_out *o, size_t at);
/* e2m_der_header writes identifier and length. */
void e2m_der_header(e2m_out *o, unsigned tag, size_t len);

#endif
