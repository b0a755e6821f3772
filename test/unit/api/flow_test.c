/* SPDX-License-Identifier: BSD-3-Clause */
/* One way through every layer: alice seals, ss1 inspects, bob opens, and what
 * must fail fails with its own verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mutate.h"
#include "world.h"

static world ec;
static world rsa;

static int
setup(void **state)
{
    (void)state;
    world_new(&ec, 0);
    world_new(&rsa, 2048);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_free(&ec);
    world_free(&rsa);
    return 0;
}

static void
assert_bytes(e2m_bytes have, e2m_bytes want)
{
    assert_int_equal(have.len, want.len);
    assert_memory_equal(have.data, want.data, want.len);
}

static e2m_bytes
body_of(e2m_bytes message)
{
    for (size_t i = 0; i + 4 <= message.len; i++) {
        if (memcmp(message.data + i, "\r\n\r\n", 4) == 0) {
            return (e2m_bytes){ message.data + i + 4, message.len - i - 4 };
        }
    }
    fail_msg("no body");
    return (e2m_bytes){ NULL, 0 };
}

/* Seal, inspect at ss1 and at a stranger, open at bob; all must agree. */
static void
one_flow(const world *w, const char *plain, const int *options)
{
    const bool response = plain == world_answer;
    const world_who from = response ? BOB : ALICE;
    const world_who to = response ? ALICE : BOB;
    const bool strip = options[E2M_OPT_STRIP_KEYS] && plain != world_message;
    e2m_plan *plan = world_plan(w, w->ctx[from], to);
    e2m_bytes sealed;
    world_result r;

    for (int i = 0; i < E2M_OPT_COUNT; i++) {
        assert_int_equal(e2m_plan_set(plan, (e2m_option)i, options[i]),
                         E2M_OK);
    }
    sealed = world_seal(w->ctx[from], plan, world_str(plain));
    assert_false(world_contains(sealed, "vault"));
    assert_false(world_contains(sealed, "a=crypto"));
    assert_false(world_contains(sealed, "192.0.2.101"));

    r = world_open(w->ctx[to], sealed, WORLD_NOW + 5);
    assert_int_equal(r.outcome, E2M_READ);
    assert_true(r.bound);
    assert_int_equal(r.committed, !options[E2M_OPT_NO_ATTRIBUTES]);
    assert_string_equal(r.signer, response ? "sip:bob@biloxi.example.com"
                                           : "sip:alice@atlanta.example.com");
    assert_bytes(body_of(r.plain), body_of(world_str(plain)));
    assert_false(world_contains(r.plain, "pkcs7"));
    world_result_free(&r);

    r = world_inspect(w->ctx[SS1], sealed, WORLD_NOW + 5);
    assert_int_equal(r.outcome, E2M_READ);
    assert_int_equal(r.shared, !strip);
    assert_int_equal(world_contains(r.content, "a=crypto"),
                     !strip && plain != world_message);
    assert_true(world_contains(r.content, plain == world_message ? "vault"
                                                           : "m=audio"));
    world_result_free(&r);

    r = world_inspect(w->ctx[VISITED], sealed, WORLD_NOW + 5);
    assert_int_equal(r.outcome, E2M_NOT_FOR_ME);
    assert_int_equal(r.num_parts, 0);
    world_result_free(&r);
    r = world_open(w->ctx[VISITED], sealed, WORLD_NOW + 5);
    assert_int_equal(r.outcome, E2M_UNDECIPHERABLE);
    assert_int_equal(r.status, 493);
    world_result_free(&r);
    world_bytes_free(sealed);
    e2m_plan_free(plan);
}

static void
test_every_option(void **state)
{
    static const char *const plains[] = { world_message, world_invite,
                                          world_answer };

    (void)state;
    for (unsigned bits = 0; bits < 3 * 3 * 2 * 16; bits++) {
        static const e2m_cipher ciphers[] = { E2M_AES_128_GCM, E2M_AES_256_GCM,
                                              E2M_AES_128_CBC };
        const e2m_cipher cipher = ciphers[bits % 3];
        const unsigned label = bits / 3 % 3;
        const unsigned order = bits / 9 % 2;
        const unsigned flags = bits / 18;
        const int options[E2M_OPT_COUNT] = {
            [E2M_OPT_CIPHER] = (int)cipher,
            [E2M_OPT_LABEL] = (int)label,
            [E2M_OPT_ORDER] = (int)order,
            [E2M_OPT_SIGN] = 1,
            [E2M_OPT_AIB] = 1,
            [E2M_OPT_BASE64] = flags & 1,
            [E2M_OPT_STRIP_KEYS] = flags >> 1 & 1,
            [E2M_OPT_OPAQUE] = flags >> 2 & 1,
            [E2M_OPT_NO_ATTRIBUTES] = flags >> 3 & 1,
        };

        if (cipher == E2M_AES_128_CBC && order == E2M_SIGN_ENCRYPT) {
            continue; /* CBC only under a signature */
        }
        one_flow(&ec, plains[bits % 3 == 0 ? bits / 3 % 3 : bits % 3],
                 options);
        if (bits % 7 == 0) {
            one_flow(&rsa, plains[(bits + 1) % 3], options);
        }
    }
}

