/* SPDX-License-Identifier: BSD-3-Clause */
/* A replay memory in a file: records of 40 octets, a key of 32 and the second
 * (big endian) until which it stands. One process at a time looks (a lock on
 * the whole file); a record out of its time is written over. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { KEY = 32, RECORD = 40, RECORDS_MOST = 65536 };

struct seen {
    int fd;
};

static int64_t
get_until(const uint8_t *record)
{
    uint64_t v = 0;

    for (int i = KEY; i < RECORD; i++) {
        v = v << 8 | record[i];
    }
    return (int64_t)v;
}

static bool
put_record(int fd, size_t at, const uint8_t *key, int64_t until)
{
    uint8_t record[RECORD];

    memcpy(record, key, KEY);
    for (int i = 0; i < 8; i++) {
        record[KEY + i] = (uint8_t)((uint64_t)until >> (56 - 8 * i));
    }
    return pwrite(fd, record, RECORD, (off_t)(at * RECORD)) == RECORD;
}

/* *free_at: the first record out of its time, or the end. */
static bool
look(int fd, const uint8_t *key, int64_t now_sec, size_t *free_at)
{
    uint8_t record[RECORD];
    bool have = false;
    size_t i;

    for (i = 0; pread(fd, record, RECORD, (off_t)(i * RECORD)) == RECORD; i++) {
        const bool expired = get_until(record) < now_sec;

        if (!expired && memcmp(record, key, KEY) == 0) {
            return true;
        }
        if (expired && !have) {
            *free_at = i;
            have = true;
        }
    }
    if (!have) {
        *free_at = i;
    }
    return false;
}

static e2m_err
seen(void *user, const uint8_t key[32], int64_t now_sec, int64_t until_sec,
     bool *known)
{
    const struct seen *s = user;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    size_t at = 0;
    e2m_err err = E2M_OK;

    *known = true; /* the closed answer */
    if (fcntl(s->fd, F_SETLKW, &lock) != 0) {
        return E2M_E_LIMIT;
    }
    *known = look(s->fd, key, now_sec, &at);
    if (!*known && (at >= RECORDS_MOST ||
                    !put_record(s->fd, at, key, until_sec))) {
        err = E2M_E_LIMIT;
    }
    lock.l_type = F_UNLCK;
    (void)fcntl(s->fd, F_SETLK, &lock);
    return err;
}

int
seen_open(struct seen **out, const char *name, e2m_replay *hooks)
{
    struct seen *s = malloc(sizeof *s);

    *out = s;
    if (s == NULL) {
        return fault_err(E2M_E_NOMEM, "cannot open", name);
    }
    s->fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->fd < 0) {
        return fault(EXIT_OWN, "cannot open", name, strerror(errno));
    }
    *hooks = (e2m_replay){ seen, s };
    return 0;
}

void
seen_close(struct seen *s)
{
    if (s != NULL && s->fd >= 0) {
        (void)close(s->fd);
    }
    free(s);
}
