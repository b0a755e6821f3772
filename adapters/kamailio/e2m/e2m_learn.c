/*
 * e2m module: what proxies demanded, remembered and used
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

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <policy_file.h>

#include "../../core/dprint.h"
#include "../../core/locking.h"
#include "../../core/mem/shm_mem.h"

#include "e2m_mod.h"

/* The memory is a text in shared memory and, when a file is configured, in that
 * file. Each process has it decoded, and decodes it anew when it has changed. */
#define E2M_LEARNED_MAX (3 * 1024 * 1024) /* the library's most fits */

typedef struct e2m_shared
{
	gen_lock_t lock;
	volatile unsigned int generation;
	size_t len;
	uint8_t text[E2M_LEARNED_MAX];
} e2m_shared_t;

static e2m_shared_t *shared = NULL;
static e2m_disclosure *policy = NULL;
static e2m_learned *mine = NULL;
static unsigned int mine_generation = 0;

int e2m_learn_is_on(void)
{
	return policy != NULL;
}

/* ---- the start ----------------------------------------------------------- */

static int read_policy(const char *path, e2m_disclosure **out)
{
	policy_fault fault;
	e2m_file_t f;
	e2m_err err;

	if(e2m_file_read(path, &f) < 0) {
		return -1;
	}
	err = policy_file_read((e2m_bytes){f.data, f.len}, out, &fault);
	e2m_file_free(&f);
	if(err != E2M_OK) {
		LM_ERR("%s, line %u: %s\n", path, fault.line,
				err == E2M_E_SYNTAX ? fault.what : e2m_err_name(err));
		return -1;
	}
	return 0;
}

/* What was learned can be learned again: a file that cannot be used is told,
 * and is no reason not to serve. */
