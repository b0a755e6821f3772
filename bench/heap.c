/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts allocations: libcrypto's through its own hooks, everybody else's in
 * this program through the linker (--wrap). */
#include "bench.h"

#include <openssl/crypto.h>
#include <stdlib.h>

void *__real_malloc(size_t len);
void *__real_calloc(size_t num, size_t each);
void *__real_realloc(void *p, size_t len);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t num, size_t each);
void *__wrap_realloc(void *p, size_t len);

static unsigned long calls;

void *
__wrap_malloc(size_t len)
{
    calls++;
    return __real_malloc(len);
}

void *
__wrap_calloc(size_t num, size_t each)
{
    calls++;
    return __real_calloc(num, each);
}

void *
__wrap_realloc(void *p, size_t len)
{
    calls++;
    return __real_realloc(p, len);
}

static void *
their_malloc(size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    calls++;
    return __real_malloc(len);
}

static void *
their_realloc(void *p, size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    calls++;
    return __real_realloc(p, len);
}

static void
their_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

void
heap_watch(void)
{
    must(CRYPTO_set_mem_functions(their_malloc, their_realloc, their_free) ==
             1, "libcrypto's allocator");
}

unsigned long
heap_calls(void)
{
    return calls;
}
