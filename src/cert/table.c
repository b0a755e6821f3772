/* SPDX-License-Identifier: BSD-3-Clause */
#include "cert/table.h"

#include <stdlib.h>

enum { BITS_MIN = 4, BITS_MAX = 20 };

/* Multiply-shift with a secret odd factor: a stranger chooses the keys (he can
 * make certificates until a hash suits him), but not the buckets. */
static cert_slot **
bucket_of(const cert_table *t, const uint8_t key[32])
{
    uint64_t word = 0;

    for (size_t i = 0; i < 8; i++) {
        word = word << 8 | key[i];
    }
    return &t->buckets[word * t->factor >> (64 - t->bits)];
}

e2m_err
e2m_cert_table_init(cert_table *t, size_t expect)
{
    uint8_t random[8];

    *t = (cert_table){ .bits = BITS_MIN };
    while (t->bits < BITS_MAX && (size_t)1 << t->bits < expect) {
        t->bits++;
    }
    TRY(e2m_random(random, sizeof random));
    for (size_t i = 0; i < sizeof random; i++) {
        t->factor = t->factor << 8 | random[i];
    }
    t->factor |= 1;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a table of pointers */
    t->buckets = calloc((size_t)1 << t->bits, sizeof t->buckets[0]);
    return t->buckets != NULL ? E2M_OK : E2M_E_NOMEM;
}

/* ---- the order of use ------------------------------------------------- */

static void
unlink_slot(cert_table *t, cert_slot *s)
{
    *(s->newer ? &s->newer->older : &t->newest) = s->older;
    *(s->older ? &s->older->newer : &t->oldest) = s->newer;
}

static void
link_newest(cert_table *t, cert_slot *s)
{
    s->newer = NULL;
    s->older = t->newest;
    *(t->newest ? &t->newest->newer : &t->oldest) = s;
    t->newest = s;
}

/* ---- entries ---------------------------------------------------------- */

cert_slot *
e2m_cert_table_find(cert_table *t, const uint8_t key[32])
{
    const e2m_bytes wanted = { key, 32 };
    cert_slot *s = *bucket_of(t, key);

    while (s != NULL && !e2m_bytes_eq((e2m_bytes){ s->key, 32 }, wanted)) {
        s = s->chain;
    }
    if (s != NULL && s != t->newest) {
        unlink_slot(t, s);
        link_newest(t, s);
    }
    return s;
}

e2m_err
e2m_cert_table_add(cert_table *t, const uint8_t key[32], cert_slot **out)
{
    cert_slot **bucket = bucket_of(t, key);
    cert_slot *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return E2M_E_NOMEM;
    }
    memcpy(s->key, key, sizeof s->key);
    s->chain = *bucket;
    *bucket = s;
    link_newest(t, s);
    t->num++;
    *out = s;
    return E2M_OK;
}

void
e2m_cert_table_trim(cert_table *t, size_t max)
{
    while (t->num > max && t->oldest != NULL) {
        cert_slot *s = t->oldest;
        cert_slot **at = bucket_of(t, s->key);

        while (*at != s) {
            at = &(*at)->chain;
        }
        /* t->oldest has none that is older, so it is another each time */
        *at = s->chain; /* NOLINT(clang-analyzer-unix.Malloc) */
        unlink_slot(t, s);
        e2m_cert_free(s->cert);
        free(s);
        t->num--;
    }
}

void
e2m_cert_table_done(cert_table *t)
{
    if (t->buckets != NULL) {
        e2m_cert_table_trim(t, 0);
        free(t->buckets);
    }
    *t = (cert_table){ .bits = BITS_MIN };
}
