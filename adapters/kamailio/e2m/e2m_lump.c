/*
 * e2m module: edits of the library as lumps of the core
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

#include "../../core/data_lump.h"
#include "../../core/dprint.h"
#include "../../core/mem/mem.h"

#include "e2m_mod.h"

/* ---- where the body lies ------------------------------------------------- */

int e2m_span_core(sip_msg_t *msg, e2m_span_t *out)
{
	char *body;

	body = get_body(msg);
	if(body == NULL || msg->eoh == NULL) {
		return -1;
	}
	out->start = (int)(body - msg->buf);
	out->len = (int)msg->len;
	out->end = out->len;
	return out->start <= out->len ? 0 : -1;
}

int e2m_span_lib(
		sip_msg_t *msg, e2m_bytes wire, e2m_bytes body, e2m_span_t *out)
{
	size_t start;

	if(e2m_span_core(msg, out) < 0 || wire.len != (size_t)out->len) {
		return -1;
	}
	if(body.len == 0) {
		out->end = out->start;
		return 0;
	}
	start = (size_t)(body.data - wire.data);
	if(start != (size_t)out->start || body.len > wire.len - start) {
		return -1; /* two parsers, two bodies: neither can be trusted */
	}
	out->end = (int)(start + body.len);
	return 0;
}

/* ---- changes that others have pending ------------------------------------ */

static const char *const body_fields[] = {"Content-Type", "c",
		"Content-Disposition", "Content-Transfer-Encoding", "Content-Encoding",
		"e", "Content-ID", "Content-Target", "Proxy-Inspect-Body",
		"MIME-Version", NULL};
static const char *const bound_fields[] = {"From", "f", "To", "t", "Call-ID",
		"i", "CSeq", "Date", "Contact", "m", NULL};

static int is_one_of(const char *const *list, const char *s, int len)
{
	for(; *list != NULL; list++) {
		if(strlen(*list) == (size_t)len
				&& strncasecmp(*list, s, (size_t)len) == 0) {
			return 1;
		}
	}
	return 0;
}

static int cares(e2m_care_t care, const char *s, int len)
{
	return is_one_of(body_fields, s, len)
		   || (care == E2M_CARE_BOUND && is_one_of(bound_fields, s, len));
}

/* The name of a header field that a lump inserts; lumps that insert into the
 * middle of a field give a word that is no name. */
static int name_len(const struct lump *l)
{
	const char *s = l->u.value;
	int len = 0;

	if(l->op != LUMP_ADD || s == NULL) {
		return 0;
	}
	while(len < l->len && s[len] != ':' && s[len] != ' ' && s[len] != '\t'
			&& s[len] != '\r' && s[len] != '\n') {
		len++;
	}
	return len < l->len && s[len] != '\r' && s[len] != '\n' ? len : 0;
}

static int inserts_any_of(const char *const *list, const struct lump *l)
{
	int len = name_len(l);

	return len > 0 && is_one_of(list, l->u.value, len);
}

static int inserts(e2m_care_t care, const struct lump *l)
{
	int len = name_len(l);

	return len > 0 && cares(care, l->u.value, len);
}

static int any_inserts(e2m_care_t care, const struct lump *l)
{
	const struct lump *i;

	if(inserts(care, l)) {
		return 1;
	}
	for(i = l->before; i != NULL; i = i->before) {
		if(inserts(care, i)) {
			return 1;
		}
	}
	for(i = l->after; i != NULL; i = i->after) {
		if(inserts(care, i)) {
			return 1;
		}
	}
	return 0;
}

/* Whether the lump cuts octets of [from, to), or inserts between them. */
static int touches(const struct lump *l, int from, int to)
{
	if(l->op == LUMP_DEL) {
		return l->u.offset < to && l->u.offset + l->len > from;
	}
	if(l->op == LUMP_NOP && (l->before != NULL || l->after != NULL)) {
		return l->u.offset > from && l->u.offset < to;
	}
	return 0;
}

static int touches_field(sip_msg_t *msg, e2m_care_t care, const struct lump *l)
{
	struct hdr_field *h;
	int from;

	for(h = msg->headers; h != NULL; h = h->next) {
		from = (int)(h->name.s - msg->buf);
		if(cares(care, h->name.s, h->name.len)
				&& touches(l, from, from + h->len)) {
			return 1;
		}
	}
	return 0;
}

