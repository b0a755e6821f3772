/* SPDX-License-Identifier: BSD-3-Clause */
/* Key reuse (RFC 3185, WIRE.md 4): answers and later messages under the key of
 * an earlier one, read by the far end and by the same middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "world.h"

static const char text[] = "the vault is open";

/* One message: "INVITE", "200 INVITE"; `far`: from Bob. Tags as in a dialog. */
typedef struct letter {
    const char *what;
    bool far;
    const char *call_id;
    unsigned cseq;
    const char *from_tag;
    const char *to_tag; /* NULL: none */
} letter;

typedef struct trio {
    world w;
    e2m *alice;
    e2m *bob;
    e2m *ss1;
    int64_t now;
} trio;

static void
ok(e2m_err err)
{
    assert_int_equal(err, E2M_OK);
}

static void
trio_new(trio *t, size_t uses)
{
    const world_extra extra = { .no_replay_memory = true, .reuse = 256,
                                .reuse_uses = uses };

    world_new(&t->w, 0);
    t->alice = world_ctx(&t->w, ALICE, &extra);
    t->bob = world_ctx(&t->w, BOB, &extra);
    t->ss1 = world_ctx(&t->w, SS1, &extra);
    t->now = WORLD_NOW;
}

static void
trio_free(trio *t)
{
    e2m_free(t->alice);
    e2m_free(t->bob);
    e2m_free(t->ss1);
    world_free(&t->w);
}

static size_t
write_letter(const letter *l, char *out, size_t cap)
{
    const char *method = strchr(l->what, ' ');
    const bool answer = method != NULL;
    const char *near = "sip:alice@atlanta.example.com";
    const char *far = "sip:bob@biloxi.example.com";
    char first[128];

    method = answer ? method + 1 : l->what;
    (void)snprintf(first, sizeof first, answer ? "SIP/2.0 %.3s OK" : "%s %s "
                   "SIP/2.0", l->what, l->far ? near : far);
    return (size_t)snprintf(
        out, cap,
        "%s\r\nVia: SIP/2.0/TCP a.example;branch=z9hG4bK1\r\n"
        "From: <%s>;tag=%s\r\nTo: <%s>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
        "Contact: <%s>\r\nMax-Forwards: 70\r\nContent-Type: text/plain\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        first, l->far ? far : near, l->from_tag, l->far ? near : far,
        l->to_tag != NULL ? ";tag=" : "", l->to_tag != NULL ? l->to_tag : "",
        l->call_id, l->cseq, method, near, sizeof text - 1, text);
}

/* The sender is From of a request, To of an answer. */
static bool
by_alice(const letter *l)
{
    return (strchr(l->what, ' ') != NULL) == l->far;
}

/* Seals; `to`: certificates of far end and middle are given. Empty on failure,
 * which is in *err. */
static e2m_bytes
seal(trio *t, const letter *l, bool to, int reuse, e2m_err *err)
{
    char plain[2048];
    const e2m_bytes wire = { (uint8_t *)plain,
                             write_letter(l, plain, sizeof plain) };
    e2m *ctx = by_alice(l) ? t->alice : t->bob;
    const e2m_edit *edits = NULL;
    e2m_plan *plan = NULL;
    e2m_msg *msg = NULL;
    e2m_bytes out = { NULL, 0 };
    uint8_t *room = malloc(16384);
    size_t num = 0;

    assert_non_null(room);
    if (to) {
        plan = world_plan(&t->w, ctx, by_alice(l) ? BOB : ALICE);
    } else {
        ok(e2m_plan_new(&plan, ctx));
    }
    ok(e2m_plan_set(plan, E2M_OPT_REUSE, reuse));
    ok(e2m_msg_open(&msg, ctx, wire, E2M_DATAGRAM, t->now));
    *err = e2m_end_seal(msg, plan, &edits, &num);
    if (*err == E2M_OK) {
        ok(e2m_edits_apply(wire, edits, num, room, 16384, &out.len));
        out.data = room;
    } else {
        assert_int_equal(num, 0);
        free(room);
    }
    e2m_msg_close(msg);
    e2m_plan_free(plan);
    return out;
}

