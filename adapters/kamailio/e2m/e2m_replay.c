/*
 * e2m module: replay memory in shared memory
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

#include "../../core/dprint.h"
#include "../../core/locking.h"
#include "../../core/mem/shm_mem.h"

#include "e2m_mod.h"

/* A fixed table, cut into sectors with a lock each. A key belongs to one
 * sector, which chains its entries by hash. Nothing is allocated after the
 * start; what has run out of time is taken back while a key is looked up, and
 * by a sweep of the sector when it is full. */

#define E2M_SECTORS 16
#define E2M_NONE UINT32_MAX

typedef struct e2m_seen
{
	uint8_t key[32];
	int64_t until;
	uint32_t next;
} e2m_seen_t;

typedef struct e2m_sector
{
	uint32_t free;	/* head of the free list */
	uint32_t used;
	int64_t swept;	/* when a sweep last found nothing */
	uint32_t *head; /* chains, `heads` of them */
	e2m_seen_t *entry;
} e2m_sector_t;

typedef struct e2m_table
{
	uint64_t salt; /* odd; so that chains cannot be aimed at */
	uint32_t heads; /* per sector, a power of two */
	uint32_t entries; /* per sector */
	gen_lock_set_t *locks;
	e2m_sector_t sector[E2M_SECTORS];
} e2m_table_t;

static e2m_table_t *table = NULL;

static uint64_t hash_of(const uint8_t key[32])
{
	uint64_t h;

	memcpy(&h, key, sizeof(h));
	h *= table->salt;
	return h ^ (h >> 32);
}

static void sector_give(e2m_sector_t *s, uint32_t *link)
{
	uint32_t at = *link;

	*link = s->entry[at].next;
	e2m_wipe_bytes(s->entry[at].key, sizeof(s->entry[at].key));
	s->entry[at].next = s->free;
	s->free = at;
	s->used--;
}

/* Drops what is over on one chain; says whether the key is on it. */
static bool chain_find(e2m_sector_t *s, uint32_t *link, const uint8_t key[32],
		int64_t now)
{
	bool known = false;

	while(*link != E2M_NONE) {
		e2m_seen_t *e = &s->entry[*link];
		if(e->until < now) {
			sector_give(s, link);
			continue;
		}
		known = known || memcmp(e->key, key, sizeof(e->key)) == 0;
		link = &e->next;
	}
	return known;
}

static void sector_sweep(e2m_sector_t *s, int64_t now)
{
	static const uint8_t no_key[32];
	uint32_t i;

	if(s->swept == now) {
		return; /* once a second is enough to look in vain */
	}
	for(i = 0; i < table->heads; i++) {
		(void)chain_find(s, &s->head[i], no_key, now);
	}
	if(s->free == E2M_NONE) {
		s->swept = now;
	}
}

static e2m_err sector_seen(e2m_sector_t *s, uint32_t chain,
		const uint8_t key[32], int64_t now, int64_t until, bool *known)
{
	uint32_t at;

	*known = chain_find(s, &s->head[chain], key, now);
	if(*known) {
		return E2M_OK;
	}
	if(s->free == E2M_NONE) {
		sector_sweep(s, now);
	}
	if(s->free == E2M_NONE) {
		*known = true; /* the closed answer */
		return E2M_E_LIMIT;
	}
	at = s->free;
	s->free = s->entry[at].next;
	s->used++;
	memcpy(s->entry[at].key, key, sizeof(s->entry[at].key));
	s->entry[at].until = until;
	s->entry[at].next = s->head[chain];
	s->head[chain] = at;
	return E2M_OK;
}

static e2m_err seen(void *user, const uint8_t key[32], int64_t now,
		int64_t until, bool *known)
{
	uint64_t h = hash_of(key);
	int sector = (int)(h % E2M_SECTORS);
	uint32_t chain = (uint32_t)(h / E2M_SECTORS) & (table->heads - 1);
	e2m_err err;

	lock_set_get(table->locks, sector);
	err = sector_seen(
			&table->sector[sector], chain, key, now, until, known);
	lock_set_release(table->locks, sector);
	return err;
}

e2m_replay e2m_replay_hooks = {seen, NULL};

static void sector_init(e2m_sector_t *s, uint32_t *head, e2m_seen_t *entry)
{
	uint32_t i;

	s->head = head;
	s->entry = entry;
	s->free = 0;
	for(i = 0; i < table->heads; i++) {
		head[i] = E2M_NONE;
	}
	for(i = 0; i < table->entries; i++) {
		entry[i].next = i + 1 < table->entries ? i + 1 : E2M_NONE;
	}
}

static int table_alloc(uint32_t entries, uint32_t heads)
{
	size_t head_len = (size_t)heads * sizeof(uint32_t) * E2M_SECTORS;
	size_t entry_len = (size_t)entries * sizeof(e2m_seen_t) * E2M_SECTORS;
	size_t len = sizeof(e2m_table_t) + entry_len + head_len;
	e2m_seen_t *entry;
	uint32_t *head;
	int i;

	table = shm_malloc(len);
	if(table == NULL) {
		SHM_MEM_ERROR;
		return -1;
	}
	memset(table, 0, len);
	table->heads = heads;
	table->entries = entries;
	entry = (e2m_seen_t *)(table + 1);
	head = (uint32_t *)(entry + (size_t)entries * E2M_SECTORS);
	for(i = 0; i < E2M_SECTORS; i++) {
		sector_init(&table->sector[i], head + (size_t)i * heads,
				entry + (size_t)i * entries);
	}
	return 0;
}

int e2m_replay_init(int size)
{
	uint32_t entries = ((uint32_t)size + E2M_SECTORS - 1) / E2M_SECTORS;
	uint32_t heads = 1;
	uint64_t salt;

	while(heads < entries) {
		heads *= 2;
	}
	if(e2m_random_bytes((uint8_t *)&salt, sizeof(salt)) != E2M_OK) {
		LM_ERR("no random numbers\n");
		return -1;
	}
	if(table_alloc(entries, heads) < 0) {
		return -1;
	}
	table->salt = salt | 1;
	table->locks = lock_set_alloc(E2M_SECTORS);
	if(table->locks == NULL) {
		LM_ERR("cannot allocate locks\n");
		return -1;
	}
	if(lock_set_init(table->locks) == NULL) {
		LM_ERR("cannot initialise locks\n");
		lock_set_dealloc(table->locks);
		table->locks = NULL;
		return -1;
	}
	return 0;
}

void e2m_replay_destroy(void)
{
	if(table == NULL) {
		return;
	}
	if(table->locks != NULL) {
		lock_set_destroy(table->locks);
		lock_set_dealloc(table->locks);
	}
	shm_free(table);
	table = NULL;
}

void e2m_replay_count(e2m_replay_count_t *out)
{
	int i;

	out->used = 0;
	out->size = 0;
	if(table == NULL) {
		return;
	}
	for(i = 0; i < E2M_SECTORS; i++) {
		lock_set_get(table->locks, i);
		out->used += table->sector[i].used;
		lock_set_release(table->locks, i);
	}
	out->size = table->entries * E2M_SECTORS;
}
