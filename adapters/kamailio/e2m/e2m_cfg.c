/*
 * e2m module: the functions, as the native script calls them
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
#include "../../core/mod_fix.h"

#include "e2m_mod.h"

static int uses_inspect = 0;
static int uses_seal = 0;

int fixup_e2m_inspect(void **param, int param_no)
{
	uses_inspect = 1;
	return 0;
}

int fixup_e2m_seal(void **param, int param_no)
{
	uses_seal = 1;
	return 0;
}

int e2m_cfg_check(void)
{
	if(uses_inspect && e2m_params.names == NULL) {
		LM_ERR("the script calls e2m_inspect(), but no name is configured that"
			   " this node answers to (parameter name)\n");
		return -1;
	}
	if(uses_seal && e2m_params.peers == NULL
			&& !e2m_params.option[E2M_OPT_REUSE]) {
		LM_ERR("the script calls e2m_seal(), but there are no certificates of"
			   " peers to seal for (parameter peers)\n");
		return -1;
	}
	return 0;
}

int w_e2m_inspect(sip_msg_t *msg, char *p1, char *p2)
{
	return ki_e2m_inspect(msg);
}

int w_e2m_refuse(sip_msg_t *msg, char *p1, char *p2)
{
	return ki_e2m_refuse(msg);
}

int w_e2m_seal(sip_msg_t *msg, char *p1, char *p2)
{
	return ki_e2m_seal(msg);
}

int w_e2m_seal_fresh(sip_msg_t *msg, char *p1, char *p2)
{
	return ki_e2m_seal_fresh(msg);
}

int w_e2m_forget(sip_msg_t *msg, char *p1, char *p2)
{
	return ki_e2m_forget(msg);
}

int w_e2m_open(sip_msg_t *msg, char *p1, char *p2)
{
	return ki_e2m_open(msg);
}

int w_e2m_withhold(sip_msg_t *msg, char *p1, char *p2)
{
	return ki_e2m_withhold(msg);
}

/* A word that is mistyped is told at start where it can be seen. */
int fixup_e2m_require(void **param, int param_no)
{
	str what = {(char *)*param, (int)strlen((char *)*param)};

	uses_inspect = 1;
	if(param_no == 1 && strchr(what.s, '$') == NULL
			&& e2m_note_words(&what) == 0) {
		LM_ERR("e2m_require(): \"%s\" is not of view, verify, sealed\n",
				what.s);
		return -1;
	}
	return fixup_spve_spve(param, param_no);
}

int w_e2m_require(sip_msg_t *msg, char *p1, char *p2)
{
	str what;
	str type;

	if(fixup_get_svalue(msg, (gparam_t *)p1, &what) < 0
			|| fixup_get_svalue(msg, (gparam_t *)p2, &type) < 0) {
		LM_ERR("e2m_require(): no value\n");
		return E2M_RET_INTERNAL;
	}
	return ki_e2m_require(msg, &what, &type);
}

int w_e2m_sign_for(sip_msg_t *msg, char *p1, char *p2)
{
	str names;

	if(fixup_get_svalue(msg, (gparam_t *)p1, &names) < 0) {
		LM_ERR("e2m_sign_for(): no value\n");
		return E2M_RET_INTERNAL;
	}
	return ki_e2m_sign_for(msg, &names);
}

int w_e2m_learn(sip_msg_t *msg, char *p1, char *p2)
{
	return ki_e2m_learn(msg);
}

int w_e2m_prefer(sip_msg_t *msg, char *p1, char *p2)
{
	return ki_e2m_prefer(msg);
}
