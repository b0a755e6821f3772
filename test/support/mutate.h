/* SPDX-License-Identifier: BSD-3-Clause */
/* Every prefix and every single-bit flip of an input, each in memory of just
 * its size, so that a sanitizer sees a step behind its end. Include after
 * cmocka.h. */
#ifndef E2M_TEST_MUTATE_H
#define E2M_TEST_MUTATE_H

#include <stdlib.h>

#include "base/base.h"

typedef void mutate_fn(void *user, e2m_bytes input);

/* A copy of its own; give it to exact_free. */
static inline e2m_bytes
exact(e2m_bytes in)
{
    uint8_t *p = malloc(in.len > 0 ? in.len : 1);

    assert_non_null(p);
    if (in.len > 0) {
        memcpy(p, in.data, in.len);
    }
    return (e2m_bytes){ p, in.len };
}

static inline void
exact_free(e2m_bytes b)
{
    free((void *)(uintptr_t)b.data);
}

static inline void
each_prefix(e2m_bytes whole, mutate_fn *f, void *user)
{
    for (size_t n = 0; n < whole.len; n++) {
        const e2m_bytes part = exact(e2m_bytes_upto(whole, n));

        f(user, part);
        exact_free(part);
    }
}

/* From one mutation to the next: 1, or what E2M_STRIDE says where every step is
 * some forty times as long (test/meson.build, memcheck). */
static inline size_t
stride(void)
{
    const char *said = getenv("E2M_STRIDE");
    const size_t n = said != NULL ? strtoul(said, NULL, 10) : 1;

    return n > 0 ? n : 1;
}

static inline void
each_flip(e2m_bytes whole, mutate_fn *f, void *user)
{
    const e2m_bytes copy = exact(whole);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.data;

    for (size_t bit = 0; bit < whole.len * 8; bit += stride()) {
        p[bit / 8] = (uint8_t)(p[bit / 8] ^ 1u << bit % 8);
        f(user, copy);
        p[bit / 8] = (uint8_t)(p[bit / 8] ^ 1u << bit % 8);
    }
    exact_free(copy);
}

/* assert_text: the slice is these characters. */
#define assert_text(have_, want_)                                            \
    do {                                                                     \
        const e2m_bytes h_ = (have_);                                        \
        const e2m_bytes w_ = E2M_LIT(want_);                                 \
        if (!e2m_bytes_eq(h_, w_)) {                                         \
            fail_msg("%s is \"%.*s\", not \"%s\"", #have_, (int)h_.len,      \
                     h_.data ? (const char *)h_.data : "", want_);           \
        }                                                                    \
    } while (0)

#endif
