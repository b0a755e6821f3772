/*
 * e2m module: keys and certificates renewed while calls run
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

#include "../../core/dprint.h"
#include "../../core/mem/shm_mem.h"

#include "e2m_mod.h"

/* Each process has a context of its own. The RPC command makes one to see that
 * the files are good, and raises a number; each process makes its own when it
 * meets the next message. Replays and kept keys are shared memory, and stay. */
static volatile unsigned int *wanted = NULL;
static unsigned int have = 0;

int e2m_reload_init(void)
{
	wanted = shm_malloc(sizeof(*wanted));
	if(wanted == NULL) {
		SHM_MEM_ERROR;
		return -1;
	}
	*wanted = 0;
	return 0;
}

void e2m_reload_destroy(void)
{
	if(wanted != NULL) {
		shm_free((void *)wanted);
		wanted = NULL;
	}
}

/* All of it, or nothing. */
static int make_anew(void)
{
	e2m_disclosure *policy;

	if(e2m_learn_read(&policy) < 0) {
		return -1;
	}
	if(e2m_ctx_remake() < 0) {
		e2m_disclosure_free(policy);
		return -1;
	}
	e2m_learn_remake(policy);
	return 0;
}

void e2m_reload_here(void)
{
	unsigned int now;

	if(wanted == NULL || e2m_context == NULL || have == *wanted) {
		return;
	}
	now = *wanted;
	if(make_anew() < 0) {
		LM_ERR("this process goes on with the keys and certificates that it"
			   " has\n");
	}
	have = now; /* a file that is bad now is not tried for each message */
}

void e2m_reload_rpc(rpc_t *rpc, void *ctx)
{
	e2m_state_clear();
	if(e2m_context == NULL || make_anew() < 0) {
		rpc->fault(ctx, 500, "Not reloaded: the log says which file is bad");
		return;
	}
	have = ++*wanted;
}
