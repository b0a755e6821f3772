/* SPDX-License-Identifier: BSD-3-Clause */
/* The replay memory of a context without hooks: an open-addressed table of
 * keys with their ends, under one spin lock (a look-up is some 50 ns). What has
 * ended is overwritten; a neighbourhood full of live keys refuses, for to
 * forget one would let it be replayed. */
#include <stdatomic.h>
#include <stdlib.h>

#include "api/api.h"

enum { NEIGHBOURS = 32 };

typedef struct slot {
    uint8_t key[32];
    int64_t until; /* 0: never used */
} slot;

struct e2m_memory {
    atomic_flag busy;
    size_t mask;
    slot slots[];
};

e2m_err
e2m_memory_new(size_t max, e2m_memory **out)
{
    size_t num = 64;
    e2m_memory *m;

    while (num < max && num < ((size_t)1 << 28)) {
        num *= 2;
    }
    m = calloc(1, sizeof *m + num * sizeof m->slots[0]);
    if (m == NULL) {
        return E2M_E_NOMEM;
    }
    atomic_flag_clear(&m->busy);
    m->mask = num - 1;
    *out = m;
    return E2M_OK;
}

void
e2m_memory_free(e2m_memory *m)
{
    free(m);
}

/* Keys are SHA-256 values: any eight octets of them spread evenly. */
static size_t
home(const e2m_memory *m, const uint8_t key[32])
{
    uint64_t h;

    memcpy(&h, key, sizeof h);
    return (size_t)h & m->mask;
}

static e2m_err
seen(e2m_memory *m, const uint8_t key[32], int64_t now, int64_t until,
     bool *known)
{
    const size_t at = home(m, key);
    const e2m_bytes want = { key, 32 };
    slot *spare = NULL;

    *known = false;
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        slot *s = &m->slots[(at + i) & m->mask];

        if (s->until > now &&
            e2m_bytes_eq(want, (e2m_bytes){ s->key, sizeof s->key })) {
            *known = true;
            return E2M_OK;
        }
        if (s->until <= now && spare == NULL) {
            spare = s;
        }
    }
    if (spare == NULL) {
        return E2M_E_LIMIT;
    }
    memcpy(spare->key, key, sizeof spare->key);
    spare->until = until;
    return E2M_OK;
}

e2m_err
e2m_memory_seen(void *user, const uint8_t key[32], int64_t now_sec,
                int64_t until_sec, bool *known)
{
    e2m_memory *m = user;
    e2m_err err;

    while (atomic_flag_test_and_set_explicit(&m->busy,
                                             memory_order_acquire)) {
    }
    err = seen(m, key, now_sec, until_sec, known);
    atomic_flag_clear_explicit(&m->busy, memory_order_release);
    return err;
}
