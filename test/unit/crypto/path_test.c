/* SPDX-License-Identifier: BSD-3-Clause */
/* Paths to an anchor (RFC 5280 sec. 6), and what each failure is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "issued.h"

typedef struct chain {
    e2m_env env;
    issued root;
    issued middle;
    issued leaf;
    e2m_anchors *anchors;
} chain;

static void
chain_new(chain *ch)
{
    e2m_env_init(&ch->env, NULL, NULL);
    ch->root = issue_ca(&ch->env, "root", NULL);
    ch->middle = issue_ca(&ch->env, "middle", &ch->root);
    ch->leaf = issue(&ch->env, (e2m_issue){ .ca_pem = ch->middle.both,
                                            .common_name = "leaf" });
    assert_int_equal(e2m_anchors_new(&ch->anchors), E2M_OK);
    assert_int_equal(e2m_anchors_add_cert(ch->anchors, ch->root.der), E2M_OK);
}

static void
chain_free(chain *ch)
{
    e2m_anchors_free(ch->anchors);
    e2m_pkey_free(ch->root.key);
    e2m_pkey_free(ch->middle.key);
    e2m_pkey_free(ch->leaf.key);
    e2m_env_done(&ch->env);
}

static e2m_path
check(const chain *ch, e2m_bytes leaf, const e2m_bytes *extra, size_t num,
      int64_t at)
{
    e2m_path path = E2M_PATH_UNCHECKED;

    assert_int_equal(e2m_anchors_check(ch->anchors, leaf, extra, num, at,
                                       &path), E2M_OK);
    return path;
}

static void
test_paths(void **state)
{
    chain ch;
    issued stranger;
    issued fake;
    e2m_bytes extra[1];

    (void)state;
    chain_new(&ch);
    extra[0] = ch.middle.der;
    assert_int_equal(check(&ch, ch.leaf.der, extra, 1, T0), E2M_PATH_OK);
    assert_int_equal(check(&ch, ch.leaf.der, NULL, 0, T0),
                     E2M_PATH_UNTRUSTED);
    assert_int_equal(check(&ch, ch.leaf.der, extra, 1, T0 + 2 * YEAR),
                     E2M_PATH_EXPIRED);
    assert_int_equal(check(&ch, ch.leaf.der, extra, 1, T0 - 2 * YEAR),
                     E2M_PATH_EXPIRED);
    /* an anchor is trusted as it stands */
    assert_int_equal(check(&ch, ch.root.der, NULL, 0, T0), E2M_PATH_OK);
    /* a CA of the same name that nobody trusts */
    stranger = issue_ca(&ch.env, "root", NULL);
    fake = issue(&ch.env, (e2m_issue){ .ca_pem = stranger.both });
    extra[0] = stranger.der;
    assert_int_not_equal(check(&ch, fake.der, extra, 1, T0), E2M_PATH_OK);
    e2m_pkey_free(stranger.key);
    e2m_pkey_free(fake.key);
    chain_free(&ch);
}

/* Who is no CA may not issue, however good the mathematics. */
static void
test_leaf_is_no_ca(void **state)
{
    chain ch;
    issued below;
    e2m_bytes extra[2];

    (void)state;
    chain_new(&ch);
    below = issue(&ch.env, (e2m_issue){ .ca_pem = ch.leaf.both });
    extra[0] = ch.leaf.der;
    extra[1] = ch.middle.der;
    assert_int_not_equal(check(&ch, below.der, extra, 2, T0), E2M_PATH_OK);
    e2m_pkey_free(below.key);
    chain_free(&ch);
}

static void
test_spoilt_signature(void **state)
{
    chain ch;
    e2m_bytes extra[1];
    uint8_t copy[2048];

    (void)state;
    chain_new(&ch);
    extra[0] = ch.middle.der;
    assert_true(ch.leaf.der.len < sizeof copy);
    memcpy(copy, ch.leaf.der.data, ch.leaf.der.len);
    copy[ch.leaf.der.len - 1] ^= 1;
    assert_int_not_equal(
        check(&ch, (e2m_bytes){ copy, ch.leaf.der.len }, extra, 1, T0),
        E2M_PATH_OK);
    chain_free(&ch);
}

/* At most five certificates between leaf and anchor, and no anchors at all
 * trusts nobody. */
static void
test_depth_and_nothing(void **state)
{
    chain ch;
    issued cas[8];
    e2m_bytes extra[8];
    e2m_anchors *none = NULL;
    e2m_path path;

    (void)state;
    chain_new(&ch);
    for (size_t i = 0; i < 8; i++) {
        cas[i] = issue_ca(&ch.env, "step", i == 0 ? &ch.root : &cas[i - 1]);
        extra[i] = cas[i].der;
    }
    assert_int_equal(check(&ch, cas[1].der, extra, 8, T0), E2M_PATH_OK);
    assert_int_not_equal(check(&ch, cas[7].der, extra, 8, T0), E2M_PATH_OK);
    assert_int_equal(e2m_anchors_new(&none), E2M_OK);
    assert_int_equal(e2m_anchors_check(none, ch.leaf.der, extra, 1, T0,
                                       &path), E2M_OK);
    assert_int_equal(path, E2M_PATH_UNTRUSTED);
    e2m_anchors_free(none);
    for (size_t i = 0; i < 8; i++) {
        e2m_pkey_free(cas[i].key);
    }
    chain_free(&ch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_leaf_is_no_ca),
        cmocka_unit_test(test_spoilt_signature),
        cmocka_unit_test(test_depth_and_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
