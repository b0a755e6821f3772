/* SPDX-License-Identifier: BSD-3-Clause */
/* The store of reused keys that a context has of its own: an open-addressed
 * table under one spin lock. A full neighbourhood forgets what was unused for
 * longest, wiped: who needs it falls back to public keys. */
#include <stdatomic.h>
#include <stdlib.h>

#include "api/api.h"

enum { NEIGHBOURS = 16 };

typedef struct slot {
    uint8_t key[32];
    e2m_kept kept; /* until_sec 0: never used */
    uint64_t last; /* call that put or used it */
} slot;

struct e2m_keyring {
    atomic_flag busy;
    size_t mask;
    uint64_t calls;
    slot slots[];
};

e2m_err
e2m_keyring_new(size_t max, e2m_keyring **out)
{
    size_t num = 64;
    e2m_keyring *k;

    while (num < max && num < ((size_t)1 << 24)) {
        num *= 2;
    }
    k = calloc(1, sizeof *k + num * sizeof k->slots[0]);
    if (k == NULL) {
        return E2M_E_NOMEM;
    }
    atomic_flag_clear(&k->busy);
    k->mask = num - 1;
    *out = k;
    return E2M_OK;
}

void
e2m_keyring_free(e2m_keyring *k)
{
    if (k != NULL) {
        e2m_wipe(k->slots, (k->mask + 1) * sizeof k->slots[0]);
        free(k);
    }
}

static void
lock(e2m_keyring *k)
{
    while (atomic_flag_test_and_set_explicit(&k->busy,
                                             memory_order_acquire)) {
    }
}

static void
unlock(e2m_keyring *k)
{
    atomic_flag_clear_explicit(&k->busy, memory_order_release);
}

static void
forget(slot *s)
{
    e2m_wipe(s, sizeof *s);
}

/* The record of this key, or NULL. What has ended on the way is wiped;
 * *out_room: the place for a new one. */
static slot *
find(e2m_keyring *k, const uint8_t key[32], int64_t now, slot **out_room)
{
    uint64_t h;
    slot *room = NULL;

    memcpy(&h, key, sizeof h); /* a SHA-256 value: any octets spread evenly */
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        slot *s = &k->slots[((size_t)h + i) & k->mask];

        if (s->kept.until_sec != 0 && s->kept.until_sec <= now) {
            forget(s);
        }
        if (s->kept.until_sec != 0 &&
            e2m_bytes_eq((e2m_bytes){ key, 32 },
                         (e2m_bytes){ s->key, sizeof s->key })) {
            return s;
        }
        if (room == NULL || s->last < room->last) {
            room = s;
        }
    }
    if (out_room != NULL) {
        *out_room = room;
    }
    return NULL;
}

e2m_err
e2m_keyring_put(void *user, const uint8_t key[32], const e2m_kept *kept,
                int64_t now_sec, bool replace)
{
    e2m_keyring *k = user;
    slot *room = NULL;
    slot *s;

    lock(k);
    s = find(k, key, now_sec, &room);
    if (s == NULL || replace) {
        s = s != NULL ? s : room;
        forget(s);
        memcpy(s->key, key, sizeof s->key);
        s->kept = *kept;
        s->last = ++k->calls;
    }
    unlock(k);
    return E2M_OK;
}

e2m_err
e2m_keyring_get(void *user, const uint8_t key[32], int64_t now_sec,
                e2m_kept *out, bool *found)
{
    e2m_keyring *k = user;
    const slot *s;

    lock(k);
    s = find(k, key, now_sec, NULL);
    *found = s != NULL && s->kept.uses > 0;
    if (*found) {
        *out = s->kept;
    }
    unlock(k);
    return E2M_OK;
}

e2m_err
e2m_keyring_use(void *user, const uint8_t key[32], int64_t now_sec,
                bool *left)
{
    e2m_keyring *k = user;
    slot *s;

    lock(k);
    s = find(k, key, now_sec, NULL);
    *left = s != NULL && s->kept.uses > 0;
    if (*left) {
        s->last = ++k->calls;
        s->kept.uses--;
        if (s->kept.uses == 0) {
            e2m_wipe(s->kept.kek, sizeof s->kept.kek);
        }
    }
    unlock(k);
    return E2M_OK;
}

void
e2m_keyring_drop(e2m_keyring *k, const uint8_t dialog[32])
{
    const e2m_bytes wanted = { dialog, 32 };

    lock(k);
    for (size_t i = 0; i <= k->mask; i++) {
        slot *s = &k->slots[i];

        if (s->kept.until_sec != 0 &&
            e2m_bytes_eq(wanted, (e2m_bytes){ s->kept.dialog, 32 })) {
            forget(s);
        }
    }
    unlock(k);
}
