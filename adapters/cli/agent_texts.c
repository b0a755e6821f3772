/* SPDX-License-Identifier: BSD-3-Clause */
/* The texts that setup writes and prints. What stands in them went through
 * agent_plain, so that quotes hold it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

/* Ends a stream of open_memstream. */
static char *
done(FILE *f, char **text)
{
    const bool ok = f != NULL && ferror(f) == 0;

    if (f != NULL && fclose(f) == 0 && ok) {
        return *text;
    }
    free(*text);
    return NULL;
}

static const char *
domain(const setup *s)
{
    return s->user + strcspn(s->user, "@") + 1;
}

static void
put_hop(FILE *f, const char *side, const char *proto, const hop *h)
{
    fprintf(f,
            "#!define %s_LISTEN %s:%s:%s\n"
            "#!define %s_SOCKET \"%s:%s:%s\"\n"
            "#!define %s_PORT %s\n",
            side, proto, h->host, h->port, side, proto, h->host, h->port, side,
            h->port);
}

char *
text_site(const setup *s)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (f == NULL) {
        return NULL;
    }
    fprintf(f,
            "# Written by e2m agent setup; --force writes it anew. The\n"
            "# settings are explained at the top of %s\n"
            "#!define SITE 1\n"
            "#!define E2M_USER \"%s\"\n"
            "#!define DOMAIN \"%s\"\n"
            "#!define PROVIDER \"%s\"\n",
            s->config, s->user, domain(s), s->provider);
    put_hop(f, "PHONE", "udp", &s->phone);
    put_hop(f, "NET", s->tls ? "tls" : "tcp", &s->net);
    if (s->net.host[0] != '[') {
        fprintf(f, "#!define SOURCE %s\n", s->net.host);
    }
    fprintf(f,
            "#!define IDENTITY \"%s\"\n"
            "#!define TRUST \"%s/trust.crt\"\n"
            "#!define PEERS \"%s\"\n",
            s->identity, s->dir, s->peers);
    if (s->middle[0] != '\0') {
        fprintf(f, "#!define MIDDLE \"%s\"\n", s->middle);
    } else {
        fprintf(f, "#!define NO_MIDDLE 1\n");
    }
    fprintf(f,
            "#!define DISCLOSURE \"%s/disclosure.conf\"\n"
            "#!define LEARNED \"%s/state/learned\"\n"
            "#!define WITH_RPC 1\n"
            "#!define RPC_SOCKET \"unix:%s/ctl\"\n",
            s->dir, s->dir, s->run);
    if (s->module[0] != '\0') {
        fprintf(f, "#!define E2M_MODULE \"%s\"\n", s->module);
    }
    if (s->tls) {
        /* several TCP processes beside tls do not get on in Kamailio 5.6 */
        fprintf(f,
                "#!define TLS_CONFIG \"%s/tls.cfg\"\n"
                "#!define TCP_CHILDREN 1\n",
                s->dir);
    }
    return done(f, &text);
}

char *
text_start(const setup *s)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (f != NULL) {
        fprintf(f,
                "#!KAMAILIO\n"
                "# Written by e2m agent setup: this user's settings, then\n"
                "# what every agent does.\n"
                "include_file \"%s/agent.site.cfg\"\n"
                "include_file \"%s\"\n",
                s->dir, s->config);
    }
    return done(f, &text);
}

char *
text_tls(const setup *s)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (f != NULL) {
        /* The agent opens the connection and the provider answers on it. Its
         * own certificate is there because Kamailio will not start without. */
        fprintf(f,
                "# Written by e2m agent setup: the way to the provider.\n"
                "[server:default]\n"
                "method = TLSv1.2+\n"
                "verify_certificate = no\n"
                "require_certificate = no\n"
                "certificate = %s/tls.pem\n"
                "private_key = %s/tls.pem\n"
                "\n"
                "[client:default]\n"
                "method = TLSv1.2+\n"
                "verify_certificate = yes\n"
                "require_certificate = yes\n"
                "ca_list = %s\n",
                s->dir, s->dir, s->tls_ca);
    }
    return done(f, &text);
}

