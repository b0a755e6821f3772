/* SPDX-License-Identifier: BSD-3-Clause */
/* The store of reused keys (src/api/keyring.c): what a record takes, how many
 * look-ups a second, how that grows. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api.h"
#include "bench.h"

enum { NOW = 1795000000, LOOKUPS = 400000 };

/* The n-th key: as even as the hashes that stand there. */
static void
key_of(uint64_t n, uint8_t out[32])
{
    uint64_t x = n + 1;

    for (int i = 0; i < 4; i++) { /* splitmix64 */
        uint64_t z = x += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        z ^= z >> 31;
        memcpy(out + 8 * i, &z, 8);
    }
}

typedef struct job {
    e2m_keyring *ring;
    size_t records;
    unsigned seed;
    size_t found;
} job;

static void *
look_up(void *arg)
{
    job *j = arg;

    for (unsigned i = 0; i < LOOKUPS; i++) {
        uint8_t key[32];
        e2m_kept kept;
        bool found = false;

        key_of(((uint64_t)i * 7919 + j->seed) % j->records, key);
        if (e2m_keyring_get(j->ring, key, NOW, &kept, &found) != E2M_OK) {
            return NULL;
        }
        j->found += found;
    }
    return NULL;
}

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Look-ups a second, by `threads` at once; *lost: the share not found. */
static double
rate(e2m_keyring *ring, size_t records, unsigned threads, double *lost)
{
    pthread_t ids[8];
    job jobs[8];
    const double start = seconds();
    size_t found = 0;
    double took;

    for (unsigned i = 0; i < threads; i++) {
        jobs[i] = (job){ ring, records, i * 104729U, 0 };
        if (pthread_create(&ids[i], NULL, look_up, &jobs[i]) != 0) {
            exit(1);
        }
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        found += jobs[i].found;
    }
    took = seconds() - start;
    *lost = 1.0 - (double)found / ((double)threads * LOOKUPS);
    return (double)threads * LOOKUPS / took;
}

static void
measure_size(size_t records, double *first)
{
    e2m_keyring *ring = NULL;
    e2m_kept kept = { .reference_len = 16, .kek_len = 16, .uses = 100,
                      .until_sec = NOW + 3600 };
    double lost = 0;

    /* a table half full: neighbourhoods seldom run over */
    if (e2m_keyring_new(2 * records, &ring) != E2M_OK) {
        exit(1);
    }
    for (size_t i = 0; i < records; i++) {
        uint8_t key[32];

        key_of(i, key);
        if (e2m_keyring_put(ring, key, &kept, NOW, false) != E2M_OK) {
            exit(1);
        }
    }
    printf("  %8zu records", records);
    for (unsigned threads = 1; threads <= 4; threads *= 2) {
        const double r = rate(ring, records, threads, &lost);

        if (threads == 1 && *first <= 0) {
            *first = r;
        }
        printf("   %u: %5.2f M/s", threads, r / 1e6);
        if (threads == 1) {
            printf(" (%.2f x the smallest)", *first / r);
        }
    }
    printf("   %.4f %% forgotten\n", lost * 100);
    e2m_keyring_free(ring);
}

void
measure_store(void)
{
    double first = 0;

    printf("store of reused keys: %zu octets a record; look-ups by 1, 2, 4 "
           "threads\n", sizeof(e2m_kept) + 32 + 8);
    for (size_t records = 1000; records <= 1000000; records *= 10) {
        measure_size(records, &first);
    }
}
