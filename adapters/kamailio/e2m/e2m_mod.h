/*
 * e2m module: what its files share
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

#ifndef _E2M_MOD_H_
#define _E2M_MOD_H_

#include <stddef.h>
#include <stdint.h>

#include <e2m/discovery.h>
#include <e2m/e2m.h>

#include "../../core/counters.h"
#include "../../core/parser/msg_parser.h"
#include "../../core/pvar.h"
#include "../../core/rpc.h"
#include "../../core/sr_module.h"
#include "../../modules/sl/sl.h"

/* What a function returns to the script: 1, or one of these. Never 0, which
 * would end the script. */
typedef enum e2m_ret
{
	E2M_RET_OK = 1,
	E2M_RET_INTERNAL = -1,		 /* out of memory, broken library, bad use */
	E2M_RET_NOT_FOR_ME = -2,	 /* nothing here is for this node */
	E2M_RET_UNDECIPHERABLE = -3, /* cannot decrypt */
	E2M_RET_SIGNATURE = -4,		 /* none, bad, untrusted, expired, revoked */
	E2M_RET_IDENTITY = -5,		 /* signer is not the sender, not bound, old */
	E2M_RET_REPLAY = -6,		 /* seen before */
	E2M_RET_MALFORMED = -7,		 /* malformed or not supported */
	E2M_RET_NO_KEY = -8,		 /* no key of ours, or none for a reader */
	E2M_RET_LIMIT = -9,			 /* over a limit */
	E2M_RET_NOT_APPLIED = -10,	 /* the change cannot be made */
	E2M_RET_POLICY = -11,		 /* content not as policy wants it */
	E2M_RET_REPLAY_FULL = -12,	 /* the replay memory is full */
	E2M_RET_DENIED = -13,		 /* disclosure policy says no */
	E2M_RET_AGAIN = -14			 /* demanded before, or too often */
} e2m_ret_t;

#define E2M_RET_COUNT 15

/* A str of the core as the library's slice; lives as long as the str. */
static inline e2m_bytes e2m_bytes_of(const str *s)
{
	return (e2m_bytes){(const uint8_t *)s->s, (size_t)s->len};
}

/* ---- e2m_param.c: what the operator configured --------------------------- */

typedef struct e2m_item
{
	str text;
	struct e2m_item *next;
} e2m_item_t;

typedef struct e2m_params
{
	e2m_item_t *names;
	e2m_item_t *identities;
	e2m_item_t *trust;
	e2m_item_t *peers;
	e2m_item_t *middles;
	e2m_item_t *verify_at;
	e2m_item_t *via;
	e2m_item_t *accept;
	str label;
	str cipher;
	str order;
	str digest;
	int option[E2M_OPT_COUNT];
	int policy[E2M_POLICY_COUNT];
	int limit[E2M_LIMIT_COUNT]; /* 0: the library's own */
	int replay_size;
	int reuse_size;
	str cluster_key;
	str disclosure;
	str learned;
	int learn_max;
	str answers;
	int answer_form; /* e2m_answers, from `answers` */
	int warn_view;
	int warn_verify;
} e2m_params_t;

extern e2m_params_t e2m_params;

int e2m_param_name(modparam_t type, void *val);
int e2m_param_identity(modparam_t type, void *val);
int e2m_param_trust(modparam_t type, void *val);
int e2m_param_peers(modparam_t type, void *val);
int e2m_param_middle(modparam_t type, void *val);
int e2m_param_verify_at(modparam_t type, void *val);
int e2m_param_via(modparam_t type, void *val);
int e2m_param_accept(modparam_t type, void *val);

/* Turns the parameters into option values; says what is wrong with them. */
int e2m_params_check(void);

/* ---- e2m_file.c ---------------------------------------------------------- */

typedef struct e2m_file
{
	uint8_t *data;
	size_t len;
} e2m_file_t;

/* Reads a whole regular file into memory; what went wrong is logged. */
int e2m_file_read(const char *path, e2m_file_t *out);
/* Wipes and frees. */
void e2m_file_free(e2m_file_t *f);
void e2m_wipe_bytes(void *p, size_t len);

