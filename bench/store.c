/* SPDX-License-Identifier: BSD-3-Clause */
/* The store of reused keys (src/api/keyring.c) in memory that processes share:
 * what a record takes, how many look-ups a second, how that grows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "bench.h"

enum { LOOKUPS = 400000 };

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

/* What one process finds. */
static size_t
look_up(e2m_keyring *ring, size_t records, unsigned seed)
{
    size_t all = 0;

    for (unsigned i = 0; i < LOOKUPS; i++) {
        uint8_t key[32];
        e2m_kept kept;
        bool found = false;

        key_of(((uint64_t)i * 7919 + seed) % records, key);
        if (e2m_keyring_get(ring, key, NOW, &kept, &found) != E2M_OK) {
            return 0;
        }
        all += found;
    }
    return all;
}

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Look-ups a second, by processes that share the store; *lost: the share that
 * is not found. */
static double
rate(e2m_keyring *ring, size_t records, unsigned processes, double *lost)
{
    size_t *const found = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const double start = seconds();
    size_t all = 0;
    double took;

    if (found == MAP_FAILED) {
        exit(1);
    }
    for (unsigned i = 0; i < processes; i++) {
        const pid_t pid = fork();

        if (pid < 0) {
            exit(1);
        }
        if (pid == 0) {
            found[i] = look_up(ring, records, i * 104729U);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    took = seconds() - start;
    for (unsigned i = 0; i < processes; i++) {
        all += found[i];
    }
    (void)munmap(found, 4096);
    *lost = 1.0 - (double)all / ((double)processes * LOOKUPS);
    return (double)processes * LOOKUPS / took;
}

static void
measure_size(size_t records, double *first)
{
    /* a table half full: neighbourhoods seldom run over */
    const size_t size = e2m_keyring_size(2 * records);
    void *const p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    e2m_keyring *ring;
    e2m_kept kept = { .reference_len = 16, .kek_len = 16, .uses = 100,
                      .until_sec = NOW + 3600 };
    double lost = 0;

    if (p == MAP_FAILED) {
        exit(1);
    }
    ring = e2m_keyring_init(p, 2 * records);
    for (size_t i = 0; i < records; i++) {
        uint8_t key[32];

        key_of(i, key);
        if (e2m_keyring_put(ring, key, &kept, NOW, false) != E2M_OK) {
            exit(1);
        }
    }
    printf("  %8zu records", records);
    fflush(stdout);
    for (unsigned n = 1; n <= 4; n *= 2) {
        const double r = rate(ring, records, n, &lost);

        if (n == 1 && *first <= 0) {
            *first = r;
        }
        printf("   %u: %5.2f M/s", n, r / 1e6);
        if (n == 1) {
            printf(" (%.2f x the smallest)", *first / r);
        }
        fflush(stdout);
    }
    printf("   %.4f %% forgotten\n", lost * 100);
    (void)munmap(p, size);
}

void
measure_store(void)
{
    double first = 0;

    printf("store of reused keys: %zu octets a record; look-ups by 1, 2, 4 "
           "processes\n", sizeof(e2m_kept) + 32 + 8);
    for (size_t records = 1000; records <= 1000000; records *= 10) {
        measure_size(records, &first);
    }
}
