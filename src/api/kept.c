/* SPDX-License-Identifier: BSD-3-Clause */
/* A kept key as octets:
 *
 *   key 32 · until 8 · uses 4 · flags 1 · lengths of reference, kek 1 + 1
 *   · reference 64 · kek 32 · dialog 32 · label 192 · zeros
 *
 * in this order, numbers big endian; flag 1: the far end holds it too. */
#include "api/api.h"

enum {
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

static void
put_be(uint8_t *out, uint64_t v, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(v >> 8 * (len - 1 - i));
    }
}

static uint64_t
get_be(const uint8_t *in, size_t len)
{
    uint64_t v = 0;

    for (size_t i = 0; i < len; i++) {
        v = v << 8 | in[i];
    }
    return v;
}

/* Octet by octet: gcc 12 under sanitizers sees no end of the arrays. */
static void
copy(void *to, const void *from, size_t len)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    for (size_t i = 0; i < len; i++) {
        out[i] = in[i];
    }
}

void
e2m_kept_write(const uint8_t key[32], const e2m_kept *kept,
               uint8_t out[E2M_KEPT_OCTETS])
{
    memset(out, 0, E2M_KEPT_OCTETS);
    copy(out, key, 32);
    put_be(out + UNTIL, (uint64_t)kept->until_sec, 8);
    put_be(out + USES, kept->uses, 4);
    out[FLAGS] = kept->shared;
    out[REFERENCE_LEN] = (uint8_t)kept->reference_len;
    out[KEK_LEN] = (uint8_t)kept->kek_len;
    copy(out + REFERENCE, kept->reference, sizeof kept->reference);
    copy(out + KEK, kept->kek, sizeof kept->kek);
    copy(out + DIALOG, kept->dialog, sizeof kept->dialog);
    copy(out + LABEL, kept->label, sizeof kept->label);
}

bool
e2m_kept_read(const uint8_t in[E2M_KEPT_OCTETS], uint8_t key[32],
              e2m_kept *kept)
{
    const uint64_t until = get_be(in + UNTIL, 8);

    *kept = (e2m_kept){ .until_sec = (int64_t)until,
                        .uses = (uint32_t)get_be(in + USES, 4),
                        .shared = in[FLAGS] != 0,
                        .reference_len = in[REFERENCE_LEN],
                        .kek_len = in[KEK_LEN] };
    copy(key, in, 32);
    copy(kept->reference, in + REFERENCE, sizeof kept->reference);
    copy(kept->kek, in + KEK, sizeof kept->kek);
    copy(kept->dialog, in + DIALOG, sizeof kept->dialog);
    copy(kept->label, in + LABEL, sizeof kept->label);
    return until <= INT64_MAX && in[FLAGS] <= 1 &&
           kept->reference_len <= sizeof kept->reference &&
           kept->kek_len <= sizeof kept->kek &&
           kept->label[sizeof kept->label - 1] == '\0';
}
