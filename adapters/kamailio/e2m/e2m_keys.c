/*
 * e2m module: keys kept for reuse, in shared memory
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This file is part of Kamailio, a free SIP server.
 *
 * Kamailio is free software; you can redistribute it and/or modify
 * it under the terms of the GNU General Public License as published by
 * the Free Software Foundation; either version 2 of the License, or
 * (at your option) any later version
 *
 * Kamailio is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
 * GNU General Public License for more details.
 *
 * You should have received a copy of the GNU General Public License
 * along with this program; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA  02110-1301  USA
 *
 * Exception: permission to copy, modify, propagate, and distribute a work
 * formed by combining OpenSSL toolkit software and the code in this file,
 * such as linking with software components and libraries released under
 * OpenSSL project license.
 */

#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../../core/dprint.h"
#include "../../core/locking.h"
#include "../../core/timer.h"

#include "e2m_mod.h"

/* A fixed table in sectors with a lock each; a record has its place among
 * WAYS neighbours, of which the one unused for longest is forgotten when all
 * are taken: whoever needs it falls back to public keys. The table is mapped,
 * not taken from the core's shared memory, so that it stays out of core dumps
 * and nothing else ever gets its pages. */

#define E2M_SECTORS 64
#define E2M_WAYS 16
#define E2M_SWEEP_SEC 30

typedef struct e2m_place
{
	uint8_t key[32];
	e2m_kept kept; /* until_sec 0: free */
	uint64_t last; /* call that put or used it */
} e2m_place_t;

typedef struct e2m_shelf
{
	uint64_t salt; /* odd; so that neighbourhoods cannot be aimed at */
	size_t mapped;
	uint32_t mask; /* of the places of one sector */
	gen_lock_set_t *locks;
	uint64_t calls[E2M_SECTORS];
	uint32_t used[E2M_SECTORS];
	uint32_t *tag; /* behind the places: of each one's dialog; 0: free */
	e2m_place_t place[];
} e2m_shelf_t;

static e2m_shelf_t *shelf = NULL;

typedef struct e2m_spot
{
	int sector;
	uint32_t at;
} e2m_spot_t;

static e2m_spot_t spot_of(const uint8_t key[32])
{
	uint64_t h;

	memcpy(&h, key, sizeof(h));
	h *= shelf->salt;
	h ^= h >> 32;
	return (e2m_spot_t){(int)(h % E2M_SECTORS),
			(uint32_t)(h / E2M_SECTORS) & shelf->mask};
}

static e2m_place_t *place_at(int sector, uint32_t at)
{
	return &shelf->place[(size_t)sector * (shelf->mask + 1)
						 + (at & shelf->mask)];
}

/* The end of a dialog looks through the whole table: through the tags, which
 * are a hundredth of it, and at the few places that have its tag. */
static uint32_t tag_of(const uint8_t dialog[32])
{
	uint32_t tag;

	memcpy(&tag, dialog, sizeof(tag));
	return tag | 1;
}

static void forget(int sector, e2m_place_t *p)
{
	if(p->kept.until_sec != 0) {
		shelf->used[sector]--;
	}
	shelf->tag[p - shelf->place] = 0;
	e2m_wipe_bytes(p, sizeof(*p));
}

/* The record of this key, or NULL; *room is then the place for a new one. */
static e2m_place_t *find(
		e2m_spot_t s, const uint8_t key[32], int64_t now, e2m_place_t **room)
{
	e2m_place_t *oldest = NULL;
	e2m_place_t *p;
	uint32_t i;

	for(i = 0; i < E2M_WAYS; i++) {
		p = place_at(s.sector, s.at + i);
		if(p->kept.until_sec != 0 && p->kept.until_sec <= now) {
			forget(s.sector, p);
		}
		if(p->kept.until_sec != 0
				&& memcmp(p->key, key, sizeof(p->key)) == 0) {
			return p;
		}
		if(oldest == NULL || p->last < oldest->last) {
			oldest = p;
		}
	}
	*room = oldest;
	return NULL;
}

