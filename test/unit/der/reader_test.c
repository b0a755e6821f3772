/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "der/der.h"

/* ---- the header reader against a naive model, over all short inputs ------ */

/* Says whether `in` starts with a DER element of a tag below 31, written down
 * from X.690 8.1 and 10.1 case by case, with no arithmetic shared. */
static bool
model(const uint8_t *in, size_t len, size_t *header, size_t *contents)
{
    if (len < 2 || (in[0] & 31) == 31) {
        return false;
    }
    *header = 2;
    *contents = in[1];
    if (in[1] == 0x81) {
        if (len < 3 || in[2] < 128) {
            return false;
        }
        *header = 3;
        *contents = in[2];
    } else if (in[1] >= 0x80) {
        return false; /* longer than three octets can be, or not DER */
    }
    return *contents <= len - *header;
}

static void
test_every_input_of_three_octets(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 1u << 24; value++) {
        const uint8_t octets[3] = { (uint8_t)(value >> 16),
                                    (uint8_t)(value >> 8), (uint8_t)value };

        for (size_t len = value == 0 ? 0 : 3; len <= 3; len++) {
            e2m_in in = e2m_in_init((e2m_bytes){ octets, len });
            e2m_bytes c = E2M_LIT("before");
            e2m_bytes e = E2M_NONE;
            unsigned tag = 999;
            size_t header = 0, contents = 0;
            const bool want = model(octets, len, &header, &contents);

            if (e2m_der_get_any(&in, &tag, &c, &e) != E2M_OK) {
                if (want || in.rest.data != octets || in.rest.len != len ||
                    tag != 999 || c.len != 6 || e.len != 0) {
                    fail_msg("refused or changed: %06x", value);
                }
            } else if (!want || tag != octets[0] || c.len != contents ||
                       e.len != header + contents || e.data != octets ||
                       in.rest.len != len - e.len ||
                       (c.len > 0 && c.data != octets + header)) {
                fail_msg("taken or wrong: %06x", value);
            }
        }
    }
}

/* The shorter ones; the loop above has all of three octets. */
static void
test_every_input_of_one_and_two_octets(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 1u << 16; value++) {
        const uint8_t octets[2] = { (uint8_t)(value >> 8), (uint8_t)value };

        for (size_t len = 1; len <= 2; len++) {
            e2m_in in = e2m_in_init((e2m_bytes){ octets, len });
            size_t header = 0, contents = 0;
            const bool want = model(octets, len, &header, &contents);
            const e2m_err err = e2m_der_get_any(&in, NULL, NULL, NULL);

            assert_int_equal(err == E2M_OK, want);
            assert_int_equal(in.rest.len,
                             want ? len - header - contents : len);
        }
    }
}

/* ---- lengths ------------------------------------------------------------ */

static uint8_t big[70000];

static void
check_length(e2m_bytes header, size_t len, e2m_err want)
{
    e2m_in in;
    e2m_bytes c = E2M_NONE;

    memset(big, 0, sizeof big);
    memcpy(big, header.data, header.len);
    in = e2m_in_init((e2m_bytes){ big, header.len + len });
    assert_int_equal(e2m_der_get(&in, 4, &c), want);
    if (want == E2M_OK) {
        assert_int_equal(c.len, len);
        assert_true(e2m_in_done(&in));
    } else {
        assert_int_equal(in.rest.len, header.len + len);
        assert_ptr_equal(in.rest.data, big);
        assert_null(c.data);
    }
}

static void
test_lengths(void **state)
{
    (void)state;
    check_length(E2M_LIT("\x04\x7f"), 127, E2M_OK);
    check_length(E2M_LIT("\x04\x81\x7f"), 127, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\x81\x80"), 128, E2M_OK);
    check_length(E2M_LIT("\x04\x82\x00\x80"), 128, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\x81\xff"), 255, E2M_OK);
    check_length(E2M_LIT("\x04\x82\x00\xff"), 255, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\x82\x01\x00"), 256, E2M_OK);
    check_length(E2M_LIT("\x04\x82\xff\xff"), 65535, E2M_OK);
    check_length(E2M_LIT("\x04\x83\x00\xff\xff"), 65535, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\x83\x01\x00\x00"), 65536, E2M_OK);
    check_length(E2M_LIT("\x04\x84\x00\x01\x00\x00"), 65536, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\x80"), 2, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\xff"), 127, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\x85\x00\x00\x00\x00\x01"), 1, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\x84\xff\xff\xff\xff"), 100, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\x84\x01\x00\x00\x00"), 100, E2M_E_SYNTAX);
    check_length(E2M_LIT("\x04\x82\x01\x00"), 255, E2M_E_SYNTAX);
}

/* ---- the rest of the door ------------------------------------------------ */

static void
test_another_tag_changes_nothing(void **state)
{
    const e2m_bytes der = E2M_LIT("\x04\x01\x61\x05\x00");
    e2m_in in = e2m_in_init(der);
    e2m_in inner = e2m_in_init(E2M_LIT("x"));
    e2m_bytes c = E2M_LIT("y");
    bool found = true;

    (void)state;
    assert_int_equal(e2m_der_get(&in, 5, &c), E2M_E_SYNTAX);
    assert_int_equal(e2m_der_enter(&in, 0x24, &inner), E2M_E_SYNTAX);
    assert_int_equal(e2m_der_get_optional(&in, 5, &c, &found), E2M_OK);
    assert_false(found);
    assert_int_equal(in.rest.len, der.len);
    assert_int_equal(c.len + inner.rest.len, 2);
    assert_true(e2m_der_next_is(&in, 4));

    assert_int_equal(e2m_der_get_optional(&in, 4, &c, &found), E2M_OK);
    assert_true(found && e2m_bytes_eq(c, E2M_LIT("a")));
    assert_int_equal(e2m_der_enter(&in, 5, &inner), E2M_OK);
    assert_true(e2m_in_done(&inner) && e2m_in_done(&in));
    assert_false(e2m_der_next_is(&in, 5));
    assert_int_equal(e2m_der_get(&in, 5, &c), E2M_E_SYNTAX);
}

/* A bad element behind the right tag is an error, not an absent one. */
static void
test_optional_but_broken(void **state)
{
    e2m_in in = e2m_in_init(E2M_LIT("\x04\x02\x61"));
    e2m_bytes c = E2M_NONE;
    bool found = false;

    (void)state;
    assert_int_equal(e2m_der_get_optional(&in, 4, &c, &found), E2M_E_SYNTAX);
    assert_int_equal(in.rest.len, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_input_of_three_octets),
        cmocka_unit_test(test_every_input_of_one_and_two_octets),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_another_tag_changes_nothing),
        cmocka_unit_test(test_optional_but_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
