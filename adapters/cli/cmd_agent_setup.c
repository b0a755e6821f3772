/* SPDX-License-Identifier: BSD-3-Clause */
/* e2m agent setup: from what the user knows to what the agent needs. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

static int
usage(const char *what, const char *where, const char *rule)
{
    return fault(EXIT_USAGE, what, where, rule);
}

/* ---- whose, and by which proxy ------------------------------------------- */

static int
check_user(const char *user)
{
    const size_t at = strcspn(user, "@");

    if (strncmp(user, "sip:", 4) != 0 || at == 4 || user[at] == '\0' ||
        user[at + 1] == '\0' || user[at + 1 + strcspn(user + at + 1, "@:;,=/")]
                                    != '\0') {
        return usage("not a user", "--user", "sip:USER@DOMAIN");
    }
    return 0;
}

/* sip:HOST[:PORT][;transport=tcp|tls]; TLS when nothing is said. */
static int
read_proxy(setup *s, hop *out)
{
    static const char tcp[] = ";transport=tcp";
    static const char tls[] = ";transport=tls";
    const char *at = strncmp(s->proxy, "sip:", 4) == 0 ? s->proxy + 4 : "";
    const size_t len = strcspn(at, ";");
    char host[AGENT_HOST];

    if (*at == '\0' || len >= sizeof host ||
        (at[len] != '\0' && strcmp(at + len, tcp) != 0 &&
         strcmp(at + len, tls) != 0)) {
        return usage("not a proxy", "--proxy",
                     "sip:HOST[:PORT][;transport=tcp|tls]");
    }
    memcpy(host, at, len);
    host[len] = '\0';
    s->tls = strcmp(at + len, tcp) != 0;
    if (!hop_read(host, s->tls ? "5061" : "5060", out)) {
        return usage("not a host", "--proxy",
                     "sip:HOST[:PORT][;transport=tcp|tls]");
    }
    (void)snprintf(s->provider, sizeof s->provider, "sip:%s:%s%s", out->host,
                   out->port, s->tls ? tls : tcp);
    return 0;
}

static int
set_hops(setup *s, const options *opt)
{
    const char *phone = opt->agent.phone;
    char own[AGENT_HOST];
    hop far;
    int code = read_proxy(s, &far);

    if (code != 0) {
        return code;
    }
    if (!hop_read(phone != NULL ? phone : "127.0.0.1", "5060", &s->phone)) {
        return usage("not an address", "--phone", "ADDRESS[:PORT]");
    }
    if (opt->agent.listen != NULL) {
        return hop_read(opt->agent.listen, "5070", &s->net)
                   ? 0
                   : usage("not an address", "--listen", "ADDRESS[:PORT]");
    }
    if (!hop_towards(&far, own)) {
        return fault(EXIT_OWN, "no way to the proxy", far.host,
                     "check the name and the network, or give --listen");
    }
    return hop_read(own, "5070", &s->net)
               ? 0
               : usage("not an address", own, "give --listen");
}

/* ---- files --------------------------------------------------------------- */

/* A path from the root, of signs that can stand in a configuration. */
static int
take_path(const char *given, const char *option, char out[AGENT_PATH])
{
    char *whole = realpath(given, NULL);
    const bool ok = whole != NULL && strlen(whole) < AGENT_PATH &&
                    agent_plain(whole) && strchr(whole, ';') == NULL;

    if (ok) {
        memcpy(out, whole, strlen(whole) + 1);
    }
    free(whole);
    return ok ? 0
              : fault(EXIT_OWN, "no such file, or a name that cannot be taken",
                      option, given);
}

/* NAME, or NAME=CERTIFICATE */
static int
set_middle(setup *s, const char *given)
{
    const size_t len = given != NULL ? strcspn(given, "=") : 0;
    char path[AGENT_PATH] = "";
    int code = 0;
    int n;

    if (given == NULL) {
        return 0;
    }
    if (given[len] == '=') {
        code = take_path(given + len + 1, "--middle", path);
    }
    if (code != 0) {
        return code;
    }
    n = snprintf(s->middle, sizeof s->middle, "%.*s%s%s", (int)len, given,
                 given[len] == '=' ? "=" : "", path);
    return len > 0 && n < (int)sizeof s->middle && agent_plain(s->middle)
               ? 0
               : usage("not a name", "--middle", "NAME[=CERT]");
}

static int
set_identity(setup *s, const options *opt)
{
    const char *file = opt->agent.p12 != NULL ? "identity.p12" : "identity.pem";
    int n;

    if (opt->agent.p12 != NULL && opt->agent.pem != NULL) {
        return usage("one of them", "--p12 and --pem", "a user has one key");
    }
    if (opt->pass_file != NULL && opt->agent.p12 == NULL &&
        opt->agent.pem == NULL) {
        return usage("nothing to open", "--pass-file", "--p12 or --pem");
    }
    n = opt->pass_file != NULL
            ? snprintf(s->identity, sizeof s->identity,
                       "%s/%s;pass=%s/identity.pass", s->dir, file, s->dir)
            : snprintf(s->identity, sizeof s->identity, "%s/%s", s->dir, file);
    return n < (int)sizeof s->identity
               ? 0
               : usage("name too long", "--dir", "200 octets");
}

