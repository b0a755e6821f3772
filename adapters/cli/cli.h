/* SPDX-License-Identifier: BSD-3-Clause */
/* The e2m command. Each sub-command is a file cmd_*.c with one function; what
 * the options are and to which commands they belong is one table (args.c). */
#ifndef CLI_H
#define CLI_H

#include <e2m/discovery.h>

/* Exit codes, fixed: scripts rely on them. */
enum {
    EXIT_READ = 0,
    EXIT_USAGE = 1,
    EXIT_MALFORMED = 2,
    EXIT_NOT_FOR_ME = 3,
    EXIT_UNDECIPHERABLE = 4,
    EXIT_FORBIDDEN = 5,
    EXIT_OWN = 6 /* a key or certificate of ours, or this machine */
};

enum { LIST_MOST = 16 };

typedef struct texts {
    const char *item[LIST_MOST];
    size_t num;
} texts;

/* What the command line says; filled by args_read. */
typedef struct options {
    texts as;
    texts trust;
    texts peer;
    texts name;
    texts to;
    texts middle;
    texts verify_at;
    texts asked;
    texts require;
    texts words; /* what is no option */
    const char *pass_file;
    const char *json_file;
    const char *seen;
    const char *reuse;
    const char *policy;
    const char *learned;
    const char *request;
    const char *who;  /* of `policy why`, and the next three */
    const char *type;
    const char *own;
    const char *far;
    texts accept;
    texts can;
    bool renew;
    int64_t at; /* seconds since 1970 UTC; -1: the clock's */
    int64_t rsa;
    int64_t max;
    int64_t warn_view;
    int64_t warn_verify;
    int answers;
    int key;
    int cipher;
    int digest;
    int label;
    int order;
    bool json;
    bool no_sign;
    bool sign_all;
    bool no_aib;
    bool base64;
    bool strip_keys;
    bool opaque;
    bool compress;
    bool no_attributes;
    bool allow_unsigned;
    bool allow_unbound;
    bool require_committed;
    bool require_shared;
    bool pkcs1_v15;
    bool cbc;
    bool verify;
    bool help;
    struct agent_options {
        const char *dir;
        const char *user;
        const char *proxy;
        const char *p12;
        const char *pem;
        const char *cert;
        const char *ca;
        const char *tls_ca;
        const char *peers;
        const char *middle;
        const char *phone;
        const char *listen;
        const char *owner;
        const char *run;
        const char *config;
        const char *module;
        bool force;
    } agent;
} options;

typedef enum command_id {
    CMD_PKI = 1,
    CMD_SEAL = 2,
    CMD_OPEN = 4,
    CMD_INSPECT = 8,
    CMD_EXPLAIN = 16,
    CMD_REFUSE = 32,
    CMD_POLICY = 64,
    CMD_LEARN = 128,
    CMD_SETUP = 256,
    CMD_STATUS = 512,
    CMD_DOCTOR = 1024
} command_id;

/* args_read takes argv behind the command's name. EXIT_USAGE: was said. */
int args_read(command_id id, char **argv, options *out);
/* args_help prints the options of a command. */
void args_help(command_id id);

/* ---- saying what is wrong: one line, "e2m: WHAT at WHERE (RULE)" --------- */

/* Each returns `code`, to be the exit code. */
int fault(int code, const char *what, const char *where, const char *rule);
/* fault_err: of a call that failed for another reason than the message. */
int fault_err(e2m_err err, const char *what, const char *where);
/* fault_why: of a call on a message; `err` gives the code. */
int fault_why(e2m_err err, e2m_why why);
/* fault_verdict: 0 and silent when it was read. */
int fault_verdict(const e2m_verdict *verdict);

/* ---- files --------------------------------------------------------------- */

/* file_read gives the whole file ("-": standard input); wiped and freed by
 * file_free. Over 16 MiB, or unreadable: said, EXIT_OWN. */
int file_read(const char *name, e2m_bytes *out);
void file_free(e2m_bytes *file);
/* file_read_fd: the same of an open file, from where it stands. */
int file_read_fd(int fd, const char *name, e2m_bytes *out);
/* file_write_new makes a file that must not be there yet. */
int file_write_new(const char *name, unsigned mode, const e2m_bytes *pieces,
                   size_t num);