static void
expect_read(e2m_bytes sealed, world_result r, const char *recipient)
{
    assert_int_equal(r.outcome, E2M_READ);
    assert_string_equal(r.recipient, recipient);
    assert_int_equal(r.content.len, sizeof text - 1);
    assert_memory_equal(r.content.data, text, sizeof text - 1);
    assert_true(r.bound && r.committed && r.shared);
    (void)sealed;
    world_result_free(&r);
}

/* Sealed, read by ss1 and by the far end, both by `recipient`'s means. */
static void
pass(trio *t, const letter *l, bool to, const char *recipient)
{
    e2m_err err;
    const e2m_bytes sealed = seal(t, l, to, 1, &err);

    ok(err);
    expect_read(sealed, world_inspect(t->ss1, sealed, t->now), recipient);
    expect_read(sealed, world_open(by_alice(l) ? t->bob : t->alice, sealed,
                                   t->now), recipient);
    world_bytes_free(sealed);
}

static const letter first = { "MESSAGE", false, "c1", 1, "a", NULL };
static const letter back = { "MESSAGE", true, "c2", 1, "b", NULL };
static const letter third = { "MESSAGE", false, "c3", 1, "c", NULL };
static const letter invite = { "INVITE", false, "call", 1, "a", NULL };
static const letter answer = { "200 INVITE", false, "call", 1, "a", "b1" };
static const letter update = { "UPDATE", false, "call", 2, "a", "b1" };
static const letter updated = { "200 UPDATE", false, "call", 2, "a", "b1" };
static const letter reinvite = { "INVITE", true, "call", 9, "b1", "a" };

/* ---- as it is meant ------------------------------------------------------ */

/* Bob holds no certificate, of Alice or of ss1. SPEC reqs:CONF-4, mech:3.3:2 */
static void
test_pager_conversation(void **state)
{
    trio t;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &first, true, "ecdh");
    pass(&t, &back, false, "kek");
    pass(&t, &third, true, "kek");
    pass(&t, &back, false, "kek");
    trio_free(&t);
}

static void
test_call(void **state)
{
    const letter ringing = { "183 INVITE", false, "call", 1, "a", "b1" };
    const letter ack = { "ACK", false, "call", 1, "a", "b1" };
    trio t;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &invite, true, "ecdh");
    pass(&t, &ringing, false, "kek");
    pass(&t, &answer, false, "kek");
    /* SPEC wire:4:1: all branches know the INVITE's key */
    pass(&t, &ack, true, "ecdh");
    pass(&t, &update, true, "kek");
    pass(&t, &updated, false, "kek");
    pass(&t, &reinvite, false, "kek");
    trio_free(&t);
}

/* Bob must not go on under the INVITE's key by himself. */
static void
test_invite_key_is_for_answers(void **state)
{
    trio t;
    e2m_err err;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &invite, true, "ecdh");
    pass(&t, &answer, false, "kek");
    seal(&t, &reinvite, false, 1, &err);
    assert_int_equal(err, E2M_E_NOKEY);
    trio_free(&t);
}

static void
test_forked_answers(void **state)
{
    const letter other = { "200 INVITE", false, "call", 1, "a", "b2" };
    const letter elsewhere = { "UPDATE", false, "call", 3, "a", "b2" };
    trio t;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &invite, true, "ecdh");
    pass(&t, &answer, false, "kek");
    pass(&t, &other, false, "kek");
    /* a key of one branch is none of the other's */
    pass(&t, &update, true, "ecdh");
    pass(&t, &elsewhere, true, "ecdh");
    trio_free(&t);
}

/* In the early dialog: a PRACK with an offer, its answer, an UPDATE. */
static void
test_early_dialog(void **state)
{
    const letter prack = { "PRACK", false, "call", 2, "a", "b1" };
    const letter pracked = { "200 PRACK", false, "call", 2, "a", "b1" };
    const letter later = { "UPDATE", false, "call", 3, "a", "b1" };
    trio t;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &invite, true, "ecdh");
    pass(&t, &prack, true, "ecdh");
    pass(&t, &pracked, false, "kek");
    pass(&t, &later, true, "kek");
    pass(&t, &answer, false, "kek");
    trio_free(&t);
}

