/* SPDX-License-Identifier: BSD-3-Clause */
/* A middle demands, a user agent finds out whether to believe it. Every attack
 * that must fail, fails here with its own reason, and discloses nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "demand.h"

static world w;
static e2m_pki_pair ss1_again;   /* another certificate of ss1 */
static e2m_pki_pair ss1_foreign; /* of a CA that nobody trusts */
static e2m_pki_pair ss1_old;     /* expired */
static e2m_disclosure *open_policy;
static e2m_learned *memory;

#define SS1_NAME "ss1.atlanta.example.com"

static void
ok(e2m_err err)
{
    assert_int_equal(err, E2M_OK);
}

static e2m_pki_pair
issue(const e2m_pki_pair *ca, int64_t now)
{
    const size_t len = ca->cert.len + ca->key.len;
    uint8_t *pem = malloc(len);
    e2m_pki_pair out;

    assert_non_null(pem);
    memcpy(pem, ca->cert.data, ca->cert.len);
    memcpy(pem + ca->cert.len, ca->key.data, ca->key.len);
    ok(e2m_pki_issue((e2m_bytes){ pem, len }, world_str(SS1_NAME), 0, now,
                     &out));
    free(pem);
    return out;
}

static int
setup(void **state)
{
    (void)state;
    world_new(&w, 0);
    ss1_again = issue(&w.ca, WORLD_NOW);
    ss1_foreign = issue(&w.other_ca, WORLD_NOW);
    ss1_old = issue(&w.ca, WORLD_NOW - 400 * 86400);
    open_policy = disclosure("@own view * verify *;@peer view * verify *");
    ok(e2m_learned_new(&memory, w.ctx[ALICE]));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_learned_free(memory);
    e2m_disclosure_free(open_policy);
    e2m_pki_free(&ss1_old);
    e2m_pki_free(&ss1_foreign);
    e2m_pki_free(&ss1_again);
    world_free(&w);
    return 0;
}

static void
forget_all(void)
{
    (void)e2m_learned_drop(memory, INT64_MAX);
    assert_int_equal(e2m_learned_count(memory), 0);
}

/* ss1 that must view SDP, and what it answers to one sealed for bob alone. */
static middle
ss1(void)
{
    return (middle){ .pair = &w.pair[SS1], .anchor = w.ca.cert,
                     .names = { SS1_NAME },
                     .demands = { { E2M_VIEW, "application/sdp" } } };
}

static e2m_bytes
demand_by(const middle *m)
{
    e2m_bytes sealed = seal_learned(&w, world_invite, open_policy, memory);
    world_result r;
    e2m_bytes answer = middle_inspect(m, sealed, &r);

    assert_non_null(answer.data);
    world_bytes_free(sealed);
    return answer;
}

static opinion
judge_now(e2m_bytes answer)
{
    return judge(w.ctx[ALICE], answer, world_str(world_invite), WORLD_NOW,
                 open_policy, memory);
}

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

/* ---- attacks ------------------------------------------------------------- */

static void
expect_doubt(e2m_bytes answer, e2m_bytes request, int64_t now,
             e2m_reason reason)
{
    const opinion o = judge(w.ctx[ALICE], answer, request, now, open_policy,
                            memory);

    assert_false(o.believed);
    assert_int_equal(o.reason, reason);
    assert_false(o.allowed);
    assert_int_equal(e2m_learned_count(memory), 0);
}

/* `message` with the first `from` in it as `to`, of the same length. */
static e2m_bytes
changed(e2m_bytes message, const char *from, const char *to)
{
    uint8_t *copy = malloc(message.len);
    const size_t len = strlen(from);

    assert_non_null(copy);
    assert_int_equal(len, strlen(to));
    memcpy(copy, message.data, message.len);
    for (size_t i = 0; i + len <= message.len; i++) {
        if (memcmp(copy + i, from, len) == 0) {
            memcpy(copy + i, to, len);
            return (e2m_bytes){ copy, message.len };
        }
    }
    fail_msg("no %s", from);
    return message;
}