/* Our own cut of what stands behind the body contradicts nothing. */
static int is_trim(const struct lump *l, int len)
{
	return l->op == LUMP_DEL && l->before == NULL && l->after == NULL
		   && l->u.offset + l->len == len;
}

int e2m_lump_conflict(sip_msg_t *msg, e2m_care_t care)
{
	e2m_span_t span;
	struct lump *l;

	if(e2m_span_core(msg, &span) < 0) {
		return 1;
	}
	for(l = msg->body_lumps; l != NULL; l = l->next) {
		if(!is_trim(l, span.len) || l->u.offset == span.start) {
			return 1;
		}
	}
	for(l = msg->add_rm; l != NULL; l = l->next) {
		/* made before the end of the header was known */
		if((l->op == LUMP_DEL || l->op == LUMP_NOP)
				&& l->u.offset + (l->op == LUMP_DEL ? l->len : 0)
						   > span.start) {
			return 1;
		}
		if(any_inserts(care, l) || touches_field(msg, care, l)) {
			return 1;
		}
	}
	return 0;
}

int e2m_lump_has_body(sip_msg_t *msg)
{
	const struct lump *l;
	e2m_span_t span;

	if(e2m_span_core(msg, &span) < 0) {
		return 1; /* for the library to refuse */
	}
	for(l = msg->add_rm; l != NULL; l = l->next) {
		if((l->op == LUMP_DEL || l->op == LUMP_NOP)
				&& l->u.offset >= span.start) {
			return 1;
		}
	}
	return span.len > span.start || msg->body_lumps != NULL;
}

int e2m_lump_covers(sip_msg_t *msg)
{
	const struct lump *l;
	e2m_span_t span;
	int at;

	if(!e2m_lump_has_body(msg)) {
		return 1;
	}
	if(e2m_span_core(msg, &span) < 0) {
		return 0;
	}
	for(l = msg->add_rm; l != NULL; l = l->next) {
		if((l->op == LUMP_DEL || l->op == LUMP_NOP)
				&& l->u.offset > span.start) {
			return 0;
		}
	}
	at = span.start;
	for(l = msg->body_lumps; l != NULL; l = l->next) {
		if(l->op == LUMP_DEL && l->u.offset <= at && l->u.offset + l->len > at) {
			at = l->u.offset + l->len;
		}
	}
	return at >= span.len;
}

/* Adds up a lump's insertions that are not empty; notes the last one. */
static int texts(const struct lump *l, const char **text)
{
	const struct lump *i;
	int num = 0;

	for(i = l; i != NULL; i = i->before) {
		if(i->op == LUMP_ADD && i->len > 0) {
			*text = i->u.value;
			num++;
		}
	}
	for(i = l->after; i != NULL; i = i->after) {
		if(i->op == LUMP_ADD && i->len > 0) {
			*text = i->u.value;
			num++;
		}
	}
	return num;
}

const char *e2m_lump_text(sip_msg_t *msg)
{
	const struct lump *l;
	const char *text = NULL;

	for(l = msg->body_lumps; l != NULL; l = l->next) {
		(void)texts(l, &text);
	}
	return text;
}

int e2m_lump_is_single(sip_msg_t *msg)
{
	static const char *const type[] = {"Content-Type", "c", NULL};
	const struct lump *l;
	const struct lump *i;
	const char *text;
	int bodies = 0;
	int types = 0;

	for(l = msg->body_lumps; l != NULL; l = l->next) {
		bodies += texts(l, &text);
	}
	for(l = msg->add_rm; l != NULL; l = l->next) {
		types += inserts_any_of(type, l);
		for(i = l->before; i != NULL; i = i->before) {
			types += inserts_any_of(type, i);
		}
		for(i = l->after; i != NULL; i = i->after) {
			types += inserts_any_of(type, i);
		}
	}
	return bodies <= 1 && types <= 1;
}

/* ---- our own ------------------------------------------------------------- */

static void drop(struct lump *l)
{
	struct lump *next;

	for(; l != NULL; l = next) {
		next = l->next;
		if(l->after != NULL) {
			if(l->after->u.value != NULL) {
				pkg_free(l->after->u.value);
			}
			pkg_free(l->after);
		}
		pkg_free(l);
	}
}

static struct lump *lump_new(void)
{
	struct lump *l = pkg_malloc(sizeof(*l));