char *
text_policy(const setup *s)
{
    const size_t len = strcspn(s->middle, "=");
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    if (f != NULL) {
        fprintf(f,
                "# Whom the agent of %s may show what, when a proxy\n"
                "# demands it. What no rule allows is denied, and there is no\n"
                "# rule yet: nobody is shown anything%s%.*s.\n"
                "# A demand that was denied is in the log (e2m-not-learned).\n"
                "# e2m(1) has the format; `e2m policy check FILE` finds\n"
                "# mistakes. A rule looks like this:\n"
                "#\n"
                "#   { middle = \"ss1.example.com\";\n"
                "#     view = [ \"application/sdp\" ];\n"
                "#     withhold = [ \"keys\" ];\n"
                "#     verify = [ \"*\" ]; }\n"
                "rules = ( );\n",
                s->user, len > 0 ? " but\n# " : "", (int)len, s->middle);
    }
    return done(f, &text);
}

/* ---- the unit ------------------------------------------------------------ */

/* For whoever starts it; a user's own service manager can do these, too. */
static const char harden_all[] =
    "NoNewPrivileges=yes\n"
    "LockPersonality=yes\n"
    "MemoryDenyWriteExecute=yes\n"
    "RestrictRealtime=yes\n"
    "RestrictSUIDSGID=yes\n"
    "RestrictNamespaces=yes\n"
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK\n"
    "SystemCallArchitectures=native\n"
    "SystemCallFilter=@system-service\n"
    "UMask=0077\n"
    "LimitCORE=0\n";

static const char harden_system[] =
    "CapabilityBoundingSet=\n"
    "AmbientCapabilities=\n"
    "ProtectSystem=strict\n"
    "ProtectHome=read-only\n"
    "PrivateTmp=yes\n"
    "PrivateDevices=yes\n"
    "ProtectClock=yes\n"
    "ProtectHostname=yes\n"
    "ProtectControlGroups=yes\n"
    "ProtectKernelLogs=yes\n"
    "ProtectKernelModules=yes\n"
    "ProtectKernelTunables=yes\n"
    "ProtectProc=invisible\n";

char *
text_unit(const setup *s)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    if (f == NULL) {
        return NULL;
    }
    fprintf(f,
            "# Written by e2m agent setup.\n"
            "[Unit]\n"
            "Description=e2m agent of %s\n"
            "Wants=network-online.target\n"
            "After=network-online.target\n"
            "\n"
            "[Service]\n"
            "ExecStart=%s -f %s/agent.cfg -DD -E -x fm -X fm -m 32 -M 8"
            " -w %s -Y %s\n"
            "Restart=on-failure\n"
            "RestartSec=2\n",
            s->user, s->kamailio, s->dir, s->run, s->run);
    if (!s->own_run) {
        fprintf(f, "RuntimeDirectory=e2m-agent\nRuntimeDirectoryMode=0700\n");
    }
    if (s->as_root) {
        fprintf(f, "User=%s\n%sReadWritePaths=%s/state%s%s\n", s->owner,
                harden_system, s->dir, s->own_run ? " " : "",
                s->own_run ? s->run : "");
    }
    fprintf(f, "%s\n[Install]\nWantedBy=%s.target\n", harden_all,
            s->as_root ? "multi-user" : "default");
    return done(f, &text);
}

/* ---- the phone ----------------------------------------------------------- */

void
text_phone(const setup *s)
{
    printf("\nStart it:   systemctl%s enable --now %s/e2m-agent.service\n"
           "Then:       e2m agent doctor --dir %s\n"
           "            e2m agent status --dir %s\n"
           "\nIn the phone, any phone:\n"
           "  account           %s\n"
           "  registrar         %s (no password)\n"
           "  outbound proxy    sip:%s:%s, transport UDP, for everything\n"
           "  encryption        none in the phone; media as you like\n",
           s->as_root ? "" : " --user", s->dir, s->dir, s->dir, s->user,
           domain(s), s->phone.host, s->phone.port);
    printf("baresip (~/.baresip/accounts):\n"
           "  <%s;transport=udp>;auth_pass=none;regint=600;"
           "outbound=\"sip:%s:%s;transport=udp;lr\"\n",
           s->user, s->phone.host, s->phone.port);
    printf("Linphone (linphonerc):\n"
           "  [proxy_0]\n"
           "  reg_identity=<%s>\n"
           "  reg_proxy=<sip:%s:%s;transport=udp>\n"
           "  reg_route=<sip:%s:%s;transport=udp>\n"
           "  reg_sendregister=1\n",
           s->user, s->phone.host, s->phone.port, s->phone.host,
           s->phone.port);
}
