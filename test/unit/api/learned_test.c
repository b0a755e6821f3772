/* SPDX-License-Identifier: BSD-3-Clause */
/* What was learned: for which messages it holds, how long, as text; and what
 * the disclosure policy keeps back. */
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

#define SS1_NAME "ss1.atlanta.example.com"

/* An SDP with keys, and a picture of the caller. */
static const char world_mixed[] =
    "INVITE sip:bob@biloxi.example.com SIP/2.0\r\n"
    "From: <sip:alice@atlanta.example.com>;tag=1\r\n"
    "To: <sip:bob@biloxi.example.com>\r\nCall-ID: mixed\r\n"
    "CSeq: 1 INVITE\r\nContent-Type: multipart/mixed;boundary=d\r\n\r\n"
    "--d\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"
    "--d\r\nContent-Type: image/png\r\n\r\nx\r\n--d--\r\n";

static void
ok(e2m_err err)
{
    assert_int_equal(err, E2M_OK);
}

static int
setup(void **state)
{
    (void)state;
    world_new(&w, 0);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_free(&w);
    return 0;
}

/* alice, after ss1 demanded to do `what` with SDP and `policy` allowed it. */
static e2m_learned *
taught(unsigned what, const e2m_disclosure *policy)
{
    const middle m = { .pair = &w.pair[SS1], .anchor = w.ca.cert,
                       .names = { SS1_NAME },
                       .demands = { { what, "application/sdp" } } };
    e2m_learned *memory = NULL;
    e2m_plan *plan = NULL;
    e2m_bytes sealed;
    e2m_bytes answer;
    world_result r;

    ok(e2m_learned_new(&memory, w.ctx[ALICE]));
    ok(e2m_plan_new(&plan, w.ctx[ALICE]));
    ok(e2m_plan_to(plan, w.peer[BOB]));
    ok(e2m_plan_set(plan, E2M_OPT_SIGN, what == E2M_VIEW));
    sealed = world_seal(w.ctx[ALICE], plan, world_str(world_invite));
    answer = middle_inspect(&m, sealed, &r);
    assert_true(judge(w.ctx[ALICE], answer, world_str(world_invite),
                      WORLD_NOW, policy, memory)
                    .allowed);
    world_bytes_free(answer);
    world_bytes_free(sealed);
    e2m_plan_free(plan);
    return memory;
}

/* Of its type, and no more. */
static void
test_holds_for_its_type(void **state)
{
    e2m_disclosure *policy = disclosure("@own view *");
    e2m_learned *memory = taught(E2M_VIEW, policy);
    e2m_bytes sealed = seal_learned(&w, world_message, policy, memory);
    world_result r;

    (void)state;
    r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_NOT_FOR_ME);
    world_result_free(&r);
    world_bytes_free(sealed);
    sealed = seal_learned(&w, world_invite, policy, memory);
    r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    assert_true(world_contains(r.content, "a=crypto"));
    world_result_free(&r);
    world_bytes_free(sealed);
    e2m_learned_free(memory);
    e2m_disclosure_free(policy);
}

/* The policy is asked again each time. */
static void
test_policy_changes(void **state)
{
    e2m_disclosure *policy = disclosure("@own view *");
    e2m_disclosure *none = disclosure("@own verify *");
    e2m_learned *memory = taught(E2M_VIEW, policy);
    e2m_bytes sealed = seal_learned(&w, world_invite, none, memory);
    world_result r;

    (void)state;
    r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_NOT_FOR_ME);
    world_result_free(&r);
    world_bytes_free(sealed);
    e2m_learned_free(memory);
    e2m_disclosure_free(none);
    e2m_disclosure_free(policy);
}

/* ss1 gets a copy without keys and candidates, bob the whole. */
static void
test_withheld(void **state)
{
    e2m_disclosure *policy =
        disclosure("@own view * withhold keys withhold a=rtpmap");
    e2m_learned *memory = taught(E2M_VIEW, policy);
    e2m_bytes sealed = seal_learned(&w, world_invite, policy, memory);
    world_result r;

    (void)state;
    r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    assert_true(world_contains(r.content, "m=audio 49172"));
    assert_false(world_contains(r.content, "a=crypto"));
    assert_false(world_contains(r.content, "a=rtpmap"));
    assert_false(r.shared);
    world_result_free(&r);
    r = world_open(w.ctx[BOB], sealed, WORLD_NOW);
    assert_true(world_contains(r.plain, "a=crypto"));
    assert_true(world_contains(r.plain, "a=rtpmap"));
    world_result_free(&r);
    world_bytes_free(sealed);
    e2m_learned_free(memory);
    e2m_disclosure_free(policy);
}