/* ---- e2m_ctx.c: the context ----------------------------------------------- */

/* Made in mod_init, before any fork; read only afterwards. */
extern e2m *e2m_context;

int e2m_ctx_make(void);
void e2m_ctx_destroy(void);
/* Makes the context anew; on failure the old one stays. No message is open. */
int e2m_ctx_remake(void);

/* ---- e2m_plan.c: whom it seals for ------------------------------------------ */

typedef struct e2m_middles e2m_middles_t;
int e2m_middles_make(void);
/* Puts a list in place; gives the one that was. */
e2m_middles_t *e2m_middles_swap(e2m_middles_t *with);
void e2m_middles_free(e2m_middles_t *list);
/* Makes a plan to seal for `far`, the other user's URI; `fresh`: by public key,
 * though a key may be kept. */
e2m_err e2m_ctx_plan(e2m_bytes far, bool fresh, e2m_plan **out);

/* ---- e2m_reload.c: keys and certificates renewed ---------------------------- */

int e2m_reload_init(void);
void e2m_reload_destroy(void);
/* Between two messages: takes over what was renewed. */
void e2m_reload_here(void);
void e2m_reload_rpc(rpc_t *rpc, void *ctx);

/* ---- e2m_child.c: proof that this process can be trusted with keys ------- */

int e2m_child_prepare(void); /* before fork; knows the number of processes */
int e2m_child_check(int rank);
void e2m_child_destroy(void);

/* ---- e2m_replay.c: replay memory in shared memory ------------------------ */

int e2m_replay_init(int size);
void e2m_replay_destroy(void);
extern e2m_replay e2m_replay_hooks;
typedef struct e2m_replay_count
{
	unsigned int used;
	unsigned int size;
} e2m_replay_count_t;
void e2m_replay_count(e2m_replay_count_t *out);

/* ---- e2m_keys.c: keys kept for reuse, in shared memory -------------------- */

int e2m_keys_init(int size); /* 0: none are kept */
void e2m_keys_destroy(void);
extern const e2m_keys e2m_keys_hooks;
void e2m_keys_drop(const uint8_t dialog[32]);
/* The same, without telling other nodes. */
void e2m_keys_drop_here(const uint8_t dialog[32]);
/* Takes over what another node keeps: a new record, or fewer uses. */
void e2m_keys_merge(const uint8_t key[32], const e2m_kept *kept, int64_t now);
/* Calls for each record, outside of all locks. */
void e2m_keys_each(
		void (*each)(void *user, const uint8_t key[32], const e2m_kept *kept),
		void *user);
void e2m_keys_count(e2m_replay_count_t *out);

/* ---- e2m_dmq.c: kept keys told to the other nodes of a cluster ------------ */

int e2m_dmq_init(const str *key_file); /* no path: alone */
void e2m_dmq_tell(const uint8_t key[32], const e2m_kept *kept);
void e2m_dmq_tell_drop(const uint8_t dialog[32]);

/* ---- e2m_dlg.c: the end of dialogs, as the dialog module knows it --------- */

int e2m_dlg_init(void);

/* ---- e2m_lump.c: changes to a message ------------------------------------ */

/* Where a message's body lies, in the eyes of both parsers. */
typedef struct e2m_span
{
	int start; /* offset of the first octet behind the header */
	int end;   /* offset behind the body */
	int len;   /* of the whole message: octets from `end` on are no body */
} e2m_span_t;

/* The span as the core sees it: end is the end of the buffer. */
int e2m_span_core(sip_msg_t *msg, e2m_span_t *out);
/* The span as the library sees it; fails when they differ on the start. */
int e2m_span_lib(sip_msg_t *msg, e2m_bytes wire, e2m_bytes body,
		e2m_span_t *out);

typedef enum e2m_care
{
	E2M_CARE_BODY,	/* what describes the body */
	E2M_CARE_BOUND	/* ... and what the signature binds it to */
} e2m_care_t;

/* True when the script or a module has changes pending that ours, or the
 * signature, would contradict. */
int e2m_lump_conflict(sip_msg_t *msg, e2m_care_t care);

