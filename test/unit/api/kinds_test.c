/* SPDX-License-Identifier: BSD-3-Clause */
/* Every kind of key in every role: alice signs, bob and ss1 receive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

typedef struct kinds {
    unsigned receives;
    unsigned signs;
    const char *recipient;
    const char *algorithm;
} kinds;

static const kinds rows[] = {
    { E2M_PKI_P256, E2M_PKI_P256, "ecdh", "ecdsa-sha256" },
    { E2M_PKI_P384, E2M_PKI_P384, "ecdh", "ecdsa-sha384" },
    { E2M_PKI_X25519, E2M_PKI_ED25519, "ecdh", "ed25519" },
    { E2M_PKI_X25519, E2M_PKI_P256, "ecdh", "ecdsa-sha256" },
    { 2048, 2048, "rsa-oaep", "rsa-pss-sha256" },
};

/* of the first part */
static const char *
algorithm(const e2m *ctx, e2m_bytes sealed)
{
    e2m_msg *msg = NULL;
    const e2m_verdict *v = NULL;
    const e2m_edit *edits = NULL;
    size_t num = 0;
    const char *word;

    assert_int_equal(e2m_msg_open(&msg, ctx, sealed, E2M_DATAGRAM, WORLD_NOW),
                     E2M_OK);
    assert_int_equal(e2m_end_open(msg, &v, &edits, &num), E2M_OK);
    assert_int_equal(v->outcome, E2M_READ);
    word = v->parts[0].signature.algorithm; /* static */
    e2m_msg_close(msg);
    return word;
}

static void
flow(const kinds *k)
{
    world w;
    e2m_plan *plan;
    e2m_bytes sealed;
    world_result r;

    world_new_two(&w, k->receives, k->signs);
    plan = world_plan(&w, w.ctx[ALICE], BOB);
    sealed = world_seal(w.ctx[ALICE], plan, world_str(world_message));
    r = world_open(w.ctx[BOB], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    assert_string_equal(r.recipient, k->recipient);
    assert_string_equal(r.signer, "sip:alice@atlanta.example.com");
    assert_true(r.bound);
    assert_true(r.committed);
    world_result_free(&r);
    assert_string_equal(algorithm(w.ctx[BOB], sealed), k->algorithm);
    r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    assert_true(r.shared);
    assert_int_equal(r.content.len, strlen(world_text));
    assert_memory_equal(r.content.data, world_text, strlen(world_text));
    world_result_free(&r);
    r = world_open(w.ctx[MALLORY], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_UNDECIPHERABLE);
    world_result_free(&r);
    world_bytes_free(sealed);
    e2m_plan_free(plan);
    world_free(&w);
}

static void
test_flows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        flow(&rows[i]);
    }
}

/* A certificate that does half of the work is not taken for the other half. */
static void
test_halves(void **state)
{
    world w;
    e2m_plan *plan = NULL;
    e2m_peer *signs = NULL;

    (void)state;
    world_new_two(&w, E2M_PKI_X25519, E2M_PKI_ED25519);
    assert_int_equal(e2m_plan_new(&plan, w.ctx[ALICE]), E2M_OK);
    assert_int_equal(e2m_peer_new(&signs, w.signs[BOB].cert), E2M_OK);
    assert_int_equal(e2m_plan_to(plan, signs), E2M_E_NOKEY);
    assert_int_equal(e2m_plan_to(plan, w.peer[BOB]), E2M_OK);
    e2m_plan_free(plan);
    e2m_peer_free(signs);
    world_free(&w);
}

/* ss1, who knows both certificates of bob's, sees that he reads too, and that
 * mallory does not: whichever stands first. */
static void
test_shared_with_either(void **state)
{
    static const world_who peers[] = { BOB, MALLORY };
    const world_extra known = { .peers = peers, .num_peers = 2 };
    world w;

    (void)state;
    world_new_two(&w, E2M_PKI_X25519, E2M_PKI_ED25519);
    for (int i = 0; i < 2; i++) {
        e2m *ctx = world_ctx(&w, SS1, &known);
        e2m_plan *plan = world_plan(&w, w.ctx[ALICE], i == 0 ? BOB : MALLORY);
        e2m_bytes sealed = world_seal(w.ctx[ALICE], plan,
                                      world_str(world_message)); /* To: bob */
        world_result r = world_inspect(ctx, sealed, WORLD_NOW);

        assert_int_equal(r.outcome, E2M_READ);
        assert_int_equal(r.shared, i == 0);
        world_result_free(&r);
        world_bytes_free(sealed);
        e2m_plan_free(plan);
        e2m_free(ctx);
    }
    world_free(&w);
}

