/* SPDX-License-Identifier: BSD-3-Clause */
/* Demands that must not be believed: every attack fails here with its own
 * reason, and discloses nothing. */
#include "discovery.h"

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer_to_another_request),
        cmocka_unit_test(test_replayed_later),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_changed_on_the_way),
        cmocka_unit_test(test_forged),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