/* True when the message has a body, or somebody is giving it one. */
int e2m_lump_has_body(sip_msg_t *msg);
/* True when pending changes cut the whole of the buffer's body out. */
int e2m_lump_covers(sip_msg_t *msg);
/* True unless pending changes put in two bodies, or two Content-Types. */
int e2m_lump_is_single(sip_msg_t *msg);
/* The text that pending changes put in place of the body; NULL: none. */
const char *e2m_lump_text(sip_msg_t *msg);

/* Adds the edits as lumps: all, or none. */
int e2m_lump_edits(sip_msg_t *msg, const e2m_edit *edits, size_t num,
		const e2m_span_t *span);
/* Adds a lump that cuts what stands behind the body, if anything does. */
int e2m_lump_trim(sip_msg_t *msg, const e2m_span_t *span);

/* ---- e2m_withhold.c: a body that shall not leave -------------------------- */

/* The body of this message shall not leave. Cannot fail. */
void e2m_withhold(sip_msg_t *msg);
/* The same for a branch, whose request's buffer is not only its own. */
void e2m_hold_branch(sip_msg_t *msg);
/* Blanks the body in the buffer, and in tm's copy of the request; lumps that
 * carry another one stay good. */
void e2m_blank(sip_msg_t *msg);
/* True when the buffer of this message was blanked as a last resort. */
int e2m_is_withheld(sip_msg_t *msg);

/* ---- e2m_guard.c: the branches of a transaction --------------------------- */

int e2m_guard_init(void);
/* tm's functions, bound by e2m_guard_init; include tm_load.h to call them. */
struct tm_binds;
extern struct tm_binds e2m_tm;
/* From now on no branch of this request's transaction goes out plain, and this
 * one only with the body that it has now. */
int e2m_guard_set(sip_msg_t *msg);
/* Blanks the body in tm's copy of the request, if there is one. */
void e2m_guard_blank(sip_msg_t *msg);

/* ---- e2m_state.c: what is known of the message being handled ------------- */

typedef struct e2m_state
{
	int set;
	unsigned int id;
	int pid;
	uint8_t *wire; /* a copy: the core may rewrite its buffer */
	size_t len;
	e2m_msg *msg;
	const e2m_verdict *verdict; /* NULL when it did not come to one */
	const char *outcome;
	const char *reason;
	e2m_why why;
	unsigned status;
	int ret;
	const e2m_rejection *rejection; /* of e2m_learn(); lives with msg */
} e2m_state_t;

/* Starts afresh with this message: opens a copy of it. */
int e2m_state_open(sip_msg_t *msg, e2m_state_t **out);
/* The same with another message than the one at hand: its answer. */
int e2m_state_open_other(
		sip_msg_t *msg, const sip_msg_t *other, e2m_state_t **out);
/* A message that there is nothing to know about. */
e2m_state_t *e2m_state_nothing(sip_msg_t *msg);
/* Sets outcome, reason, status and the code from the verdict or the error. */
int e2m_state_settle(e2m_state_t *st, e2m_err err, const e2m_verdict *v);
/* Sets the code and the reason of an answer that was learned from, or not. */
int e2m_state_answer(e2m_state_t *st, int ret, const char *reason);
int e2m_reason_ret(e2m_reason reason);
/* The state if it is this message's, else NULL. */
e2m_state_t *e2m_state_of(sip_msg_t *msg);
int e2m_state_init(void); /* registers the callbacks that clear it */
void e2m_state_clear(void);
int e2m_err_ret(e2m_err err);
e2m_framing e2m_framing_of(const sip_msg_t *msg);
extern const e2m_mem e2m_pkg;

/* ---- e2m_kemi.c ---------------------------------------------------------- */

int ki_e2m_inspect(sip_msg_t *msg);
int ki_e2m_refuse(sip_msg_t *msg);
int ki_e2m_seal(sip_msg_t *msg);
int ki_e2m_seal_fresh(sip_msg_t *msg);
int ki_e2m_forget(sip_msg_t *msg);
int ki_e2m_open(sip_msg_t *msg);
int ki_e2m_withhold(sip_msg_t *msg);
extern sl_api_t e2m_sl;
/* Counts and logs what the state says; gives its code. */
int e2m_report(sip_msg_t *msg, const char *what, e2m_state_t *st);

