/*
 * e2m module: a glance at messages that are most likely none of ours
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

#include "e2m_mod.h"

/* Behind the fields that the core has parsed already and that say nothing of a
 * body: there are many. */
static const char *behind_routing(sip_msg_t *msg)
{
	const struct hdr_field *h;

	for(h = msg->headers; h != NULL; h = h->next) {
		switch(h->type) {
			case HDR_VIA_T:
			case HDR_FROM_T:
			case HDR_TO_T:
			case HDR_CALLID_T:
			case HDR_CSEQ_T:
			case HDR_CONTACT_T:
			case HDR_MAXFORWARDS_T:
			case HDR_ROUTE_T:
			case HDR_RECORDROUTE_T:
				break;
			default:
				return h->name.s;
		}
	}
	return msg->unparsed;
}

int e2m_may_concern(sip_msg_t *msg)
{
	const char *from = behind_routing(msg);
	const char *end = msg->buf + msg->len;

	if(e2m_note_is_set(msg) || from < msg->buf || from >= end) {
		return 1;
	}
	return e2m_middle_may_concern(e2m_context,
			(e2m_bytes){(const uint8_t *)from, (size_t)(end - from)});
}