/* ---- what must fail ------------------------------------------------------ */

static e2m_bytes
sealed_message(const world *w)
{
    e2m_plan *plan = world_plan(w, w->ctx[ALICE], BOB);
    e2m_bytes sealed = world_seal(w->ctx[ALICE], plan,
                                  world_str(world_message));

    e2m_plan_free(plan);
    return sealed;
}

static void
expect_both(const world *w, e2m_bytes sealed, int64_t now, e2m_outcome outcome,
            e2m_reason reason)
{
    world_result r = world_open(w->ctx[BOB], sealed, now);

    assert_int_equal(r.outcome, outcome);
    assert_int_equal(r.reason, reason);
    world_result_free(&r);
    r = world_inspect(w->ctx[SS1], sealed, now);
    assert_int_equal(r.outcome, outcome);
    assert_int_equal(r.reason, reason);
    world_result_free(&r);
}

/* Replaces the first `from` by `to`, of the same length, in a copy. */
static e2m_bytes
changed(e2m_bytes in, const char *from, const char *to)
{
    const size_t n = strlen(from);
    uint8_t *p = malloc(in.len);

    assert_non_null(p);
    assert_int_equal(n, strlen(to));
    memcpy(p, in.data, in.len);
    for (size_t i = 0; i + n <= in.len; i++) {
        if (memcmp(p + i, from, n) == 0) {
            memcpy(p + i, to, n);
            return (e2m_bytes){ p, in.len };
        }
    }
    fail_msg("%s is not there", from);
    return (e2m_bytes){ p, in.len };
}

static void
test_header_of_another_message(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        e2m_reason reason;
    } cases[] = {
        { "Call-ID: 38", "Call-ID: 39", E2M_BECAUSE_OTHER_MESSAGE },
        { "CSeq: 1 M", "CSeq: 2 M", E2M_BECAUSE_OTHER_MESSAGE },
        { "tag=9fxced76sl", "tag=9fxced76sm", E2M_BECAUSE_OTHER_MESSAGE },
        { "Bob <sip:bob@biloxi", "Bob <sip:rob@biloxi",
          E2M_BECAUSE_OTHER_MESSAGE },
        { "<sip:alice@atlanta", "<sip:carol@atlanta",
          E2M_BECAUSE_WRONG_IDENTITY },
    };
    e2m_bytes sealed = sealed_message(&ec);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        e2m_bytes bad = changed(sealed, cases[i].from, cases[i].to);

        expect_both(&ec, bad, WORLD_NOW, E2M_FORBIDDEN, cases[i].reason);
        world_bytes_free(bad);
    }
    world_bytes_free(sealed);
}

static void
test_tampered_label_breaks_signature(void **state)
{
    e2m_bytes sealed = sealed_message(&ec);
    e2m_bytes bad = changed(sealed, "handling=required;required",
                            "handling=REQUIRED;required");

    (void)state;
    expect_both(&ec, bad, WORLD_NOW, E2M_FORBIDDEN,
                E2M_BECAUSE_BAD_SIGNATURE);
    world_bytes_free(bad);
    world_bytes_free(sealed);
}

static void
test_time_and_trust(void **state)
{
    const world_extra x = { .no_replay_memory = true };
    e2m_bytes sealed = sealed_message(&ec);
    world strange = ec;
    e2m *ctx;
    world_result r;

    (void)state;
    expect_both(&ec, sealed, WORLD_NOW + 3601, E2M_FORBIDDEN,
                E2M_BECAUSE_STALE);
    expect_both(&ec, sealed, WORLD_NOW - 3601, E2M_FORBIDDEN,
                E2M_BECAUSE_STALE);
    expect_both(&ec, sealed, WORLD_NOW + 3600, E2M_READ, E2M_BECAUSE_NONE);
    expect_both(&ec, sealed, WORLD_NOW + 366 * 86400LL, E2M_FORBIDDEN,
                E2M_BECAUSE_EXPIRED);
    strange.ca = ec.other_ca;
    ctx = world_ctx(&strange, BOB, &x);
    r = world_open(ctx, sealed, WORLD_NOW);
    assert_int_equal(r.reason, E2M_BECAUSE_UNTRUSTED);
    world_result_free(&r);
    e2m_free(ctx);
    world_bytes_free(sealed);
}

