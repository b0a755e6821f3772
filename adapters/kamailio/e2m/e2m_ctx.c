/*
 * e2m module: the context, made from the parameters
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

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../../core/dprint.h"
#include "../../core/mem/mem.h"
#include "../../core/socket_info.h"

#include "e2m_mod.h"

/* The context is made once, before any fork, and read only from then on: each
 * process has its own copy of it, made by fork. That is right with a libcrypto
 * of the module's own (and with the shared one as long as tls.so is not there,
 * see mod_init): its memory is private to the process, its generator notices
 * the fork. */
e2m *e2m_context = NULL;

typedef e2m_err (*e2m_adder_f)(e2m_conf *conf, e2m_bytes file);

static int add_file(e2m_conf *conf, const char *path, e2m_adder_f adder)
{
	e2m_file_t f;
	e2m_err err;

	if(e2m_file_read(path, &f) < 0) {
		return -1;
	}
	err = adder(conf, (e2m_bytes){f.data, f.len});
	e2m_file_free(&f);
	if(err != E2M_OK) {
		LM_ERR("%s cannot be used: %s\n", path, e2m_err_name(err));
		return -1;
	}
	return 0;
}

static int is_certificate_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot != NULL
		   && (strcasecmp(dot, ".crt") == 0 || strcasecmp(dot, ".cer") == 0);
}

static int add_directory(e2m_conf *conf, const char *path, e2m_adder_f adder)
{
	char full[4096];
	struct dirent *d;
	DIR *dir;
	int ret = 0;

	dir = opendir(path);
	if(dir == NULL) {
		LM_ERR("cannot open %s: %s\n", path, strerror(errno));
		return -1;
	}
	while(ret == 0 && (d = readdir(dir)) != NULL) {
		if(!is_certificate_name(d->d_name)) {
			continue;
		}
		if((size_t)snprintf(full, sizeof(full), "%s/%s", path, d->d_name)
				>= sizeof(full)) {
			LM_ERR("the path of %s is too long\n", d->d_name);
			ret = -1;
			break;
		}
		ret = add_file(conf, full, adder);
	}
	closedir(dir);
	return ret;
}

static int add_paths(e2m_conf *conf, const e2m_item_t *list, e2m_adder_f adder)
{
	struct stat st;
	int ret;

	for(; list != NULL; list = list->next) {
		if(stat(list->text.s, &st) == 0 && S_ISDIR(st.st_mode)) {
			ret = add_directory(conf, list->text.s, adder);
		} else {
			ret = add_file(conf, list->text.s, adder);
		}
		if(ret < 0) {
			return -1;
		}
	}
	return 0;
}

static int add_names(e2m_conf *conf, const char *what, const e2m_item_t *list,
		e2m_adder_f adder)
{
	e2m_err err;

	for(; list != NULL; list = list->next) {
		err = adder(conf, e2m_bytes_of(&list->text));
		if(err != E2M_OK) {
			LM_ERR("parameter %s: \"%s\" cannot be used: %s\n", what,
					list->text.s, e2m_err_name(err));
			return -1;
		}
	}
	return 0;
}

/* The first line of a file, without its end. */
static int read_passphrase(const char *path, e2m_file_t *out)
{
	e2m_file_t f;
	size_t len;

	if(e2m_file_read(path, &f) < 0) {
		return -1;
	}
	for(len = 0; len < f.len; len++) {
		if(f.data[len] == '\n' || f.data[len] == '\r' || f.data[len] == 0) {
			break;
		}
	}
	out->data = calloc(1, len + 1);
	out->len = len + 1;
	if(out->data != NULL) {
		memcpy(out->data, f.data, len);
	}
	e2m_file_free(&f);
	return out->data == NULL ? -1 : 0;
}

static void warn_if_open(const char *path)
{
	struct stat st;

	if(stat(path, &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH)) != 0) {
		LM_WARN("%s holds a private key and everybody on this machine can"
				" read or write it\n", path);
	}
}

static int add_identity_files(
		e2m_conf *conf, const char *path, const char *pass_path)
{
	e2m_file_t key = {NULL, 0};
	e2m_file_t pass = {NULL, 0};
	e2m_err err;
	int ret = -1;

	warn_if_open(path);
	if(pass_path != NULL && read_passphrase(pass_path, &pass) < 0) {
		goto out;
	}
	if(e2m_file_read(path, &key) < 0) {
		goto out;
	}
	err = e2m_conf_identity(
			conf, (e2m_bytes){key.data, key.len}, (const char *)pass.data);
	if(err != E2M_OK) {
		LM_ERR("identity %s cannot be used: %s\n", path, e2m_err_name(err));
		goto out;
	}
	ret = 0;
out:
	e2m_file_free(&key);
	e2m_file_free(&pass);
	return ret;
}

