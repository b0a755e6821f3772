/* SPDX-License-Identifier: BSD-3-Clause */
/* The disclosure policy, and what was learned under it: two files.
 *
 * Lessons are replaced by renaming, so that readers need no lock. Whoever wants
 * to change them locks the file itself, and looks again whether it still has
 * its name: if not, somebody was quicker, and the newer file is the one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "policy_file.h"

static int
fault_line(int code, const char *what, const char *name, unsigned line)
{
    char where[512];

    if (line == 0) {
        return fault(code, what, name, "e2m(1)");
    }
    (void)snprintf(where, sizeof where, "%.490s:%u", name, line);
    return fault(code, what, where, "e2m(1)");
}

int
policy_read(const char *name, int code, e2m_disclosure **out)
{
    e2m_bytes text;
    const int unread = file_read(name, &text);
    policy_fault f;
    e2m_err err;

    *out = NULL;
    if (unread != 0) {
        return unread;
    }
    err = policy_file_read(text, out, &f);
    file_free(&text);
    if (err == E2M_E_SYNTAX) {
        return fault_line(code, f.what, name, f.line);
    }
    return err == E2M_OK ? 0 : fault_err(err, "cannot read", name);
}

/* ---- lessons ------------------------------------------------------------- */

/* A file made for the lock's sake is empty: nothing learned yet. */
static int
take_text(const char *name, e2m_bytes text, const e2m *ctx, e2m_learned **out)
{
    unsigned line = 0;
    e2m_err err = e2m_learned_new(out, ctx);

    if (err == E2M_OK && text.len > 0) {
        err = e2m_learned_read(*out, text, &line);
    }
    if (err == E2M_E_SYNTAX) {
        return fault_line(EXIT_OWN, "not a lesson", name, line);
    }
    return err == E2M_OK ? 0 : fault_err(err, "cannot read", name);
}

static int
take_file(const char *name, int fd, const e2m *ctx, e2m_learned **out)
{
    struct stat st;
    e2m_bytes text;
    int code;

    if (fstat(fd, &st) != 0) {
        return fault(EXIT_OWN, "cannot read", name, strerror(errno));
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fault(EXIT_OWN, "others may read or write", name,
                     "a state file has mode 0600");
    }
    code = file_read_fd(fd, name, &text);
    if (code == 0) {
        code = take_text(name, text, ctx, out);
    }
    file_free(&text);
    return code;
}

int
lessons_read(const char *name, const e2m *ctx, e2m_learned **out)
{
    const int fd = open(name, O_RDONLY | O_CLOEXEC);
    int code;

    *out = NULL;
    if (fd < 0 && errno == ENOENT) {
        return take_text(name, (e2m_bytes){ NULL, 0 }, ctx, out);
    }
    if (fd < 0) {
        return fault(EXIT_OWN, "cannot read", name, strerror(errno));
    }
    code = take_file(name, fd, ctx, out);
    (void)close(fd);
    return code;
}

/* -1 with errno; else the locked file that has the name now. */
static int
open_locked(const char *name)
{
    for (;;) {
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        const int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        struct stat mine;
        struct stat named;
        int why = 0;

        if (fd < 0) {
            return -1;
        }
        if (fcntl(fd, F_SETLKW, &lock) != 0 || fstat(fd, &mine) != 0) {
            why = errno;
        } else if (stat(name, &named) == 0 && mine.st_dev == named.st_dev &&
                   mine.st_ino == named.st_ino) {
            return fd;
        }
        (void)close(fd);
        if (why != 0 && why != EINTR) {
            errno = why;
            return -1;
        }
    }
}

int
lessons_open(lessons *l, const char *name, const e2m *ctx)
{
    *l = (lessons){ .name = name, .fd = open_locked(name) };
    return l->fd < 0 ? fault(EXIT_OWN, "cannot open", name, strerror(errno))
                     : take_file(name, l->fd, ctx, &l->memory);
}

int
lessons_save(const lessons *l)
{
    e2m_bytes text;
    const e2m_err err = e2m_learned_text(l->memory, &text);

    return err == E2M_OK ? file_replace(l->name, text)
                         : fault_err(err, "cannot write", l->name);
}

void
lessons_close(lessons *l)
{
    e2m_learned_free(l->memory);
    l->memory = NULL;
    if (l->fd >= 0) {
        (void)close(l->fd); /* and the lock with it */
    }
    l->fd = -1;
}