static void
test_replay(void **state)
{
    e2m_bytes sealed = sealed_message(&ec);
    e2m *bob = world_ctx(&ec, BOB, NULL);
    world_result r = world_open(bob, sealed, WORLD_NOW);

    (void)state;
    assert_int_equal(r.outcome, E2M_READ);
    world_result_free(&r);
    r = world_open(bob, sealed, WORLD_NOW + 1);
    assert_int_equal(r.outcome, E2M_FORBIDDEN);
    assert_int_equal(r.reason, E2M_BECAUSE_REPLAY);
    world_result_free(&r);
    e2m_free(bob);
    world_bytes_free(sealed);
}

static void
test_unsigned_and_unbound(void **state)
{
    static const e2m_policy lax[] = { E2M_ALLOW_UNSIGNED, E2M_ALLOW_UNBOUND };
    const world_extra x = { .policies = lax, .num_policies = 2,
                            .no_replay_memory = true };
    const struct {
        e2m_option option;
        e2m_reason reason;
    } cases[] = { { E2M_OPT_SIGN, E2M_BECAUSE_NOT_SIGNED },
                  { E2M_OPT_AIB, E2M_BECAUSE_UNBOUND } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        e2m_plan *plan = world_plan(&ec, ec.ctx[ALICE], BOB);
        e2m *bob = world_ctx(&ec, BOB, &x);
        e2m_bytes sealed;
        world_result r;

        assert_int_equal(e2m_plan_set(plan, cases[i].option, 0), E2M_OK);
        sealed = world_seal(ec.ctx[ALICE], plan, world_str(world_message));
        expect_both(&ec, sealed, WORLD_NOW, E2M_FORBIDDEN, cases[i].reason);
        r = world_open(bob, sealed, WORLD_NOW);
        assert_int_equal(r.outcome, E2M_READ);
        assert_false(r.bound);
        world_result_free(&r);
        e2m_free(bob);
        world_bytes_free(sealed);
        e2m_plan_free(plan);
    }
}

/* Sealed by mallory with her own good key, under alice's name. */
static void
test_strangers_signature(void **state)
{
    e2m_plan *plan = world_plan(&ec, ec.ctx[MALLORY], BOB);
    e2m_msg *msg = NULL;
    const e2m_edit *edits = NULL;
    size_t num = 0;
    e2m_bytes as_mallory = changed(world_str(world_message),
                                   "Alice <sip:alice@atlanta.example.com>",
                                   "Ally <sip:mallory@evil.example.net>  ");
    e2m_bytes sealed = world_seal(ec.ctx[MALLORY], plan, as_mallory);
    e2m_bytes bad = changed(sealed, "Ally <sip:mallory@evil.example.net>  ",
                            "Alice <sip:alice@atlanta.example.com>");

    (void)state;
    expect_both(&ec, sealed, WORLD_NOW, E2M_READ, E2M_BECAUSE_NONE);
    expect_both(&ec, bad, WORLD_NOW, E2M_FORBIDDEN,
                E2M_BECAUSE_WRONG_IDENTITY);
    /* and she cannot even seal as alice */
    assert_int_equal(e2m_msg_open(&msg, ec.ctx[MALLORY],
                                  world_str(world_message), E2M_DATAGRAM,
                                  WORLD_NOW),
                     E2M_OK);
    assert_int_equal(e2m_end_seal(msg, plan, &edits, &num), E2M_E_NOKEY);
    assert_null(edits);
    e2m_msg_close(msg);
    world_bytes_free(as_mallory);
    world_bytes_free(sealed);
    world_bytes_free(bad);
    e2m_plan_free(plan);
}

static void
test_plain_is_not_for_us(void **state)
{
    (void)state;
    expect_both(&ec, world_str(world_message), WORLD_NOW, E2M_NOT_FOR_ME,
                E2M_BECAUSE_NONE);
    expect_both(&ec, world_str(world_invite), WORLD_NOW, E2M_NOT_FOR_ME,
                E2M_BECAUSE_NONE);
}