/* Two calls that pick the same reference: each finds its own key. */
static void
test_same_reference_twice(void **state)
{
    letter other = invite;
    letter other_answer = answer;
    trio t;

    (void)state;
    trio_new(&t, 0);
    other.call_id = "another";
    other_answer.call_id = "another";
    e2m_test_seed(9);
    pass(&t, &invite, true, "ecdh");
    e2m_test_seed(9);
    pass(&t, &other, true, "ecdh");
    pass(&t, &answer, false, "kek");
    pass(&t, &other_answer, false, "kek");
    trio_free(&t);
}

/* ---- its ends ------------------------------------------------------------ */

/* The sender renews by itself before the uses run out; no message is lost. */
static void
test_renews_before_it_runs_out(void **state)
{
    trio t;
    unsigned renewed = 0;

    (void)state;
    trio_new(&t, 6);
    for (unsigned i = 0; i < 30; i++) {
        e2m_err err;
        letter l = i % 3 == 2 ? back : first;
        e2m_bytes sealed;
        world_result r;

        l.cseq = i + 1;
        sealed = seal(&t, &l, true, 1, &err);
        ok(err);
        r = world_inspect(t.ss1, sealed, t.now);
        assert_int_equal(r.outcome, E2M_READ);
        renewed += strcmp(r.recipient, "ecdh") == 0;
        world_result_free(&r);
        r = world_open(by_alice(&l) ? t.bob : t.alice, sealed, t.now);
        assert_int_equal(r.outcome, E2M_READ);
        world_result_free(&r);
        world_bytes_free(sealed);
    }
    assert_in_range(renewed, 5, 9);
    trio_free(&t);
}

static void
test_age(void **state)
{
    trio t;
    e2m_err err;
    e2m_bytes late;
    world_result r;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &first, true, "ecdh");
    late = seal(&t, &back, false, 1, &err);
    ok(err);
    t.now += 3601;
    r = world_inspect(t.ss1, late, t.now - 3601 + 3600);
    assert_int_equal(r.outcome, E2M_UNDECIPHERABLE);
    assert_int_equal(r.status, 493);
    world_result_free(&r);
    seal(&t, &back, false, 1, &err);
    assert_int_equal(err, E2M_E_NOKEY);
    pass(&t, &third, true, "ecdh");
    world_bytes_free(late);
    trio_free(&t);
}

/* A middle that has lost its keys says 493; the sender renews, once. */
static void
test_lost_and_renewed(void **state)
{
    const world_extra fresh = { .no_replay_memory = true, .reuse = 256 };
    trio t;
    e2m_err err;
    e2m_bytes sealed;
    world_result r;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &first, true, "ecdh");
    e2m_free(t.ss1);
    t.ss1 = world_ctx(&t.w, SS1, &fresh);
    sealed = seal(&t, &third, true, 1, &err);
    ok(err);
    r = world_inspect(t.ss1, sealed, t.now);
    assert_int_equal(r.outcome, E2M_UNDECIPHERABLE);
    assert_int_equal(r.reason, E2M_BECAUSE_CANNOT_DECRYPT);
    world_result_free(&r);
    world_bytes_free(sealed);
    sealed = seal(&t, &third, true, 2, &err);
    ok(err);
    expect_read(sealed, world_inspect(t.ss1, sealed, t.now), "ecdh");
    expect_read(sealed, world_open(t.bob, sealed, t.now), "ecdh");
    world_bytes_free(sealed);
    pass(&t, &back, false, "kek");
    trio_free(&t);
}

