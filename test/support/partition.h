/* SPDX-License-Identifier: BSD-3-Clause */
/* The partition attack on AES-GCM, for real: one ciphertext, one nonce and one
 * tag that open under two keys to two texts. GCM does not commit to its key:
 * the tag is linear in the ciphertext, so one free block can be solved for such
 * that both keys give the same tag (WIRE.md 1 says what we do about it). */
#ifndef E2M_TEST_PARTITION_H
#define E2M_TEST_PARTITION_H

#include "cms/cms.h"

enum { PARTITION_MAX = 4096 };

typedef struct partition {
    e2m_secret key[2]; /* 16 octets each */
    uint8_t nonce[12];
    uint8_t sealed[PARTITION_MAX];
    size_t len;
    uint8_t tag[16];
} partition;

/* Under key[0] the content begins with `first` (an entity, MIME header and
 * all), and what follows is noise. Under key[1] it begins with CRLF, an empty
 * MIME header, then noise, and ends with `second`. */
void partition_make(partition *p, e2m_bytes first, e2m_bytes second);

/* Which commitment the envelope carries. */
typedef enum partition_commit {
    PARTITION_NONE, PARTITION_FIRST, PARTITION_SECOND
} partition_commit;

/* An AuthEnvelopedData of it: reader[0] is given key[0], reader[1] key[1]. */
E2M_MUST e2m_err partition_envelope(e2m_env *env, e2m_crypto *c,
                                    const partition *p,
                                    const e2m_cert *const reader[2],
                                    partition_commit commit,
                                    e2m_bytes *out);

#endif