static void
test_answer_to_another_request(void **state)
{
    static const char *const changes[][2] = {
        { "i: 3848276298220188511", "i: 3848276298220188512" },
        { "CSeq: 1 INVITE", "CSeq: 2 INVITE" },
        { "tag=9fxced76sl", "tag=9fxced76sm" },
        { "t: Bob <sip:bob@", "t: Bob <sip:rob@" },
    };
    const middle m = ss1();
    e2m_bytes answer = demand_by(&m);

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        e2m_bytes other = changed(world_str(world_invite), changes[i][0],
                                  changes[i][1]);

        expect_doubt(answer, other, WORLD_NOW, E2M_BECAUSE_OTHER_MESSAGE);
        world_bytes_free(other);
    }
    world_bytes_free(answer);
}

static void
test_replayed_later(void **state)
{
    const middle m = ss1();
    e2m_bytes answer = demand_by(&m);

    (void)state;
    expect_doubt(answer, world_str(world_invite), WORLD_NOW + 4000,
                 E2M_BECAUSE_STALE);
    expect_doubt(answer, world_str(world_invite), WORLD_NOW - 4000,
                 E2M_BECAUSE_STALE);
    world_bytes_free(answer);
}

static void
test_certificates(void **state)
{
    middle m = ss1();
    e2m_bytes answer;

    (void)state;
    m.pair = &ss1_foreign;
    answer = demand_by(&m);
    expect_doubt(answer, world_str(world_invite), WORLD_NOW,
                 E2M_BECAUSE_UNTRUSTED);
    world_bytes_free(answer);
    m.pair = &ss1_old;
    answer = demand_by(&m);
    expect_doubt(answer, world_str(world_invite), WORLD_NOW,
                 E2M_BECAUSE_EXPIRED);
    world_bytes_free(answer);
    /* another proxy, well certified, that speaks as ss1 */
    m.pair = &w.pair[VISITED];
    m.names[1] = "proxy.visited.example.net";
    answer = demand_by(&m);
    expect_doubt(answer, world_str(world_invite), WORLD_NOW,
                 E2M_BECAUSE_WRONG_IDENTITY);
    world_bytes_free(answer);
    m.names[1] = NULL;
    m.pair = &ss1_again;
    answer = demand_by(&m);
    assert_true(judge_now(answer).believed);
    world_bytes_free(answer);
    forget_all();
}

/* Text that the demand says, changed; the signature does not hold. */
static void
test_changed_on_the_way(void **state)
{
    static const char *const changes[][2] = {
        { "'application/sdp'", "'application/xml'" },
        { "Warning: 380 ss1", "Warning: 381 ss1" },
        { "Date: ", "Date:\t" },
    };
    const middle m = ss1();
    e2m_bytes answer = demand_by(&m);

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        e2m_bytes other = changed(answer, changes[i][0], changes[i][1]);

        expect_doubt(other, world_str(world_invite), WORLD_NOW,
                     E2M_BECAUSE_BAD_SIGNATURE);
        world_bytes_free(other);
    }
    /* the number on the outside is not the one that was signed */
    {
        e2m_bytes other = changed(answer, "SIP/2.0 493", "SIP/2.0 403");

        expect_doubt(other, world_str(world_invite), WORLD_NOW,
                     E2M_BECAUSE_OTHER_MESSAGE);
        world_bytes_free(other);
    }
    world_bytes_free(answer);
}

/* A rejection as a response that anybody could write; its body is `body`, of
 * `type`; mallory signs it when `sign`. */
static e2m_bytes
forged(const char *type, const char *body, bool sign)
{
    static const char form[] =
        "SIP/2.0 493 Undecipherable\r\n"
        "Via: SIP/2.0/TCP client.atlanta.example.com;branch=z9hG4bK74bf9\r\n"
        "From: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"
        "To: <sip:%s>;tag=x\r\n"
        "Call-ID: 3848276298220188511@atlanta.example.com\r\n"
        "CSeq: 1 INVITE\r\n"
        "Content-Type: %s\r\n"
        "Content-Length: %zu\r\n\r\n%s";
    char *text = malloc(4096);
    e2m_bytes out = { (const uint8_t *)text, 0 };
    e2m_plan *plan = NULL;

    assert_non_null(text);
    out.len = (size_t)snprintf(text, 4096, form,
                               sign ? "mallory@evil.example.net"
                                    : "bob@biloxi.example.com",
                               type, strlen(body), body);
    assert_true(out.len < 4096);
    if (sign) {
        const e2m_bytes plain = out;

        ok(e2m_plan_new(&plan, w.ctx[MALLORY]));
        ok(e2m_plan_set(plan, E2M_OPT_AIB, 0));
        out = world_seal(w.ctx[MALLORY], plan, plain);
        e2m_plan_free(plan);
        free(text);
    }
    return out;
}