static void place_set(int sector, e2m_place_t *p, const uint8_t key[32],
		const e2m_kept *kept)
{
	forget(sector, p);
	memcpy(p->key, key, sizeof(p->key));
	p->kept = *kept;
	p->last = ++shelf->calls[sector];
	shelf->tag[p - shelf->place] = tag_of(kept->dialog);
	shelf->used[sector]++;
}

static e2m_err put(void *user, const uint8_t key[32], const e2m_kept *kept,
		int64_t now, bool replace)
{
	e2m_spot_t s = spot_of(key);
	e2m_place_t *room = NULL;
	e2m_place_t *p;
	int lost = 0;
	int told = 0;

	lock_set_get(shelf->locks, s.sector);
	p = find(s, key, now, &room);
	if(p == NULL || replace) {
		p = p != NULL ? p : room;
		lost = p == room && p->kept.until_sec != 0;
		place_set(s.sector, p, key, kept);
		told = 1;
	}
	lock_set_release(shelf->locks, s.sector);
	if(lost) {
		e2m_stat_add(E2M_COUNT_KEYS_FORGOTTEN);
	}
	if(told) {
		e2m_dmq_tell(key, kept);
	}
	return E2M_OK;
}

static e2m_err get(void *user, const uint8_t key[32], int64_t now,
		e2m_kept *out, bool *found)
{
	e2m_spot_t s = spot_of(key);
	e2m_place_t *room = NULL;
	const e2m_place_t *p;

	lock_set_get(shelf->locks, s.sector);
	p = find(s, key, now, &room);
	*found = p != NULL && p->kept.uses > 0;
	if(*found) {
		*out = p->kept;
	}
	lock_set_release(shelf->locks, s.sector);
	return E2M_OK;
}

static e2m_err use(void *user, const uint8_t key[32], int64_t now, bool *left)
{
	e2m_spot_t s = spot_of(key);
	e2m_place_t *room = NULL;
	e2m_kept after;
	e2m_place_t *p;

	lock_set_get(shelf->locks, s.sector);
	p = find(s, key, now, &room);
	*left = p != NULL && p->kept.uses > 0;
	if(*left) {
		p->last = ++shelf->calls[s.sector];
		p->kept.uses--;
		if(p->kept.uses == 0) {
			/* the record stays: no copy of its message shall revive it */
			e2m_wipe_bytes(p->kept.kek, sizeof(p->kept.kek));
		}
		after = p->kept;
	}
	lock_set_release(shelf->locks, s.sector);
	if(*left) {
		e2m_dmq_tell(key, &after);
		e2m_wipe_bytes(&after, sizeof(after));
	}
	return E2M_OK;
}

/* A note of what is newest in a conversation has no key of its own; the one
 * that stands longer is the newer. */
void e2m_keys_merge(const uint8_t key[32], const e2m_kept *kept, int64_t now)
{
	e2m_spot_t s;
	e2m_place_t *room = NULL;
	e2m_place_t *p;

	if(shelf == NULL || kept->until_sec <= now) {
		return;
	}
	s = spot_of(key);
	lock_set_get(shelf->locks, s.sector);
	p = find(s, key, now, &room);
	if(p == NULL) {
		place_set(s.sector, room, key, kept);
	} else if(kept->kek_len == 0) {
		if(kept->until_sec >= p->kept.until_sec) {
			place_set(s.sector, p, key, kept);
		}
	} else if(kept->uses < p->kept.uses) {
		p->kept.uses = kept->uses;
		if(p->kept.uses == 0) {
			e2m_wipe_bytes(p->kept.kek, sizeof(p->kept.kek));
		}
	}
	lock_set_release(shelf->locks, s.sector);
}

void e2m_keys_each(
		void (*each)(void *user, const uint8_t key[32], const e2m_kept *kept),
		void *user)
{
	e2m_place_t copy;
	uint32_t at;
	int i;

	for(i = 0; shelf != NULL && i < E2M_SECTORS; i++) {
		for(at = 0; at <= shelf->mask; at++) {
			lock_set_get(shelf->locks, i);
			copy = *place_at(i, at);
			lock_set_release(shelf->locks, i);
			if(copy.kept.until_sec != 0) {
				each(user, copy.key, &copy.kept);
			}
		}
	}
	e2m_wipe_bytes(&copy, sizeof(copy));
}

