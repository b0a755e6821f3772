/* SPDX-License-Identifier: BSD-3-Clause */
#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
records_open(records *r, const char *name, size_t size)
{
    struct stat st;

    r->size = size;
    r->fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (r->fd < 0 || fstat(r->fd, &st) != 0) {
        return fault(EXIT_OWN, "cannot open", name, strerror(errno));
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return fault(EXIT_OWN, "others may read or write", name,
                     "a state file has mode 0600");
    }
    return 0;
}

void
records_close(records *r)
{
    if (r->fd >= 0) {
        (void)close(r->fd);
    }
    r->fd = -1;
}

bool
records_lock(const records *r)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(r->fd, F_SETLKW, &lock) == 0;
}

void
records_unlock(const records *r)
{
    struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

    (void)fcntl(r->fd, F_SETLK, &lock);
}

bool
records_get(const records *r, size_t at, uint8_t *out)
{
    return pread(r->fd, out, r->size, (off_t)(at * r->size)) ==
           (ssize_t)r->size;
}

bool
records_put(const records *r, size_t at, const uint8_t *record)
{
    return at < RECORDS_MOST &&
           pwrite(r->fd, record, r->size, (off_t)(at * r->size)) ==
               (ssize_t)r->size;
}

void
put_be64(uint8_t out[8], uint64_t v)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(v >> (56 - 8 * i));
    }
}

uint64_t
get_be64(const uint8_t in[8])
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++) {
        v = v << 8 | in[i];
    }
    return v;
}