static void
test_verify_only(void **state)
{
    e2m_plan *plan = NULL;
    e2m_bytes sealed;
    world_result r;

    (void)state;
    assert_int_equal(e2m_plan_new(&plan, ec.ctx[ALICE]), E2M_OK);
    assert_int_equal(
        e2m_plan_verify_at(plan, world_str("ss1.atlanta.example.com")),
        E2M_OK);
    for (int form = 0; form <= E2M_LABEL_PROXY_INSPECT_BODY; form++) {
        assert_int_equal(e2m_plan_set(plan, E2M_OPT_LABEL, form), E2M_OK);
        sealed = world_seal(ec.ctx[ALICE], plan, world_str(world_message));
        r = world_inspect(ec.ctx[SS1], sealed, WORLD_NOW);
        assert_int_equal(r.outcome, E2M_READ);
        assert_bytes(r.content, world_str(world_text));
        world_result_free(&r);
        r = world_inspect(ec.ctx[VISITED], sealed, WORLD_NOW);
        assert_int_equal(r.outcome, E2M_NOT_FOR_ME);
        world_result_free(&r);
        r = world_open(ec.ctx[BOB], sealed, WORLD_NOW);
        assert_int_equal(r.outcome, E2M_READ);
        assert_bytes(body_of(r.plain), world_str(world_text));
        world_result_free(&r);
        world_bytes_free(sealed);
    }
    e2m_plan_free(plan);
}

/* ---- no cut and no flipped bit reads as something else ------------------- */

static void
check_mutant(e2m_bytes mutant)
{
    world_result r = world_open(ec.ctx[BOB], mutant, WORLD_NOW);

    if (r.outcome == E2M_READ) {
        assert_bytes(body_of(r.plain), world_str(world_text));
        assert_true(r.bound);
    }
    assert_int_not_equal(r.outcome, E2M_UNDECIDED);
    world_result_free(&r);
    r = world_inspect(ec.ctx[SS1], mutant, WORLD_NOW);
    if (r.outcome == E2M_READ) {
        assert_bytes(r.content, world_str(world_text));
    }
    assert_int_not_equal(r.outcome, E2M_UNDECIDED);
    world_result_free(&r);
}

/* The first place of `needle` at or behind `from`. */
static size_t
find(e2m_bytes hay, size_t from, e2m_bytes needle)
{
    for (size_t i = from; i + needle.len <= hay.len; i++) {
        if (memcmp(hay.data + i, needle.data, needle.len) == 0) {
            return i;
        }
    }
    fail_msg("not there: %.*s", (int)needle.len, needle.data);
    return 0;
}

/* A sealed message without the signature around its envelope. */
static size_t
without_signature(e2m_bytes sealed, uint8_t *out)
{
    const e2m_bytes plain = world_str(world_message);
    const size_t head = find(plain, 0, world_str("Content-Type"));
    const size_t part = find(
        sealed, 0, world_str("Content-Type: application/pkcs7-mime"));
    size_t from = part - 3;
    e2m_bytes delimiter;

    while (memcmp(sealed.data + from, "\r\n--", 4) != 0) {
        from--;
    }
    delimiter = (e2m_bytes){ sealed.data + from,
                             find(sealed, from + 2, world_str("\r\n")) -
                                 from };
    from += delimiter.len + 2;
    memcpy(out, plain.data, head);
    memcpy(out + head, sealed.data + from,
           find(sealed, part, delimiter) - from);
    return head + find(sealed, part, delimiter) - from;
}

/* EFAIL: CBC can be changed without its key. It is opened only under a
 * signature that was verified, whatever else a policy lets pass. */
static void
test_cbc_without_signature(void **state)
{
    static const e2m_policy loose[] = { E2M_ALLOW_UNSIGNED, E2M_INSECURE_CBC };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const bool gcm = i == 3;
        const world_extra extra = { .no_replay_memory = true,
                                    .policies = loose,
                                    .num_policies = gcm ? 1 : i };
        e2m *bob = world_ctx(&ec, BOB, &extra);
        e2m *ss1 = world_ctx(&ec, SS1, &extra);
        e2m_plan *plan = world_plan(&ec, ec.ctx[ALICE], BOB);
        uint8_t bare[8192];
        e2m_bytes sealed, wire = { bare, 0 };
        world_result r[2];

        assert_int_equal(e2m_plan_set(plan, E2M_OPT_CIPHER,
                                      gcm ? E2M_AES_128_GCM
                                          : E2M_AES_128_CBC), E2M_OK);
        sealed = world_seal(ec.ctx[ALICE], plan, world_str(world_message));
        wire.len = without_signature(sealed, bare);
        r[0] = world_open(bob, wire, WORLD_NOW);
        r[1] = world_inspect(ss1, wire, WORLD_NOW);
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(r[k].outcome, i < 2 ? E2M_FORBIDDEN : E2M_READ);
            assert_int_equal(r[k].reason, i < 2 ? E2M_BECAUSE_NOT_SIGNED
                                                : E2M_BECAUSE_NONE);
            assert_int_equal(r[k].num_parts, i < 2 ? 0 : 1);
            world_result_free(&r[k]);
        }
        world_bytes_free(sealed);
        e2m_plan_free(plan);
        e2m_free(bob);
        e2m_free(ss1);
    }
}