/* "PATH" or "PATH;pass=FILE" */
static int add_identity(e2m_conf *conf, const str *text)
{
	static const char param[] = "pass=";
	char *pass = NULL;
	char *copy;
	int ret = -1;

	copy = strdup(text->s);
	if(copy == NULL) {
		LM_ERR("no memory\n");
		return -1;
	}
	pass = strchr(copy, ';');
	if(pass != NULL) {
		*pass++ = 0;
		if(strncmp(pass, param, sizeof(param) - 1) != 0) {
			LM_ERR("parameter identity: \"%s\" is not PATH;pass=FILE\n",
					text->s);
			goto out;
		}
		pass += sizeof(param) - 1;
	}
	ret = add_identity_files(conf, copy, pass);
out:
	free(copy);
	return ret;
}

static int add_identities(e2m_conf *conf)
{
	const e2m_item_t *i;

	for(i = e2m_params.identities; i != NULL; i = i->next) {
		if(add_identity(conf, &i->text) < 0) {
			return -1;
		}
	}
	return 0;
}

static int add_via(e2m_conf *conf, const str *host)
{
	e2m_err err;

	if(host->s == NULL || host->len <= 0) {
		return 0;
	}
	err = e2m_conf_via(conf, e2m_bytes_of(host));
	if(err != E2M_OK) {
		LM_ERR("via host \"%.*s\" cannot be used: %s\n", host->len, host->s,
				e2m_err_name(err));
		return -1;
	}
	return 0;
}

/* What this server writes into its own Via: names and addresses listened on,
 * or advertised. */
static int add_sockets(e2m_conf *conf)
{
	static const unsigned short protos[] = {PROTO_UDP, PROTO_TCP, PROTO_TLS};
	struct socket_info **list;
	struct socket_info *si;
	size_t i;

	for(i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		list = get_sock_info_list(protos[i]);
		for(si = list == NULL ? NULL : *list; si != NULL; si = si->next) {
			if(add_via(conf, &si->address_str) < 0
					|| add_via(conf, &si->name) < 0
					|| add_via(conf, &si->useinfo.name) < 0) {
				return -1;
			}
		}
	}
	return 0;
}

static int add_policy(e2m_conf *conf)
{
	int i;
	e2m_err err = E2M_OK;

	for(i = 0; i < E2M_POLICY_COUNT && err == E2M_OK; i++) {
		err = e2m_conf_policy(conf, (e2m_policy)i, e2m_params.policy[i] != 0);
	}
	for(i = 0; i < E2M_LIMIT_COUNT && err == E2M_OK; i++) {
		if(e2m_params.limit[i] != 0) {
			err = e2m_conf_limit(
					conf, (e2m_limit)i, (size_t)e2m_params.limit[i]);
		}
	}
	if(err == E2M_OK) {
		err = e2m_conf_answers(conf, (e2m_answers)e2m_params.answer_form);
	}
	if(err == E2M_OK) {
		err = e2m_conf_warnings(conf, (unsigned int)e2m_params.warn_view,
				(unsigned int)e2m_params.warn_verify);
	}
	if(err == E2M_OK) {
		err = e2m_conf_replay(conf, &e2m_replay_hooks);
	}
	if(err == E2M_OK && e2m_params.reuse_size > 0) {
		err = e2m_conf_reuse(conf, &e2m_keys_hooks, 0);
	}
	if(err != E2M_OK) {
		LM_ERR("limits, warn-codes or policy cannot be set: %s\n", e2m_err_name(err));
		return -1;
	}
	return 0;
}

static int conf_fill(e2m_conf *conf)
{
	if(add_names(conf, "name", e2m_params.names, e2m_conf_name) < 0
			|| add_names(conf, "via", e2m_params.via, e2m_conf_via) < 0
			|| add_sockets(conf) < 0 || add_identities(conf) < 0
			|| add_paths(conf, e2m_params.trust, e2m_conf_trust) < 0
			|| add_paths(conf, e2m_params.peers, e2m_conf_peer) < 0
			|| add_policy(conf) < 0) {
		return -1;
	}
	return 0;
}

static int context_new(void)
{
	e2m_conf *conf;
	e2m_err err;

	conf = e2m_conf_new(&e2m_pkg);
	if(conf == NULL) {
		LM_ERR("no memory\n");
		return -1;
	}
	if(conf_fill(conf) < 0) {
		e2m_conf_free(conf);
		return -1;
	}
	err = e2m_new(&e2m_context, conf);
	e2m_conf_free(conf);
	if(err != E2M_OK) {
		LM_ERR("the configuration cannot be used: %s\n", e2m_err_name(err));
		e2m_context = NULL;
		return -1;
	}
	return 0;
}

int e2m_ctx_make(void)
{
	return context_new() < 0 || e2m_middles_make() < 0 ? -1 : 0;
}

int e2m_ctx_remake(void)
{
	e2m *old = e2m_context;
	e2m_middles_t *old_middles = e2m_middles_swap(NULL);

	e2m_context = NULL;
	if(e2m_ctx_make() < 0) {
		e2m_ctx_destroy();
		e2m_context = old;
		(void)e2m_middles_swap(old_middles);
		return -1;
	}
	e2m_middles_free(old_middles);
	e2m_free(old);
	return 0;
}

void e2m_ctx_destroy(void)
{
	e2m_middles_free(e2m_middles_swap(NULL));
	e2m_free(e2m_context);
	e2m_context = NULL;
}
