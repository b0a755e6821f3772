/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys kept for reuse, in a file: records of 384 octets,
 *
 *   key 32 · until 8 · uses 4 · flags 1 · lengths of reference, kek 1 + 1
 *   · reference 64 · kek 32 · dialog 32 · label 192 · zeros
 *
 * in this order, numbers big endian; flag 1: the far end holds it too. What ran
 * out stays until its time, without its key. */
#include <stdlib.h>
#include <string.h>

#include "records.h"

enum {
    RECORD = 384,
    UNTIL = 32,
    USES = 40,
    FLAGS = 44,
    REFERENCE_LEN = 45,
    KEK_LEN = 46,
    REFERENCE = 47,
    KEK = 111,
    DIALOG = 143,
    LABEL = 175
};

struct kept {
    records file;
};

static void
write_record(uint8_t out[RECORD], const uint8_t key[32], const e2m_kept *k)
{
    uint8_t uses[8];

    memset(out, 0, RECORD);
    memcpy(out, key, 32);
    put_be64(out + UNTIL, (uint64_t)k->until_sec);
    put_be64(uses, k->uses);
    memcpy(out + USES, uses + 4, 4);
    out[FLAGS] = k->shared;
    out[REFERENCE_LEN] = (uint8_t)k->reference_len;
    out[KEK_LEN] = (uint8_t)k->kek_len;
    memcpy(out + REFERENCE, k->reference, sizeof k->reference);
    memcpy(out + KEK, k->kek, sizeof k->kek);
    memcpy(out + DIALOG, k->dialog, sizeof k->dialog);
    memcpy(out + LABEL, k->label, sizeof k->label);
}

static uint32_t
uses_of(const uint8_t record[RECORD])
{
    uint8_t wide[8] = { 0 };

    memcpy(wide + 4, record + USES, 4);
    return (uint32_t)get_be64(wide);
}

static void
read_record(const uint8_t in[RECORD], e2m_kept *k)
{
    *k = (e2m_kept){ .until_sec = (int64_t)get_be64(in + UNTIL),
                     .uses = uses_of(in),
                     .shared = in[FLAGS] != 0,
                     .reference_len = in[REFERENCE_LEN] <= 64
                                          ? in[REFERENCE_LEN] : 0,
                     .kek_len = in[KEK_LEN] <= 32 ? in[KEK_LEN] : 0 };
    memcpy(k->reference, in + REFERENCE, sizeof k->reference);
    memcpy(k->kek, in + KEK, sizeof k->kek);
    memcpy(k->dialog, in + DIALOG, sizeof k->dialog);
    memcpy(k->label, in + LABEL, sizeof k->label - 1);
}

/* The place of `key` with its record, or where one may be put. */
static bool
look(const records *r, const uint8_t key[32], int64_t now_sec,
     uint8_t record[RECORD], size_t *at)
{
    bool have = false;
    size_t i;

    for (i = 0; records_get(r, i, record); i++) {
        const bool live = (int64_t)get_be64(record + UNTIL) > now_sec;

        if (live && memcmp(record, key, 32) == 0) {
            *at = i;
            return true;
        }
        if (!live && !have) {
            *at = i;
            have = true;
        }
    }
    if (!have) {
        *at = i;
    }
    return false;
}

static e2m_err
put(void *user, const uint8_t key[32], const e2m_kept *kept, int64_t now_sec,
    bool replace)
{
    const struct kept *k = user;
    uint8_t record[RECORD];
    size_t at = 0;
    bool good = true;

    if (!records_lock(&k->file)) {
        return E2M_E_LIMIT;
    }
    if (!look(&k->file, key, now_sec, record, &at) || replace) {
        write_record(record, key, kept);
        good = records_put(&k->file, at, record);
    }
    records_unlock(&k->file);
    explicit_bzero(record, sizeof record);
    return good ? E2M_OK : E2M_E_LIMIT;
}

static e2m_err
get(void *user, const uint8_t key[32], int64_t now_sec, e2m_kept *out,
    bool *found)
{
    const struct kept *k = user;
    uint8_t record[RECORD];
    size_t at = 0;

    *found = false;
    if (!records_lock(&k->file)) {
        return E2M_E_LIMIT;
    }
    *found = look(&k->file, key, now_sec, record, &at) && uses_of(record) > 0;
    if (*found) {
        read_record(record, out);
    }
    records_unlock(&k->file);
    explicit_bzero(record, sizeof record);
    return E2M_OK;
}

static e2m_err
use(void *user, const uint8_t key[32], int64_t now_sec, bool *left)
{
    const struct kept *k = user;
    uint8_t record[RECORD];
    size_t at = 0;
    e2m_kept now;
    e2m_err err = E2M_OK;

    *left = false;
    if (!records_lock(&k->file)) {
        return E2M_E_LIMIT;
    }
    if (look(&k->file, key, now_sec, record, &at) && uses_of(record) > 0) {
        read_record(record, &now);
        now.uses--;
        if (now.uses == 0) {
            explicit_bzero(now.kek, sizeof now.kek);
        }
        write_record(record, key, &now);
        *left = records_put(&k->file, at, record);
        err = *left ? E2M_OK : E2M_E_LIMIT;
        explicit_bzero(&now, sizeof now);
    }
    records_unlock(&k->file);
    explicit_bzero(record, sizeof record);
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
    return records_open(&k->file, name, RECORD);
}

void
kept_close(struct kept *k)
{
    if (k != NULL) {
        records_close(&k->file);
    }
    free(k);
}
