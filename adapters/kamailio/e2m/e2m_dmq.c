/*
 * e2m module: kept keys told to the other nodes of a cluster
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

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "../../core/dprint.h"
#include "../../core/mem/mem.h"
#include "../../core/parser/parse_content.h"
#include "../dmq/bind_dmq.h"

#include "e2m_mod.h"

/* Nodes that share a cluster key tell each other, over Kamailio's DMQ, which
 * keys they keep and how many uses are left, each message sealed under that
 * key. What is told is a state, not an event: merging it twice changes nothing
 * more than once, so that a message sent again within its minute does no harm.
 * A node that starts asks for everything. */

#define E2M_BATCH 16 /* records a message: 6 KB */

typedef enum e2m_tell
{
	E2M_TELL_RECORDS = 1,
	E2M_TELL_ALL = 2, /* please tell me everything */
	E2M_TELL_DROP = 3 /* a dialog's hash */
} e2m_tell_t;

static uint8_t cluster_key[32];
static dmq_api_t dmq;
static dmq_peer_t *peer = NULL;

static int on_response(
		struct sip_msg *msg, int code, dmq_node_t *node, void *param)
{
	return 0;
}

static dmq_resp_cback_t response = {on_response, 0};
static str content_type = str_init("application/octet-stream");

/* Seals and sends; to one node, or to all. */
static void tell(e2m_tell_t what, const uint8_t *data, size_t len,
		dmq_node_t *node)
{
	uint8_t text[1 + E2M_BATCH * E2M_KEPT_OCTETS];
	uint8_t box[sizeof(text) + E2M_BOX_MORE];
	str body = {(char *)box, (int)(1 + len + E2M_BOX_MORE)};
	e2m_err err;

	if(len > sizeof(text) - 1) {
		return;
	}
	text[0] = (uint8_t)what;
	if(len > 0) {
		memcpy(text + 1, data, len);
	}
	err = e2m_box_seal(e2m_context, cluster_key, (e2m_bytes){text, 1 + len},
			(int64_t)time(NULL), box);
	e2m_wipe_bytes(text, sizeof(text));
	if(err != E2M_OK) {
		LM_ERR("kept keys cannot be told to other nodes: %s\n",
				e2m_err_name(err));
	} else if(node != NULL) {
		dmq.send_message(peer, &body, node, &response, 1, &content_type);
	} else {
		dmq.bcast_message(peer, &body, 0, &response, 1, &content_type);
	}
}

void e2m_dmq_tell(const uint8_t key[32], const e2m_kept *kept)
{
	uint8_t record[E2M_KEPT_OCTETS];

	if(peer == NULL || e2m_context == NULL) {
		return;
	}
	e2m_kept_write(key, kept, record);
	tell(E2M_TELL_RECORDS, record, sizeof(record), NULL);
	e2m_wipe_bytes(record, sizeof(record));
}

void e2m_dmq_tell_drop(const uint8_t dialog[32])
{
	if(peer != NULL && e2m_context != NULL) {
		tell(E2M_TELL_DROP, dialog, 32, NULL);
	}
}

typedef struct e2m_batch
{
	dmq_node_t *node;
	size_t num;
	uint8_t records[E2M_BATCH * E2M_KEPT_OCTETS];
} e2m_batch_t;

static void batch_send(e2m_batch_t *b)
{
	if(b->num > 0) {
		tell(E2M_TELL_RECORDS, b->records, b->num * E2M_KEPT_OCTETS, b->node);
	}
	b->num = 0;
}

static void batch_add(void *user, const uint8_t key[32], const e2m_kept *kept)
{
	e2m_batch_t *b = user;

	e2m_kept_write(key, kept, b->records + b->num * E2M_KEPT_OCTETS);
	b->num++;
	if(b->num == E2M_BATCH) {
		batch_send(b);
	}
}

static void tell_all(dmq_node_t *node)
{
	e2m_batch_t b = {.node = node};

	e2m_keys_each(batch_add, &b);
	batch_send(&b);
	e2m_wipe_bytes(&b, sizeof(b));
}

static int merge(const uint8_t *data, size_t len)
{
	uint8_t key[32];
	e2m_kept kept;
	size_t at;

	if(len == 0 || len % E2M_KEPT_OCTETS != 0) {
		return -1;
	}
	for(at = 0; at < len; at += E2M_KEPT_OCTETS) {
		if(!e2m_kept_read(data + at, key, &kept)) {
			return -1;
		}
		e2m_keys_merge(key, &kept, (int64_t)time(NULL));
	}
	e2m_wipe_bytes(&kept, sizeof(kept));
	return 0;
}

