/*
 * e2m module: end-to-middle security for SIP (S/MIME for a chosen proxy)
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
#include "../../core/kemi.h"
#include "../../core/mod_fix.h"
#include "../../core/route.h"

#include "e2m_mod.h"

MODULE_VERSION

static int mod_init(void);
static int child_init(int rank);
static void mod_destroy(void);

/* clang-format off */
static cmd_export_t cmds[] = {
	{"e2m_inspect", (cmd_function)w_e2m_inspect, 0,
		fixup_e2m_inspect, 0, REQUEST_ROUTE|ONREPLY_ROUTE},
	{"e2m_refuse", (cmd_function)w_e2m_refuse, 0,
		0, 0, REQUEST_ROUTE},
	{"e2m_seal", (cmd_function)w_e2m_seal, 0,
		fixup_e2m_seal, 0, REQUEST_ROUTE|BRANCH_ROUTE|ONREPLY_ROUTE},
	{"e2m_seal_fresh", (cmd_function)w_e2m_seal_fresh, 0,
		fixup_e2m_seal, 0, REQUEST_ROUTE|BRANCH_ROUTE|ONREPLY_ROUTE},
	{"e2m_forget", (cmd_function)w_e2m_forget, 0,
		0, 0, REQUEST_ROUTE|ONREPLY_ROUTE},
	{"e2m_open", (cmd_function)w_e2m_open, 0,
		0, 0, REQUEST_ROUTE|BRANCH_ROUTE|ONREPLY_ROUTE},
	{"e2m_withhold", (cmd_function)w_e2m_withhold, 0,
		0, 0, REQUEST_ROUTE|BRANCH_ROUTE|ONREPLY_ROUTE},
	{"e2m_require", (cmd_function)w_e2m_require, 2,
		fixup_e2m_require, fixup_free_spve_spve,
		REQUEST_ROUTE|ONREPLY_ROUTE},
	{"e2m_learn", (cmd_function)w_e2m_learn, 0,
		0, 0, FAILURE_ROUTE},
	{"e2m_sign_for", (cmd_function)w_e2m_sign_for, 1,
		fixup_spve_null, fixup_free_spve_null,
		REQUEST_ROUTE|BRANCH_ROUTE|ONREPLY_ROUTE},
	{"e2m_prefer", (cmd_function)w_e2m_prefer, 0,
		0, 0, FAILURE_ROUTE},
	{0, 0, 0, 0, 0, 0}
};

#define NAMES(f) PARAM_STRING|PARAM_USE_FUNC, (void *)(f)
#define OPTION(o) PARAM_INT, &e2m_params.option[o]
#define POLICY(p) PARAM_INT, &e2m_params.policy[p]
#define LIMIT(l) PARAM_INT, &e2m_params.limit[l]

static param_export_t params[] = {
	/* who this node is, and whom it believes */
	{"name",              NAMES(e2m_param_name)},
	{"identity",          NAMES(e2m_param_identity)},
	{"trust",             NAMES(e2m_param_trust)},
	{"peers",             NAMES(e2m_param_peers)},
	{"via",               NAMES(e2m_param_via)},
	/* how it seals */
	{"middle",            NAMES(e2m_param_middle)},
	{"verify_at",         NAMES(e2m_param_verify_at)},
	{"label",             PARAM_STR, &e2m_params.label},
	{"cipher",            PARAM_STR, &e2m_params.cipher},
	{"order",             PARAM_STR, &e2m_params.order},
	{"sign",              OPTION(E2M_OPT_SIGN)},
	{"digest",            PARAM_STR, &e2m_params.digest},
	{"aib",               OPTION(E2M_OPT_AIB)},
	{"base64",            OPTION(E2M_OPT_BASE64)},
	{"strip_keys",        OPTION(E2M_OPT_STRIP_KEYS)},
	{"opaque",            OPTION(E2M_OPT_OPAQUE)},
	{"compress",          OPTION(E2M_OPT_COMPRESS)},
	{"no_attributes",     OPTION(E2M_OPT_NO_ATTRIBUTES)},
	{"pkcs1_v15",         OPTION(E2M_OPT_PKCS1_V15)},
	/* keys of earlier messages */
	{"reuse",             OPTION(E2M_OPT_REUSE)},
	{"accept",            NAMES(e2m_param_accept)},
	{"reuse_size",        PARAM_INT, &e2m_params.reuse_size},
	{"reuse_uses",        LIMIT(E2M_LIMIT_REUSE_USES)},
	{"reuse_age",         LIMIT(E2M_LIMIT_REUSE_AGE)},
	{"cluster_key",       PARAM_STR, &e2m_params.cluster_key},
	/* discovery */
	{"disclosure",        PARAM_STR, &e2m_params.disclosure},
	{"learned",           PARAM_STR, &e2m_params.learned},
	{"learn_max",         PARAM_INT, &e2m_params.learn_max},
	{"answers",           PARAM_STR, &e2m_params.answers},
	{"warn_view",         PARAM_INT, &e2m_params.warn_view},
	{"warn_verify",       PARAM_INT, &e2m_params.warn_verify},
	/* what it accepts */
	{"allow_unsigned",    POLICY(E2M_ALLOW_UNSIGNED)},
	{"allow_unbound",     POLICY(E2M_ALLOW_UNBOUND)},
	{"require_committed", POLICY(E2M_REQUIRE_COMMITTED)},
	{"require_shared",    POLICY(E2M_REQUIRE_SHARED)},
	{"insecure_pkcs1_v15", POLICY(E2M_INSECURE_PKCS1_V15)},
	{"insecure_cbc",      POLICY(E2M_INSECURE_CBC)},
	{"insecure_sha1",     POLICY(E2M_INSECURE_SHA1)},
	{"replay_size",       PARAM_INT, &e2m_params.replay_size},
	{"date_skew",         LIMIT(E2M_LIMIT_DATE_SKEW)},
	{"max_message",       LIMIT(E2M_LIMIT_MESSAGE)},
	{"max_headers",       LIMIT(E2M_LIMIT_HEADERS)},
	{"max_header_len",    LIMIT(E2M_LIMIT_HEADER_LEN)},
	{"max_nesting",       LIMIT(E2M_LIMIT_NESTING)},
	{"max_parts",         LIMIT(E2M_LIMIT_PARTS)},
	{"max_recipients",    LIMIT(E2M_LIMIT_RECIPIENTS)},
	{"max_certificates",  LIMIT(E2M_LIMIT_CERTIFICATES)},
	{"max_attributes",    LIMIT(E2M_LIMIT_ATTRIBUTES)},
	{"max_signers",       LIMIT(E2M_LIMIT_SIGNERS)},
	{"max_inflated",      LIMIT(E2M_LIMIT_INFLATED)},
	{"max_inflate_ratio", LIMIT(E2M_LIMIT_INFLATE_RATIO)},
	{"max_rsa_bits",      LIMIT(E2M_LIMIT_RSA_BITS)},
	{"max_private_ops",   LIMIT(E2M_LIMIT_PRIVATE_OPS)},
	{"max_memory",        LIMIT(E2M_LIMIT_MEMORY)},
	{0, 0, 0}
};

