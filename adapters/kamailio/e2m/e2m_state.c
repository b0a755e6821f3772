/*
 * e2m module: what is known of the message being handled
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

#include "../../core/dprint.h"
#include "../../core/mem/mem.h"
#include "../../core/script_cb.h"

#include "e2m_mod.h"

/* One per process, for one message: it bears that message's number, and is
 * wiped before the next message and after this one, so that nothing read from
 * one message can be seen while another is handled. */
static e2m_state_t state;

/* ---- private memory for the library -------------------------------------- */

/* pkg memory is aligned to 8 or 16, depending on the manager in use; the
 * library wants 16. In front of each block stands what pkg handed out. */
static void *pkg_alloc(void *user, size_t len)
{
	unsigned char *base;
	unsigned char *p;

	if(len > INT32_MAX - 64) {
		return NULL;
	}
	base = pkg_malloc(len + 32);
	if(base == NULL) {
		return NULL;
	}
	p = base + 32 - ((uintptr_t)base & 15);
	memcpy(p - sizeof(base), &base, sizeof(base));
	return p;
}

static void pkg_release(void *user, void *p, size_t len)
{
	unsigned char *base;

	if(p != NULL) {
		memcpy(&base, (unsigned char *)p - sizeof(base), sizeof(base));
		pkg_free(base);
	}
}

const e2m_mem e2m_pkg = {pkg_alloc, pkg_release, NULL};

/* ---- the state ----------------------------------------------------------- */

void e2m_state_clear(void)
{
	if(!state.set) {
		return;
	}
	e2m_msg_close(state.msg);
	if(state.wire != NULL) {
		e2m_wipe_bytes(state.wire, state.len);
		pkg_free(state.wire);
	}
	memset(&state, 0, sizeof(state));
}

static e2m_state_t *state_begin(sip_msg_t *msg)
{
	e2m_state_clear();
	state.set = 1;
	state.id = msg->id;
	state.pid = msg->pid;
	state.ret = E2M_RET_INTERNAL;
	state.outcome = e2m_outcome_name(E2M_UNDECIDED);
	state.reason = e2m_reason_name(E2M_BECAUSE_NONE);
	state.status = 500;
	return &state;
}

e2m_framing e2m_framing_of(const sip_msg_t *msg)
{
	/* WebSocket frames bound a message as datagrams do */
	return msg->rcv.proto == PROTO_TCP || msg->rcv.proto == PROTO_TLS
				   ? E2M_STREAM
				   : E2M_DATAGRAM;
}

int e2m_err_ret(e2m_err err)
{
	switch(err) {
		case E2M_OK:
			return E2M_RET_OK;
		case E2M_E_LIMIT:
			return E2M_RET_LIMIT;
		case E2M_E_SYNTAX:
		case E2M_E_UNSUPPORTED:
			return E2M_RET_MALFORMED;
		case E2M_E_NOKEY:
			return E2M_RET_NO_KEY;
		case E2M_E_ARG:
		case E2M_E_NOMEM:
		case E2M_E_CRYPTO:
			break;
	}
	return E2M_RET_INTERNAL;
}

int e2m_state_open(sip_msg_t *msg, e2m_state_t **out)
{
	return e2m_state_open_other(msg, msg, out);
}

int e2m_state_open_other(
		sip_msg_t *msg, const sip_msg_t *other, e2m_state_t **out)
{
	e2m_state_t *st = state_begin(msg);
	e2m_err err;

	*out = st;
	st->wire = pkg_malloc(other->len);
	if(st->wire == NULL) {
		PKG_MEM_ERROR;
		return E2M_RET_INTERNAL;
	}
	st->len = other->len;
	memcpy(st->wire, other->buf, other->len);
	err = e2m_msg_open(&st->msg, e2m_context, (e2m_bytes){st->wire, st->len},
			e2m_framing_of(other), (int64_t)time(NULL));
	if(err != E2M_OK) {
		return e2m_state_settle(st, err, NULL);
	}
	return E2M_RET_OK;
}

e2m_state_t *e2m_state_nothing(sip_msg_t *msg)
{
	e2m_state_t *st = state_begin(msg);

	st->outcome = e2m_outcome_name(E2M_NOT_FOR_ME);
	st->status = 0;
	st->ret = E2M_RET_NOT_FOR_ME;
	return st;
}

e2m_state_t *e2m_state_of(sip_msg_t *msg)
{
	if(!state.set || state.id != msg->id || state.pid != msg->pid) {
		return NULL;
	}
	return &state;
}

/* ---- what a verdict means to the script ---------------------------------- */

