/* SPDX-License-Identifier: BSD-3-Clause */
/* A hash table by SHA-256 that knows which entry was not used for longest. */
#ifndef E2M_CERT_TABLE_H
#define E2M_CERT_TABLE_H

#include "cert/internal.h"

typedef struct cert_slot cert_slot;
struct cert_slot {
    cert_slot *chain; /* next in its bucket */
    cert_slot *newer;
    cert_slot *older;
    uint8_t key[32];
    /* a decoded certificate, or why there is none */
    e2m_cert *cert;
    e2m_err err;
    /* a verdict, good from `from` to before `until` */
    e2m_path path;
    int64_t from;
    int64_t until;
};

typedef struct cert_table {
    cert_slot **buckets;
    unsigned bits;
    uint64_t factor; /* secret: nobody can aim at one bucket */
    cert_slot *newest;
    cert_slot *oldest;
    size_t num;
} cert_table;

E2M_MUST e2m_err e2m_cert_table_init(cert_table *t, size_t expect);
void e2m_cert_table_done(cert_table *t);
/* e2m_cert_table_find gives the slot, now the newest, or NULL. */
cert_slot *e2m_cert_table_find(cert_table *t, const uint8_t key[32]);
/* e2m_cert_table_add makes an empty slot; the key is not there yet. */
E2M_MUST e2m_err e2m_cert_table_add(cert_table *t, const uint8_t key[32],
                                    cert_slot **out);
void e2m_cert_table_trim(cert_table *t, size_t max);

#endif