/* file_write replaces a file ("-": standard output). */
int file_write(const char *name, e2m_bytes text);
/* file_replace puts a new file, mode 0600, in a file's place, in one step. */
int file_replace(const char *name, e2m_bytes text);
/* file_first_line gives a passphrase: the first line of a file, with a zero
 * octet behind it. */
int file_first_line(const char *name, e2m_bytes *out);

/* ---- what a command works with ------------------------------------------- */

/* This node and one message. */
typedef struct node {
    e2m_conf *conf;
    e2m *ctx;
    e2m_bytes wire;
    e2m_msg *msg;
    e2m_bytes request_wire; /* of --request */
    e2m_msg *request;
    struct seen *seen;
    struct kept *kept;
    int64_t now_sec;
} node;

/* node_open configures from the options and opens the message on standard
 * input. On EXIT_MALFORMED node->msg may be there, for e2m_msg_why alone.
 * node_close is called whatever it returned. */
int node_open(node *n, const options *opt);
void node_close(node *n);
/* node_request opens the message of --request beside it. */
int node_request(node *n, const char *name);
/* node_put writes the edited message to standard output. */
int node_put(const node *n, const e2m_edit *edits, size_t num);
e2m_bytes text_bytes(const char *text);

/* seen_open: a replay memory in a file, shared by processes. */
int seen_open(struct seen **out, const char *name, e2m_replay *hooks);
void seen_close(struct seen *seen);
/* kept_open: keys for reuse in a file, likewise. */
int kept_open(struct kept **out, const char *name, e2m_keys *hooks);
void kept_close(struct kept *kept);

/* ---- discovery ----------------------------------------------------------- */

/* policy_read reads a disclosure policy; `code` when it is malformed. */
int policy_read(const char *name, int code, e2m_disclosure **out);
/* lessons_read gives what is in a file of lessons; none: none yet. */
int lessons_read(const char *name, const e2m *ctx, e2m_learned **out);
/* lessons_open does that for a change: until lessons_close, other processes
 * that want to change the file wait. lessons_save writes it anew. */
typedef struct lessons {
    const char *name;
    int fd;
    e2m_learned *memory;
} lessons;
int lessons_open(lessons *l, const char *name, const e2m *ctx);
int lessons_save(const lessons *l);
void lessons_close(lessons *l);

/* What `inspect` and `refuse` have in common: middle_check looks at the command
 * line alone; middle_inspect makes the demands, and gives the verdict. */
int middle_check(const options *opt, const char *command);
int middle_inspect(const node *n, const options *opt, const e2m_verdict **out);

/* ---- reports ------------------------------------------------------------- */

void report_verdict(const e2m_verdict *verdict);
void report_tree(const e2m_node *nodes, size_t num);
/* `unchecked`: nothing to check it with was given. */
void report_rejection(const e2m_rejection *r, bool unchecked);
/* What a policy, read from `file`, says. */
void report_permit(const e2m_permit *permit, const char *file);
void report_lesson(const e2m_lesson *lesson);
/* JSON text, to be freed; NULL when out of memory. doc/json.md */
char *json_verdict(const e2m_verdict *verdict);
char *json_tree(const e2m_node *nodes, size_t num,
                const e2m_rejection *rejection_or_null);
char *json_learn(const e2m_rejection *rejection,
                 const e2m_permit *permit_or_null);
/* json_put writes such a text to standard output, wipes and frees it. */
int json_put(char *text);

/* ---- the commands -------------------------------------------------------- */

int cmd_pki(const options *opt);
int cmd_seal(const options *opt);
int cmd_open(const options *opt);
int cmd_inspect(const options *opt);
int cmd_explain(const options *opt);
int cmd_refuse(const options *opt);
int cmd_policy(const options *opt);
int cmd_learn(const options *opt);
int cmd_agent_setup(const options *opt);
int cmd_agent_status(const options *opt);
int cmd_agent_doctor(const options *opt);

#endif
