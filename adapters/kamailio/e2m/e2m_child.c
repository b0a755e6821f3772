/*
 * e2m module: the check of a process before it works
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
#include "../../core/pt.h"

#include "e2m_mod.h"

/* Every process draws a sample from the generator; two that are equal mean
 * that processes share a generator's state, and with it keys and nonces. */

typedef struct e2m_samples
{
	gen_lock_t lock;
	int num;
	int cap;
	uint8_t value[][16];
} e2m_samples_t;

static e2m_samples_t *samples = NULL;

int e2m_child_prepare(void)
{
	int cap = get_max_procs() + 64;
	size_t len = sizeof(*samples) + (size_t)cap * sizeof(samples->value[0]);

	if(samples != NULL) {
		return 0;
	}
	samples = shm_malloc(len);
	if(samples == NULL) {
		SHM_MEM_ERROR;
		return -1;
	}
	memset(samples, 0, len);
	samples->cap = cap;
	if(lock_init(&samples->lock) == NULL) {
		LM_ERR("cannot initialise a lock\n");
		shm_free(samples);
		samples = NULL;
		return -1;
	}
	return 0;
}

void e2m_child_destroy(void)
{
	if(samples != NULL) {
		lock_destroy(&samples->lock);
		shm_free(samples);
		samples = NULL;
	}
}

static int sample_is_new(const uint8_t value[16])
{
	int i;
	int ret = 0;

	lock_get(&samples->lock);
	for(i = 0; i < samples->num; i++) {
		if(memcmp(samples->value[i], value, 16) == 0) {
			ret = -1;
		}
	}
	if(samples->num < samples->cap) {
		memcpy(samples->value[samples->num++], value, 16);
	}
	lock_release(&samples->lock);
	return ret;
}

int e2m_child_check(int rank)
{
	uint8_t value[16];

	if(samples == NULL) {
		LM_ERR("process with rank %d starts before it was prepared for\n",
				rank);
		return -1;
	}
	if(e2m_random_bytes(value, sizeof(value)) != E2M_OK) {
		LM_ERR("rank %d: no random numbers\n", rank);
		return -1;
	}
	if(sample_is_new(value) < 0) {
		LM_CRIT("rank %d: two processes drew the same random number; the"
				" generator is shared between processes, refusing to work\n",
				rank);
		return -1;
	}
	if(e2m_selftest(e2m_context) != E2M_OK) {
		LM_CRIT("rank %d: the self-test of the cryptography fails, refusing to"
				" work\n", rank);
		return -1;
	}
	return 0;
}
