/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/base.h"

void
e2m_out_init(e2m_out *o, e2m_env *env, size_t expect)
{
    void *p = NULL;

    *o = (e2m_out){ .env = env };
    if (expect > 0) {
        o->err = e2m_alloc(env, expect, &p);
        o->data = p;
        o->cap = o->err == E2M_OK ? expect : 0;
    }
}

/* The old buffer stays in the arena until the message is closed. */
static void
grow(e2m_out *o, size_t n)
{
    void *p = NULL;
    size_t cap = o->cap < 128 ? 256 : o->cap * 2;

    if (n > SIZE_MAX / 4) {
        o->err = e2m_fail(o->env, E2M_E_LIMIT, NULL, "output too large",
                          "limits of the context");
        return;
    }
    if (cap < o->len + n) {
        cap = o->len + n;
    }
    o->err = e2m_alloc(o->env, cap, &p);
    if (o->err != E2M_OK) {
        return;
    }
    if (o->len > 0) {
        memcpy(p, o->data, o->len);
    }
    o->data = p;
    o->cap = cap;
}

uint8_t *
e2m_out_room(e2m_out *o, size_t n)
{
    uint8_t *p;

    if (o->err == E2M_OK && o->cap - o->len < n) {
        grow(o, n);
    }
    if (o->err != E2M_OK) {
        return NULL;
    }
    p = o->data + o->len;
    o->len += n;
    return p;
}

void
e2m_out_put(e2m_out *o, e2m_bytes b)
{
    uint8_t *p = e2m_out_room(o, b.len);

    if (p != NULL && b.len > 0) {
        memcpy(p, b.data, b.len);
    }
}

void
e2m_out_str(e2m_out *o, const char *s)
{
    e2m_out_put(o, e2m_str(s));
}

void
e2m_out_u8(e2m_out *o, uint8_t b)
{
    e2m_out_put(o, (e2m_bytes){ &b, 1 });
}

void
e2m_out_dec(e2m_out *o, uint64_t value)
{
    uint8_t digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    e2m_out_put(o, (e2m_bytes){ digits + at, sizeof digits - at });
}

void
e2m_out_hex(e2m_out *o, e2m_bytes b)
{
    static const char digit[] = "0123456789abcdef";

    for (size_t i = 0; i < b.len; i++) {
        e2m_out_u8(o, (uint8_t)digit[b.data[i] >> 4]);
        e2m_out_u8(o, (uint8_t)digit[b.data[i] & 15]);
    }
}

e2m_err
e2m_out_done(e2m_out *o, e2m_bytes *out)
{
    if (o->err == E2M_OK) {
        *out = (e2m_bytes){ o->data, o->len };
    }
    return o->err;
}
