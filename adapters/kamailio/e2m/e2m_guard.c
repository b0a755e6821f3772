/*
 * e2m module: what keeps a body from leaving by another branch
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
#include "../../core/route.h"
#include "../../core/sr_module.h"
#include "../../modules/tm/tm_load.h"

#include "e2m_mod.h"

/* A branch is sealed in its own copy of the changes; the request itself stays
 * as the phone sent it, for the next branch, for failure_route, for a DNS
 * failover. Whichever of these forgets to seal, or goes on after sealing
 * failed, would send the plain body. So a transaction in which a branch was to
 * be sealed is watched: tm calls back for each branch, behind the branch_route
 * and before the message is built. */

struct tm_binds e2m_tm; /* zeros where tm is not loaded */

/* What e2m_seal() put into the branch that is being made. */
static const char *sealed = NULL;

int e2m_guard_init(void)
{
	if(find_export("load_tm", NO_SCRIPT, 0) == NULL) {
		return 0; /* then there are no branches, and no failure_route */
	}
	if(load_tm_api(&e2m_tm) < 0) {
		LM_ERR("cannot bind to the tm module\n");
		return -1;
	}
	return 0;
}

/* A branch_route runs within its transaction, with the request or a copy of it
 * that has another number. Elsewhere tm's current transaction may be another
 * message's. */
static struct cell *transaction_of(sip_msg_t *msg)
{
	struct cell *t;

	if(e2m_tm.t_gett == NULL || msg->first_line.type != SIP_REQUEST) {
		return NULL;
	}
	t = e2m_tm.t_gett();
	if(t == NULL || t == T_UNDEFINED || t->uas.request == NULL) {
		return NULL;
	}
	if(get_route_type() != BRANCH_ROUTE
			&& (t->uas.request->id != msg->id
					|| t->uas.request->pid != msg->pid)) {
		return NULL;
	}
	return t;
}

static void on_branch_built(
		struct cell *t, int type, struct tmcb_params *params)
{
	sip_msg_t *req = params->req;
	const char *expected = sealed;
	const char *text;

	sealed = NULL;
	if(req == NULL) {
		return;
	}
	text = e2m_lump_text(req);
	if(e2m_lump_covers(req) && e2m_lump_is_single(req)
			&& (text == NULL || text == expected)) {
		return;
	}
	LM_ERR("a branch of a request that was to be sealed is not, or its body"
		   " was changed behind that: it is held\n");
	e2m_hold_branch(req);
}

static int is_guarded(struct cell *t)
{
	volatile struct tm_callback *c;

	for(c = t->tmcb_hl.first; c != NULL; c = c->next) {
		if(c->callback == on_branch_built) {
			return 1;
		}
	}
	return 0;
}

int e2m_guard_set(sip_msg_t *msg)
{
	struct cell *t = transaction_of(msg);

	if(t == NULL) {
		LM_ERR("a branch without a transaction\n");
		return -1;
	}
	sealed = e2m_lump_text(msg);
	if(is_guarded(t)) {
		return 0;
	}
	/* 1 is the number of the callback, not success: that is > 0 */
	return e2m_tm.register_tmcb(
				   msg, t, TMCB_REQUEST_FWDED, on_branch_built, NULL, NULL)
						   > 0
				   ? 0
				   : -1;
}

void e2m_guard_blank(sip_msg_t *msg)
{
	struct cell *t = transaction_of(msg);
	sip_msg_t *kept;
	size_t from;

	if(t == NULL) {
		return;
	}
	kept = t->uas.request;
	if(kept == msg || kept->buf == msg->buf || kept->eoh == NULL
			|| kept->eoh < kept->buf || kept->eoh > kept->buf + kept->len) {
		return;
	}
	from = (size_t)(kept->eoh - kept->buf);
	/* the empty line stays */
	while(from < kept->len
			&& (kept->buf[from] == '\r' || kept->buf[from] == '\n')) {
		from++;
	}
	memset(kept->buf + from, ' ', kept->len - from);
}
