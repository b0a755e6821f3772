/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mutate.h"
#include "sip/sip.h"

static void
test_long_names(void **state)
{
    (void)state;
    for (int i = 1; i < E2M_HDR_COUNT; i++) {
        const char *name = e2m_hdr_name((e2m_hdr)i);
        char other[64];
        const size_t len = strlen(name);

        assert_true(len > 0 && len < sizeof other - 2);
        assert_int_equal(e2m_hdr_from_name(e2m_str(name)), i);
        for (size_t k = 0; k <= len; k++) {
            other[k] = (char)(name[k] >= 'a' && name[k] <= 'z'
                                  ? name[k] & ~0x20
                                  : name[k]);
        }
        assert_int_equal(e2m_hdr_from_name(e2m_str(other)), i);
        /* whole: no more, no less */
        other[len] = 'x';
        other[len + 1] = '\0';
        assert_int_equal(e2m_hdr_from_name(e2m_str(other)), E2M_HDR_OTHER);
        other[len - 1] = '\0';
        assert_int_equal(e2m_hdr_from_name(e2m_str(other)),
                         len == 2 ? E2M_HDR_TO : E2M_HDR_OTHER);
    }
    assert_string_equal(e2m_hdr_name(E2M_HDR_OTHER), "");
    assert_string_equal(e2m_hdr_name(E2M_HDR_COUNT), "");
    assert_int_equal(e2m_hdr_from_name(E2M_NONE), E2M_HDR_OTHER);
}

/* RFC 3261 sec. 7.3.3: each letter is the field that it is, or none of ours. */
static void
test_compact_names(void **state)
{
    static const e2m_hdr of[26] = {
        ['i' - 'a'] = E2M_HDR_CALL_ID,
        ['m' - 'a'] = E2M_HDR_CONTACT,
        ['e' - 'a'] = E2M_HDR_CONTENT_ENCODING,
        ['l' - 'a'] = E2M_HDR_CONTENT_LENGTH,
        ['c' - 'a'] = E2M_HDR_CONTENT_TYPE,
        ['f' - 'a'] = E2M_HDR_FROM,
        ['t' - 'a'] = E2M_HDR_TO,
        ['v' - 'a'] = E2M_HDR_VIA,
    };

    (void)state;
    for (int c = 0; c < 256; c++) {
        const uint8_t octet = (uint8_t)c;
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        assert_int_equal(e2m_hdr_from_name((e2m_bytes){ &octet, 1 }),
                         letter ? of[(c | 0x20) - 'a'] : E2M_HDR_OTHER);
    }
    assert_int_equal(e2m_hdr_from_name(E2M_LIT("ll")), E2M_HDR_OTHER);
}

static void
test_older_names(void **state)
{
    (void)state;
    assert_int_equal(e2m_hdr_from_name(E2M_LIT("Proxy-Required-Body")),
                     E2M_HDR_PROXY_INSPECT_BODY);
    assert_int_equal(e2m_hdr_from_name(E2M_LIT("proxy-policy")),
                     E2M_HDR_PROXY_INSPECT_BODY);
    assert_int_equal(e2m_hdr_from_name(E2M_LIT("Proxy-Require")),
                     E2M_HDR_OTHER);
    /* the name that one parser's hash takes for Content-Length */
    assert_int_equal(e2m_hdr_from_name(E2M_LIT("Z3772")), E2M_HDR_OTHER);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_compact_names),
        cmocka_unit_test(test_older_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