	if(l == NULL) {
		PKG_MEM_ERROR;
		return NULL;
	}
	memset(l, 0, sizeof(*l));
	return l;
}

static int lump_put(struct lump *anchor, e2m_bytes put)
{
	struct lump *l;

	if(put.len == 0) {
		return 0;
	}
	l = lump_new();
	if(l == NULL) {
		return -1;
	}
	anchor->after = l;
	l->op = LUMP_ADD;
	l->u.value = pkg_malloc(put.len);
	if(l->u.value == NULL) {
		PKG_MEM_ERROR;
		return -1;
	}
	memcpy(l->u.value, put.data, put.len);
	l->len = (int)put.len;
	return 0;
}

/* The core's rule, del_lump(): what starts behind the end of the header is a
 * lump of the body, and counts for Content-Length. */
static struct lump **list_of(sip_msg_t *msg, int offset)
{
	return offset > (int)(msg->eoh - msg->buf) ? &msg->body_lumps
											   : &msg->add_rm;
}

/* Takes lumps that are complete; nothing here can fail. */
static void link_all(sip_msg_t *msg, struct lump *made)
{
	struct lump *next;
	struct lump **at;

	for(; made != NULL; made = next) {
		next = made->next;
		at = list_of(msg, made->u.offset);
		while(*at != NULL
				&& !(((*at)->op == LUMP_DEL || (*at)->op == LUMP_NOP)
						&& (*at)->u.offset > made->u.offset)) {
			at = &(*at)->next;
		}
		made->next = *at;
		*at = made;
	}
}

static struct lump *make_one(const e2m_edit *e)
{
	struct lump *l = lump_new();

	if(l == NULL) {
		return NULL;
	}
	l->op = e->cut > 0 ? LUMP_DEL : LUMP_NOP;
	l->u.offset = (int)e->at;
	l->len = (int)e->cut;
	if(lump_put(l, e->put) < 0) {
		drop(l);
		return NULL;
	}
	return l;
}

static int in_place(const e2m_edit *e, const e2m_span_t *span)
{
	size_t start = (size_t)span->start;
	size_t len = (size_t)span->len;

	if(e->put.len > 0x1000000) {
		return 0;
	}
	if(e->kind == E2M_EDIT_BODY) {
		return e->at >= start && e->at <= len && e->cut <= len - e->at;
	}
	return e->at < start && e->cut <= start - e->at;
}

static int make_all(const e2m_edit *edits, size_t num, const e2m_span_t *span,
		struct lump **out)
{
	struct lump **last = out;
	size_t i;

	for(i = 0; i < num; i++) {
		/* Content-Length is the core's own work: it rewrites a field that is
		 * there, and adds one on a stream. A datagram without one is a
		 * datagram without one. */
		if(edits[i].kind == E2M_EDIT_LENGTH) {
			continue;
		}
		if(!in_place(&edits[i], span)) {
			return -1;
		}
		*last = make_one(&edits[i]);
		if(*last == NULL) {
			return -1;
		}
		last = &(*last)->next;
	}
	return 0;
}

static int trim_from(sip_msg_t *msg, int from, int len)
{
	struct lump *made;
	struct lump *l;

	if(from >= len) {
		return 0;
	}
	for(l = msg->body_lumps; l != NULL; l = l->next) {
		if(is_trim(l, len)) {
			return 0;
		}
	}
	made = lump_new();
	if(made == NULL) {
		return -1;
	}
	made->op = LUMP_DEL;
	made->u.offset = from;
	made->len = len - from;
	link_all(msg, made);
	return 0;
}

int e2m_lump_trim(sip_msg_t *msg, const e2m_span_t *span)
{
	return trim_from(msg, span->end, span->len);
}

int e2m_lump_edits(sip_msg_t *msg, const e2m_edit *edits, size_t num,
		const e2m_span_t *span)
{
	struct lump *made = NULL;
	size_t end = (size_t)span->end;
	size_t i;

	for(i = 0; i < num; i++) {
		if(edits[i].kind == E2M_EDIT_BODY && edits[i].at + edits[i].cut > end) {
			end = edits[i].at + edits[i].cut;
		}
	}
	if(make_all(edits, num, span, &made) < 0
			|| trim_from(msg, (int)end, span->len) < 0) {
		drop(made);
		return -1;
	}
	link_all(msg, made);
	return 0;
}
