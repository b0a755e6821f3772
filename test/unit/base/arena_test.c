/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base.h"

static void
test_aligned_zeroed_and_apart(void **state)
{
    e2m_arena a;
    uint8_t *seen[64];

    (void)state;
    e2m_arena_init(&a, NULL, 1u << 20);
    for (size_t i = 0; i < 64; i++) {
        void *p = NULL;

        assert_int_equal(e2m_arena_alloc(&a, i * 37 + 1, &p), E2M_OK);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        seen[i] = p;
        for (size_t k = 0; k < i * 37 + 1; k++) {
            assert_int_equal(seen[i][k], 0);
        }
        memset(p, (int)i + 1, i * 37 + 1);
    }
    for (size_t i = 0; i < 64; i++) {
        for (size_t k = 0; k < i * 37 + 1; k++) {
            assert_int_equal(seen[i][k], i + 1);
        }
    }
    e2m_arena_done(&a);
}

static void
test_cap_is_an_error_not_a_crash(void **state)
{
    e2m_arena a;
    void *p = NULL;

    (void)state;
    e2m_arena_init(&a, NULL, 10000);
    assert_int_equal(e2m_arena_alloc(&a, 10001, &p), E2M_E_LIMIT);
    assert_int_equal(e2m_arena_alloc(&a, SIZE_MAX, &p), E2M_E_LIMIT);
    assert_null(p);
    assert_int_equal(e2m_arena_alloc(&a, 9000, &p), E2M_OK);
    p = NULL;
    assert_int_equal(e2m_arena_alloc(&a, 2000, &p), E2M_E_LIMIT);
    assert_null(p);
    e2m_arena_done(&a);
    assert_int_equal(e2m_arena_alloc(&a, 2000, &p), E2M_OK);
    e2m_arena_done(&a);
}

/* What the hook gets back must hold nothing of the message any more. */
static size_t dirty;

static void *
watched_alloc(void *user, size_t len)
{
    (void)user;
    return calloc(1, len); /* what is never handed out stays as it came */
}

static void
watched_free(void *user, void *p, size_t len)
{
    const uint8_t *b = p;

    (void)user;
    for (size_t i = 0; i < len; i++) {
        dirty += b[i] != 0;
    }
    free(p);
}

static void
test_wiped_before_free(void **state)
{
    const e2m_mem mem = { watched_alloc, watched_free, NULL };
    e2m_arena a;
    void *p = NULL;

    (void)state;
    dirty = 0;
    e2m_arena_init(&a, &mem, 1u << 20);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(e2m_arena_alloc(&a, 3000, &p), E2M_OK);
        memset(p, 0xa5, 3000);
    }
    e2m_arena_done(&a);
    assert_int_equal(dirty, 0);
}

/* Memory that is lent comes first, counts against the cap, and comes back
 * wiped and not freed. */
static void
test_lent(void **state)
{
    static max_align_t room[128];
    const e2m_mem mem = { watched_alloc, watched_free, NULL };
    const uint8_t *const octets = (const uint8_t *)room;
    e2m_arena a;
    void *p = NULL;

    (void)state;
    dirty = 0;
    e2m_arena_init(&a, &mem, 20000);
    e2m_arena_lend(&a, room, sizeof room);
    assert_int_equal(e2m_arena_alloc(&a, sizeof room / 2, &p), E2M_OK);
    assert_true((uint8_t *)p > octets && (uint8_t *)p < octets + sizeof room);
    memset(p, 0xa5, sizeof room / 2);
    assert_int_equal(e2m_arena_alloc(&a, sizeof room, &p), E2M_OK);
    assert_false((uint8_t *)p >= octets && (uint8_t *)p < octets + sizeof room);
    memset(p, 0xa5, sizeof room);
    assert_int_equal(e2m_arena_alloc(&a, 16000, &p), E2M_E_LIMIT);
    e2m_arena_done(&a);
    for (size_t i = 0; i < sizeof room; i++) {
        dirty += octets[i] != 0;
    }
    assert_int_equal(dirty, 0);
    /* it is not lent any more */
    assert_int_equal(e2m_arena_alloc(&a, 100, &p), E2M_OK);
    assert_false((uint8_t *)p >= octets && (uint8_t *)p < octets + sizeof room);
    e2m_arena_done(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aligned_zeroed_and_apart),
        cmocka_unit_test(test_cap_is_an_error_not_a_crash),
        cmocka_unit_test(test_wiped_before_free),
        cmocka_unit_test(test_lent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
