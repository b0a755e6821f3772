/* SPDX-License-Identifier: BSD-3-Clause */
#include "memscan.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { PIECE = 8, CHUNK = 1 << 16, REGION_MOST = 1 << 28 };

/* The compiler may not unmask ahead. */
static const volatile uint64_t mask = 0x9e3779b97f4a7c15;
static uint8_t chunk[CHUNK + PIECE]; /* is not searched itself */

static uint64_t
load(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return v ^ mask;
}

static void
add(memscan *m, const char *name, const uint8_t piece[PIECE])
{
    if (m->num < MEMSCAN_MOST) {
        m->masked[m->num] = load(piece);
        m->name[m->num++] = name;
    }
}

/* Apart, so that what the compiler spills of a secret lies in one frame. */
static __attribute__((noinline)) void
note(memscan *m, const char *name, e2m_bytes secret)
{
    uint8_t turned[2][PIECE];

    for (size_t at = 0; at + PIECE <= secret.len; at += PIECE) {
        for (size_t i = 0; i < PIECE; i++) {
            turned[0][i] = secret.data[at + PIECE - 1 - i];
            turned[1][i] = secret.data[at + (i ^ 3)];
        }
        add(m, name, secret.data + at);
        add(m, name, turned[0]);
        add(m, name, turned[1]);
    }
    e2m_wipe(turned, sizeof turned);
}

/* Where that frame was. */
static __attribute__((noinline)) void
scrub(void)
{
    uint8_t frame[1024];

    e2m_wipe(frame, sizeof frame);
}

void
memscan_note(memscan *m, const char *name, e2m_bytes secret)
{
    note(m, name, secret);
    scrub();
}

const char *
memscan_in(const memscan *m, e2m_bytes where)
{
    bool starts[256] = { false };

    for (size_t i = 0; i < m->num; i++) {
        starts[m->masked[i] & 0xff] = true;
    }
    for (size_t at = 0; at + PIECE <= where.len; at++) {
        const uint64_t v = load(where.data + at);

        for (size_t i = 0; starts[v & 0xff] && i < m->num; i++) {
            if (m->masked[i] == v) {
                return m->name[i];
            }
        }
    }
    return NULL;
}

static size_t
search(const memscan *m, int mem, uintptr_t from, uintptr_t to,
       const char **name)
{
    const uintptr_t own = (uintptr_t)chunk;
    size_t found = 0;

    for (uintptr_t at = from; at < to; at += CHUNK) {
        const size_t want = to - at < sizeof chunk ? to - at : sizeof chunk;
        const ssize_t got = pread(mem, chunk, want, (off_t)at);
        const char *hit;

        if (got <= 0) {
            break;
        }
        if (at < own + sizeof chunk && own < at + (size_t)got) {
            /* the copy of a copy: leave out what is ours */
            const size_t a = own > at ? own - at : 0;
            const size_t b = own + sizeof chunk < at + (size_t)got
                                 ? own + sizeof chunk - at : (size_t)got;

            memset(chunk + a, 0, b - a);
        }
        hit = memscan_in(m, (e2m_bytes){ chunk, (size_t)got });
        if (hit != NULL) {
            found++;
            *name = hit;
        }
    }
    e2m_wipe(chunk, sizeof chunk);
    return found;
}

size_t
memscan_all(const memscan *m, const char **name, char where[64])
{
    FILE *maps = fopen("/proc/self/maps", "r");
    const int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    char line[512];
    size_t found = 0;

    while (maps != NULL && mem >= 0 &&
           fgets(line, sizeof line, maps) != NULL) {
        uintptr_t from = 0, to = 0;
        char rights[5] = "", path[64] = "";
        size_t here;

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %63s",
                   &from, &to, rights, path) < 3 ||
            rights[1] != 'w' || to - from > REGION_MOST) {
            continue;
        }
        here = search(m, mem, from, to, name);
        if (here > 0) {
            (void)snprintf(where, 64, "%s", path);
        }
        found += here;
    }
    if (maps == NULL || mem < 0) {
        found = (size_t)-1; /* not being able to look is no clean sheet */
    }
    if (maps != NULL) {
        (void)fclose(maps);
    }
    if (mem >= 0) {
        (void)close(mem);
    }
    return found;
}

bool
memscan_works(void)
{
#if SANITIZED
    return false;
#else
    return getenv("E2M_STRIDE") == NULL; /* memcheck */
#endif
}
