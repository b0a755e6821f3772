/* SPDX-License-Identifier: BSD-3-Clause */
/* A sender who shows the middle one text and the far end another: a real GCM
 * ciphertext under two keys, in a message that is honestly signed and bound.
 * What stops it is the key commitment, and a policy that demands one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "partition.h"
#include "role/role.h"
#include "world.h"

static const char for_ss1[] =
    "Content-Type: text/plain\r\n\r\nnothing to report";
static const char for_bob[] = "sell everything";

static void
ok(e2m_err err)
{
    assert_int_equal(err, E2M_OK);
}

/* signed{ mixed{ AIB, envelope + label } } as e2m_end_seal would make it, but
 * around an envelope of the attacker's own. */
static e2m_bytes
attack(const world *w, partition_commit commit)
{
    const e2m_cert *const readers[2] = { w->peer[SS1]->cert,
                                         w->peer[BOB]->cert };
    const e2m_bytes plain = world_str(world_message);
    const e2m_edit *list = NULL;
    partition *p = calloc(1, sizeof *p);
    e2m_draft d = { .lines = {
        .type = E2M_LIT("application/pkcs7-mime"),
        .disposition = E2M_LIT("render;handling=required;"
                               "required-entity=ss1.atlanta.example.com"),
    } };
    e2m_cms_sign how = { .now_sec = WORLD_NOW };
    e2m_bytes parts[2];
    e2m_bytes line;
    e2m_edits edits;
    e2m_msg *msg = NULL;
    e2m_out o;
    uint8_t *wire;
    size_t num = 0;
    size_t len = 0;

    assert_non_null(p);
    partition_make(p, world_str(for_ss1), world_str(for_bob));
    ok(e2m_msg_open(&msg, w->ctx[ALICE], plain, E2M_DATAGRAM, WORLD_NOW));
    ok(partition_envelope(&msg->env, msg->tools.crypto, p, readers, commit,
                          &d.body));
    e2m_out_init(&o, &msg->env, 32);
    e2m_text_put_date(&o, WORLD_NOW);
    ok(e2m_out_done(&o, &line));
    ok(e2m_aib_write(msg, line, &parts[0]));
    ok(e2m_smime_text(&msg->env, &d, &parts[1]));
    ok(e2m_smime_mixed(&msg->env, parts, 2, &d));
    ok(e2m_smime_text(&msg->env, &d, &parts[0]));
    how.cert = w->ctx[ALICE]->identities[0].cert;
    how.key = w->ctx[ALICE]->identities[0].key;
    ok(e2m_smime_sign(&msg->env, msg->tools.crypto, parts[0], &how, false,
                      &d));
    e2m_edits_init(&edits, &msg->env, &msg->sip);
    ok(e2m_cut_body_fields(msg, &edits));
    e2m_out_init(&o, &msg->env, 128);
    e2m_out_str(&o, "Content-Type: ");
    e2m_out_put(&o, d.lines.type);
    ok(e2m_out_done(&o, &line));
    ok(e2m_edits_put_line(&edits, line));
    ok(e2m_edits_set_body(&edits, d.body));
    ok(e2m_edits_done(&edits, &list, &num));
    wire = malloc(16384);
    assert_non_null(wire);
    ok(e2m_edits_apply(plain, list, num, wire, 16384, &len));
    e2m_msg_close(msg);
    free(p);
    return (e2m_bytes){ wire, len };
}

static bool
holds(e2m_bytes content, const char *text)
{
    const size_t n = strlen(text);

    for (size_t i = 0; i + n <= content.len; i++) {
        if (memcmp(content.data + i, text, n) == 0) {
            return true;
        }
    }
    return false;
}

/* Without a commitment both read, each its own text: the danger is real. */
static void
test_two_texts_without_commitment(void **state)
{
    const world *w = *state;
    e2m_bytes wire = attack(w, PARTITION_NONE);
    world_result at_ss1 = world_inspect(w->ctx[SS1], wire, WORLD_NOW);
    world_result at_bob = world_open(w->ctx[BOB], wire, WORLD_NOW);

    assert_int_equal(at_ss1.outcome, E2M_READ);
    assert_int_equal(at_bob.outcome, E2M_READ);
    assert_true(holds(at_ss1.content, "nothing to report"));
    assert_false(holds(at_ss1.content, for_bob));
    assert_true(holds(at_bob.content, for_bob));
    assert_false(holds(at_bob.content, "nothing to report"));
    assert_false(at_ss1.committed);
    assert_false(at_bob.committed);
    world_result_free(&at_ss1);
    world_result_free(&at_bob);
    world_bytes_free(wire);
}

static void
test_policy_refuses_uncommitted(void **state)
{
    static const e2m_policy strict[] = { E2M_REQUIRE_COMMITTED };
    const world_extra x = { .policies = strict, .num_policies = 1 };
    const world *w = *state;
    e2m *ss1 = world_ctx(w, SS1, &x);
    e2m *bob = world_ctx(w, BOB, &x);
    e2m_bytes wire = attack(w, PARTITION_NONE);
    world_result r = world_inspect(ss1, wire, WORLD_NOW);

    assert_int_equal(r.outcome, E2M_FORBIDDEN);
    assert_int_equal(r.reason, E2M_BECAUSE_UNCOMMITTED);
    assert_int_equal(r.status, 403);
    world_result_free(&r);
    r = world_open(bob, wire, WORLD_NOW);
    assert_int_equal(r.reason, E2M_BECAUSE_UNCOMMITTED);
    world_result_free(&r);
    e2m_free(ss1);
    e2m_free(bob);
    world_bytes_free(wire);
}

/* SPEC wire:1:1. With a commitment, whichever key it is of, the other reader
 * refuses. */
static void
test_commitment_refuses_the_other(void **state)
{
    const world *w = *state;

    for (int first = 0; first < 2; first++) {
        e2m_bytes wire = attack(w, first ? PARTITION_FIRST
                                         : PARTITION_SECOND);
        world_result ss1 = world_inspect(w->ctx[SS1], wire, WORLD_NOW);
        world_result bob = world_open(w->ctx[BOB], wire, WORLD_NOW);
        const world_result *refused = first ? &bob : &ss1;

        assert_int_equal(refused->outcome, E2M_UNDECIPHERABLE);
        assert_int_equal(refused->reason, E2M_BECAUSE_CANNOT_DECRYPT);
        assert_int_equal(refused->status, 493);
        world_result_free(&ss1);
        world_result_free(&bob);
        world_bytes_free(wire);
    }
}

static int
setup(void **state)
{
    static world w;

    world_new(&w, 0);
    *state = &w;
    return 0;
}

static int
teardown(void **state)
{
    world_free(*state);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_texts_without_commitment),
        cmocka_unit_test(test_policy_refuses_uncommitted),
        cmocka_unit_test(test_commitment_refuses_the_other),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
