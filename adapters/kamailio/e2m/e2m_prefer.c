/*
 * e2m module: which answer of a forked request goes back
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
#include <strings.h>

#include "../../core/data_lump_rpl.h"
#include "../../core/dprint.h"
#include "../../core/mem/mem.h"
#include "../../core/parser/msg_parser.h"
#include "../../core/parser/parse_content.h"
#include "../../modules/tm/h_table.h"

#include "e2m_mod.h"

/* A branch's answer lives in shared memory, where parsing must not write: it is
 * read in a copy. */
static int answer_copy(struct cell *t, int branch, sip_msg_t *out)
{
	sip_msg_t *reply = t->uac[branch].reply;

	memset(out, 0, sizeof(*out));
	if(reply == NULL || reply == FAKED_REPLY) {
		return -1;
	}
	out->buf = pkg_malloc(reply->len + 1);
	if(out->buf == NULL) {
		PKG_MEM_ERROR;
		return -1;
	}
	memcpy(out->buf, reply->buf, reply->len);
	out->buf[reply->len] = 0;
	out->len = reply->len;
	if(parse_msg(out->buf, out->len, out) != 0
			|| parse_headers(out, HDR_EOH_F, 0) < 0) {
		free_sip_msg(out);
		pkg_free(out->buf);
		return -1;
	}
	return 0;
}

static void answer_free(sip_msg_t *copy)
{
	free_sip_msg(copy);
	pkg_free(copy->buf);
}

static int is_signed(const sip_msg_t *reply)
{
	static const str type = str_init("multipart/signed");
	const struct hdr_field *h = reply->content_type;

	return h != NULL && h->body.len >= type.len
		   && strncasecmp(h->body.s, type.s, (size_t)type.len) == 0;
}

/* The higher, the better for the user agent: RFC 3261 sec. 16.7 step 6 lets a
 * proxy prefer what gives it more to act on. */
static int worth(struct cell *t, int branch)
{
	sip_msg_t copy;
	int found;

	if(answer_copy(t, branch, &copy) < 0) {
		return 0;
	}
	found = is_signed(&copy);
	answer_free(&copy);
	switch(found ? t->uac[branch].last_received : 0) {
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

static int add_fields(sip_msg_t *msg, const sip_msg_t *reply)
{
	const struct hdr_field *h;

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

static int answer_with(sip_msg_t *msg, sip_msg_t *reply)
{
	char *body = get_body(reply);
	str phrase = reply->first_line.u.reply.reason;

	if(body == NULL || add_fields(msg, reply) < 0
			|| add_lump_rpl(msg, body, (int)(reply->buf + reply->len - body),
					   LUMP_RPL_BODY)
					   == NULL) {
		return E2M_RET_INTERNAL;
	}
	if(e2m_sl.freply(
			   msg, (int)reply->first_line.u.reply.statuscode, &phrase)
			< 0) {
		LM_ERR("the answer cannot be sent\n");
		return E2M_RET_INTERNAL;
	}
	return E2M_RET_OK;
}

static int best_branch(struct cell *t)
{
	int best = -1;
	int most = 0;
	int one;
	int i;

	for(i = 0; i < t->nr_of_outgoings; i++) {
		one = worth(t, i);
		if(one > most) {
			most = one;
			best = i;
		}
	}
	return best;
}

int ki_e2m_prefer(sip_msg_t *msg)
{
	struct cell *t = NULL;
	sip_msg_t copy;
	int picked;
	int best;
	int ret;

	if(e2m_answer_picked(&t) == NULL && t == NULL) {
		return E2M_RET_INTERNAL;
	}
	picked = e2m_answer_branch();
	best = best_branch(t);
	if(best < 0 || best == picked
			|| (picked >= 0 && outranks(t->uac[picked].last_received))
			|| answer_copy(t, best, &copy) < 0) {
		return E2M_RET_NOT_FOR_ME;
	}
	ret = answer_with(msg, &copy);
	answer_free(&copy);
	return ret;
}
