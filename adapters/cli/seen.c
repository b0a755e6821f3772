/* SPDX-License-Identifier: BSD-3-Clause */
/* A replay memory in a file: records of 40 octets, a key of 32 and the second
 * until which it stands. A record out of its time is written over. */
#include <stdlib.h>
#include <string.h>

#include "records.h"

enum { KEY = 32, RECORD = 40 };

struct seen {
    records file;
};

/* *free_at: the first record out of its time, or the end. */
static bool
look(const records *r, const uint8_t *key, int64_t now_sec, size_t *free_at)
{
    uint8_t record[RECORD];
    bool have = false;
    size_t i;

    for (i = 0; records_get(r, i, record); i++) {
        const bool expired = (int64_t)get_be64(record + KEY) < now_sec;

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
    uint8_t record[RECORD];
    size_t at = 0;
    bool kept = true;

    *known = true; /* the closed answer */
    if (!records_lock(&s->file)) {
        return E2M_E_LIMIT;
    }
    *known = look(&s->file, key, now_sec, &at);
    if (!*known) {
        memcpy(record, key, KEY);
        put_be64(record + KEY, (uint64_t)until_sec);
        kept = records_put(&s->file, at, record);
    }
    records_unlock(&s->file);
    return kept ? E2M_OK : E2M_E_LIMIT;
}

int
seen_open(struct seen **out, const char *name, e2m_replay *hooks)
{
    struct seen *s = calloc(1, sizeof *s);

    *out = s;
    if (s == NULL) {
        return fault_err(E2M_E_NOMEM, "cannot open", name);
    }
    *hooks = (e2m_replay){ seen, s };
    return records_open(&s->file, name, RECORD);
}

void
seen_close(struct seen *s)
{
    if (s != NULL) {
        records_close(&s->file);
    }
    free(s);
}
