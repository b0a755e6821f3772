/*
 * e2m module: the class of variables $e2m(name)
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

#include "../../core/dprint.h"

#include "e2m_mod.h"

typedef enum e2m_pv
{
	PV_VERDICT,
	PV_REASON,
	PV_WHY,
	PV_STATUS,
	PV_PARTS,
	PV_VERIFIERS,
	PV_MIDDLE,
	PV_DEMANDS,
	PV_SIGNER,
	PV_BOUND,
	/* from here on: of one part */
	PV_BODY,
	PV_TYPE,
	PV_LABEL,
	PV_STRUCTURE,
	PV_CIPHER,
	PV_RECIPIENT,
	PV_COMMITTED,
	PV_SHARED,
	PV_ALGORITHM
} e2m_pv_t;

static const struct
{
	const char *name;
	e2m_pv_t id;
} names[] = {{"verdict", PV_VERDICT}, {"reason", PV_REASON}, {"why", PV_WHY},
		{"status", PV_STATUS}, {"parts", PV_PARTS}, {"signer", PV_SIGNER},
		{"bound", PV_BOUND}, {"verifiers", PV_VERIFIERS},
		{"middle", PV_MIDDLE}, {"demands", PV_DEMANDS}, {"body", PV_BODY}, {"type", PV_TYPE},
		{"label", PV_LABEL}, {"structure", PV_STRUCTURE},
		{"cipher", PV_CIPHER}, {"recipient", PV_RECIPIENT},
		{"committed", PV_COMMITTED}, {"shared", PV_SHARED},
		{"algorithm", PV_ALGORITHM}};

int pv_parse_e2m_name(pv_spec_p sp, str *in)
{
	size_t i;

	if(sp == NULL || in == NULL || in->len <= 0) {
		return -1;
	}
	for(i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if(strlen(names[i].name) == (size_t)in->len
				&& memcmp(names[i].name, in->s, (size_t)in->len) == 0) {
			sp->pvp.pvn.type = PV_NAME_INTSTR;
			sp->pvp.pvn.u.isname.type = 0;
			sp->pvp.pvn.u.isname.name.n = names[i].id;
			return 0;
		}
	}
	LM_ERR("unknown variable $e2m(%.*s)\n", in->len, in->s);
	return -1;
}

static int get_text(
		sip_msg_t *msg, pv_param_t *param, pv_value_t *res, const char *text)
{
	str s;

	if(text == NULL) {
		return pv_get_null(msg, param, res);
	}
	s.s = (char *)text;
	s.len = (int)strlen(text);
	return pv_get_strval(msg, param, res, &s);
}

static int get_bytes(
		sip_msg_t *msg, pv_param_t *param, pv_value_t *res, e2m_bytes b)
{
	str s;

	if(b.data == NULL) {
		return pv_get_null(msg, param, res);
	}
	s.s = (char *)b.data;
	s.len = (int)b.len;
	return pv_get_strval(msg, param, res, &s);
}

/* The parts with content for a user; the AIB is not counted. */
static const e2m_part *part_at(const e2m_verdict *v, int index)
{
	size_t i;

	for(i = 0; v != NULL && i < v->num_parts; i++) {
		if(!v->parts[i].identity && index-- == 0) {
			return &v->parts[i];
		}
	}
	return NULL;
}

static int part_count(const e2m_verdict *v)
{
	int num = 0;

	while(part_at(v, num) != NULL) {
		num++;
	}
	return num;
}

static int get_part(sip_msg_t *msg, pv_param_t *param, pv_value_t *res,
		const e2m_part *p)
{
	switch((e2m_pv_t)param->pvn.u.isname.name.n) {
		case PV_BODY:
			return get_bytes(msg, param, res, p->content);
		case PV_TYPE:
			return get_bytes(msg, param, res, p->content_type);
		case PV_LABEL:
			return get_bytes(msg, param, res, p->label);
		case PV_STRUCTURE:
			return get_text(msg, param, res, p->encryption.structure);
		case PV_CIPHER:
			return get_text(msg, param, res, p->encryption.cipher);
		case PV_RECIPIENT:
			return get_text(msg, param, res, p->encryption.recipient);
		case PV_COMMITTED:
			return pv_get_uintval(msg, param, res, p->encryption.committed);
		case PV_SHARED:
			return pv_get_uintval(
					msg, param, res, p->encryption.shared_with_far_end);
		case PV_ALGORITHM:
			return get_text(msg, param, res, p->signature.algorithm);
		case PV_SIGNER:
			return get_bytes(msg, param, res, p->signature.signer);
		case PV_BOUND:
			return pv_get_uintval(msg, param, res, p->signature.bound);
		case PV_VERDICT:
		case PV_REASON:
		case PV_WHY:
		case PV_STATUS:
		case PV_PARTS:
		case PV_VERIFIERS:
		case PV_MIDDLE:
		case PV_DEMANDS:
			break;
	}
	return pv_get_null(msg, param, res);
}

