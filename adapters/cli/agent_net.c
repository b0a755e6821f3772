/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses, and whether one can listen or connect there. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"

enum { CONNECT_MS = 3000 };

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT" */
bool
hop_read(const char *text, const char *port, hop *out)
{
    const size_t bracket = text[0] == '[' ? strcspn(text, "]") : 0;
    const size_t len = bracket + strcspn(text + bracket, ":");
    const char *more = text[len] == ':' ? text + len + 1 : port;

    if (len == 0 || len >= sizeof out->host || !agent_plain(text) ||
        text[strcspn(text, ";@/,")] != '\0' || more[0] == '\0' ||
        strlen(more) > 5 || more[strspn(more, "0123456789")] != '\0') {
        return false;
    }
    memcpy(out->host, text, len);
    out->host[len] = '\0';
    (void)snprintf(out->port, sizeof out->port, "%s", more);
    return true;
}

/* The resolver wants an IPv6 address without its brackets. */
static struct addrinfo *
resolve(const hop *h, int type, int flags)
{
    const struct addrinfo want = { .ai_socktype = type, .ai_flags = flags };
    struct addrinfo *found = NULL;
    char host[AGENT_HOST];
    const size_t len = strlen(h->host);

    if (h->host[0] == '[' && len > 2) {
        memcpy(host, h->host + 1, len - 2);
        host[len - 2] = '\0';
    } else {
        memcpy(host, h->host, len + 1);
    }
    return getaddrinfo(host, h->port, &want, &found) == 0 ? found : NULL;
}

bool
hop_towards(const hop *far, char out[AGENT_HOST])
{
    struct addrinfo *to = resolve(far, SOCK_DGRAM, AI_NUMERICSERV);
    struct sockaddr_storage own;
    socklen_t len = sizeof own;
    char name[AGENT_HOST - 2] = "";
    bool ok = false;
    int fd = -1;

    if (to != NULL) {
        fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    }
    /* a datagram socket sends nothing by being connected */
    if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) == 0 &&
        getsockname(fd, (struct sockaddr *)&own, &len) == 0) {
        ok = getnameinfo((struct sockaddr *)&own, len, name, sizeof name, NULL,
                         0, NI_NUMERICHOST) == 0;
    }
    if (ok) {
        (void)snprintf(out, AGENT_HOST,
                       own.ss_family == AF_INET6 ? "[%s]" : "%s", name);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (to != NULL) {
        freeaddrinfo(to);
    }
    return ok;
}

int
hop_listen(const hop *h, int type)
{
    struct addrinfo *at = resolve(h, type, AI_NUMERICSERV | AI_PASSIVE);
    const int on = 1;
    int why = 0;
    int fd;

    if (at == NULL) {
        return EADDRNOTAVAIL;
    }
    fd = socket(at->ai_family, type | SOCK_CLOEXEC, 0);
    /* as Kamailio does: connections that just ended are in nobody's way */
    if (fd < 0 ||
        (type == SOCK_STREAM &&
         setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) ||
        bind(fd, at->ai_addr, at->ai_addrlen) != 0 ||
        (type == SOCK_STREAM && listen(fd, 1) != 0)) {
        why = errno;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    freeaddrinfo(at);
    return why;
}

static int
connect_within(int fd, const struct addrinfo *to)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };
    int why = 0;
    socklen_t len = sizeof why;

    if (connect(fd, to->ai_addr, to->ai_addrlen) == 0) {
        return 0;
    }
    if (errno != EINPROGRESS) {
        return errno;
    }
    if (poll(&ready, 1, CONNECT_MS) <= 0) {
        return ETIMEDOUT;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) == 0 ? why : errno;
}

int
hop_connect(const hop *h)
{
    struct addrinfo *to = resolve(h, SOCK_STREAM, AI_NUMERICSERV);
    int why = EHOSTUNREACH;

    for (const struct addrinfo *a = to; a != NULL && why != 0; a = a->ai_next) {
        const int fd = socket(a->ai_family,
                              SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        why = fd >= 0 ? connect_within(fd, a) : errno;
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    if (to != NULL) {
        freeaddrinfo(to);
    }
    return why;
}
