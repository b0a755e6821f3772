/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands about an agent share. An agent is Kamailio with
 * etc/agent.cfg and one folder of files: agent.cfg starts it, agent.site.cfg
 * has its settings ("#!define NAME VALUE"), and what they name lies beside. */
#ifndef AGENT_H
#define AGENT_H

#include <sys/stat.h>

#include "cli.h"

enum {
    AGENT_PATH = 512,
    AGENT_TEXT = 512,
    AGENT_SETTINGS = 48,
    AGENT_NAME = 32,
    AGENT_HOST = 256
};

/* ---- agent_site.c: the settings ------------------------------------------ */

typedef struct site {
    char dir[AGENT_PATH];
    size_t num;
    struct setting {
        char name[AGENT_NAME];
        char value[AGENT_TEXT]; /* without its quotes */
    } rows[AGENT_SETTINGS];
} site;

/* agent_dir: --dir, or where an agent of whoever asks is. */
int agent_dir(const options *opt, char out[AGENT_PATH]);
/* agent_join: "DIR/NAME". */
int agent_join(char out[AGENT_PATH], const char *dir, const char *name);
/* agent_plain: nothing in `text` means something to Kamailio's or systemd's
 * configuration: it can be written there in quotes. */
bool agent_plain(const char *text);
/* site_open reads them, to be freed; says what is wrong with the folder. */
int site_open(const options *opt, site **out);
/* site_get: "" when it is not set. */
const char *site_get(const site *s, const char *name);

/* ---- agent_net.c --------------------------------------------------------- */

typedef struct hop {
    char host[AGENT_HOST]; /* of an IPv6 address: with its brackets */
    char port[8];
} hop;

/* hop_read takes HOST[:PORT] apart. */
bool hop_read(const char *text, const char *port, hop *out);
/* hop_towards: the address of this machine that packets to `far` leave from. */
bool hop_towards(const hop *far, char out[AGENT_HOST]);
/* hop_listen tries to listen there; the errno, 0 when it could. */
int hop_listen(const hop *h, int type);
/* hop_connect: TCP, 3 seconds; the errno, EHOSTUNREACH for an unknown name. */
int hop_connect(const hop *h);

/* ---- agent_run.c: other programs ----------------------------------------- */

/* agent_find finds a program where systems have them. */
bool agent_find(const char *name, char out[AGENT_PATH]);
/* agent_run gives what it wrote, at most 1 MiB, to be freed, and its exit code;
 * false: it could not be run, or was not done in 10 seconds.
 *   as  asked by root, it runs as the owner of this file; NULL: as we do */
bool agent_run(const char *const *argv, const struct stat *as, char **out_text,
               int *out_code);
/* agent_rpc asks the running agent; NULL: nobody answers. To be freed. */
char *agent_rpc(const site *s, const char *method);

/* ---- agent_texts.c, agent_files.c: what setup writes --------------------- */

typedef struct setup {
    char dir[AGENT_PATH];
    char user[AGENT_TEXT];
    char proxy[AGENT_TEXT];
    char ca[AGENT_PATH];
    char tls_ca[AGENT_PATH];
    char provider[AGENT_TEXT]; /* the proxy, with port and transport */
    char middle[AGENT_TEXT];   /* "": none */
    char peers[AGENT_PATH];
    char run[AGENT_PATH];
    char config[AGENT_PATH];
    char module[AGENT_PATH]; /* "": where Kamailio's are */
    char kamailio[AGENT_PATH];
    char identity[AGENT_TEXT]; /* as the module takes it */
    hop phone;
    hop net;
    bool tls;
    bool own_run; /* --run: not made by systemd */
    bool force;
    bool as_root;
    const char *owner;
    uid_t uid;
    gid_t gid;
} setup;

/* Texts, to be freed; NULL when out of memory. */
char *text_site(const setup *s);
char *text_start(const setup *s);
char *text_unit(const setup *s);
char *text_tls(const setup *s);
char *text_policy(const setup *s);
/* text_phone tells what to set in the phone, on standard output. */
void text_phone(const setup *s);

/* files_write writes everything. */
int files_write(const setup *s, const options *opt);

/* One file in the agent's folder: its name is printed. A key (AGENT_KEY) is the
 * agent's user's, all else (AGENT_FILE) whose who asks. */
enum { AGENT_KEY = 0600, AGENT_FILE = 0644 };
int files_put(const setup *s, const char *file, unsigned mode, e2m_bytes text);
int files_copy(const setup *s, const char *from, const char *file,
               unsigned mode);
/* Both, a line feed between them; freed by file_free. */
e2m_err files_join(e2m_bytes a, e2m_bytes b, e2m_bytes *out);

/* ---- agent_identity.c ---------------------------------------------------- */

/* identity_check looks at what was given (--p12, --pem), before anything is
 * written; identity_write copies it, or makes a key and a request.
 * identity_cert puts the CA's certificate before the key. */
bool identity_given(const options *opt);
int identity_check(const setup *s, const options *opt);
int identity_write(const setup *s, const options *opt);
int identity_cert(const options *opt);

/* ---- agent_ask.c: what was not given ------------------------------------- */

/* ask_text takes `given`, or asks on a terminal. */
int ask_text(const char *given, const char *option, const char *question,
             char out[AGENT_TEXT]);

/* ---- the doctor ---------------------------------------------------------- */

typedef struct doctor {
    const site *site;
    int64_t now_sec;
    unsigned wrong;
} doctor;

/* One line each: what was looked at, what is with it, how it is mended. */
void doctor_ok(const char *what, const char *how);
void doctor_note(const char *what, const char *why);
void doctor_wrong(doctor *d, const char *what, const char *why,
                  const char *mend);
void doctor_files(doctor *d);
void doctor_keys(doctor *d);
void doctor_net(doctor *d);

#endif
