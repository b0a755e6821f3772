/*
 * e2m module: the functions, as KSR.e2m calls them
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
#include "../../core/route.h"

#include "e2m_mod.h"

sl_api_t e2m_sl;

#define E2M_CALLID_LOGGED 64

/* Nothing of a body is ever logged: static words, and the Call-ID. */
static void log_failure(sip_msg_t *msg, const char *what, const e2m_why *why,
		const char *reason, int own)
{
	str id = STR_NULL;
	int len;

	if(msg->callid != NULL) {
		id = msg->callid->body;
	}
	len = id.len > E2M_CALLID_LOGGED ? E2M_CALLID_LOGGED : id.len;
	if(own) {
		LM_ERR("%s: %s: %s at %s (%s), Call-ID %.*s\n", what, reason,
				why->what == NULL ? "" : why->what,
				why->where == NULL ? "" : why->where,
				why->rule == NULL ? "" : why->rule, len,
				id.s == NULL ? "" : id.s);
	} else {
		LM_INFO("%s: %s: %s at %s (%s), Call-ID %.*s\n", what, reason,
				why->what == NULL ? "" : why->what,
				why->where == NULL ? "" : why->where,
				why->rule == NULL ? "" : why->rule, len,
				id.s == NULL ? "" : id.s);
	}
}

static int is_own_fault(int ret)
{
	return ret == E2M_RET_INTERNAL || ret == E2M_RET_NO_KEY
		   || ret == E2M_RET_NOT_APPLIED || ret == E2M_RET_REPLAY_FULL;
}

static void set_reason(
		e2m_state_t *st, int ret, unsigned status, const char *reason)
{
	st->ret = ret;
	st->status = status;
	st->reason = reason;
	st->verdict = NULL;
	st->outcome = e2m_outcome_name(
			status == 400 ? E2M_MALFORMED : E2M_UNDECIDED);
}

int e2m_report(sip_msg_t *msg, const char *what, e2m_state_t *st)
{
	if(st->ret < 0) {
		e2m_stat_ret(st->ret);
	}
	if(st->ret < 0 && st->ret != E2M_RET_NOT_FOR_ME) {
		log_failure(msg, what, &st->why, st->reason, is_own_fault(st->ret));
	}
	return st->ret;
}

static int has_body(sip_msg_t *msg)
{
	e2m_span_t span;

	/* a message without an end of the header is for the library to refuse */
	return e2m_span_core(msg, &span) < 0 || span.len > span.start;
}

/* ---- reading ------------------------------------------------------------- */

typedef struct e2m_read
{
	e2m_state_t *st;
	e2m_span_t span;
	const e2m_edit *edits;
	size_t num;
} e2m_read_t;

static int read_start(sip_msg_t *msg, e2m_read_t *r)
{
	e2m_bytes wire;

	memset(r, 0, sizeof(*r));
	if(e2m_state_open(msg, &r->st) < 0) {
		return -1;
	}
	wire = (e2m_bytes){r->st->wire, r->st->len};
	if(e2m_span_lib(msg, wire, e2m_msg_body(r->st->msg), &r->span) < 0) {
		set_reason(r->st, E2M_RET_MALFORMED, 400, "syntax");
		return -1;
	}
	return 0;
}

int ki_e2m_inspect(sip_msg_t *msg)
{
	const e2m_verdict *v = NULL;
	e2m_read_t r;
	e2m_err err;

	if(!e2m_may_concern(msg)) {
		return e2m_report(msg, "inspect", e2m_state_nothing(msg));
	}
	if(!has_body(msg)) {
		return e2m_state_nothing(msg)->ret;
	}
	if(read_start(msg, &r) < 0) {
		return e2m_report(msg, "inspect", r.st);
	}
	err = e2m_note_demands(msg, r.st->msg);
	if(err == E2M_OK) {
		err = e2m_middle_inspect(r.st->msg, &v);
	}
	(void)e2m_state_settle(r.st, err, v);
	/* what was not looked at does not travel with what was */
	if(e2m_lump_trim(msg, &r.span) < 0) {
		set_reason(r.st, E2M_RET_NOT_APPLIED, 500, "not-applied");
	}
	if(r.st->ret == E2M_RET_OK) {
		e2m_stat_add(E2M_COUNT_READ);
	}
	return e2m_report(msg, "inspect", r.st);
}

static void apply_opened(sip_msg_t *msg, e2m_read_t *r)
{
	if(e2m_lump_conflict(msg, E2M_CARE_BODY)) {
		LM_ERR("the body, or a header field that describes it, has pending"
			   " changes: apply them first, or do not change it\n");
		set_reason(r->st, E2M_RET_NOT_APPLIED, 500, "not-applied");
		return;
	}
	if(e2m_lump_edits(msg, r->edits, r->num, &r->span) < 0) {
		set_reason(r->st, E2M_RET_NOT_APPLIED, 500, "not-applied");
		return;
	}
	e2m_stat_add(E2M_COUNT_OPENED);
}

