/* SPDX-License-Identifier: BSD-3-Clause */
/* Other programs, without a shell. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

enum { OUTPUT_MOST = 1 << 20, RUN_SECONDS = 10 };

/* Kamailio's programs are root's, and often not in a user's PATH. */
bool
agent_find(const char *name, char out[AGENT_PATH])
{
    static const char *const dirs[] = { "/usr/local/sbin", "/usr/local/bin",
                                        "/usr/sbin", "/usr/bin", "/sbin",
                                        "/bin" };

    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        if (agent_join(out, dirs[i], name) == 0 && access(out, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* Of root alone, and for good. */
static bool
give_up_root(const struct stat *as)
{
    return as == NULL || geteuid() != 0 ||
           (setgroups(0, NULL) == 0 && setgid(as->st_gid) == 0 &&
            setuid(as->st_uid) == 0);
}

static void
become(const char *const *argv, const struct stat *as, int out)
{
    const int nothing = open("/dev/null", O_RDONLY);

    if (give_up_root(as) && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
        dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0) {
        /* execv changes none of them */
        (void)execv(argv[0], (char *const *)(uintptr_t)argv);
    }
    _exit(127);
}

/* All that comes until the end of file; false when it is late. What is more
 * than fits is read and dropped, so that the writer can end. */
static bool
listen_to(int fd, char *text)
{
    const time_t end = time(NULL) + RUN_SECONDS;
    size_t len = 0;

    for (;;) {
        struct pollfd ready = { .fd = fd, .events = POLLIN };
        const time_t now = time(NULL);
        char piece[2048];
        ssize_t n;

        if (now > end || poll(&ready, 1, (int)(end - now + 1) * 1000) == 0) {
            return false;
        }
        n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            text[len] = '\0';
            return n == 0;
        }
        if ((size_t)n < (size_t)OUTPUT_MOST - len) {
            memcpy(text + len, piece, (size_t)n);
            len += (size_t)n;
        }
    }
}

bool
agent_run(const char *const *argv, const struct stat *as, char **out_text,
          int *out_code)
{
    char *text = calloc(1, OUTPUT_MOST);
    int ends[2] = { -1, -1 };
    bool ok = false;
    int status = -1;
    pid_t pid = -1;

    *out_text = NULL;
    if (text != NULL && pipe(ends) == 0) {
        pid = fork();
    }
    if (pid == 0) {
        (void)close(ends[0]);
        become(argv, as, ends[1]);
    }
    if (ends[1] >= 0) {
        (void)close(ends[1]);
    }
    if (pid > 0) {
        ok = listen_to(ends[0], text);
        if (!ok) {
            (void)kill(pid, SIGKILL);
        }
        ok = waitpid(pid, &status, 0) == pid && ok && WIFEXITED(status);
    }
    if (ends[0] >= 0) {
        (void)close(ends[0]);
    }
    if (!ok) {
        free(text);
        return false;
    }
    *out_text = text;
    *out_code = WEXITSTATUS(status);
    return true;
}

char *
agent_rpc(const site *s, const char *method)
{
    char kamcmd[AGENT_PATH];
    const char *const argv[] = { kamcmd, "-s", site_get(s, "RPC_SOCKET"),
                                 method, NULL };
    char *text;
    int code;

    if (argv[2][0] == '\0' || !agent_find("kamcmd", kamcmd) ||
        !agent_run(argv, NULL, &text, &code)) {
        return NULL;
    }
    if (code != 0) {
        free(text);
        return NULL;
    }
    return text;
}