/* Of what is no SDP nothing is withheld; of one beside something else no copy
 * can be made. */
static void
test_withheld_of_what(void **state)
{
    e2m_disclosure *policy = disclosure("@own view * withhold keys");
    e2m_question q = { .middle = world_str(SS1_NAME),
                       .own = world_str("atlanta.example.com"),
                       .what = E2M_VIEW,
                       .type = world_str("text/plain") };
    e2m_learned *memory = taught(E2M_VIEW, policy);
    e2m_bytes sealed = seal_learned(&w, world_mixed, policy, memory);
    world_result r;
    e2m_permit permit;

    (void)state;
    e2m_disclosure_ask(policy, &q, &permit);
    assert_true(permit.allowed);
    assert_false(permit.copy);
    q.type = world_str("Application/SDP");
    e2m_disclosure_ask(policy, &q, &permit);
    assert_true(permit.allowed);
    assert_true(permit.copy);
    r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_NOT_FOR_ME);
    world_result_free(&r);
    world_bytes_free(sealed);
    e2m_learned_free(memory);
    e2m_disclosure_free(policy);
}

/* A demand to verify: the signature is labelled, nothing is disclosed. */
static void
test_verify_alone(void **state)
{
    e2m_disclosure *policy = disclosure("@own verify *");
    e2m_learned *memory = taught(E2M_VERIFY, policy);
    e2m_bytes sealed = seal_learned(&w, world_invite, policy, memory);
    e2m_bytes names = { NULL, 0 };
    e2m_msg *msg = NULL;
    const e2m_verdict *v = NULL;
    const e2m_edit *edits = NULL;
    size_t num = 0;
    world_result r;

    (void)state;
    r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    assert_false(world_contains(r.content, "m=audio"));
    world_result_free(&r);
    ok(e2m_msg_open(&msg, w.ctx[BOB], sealed, E2M_DATAGRAM, WORLD_NOW));
    ok(e2m_end_open(msg, &v, &edits, &num));
    names = v->verifiers;
    assert_int_equal(names.len, strlen(SS1_NAME));
    assert_memory_equal(names.data, SS1_NAME, names.len);
    e2m_msg_close(msg);
    world_bytes_free(sealed);
    e2m_learned_free(memory);
    e2m_disclosure_free(policy);
}