int ki_e2m_open(sip_msg_t *msg)
{
	const e2m_verdict *v = NULL;
	e2m_read_t r;
	e2m_err err;

	if(!has_body(msg)) {
		return e2m_state_nothing(msg)->ret;
	}
	if(read_start(msg, &r) < 0) {
		return e2m_report(msg, "open", r.st);
	}
	err = e2m_end_open(r.st->msg, &v, &r.edits, &r.num);
	if(e2m_state_settle(r.st, err, v) == E2M_RET_OK) {
		apply_opened(msg, &r);
	}
	return e2m_report(msg, "open", r.st);
}

/* ---- sealing ------------------------------------------------------------- */

/* True when the edits cut every octet of the body (and perhaps what a datagram
 * has behind it): nothing plain is left. */
static int cuts_all(const e2m_edit *edits, size_t num, const e2m_span_t *span)
{
	size_t at = (size_t)span->start;
	size_t i;

	for(i = 0; i < num; i++) {
		if(edits[i].kind == E2M_EDIT_BODY && edits[i].at == at) {
			at += edits[i].cut;
		}
	}
	return at >= (size_t)span->end;
}

static int apply_sealed(
		sip_msg_t *msg, e2m_msg *m, const e2m_edit *edits, size_t num)
{
	e2m_span_t span;
	e2m_bytes wire = {(const uint8_t *)msg->buf, msg->len};

	if(e2m_span_lib(msg, wire, e2m_msg_body(m), &span) < 0) {
		return E2M_RET_MALFORMED;
	}
	if(span.end == span.start) {
		/* Content-Length: 0, and octets behind it in the datagram */
		return e2m_lump_trim(msg, &span) < 0 ? E2M_RET_NOT_APPLIED
											 : E2M_RET_OK;
	}
	if(!cuts_all(edits, num, &span)
			|| e2m_lump_edits(msg, edits, num, &span) < 0) {
		return E2M_RET_NOT_APPLIED;
	}
	return E2M_RET_OK;
}

static int seal_opened(sip_msg_t *msg, e2m_msg *m, bool fresh)
{
	const e2m_edit *edits = NULL;
	e2m_plan *plan = NULL;
	size_t num = 0;
	e2m_bytes far;
	e2m_why why;
	e2m_err err;
	int ret;

	far = e2m_msg_is_request(m) ? e2m_msg_to(m) : e2m_msg_from(m);
	if(far.len == 0) {
		return E2M_RET_MALFORMED;
	}
	if(e2m_msg_body(m).len == 0) {
		return apply_sealed(msg, m, NULL, 0);
	}
	err = e2m_ctx_plan(far, fresh, &plan);
	if(err != E2M_OK) {
		LM_ERR("no plan to seal for %.*s: %s\n", (int)far.len,
				(const char *)far.data, e2m_err_name(err));
		return e2m_err_ret(err);
	}
	err = e2m_learn_plan(plan, m);
	if(err == E2M_OK) {
		err = e2m_note_asked(msg, m, plan);
	}
	if(err == E2M_OK) {
		err = e2m_end_seal(m, plan, &edits, &num);
	}
	if(err == E2M_OK) {
		ret = apply_sealed(msg, m, edits, num);
	} else {
		ret = e2m_err_ret(err);
		why = e2m_msg_why(m);
		log_failure(msg, "seal", &why, e2m_err_name(err), 1);
	}
	e2m_plan_free(plan);
	return ret;
}

static int seal(sip_msg_t *msg, bool fresh)
{
	e2m_bytes wire = {(const uint8_t *)msg->buf, msg->len};
	e2m_msg *m = NULL;
	e2m_err err;
	int ret;

	if(e2m_is_withheld(msg)) {
		LM_ERR("the body of this message was withheld before\n");
		return E2M_RET_NOT_APPLIED;
	}
	if(!is_route_type(REQUEST_ROUTE | BRANCH_ROUTE | ONREPLY_ROUTE)) {
		LM_ERR("e2m_seal() works in request_route, branch_route and"
			   " onreply_route\n");
		return E2M_RET_INTERNAL;
	}
	if(e2m_lump_conflict(msg, E2M_CARE_BOUND)) {
		LM_ERR("the body or a header field that the signature covers has"
			   " pending changes: apply them first, or do not change it\n");
		return E2M_RET_NOT_APPLIED;
	}
	err = e2m_msg_open(&m, e2m_context, wire, e2m_framing_of(msg),
			(int64_t)time(NULL));
	ret = err == E2M_OK ? seal_opened(msg, m, fresh) : e2m_err_ret(err);
	e2m_msg_close(m);
	return ret;
}

