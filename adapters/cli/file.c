/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { FILE_MOST = 16 << 20, FIRST = 16384 };

/* Grows by copying, so that no octet of a key stays behind in freed memory. */
static uint8_t *
grow(uint8_t *p, size_t len, size_t *cap)
{
    const size_t wanted = *cap == 0 ? FIRST : *cap * 2;
    uint8_t *bigger = malloc(wanted);

    if (bigger != NULL && p != NULL) {
        memcpy(bigger, p, len);
    }
    if (p != NULL) {
        explicit_bzero(p, *cap);
        free(p);
    }
    *cap = wanted;
    return bigger;
}

static int
read_all(int fd, e2m_bytes *out)
{
    size_t cap = 0;
    size_t len = 0;
    uint8_t *p = NULL;

    for (;;) {
        ssize_t n;

        if (len == cap) {
            p = grow(p, len, &cap);
            if (p == NULL) {
                return ENOMEM;
            }
        }
        n = read(fd, p + len, cap - len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 || len > FILE_MOST) {
            const int why = n < 0 ? errno : EFBIG;

            *out = (e2m_bytes){ p, cap };
            file_free(out);
            return why;
        }
        if (n == 0) {
            *out = (e2m_bytes){ p, len };
            return 0;
        }
        len += (size_t)n;
    }
}

int
file_read_fd(int fd, const char *name, e2m_bytes *out)
{
    int why;

    *out = (e2m_bytes){ NULL, 0 };
    why = read_all(fd, out);
    return why == 0 ? 0 : fault(EXIT_OWN, "cannot read", name, strerror(why));
}

int
file_read(const char *name, e2m_bytes *out)
{
    int code;
    int fd;

    if (strcmp(name, "-") == 0) {
        return file_read_fd(STDIN_FILENO, "standard input", out);
    }
    *out = (e2m_bytes){ NULL, 0 };
    fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fault(EXIT_OWN, "cannot read", name, strerror(errno));
    }
    code = file_read_fd(fd, name, out);
    (void)close(fd);
    return code;
}

void
file_free(e2m_bytes *file)
{
    uint8_t *p = (uint8_t *)(uintptr_t)file->data;

    if (p != NULL) {
        explicit_bzero(p, file->len);
        free(p);
    }
    *file = (e2m_bytes){ NULL, 0 };
}

int
file_first_line(const char *name, e2m_bytes *out)
{
    e2m_bytes file;
    uint8_t *p;
    size_t len = 0;
    const int code = file_read(name, &file);

    *out = (e2m_bytes){ NULL, 0 };
    if (code != 0) {
        return code;
    }
    while (len < file.len && file.data[len] != '\n' && file.data[len] != '\r' &&
           file.data[len] != '\0') {
        len++;
    }
    p = malloc(len + 1);
    if (p != NULL) {
        if (len > 0) {
            memcpy(p, file.data, len);
        }
        p[len] = '\0';
        *out = (e2m_bytes){ p, len + 1 };
    }
    file_free(&file);
    return p != NULL ? 0 : fault_err(E2M_E_NOMEM, "cannot read", name);
}

static int
write_all(int fd, e2m_bytes text)
{
    for (size_t at = 0; at < text.len;) {
        const ssize_t n = write(fd, text.data + at, text.len - at);

        if (n < 0 && errno != EINTR) {
            return errno;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int
file_write_new(const char *name, unsigned mode, const e2m_bytes *pieces,
               size_t num)
{
    const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                        (mode_t)mode);
    int why = fd < 0 ? errno : 0;

    for (size_t i = 0; i < num && why == 0; i++) {
        why = write_all(fd, pieces[i]);
    }
    if (fd >= 0 && close(fd) != 0 && why == 0) {
        why = errno;
    }
    if (why == 0) {
        return 0;
    }
    if (fd >= 0) {
        (void)unlink(name);
    }
    return fault(EXIT_OWN,
                 why == EEXIST ? "will not overwrite" : "cannot write", name,
                 strerror(why));
}

int
file_write(const char *name, e2m_bytes text)
{
    const bool output = strcmp(name, "-") == 0;
    const int fd = output ? STDOUT_FILENO
                          : open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                 0600);
    int why = fd < 0 ? errno : write_all(fd, text);

    if (!output && fd >= 0 && close(fd) != 0 && why == 0) {
        why = errno;
    }
    return why == 0 ? 0
                    : fault(EXIT_OWN, "cannot write",
                            output ? "standard output" : name, strerror(why));
}

/* The new text is on the disk before it has the name, so that whoever reads
 * finds the old file or the new one, whole, whatever happens. */
int
file_replace(const char *name, e2m_bytes text)
{
    static const char end[] = ".XXXXXX";
    const size_t len = strlen(name);
    char *beside = malloc(len + sizeof end);
    int why = ENOMEM;
    int fd;

    if (beside == NULL) {
        return fault_err(E2M_E_NOMEM, "cannot write", name);
    }
    memcpy(beside, name, len);
    memcpy(beside + len, end, sizeof end);
    fd = mkstemp(beside); /* mode 0600 */
    if (fd < 0) {
        why = errno;
    } else {
        why = write_all(fd, text);
        if (why == 0 && fsync(fd) != 0) {
            why = errno;
        }
        if (close(fd) != 0 && why == 0) {
            why = errno;
        }
        if (why == 0 && rename(beside, name) != 0) {
            why = errno;
        }
        if (why != 0) {
            (void)unlink(beside);
        }
    }
    free(beside);
    return why == 0 ? 0 : fault(EXIT_OWN, "cannot write", name, strerror(why));
}