const e2m_keys e2m_keys_hooks = {put, get, use, NULL};

static void sweep(int64_t now)
{
	e2m_place_t *p;
	uint32_t at;
	int i;

	for(i = 0; i < E2M_SECTORS; i++) {
		lock_set_get(shelf->locks, i);
		for(at = 0; at <= shelf->mask; at++) {
			p = place_at(i, at);
			if(p->kept.until_sec != 0 && p->kept.until_sec <= now) {
				forget(i, p);
			}
		}
		lock_set_release(shelf->locks, i);
	}
}

static void on_timer(unsigned int ticks, void *param)
{
	sweep((int64_t)time(NULL));
}

void e2m_keys_drop_here(const uint8_t dialog[32])
{
	const uint32_t tag = tag_of(dialog);
	e2m_place_t *p;
	uint32_t at;
	int i;

	for(i = 0; shelf != NULL && i < E2M_SECTORS; i++) {
		lock_set_get(shelf->locks, i);
		for(at = 0; at <= shelf->mask; at++) {
			p = place_at(i, at);
			if(shelf->tag[p - shelf->place] == tag
					&& memcmp(p->kept.dialog, dialog, sizeof(p->kept.dialog))
							   == 0) {
				forget(i, p);
			}
		}
		lock_set_release(shelf->locks, i);
	}
}

void e2m_keys_drop(const uint8_t dialog[32])
{
	e2m_keys_drop_here(dialog);
	e2m_dmq_tell_drop(dialog);
}

static int shelf_map(uint32_t each)
{
	size_t num = (size_t)each * E2M_SECTORS;
	size_t len = sizeof(e2m_shelf_t)
				 + num * (sizeof(e2m_place_t) + sizeof(uint32_t));
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if(p == MAP_FAILED) {
		LM_ERR("cannot map %lu octets\n", (unsigned long)len);
		return -1;
	}
	if(madvise(p, len, MADV_DONTDUMP) != 0) {
		LM_WARN("kept keys would be in a core dump\n");
	}
	shelf = p;
	shelf->mapped = len;
	shelf->mask = each - 1;
	shelf->tag = (uint32_t *)&shelf->place[num];
	return 0;
}

int e2m_keys_init(int size)
{
	uint32_t each = E2M_WAYS;

	if(size == 0) {
		return 0;
	}
	while(each * E2M_SECTORS < (uint32_t)size) {
		each *= 2;
	}
	if(shelf_map(each) < 0) {
		return -1;
	}
	if(e2m_random_bytes((uint8_t *)&shelf->salt, sizeof(shelf->salt))
			!= E2M_OK) {
		LM_ERR("no random numbers\n");
		return -1;
	}
	shelf->salt |= 1;
	shelf->locks = lock_set_alloc(E2M_SECTORS);
	if(shelf->locks == NULL || lock_set_init(shelf->locks) == NULL) {
		LM_ERR("cannot make locks\n");
		return -1;
	}
	if(register_timer(on_timer, NULL, E2M_SWEEP_SEC) < 0) {
		LM_ERR("cannot register a timer\n");
		return -1;
	}
	return 0;
}

void e2m_keys_destroy(void)
{
	if(shelf == NULL) {
		return;
	}
	if(shelf->locks != NULL) {
		lock_set_destroy(shelf->locks);
		lock_set_dealloc(shelf->locks);
	}
	e2m_wipe_bytes(shelf->place,
			(size_t)(shelf->mask + 1) * E2M_SECTORS * sizeof(e2m_place_t));
	munmap(shelf, shelf->mapped);
	shelf = NULL;
}

void e2m_keys_count(e2m_replay_count_t *out)
{
	int i;

	out->used = 0;
	out->size = 0;
	if(shelf == NULL) {
		return;
	}
	for(i = 0; i < E2M_SECTORS; i++) {
		lock_set_get(shelf->locks, i);
		out->used += shelf->used[i];
		lock_set_release(shelf->locks, i);
	}
	out->size = (shelf->mask + 1) * E2M_SECTORS;
}
