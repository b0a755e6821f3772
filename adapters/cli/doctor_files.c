/* SPDX-License-Identifier: BSD-3-Clause */
/* The files: there, readable by the agent, keys by nobody else; the policy; and
 * what Kamailio says of it all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <policy_file.h>

#include "agent.h"

enum { OTHERS = 077, WRITERS = 022 };

/* ---- there, and with the right modes ------------------------------------- */

static bool
find(doctor *d, const char *name, struct stat *st)
{
    if (stat(name, st) == 0) {
        return true;
    }
    doctor_wrong(d, name, strerror(errno),
                 "e2m agent setup --force writes it anew");
    return false;
}

static void
check_public(doctor *d, const char *file)
{
    char name[AGENT_PATH];
    struct stat st;

    if (agent_join(name, d->site->dir, file) != 0 || !find(d, name, &st)) {
        return;
    }
    if ((st.st_mode & WRITERS) != 0) {
        doctor_wrong(d, name, "others can change it", "chmod go-w");
    }
}

/* The agent's user is the owner of its state. */
static void
check_private(doctor *d, const char *name, uid_t owner)
{
    struct stat st;

    if (!find(d, name, &st)) {
        return;
    }
    if ((st.st_mode & OTHERS) != 0) {
        doctor_wrong(d, name, "others can read a private key", "chmod 600");
    } else if (st.st_uid != owner) {
        doctor_wrong(d, name, "it belongs to another user than state does",
                     "chown it to the agent's");
    } else {
        doctor_ok(name, "only the agent can read it");
    }
}

static void
check_identity(doctor *d, uid_t owner)
{
    char name[AGENT_PATH];
    char *pass;

    (void)snprintf(name, sizeof name, "%s", site_get(d->site, "IDENTITY"));
    pass = name + strcspn(name, ";");
    if (*pass != '\0') {
        *pass = '\0';
        pass += 1 + strlen("pass=");
        check_private(d, pass, owner);
    }
    check_private(d, name, owner);
    if (site_get(d->site, "TLS_CONFIG")[0] != '\0' &&
        agent_join(name, d->site->dir, "tls.pem") == 0) {
        check_private(d, name, owner);
    }
}

/* ---- the clock ----------------------------------------------------------- */

/* No file can have been written after now. */
static void
check_clock(doctor *d)
{
    char name[AGENT_PATH];
    struct stat st;

    if (agent_join(name, d->site->dir, "agent.site.cfg") == 0 &&
        stat(name, &st) == 0 && (int64_t)st.st_mtime > d->now_sec + 60) {
        doctor_wrong(d, "clock", "it is earlier than when the agent was set up",
                     "set the clock (NTP): signatures carry the time");
    }
}

/* ---- the policy ---------------------------------------------------------- */

static void
check_policy(doctor *d)
{
    const char *name = site_get(d->site, "DISCLOSURE");
    e2m_disclosure *policy = NULL;
    policy_fault f;
    e2m_bytes text;
    char why[160];
    e2m_err err;

    if (access(name, R_OK) != 0) {
        doctor_wrong(d, name, strerror(errno),
                     "e2m agent setup --force writes it anew");
        return;
    }
    if (file_read(name, &text) != 0) {
        doctor_wrong(d, name, "cannot be read", "see above");
        return;
    }
    err = policy_file_read(text, &policy, &f);
    file_free(&text);
    e2m_disclosure_free(policy);
    if (err == E2M_E_SYNTAX) {
        (void)snprintf(why, sizeof why, "line %u: %s", f.line, f.what);
        doctor_wrong(d, name, why, "e2m policy check explains it");
    } else if (err != E2M_OK) {
        doctor_wrong(d, name, e2m_err_name(err), "try again");
    } else {
        doctor_ok(name, "a policy");
    }
}

/* ---- Kamailio ------------------------------------------------------------ */

/* The first line that tells of an error, in place. */
static const char *
first_error(char *text)
{
    while (*text != '\0') {
        const size_t len = strcspn(text, "\n");
        const bool more = text[len] != '\0';
        size_t at = 0;

        text[len] = '\0';
        /* " 0(PID) LEVEL: WHO [WHERE]: WHAT" */
        at = strcspn(text, ")");
        at += text[at] != '\0' ? 1 : 0;
        at += strspn(text + at, " ");
        if (strncmp(text + at, "ERROR", 5) == 0 ||
            strncmp(text + at, "CRITICAL", 8) == 0) {
            return text + at;
        }
        text += len + (more ? 1 : 0);
    }
    return "it says no more";
}

/* As the agent's user: root can read files that it cannot. */
static void
check_kamailio(doctor *d, const struct stat *agent)
{
    char kamailio[AGENT_PATH];
    char cfg[AGENT_PATH];
    const char *const argv[] = { kamailio, "-c", "-f", cfg, NULL };
    char *text;
    int code;

    if (!agent_find("kamailio", kamailio) || !agent_find("kamcmd", cfg)) {
        doctor_wrong(d, "kamailio", "not installed",
                     "apt-get install kamailio");
        return;
    }
    if (agent_join(cfg, d->site->dir, "agent.cfg") != 0 ||
        !agent_run(argv, agent, &text, &code)) {
        doctor_wrong(d, kamailio, "cannot be run", "try it: kamailio -c");
        return;
    }
    if (code != 0) {
        doctor_wrong(d, cfg, first_error(text),
                     "kamailio -c -f says more; is e2m.so where Kamailio's "
                     "modules are, or --module given?");
    } else {
        doctor_ok(cfg, "Kamailio takes it, and e2m.so");
    }
    free(text);
}

void
doctor_files(doctor *d)
{
    static const char *const files[] = { "agent.cfg", "agent.site.cfg",
                                         "trust.crt", "e2m-agent.service" };
    char state[AGENT_PATH];
    struct stat st;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        check_public(d, files[i]);
    }
    if (site_get(d->site, "TLS_CONFIG")[0] != '\0') {
        check_public(d, "tls.cfg");
    }
    if (agent_join(state, d->site->dir, "state") == 0 && find(d, state, &st)) {
        check_identity(d, st.st_uid);
        check_kamailio(d, &st);
    }
    check_clock(d);
    check_policy(d);
}
