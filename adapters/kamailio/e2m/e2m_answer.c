/*
 * e2m module: answers that demand: to learn from, and to prefer
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
#include <time.h>

#include "../../core/data_lump_rpl.h"
#include "../../core/dprint.h"
#include "../../core/mem/mem.h"
#include "../../core/parser/parse_content.h"
#include "../../core/route.h"
#include "../../core/usr_avp.h"
#include "../../modules/tm/tm_load.h"

#include "e2m_mod.h"

static struct tm_binds tmb;

int e2m_answer_init(void)
{
	if(find_export("load_tm", NO_SCRIPT, 0) == NULL) {
		return 0; /* then there is no failure_route */
	}
	if(load_tm_api(&tmb) < 0) {
		LM_ERR("cannot bind to the tm module\n");
		return -1;
	}
	return 0;
}

/* The transaction whose failure_route runs, and the answer that tm picked. */
static sip_msg_t *picked_answer(struct cell **out)
{
	struct cell *t = tmb.t_gett == NULL ? NULL : tmb.t_gett();
	sip_msg_t *reply;
	int branch;

	if(t == NULL || t == T_UNDEFINED || get_route_type() != FAILURE_ROUTE) {
		LM_ERR("works in failure_route alone\n");
		return NULL;
	}
	*out = t;
	branch = tmb.t_get_picked_branch();
	reply = branch < 0 ? NULL : t->uac[branch].reply;
	return reply == FAKED_REPLY ? NULL : reply;
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
		LM_INFO("disclosure to %.*s is denied by %s %u\n",
				(int)st->rejection->middle.len,
				(const char *)st->rejection->middle.data,
				permit.ruled ? "the rule in line" : "default, rule",
				permit.line);
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
	sip_msg_t *reply = picked_answer(&t);
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

/* ---- preferring ---------------------------------------------------------- */

/* The higher, the better for the user agent: RFC 3261 sec. 16.7 step 6 lets a
 * proxy prefer what gives it more to act on. */
static int worth(struct cell *t, int branch)
{
	static const str type = str_init("multipart/signed");
	sip_msg_t *reply = t->uac[branch].reply;
	str have;

	if(reply == NULL || reply == FAKED_REPLY
			|| parse_headers(reply, HDR_CONTENTTYPE_F, 0) < 0
			|| reply->content_type == NULL) {
		return 0;
	}
	have = reply->content_type->body;
	if(have.len < type.len || strncasecmp(have.s, type.s, (size_t)type.len)) {
		return 0;
	}
	switch(t->uac[branch].last_received) {
		case 493:
		case 496:
			return 3;
		case 495:
			return 2;
		case 403:
			return 1;
		default:
			return 0;
	}
}

/* These outrank a demand: nobody may look elsewhere, or the user agent can do
 * something at once. */
static int outranks(int status)
{
	return status >= 600 || status == 401 || status == 407;
}

static int add_fields(sip_msg_t *msg, sip_msg_t *reply)
{
	struct hdr_field *h;

	if(parse_headers(reply, HDR_EOH_F, 0) < 0) {
		return -1;
	}
	for(h = reply->headers; h != NULL; h = h->next) {
		if((h->type == HDR_CONTENTTYPE_T
				   || (h->name.len == 7
						   && strncasecmp(h->name.s, "Warning", 7) == 0))
				&& add_lump_rpl(msg, h->name.s, h->len, LUMP_RPL_HDR)
						   == NULL) {
			return -1;
		}
	}
	return 0;
}

static int answer_with(sip_msg_t *msg, sip_msg_t *reply, int status)
{
	char *body = get_body(reply);
	str phrase = reply->first_line.u.reply.reason;

	if(body == NULL || add_fields(msg, reply) < 0
			|| add_lump_rpl(msg, body, (int)(reply->buf + reply->len - body),
					   LUMP_RPL_BODY)
					   == NULL) {
		return E2M_RET_INTERNAL;
	}
	if(e2m_sl.freply(msg, status, &phrase) < 0) {
		LM_ERR("the answer cannot be sent\n");
		return E2M_RET_INTERNAL;
	}
	return E2M_RET_OK;
}

int ki_e2m_prefer(sip_msg_t *msg)
{
	struct cell *t = NULL;
	int best = -1;
	int picked;
	int i;

	if(picked_answer(&t) == NULL && t == NULL) {
		return E2M_RET_INTERNAL;
	}
	picked = tmb.t_get_picked_branch();
	for(i = 0; i < t->nr_of_outgoings; i++) {
		if(worth(t, i) > (best < 0 ? 0 : worth(t, best))) {
			best = i;
		}
	}
	if(best < 0 || best == picked
			|| (picked >= 0 && outranks(t->uac[picked].last_received))) {
		return E2M_RET_NOT_FOR_ME;
	}
	return answer_with(
			msg, t->uac[best].reply, t->uac[best].last_received);
}
