/* SPDX-License-Identifier: BSD-3-Clause */
/* What nodes tell each other: only they read it, unchanged, and in its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

static void
test_box(void **state)
{
    static const char text[] = "kept keys";
    const e2m_bytes plain = world_str(text);
    uint8_t key[32] = { 1 };
    uint8_t other[32] = { 2 };
    uint8_t box[sizeof text - 1 + E2M_BOX_MORE];
    uint8_t again[sizeof box];
    uint8_t out[sizeof box];
    world w;

    (void)state;
    world_new(&w, 0);
    assert_int_equal(e2m_box_seal(w.ctx[SS1], key, plain, WORLD_NOW, box),
                     E2M_OK);
    assert_int_equal(e2m_box_seal(w.ctx[SS1], key, plain, WORLD_NOW, again),
                     E2M_OK);
    assert_memory_not_equal(box, again, sizeof box); /* another nonce */
    for (int64_t late = -61; late <= 61; late += 61) {
        const e2m_bytes b = { box, sizeof box };

        assert_int_equal(e2m_box_open(w.ctx[BOB], key, b, WORLD_NOW + late,
                                      out),
                         late == 0 ? E2M_OK : E2M_E_LIMIT);
    }
    assert_memory_equal(out, text, plain.len);
    assert_int_equal(e2m_box_open(w.ctx[BOB], other,
                                  (e2m_bytes){ box, sizeof box }, WORLD_NOW,
                                  out), E2M_E_NOKEY);
    for (size_t n = 0; n < sizeof box; n++) {
        assert_int_not_equal(e2m_box_open(w.ctx[BOB], key,
                                          (e2m_bytes){ box, n }, WORLD_NOW,
                                          out), E2M_OK);
        box[n] ^= 1;
        assert_int_not_equal(e2m_box_open(w.ctx[BOB], key,
                                          (e2m_bytes){ box, sizeof box },
                                          WORLD_NOW, out), E2M_OK);
        box[n] ^= 1;
    }
    world_free(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_box),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