static pv_export_t pvs[] = {
	{{"e2m", sizeof("e2m") - 1}, PVT_OTHER, pv_get_e2m, 0,
		pv_parse_e2m_name, pv_parse_index, 0, 0},
	{{0, 0}, 0, 0, 0, 0, 0, 0, 0}
};

struct module_exports exports = {
	"e2m",           /* module name */
	DEFAULT_DLFLAGS, /* dlopen flags */
	cmds,            /* exported functions */
	params,          /* exported parameters */
	e2m_rpc,         /* exported RPC methods */
	pvs,             /* exported pseudo-variables */
	0,               /* response function */
	mod_init,        /* module initialization function */
	child_init,      /* per-child initialization function */
	mod_destroy      /* destroy function */
};

static sr_kemi_t kemi[] = {
	{str_init("e2m"), str_init("inspect"), SR_KEMIP_INT, ki_e2m_inspect,
		{SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("refuse"), SR_KEMIP_INT, ki_e2m_refuse,
		{SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("seal"), SR_KEMIP_INT, ki_e2m_seal,
		{SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("seal_fresh"), SR_KEMIP_INT, ki_e2m_seal_fresh,
		{SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("forget"), SR_KEMIP_INT, ki_e2m_forget,
		{SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("open"), SR_KEMIP_INT, ki_e2m_open,
		{SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("withhold"), SR_KEMIP_INT, ki_e2m_withhold,
		{SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("require"), SR_KEMIP_INT, ki_e2m_require,
		{SR_KEMIP_STR, SR_KEMIP_STR, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("learn"), SR_KEMIP_INT, ki_e2m_learn,
		{SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("sign_for"), SR_KEMIP_INT, ki_e2m_sign_for,
		{SR_KEMIP_STR, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{str_init("e2m"), str_init("prefer"), SR_KEMIP_INT, ki_e2m_prefer,
		{SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE,
			SR_KEMIP_NONE, SR_KEMIP_NONE, SR_KEMIP_NONE}},
	{{0, 0}, {0, 0}, 0, NULL, {0, 0, 0, 0, 0, 0}}
};
/* clang-format on */

int mod_register(char *path, int *dlflags, void *p1, void *p2)
{
	sr_kemi_modules_add(kemi);
	return 0;
}

/* Beside tls.so the shared libcrypto gives workers the same random numbers,
 * wrong RSA results and a damaged heap: see the module's documentation. */
static int libcrypto_check(void)
{
#ifdef E2M_SHARED_LIBCRYPTO
	if(module_loaded("tls")) {
		LM_ERR("this build uses the shared libcrypto, which cannot be used"
			   " safely beside the tls module; use a build of e2m with a"
			   " libcrypto of its own\n");
		return -1;
	}
#endif
	return 0;
}

static int mod_init(void)
{
	if(libcrypto_check() < 0 || e2m_params_check() < 0) {
		return -1;
	}
	if(sl_load_api(&e2m_sl) < 0) {
		LM_ERR("the sl module has to be loaded\n");
		return -1;
	}
	if(e2m_replay_init(e2m_params.replay_size) < 0
			|| e2m_keys_init(e2m_params.reuse_size) < 0
			|| e2m_dmq_init(&e2m_params.cluster_key) < 0 || e2m_ctx_make() < 0
			|| e2m_learn_init() < 0 || e2m_reload_init() < 0
			|| e2m_state_init() < 0 || e2m_guard_init() < 0
			|| e2m_dlg_init() < 0 || e2m_stat_init() < 0) {
		return -1;
	}
	LM_NOTICE("e2m %s with %s\n", e2m_version(), e2m_crypto_library());
	return 0;
}

static int child_init(int rank)
{
	switch(rank) {
		case PROC_INIT:
			if(e2m_cfg_check() < 0) {
				return -1;
			}
			return e2m_child_prepare();
		case PROC_MAIN:
			return 0;
		case PROC_TCP_MAIN:
			/* it moves bytes and handles no message: no keys there */
			e2m_ctx_destroy();
			return 0;
		default:
			return e2m_child_check(rank);
	}
}

static void mod_destroy(void)
{
	e2m_state_clear();
	e2m_note_clear();
	e2m_learn_destroy();
	e2m_reload_destroy();
	e2m_ctx_destroy();
	e2m_replay_destroy();
	e2m_keys_destroy();
	e2m_child_destroy();
}
