/*
 * e2m module: what to learn from an answer that demands
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

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../core/dprint.h"
#include "../../core/route.h"
#include "../../core/usr_avp.h"
#include "../../modules/tm/tm_load.h"

#include "e2m_mod.h"

/* The transaction whose failure_route runs, and the answer that tm picked. */
sip_msg_t *e2m_answer_picked(struct cell **out)
{
	struct cell *t = e2m_tm.t_gett == NULL ? NULL : e2m_tm.t_gett();
	sip_msg_t *reply;
	int branch;

	if(t == NULL || t == T_UNDEFINED || get_route_type() != FAILURE_ROUTE) {
		LM_ERR("works in failure_route alone\n");
		return NULL;
	}
	*out = t;
	branch = e2m_tm.t_get_picked_branch();
	reply = branch < 0 ? NULL : t->uac[branch].reply;
	return reply == FAKED_REPLY ? NULL : reply;
}

int e2m_answer_branch(void)
{
	return e2m_tm.t_get_picked_branch();
}

/* ---- learning ------------------------------------------------------------ */

/* What was demanded in this transaction stands in AVPs of it: who demands the
 * same again was given it, and wants something else. */
static int note_demand(const e2m_rejection *r, const e2m_demand *d)
{
	static str avp_name = str_init("e2m_demanded");
	struct search_state state;
	char text[512];
	avp_value_t val;
	avp_name_t name;
	avp_t *avp;
	int len;

	len = snprintf(text, sizeof(text), "%u %.*s %.*s", d->what,
			(int)d->type.len, (const char *)d->type.data, (int)r->middle.len,
			(const char *)r->middle.data);
	if(len < 0 || (size_t)len >= sizeof(text)) {
		return -1;
	}
	name.s = avp_name;
	for(avp = search_first_avp(AVP_NAME_STR, name, &val, &state); avp != NULL;
			avp = search_next_avp(&state, &val)) {
		if((avp->flags & AVP_VAL_STR) && val.s.len == len
				&& memcmp(val.s.s, text, (size_t)len) == 0) {
			return -1;
		}
	}
	val.s.s = text;
	val.s.len = len;
	return add_avp(AVP_NAME_STR | AVP_VAL_STR, name, val);
}

static int is_new(struct cell *t, const e2m_rejection *r)
{
	size_t i;

	if(t->nr_of_outgoings >= e2m_params.learn_max) {
		return 0;
	}
	for(i = 0; i < r->num_demands; i++) {
		if(note_demand(r, &r->demands[i]) < 0) {
			return 0;
		}
	}
	return 1;
}

static int learn_believed(struct cell *t, e2m_state_t *st, e2m_msg *request)
{
	e2m_permit permit;
	e2m_err err;

	err = e2m_learn_add(request, st->rejection, &permit);
	if(err != E2M_OK) {
		return e2m_state_settle(st, err, NULL);
	}
	if(!permit.allowed) {
		LM_INFO("disclosure to %.*s is denied (rule in line %u; 0: by"
				" default)\n",
				(int)st->rejection->middle.len,
				(const char *)st->rejection->middle.data, permit.line);
		return e2m_state_answer(
				st, E2M_RET_DENIED, e2m_reason_name(E2M_BECAUSE_DENIED));
	}
	if(!is_new(t, st->rejection)) {
		return e2m_state_answer(st, E2M_RET_AGAIN, "demanded-again");
	}
	e2m_stat_add(E2M_COUNT_LEARNED);
	return e2m_state_answer(st, E2M_RET_OK, e2m_reason_name(E2M_BECAUSE_NONE));
}

static int learn(struct cell *t, e2m_state_t *st, e2m_msg *request)
{
	e2m_err err = e2m_end_rejection(st->msg, request, &st->rejection);

	if(err != E2M_OK) {
		return e2m_state_settle(st, err, NULL);
	}
	st->why = st->rejection->why;
	if(!st->rejection->believed) {
		return e2m_state_answer(st, e2m_reason_ret(st->rejection->reason),
				e2m_reason_name(st->rejection->reason));
	}
	return learn_believed(t, st, request);
}

int ki_e2m_learn(sip_msg_t *msg)
{
	e2m_bytes wire = {(const uint8_t *)msg->buf, msg->len};
	struct cell *t = NULL;
	sip_msg_t *reply = e2m_answer_picked(&t);
	e2m_msg *request = NULL;
	e2m_state_t *st;
	e2m_err err;

	if(reply == NULL || !e2m_learn_is_on()) {
		return e2m_state_nothing(msg)->ret;
	}
	if(e2m_state_open_other(msg, reply, &st) != E2M_RET_OK) {
		return e2m_report(msg, "learn", st);
	}
	err = e2m_msg_open(&request, e2m_context, wire, e2m_framing_of(msg),
			(int64_t)time(NULL));
	if(err == E2M_OK) {
		(void)learn(t, st, request);
	} else {
		(void)e2m_state_settle(st, err, NULL);
	}
	e2m_msg_close(request);
	return e2m_report(msg, "learn", st);
}