static int seal_or_withhold(sip_msg_t *msg, bool fresh)
{
	int ret;

	if(!e2m_lump_has_body(msg)) {
		return E2M_RET_OK;
	}
	ret = seal(msg, fresh);
	if(ret == E2M_RET_OK && get_route_type() == BRANCH_ROUTE
			&& e2m_guard_set(msg) < 0) {
		ret = E2M_RET_INTERNAL;
	}
	if(ret == E2M_RET_OK) {
		e2m_stat_add(E2M_COUNT_SEALED);
		/* the lumps carry the sealed copy; where no other branch needs the
		 * plain one it goes now, so that a change that fails to be applied
		 * later cannot bring it back */
		if(get_route_type() != BRANCH_ROUTE) {
			e2m_blank(msg);
		}
		return ret;
	}
	e2m_stat_add(E2M_COUNT_NOT_SEALED);
	e2m_stat_ret(ret);
	LM_ERR("not sealed (%d): the body is withheld\n", ret);
	e2m_withhold(msg);
	return ret;
}

int ki_e2m_seal(sip_msg_t *msg)
{
	return seal_or_withhold(msg, false);
}

int ki_e2m_seal_fresh(sip_msg_t *msg)
{
	return seal_or_withhold(msg, true);
}

int ki_e2m_forget(sip_msg_t *msg)
{
	e2m_bytes wire = {(const uint8_t *)msg->buf, msg->len};
	uint8_t dialog[32];
	e2m_msg *m = NULL;
	e2m_err err;

	err = e2m_msg_open(&m, e2m_context, wire, e2m_framing_of(msg),
			(int64_t)time(NULL));
	if(err == E2M_OK) {
		err = e2m_msg_dialog(m, dialog);
	}
	if(err == E2M_OK) {
		e2m_keys_drop(dialog);
	}
	e2m_msg_close(m);
	return e2m_err_ret(err);
}

int ki_e2m_withhold(sip_msg_t *msg)
{
	e2m_withhold(msg);
	return E2M_RET_OK;
}

/* ---- refusing ------------------------------------------------------------ */

static str phrase_of(unsigned status)
{
	static const struct
	{
		unsigned status;
		str phrase;
	} known[] = {{400, str_init("Bad Request")}, {403, str_init("Forbidden")},
			{493, str_init("Undecipherable")},
			{495, str_init("Signature Required")},
			{496, str_init("Proxy Undecipherable")},
			{503, str_init("Service Unavailable")}};
	static const str other = str_init("Server Internal Error");
	size_t i;

	for(i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if(known[i].status == status) {
			return known[i].phrase;
		}
	}
	return other;
}

/* Hands the signed answer to the core, which copies it. */
static int add_answer(sip_msg_t *msg, e2m_state_t *st)
{
	e2m_bytes headers = {NULL, 0};
	e2m_bytes body = {NULL, 0};
	struct lump_rpl *fields;
	e2m_err err;

	if(st->verdict == NULL || st->verdict->sip_status == 0) {
		return -1;
	}
	err = e2m_middle_refuse(st->msg, st->verdict, &headers, &body);
	if(err != E2M_OK) {
		LM_ERR("the answer cannot be signed: %s\n", e2m_err_name(err));
		return -1;
	}
	fields = add_lump_rpl(
			msg, (char *)headers.data, (int)headers.len, LUMP_RPL_HDR);
	if(fields == NULL) {
		return -1;
	}
	if(add_lump_rpl(msg, (char *)body.data, (int)body.len, LUMP_RPL_BODY)
			== NULL) {
		unlink_lump_rpl(msg, fields);
		free_lump_rpl(fields);
		return -1;
	}
	return 0;
}

int ki_e2m_refuse(sip_msg_t *msg)
{
	e2m_state_t *st = e2m_state_of(msg);
	unsigned status = 500;
	str phrase;
	int is_signed;

	if(msg->first_line.type != SIP_REQUEST || msg->REQ_METHOD == METHOD_ACK) {
		return E2M_RET_NOT_FOR_ME; /* these have no answers */
	}
	if(st != NULL && st->status != 0) {
		status = st->status;
	}
	is_signed = st != NULL && add_answer(msg, st) == 0;
	phrase = phrase_of(status);
	/* from here on event routes may have run: the state is not ours any more */
	if(e2m_sl.freply(msg, (int)status, &phrase) < 0) {
		LM_ERR("the answer cannot be sent\n");
		return E2M_RET_INTERNAL;
	}
	e2m_stat_add(is_signed ? E2M_COUNT_REFUSED : E2M_COUNT_REFUSED_UNSIGNED);
	return E2M_RET_OK;
}
