/* SPDX-License-Identifier: BSD-3-Clause */
/* A middle demands, a user agent finds out and seals once more; what each
 * demand says, and what policy denies. */
#include "discovery.h"

/* ---- the main job -------------------------------------------------------- */

/* SPEC reqs:GEN-4, wire:5:1 */
static void
test_demand_is_met(void **state)
{
    const middle m = ss1();
    e2m_bytes answer = demand_by(&m);
    e2m_bytes sealed;
    world_result r;
    opinion o;

    (void)state;
    o = judge_now(answer);
    assert_true(o.believed);
    assert_true(o.allowed);
    assert_string_equal(o.middle, SS1_NAME);
    assert_int_equal(o.num, 1);
    assert_int_equal(o.what[0], E2M_VIEW);
    assert_string_equal(o.type[0], "application/sdp");
    world_bytes_free(answer);

    sealed = seal_learned(&w, world_invite, open_policy, memory);
    answer = middle_inspect(&m, sealed, &r);
    assert_null(answer.data);
    assert_int_equal(r.outcome, E2M_READ);
    assert_int_equal(r.status, 0);
    r = world_inspect(w.ctx[VISITED], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_NOT_FOR_ME);
    world_result_free(&r);
    r = world_open(w.ctx[BOB], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    world_result_free(&r);
    world_bytes_free(sealed);
    forget_all();
}

/* Each way to ask: what comes in, the demand, the answer, what alice reads.
 * SPEC mech:2.3:4 */
static void
test_every_demand(void **state)
{
    static const e2m_policy strict[] = { E2M_REQUIRE_SHARED,
                                         E2M_REQUIRE_COMMITTED };
    static const struct {
        bool sign;
        bool seal;
        unsigned what;
        const char *type;
        e2m_answers answers;
        bool strict;
        unsigned status; /* 0: passes */
        unsigned demand;
        const char *demanded;
    } rows[] = {
        { true, true, E2M_VIEW, "application/sdp", E2M_ANSWERS_MECH, false,
          493, E2M_VIEW, "application/sdp" },
        { true, true, E2M_VIEW, "*", E2M_ANSWERS_MECH, false, 493, E2M_VIEW,
          "*" },
        { true, true, E2M_VIEW | E2M_VERIFY, "application/*",
          E2M_ANSWERS_MECH, false, 493, E2M_VIEW, "application/*" },
        { true, true, E2M_VERIFY, "application/sdp", E2M_ANSWERS_MECH, false,
          0, 0, NULL },
        { false, true, E2M_VERIFY, "application/sdp", E2M_ANSWERS_MECH, false,
          403, E2M_VERIFY, "multipart/signed" },
        { false, true, E2M_VERIFY | E2M_VIEW, "application/sdp",
          E2M_ANSWERS_MECH, false, 493, E2M_VIEW, "application/sdp" },
        { false, false, E2M_VIEW, "application/sdp", E2M_ANSWERS_MECH, false,
          0, 0, NULL },
        { false, false, E2M_VERIFY, "application/sdp", E2M_ANSWERS_MECH,
          false, 403, E2M_VERIFY, "multipart/signed" },
        { false, false, E2M_SEALED, "application/sdp", E2M_ANSWERS_MECH,
          false, 403, E2M_VIEW, "application/sdp" },
        { true, false, E2M_SEALED | E2M_VERIFY, "*", E2M_ANSWERS_MECH, false,
          403, E2M_VIEW, "*/*" },
        { true, true, E2M_VIEW, "application/sdp", E2M_ANSWERS_MECH, true,
          493, E2M_VIEW, "*" },
        { true, true, E2M_VIEW, "application/sdp", E2M_ANSWERS_FINAL, false,
          496, E2M_VIEW, "application/sdp" },
        { true, true, E2M_VIEW, "*", E2M_ANSWERS_FINAL, false, 496, E2M_VIEW,
          "*" },
        { false, true, E2M_VERIFY, "*", E2M_ANSWERS_FINAL, false, 495,
          E2M_VERIFY, "multipart/signed" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        middle m = ss1();
        e2m_plan *plan = NULL;
        e2m_bytes sent = world_str(world_invite);
        e2m_bytes answer;
        world_result r;
        opinion o;

        m.answers = rows[i].answers;
        m.demands[0].what = rows[i].what;
        m.demands[0].type = rows[i].type;
        m.policies = strict;
        m.num_policies = rows[i].strict ? 2 : 0;
        if (rows[i].sign || rows[i].seal) {
            ok(e2m_plan_new(&plan, w.ctx[ALICE]));
            ok(e2m_plan_set(plan, E2M_OPT_SIGN, rows[i].sign));
            if (rows[i].seal) {
                ok(e2m_plan_to(plan, w.peer[BOB]));
            }
            sent = world_seal(w.ctx[ALICE], plan, sent);
        }
        answer = middle_inspect(&m, sent, &r);
        assert_int_equal(r.status, rows[i].status);
        if (rows[i].status != 0) {
            o = judge_now(answer);
            assert_true(o.believed);
            assert_int_equal(o.what[0], rows[i].demand);
            assert_string_equal(o.type[0], rows[i].demanded);
            world_bytes_free(answer);
            forget_all();
        }
        if (plan != NULL) {
            world_bytes_free(sent);
        }
        e2m_plan_free(plan);
    }
}

/* Sealed, a proxy cannot know what it is: it names all that it must view. The
 * demands that are about this call are met, and no others are learned. */
static void
test_several_types(void **state)
{
    middle m = ss1();
    e2m_lesson lesson;
    e2m_bytes answer;
    opinion o;

    (void)state;
    m.demands[0].type = "text/plain";
    m.demands[1].what = E2M_VIEW;
    m.demands[1].type = "application/sdp";
    m.demands[2].what = E2M_VIEW;
    m.demands[2].type = "message/*";
    answer = demand_by(&m);
    o = judge_now(answer);
    world_bytes_free(answer);
    assert_int_equal(o.num, 3);
    assert_true(o.allowed);
    assert_int_equal(e2m_learned_count(memory), 1);
    e2m_learned_get(memory, 0, &lesson);
    assert_int_equal(lesson.demand.type.len, strlen("application/sdp"));
    forget_all();
    m.demands[1].type = "text/html"; /* none of them */
    answer = demand_by(&m);
    o = judge_now(answer);
    world_bytes_free(answer);
    assert_true(o.believed);
    assert_false(o.allowed);
    assert_int_equal(e2m_learned_count(memory), 0);
}

/* A message that has not what is demanded, and answers to it, pass. */
static void
test_what_is_not_there_is_not_missed(void **state)
{
    middle m = ss1();
    e2m_bytes answer;
    world_result r;

    (void)state;
    m.demands[0].what = E2M_VIEW | E2M_VERIFY | E2M_SEALED;
    assert_null(middle_inspect(&m, world_str(world_message), &r).data);
    assert_int_equal(r.outcome, E2M_NOT_FOR_ME);
    m.demands[0].type = "text/*";
    answer = middle_inspect(&m, world_str(world_message), &r);
    assert_int_equal(r.reason, E2M_BECAUSE_NOT_SEALED);
    world_bytes_free(answer);
}

/* Appends a sealed message as a MIME part: its Content-* lines and its body. */
static size_t
put_part(char *out, size_t cap, e2m_bytes message)
{
    const char *at = (const char *)message.data;
    size_t len = (size_t)snprintf(out, cap, "--d\r\n");

    for (;;) {
        const char *end = strstr(at, "\r\n");
        const size_t n = (size_t)(end - at) + 2;

        if (n == 2) {
            break;
        }
        if (strncmp(at, "Content-", 8) == 0 &&
            strncmp(at, "Content-Length", 14) != 0) {
            assert_true(len + n < cap);
            memcpy(out + len, at, n);
            len += n;
        }
        at = end + 2;
    }
    {
        const size_t n =
            message.len - (size_t)(at - (const char *)message.data);

        assert_true(len + n + 2 < cap);
        memcpy(out + len, at, n);
        memcpy(out + len + n, "\r\n", 2);
        return len + n + 2;
    }
}

/* One SDP for ss1 and bob, labelled, and another one for bob alone. */
static e2m_bytes
with_decoy(void)
{
    static const char head[] =
        "INVITE sip:bob@biloxi.example.com SIP/2.0\r\n"
        "From: <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"
        "To: <sip:bob@biloxi.example.com>\r\nCall-ID: decoy\r\n"
        "CSeq: 1 INVITE\r\nContent-Type: multipart/mixed;boundary=d\r\n\r\n";
    e2m_bytes sealed[2];
    char *text = malloc(16384);
    size_t len = sizeof head - 1;
    e2m_plan *plan = world_plan(&w, w.ctx[ALICE], BOB);
    e2m_bytes out;

    assert_non_null(text);
    memcpy(text, head, len);
    for (size_t i = 0; i < 2; i++) {
        ok(e2m_plan_set(plan, E2M_OPT_SIGN, 0));
        ok(e2m_plan_set(plan, E2M_OPT_BASE64, 1));
        sealed[i] = world_seal(w.ctx[ALICE], plan, world_str(world_invite));
        len += put_part(text + len, 16384 - len, sealed[i]);
        world_bytes_free(sealed[i]);
        e2m_plan_free(plan);
        ok(e2m_plan_new(&plan, w.ctx[ALICE]));
        ok(e2m_plan_to(plan, w.peer[BOB]));
    }
    len += (size_t)snprintf(text + len, 16384 - len, "--d--\r\n");
    e2m_plan_free(plan);
    ok(e2m_plan_new(&plan, w.ctx[ALICE]));
    out = world_seal(w.ctx[ALICE], plan,
                     (e2m_bytes){ (const uint8_t *)text, len });
    e2m_plan_free(plan);
    free(text);
    return out;
}

/* A decoy for the middle passes one that wants to see some SDP, and not one
 * that must see what the far user gets (SPEC wire:1:2; final 7.1). */
static void
test_decoy(void **state)
{
    static const e2m_policy strict[] = { E2M_REQUIRE_SHARED };
    e2m_bytes sent = with_decoy();
    middle m = ss1();
    e2m_bytes answer;
    world_result r;

    (void)state;
    assert_null(middle_inspect(&m, sent, &r).data);
    assert_int_equal(r.outcome, E2M_READ);
    m.policies = strict;
    m.num_policies = 1;
    answer = middle_inspect(&m, sent, &r);
    assert_non_null(answer.data);
    assert_int_equal(r.reason, E2M_BECAUSE_UNDISCLOSED);
    world_bytes_free(answer);
    world_bytes_free(sent);
}

/* Believed, but the policy says no; and for content that is not there. */
static void
test_policy_denies(void **state)
{
    static const struct {
        const char *policy;
        const char *type;
        bool allowed;
    } rows[] = {
        { "", "application/sdp", false },
        { "ss2.atlanta.example.com view *", "application/sdp", false },
        { "@peer view *", "application/sdp", false },
        { SS1_NAME " view text/plain verify *", "application/sdp", false },
        { SS1_NAME " verify *;" SS1_NAME " view *", "application/sdp", false },
        { "*.example.com verify *;@own view *", "application/sdp", false },
        { SS1_NAME " view *", "application/pidf+xml", false },
        { SS1_NAME " view application/sdp", "*", true },
        { SS1_NAME " view application/sdp withhold keys", "*", true },
        { "*.atlanta.example.com view *", "application/sdp", true },
        { "@own view application/*", "application/sdp", true },
        { "SS1.Atlanta.Example.Com view *", "application/sdp", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        e2m_disclosure *policy = disclosure(rows[i].policy);
        middle m = ss1();
        e2m_bytes answer;
        opinion o;

        m.demands[0].type = rows[i].type;
        answer = demand_by(&m);
        o = judge(w.ctx[ALICE], answer, world_str(world_invite), WORLD_NOW,
                  policy, memory);
        assert_true(o.believed);
        assert_int_equal(o.allowed, rows[i].allowed);
        assert_int_equal(e2m_learned_count(memory), rows[i].allowed);
        forget_all();
        world_bytes_free(answer);
        e2m_disclosure_free(policy);
    }
}

/* Without a request to compare with it is a report, and not believed. */
static void
test_report_alone(void **state)
{
    const middle m = ss1();
    e2m_bytes answer = demand_by(&m);
    const e2m_rejection *r = NULL;
    e2m_msg *msg = NULL;

    (void)state;
    ok(e2m_msg_open(&msg, w.ctx[ALICE], answer, E2M_DATAGRAM, WORLD_NOW));
    ok(e2m_end_rejection(msg, NULL, &r));
    assert_false(r->believed);
    assert_int_equal(r->reason, E2M_BECAUSE_OTHER_MESSAGE);
    assert_int_equal(r->num_demands, 1);
    assert_int_equal(e2m_end_rejection(msg, msg, &r), E2M_E_ARG);
    e2m_msg_close(msg);
    world_bytes_free(answer);
    ok(e2m_msg_open(&msg, w.ctx[ALICE], world_str(world_answer), E2M_DATAGRAM,
                    WORLD_NOW));
    ok(e2m_end_rejection(msg, NULL, &r));
    assert_int_equal(r->reason, E2M_BECAUSE_NO_DEMAND);
    assert_int_equal(r->status, 0);
    e2m_msg_close(msg);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demand_is_met),
        cmocka_unit_test(test_every_demand),
        cmocka_unit_test(test_several_types),
        cmocka_unit_test(test_what_is_not_there_is_not_missed),
        cmocka_unit_test(test_decoy),
        cmocka_unit_test(test_policy_denies),
        cmocka_unit_test(test_report_alone),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