static void
test_dialog_dropped(void **state)
{
    char plain[2048];
    e2m_bytes wire = { (uint8_t *)plain, 0 };
    uint8_t dialog[32];
    e2m_msg *msg = NULL;
    trio t;
    e2m_err err;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &invite, true, "ecdh");
    wire.len = write_letter(&answer, plain, sizeof plain);
    ok(e2m_msg_open(&msg, t.bob, wire, E2M_DATAGRAM, t.now));
    ok(e2m_msg_dialog(msg, dialog));
    e2m_msg_close(msg);
    dialog[0] ^= 1;
    e2m_reuse_drop(t.bob, dialog); /* another one */
    pass(&t, &answer, false, "kek");
    dialog[0] ^= 1;
    e2m_reuse_drop(t.bob, dialog);
    seal(&t, &answer, false, 1, &err);
    assert_int_equal(err, E2M_E_NOKEY);
    trio_free(&t);
}

/* The reference stands in the message; explain shows it in hex. */
static void
test_reference_dropped(void **state)
{
    const e2m_node *nodes = NULL;
    uint8_t reference[16];
    e2m_bytes sealed;
    e2m_msg *msg = NULL;
    size_t num = 0;
    trio t;
    e2m_err err;

    (void)state;
    trio_new(&t, 0);
    sealed = seal(&t, &first, true, 1, &err);
    ok(err);
    expect_read(sealed, world_open(t.bob, sealed, t.now), "ecdh");
    ok(e2m_msg_open(&msg, t.bob, sealed, E2M_DATAGRAM, t.now));
    ok(e2m_explain(msg, &nodes, &num));
    for (size_t i = 0; i < num; i++) {
        for (size_t k = 0; k < nodes[i].cek_reference.len / 2; k++) {
            unsigned octet = 0;

            assert_int_equal(
                sscanf((const char *)nodes[i].cek_reference.data + 2 * k,
                       "%2x", &octet), 1);
            reference[k] = (uint8_t)octet;
        }
    }
    e2m_msg_close(msg);
    world_bytes_free(seal(&t, &back, false, 1, &err));
    ok(err);
    e2m_reuse_drop_reference(t.bob, (e2m_bytes){ reference, 15 });
    world_bytes_free(seal(&t, &back, false, 1, &err));
    ok(err); /* another reference, however alike */
    e2m_reuse_drop_reference(t.bob, (e2m_bytes){ reference, 16 });
    seal(&t, &back, false, 1, &err);
    assert_int_equal(err, E2M_E_NOKEY);
    world_bytes_free(sealed);
    trio_free(&t);
}

/* ---- attacks ------------------------------------------------------------- */

/* The key of a conversation is not found from another one, though the store is
 * the very same. */
static void
test_other_parties_find_nothing(void **state)
{
    static const char *const changes[][2] = {
        { "alice@atlanta", "carol@atlanta" },
        { "bob@biloxi", "dave@biloxi" },
        { "required-entity=ss1.", "required-entity=ss2." },
    };
    const e2m_policy loose[] = { E2M_ALLOW_UNSIGNED, E2M_ALLOW_UNBOUND };
    trio t;
    e2m_err err;
    e2m_bytes sealed;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &first, true, "ecdh");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const size_t len = strlen(changes[i][0]);
        world_result r;
        uint8_t *at;

        sealed = seal(&t, &back, false, 1, &err);
        ok(err);
        at = (uint8_t *)(uintptr_t)sealed.data;
        for (size_t k = 0; k + len <= sealed.len; k++) {
            if (memcmp(at + k, changes[i][0], len) == 0) {
                memcpy(at + k, changes[i][1], len);
            }
        }
        r = world_open(t.alice, sealed, t.now);
        assert_int_not_equal(r.outcome, E2M_READ);
        world_result_free(&r);
        world_bytes_free(sealed);
    }
    (void)loose;
    trio_free(&t);
}

