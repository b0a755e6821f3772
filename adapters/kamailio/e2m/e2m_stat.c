/*
 * e2m module: statistics and RPC
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

#include "e2m_mod.h"

#ifdef STATISTICS

static stat_var *counts[E2M_COUNT_COUNT];
static stat_var *rets[E2M_RET_COUNT];

static stat_export_t stats[] = {{"read", 0, &counts[E2M_COUNT_READ]},
		{"opened", 0, &counts[E2M_COUNT_OPENED]},
		{"sealed", 0, &counts[E2M_COUNT_SEALED]},
		{"not_sealed", 0, &counts[E2M_COUNT_NOT_SEALED]},
		{"withheld", 0, &counts[E2M_COUNT_WITHHELD]},
		{"refused", 0, &counts[E2M_COUNT_REFUSED]},
		{"refused_unsigned", 0, &counts[E2M_COUNT_REFUSED_UNSIGNED]},
		{"keys_forgotten", 0, &counts[E2M_COUNT_KEYS_FORGOTTEN]},
		{"learned", 0, &counts[E2M_COUNT_LEARNED]},
		{"internal_error", 0, &rets[-E2M_RET_INTERNAL]},
		{"not_for_me", 0, &rets[-E2M_RET_NOT_FOR_ME]},
		{"cannot_decrypt", 0, &rets[-E2M_RET_UNDECIPHERABLE]},
		{"bad_signature", 0, &rets[-E2M_RET_SIGNATURE]},
		{"bad_identity", 0, &rets[-E2M_RET_IDENTITY]},
		{"replay", 0, &rets[-E2M_RET_REPLAY]},
		{"malformed", 0, &rets[-E2M_RET_MALFORMED]},
		{"no_key", 0, &rets[-E2M_RET_NO_KEY]},
		{"too_large", 0, &rets[-E2M_RET_LIMIT]},
		{"not_applied", 0, &rets[-E2M_RET_NOT_APPLIED]},
		{"policy", 0, &rets[-E2M_RET_POLICY]},
		{"replay_full", 0, &rets[-E2M_RET_REPLAY_FULL]},
		{"denied", 0, &rets[-E2M_RET_DENIED]},
		{"demanded_again", 0, &rets[-E2M_RET_AGAIN]}, {NULL, 0, NULL}};

int e2m_stat_init(void)
{
	if(register_module_stats("e2m", stats) != 0) {
		LM_ERR("cannot register statistics\n");
		return -1;
	}
	return 0;
}

void e2m_stat_add(e2m_count_t which)
{
	if_update_stat(1, counts[which], 1);
}

void e2m_stat_ret(int ret)
{
	if(ret < 0 && -ret < E2M_RET_COUNT) {
		if_update_stat(1, rets[-ret], 1);
	}
}

static void add_stats(rpc_t *rpc, void *ctx, void *th)
{
	stat_export_t *s;

	for(s = stats; s->name != NULL; s++) {
		rpc->struct_add(
				th, "u", s->name, (unsigned int)get_stat_val(*s->stat_pointer));
	}
}

#else

int e2m_stat_init(void)
{
	return 0;
}

void e2m_stat_add(e2m_count_t which)
{
}

void e2m_stat_ret(int ret)
{
}

static void add_stats(rpc_t *rpc, void *ctx, void *th)
{
}

#endif

/* ---- RPC ----------------------------------------------------------------- */

static const char *info_doc[] = {
		"What this node is: versions, names, room for replays. No secrets.", 0};
static const char *stats_doc[] = {"How often what happened.", 0};
static const char *reload_doc[] = {
		"Reads keys, certificates, trust anchors and policy anew.", 0};
static const char *learned_doc[] = {
		"What proxies demanded and the policy allowed.", 0};
static const char *unlearn_doc[] = {"Forgets what was learned.", 0};

static void add_list(rpc_t *rpc, void *th, char *name, const e2m_item_t *i)
{
	for(; i != NULL; i = i->next) {
		rpc->struct_add(th, "s", name, i->text.s);
	}
}

static void rpc_info(rpc_t *rpc, void *ctx)
{
	e2m_replay_count_t count;
	void *th;

	if(rpc->add(ctx, "{", &th) < 0) {
		rpc->fault(ctx, 500, "Internal error");
		return;
	}
	e2m_replay_count(&count);
	rpc->struct_add(th, "ss", "version", e2m_version(), "libcrypto",
			e2m_crypto_library());
	add_list(rpc, th, "name", e2m_params.names);
	add_list(rpc, th, "middle", e2m_params.middles);
	rpc->struct_add(th, "uu", "replay_used", count.used, "replay_size",
			count.size);
	e2m_keys_count(&count);
	rpc->struct_add(
			th, "uu", "keys_used", count.used, "keys_size", count.size);
}

static void rpc_stats(rpc_t *rpc, void *ctx)
{
	void *th;

	if(rpc->add(ctx, "{", &th) < 0) {
		rpc->fault(ctx, 500, "Internal error");
		return;
	}
	add_stats(rpc, ctx, th);
}

rpc_export_t e2m_rpc[] = {{"e2m.info", rpc_info, info_doc, 0},
		{"e2m.stats", rpc_stats, stats_doc, 0},
		{"e2m.reload", e2m_reload_rpc, reload_doc, 0},
		{"e2m.learned", e2m_learn_rpc_list, learned_doc, RET_ARRAY},
		{"e2m.unlearn", e2m_learn_rpc_flush, unlearn_doc, 0}, {0, 0, 0, 0}};
