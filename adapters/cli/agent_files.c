/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of an agent. Each is written beside its place and moved there, and
 * holds a key only with mode 0600, from its first octet on. */
#include <errno.h>
#include <e2m/pki.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

enum { DIR_MODE = 0755, STATE_MODE = 0700 };

/* ---- one ----------------------------------------------------------------- */

static int
give(const setup *s, const char *name, unsigned mode)
{
    if (chmod(name, (mode_t)mode) != 0 ||
        (s->as_root && chown(name, s->uid, s->gid) != 0)) {
        return fault(EXIT_OWN, "cannot give away", name, strerror(errno));
    }
    return 0;
}

/* As whoever asks, or as the agent's user (key files and its own folders). */
int
files_put(const setup *s, const char *file, unsigned mode, e2m_bytes text)
{
    char name[AGENT_PATH];
    int code = agent_join(name, s->dir, file);

    if (code == 0 && !s->force && access(name, F_OK) == 0) {
        return fault(EXIT_OWN, "will not overwrite", name, "--force does");
    }
    if (code == 0) {
        code = file_replace(name, text);
    }
    if (code == 0 && mode == AGENT_KEY) {
        code = give(s, name, mode);
    } else if (code == 0 && chmod(name, (mode_t)mode) != 0) {
        code = fault(EXIT_OWN, "cannot write", name, strerror(errno));
    }
    if (code == 0) {
        printf("%s\n", name);
    }
    return code;
}

static int
put_text(const setup *s, const char *file, char *text)
{
    const int code = text != NULL
                         ? files_put(s, file, AGENT_FILE, text_bytes(text))
                         : fault_err(E2M_E_NOMEM, "cannot write", file);

    free(text);
    return code;
}

int
files_copy(const setup *s, const char *from, const char *file, unsigned mode)
{
    e2m_bytes text;
    int code = file_read(from, &text);

    if (code == 0) {
        code = files_put(s, file, mode, text);
        file_free(&text);
    }
    return code;
}

/* Both, a line feed between them; freed by file_free. */
e2m_err
files_join(e2m_bytes a, e2m_bytes b, e2m_bytes *out)
{
    uint8_t *both = malloc(a.len + 1 + b.len);

    if (both == NULL) {
        return E2M_E_NOMEM;
    }
    memcpy(both, a.data, a.len);
    both[a.len] = '\n';
    memcpy(both + a.len + 1, b.data, b.len);
    *out = (e2m_bytes){ both, a.len + 1 + b.len };
    /* cppcheck-suppress memleak ; it is in *out, for file_free */
    return E2M_OK;
}

/* One, which the agent's user can enter, whatever root's umask is. */
static int
make_one(const char *path)
{
    if (mkdir(path, DIR_MODE) != 0) {
        return errno == EEXIST
                   ? 0
                   : fault(EXIT_OWN, "cannot make", path, strerror(errno));
    }
    return geteuid() != 0 || chmod(path, DIR_MODE) == 0
               ? 0
               : fault(EXIT_OWN, "cannot open", path, strerror(errno));
}

/* A folder and those above it. */
static int
make_dir(const char *name)
{
    int code = 0;
    char path[AGENT_PATH];
    const size_t len = strlen(name);

    if (len >= sizeof path) {
        return fault(EXIT_USAGE, "name too long", name, "511 octets");
    }
    memcpy(path, name, len + 1);
    for (size_t i = 1; i <= len && code == 0; i++) {
        if (path[i] == '/' || path[i] == '\0') {
            path[i] = '\0';
            code = make_one(path);
            path[i] = name[i];
        }
    }
    return code;
}

static int
make_own_dir(const setup *s, const char *name)
{
    const int code = make_dir(name);

    return code == 0 ? give(s, name, STATE_MODE) : code;
}

/* ---- all but the identity ------------------------------------------------ */

static int
make_dirs(const setup *s)
{
    char state[AGENT_PATH];
    int code = make_dir(s->dir);

    if (code == 0) {
        code = make_dir(s->peers);
    }
    if (code == 0) {
        code = agent_join(state, s->dir, "state");
    }
    if (code == 0) {
        code = make_own_dir(s, state);
    }
    return code == 0 && s->own_run ? make_own_dir(s, s->run) : code;
}

/* All or, when one is there and must not be replaced, none. */
static int
refuse_to_replace(const setup *s, bool identity)
{
    static const char *const names[] = {
        "trust.crt", "agent.cfg", "agent.site.cfg", "disclosure.conf",
        "e2m-agent.service", "tls.cfg", "tls.pem", /* and of an identity: */
        "identity.pem", "identity.p12", "identity.pass"
    };
    const size_t num = sizeof names / sizeof names[0] - (identity ? 0 : 3);
    char name[AGENT_PATH];

    for (size_t i = 0; !s->force && i < num; i++) {
        if (agent_join(name, s->dir, names[i]) == 0 &&
            access(name, F_OK) == 0) {
            return fault(EXIT_OWN, "will not overwrite", name, "--force does");
        }
    }
    return 0;
}

/* A certificate that nobody trusts: its CA is forgotten at once. */
static int
put_tls_key(const setup *s)
{
    const int64_t now = (int64_t)time(NULL);
    e2m_pki_pair ca = { { NULL, 0 }, { NULL, 0 } };
    e2m_pki_pair own = { { NULL, 0 }, { NULL, 0 } };
    e2m_bytes both = { NULL, 0 };
    e2m_err err = e2m_pki_ca(now, &ca);
    int code;

    if (err == E2M_OK) {
        err = files_join(ca.cert, ca.key, &both);
    }
    if (err == E2M_OK) {
        err = e2m_pki_issue(both, text_bytes("e2m-agent"), 0, now, &own);
        file_free(&both);
    }
    if (err == E2M_OK) {
        err = files_join(own.cert, own.key, &both);
    }
    code = err == E2M_OK ? files_put(s, "tls.pem", AGENT_KEY, both)
                         : fault_err(err, "cannot make a key", "tls.pem");
    file_free(&both);
    e2m_pki_free(&ca);
    e2m_pki_free(&own);
    return code;
}

static int
write_tls(const setup *s)
{
    const int code = put_text(s, "tls.cfg", text_tls(s));

    return code == 0 ? put_tls_key(s) : code;
}

static int
write_texts(const setup *s)
{
    int code = files_copy(s, s->ca, "trust.crt", AGENT_FILE);

    if (code == 0) {
        code = put_text(s, "disclosure.conf", text_policy(s));
    }
    if (code == 0) {
        code = put_text(s, "agent.site.cfg", text_site(s));
    }
    if (code == 0 && s->tls) {
        code = write_tls(s);
    }
    if (code == 0) {
        code = put_text(s, "agent.cfg", text_start(s));
    }
    if (code == 0) {
        code = put_text(s, "e2m-agent.service", text_unit(s));
    }
    return code;
}

int
files_write(const setup *s, const options *opt)
{
    int code = refuse_to_replace(s, identity_given(opt));

    if (code == 0 && identity_given(opt)) {
        code = identity_check(s, opt);
    }
    if (code == 0) {
        code = make_dirs(s);
    }
    if (code == 0) {
        code = write_texts(s);
    }
    if (code != 0) {
        return code;
    }
    return identity_write(s, opt);
}