/* bob, asked to sign for ss1 too: by his own policy. SPEC reqs:INT-3 */
static void
test_answer_for_the_same_proxy(void **state)
{
    static const struct {
        const char *policy; /* NULL: none */
        bool labelled;
    } rows[] = {
        { NULL, true },
        { SS1_NAME " verify *", true },
        { "@peer verify application/sdp", true },
        { "@own verify *", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        e2m_disclosure *policy = rows[i].policy != NULL
                                     ? disclosure(rows[i].policy)
                                     : NULL;
        e2m_plan *plan = NULL;
        e2m_msg *msg = NULL;
        e2m_bytes sealed;
        world_result r;

        ok(e2m_plan_new(&plan, w.ctx[BOB]));
        ok(e2m_plan_to(plan, w.peer[ALICE]));
        e2m_plan_disclosure(plan, policy);
        ok(e2m_msg_open(&msg, w.ctx[BOB], world_str(world_answer),
                        E2M_DATAGRAM, WORLD_NOW));
        ok(e2m_plan_asked(plan, msg, world_str("sip:" SS1_NAME
                                               ", bad name;x, " SS1_NAME)));
        e2m_msg_close(msg);
        sealed = world_seal(w.ctx[BOB], plan, world_str(world_answer));
        r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
        assert_int_equal(r.outcome,
                         rows[i].labelled ? E2M_READ : E2M_NOT_FOR_ME);
        world_result_free(&r);
        world_bytes_free(sealed);
        e2m_plan_free(plan);
        e2m_disclosure_free(policy);
    }
}

static void
test_kept_as_text(void **state)
{
    e2m_disclosure *policy = disclosure("@own view * verify *");
    e2m_learned *memory = taught(E2M_VIEW, policy);
    e2m_learned *other = NULL;
    e2m_bytes text;
    e2m_bytes again;
    e2m_lesson lesson;
    unsigned line = 99;
    e2m_bytes sealed;
    world_result r;

    (void)state;
    ok(e2m_learned_text(memory, &text));
    assert_memory_equal(text.data, "e2m learned 1\nview application/sdp "
                                   SS1_NAME " from atlanta.example.com ",
                        72);
    ok(e2m_learned_new(&other, w.ctx[ALICE]));
    ok(e2m_learned_read(other, text, &line));
    assert_int_equal(line, 0);
    ok(e2m_learned_text(other, &again));
    assert_int_equal(again.len, text.len);
    assert_memory_equal(again.data, text.data, text.len);
    sealed = seal_learned(&w, world_invite, policy, other);
    r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    world_result_free(&r);
    world_bytes_free(sealed);
    /* every cut and every changed octet is read, refused, or means the same */
    for (size_t i = 0; i < text.len; i++) {
        const e2m_bytes cut = { text.data, i };

        if (i != 14) { /* the head alone is an empty memory */
            assert_int_equal(e2m_learned_read(other, cut, &line),
                             E2M_E_SYNTAX);
            assert_int_not_equal(line, 0);
        }
        assert_int_equal(e2m_learned_count(other), 1);
    }
    e2m_learned_get(other, 0, &lesson);
    assert_int_equal(lesson.until_sec, WORLD_NOW + 3600);
    assert_int_equal(e2m_learned_drop(other, WORLD_NOW + 3599), 0);
    assert_int_equal(e2m_learned_drop(other, WORLD_NOW + 3600), 1);
    e2m_learned_free(other);
    e2m_learned_free(memory);
    e2m_disclosure_free(policy);
}

/* The base64 of a PEM text, on one line. */
static void
pem_body(e2m_bytes pem, char *out, size_t cap)
{
    size_t len = 0;
    bool in = false;

    for (size_t i = 0; i < pem.len; i++) {
        const char c = (char)pem.data[i];

        if (c == '-') {
            in = i > 0 && pem.data[i - 1] == '-' && i + 1 < pem.len &&
                 pem.data[i + 1] == '\n' && len == 0;
        } else if (in && c != '\n') {
            assert_true(len + 1 < cap);
            out[len++] = c;
        }
    }
    out[len] = '\0';
}

/* A CA between anchor and middle is kept with the certificate. */
static void
test_chain_is_kept(void **state)
{
    e2m_disclosure *policy = disclosure("@own view *");
    e2m_learned *memory = taught(E2M_VIEW, policy);
    e2m_lesson lesson;
    e2m_bytes text;
    e2m_bytes again;
    unsigned line;
    char ca[1024];
    char *longer = malloc(16384);

    (void)state;
    assert_non_null(longer);
    pem_body(w.other_ca.cert, ca, sizeof ca);
    assert_true(strlen(ca) > 300);
    ok(e2m_learned_text(memory, &text));
    for (size_t num = 0; num <= 10; num++) {
        size_t len = text.len - 1;

        memcpy(longer, text.data, len);
        for (size_t i = 0; i < num; i++) {
            len += (size_t)snprintf(longer + len, 16384 - len, ",%s", ca);
        }
        longer[len++] = '\n';
        again = (e2m_bytes){ (const uint8_t *)longer, len };
        if (num > 8) {
            e2m_learned *other = NULL;

            ok(e2m_learned_new(&other, w.ctx[ALICE]));
            assert_int_equal(e2m_learned_read(other, again, &line),
                             E2M_E_SYNTAX);
            assert_int_equal(line, 2);
            e2m_learned_free(other);
            continue;
        }
        {
            e2m_learned *other = NULL;
            e2m_bytes out;

            ok(e2m_learned_new(&other, w.ctx[ALICE]));
            ok(e2m_learned_read(other, again, &line));
            e2m_learned_get(other, 0, &lesson);
            assert_int_equal(lesson.num_chain, num);
            ok(e2m_learned_text(other, &out));
            assert_int_equal(out.len, again.len);
            assert_memory_equal(out.data, again.data, out.len);
            e2m_learned_free(other);
        }
    }
    /* no empty one, and none that is not base64 */
    for (size_t i = 0; i < 3; i++) {
        static const char *const ends[] = { ",\n", ",,\n", ",?\n" };
        const size_t len = text.len - 1 + strlen(ends[i]);

        memcpy(longer, text.data, text.len - 1);
        memcpy(longer + text.len - 1, ends[i], strlen(ends[i]));
        assert_int_equal(
            e2m_learned_read(memory,
                             (e2m_bytes){ (const uint8_t *)longer, len },
                             &line),
            E2M_E_SYNTAX);
    }
    free(longer);
    e2m_learned_free(memory);
    e2m_disclosure_free(policy);
}

static void
test_bad_lines(void **state)
{
    static const char *const lines[] = {
        "view application/sdp a.example from b.example 5 -\n",
        "verify application/sdp a.example from b.example 5 AAAA\n",
        "look application/sdp a.example from b.example 5 -\n",
        "verify application a.example from b.example 5 -\n",
        "verify */sdp a.example from b.example 5 -\n",
        "verify text/plain a.example near b.example 5 -\n",
        "verify text/plain a.example from b.example -5 -\n",
        "verify text/plain a.example from b.example 99999999999999999999 -\n",
        "verify text/plain a.example from b.example 5 - x\n",
        "verify  text/plain a.example from b.example 5 -\n",
        "verify text/plain a.example from b.example 5\n",
        "verify text/plain a.example from b.example 5 -",
        "view text/plain a.example from b.example 5 MIIB\n",
        "\n",
    };
    e2m_learned *memory = NULL;
    char text[256];
    unsigned line;

    (void)state;
    ok(e2m_learned_new(&memory, w.ctx[ALICE]));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        (void)snprintf(text, sizeof text,
                       "e2m learned 1\n"
                       "verify text/plain a.example to b.example 5 -\n%s",
                       lines[i]);
        assert_int_equal(e2m_learned_read(memory, world_str(text), &line),
                         E2M_E_SYNTAX);
        assert_int_equal(line, 3);
        assert_int_equal(e2m_learned_count(memory), 0);
    }
    e2m_learned_free(memory);
}