static int
set_dirs(setup *s, const options *opt)
{
    int code = agent_dir(opt, s->dir);

    if (code == 0 && (!agent_plain(s->dir) || strchr(s->dir, ';') != NULL)) {
        code = usage("a name that cannot be taken", s->dir,
                     "letters, digits and /._-+@:=,~");
    }
    if (code == 0) {
        code = opt->agent.peers != NULL
                   ? take_path(opt->agent.peers, "--peers", s->peers)
                   : agent_join(s->peers, s->dir, "peers");
    }
    return code;
}

static int
set_files(setup *s, const options *opt)
{
    const char *tls_ca = opt->agent.tls_ca;
    int code = take_path(s->ca, "--ca", s->ca);

    if (code == 0 && s->tls) {
        code = take_path(tls_ca != NULL ? tls_ca
                                        : "/etc/ssl/certs/ca-certificates.crt",
                         "--tls-ca", s->tls_ca);
    } else if (code == 0 && tls_ca != NULL) {
        code = usage("no TLS", "--tls-ca", "the --proxy says tcp");
    }
    if (code == 0) {
        code = take_path(opt->agent.config != NULL ? opt->agent.config
                                                   : E2M_AGENT_CFG,
                         "--config", s->config);
    }
    if (code == 0 && opt->agent.module != NULL) {
        code = take_path(opt->agent.module, "--module", s->module);
    }
    if (code == 0 && !agent_find("kamailio", s->kamailio)) {
        /* may be installed later; the doctor says so */
        (void)snprintf(s->kamailio, sizeof s->kamailio, "/usr/sbin/kamailio");
    }
    return code;
}

/* ---- who runs it --------------------------------------------------------- */

static int
set_owner(setup *s, const options *opt)
{
    const struct passwd *who;

    s->as_root = geteuid() == 0;
    if (!s->as_root) {
        return opt->agent.owner == NULL
                   ? 0
                   : usage("root alone can give files away", "--owner",
                           opt->agent.owner);
    }
    s->owner = opt->agent.owner != NULL ? opt->agent.owner : "kamailio";
    who = agent_plain(s->owner) ? getpwnam(s->owner) : NULL;
    if (who == NULL) {
        return fault(EXIT_OWN, "no such user", s->owner,
                     "useradd --system, or another --owner");
    }
    s->uid = who->pw_uid;
    s->gid = who->pw_gid;
    return 0;
}

/* Where systemd makes it: RuntimeDirectory=e2m-agent. */
static int
set_run(setup *s, const options *opt)
{
    const char *below = getenv("XDG_RUNTIME_DIR");
    int n;

    s->own_run = opt->agent.run != NULL;
    if (s->own_run) {
        n = snprintf(s->run, sizeof s->run, "%s", opt->agent.run);
    } else if (s->as_root) {
        n = snprintf(s->run, sizeof s->run, "/run/e2m-agent");
    } else if (below != NULL) {
        n = snprintf(s->run, sizeof s->run, "%s/e2m-agent", below);
    } else {
        n = snprintf(s->run, sizeof s->run, "/run/user/%u/e2m-agent",
                     (unsigned)geteuid());
    }
    /* sun_path has 108 octets */
    return n < 100 && s->run[0] == '/' && agent_plain(s->run)
               ? 0
               : usage("not a folder, from the root, of 100 octets", "--run",
                       s->run);
}

static int
prepare(setup *s, const options *opt)
{
    const struct agent_options *a = &opt->agent;
    int code = ask_text(a->user, "--user", "User (sip:alice@example.com)",
                        s->user);

    s->force = a->force;
    if (code == 0) {
        code = check_user(s->user);
    }
    if (code == 0) {
        code = ask_text(a->proxy, "--proxy",
                        "Provider's proxy (sip:proxy.example.com)", s->proxy);
    }
    if (code == 0) {
        code = ask_text(a->ca, "--ca", "File with the CA's certificate", s->ca);
    }
    if (code == 0) {
        code = set_hops(s, opt);
    }
    if (code == 0) {
        code = set_dirs(s, opt);
    }
    if (code == 0) {
        code = set_files(s, opt);
    }
    if (code == 0) {
        code = set_middle(s, a->middle);
    }
    if (code == 0) {
        code = set_identity(s, opt);
    }
    if (code == 0) {
        code = set_owner(s, opt);
    }
    return code == 0 ? set_run(s, opt) : code;
}

/* The certificate goes to an agent that is set up. */
static bool
only_cert(const struct agent_options *a)
{
    const char *const others[] = { a->user,   a->proxy,  a->p12,   a->pem,
                                   a->ca,     a->tls_ca, a->peers, a->middle,
                                   a->phone,  a->listen, a->owner, a->run,
                                   a->config, a->module };
    bool none = !a->force;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        none = none && others[i] == NULL;
    }
    return none;
}

int
cmd_agent_setup(const options *opt)
{
    setup *s;
    int code;

    if (opt->agent.cert != NULL) {
        return only_cert(&opt->agent) && opt->pass_file == NULL
                   ? identity_cert(opt)
                   : usage("alone, or with --dir", "--cert",
                           "the agent knows the rest");
    }
    s = calloc(1, sizeof *s);
    if (s == NULL) {
        return fault_err(E2M_E_NOMEM, "no memory", "e2m agent setup");
    }
    code = prepare(s, opt);
    if (code == 0) {
        code = files_write(s, opt);
    }
    if (code == 0) {
        text_phone(s);
    }
    free(s);
    return code;
}
