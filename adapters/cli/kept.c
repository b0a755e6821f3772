/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys kept for reuse, in a file of e2m_kept_write's records. What ran out
 * stays until its time, without its key. */
#include <stdlib.h>
#include <string.h>

#include "records.h"

struct kept {
    records file;
};

/* The place of `key` with its record, or where one may be put. */
static bool
look(const records *r, const uint8_t key[32], int64_t now_sec,
     e2m_kept *out, size_t *at)
{
    uint8_t record[E2M_KEPT_OCTETS];
    uint8_t its_key[32];
    bool have = false;
    bool found = false;
    size_t i;

    for (i = 0; !found && records_get(r, i, record); i++) {
        const bool live = e2m_kept_read(record, its_key, out) &&
                          out->until_sec > now_sec;

        found = live && memcmp(its_key, key, 32) == 0;
        if (found || (!live && !have)) {
            *at = i;
            have = true;
        }
    }
    if (!have) {
        *at = i;
    }
    explicit_bzero(record, sizeof record);
    return found;
}

static bool
put_at(const records *r, size_t at, const uint8_t key[32],
       const e2m_kept *kept)
{
    uint8_t record[E2M_KEPT_OCTETS];
    bool good;

    e2m_kept_write(key, kept, record);
    good = records_put(r, at, record);
    explicit_bzero(record, sizeof record);
    return good;
}

static e2m_err
put(void *user, const uint8_t key[32], const e2m_kept *kept, int64_t now_sec,
    bool replace)
{
    const struct kept *k = user;
    e2m_kept old;
    size_t at = 0;
    bool good = true;

    if (!records_lock(&k->file)) {
        return E2M_E_LIMIT;
    }
    if (!look(&k->file, key, now_sec, &old, &at) || replace) {
        good = put_at(&k->file, at, key, kept);
    }
    records_unlock(&k->file);
    explicit_bzero(&old, sizeof old);
    return good ? E2M_OK : E2M_E_LIMIT;
}

static e2m_err
get(void *user, const uint8_t key[32], int64_t now_sec, e2m_kept *out,
    bool *found)
{
    const struct kept *k = user;
    size_t at = 0;

    *found = false;
    if (!records_lock(&k->file)) {
        return E2M_E_LIMIT;
    }
    *found = look(&k->file, key, now_sec, out, &at) && out->uses > 0;
    records_unlock(&k->file);
    return E2M_OK;
}

static e2m_err
use(void *user, const uint8_t key[32], int64_t now_sec, bool *left)
{
    const struct kept *k = user;
    size_t at = 0;
    e2m_kept now;
    e2m_err err = E2M_OK;

    *left = false;
    if (!records_lock(&k->file)) {
        return E2M_E_LIMIT;
    }
    if (look(&k->file, key, now_sec, &now, &at) && now.uses > 0) {
        now.uses--;
        if (now.uses == 0) {
            explicit_bzero(now.kek, sizeof now.kek);
        }
        *left = put_at(&k->file, at, key, &now);
        err = *left ? E2M_OK : E2M_E_LIMIT;
    }
    records_unlock(&k->file);
    explicit_bzero(&now, sizeof now);
    return err;
}

int
kept_open(struct kept **out, const char *name, e2m_keys *hooks)
{
    struct kept *k = calloc(1, sizeof *k);

    *out = k;
    if (k == NULL) {
        return fault_err(E2M_E_NOMEM, "cannot open", name);
    }
    *hooks = (e2m_keys){ put, get, use, k };
    return records_open(&k->file, name, E2M_KEPT_OCTETS);
}

void
kept_close(struct kept *k)
{
    if (k != NULL) {
        records_close(&k->file);
    }
    free(k);
}
