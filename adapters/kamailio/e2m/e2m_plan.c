/*
 * e2m module: whom this node seals for: the plan made from the parameters
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

#include <stdlib.h>
#include <string.h>

#include "../../core/dprint.h"

#include "e2m_mod.h"

struct e2m_middles
{
	e2m_bytes name;
	e2m_peer *peer; /* or NULL: among the context's peers */
	e2m_middles_t *next;
};

static e2m_middles_t *middles = NULL;

static int middle_peer(e2m_middles_t *m, const char *path)
{
	e2m_file_t f;
	e2m_err err;

	if(e2m_file_read(path, &f) < 0) {
		return -1;
	}
	err = e2m_peer_new(&m->peer, (e2m_bytes){f.data, f.len});
	e2m_file_free(&f);
	if(err != E2M_OK) {
		LM_ERR("%s cannot be used: %s\n", path, e2m_err_name(err));
		return -1;
	}
	return 0;
}

/* "NAME" or "NAME=PATH" */
static int middle_new(const str *text)
{
	e2m_middles_t *m;
	e2m_middles_t **last = &middles;
	const char *path;

	m = calloc(1, sizeof(*m));
	if(m == NULL) {
		LM_ERR("no memory\n");
		return -1;
	}
	while(*last != NULL) {
		last = &(*last)->next;
	}
	*last = m;
	path = strchr(text->s, '=');
	m->name.data = (const uint8_t *)text->s;
	m->name.len = path == NULL ? (size_t)text->len : (size_t)(path - text->s);
	return path == NULL ? 0 : middle_peer(m, path + 1);
}

/* A plan for nobody, thrown away: the middles and options are what the library
 * accepts, or the server does not start. */
static int plan_check(void)
{
	e2m_plan *plan;
	e2m_err err;

	err = e2m_ctx_plan((e2m_bytes){NULL, 0}, false, &plan);
	if(err != E2M_OK) {
		LM_ERR("parameters of sealing cannot be used: %s (is there a"
			   " certificate for each middle, and is it the middle's own?)\n",
				e2m_err_name(err));
		return -1;
	}
	e2m_plan_free(plan);
	return 0;
}

int e2m_middles_make(void)
{
	const e2m_item_t *i;

	for(i = e2m_params.middles; i != NULL; i = i->next) {
		if(middle_new(&i->text) < 0) {
			return -1;
		}
	}
	return plan_check();
}

e2m_middles_t *e2m_middles_swap(e2m_middles_t *with)
{
	e2m_middles_t *had = middles;

	middles = with;
	return had;
}

void e2m_middles_free(e2m_middles_t *list)
{
	e2m_middles_t *m;

	while((m = list) != NULL) {
		list = m->next;
		e2m_peer_free(m->peer);
		free(m);
	}
}

static e2m_err plan_fill(e2m_plan *plan, e2m_bytes far)
{
	const e2m_middles_t *m;
	const e2m_item_t *v;
	e2m_err err = E2M_OK;
	int i;

	for(i = 0; i < E2M_OPT_COUNT && err == E2M_OK; i++) {
		err = e2m_plan_set(plan, (e2m_option)i, e2m_params.option[i]);
	}
	for(m = middles; m != NULL && err == E2M_OK; m = m->next) {
		err = e2m_plan_middle(plan, m->name, m->peer);
	}
	for(v = e2m_params.verify_at; v != NULL && err == E2M_OK; v = v->next) {
		err = e2m_plan_verify_at(plan, e2m_bytes_of(&v->text));
	}
	for(v = e2m_params.accept; v != NULL && err == E2M_OK; v = v->next) {
		err = e2m_plan_accept(plan, e2m_bytes_of(&v->text));
	}
	if(far.len > 0 && err == E2M_OK) {
		err = e2m_plan_to_aor(plan, far);
		if(err == E2M_E_NOKEY && e2m_params.option[E2M_OPT_REUSE]) {
			err = E2M_OK; /* a kept key may do; sealing says when there is none */
		}
	}
	return err;
}

e2m_err e2m_ctx_plan(e2m_bytes far, bool fresh, e2m_plan **out)
{
	e2m_err err;

	*out = NULL;
	err = e2m_plan_new(out, e2m_context);
	if(err != E2M_OK) {
		*out = NULL;
		return err;
	}
	err = plan_fill(*out, far);
	if(err == E2M_OK && fresh && e2m_params.option[E2M_OPT_REUSE]) {
		err = e2m_plan_set(*out, E2M_OPT_REUSE, 2);
	}
	if(err != E2M_OK) {
		e2m_plan_free(*out);
		*out = NULL;
	}
	return err;
}
