/* SPDX-License-Identifier: BSD-3-Clause */
/* One block list per message, freed and wiped together: nothing between has to
 * clean up after itself, whatever the message did. */
#include <stdlib.h>

#include "base/base.h"

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 65536 };

struct e2m_block {
    struct e2m_block *next;
    size_t cap;  /* octets of `data` */
    size_t used; /* octets of `data` handed out */
    max_align_t data[];
};

static void *
plain_alloc(void *user, size_t len)
{
    (void)user;
    return malloc(len);
}

static void
plain_free(void *user, void *p, size_t len)
{
    (void)user;
    (void)len;
    free(p);
}

void
e2m_arena_init(e2m_arena *a, const e2m_mem *mem, size_t max)
{
    *a = (e2m_arena){ .mem = { plain_alloc, plain_free, NULL }, .max = max };
    if (mem != NULL && mem->alloc != NULL && mem->free != NULL) {
        a->mem = *mem;
    }
}

void
e2m_arena_lend(e2m_arena *a, void *room, size_t len)
{
    size_t cap;

    if (a->first != NULL || len <= sizeof *a->lent) {
        return;
    }
    cap = len - sizeof *a->lent;
    cap = cap < a->max ? cap : a->max;
    a->lent = room;
    *a->lent = (struct e2m_block){ NULL, cap, 0 };
    a->first = a->lent;
    a->used = cap;
}

void
e2m_arena_done(e2m_arena *a)
{
    while (a->first != NULL) {
        struct e2m_block *b = a->first;
        const size_t size = sizeof *b + b->cap;

        a->first = b->next;
        e2m_wipe(b, sizeof *b + b->used); /* the rest was never handed out */
        if (b != a->lent) {
            a->mem.free(a->mem.user, b, size);
        }
    }
    a->lent = NULL;
    a->used = 0;
    a->full = false;
}

/* Blocks double from 4 to 64 KiB; a larger wish gets a block of its own. */
static e2m_err
add_block(e2m_arena *a, size_t need)
{
    const size_t last = a->first ? a->first->cap : FIRST_BLOCK / 2;
    size_t cap = last < LARGEST_BLOCK / 2 ? last * 2 : LARGEST_BLOCK;
    struct e2m_block *b;

    cap = cap < need ? need : cap;
    if (need > a->max - a->used) {
        a->full = true;
        return E2M_E_LIMIT;
    }
    if (cap > a->max - a->used) {
        cap = need;
    }
    b = a->mem.alloc(a->mem.user, sizeof *b + cap);
    if (b == NULL) {
        return E2M_E_NOMEM;
    }
    *b = (struct e2m_block){ a->first, cap, 0 };
    a->first = b;
    a->used += cap;
    return E2M_OK;
}

e2m_err
e2m_arena_alloc(e2m_arena *a, size_t len, void **out)
{
    const size_t align = _Alignof(max_align_t);
    size_t need;

    if (len > a->max) {
        a->full = true;
        return E2M_E_LIMIT;
    }
    need = (len + align - 1) / align * align;
    if (a->first == NULL || a->first->cap - a->first->used < need) {
        TRY(add_block(a, need));
    }
    *out = (uint8_t *)a->first->data + a->first->used;
    a->first->used += need;
    memset(*out, 0, len);
    return E2M_OK;
}
