/*
 * e2m module: the end of dialogs, as the dialog module knows it
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
#include "../dialog/dlg_hash.h"
#include "../dialog/dlg_load.h"

#include "e2m_mod.h"

/* Where the dialog module is loaded, and the script has it follow a call, the
 * call's keys go when the call does, however it ends. */

static struct dlg_binds dialogs;

static void on_end(struct dlg_cell *dlg, int type, struct dlg_cb_params *params)
{
	e2m_bytes call_id = {
			(const uint8_t *)dlg->callid.s, (size_t)dlg->callid.len};
	uint8_t hash[32];

	if(e2m_context != NULL
			&& e2m_call_id_dialog(e2m_context, call_id, hash) == E2M_OK) {
		e2m_keys_drop(hash);
	}
}

static void on_created(
		struct dlg_cell *dlg, int type, struct dlg_cb_params *params)
{
	if(dialogs.register_dlgcb(dlg,
			   DLGCB_TERMINATED | DLGCB_FAILED | DLGCB_EXPIRED, on_end, NULL,
			   NULL)
			!= 0) {
		LM_ERR("cannot follow a dialog to its end\n");
	}
}

int e2m_dlg_init(void)
{
	if(e2m_params.reuse_size == 0 || !module_loaded("dialog")) {
		return 0;
	}
	if(load_dlg_api(&dialogs) < 0
			|| dialogs.register_dlgcb(
					   NULL, DLGCB_CREATED, on_created, NULL, NULL)
					   != 0) {
		LM_ERR("cannot follow the dialogs of the dialog module\n");
		return -1;
	}
	return 0;
}
