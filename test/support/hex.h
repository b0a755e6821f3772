/* SPDX-License-Identifier: BSD-3-Clause */
/* Test vectors as text. */
#ifndef E2M_TEST_HEX_H
#define E2M_TEST_HEX_H

#include "base/base.h"

static inline unsigned
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    return (unsigned)((c | 0x20) - 'a') + 10;
}

/* Spaces are skipped. */
static inline e2m_bytes
hex_read(const char *text, uint8_t *room)
{
    size_t digits = 0;

    for (; *text != '\0'; text++) {
        if (*text == ' ') {
            continue;
        }
        if (digits % 2 == 0) {
            room[digits / 2] = (uint8_t)(hex_digit(*text) << 4);
        } else {
            room[digits / 2] |= (uint8_t)hex_digit(*text);
        }
        digits++;
    }
    return (e2m_bytes){ room, digits / 2 };
}

/* The octets live to the end of the block that HEX stands in. */
#define HEX(s) hex_read((s), (uint8_t[sizeof(s) / 2 + 1]){ 0 })

static inline e2m_secret
hex_secret(const char *text)
{
    e2m_secret s = { .len = 0 };

    s.len = hex_read(text, s.data).len;
    return s;
}

#define assert_octets(data_, len_, hex_)                                     \
    do {                                                                     \
        const e2m_bytes want_ = HEX(hex_);                                   \
        assert_int_equal((len_), want_.len);                                 \
        assert_memory_equal((data_), want_.data, want_.len);                 \
    } while (0)

#endif
