/* SPDX-License-Identifier: BSD-3-Clause */
/* What each target is to libFuzzer, and to replay_main.c. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <e2m/types.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any answer will do. */
static inline void
whatever(e2m_err err)
{
    (void)err;
}

/* A broken promise of ours is a finding like a crash. */
#define MUST(condition)                                                      \
    do {                                                                     \
        if (!(condition)) {                                                  \
            abort();                                                         \
        }                                                                    \
    } while (0)

#endif
