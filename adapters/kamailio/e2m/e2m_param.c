/*
 * e2m module: parameters
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

e2m_params_t e2m_params = {
		.option = {[E2M_OPT_SIGN] = 1, [E2M_OPT_AIB] = 1},
		.replay_size = 65536,
		.reuse_size = 4096,
		.learn_max = 8,
		.warn_view = 380,
		.warn_verify = 381,
};

/* Appends, so that the order is that of the script. Nothing is read here: keys
 * and libcrypto are touched from mod_init on, not before. */
static int add(e2m_item_t **list, void *val)
{
	e2m_item_t *item;
	size_t len;

	len = val == NULL ? 0 : strlen((char *)val);
	if(len == 0 || len > 4096) {
		LM_ERR("empty or overlong parameter value\n");
		return -1;
	}
	item = pkg_malloc(sizeof(*item) + len + 1);
	if(item == NULL) {
		PKG_MEM_ERROR;
		return -1;
	}
	item->text.s = (char *)(item + 1);
	item->text.len = (int)len;
	memcpy(item->text.s, val, len + 1);
	item->next = NULL;
	while(*list != NULL) {
		list = &(*list)->next;
	}
	*list = item;
	return 0;
}

int e2m_param_name(modparam_t type, void *val)
{
	return add(&e2m_params.names, val);
}

int e2m_param_identity(modparam_t type, void *val)
{
	return add(&e2m_params.identities, val);
}

int e2m_param_trust(modparam_t type, void *val)
{
	return add(&e2m_params.trust, val);
}

int e2m_param_peers(modparam_t type, void *val)
{
	return add(&e2m_params.peers, val);
}

int e2m_param_middle(modparam_t type, void *val)
{
	return add(&e2m_params.middles, val);
}

int e2m_param_verify_at(modparam_t type, void *val)
{
	return add(&e2m_params.verify_at, val);
}

int e2m_param_via(modparam_t type, void *val)
{
	return add(&e2m_params.via, val);
}

int e2m_param_accept(modparam_t type, void *val)
{
	return add(&e2m_params.accept, val);
}

typedef struct e2m_word
{
	const char *text;
	int value;
} e2m_word_t;

static const e2m_word_t labels[] = {
		{"required-entity", E2M_LABEL_REQUIRED_ENTITY},
		{"content-target", E2M_LABEL_CONTENT_TARGET},
		{"proxy-inspect-body", E2M_LABEL_PROXY_INSPECT_BODY}, {NULL, 0}};
static const e2m_word_t ciphers[] = {{"aes-128-gcm", E2M_AES_128_GCM},
		{"aes-192-gcm", E2M_AES_192_GCM}, {"aes-256-gcm", E2M_AES_256_GCM},
		{"aes-128-cbc", E2M_AES_128_CBC}, {"aes-192-cbc", E2M_AES_192_CBC},
		{"aes-256-cbc", E2M_AES_256_CBC}, {NULL, 0}};
static const e2m_word_t answers[] = {{"mech", E2M_ANSWERS_MECH},
		{"final", E2M_ANSWERS_FINAL}, {NULL, 0}};
static const e2m_word_t orders[] = {{"encrypt-sign", E2M_ENCRYPT_SIGN},
		{"sign-encrypt", E2M_SIGN_ENCRYPT}, {NULL, 0}};

static const e2m_word_t digests[] = {{"usual", E2M_HASH_USUAL},
		{"sha256", E2M_HASH_SHA256}, {"sha384", E2M_HASH_SHA384},
		{"sha512", E2M_HASH_SHA512}, {NULL, 0}};

static int check_word(
		const char *name, const str *val, const e2m_word_t *words, int *out)
{
	if(val->s == NULL) {
		*out = words[0].value;
		return 0;
	}
	for(; words->text != NULL; words++) {
		if(strlen(words->text) == (size_t)val->len
				&& memcmp(words->text, val->s, (size_t)val->len) == 0) {
			*out = words->value;
			return 0;
		}
	}
	LM_ERR("parameter %s: unknown value \"%.*s\"\n", name, val->len, val->s);
	return -1;
}

static int check_switches(const char *what, const int *val, int num)
{
	int i;

	for(i = 0; i < num; i++) {
		if(val[i] != 0 && val[i] != 1) {
			LM_ERR("a %s parameter is %d; only 0 and 1 are known\n", what,
					val[i]);
			return -1;
		}
	}
	return 0;
}

/* sign has a third value: by every key of the sender's */
static int check_sealing(void)
{
	int option[E2M_OPT_COUNT];

	memcpy(option, e2m_params.option, sizeof(option));
	if(option[E2M_OPT_SIGN] == E2M_SIGN_ALL) {
		option[E2M_OPT_SIGN] = 1;
	}
	return check_switches("sealing", option, E2M_OPT_COUNT);
}

static int check_numbers(void)
{
	int i;

	for(i = 0; i < E2M_LIMIT_COUNT; i++) {
		if(e2m_params.limit[i] < 0) {
			LM_ERR("a limit is negative: %d\n", e2m_params.limit[i]);
			return -1;
		}
	}
	if(e2m_params.replay_size < 1024 || e2m_params.replay_size > 16777216) {
		LM_ERR("parameter replay_size: %d is not in 1024..16777216\n",
				e2m_params.replay_size);
		return -1;
	}
	if(e2m_params.reuse_size < 0 || e2m_params.reuse_size > 1048576) {
		LM_ERR("parameter reuse_size: %d is not in 0..1048576\n",
				e2m_params.reuse_size);
		return -1;
	}
	if(e2m_params.learn_max < 1 || e2m_params.learn_max > 30) {
		LM_ERR("parameter learn_max: %d is not in 1..30\n",
				e2m_params.learn_max);
		return -1;
	}
	return 0;
}

static int check_presence(void)
{
	if(e2m_params.identities == NULL) {
		LM_ERR("no identity is configured: without a key of its own this"
			   " node can neither read nor seal\n");
		return -1;
	}
	if(e2m_params.trust == NULL) {
		LM_ERR("no trust anchor is configured (parameter trust): no signature"
			   " could ever be believed\n");
		return -1;
	}
	if(e2m_params.option[E2M_OPT_REUSE] && e2m_params.reuse_size == 0) {
		LM_ERR("reuse=1 needs room for keys (parameter reuse_size)\n");
		return -1;
	}
	if(e2m_params.option[E2M_OPT_AIB] && !e2m_params.option[E2M_OPT_SIGN]) {
		LM_ERR("aib=1 needs sign=1: what is not signed binds nothing\n");
		return -1;
	}
	return 0;
}

int e2m_params_check(void)
{
	if(check_sealing() < 0
			|| check_switches("policy", e2m_params.policy, E2M_POLICY_COUNT)
					   < 0
			|| check_numbers() < 0 || check_presence() < 0) {
		return -1;
	}
	if(check_word("label", &e2m_params.label, labels,
			   &e2m_params.option[E2M_OPT_LABEL])
					< 0
			|| check_word("cipher", &e2m_params.cipher, ciphers,
					   &e2m_params.option[E2M_OPT_CIPHER])
					   < 0
			|| check_word("order", &e2m_params.order, orders,
					   &e2m_params.option[E2M_OPT_ORDER])
					   < 0
			|| check_word("answers", &e2m_params.answers, answers,
					   &e2m_params.answer_form)
					   < 0
			|| check_word("digest", &e2m_params.digest, digests,
					   &e2m_params.option[E2M_OPT_DIGEST])
					   < 0) {
		return -1;
	}
	return 0;
}
