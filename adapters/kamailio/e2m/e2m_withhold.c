/*
 * e2m module: what keeps a body from leaving
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

#include "../../core/data_lump.h"
#include "../../core/dprint.h"
#include "../../core/dset.h"
#include "../../core/mem/mem.h"
#include "../../core/route.h"

#include "e2m_mod.h"

/* A message whose buffer was blanked because not even a lump could be had. */
static struct
{
	int set;
	unsigned int id;
	int pid;
} blanked;

int e2m_is_withheld(sip_msg_t *msg)
{
	return blanked.set && blanked.id == msg->id && blanked.pid == msg->pid;
}

void e2m_blank(sip_msg_t *msg)
{
	e2m_span_t span;

	if(e2m_span_core(msg, &span) == 0) {
		memset(msg->buf + span.start, ' ', (size_t)(span.len - span.start));
	} else {
		/* no end of the header in sight: then all of it may be body, and
		 * nothing of it can be sent */
		memset(msg->buf, ' ', msg->len);
	}
	e2m_guard_blank(msg);
}

/* Takes from a lump whatever it does to the body: what others put there (the
 * script's set_body()), and what they cut, since the core trims a later cut by
 * an earlier one. The lumps of a branch are copies that point to shared text:
 * the text is left alone, its length in this copy becomes 0. */
static void silence(struct lump *l, int start)
{
	struct lump *i;

	for(i = l; i != NULL; i = i->before) {
		if(i->op == LUMP_ADD) {
			i->len = 0;
		}
	}
	for(i = l->after; i != NULL; i = i->after) {
		if(i->op == LUMP_ADD) {
			i->len = 0;
		}
	}
	if(l->op == LUMP_DEL || l->op == LUMP_NOP) {
		l->u.offset = start;
		l->len = 0;
	}
}

static int is_in_body(const struct lump *l, int start)
{
	return (l->op == LUMP_DEL || l->op == LUMP_NOP)
		   && l->u.offset + (l->op == LUMP_DEL ? l->len : 0) > start;
}

static int cut_all(sip_msg_t *msg)
{
	e2m_span_t span;
	struct lump *l;

	if(e2m_span_core(msg, &span) < 0) {
		return -1;
	}
	for(l = msg->body_lumps; l != NULL; l = l->next) {
		silence(l, span.start);
	}
	/* made before the end of the header was known */
	for(l = msg->add_rm; l != NULL; l = l->next) {
		if(is_in_body(l, span.start)) {
			silence(l, span.start);
		}
	}
	msg->msg_flags &= ~FL_BODY_MULTIPART;
	if(span.len == span.start) {
		return 0;
	}
	/* an earlier cut of ours serves again: withholding twice takes no memory */
	if(msg->body_lumps != NULL && msg->body_lumps->op == LUMP_DEL) {
		msg->body_lumps->len = span.len - span.start;
		return 0;
	}
	return del_lump(msg, span.start, span.len - span.start, 0) == NULL ? -1 : 0;
}

/* The branch gets a destination that no parser takes: it is not sent at all,
 * and t_relay() fails, unless the script sets another one; then it goes without
 * its body. */
static void strand(sip_msg_t *msg)
{
	static str nowhere = str_init("e2m:withheld");

	if(set_dst_uri(msg, &nowhere) < 0) {
		LM_ERR("cannot strand the branch; it goes without its body\n");
	}
}

static void blank_for_good(sip_msg_t *msg)
{
	LM_ERR("the body cannot be cut out; it is blanked\n");
	e2m_blank(msg);
	blanked.set = 1;
	blanked.id = msg->id;
	blanked.pid = msg->pid;
}

void e2m_hold_branch(sip_msg_t *msg)
{
	e2m_stat_add(E2M_COUNT_WITHHELD);
	strand(msg);
	if(cut_all(msg) < 0) {
		blank_for_good(msg);
	}
}

void e2m_withhold(sip_msg_t *msg)
{
	if(get_route_type() == BRANCH_ROUTE
			&& msg->first_line.type == SIP_REQUEST) {
		/* the request's buffer serves the other branches as well, so it
		 * stays, as long as somebody watches them */
		e2m_hold_branch(msg);
		if(e2m_guard_set(msg) < 0) {
			blank_for_good(msg);
		}
		return;
	}
	e2m_stat_add(E2M_COUNT_WITHHELD);
	if(cut_all(msg) < 0) {
		blank_for_good(msg);
		return;
	}
	e2m_blank(msg);
}