/* ---- e2m_note.c: what the script says of the message at hand --------------- */

int ki_e2m_require(sip_msg_t *msg, str *what, str *type);
int ki_e2m_sign_for(sip_msg_t *msg, str *names);
/* "view,verify" as E2M_VIEW | E2M_VERIFY; 0: not understood */
unsigned int e2m_note_words(const str *text);
e2m_err e2m_note_demands(sip_msg_t *msg, e2m_msg *m);
e2m_err e2m_note_asked(sip_msg_t *msg, e2m_msg *m, e2m_plan *plan);
int e2m_note_is_set(sip_msg_t *msg); /* anything of this message */
void e2m_note_clear(void);

/* ---- e2m_glance.c -------------------------------------------------------- */

/* No: nothing in it names this node, and nothing is demanded of it. Most
 * messages are such, and should not cost anybody anything. */
int e2m_may_concern(sip_msg_t *msg);

/* ---- e2m_learn.c: what proxies demanded, remembered ------------------------ */

int e2m_learn_init(void); /* behind e2m_ctx_make */
/* Reads the policy anew; behind e2m_ctx_remake it is put in place of the old one,
 * with a memory for the new context. */
int e2m_learn_read(e2m_disclosure **out);
void e2m_learn_remake(e2m_disclosure *fresh);
void e2m_learn_destroy(void);
int e2m_learn_is_on(void); /* there is a disclosure policy */
e2m_err e2m_learn_add(
		e2m_msg *request, const e2m_rejection *r, e2m_permit *permit);
/* Puts the plan under the policy and adds what was learned. */
e2m_err e2m_learn_plan(e2m_plan *plan, e2m_msg *msg);
void e2m_learn_rpc_list(rpc_t *rpc, void *ctx);
void e2m_learn_rpc_flush(rpc_t *rpc, void *ctx);

/* ---- e2m_answer.c: answers that demand ------------------------------------- */

int ki_e2m_learn(sip_msg_t *msg);
/* The transaction whose failure_route runs, the answer that tm picked (NULL:
 * none that came from the network) and its branch. */
struct cell;
sip_msg_t *e2m_answer_picked(struct cell **out);
int e2m_answer_branch(void);

/* ---- e2m_prefer.c: which answer of a forked request goes back --------------- */

int ki_e2m_prefer(sip_msg_t *msg);

/* ---- e2m_cfg.c ----------------------------------------------------------- */

int w_e2m_inspect(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_refuse(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_seal(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_seal_fresh(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_forget(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_open(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_withhold(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_require(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_sign_for(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_learn(sip_msg_t *msg, char *p1, char *p2);
int w_e2m_prefer(sip_msg_t *msg, char *p1, char *p2);
int fixup_e2m_require(void **param, int param_no);
/* They run when the script is checked: note what it uses, so that a missing
 * parameter is told before the first message. */
int fixup_e2m_inspect(void **param, int param_no);
int fixup_e2m_seal(void **param, int param_no);
int e2m_cfg_check(void);

/* ---- e2m_pv.c ------------------------------------------------------------ */

int pv_parse_e2m_name(pv_spec_p sp, str *in);
int pv_get_e2m(sip_msg_t *msg, pv_param_t *param, pv_value_t *res);

/* ---- e2m_stat.c ---------------------------------------------------------- */

typedef enum e2m_count
{
	E2M_COUNT_READ,
	E2M_COUNT_OPENED,
	E2M_COUNT_SEALED,
	E2M_COUNT_NOT_SEALED,
	E2M_COUNT_WITHHELD,
	E2M_COUNT_REFUSED,
	E2M_COUNT_REFUSED_UNSIGNED,
	E2M_COUNT_KEYS_FORGOTTEN,
	E2M_COUNT_LEARNED,
	E2M_COUNT_COUNT
} e2m_count_t;

int e2m_stat_init(void);
void e2m_stat_add(e2m_count_t which);
/* Counts a negative return code. */
void e2m_stat_ret(int ret);
extern rpc_export_t e2m_rpc[];

#endif
