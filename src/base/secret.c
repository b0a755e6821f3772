/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/base.h"

/* The volatile function pointer keeps the compiler from proving that the store
 * is dead; memset_s and explicit_bzero are not everywhere. */
static void *(*const volatile wipe)(void *, int, size_t) = memset;

void
e2m_wipe(void *p, size_t len)
{
    if (p != NULL && len > 0) {
        wipe(p, 0, len);
    }
}

void
e2m_secret_done(e2m_secret *s)
{
    e2m_wipe(s, sizeof *s);
}

bool
e2m_ct_eq(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t differ = 0;

    for (size_t i = 0; i < len; i++) {
        differ = (uint8_t)(differ | (x[i] ^ y[i]));
    }
    return differ == 0;
}