/* alice has an Ed25519 key and one on P-256, and signs by both, or by the
 * first. */
static void
test_sign_by_all(void **state)
{
    world w;
    e2m_plan *plan;

    (void)state;
    world_new_two(&w, E2M_PKI_P256, E2M_PKI_ED25519);
    plan = world_plan(&w, w.ctx[ALICE], BOB);
    for (int sign = 1; sign <= E2M_SIGN_ALL; sign++) {
        e2m_bytes sealed;
        world_result r;

        assert_int_equal(e2m_plan_set(plan, E2M_OPT_SIGN, sign), E2M_OK);
        sealed = world_seal(w.ctx[ALICE], plan, world_str(world_message));
        assert_int_equal(world_contains(sealed, ";micalg=\"sha-256,sha-512\";"),
                         sign == E2M_SIGN_ALL);
        assert_int_equal(world_contains(sealed, ";micalg=sha-512;"), sign == 1);
        r = world_open(w.ctx[BOB], sealed, WORLD_NOW);
        assert_int_equal(r.outcome, E2M_READ);
        assert_string_equal(r.signer, "sip:alice@atlanta.example.com");
        world_result_free(&r);
        world_bytes_free(sealed);
    }
    assert_int_equal(e2m_plan_set(plan, E2M_OPT_SIGN, E2M_SIGN_ALL + 1),
                     E2M_E_ARG);
    e2m_plan_free(plan);
    world_free(&w);
}

/* A digest of choice; Ed25519 has its own, and what cannot be is not sent. */
static void
test_digest(void **state)
{
    static const char *const micalg[] = { ";micalg=sha-256;",
                                          ";micalg=sha-256;",
                                          ";micalg=sha-384;",
                                          ";micalg=sha-512;" };
    world w;
    e2m_plan *plan;
    const e2m_edit *edits = NULL;
    e2m_msg *msg = NULL;
    size_t num = 0;

    (void)state;
    world_new(&w, E2M_PKI_P256);
    plan = world_plan(&w, w.ctx[ALICE], BOB);
    for (int d = 0; d <= E2M_HASH_SHA512; d++) {
        e2m_bytes sealed;

        assert_int_equal(e2m_plan_set(plan, E2M_OPT_DIGEST, d), E2M_OK);
        sealed = world_seal(w.ctx[ALICE], plan, world_str(world_message));
        assert_true(world_contains(sealed, micalg[d]));
        world_bytes_free(sealed);
    }
    e2m_plan_free(plan);
    world_free(&w);
    world_new_two(&w, E2M_PKI_X25519, E2M_PKI_ED25519);
    plan = world_plan(&w, w.ctx[ALICE], BOB);
    assert_int_equal(e2m_plan_set(plan, E2M_OPT_DIGEST, E2M_HASH_SHA384),
                     E2M_OK);
    assert_int_equal(e2m_msg_open(&msg, w.ctx[ALICE],
                                  world_str(world_message), E2M_DATAGRAM,
                                  WORLD_NOW),
                     E2M_OK);
    assert_int_equal(e2m_end_seal(msg, plan, &edits, &num), E2M_E_NOKEY);
    assert_null(edits);
    e2m_msg_close(msg);
    e2m_plan_free(plan);
    world_free(&w);
}

static void
test_names_of_keys(void **state)
{
    static const unsigned none[] = { E2M_PKI_ED25519 + 1, 1024, 2047, 4097,
                                     8192, 0U - 1 };
    e2m_pki_pair ca;
    e2m_pki_pair pair;
    char both[4096];
    size_t len;

    (void)state;
    assert_int_equal(e2m_pki_ca(WORLD_NOW, &ca), E2M_OK);
    len = ca.cert.len + ca.key.len;
    assert_true(len < sizeof both);
    memcpy(both, ca.cert.data, ca.cert.len);
    memcpy(both + ca.cert.len, ca.key.data, ca.key.len);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(e2m_pki_issue((e2m_bytes){ (uint8_t *)both, len },
                                       world_str("sip:a@example.com"), none[i],
                                       WORLD_NOW, &pair),
                         E2M_E_ARG);
    }
    e2m_pki_free(&ca);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flows),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_shared_with_either),
        cmocka_unit_test(test_sign_by_all),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_names_of_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
