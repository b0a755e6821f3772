/* SPDX-License-Identifier: BSD-3-Clause */
/* The addresses: free or the agent's own; the provider: there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent.h"

/* "udp:ADDRESS:PORT" */
static bool
listen_hop(const char *text, hop *out)
{
    const size_t len = strcspn(text, ":");

    return text[len] == ':' && hop_read(text + len + 1, "", out);
}

static void
check_listen(doctor *d, const char *setting, int type, bool running)
{
    const char *text = site_get(d->site, setting);
    hop h;
    int why;

    if (!listen_hop(text, &h)) {
        doctor_wrong(d, setting, "not an address in agent.site.cfg",
                     "e2m agent setup --force writes it anew");
        return;
    }
    why = hop_listen(&h, type);
    if (why == EADDRINUSE && running) {
        doctor_ok(text, "the agent listens");
    } else if (why == EADDRINUSE) {
        doctor_wrong(d, text, "another program has this port",
                     "ss -lnptu says which; end it, or set the agent up with "
                     "another --phone or --listen");
    } else if (why == EADDRNOTAVAIL) {
        doctor_wrong(d, text, "this machine has no such address (any more)",
                     "set the agent up anew, with --force");
    } else if (why != 0) {
        doctor_wrong(d, text, strerror(why), "choose another port");
    } else if (running) {
        doctor_wrong(d, text, "the agent runs, and does not listen here",
                     "restart it: its settings were changed");
    } else {
        doctor_ok(text, "free");
    }
}

/* "sip:HOST:PORT;transport=tcp" */
static void
check_provider(doctor *d)
{
    const char *text = site_get(d->site, "PROVIDER");
    char place[AGENT_TEXT];
    hop h;
    int why;

    (void)snprintf(place, sizeof place, "%.*s", (int)strcspn(text, ";"), text);
    if (strncmp(place, "sip:", 4) != 0 || !hop_read(place + 4, "5060", &h)) {
        doctor_wrong(d, "PROVIDER", "not a proxy in agent.site.cfg",
                     "e2m agent setup --force writes it anew");
        return;
    }
    why = hop_connect(&h);
    if (why != 0) {
        doctor_wrong(d, place,
                     why == EHOSTUNREACH ? "the provider's name is unknown, or "
                                           "there is no way to it"
                                         : strerror(why),
                     "the provider's proxy cannot be reached: check name, port "
                     "and network");
    } else {
        doctor_ok(place, "the provider's proxy can be reached");
    }
}

void
doctor_net(doctor *d)
{
    char *answer = agent_rpc(d->site, "e2m.info");
    const bool running = answer != NULL;

    free(answer);
    check_listen(d, "PHONE_LISTEN", SOCK_DGRAM, running);
    check_listen(d, "NET_LISTEN", SOCK_STREAM, running);
    check_provider(d);
    if (running) {
        doctor_ok(site_get(d->site, "RPC_SOCKET"), "the agent is running");
    } else {
        doctor_note(site_get(d->site, "RPC_SOCKET"),
                    "the agent is not running; systemctl start e2m-agent "
                    "starts it");
    }
}