#define FRAGMENT(warnings)                                                   \
    "--b\r\nContent-Type: message/sipfrag\r\n\r\n"                           \
    "SIP/2.0 493 Undecipherable\r\n"                                         \
    "From: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"         \
    "To: Bob <sip:bob@biloxi.example.com>\r\n"                               \
    "Call-ID: 3848276298220188511@atlanta.example.com\r\n"                   \
    "CSeq: 1 INVITE\r\n"                                                     \
    "Date: Wed, 18 Nov 2026 11:06:40 GMT\r\n" warnings "\r\n--b--\r\n"
#define VIEW(name) "Warning: 380 " name " \"Required to view 'text/plain'\"\r\n"

static void
test_forged(void **state)
{
    static const struct {
        const char *type;
        const char *body;
        bool sign;
        e2m_reason reason;
    } rows[] = {
        /* nobody signed it, or the signature was stripped */
        { "multipart/mixed;boundary=b", FRAGMENT(VIEW(SS1_NAME)), false,
          E2M_BECAUSE_NOT_SIGNED },
        { "message/sipfrag", "SIP/2.0 493 Undecipherable\r\n", false,
          E2M_BECAUSE_NOT_SIGNED },
        /* the far side signs it, for ss1, for itself, for many */
        { "multipart/mixed;boundary=b", FRAGMENT(VIEW(SS1_NAME)), true,
          E2M_BECAUSE_WRONG_IDENTITY },
        { "multipart/mixed;boundary=b", FRAGMENT(VIEW("evil.example.net")),
          true, E2M_BECAUSE_WRONG_IDENTITY },
        { "multipart/mixed;boundary=b",
          FRAGMENT(VIEW(SS1_NAME) VIEW("ss2.atlanta.example.com")), true,
          E2M_BECAUSE_WRONG_IDENTITY },
        { "multipart/mixed;boundary=b",
          FRAGMENT("Warning: 380 a.example \"Required to view 'a/b'\", "
                   "380 c.example \"Required to view 'a/b'\"\r\n"),
          true, E2M_BECAUSE_WRONG_IDENTITY },
        /* there is no demand for plain text, nor for what is no type */
        { "multipart/mixed;boundary=b",
          FRAGMENT("Warning: 380 " SS1_NAME " \"Required to send plain\"\r\n"),
          true, E2M_BECAUSE_NO_DEMAND },
        { "multipart/mixed;boundary=b",
          FRAGMENT("Warning: 380 " SS1_NAME
                   " \"Required not to seal 'text/plain'\"\r\n"),
          true, E2M_BECAUSE_NO_DEMAND },
        { "multipart/mixed;boundary=b",
          FRAGMENT("Warning: 380 " SS1_NAME
                   " \"Required to view 'text'\"\r\n"),
          true, E2M_BECAUSE_NO_DEMAND },
        { "multipart/mixed;boundary=b",
          FRAGMENT("Warning: 399 " SS1_NAME
                   " \"Required to view 'text/plain'\"\r\n"),
          true, E2M_BECAUSE_NO_DEMAND },
        /* signed, but something else */
        { "text/plain", "please pay", true, E2M_BECAUSE_NO_DEMAND },
        { "multipart/mixed;boundary=b",
          "--b\r\n\r\nplease pay\r\n--b--\r\n", true, E2M_BECAUSE_NO_DEMAND },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        e2m_bytes answer = forged(rows[i].type, rows[i].body, rows[i].sign);

        expect_doubt(answer, world_str(world_invite), WORLD_NOW,
                     rows[i].reason);
        world_bytes_free(answer);
    }
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
        cmocka_unit_test(test_what_is_not_there_is_not_missed),
        cmocka_unit_test(test_answer_to_another_request),
        cmocka_unit_test(test_replayed_later),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_changed_on_the_way),
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_policy_denies),
        cmocka_unit_test(test_report_alone),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