/* "view application/sdp, verify text/plain": of an answer that demands, or of
 * the refusal that this node would give. */
static int get_demands(sip_msg_t *msg, pv_param_t *param, pv_value_t *res,
		const e2m_state_t *st)
{
	static char text[512];
	const e2m_demand *d = NULL;
	size_t num = 0;
	size_t len = 0;
	size_t i;
	str s;

	if(st->rejection != NULL) {
		d = st->rejection->demands;
		num = st->rejection->num_demands;
	} else if(st->verdict != NULL) {
		d = st->verdict->demands;
		num = st->verdict->num_demands;
	}
	for(i = 0; i < num && d[i].type.len < sizeof(text) - len - 16; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %.*s",
				i > 0 ? ", " : "", d[i].what == E2M_VIEW ? "view" : "verify",
				(int)d[i].type.len, (const char *)d[i].type.data);
	}
	if(len == 0) {
		return pv_get_null(msg, param, res);
	}
	s.s = text;
	s.len = (int)len;
	return pv_get_strval(msg, param, res, &s);
}

static int get_whole(sip_msg_t *msg, pv_param_t *param, pv_value_t *res,
		const e2m_state_t *st)
{
	switch((e2m_pv_t)param->pvn.u.isname.name.n) {
		case PV_VERDICT:
			return get_text(msg, param, res, st->outcome);
		case PV_REASON:
			return get_text(msg, param, res, st->reason);
		case PV_WHY:
			return get_text(msg, param, res, st->why.what);
		case PV_STATUS:
			return pv_get_uintval(msg, param, res, st->status);
		case PV_PARTS:
			return pv_get_uintval(
					msg, param, res, (unsigned int)part_count(st->verdict));
		case PV_SIGNER:
			if(st->verdict == NULL || st->verdict->signer.len == 0) {
				return pv_get_null(msg, param, res);
			}
			return get_bytes(msg, param, res, st->verdict->signer);
		case PV_BOUND:
			return pv_get_uintval(msg, param, res,
					st->verdict != NULL && st->verdict->bound);
		case PV_VERIFIERS:
			if(st->verdict == NULL || st->verdict->verifiers.len == 0) {
				return pv_get_null(msg, param, res);
			}
			return get_bytes(msg, param, res, st->verdict->verifiers);
		case PV_MIDDLE:
			if(st->rejection == NULL || st->rejection->middle.len == 0) {
				return pv_get_null(msg, param, res);
			}
			return get_bytes(msg, param, res, st->rejection->middle);
		case PV_DEMANDS:
			return get_demands(msg, param, res, st);
		case PV_BODY:
		case PV_TYPE:
		case PV_LABEL:
		case PV_STRUCTURE:
		case PV_CIPHER:
		case PV_RECIPIENT:
		case PV_COMMITTED:
		case PV_SHARED:
		case PV_ALGORITHM:
			break;
	}
	return pv_get_null(msg, param, res);
}

int pv_get_e2m(sip_msg_t *msg, pv_param_t *param, pv_value_t *res)
{
	const e2m_state_t *st = e2m_state_of(msg);
	const e2m_part *part;
	int flags = 0;
	int index = 0;
	int id;

	if(st == NULL || param == NULL
			|| pv_get_spec_index(msg, param, &index, &flags) < 0) {
		return pv_get_null(msg, param, res);
	}
	id = param->pvn.u.isname.name.n;
	if(id < PV_SIGNER
			|| (id < PV_BODY && flags == PV_IDX_NONE)) {
		return get_whole(msg, param, res, st);
	}
	/* without an index: the first part */
	part = flags == PV_IDX_NONE ? part_at(st->verdict, 0)
								: part_at(st->verdict, index);
	if(part == NULL || index < 0 || flags == PV_IDX_ALL
			|| flags == PV_IDX_ITR) {
		return pv_get_null(msg, param, res);
	}
	return get_part(msg, param, res, part);
}