/* The message that set a used-up key, sent again, does not revive it. */
static void
test_replay_revives_nothing(void **state)
{
    trio t;
    e2m_err err;
    e2m_bytes setter;
    e2m_bytes last;
    world_result r;

    (void)state;
    trio_new(&t, 2);
    setter = seal(&t, &first, true, 1, &err);
    ok(err);
    expect_read(setter, world_open(t.bob, setter, t.now), "ecdh");
    /* answers may take the last ones: Bob's side has two uses */
    for (int i = 0; i < 2; i++) {
        const letter a = { "200 MESSAGE", false, "c1", 1, "a", "z" };
        const e2m_bytes sealed = seal(&t, &a, false, 1, &err);

        ok(err);
        expect_read(sealed, world_open(t.alice, sealed, t.now), "kek");
        world_bytes_free(sealed);
    }
    expect_read(setter, world_open(t.bob, setter, t.now), "ecdh");
    {
        const letter a = { "200 MESSAGE", false, "c1", 1, "a", "z" };

        last = seal(&t, &a, false, 1, &err);
    }
    assert_int_equal(err, E2M_E_NOKEY);
    assert_int_equal(last.len, 0);
    r = world_inspect(t.ss1, setter, t.now);
    world_result_free(&r);
    world_bytes_free(setter);
    trio_free(&t);
}

static void
test_callee_accepts_not_every_middle(void **state)
{
    char plain[2048];
    e2m_bytes wire = { (uint8_t *)plain, 0 };
    static const char *const names[] = { "ss2.biloxi.example.com",
                                         "SS1.atlanta.example.com" };
    trio t;

    (void)state;
    trio_new(&t, 0);
    pass(&t, &invite, true, "ecdh");
    wire.len = write_letter(&answer, plain, sizeof plain);
    for (size_t i = 0; i < 2; i++) {
        const e2m_edit *edits = NULL;
        e2m_plan *plan = NULL;
        e2m_msg *msg = NULL;
        size_t num = 0;

        ok(e2m_plan_new(&plan, t.bob));
        ok(e2m_plan_set(plan, E2M_OPT_REUSE, 1));
        ok(e2m_plan_accept(plan, world_str(names[i])));
        ok(e2m_msg_open(&msg, t.bob, wire, E2M_DATAGRAM, t.now));
        assert_int_equal(e2m_end_seal(msg, plan, &edits, &num),
                         i == 0 ? E2M_E_NOKEY : E2M_OK);
        e2m_msg_close(msg);
        e2m_plan_free(plan);
    }
    trio_free(&t);
}

/* Only what is believed sets a key. */
static void
test_disbelieved_sets_nothing(void **state)
{
    trio t;
    e2m_err err;
    e2m_bytes sealed;
    world_result r;

    (void)state;
    trio_new(&t, 0);
    sealed = seal(&t, &first, true, 1, &err);
    ok(err);
    r = world_open(t.bob, sealed, t.now + 7200); /* stale */
    assert_int_equal(r.outcome, E2M_FORBIDDEN);
    world_result_free(&r);
    seal(&t, &back, false, 1, &err);
    assert_int_equal(err, E2M_E_NOKEY);
    world_bytes_free(sealed);
    trio_free(&t);
}

/* A full store forgets; nothing is lost but time. */
static void
test_full_store(void **state)
{
    const world_extra small = { .no_replay_memory = true, .reuse = 1 };
    trio t;

    (void)state;
    trio_new(&t, 0);
    e2m_free(t.ss1);
    t.ss1 = world_ctx(&t.w, SS1, &small);
    for (unsigned i = 0; i < 600; i++) { /* two records each, 1024 places */
        char id[16];
        letter l = invite;

        (void)snprintf(id, sizeof id, "call%u", i);
        l.call_id = id;
        pass(&t, &l, true, "ecdh");
        l = answer;
        l.call_id = id;
        pass(&t, &l, false, "kek");
    }
    trio_free(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pager_conversation),
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_invite_key_is_for_answers),
        cmocka_unit_test(test_forked_answers),
        cmocka_unit_test(test_early_dialog),
        cmocka_unit_test(test_same_reference_twice),
        cmocka_unit_test(test_renews_before_it_runs_out),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_lost_and_renewed),
        cmocka_unit_test(test_dialog_dropped),
        cmocka_unit_test(test_reference_dropped),
        cmocka_unit_test(test_other_parties_find_nothing),
        cmocka_unit_test(test_replay_revives_nothing),
        cmocka_unit_test(test_callee_accepts_not_every_middle),
        cmocka_unit_test(test_disbelieved_sets_nothing),
        cmocka_unit_test(test_full_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