static int obey(const uint8_t *text, size_t len, dmq_node_t *node)
{
	if(len == 0) {
		return -1;
	}
	switch(text[0]) {
		case E2M_TELL_RECORDS:
			return merge(text + 1, len - 1);
		case E2M_TELL_ALL:
			tell_all(node);
			return 0;
		case E2M_TELL_DROP:
			if(len != 33) {
				return -1;
			}
			e2m_keys_drop_here(text + 1);
			return 0;
		default:
			return -1;
	}
}

static int handle(e2m_bytes box, dmq_node_t *node)
{
	uint8_t *text;
	size_t len;
	e2m_err err;
	int ret = -1;

	if(box.len <= E2M_BOX_MORE) {
		return -1;
	}
	len = box.len - E2M_BOX_MORE;
	text = pkg_malloc(len);
	if(text == NULL) {
		PKG_MEM_ERROR;
		return -1;
	}
	err = e2m_box_open(
			e2m_context, cluster_key, box, (int64_t)time(NULL), text);
	if(err == E2M_OK) {
		ret = obey(text, len, node);
	} else {
		LM_WARN("a message about kept keys is not believed: %s (another"
				" cluster key, changed, or clocks apart)\n",
				e2m_err_name(err));
	}
	e2m_wipe_bytes(text, len);
	pkg_free(text);
	return ret;
}

static int on_message(
		struct sip_msg *msg, peer_reponse_t *resp, dmq_node_t *node)
{
	static str ok = str_init("OK");
	static str bad = str_init("Bad Request");
	e2m_bytes box = {NULL, 0};

	if(parse_headers(msg, HDR_EOH_F, 0) == 0 && msg->content_length != NULL) {
		box.data = (const uint8_t *)get_body(msg);
		box.len = (size_t)get_content_length(msg);
	}
	if(box.data == NULL
			|| box.len > (size_t)(msg->buf + msg->len - (char *)box.data)
			|| handle(box, node) < 0) {
		resp->reason = bad;
		resp->resp_code = 400;
		return 0;
	}
	resp->reason = ok;
	resp->resp_code = 200;
	return 0;
}

static int on_init(void)
{
	if(e2m_context != NULL) {
		tell(E2M_TELL_ALL, NULL, 0, NULL);
	}
	return 0;
}

static int digit(uint8_t c)
{
	if(c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (uint8_t)tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 64 hexadecimal digits, and nothing else but the end of the line. */
static int read_key(const char *path)
{
	e2m_file_t f;
	size_t i;
	int good;

	if(e2m_file_read(path, &f) < 0) {
		return -1;
	}
	good = f.len >= 64 && (f.len == 64 || f.data[64] == '\n');
	for(i = 0; good && i < 64; i++) {
		int d = digit(f.data[i]);

		good = d >= 0;
		cluster_key[i / 2] =
				(uint8_t)(i % 2 == 0 ? d << 4 : cluster_key[i / 2] | d);
	}
	e2m_file_free(&f);
	if(!good) {
		LM_ERR("%s holds no cluster key: 64 hexadecimal digits, as of openssl"
			   " rand -hex 32\n", path);
	}
	return good ? 0 : -1;
}

int e2m_dmq_init(const str *path)
{
	dmq_peer_t own;

	if(path->s == NULL) {
		return 0;
	}
	if(e2m_params.reuse_size == 0) {
		LM_ERR("cluster_key needs room for keys (parameter reuse_size)\n");
		return -1;
	}
	if(read_key(path->s) < 0) {
		return -1;
	}
	if(dmq_load_api(&dmq) < 0) {
		LM_ERR("cluster_key needs the dmq module, loaded before e2m\n");
		return -1;
	}
	memset(&own, 0, sizeof(own));
	own.callback = on_message;
	own.init_callback = on_init;
	own.description.s = "e2m kept keys";
	own.description.len = 13;
	own.peer_id.s = "e2m_keys";
	own.peer_id.len = 8;
	peer = dmq.register_dmq_peer(&own);
	if(peer == NULL) {
		LM_ERR("cannot register with dmq\n");
		return -1;
	}
	return 0;
}
