/*
 * e2m module: what the script says of the message at hand
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
#include "../../core/mem/mem.h"

#include "e2m_mod.h"

/* What e2m_require() and e2m_sign_for() were told, until e2m_inspect() and
 * e2m_seal() ask, or another message comes. */
typedef struct e2m_note
{
	unsigned int what; /* E2M_VIEW, ...; 0: a name to sign for */
	str text;
	struct e2m_note *next;
} e2m_note_t;

static struct
{
	unsigned int id;
	int pid;
	int num;
	int bad; /* something was to be required that is not known */
	e2m_note_t *notes;
} here;

#define E2M_NOTES_MAX 32

void e2m_note_clear(void)
{
	e2m_note_t *n;

	while((n = here.notes) != NULL) {
		here.notes = n->next;
		pkg_free(n);
	}
	here.num = 0;
	here.bad = 0;
}

int e2m_note_is_set(sip_msg_t *msg)
{
	return (here.notes != NULL || here.bad) && here.id == msg->id
		   && here.pid == msg->pid;
}

static void begin(sip_msg_t *msg)
{
	if(!e2m_note_is_set(msg)) {
		e2m_note_clear();
		here.id = msg->id;
		here.pid = msg->pid;
	}
}

static int add(sip_msg_t *msg, unsigned int what, const str *text)
{
	e2m_note_t **last = &here.notes;
	e2m_note_t *n;

	begin(msg);
	if(here.num >= E2M_NOTES_MAX || text->len <= 0 || text->len > 1024) {
		LM_ERR("too many, or too long: %d octets\n", text->len);
		return E2M_RET_INTERNAL;
	}
	n = pkg_malloc(sizeof(*n) + (size_t)text->len);
	if(n == NULL) {
		PKG_MEM_ERROR;
		return E2M_RET_INTERNAL;
	}
	n->what = what;
	n->text.s = (char *)(n + 1);
	n->text.len = text->len;
	memcpy(n->text.s, text->s, (size_t)text->len);
	n->next = NULL;
	while(*last != NULL) {
		last = &(*last)->next;
	}
	*last = n;
	here.num++;
	return E2M_RET_OK;
}

static unsigned int word_of(const char *s, size_t len)
{
	static const struct
	{
		const char *word;
		unsigned int what;
	} known[] = {
			{"view", E2M_VIEW}, {"verify", E2M_VERIFY}, {"sealed", E2M_SEALED}};
	size_t i;

	for(i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if(strlen(known[i].word) == len && memcmp(known[i].word, s, len) == 0) {
			return known[i].what;
		}
	}
	return 0;
}

/* "view", "view,verify", ...; 0: not understood */
unsigned int e2m_note_words(const str *text)
{
	unsigned int all = 0;
	unsigned int one;
	int from = 0;
	int i;

	for(i = 0; i <= text->len; i++) {
		if(i < text->len && text->s[i] != ',' && text->s[i] != ' ') {
			continue;
		}
		if(i > from) {
			one = word_of(text->s + from, (size_t)(i - from));
			if(one == 0) {
				return 0;
			}
			all |= one;
		}
		from = i + 1;
	}
	return all;
}

/* What cannot be required makes e2m_inspect() fail, whatever the script does
 * with the code. */
int ki_e2m_require(sip_msg_t *msg, str *what, str *type)
{
	unsigned int words = e2m_note_words(what);
	int ret;

	if(words == 0) {
		LM_ERR("e2m_require(): \"%.*s\" is not of view, verify, sealed\n",
				what->len, what->s);
	}
	ret = words == 0 ? E2M_RET_INTERNAL : add(msg, words, type);
	if(ret < 0) {
		begin(msg);
		here.bad = 1;
	}
	return ret;
}

int ki_e2m_sign_for(sip_msg_t *msg, str *names)
{
	return names->len <= 0 ? E2M_RET_OK : add(msg, 0, names);
}

e2m_err e2m_note_demands(sip_msg_t *msg, e2m_msg *m)
{
	const e2m_note_t *n;
	e2m_err err = e2m_note_is_set(msg) && here.bad ? E2M_E_ARG : E2M_OK;

	for(n = e2m_note_is_set(msg) ? here.notes : NULL; n != NULL && err == E2M_OK;
			n = n->next) {
		if(n->what == 0) {
			continue;
		}
		err = e2m_middle_require(m, n->what, e2m_bytes_of(&n->text));
		if(err != E2M_OK) {
			LM_ERR("e2m_require(): \"%.*s\" is no media type, or there are too"
				   " many\n",
					n->text.len, n->text.s);
		}
	}
	return err;
}

e2m_err e2m_note_asked(sip_msg_t *msg, e2m_msg *m, e2m_plan *plan)
{
	const e2m_note_t *n;
	e2m_err err = E2M_OK;

	for(n = e2m_note_is_set(msg) ? here.notes : NULL; n != NULL && err == E2M_OK;
			n = n->next) {
		if(n->what == 0) {
			err = e2m_plan_asked(plan, m, e2m_bytes_of(&n->text));
		}
	}
	return err;
}