int e2m_reason_ret(e2m_reason reason)
{
	switch(reason) {
		case E2M_BECAUSE_SYNTAX:
		case E2M_BECAUSE_UNSUPPORTED:
			return E2M_RET_MALFORMED;
		case E2M_BECAUSE_LIMIT:
			return E2M_RET_LIMIT;
		case E2M_BECAUSE_CANNOT_DECRYPT:
		case E2M_BECAUSE_UNDISCLOSED:
			return E2M_RET_UNDECIPHERABLE;
		case E2M_BECAUSE_NOT_SIGNED:
		case E2M_BECAUSE_BAD_SIGNATURE:
		case E2M_BECAUSE_NO_SIGNER:
		case E2M_BECAUSE_UNTRUSTED:
		case E2M_BECAUSE_EXPIRED:
		case E2M_BECAUSE_REVOKED:
		case E2M_BECAUSE_USAGE:
			return E2M_RET_SIGNATURE;
		case E2M_BECAUSE_UNBOUND:
		case E2M_BECAUSE_WRONG_IDENTITY:
		case E2M_BECAUSE_OTHER_MESSAGE:
		case E2M_BECAUSE_STALE:
			return E2M_RET_IDENTITY;
		case E2M_BECAUSE_REPLAY:
			return E2M_RET_REPLAY;
		case E2M_BECAUSE_REPLAY_FULL:
			return E2M_RET_REPLAY_FULL;
		case E2M_BECAUSE_UNCOMMITTED:
		case E2M_BECAUSE_UNSHARED:
		case E2M_BECAUSE_NOT_SEALED:
			return E2M_RET_POLICY;
		case E2M_BECAUSE_NO_DEMAND:
			return E2M_RET_NOT_FOR_ME;
		case E2M_BECAUSE_DENIED:
			return E2M_RET_DENIED;
		case E2M_BECAUSE_NONE:
		case E2M_BECAUSE_COUNT:
			break;
	}
	return E2M_RET_INTERNAL;
}

/* Which of a verdict's faces the script sees; all but READ are negative. */
static int verdict_ret(const e2m_verdict *v)
{
	switch(v->outcome) {
		case E2M_READ:
			return v->sip_status == 0 ? E2M_RET_OK : e2m_reason_ret(v->reason);
		case E2M_NOT_FOR_ME:
			return v->sip_status == 0 ? E2M_RET_NOT_FOR_ME
									  : e2m_reason_ret(v->reason);
		case E2M_UNDECIPHERABLE:
			return E2M_RET_UNDECIPHERABLE;
		case E2M_FORBIDDEN:
		case E2M_MALFORMED:
			return e2m_reason_ret(v->reason);
		case E2M_UNDECIDED:
			break;
	}
	return E2M_RET_INTERNAL;
}

static void settle_error(e2m_state_t *st, e2m_err err)
{
	st->ret = e2m_err_ret(err);
	st->reason = e2m_err_name(err);
	if(st->msg != NULL) {
		st->why = e2m_msg_why(st->msg);
	}
	if(st->ret == E2M_RET_MALFORMED || st->ret == E2M_RET_LIMIT) {
		st->outcome = e2m_outcome_name(E2M_MALFORMED);
		st->status = 400;
	}
}

int e2m_state_settle(e2m_state_t *st, e2m_err err, const e2m_verdict *v)
{
	if(err != E2M_OK || v == NULL) {
		settle_error(st, err);
		return st->ret;
	}
	st->verdict = v;
	st->outcome = e2m_outcome_name(v->outcome);
	st->reason = e2m_reason_name(v->reason);
	st->why = v->why;
	st->status = v->sip_status;
	st->ret = verdict_ret(v);
	if(st->ret == E2M_RET_INTERNAL) {
		st->status = 500;
	}
	return st->ret;
}

int e2m_state_answer(e2m_state_t *st, int ret, const char *reason)
{
	st->ret = ret;
	st->reason = reason;
	st->status = ret == E2M_RET_OK || ret == E2M_RET_NOT_FOR_ME ? 0 : 403;
	st->outcome = e2m_outcome_name(ret == E2M_RET_OK ? E2M_READ
								   : ret == E2M_RET_NOT_FOR_ME
										   ? E2M_NOT_FOR_ME
										   : E2M_FORBIDDEN);
	return ret;
}

/* ---- between messages ---------------------------------------------------- */

static int before_cb(sip_msg_t *msg, unsigned int flags, void *param)
{
	if(e2m_state_of(msg) == NULL) {
		e2m_state_clear();
		e2m_reload_here();
	}
	e2m_note_clear();
	return 1;
}

static int after_cb(sip_msg_t *msg, unsigned int flags, void *param)
{
	e2m_state_clear();
	e2m_note_clear();
	return 1;
}

int e2m_state_init(void)
{
	/* not around branch, event and local routes: they run in the middle of
	 * another message's, and have none of their own to forget */
	unsigned int types =
			REQUEST_CB | FAILURE_CB | ONREPLY_CB | BRANCH_FAILURE_CB;

	if(register_script_cb(before_cb, PRE_SCRIPT_CB | types, NULL) < 0
			|| register_script_cb(after_cb, POST_SCRIPT_CB | types, NULL)
					   < 0) {
		LM_ERR("cannot register script callbacks\n");
		return -1;
	}
	return 0;
}
