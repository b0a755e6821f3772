/* SPDX-License-Identifier: BSD-3-Clause */
/* The store of reused keys that a context has of its own: an open-addressed
 * table in shards, each under a spin lock. A full neighbourhood forgets what
 * was unused for longest, wiped: who needs it falls back to public keys. */
#include <stdatomic.h>
#include <stdlib.h>

#include "api/api.h"

enum { NEIGHBOURS = 16, SHARDS = 64, LINE = 64 };

typedef struct slot {
    uint8_t key[32];
    e2m_kept kept; /* until_sec 0: never used */
    uint64_t last; /* call that put or used it */
} slot;

/* A shard has a lock on a cache line of its own, so that threads that look for
 * different keys seldom meet. */
typedef struct shard {
    atomic_flag busy;
    uint64_t calls;
    uint8_t apart[LINE - sizeof(atomic_flag) - sizeof(uint64_t)];
} shard;

struct e2m_keyring {
    shard shards[SHARDS];
    size_t mask; /* of the slots of one shard */
    slot slots[];
};

/* Places of one shard, for `max` records in all. */
static size_t
places(size_t max)
{
    size_t each = NEIGHBOURS;

    while (each * SHARDS < max && each < ((size_t)1 << 20)) {
        each *= 2;
    }
    return each;
}

size_t
e2m_keyring_size(size_t max)
{
    return sizeof(e2m_keyring) + SHARDS * places(max) * sizeof(slot);
}

e2m_keyring *
e2m_keyring_init(void *zeroed, size_t max)
{
    e2m_keyring *k = zeroed;

    for (size_t i = 0; i < SHARDS; i++) {
        atomic_flag_clear(&k->shards[i].busy);
    }
    k->mask = places(max) - 1;
    return k;
}

e2m_err
e2m_keyring_new(size_t max, e2m_keyring **out)
{
    void *p = calloc(1, e2m_keyring_size(max));

    *out = p != NULL ? e2m_keyring_init(p, max) : NULL;
    return p != NULL ? E2M_OK : E2M_E_NOMEM;
}

void
e2m_keyring_free(e2m_keyring *k)
{
    if (k != NULL) {
        e2m_wipe(k->slots, SHARDS * (k->mask + 1) * sizeof k->slots[0]);
        free(k);
    }
}

/* A SHA-256 value: any of its octets spread evenly. */
static shard *
lock(e2m_keyring *k, const uint8_t key[32])
{
    shard *s = &k->shards[key[31] % SHARDS];

    while (atomic_flag_test_and_set_explicit(&s->busy,
                                             memory_order_acquire)) {
    }
    return s;
}

static void
unlock(shard *s)
{
    atomic_flag_clear_explicit(&s->busy, memory_order_release);
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
    slot *const own = &k->slots[key[31] % SHARDS * (k->mask + 1)];
    uint64_t h;
    slot *room = NULL;

    memcpy(&h, key, sizeof h);
    for (size_t i = 0; i < NEIGHBOURS; i++) {
        slot *s = &own[((size_t)h + i) & k->mask];

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
    shard *const sh = lock(k, key);
    slot *room = NULL;
    slot *s;

    s = find(k, key, now_sec, &room);
    if (s == NULL || replace) {
        s = s != NULL ? s : room;
        forget(s);
        memcpy(s->key, key, sizeof s->key);
        s->kept = *kept;
        s->last = ++sh->calls;
    }
    unlock(sh);
    return E2M_OK;
}

e2m_err
e2m_keyring_get(void *user, const uint8_t key[32], int64_t now_sec,
                e2m_kept *out, bool *found)
{
    e2m_keyring *k = user;
    shard *const sh = lock(k, key);
    const slot *s;

    s = find(k, key, now_sec, NULL);
    *found = s != NULL && s->kept.uses > 0;
    if (*found) {
        *out = s->kept;
    }
    unlock(sh);
    return E2M_OK;
}

e2m_err
e2m_keyring_use(void *user, const uint8_t key[32], int64_t now_sec,
                bool *left)
{
    e2m_keyring *k = user;
    shard *const sh = lock(k, key);
    slot *s;

    s = find(k, key, now_sec, NULL);
    *left = s != NULL && s->kept.uses > 0;
    if (*left) {
        s->last = ++sh->calls;
        s->kept.uses--;
        if (s->kept.uses == 0) {
            e2m_wipe(s->kept.kek, sizeof s->kept.kek);
        }
    }
    unlock(sh);
    return E2M_OK;
}

/* Forgets what `over` says yes to. */
static void
drop_all(e2m_keyring *k, bool (*over)(const e2m_kept *kept, e2m_bytes what),
         e2m_bytes what)
{
    for (size_t n = 0; n < SHARDS; n++) {
        const uint8_t any_key[32] = { [31] = (uint8_t)n };
        shard *const sh = lock(k, any_key);

        for (size_t i = 0; i <= k->mask; i++) {
            slot *s = &k->slots[n * (k->mask + 1) + i];

            if (s->kept.until_sec != 0 && over(&s->kept, what)) {
                forget(s);
            }
        }
        unlock(sh);
    }
}

static bool
of_dialog(const e2m_kept *kept, e2m_bytes dialog)
{
    return e2m_bytes_eq(dialog, (e2m_bytes){ kept->dialog, 32 });
}

static bool
of_reference(const e2m_kept *kept, e2m_bytes reference)
{
    return kept->kek_len > 0 &&
           e2m_bytes_eq(reference, (e2m_bytes){ kept->reference,
                                                kept->reference_len });
}

void
e2m_keyring_drop(e2m_keyring *k, const uint8_t dialog[32])
{
    drop_all(k, of_dialog, (e2m_bytes){ dialog, 32 });
}

void
e2m_keyring_drop_reference(e2m_keyring *k, e2m_bytes reference)
{
    drop_all(k, of_reference, reference);
}