static void
test_bad_rules(void **state)
{
    static const char *const middles[] = { "", "a b", "*", "*.", "*example",
                                           "@else", "sip:a.example", ".a",
                                           "a;b" };
    static const char *const types[] = { "", "text", "text/", "/plain",
                                         "*/plain", "text/pl ain", "a/b/c" };
    static const char *const things[] = { "", "key", "a=", "a=x y", "k=",
                                          "c=" };
    e2m_disclosure *policy = NULL;

    (void)state;
    ok(e2m_disclosure_new(&policy));
    assert_int_equal(e2m_disclosure_allow(policy, E2M_VIEW, world_str("*")),
                     E2M_E_ARG);
    assert_int_equal(e2m_disclosure_withhold(policy, world_str("keys")),
                     E2M_E_ARG);
    for (size_t i = 0; i < sizeof middles / sizeof middles[0]; i++) {
        assert_int_equal(e2m_disclosure_rule(policy, world_str(middles[i]), 1),
                         E2M_E_ARG);
    }
    ok(e2m_disclosure_rule(policy, world_str("a.example"), 1));
    assert_int_equal(e2m_disclosure_allow(policy, E2M_SEALED, world_str("*")),
                     E2M_E_ARG);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_int_equal(e2m_disclosure_allow(policy, E2M_VIEW,
                                              world_str(types[i])),
                         E2M_E_ARG);
    }
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++) {
        assert_int_equal(e2m_disclosure_withhold(policy, world_str(things[i])),
                         E2M_E_ARG);
    }
    e2m_disclosure_free(policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holds_for_its_type),
        cmocka_unit_test(test_policy_changes),
        cmocka_unit_test(test_withheld),
        cmocka_unit_test(test_withheld_of_what),
        cmocka_unit_test(test_verify_alone),
        cmocka_unit_test(test_answer_for_the_same_proxy),
        cmocka_unit_test(test_kept_as_text),
        cmocka_unit_test(test_chain_is_kept),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_bad_rules),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