static void read_learned(const char *path)
{
	struct stat st;
	unsigned int line = 0;
	e2m_file_t f;
	e2m_err err;

	if(stat(path, &st) != 0 && errno == ENOENT) {
		return;
	}
	if((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		LM_WARN("%s is not for its owner alone\n", path);
	}
	if(e2m_file_read(path, &f) < 0) {
		return;
	}
	err = f.len <= E2M_LEARNED_MAX
				  ? e2m_learned_read(mine, (e2m_bytes){f.data, f.len}, &line)
				  : E2M_E_LIMIT;
	if(err == E2M_OK) {
		memcpy(shared->text, f.data, f.len);
		shared->len = f.len;
		shared->generation = ++mine_generation;
	} else {
		LM_ERR("%s cannot be used, line %u: %s; starting with nothing"
			   " learned\n",
				path, line, e2m_err_name(err));
	}
	e2m_file_free(&f);
}

int e2m_learn_init(void)
{
	if(e2m_params.disclosure.s == NULL) {
		if(e2m_params.learned.s != NULL) {
			LM_ERR("parameter learned needs parameter disclosure: without a"
				   " policy nothing is disclosed\n");
			return -1;
		}
		return 0;
	}
	if(read_policy(e2m_params.disclosure.s, &policy) < 0
			|| e2m_learned_new(&mine, e2m_context) != E2M_OK) {
		return -1;
	}
	shared = shm_malloc(sizeof(*shared));
	if(shared == NULL) {
		SHM_MEM_ERROR;
		return -1;
	}
	memset(shared, 0, sizeof(*shared));
	if(lock_init(&shared->lock) == NULL) {
		LM_ERR("cannot make a lock\n");
		return -1;
	}
	if(e2m_params.learned.s != NULL) {
		read_learned(e2m_params.learned.s);
	}
	return 0;
}

int e2m_learn_read(e2m_disclosure **out)
{
	*out = NULL;
	return shared == NULL ? 0 : read_policy(e2m_params.disclosure.s, out);
}

void e2m_learn_remake(e2m_disclosure *fresh)
{
	if(shared == NULL) {
		return;
	}
	e2m_disclosure_free(policy);
	policy = fresh;
	/* it belonged to the context that is gone; without memory for it nothing
	 * is sealed, see refresh_locked */
	e2m_learned_free(mine);
	mine_generation = 0;
	if(e2m_learned_new(&mine, e2m_context) != E2M_OK) {
		mine = NULL;
	}
}

void e2m_learn_destroy(void)
{
	e2m_learned_free(mine);
	mine = NULL;
	e2m_disclosure_free(policy);
	policy = NULL;
	if(shared != NULL) {
		shm_free(shared);
		shared = NULL;
	}
}

/* ---- the shared text ----------------------------------------------------- */

static e2m_err refresh_locked(void)
{
	unsigned int line = 0;
	e2m_err err;

	if(mine == NULL) {
		return E2M_E_NOMEM;
	}
	if(mine_generation == shared->generation) {
		return E2M_OK;
	}
	err = e2m_learned_read(
			mine, (e2m_bytes){shared->text, shared->len}, &line);
	if(err == E2M_OK) {
		mine_generation = shared->generation;
	}
	return err;
}

static e2m_err refresh(void)
{
	e2m_err err;

	/* each e2m_seal() comes by here: no lock where nothing has changed */
	if(mine != NULL && mine_generation == shared->generation) {
		return E2M_OK;
	}
	lock_get(&shared->lock);
	err = refresh_locked();
	lock_release(&shared->lock);
	return err;
}

static void write_file(const char *path, e2m_bytes text)
{
	char tmp[4096];
	int fd;
	int ok;

	if((size_t)snprintf(tmp, sizeof(tmp), "%s.new", path) >= sizeof(tmp)) {
		return;
	}
	(void)unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if(fd < 0) {
		LM_ERR("cannot write %s: %s\n", tmp, strerror(errno));
		return;
	}
	ok = write(fd, text.data, text.len) == (ssize_t)text.len
		 && fdatasync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if(!ok || rename(tmp, path) != 0) {
		LM_ERR("cannot write %s: %s\n", path, strerror(errno));
		(void)unlink(tmp);
	}
}

/* `mine` is what all shall know. Rare, and one at a time: the lock is held
 * while the file is written, so that files come in their order. */
static e2m_err publish_locked(void)
{
	e2m_bytes text;
	e2m_err err = e2m_learned_text(mine, &text);

	if(err != E2M_OK) {
		return err;
	}
	if(text.len > E2M_LEARNED_MAX) {
		return E2M_E_LIMIT;
	}
	memcpy(shared->text, text.data, text.len);
	shared->len = text.len;
	mine_generation = ++shared->generation;
	if(e2m_params.learned.s != NULL) {
		write_file(e2m_params.learned.s, text);
	}
	return E2M_OK;
}

e2m_err e2m_learn_add(
		e2m_msg *request, const e2m_rejection *r, e2m_permit *permit)
{
	e2m_err err;

	lock_get(&shared->lock);
	err = refresh_locked();
	if(err == E2M_OK) {
		(void)e2m_learned_drop(mine, (int64_t)time(NULL));
		err = e2m_learned_add(mine, request, r, policy, permit);
	}
	if(err == E2M_OK && permit->allowed) {
		err = publish_locked();
	}
	lock_release(&shared->lock);
	return err;
}

e2m_err e2m_learn_plan(e2m_plan *plan, e2m_msg *msg)
{
	e2m_err err;

	if(policy == NULL) {
		return E2M_OK;
	}
	e2m_plan_disclosure(plan, policy);
	err = refresh();
	return err == E2M_OK ? e2m_plan_learned(plan, msg, mine) : err;
}

/* ---- RPC ----------------------------------------------------------------- */

static void add_lesson(rpc_t *rpc, void *ctx, const e2m_lesson *l)
{
	str type = {(char *)l->demand.type.data, (int)l->demand.type.len};
	str middle = {(char *)l->middle.data, (int)l->middle.len};
	str domain = {(char *)l->domain.data, (int)l->domain.len};
	void *th;

	if(rpc->add(ctx, "{", &th) < 0) {
		return;
	}
	rpc->struct_add(th, "SsSsSu", "middle", &middle, "what",
			l->demand.what == E2M_VIEW ? "view" : "verify", "type", &type,
			"direction", l->to_peer ? "to" : "from", "domain", &domain,
			"seconds_left", (unsigned int)(l->until_sec - time(NULL)));
}

void e2m_learn_rpc_list(rpc_t *rpc, void *ctx)
{
	int64_t now = (int64_t)time(NULL);
	e2m_lesson lesson;
	size_t i;

	if(policy == NULL || refresh() != E2M_OK) {
		rpc->fault(ctx, 404, "No disclosure policy");
		return;
	}
	for(i = 0; i < e2m_learned_count(mine); i++) {
		e2m_learned_get(mine, i, &lesson);
		if(lesson.until_sec > now) {
			add_lesson(rpc, ctx, &lesson);
		}
	}
}

void e2m_learn_rpc_flush(rpc_t *rpc, void *ctx)
{
	e2m_err err;

	if(policy == NULL) {
		rpc->fault(ctx, 404, "No disclosure policy");
		return;
	}
	lock_get(&shared->lock);
	err = refresh_locked();
	if(err == E2M_OK) {
		(void)e2m_learned_drop(mine, INT64_MAX);
		err = publish_locked();
	}
	lock_release(&shared->lock);
	if(err != E2M_OK) {
		rpc->fault(ctx, 500, "Not forgotten");
	}
}