static void
test_truncated_at_every_byte(void **state)
{
    e2m_bytes sealed = sealed_message(&ec);

    (void)state;
    for (size_t len = 0; len < sealed.len; len++) {
        uint8_t *cut = malloc(len + 1); /* so that ASan sees the end */
        e2m_bytes mutant = { cut, len };
        world_result r;

        assert_non_null(cut);
        memcpy(cut, sealed.data, len);
        r = world_open(ec.ctx[BOB], mutant, WORLD_NOW);
        assert_int_equal(r.outcome, E2M_MALFORMED);
        world_result_free(&r);
        check_mutant(mutant);
        free(cut);
    }
    world_bytes_free(sealed);
}

static void
test_every_bit_flipped(void **state)
{
    e2m_bytes sealed = sealed_message(&ec);
    uint8_t *p = malloc(sealed.len);

    (void)state;
    assert_non_null(p);
    memcpy(p, sealed.data, sealed.len);
    for (size_t bit = 0; bit < sealed.len * 8; bit += stride()) {
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        check_mutant((e2m_bytes){ p, sealed.len });
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(p);
    world_bytes_free(sealed);
}

/* ---- the out-of-memory ladder -------------------------------------------- */

/* More than fits the memory that a message gets with its bench. */
static e2m_bytes
sealed_large_message(const world *w)
{
    static char text[41000];
    e2m_plan *plan = world_plan(w, w->ctx[ALICE], BOB);
    e2m_bytes sealed;
    int n = snprintf(text, sizeof text,
                     "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"
                     "From: Alice <sip:alice@atlanta.example.com>;tag=9\r\n"
                     "To: Bob <sip:bob@biloxi.example.com>\r\n"
                     "Call-ID: large\r\nCSeq: 1 MESSAGE\r\n"
                     "Content-Type: text/plain\r\n\r\n");

    assert_true(n > 0);
    memset(text + n, 'v', 40000);
    sealed = world_seal(w->ctx[ALICE], plan,
                        (e2m_bytes){ (uint8_t *)text, (size_t)n + 40000 });
    e2m_plan_free(plan);
    return sealed;
}

typedef struct ladder {
    size_t allowed;
    size_t used;
} ladder;

static void *
ladder_alloc(void *user, size_t len)
{
    ladder *l = user;

    return l->used++ < l->allowed ? malloc(len) : NULL;
}

static void
ladder_free(void *user, void *p, size_t len)
{
    (void)user;
    (void)len;
    free(p);
}

static void
test_out_of_memory(void **state)
{
    ladder l = { 0, 0 };
    const e2m_mem mem = { ladder_alloc, ladder_free, &l };
    const world_extra x = { .mem = &mem, .no_replay_memory = true };
    e2m *bob = world_ctx(&ec, BOB, &x);
    e2m *ss1 = world_ctx(&ec, SS1, &x);
    e2m_bytes sealed = sealed_large_message(&ec);
    bool opened = false;

    (void)state;
    for (l.allowed = 0; !opened; l.allowed++) {
        world_result r;

        assert_true(l.allowed < 200);
        l.used = 0;
        r = world_inspect(ss1, sealed, WORLD_NOW);
        assert_true(r.outcome == E2M_READ || r.outcome == E2M_UNDECIDED);
        world_result_free(&r);
        l.used = 0;
        r = world_open(bob, sealed, WORLD_NOW);
        assert_true(r.outcome == E2M_READ || r.outcome == E2M_UNDECIDED);
        opened = r.outcome == E2M_READ;
        world_result_free(&r);
    }
    assert_true(l.allowed > 1);
    e2m_free(bob);
    e2m_free(ss1);
    world_bytes_free(sealed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_option),
        cmocka_unit_test(test_header_of_another_message),
        cmocka_unit_test(test_tampered_label_breaks_signature),
        cmocka_unit_test(test_time_and_trust),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_unsigned_and_unbound),
        cmocka_unit_test(test_strangers_signature),
        cmocka_unit_test(test_plain_is_not_for_us),
        cmocka_unit_test(test_verify_only),
        cmocka_unit_test(test_cbc_without_signature),
        cmocka_unit_test(test_truncated_at_every_byte),
        cmocka_unit_test(test_every_bit_flipped),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
