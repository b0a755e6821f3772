/* SPDX-License-Identifier: BSD-3-Clause */
/* Compressed content in every place, and who inflates it: only who is asked.
 * SPEC cms:3274:1 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "world.h"

enum { TEXT = 3000 };

static world w;
static char plain[TEXT + 1024]; /* MESSAGE with a long text */

static const char head[] =
    "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"
    "Via: SIP/2.0/TCP client.atlanta.example.com;branch=z9hG4bK74b\r\n"
    "Max-Forwards: 70\r\n"
    "From: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"
    "To: Bob <sip:bob@biloxi.example.com>\r\n"
    "Call-ID: 3848276298220188511@atlanta.example.com\r\n"
    "CSeq: 1 MESSAGE\r\n";

static int
setup(void **state)
{
    size_t len;

    (void)state;
    world_new(&w, E2M_PKI_P256);
    (void)snprintf(plain, sizeof plain,
                   "%sContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n",
                   head, TEXT);
    len = strlen(plain);
    for (size_t i = 0; i < TEXT; i++) {
        plain[len + i] = "the vault is open until nine; "[i % 30];
    }
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_free(&w);
    return 0;
}

static e2m_bytes
body_of(e2m_bytes message)
{
    for (size_t i = 0; i + 4 <= message.len; i++) {
        if (memcmp(message.data + i, "\r\n\r\n", 4) == 0) {
            return (e2m_bytes){ message.data + i + 4, message.len - i - 4 };
        }
    }
    fail();
    return message;
}

static void
there_and_back(e2m_plan *plan, e2m_bytes message)
{
    e2m_bytes sealed[2];
    world_result r;

    for (int compress = 0; compress < 2; compress++) {
        assert_int_equal(e2m_plan_set(plan, E2M_OPT_COMPRESS, compress),
                         E2M_OK);
        sealed[compress] = world_seal(w.ctx[ALICE], plan, message);
    }
    assert_true(sealed[1].len + 2000 < sealed[0].len);
    r = world_open(w.ctx[BOB], sealed[1], WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    assert_true(r.bound);
    assert_int_equal(body_of(r.plain).len, TEXT);
    assert_memory_equal(body_of(r.plain).data, body_of(message).data, TEXT);
    assert_true(world_contains(r.plain, "Content-Type: text/plain\r\n"));
    assert_false(world_contains(r.plain, "pkcs7"));
    world_result_free(&r);
    r = world_inspect(w.ctx[SS1], sealed[1], WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    assert_int_equal(r.content.len, TEXT);
    world_result_free(&r);
    r = world_inspect(w.ctx[VISITED], sealed[1], WORLD_NOW);
    assert_int_equal(r.outcome, E2M_NOT_FOR_ME);
    world_result_free(&r);
    world_bytes_free(sealed[0]);
    world_bytes_free(sealed[1]);
}

static void
test_there_and_back(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        e2m_plan *plan = world_plan(&w, w.ctx[ALICE], BOB);

        assert_int_equal(e2m_plan_set(plan, E2M_OPT_ORDER, i & 1), E2M_OK);
        assert_int_equal(e2m_plan_set(plan, E2M_OPT_OPAQUE, i >> 1 & 1),
                         E2M_OK);
        assert_int_equal(e2m_plan_set(plan, E2M_OPT_BASE64, i >> 2 & 1),
                         E2M_OK);
        there_and_back(plan, world_str(plain));
        e2m_plan_free(plan);
    }
}

/* Signed alone, for a proxy that verifies. */
static void
test_signed_alone(void **state)
{
    e2m_plan *plan = NULL;

    (void)state;
    assert_int_equal(e2m_plan_new(&plan, w.ctx[ALICE]), E2M_OK);
    assert_int_equal(e2m_plan_verify_at(
                         plan, world_str("ss1.atlanta.example.com")),
                     E2M_OK);
    there_and_back(plan, world_str(plain));
    e2m_plan_free(plan);
}

/* Its level, and what is in it, are seen without a key. */
static void
test_explained(void **state)
{
    e2m_plan *plan = NULL;
    e2m_msg *msg = NULL;
    const e2m_node *nodes = NULL;
    e2m_bytes sealed;
    size_t num = 0;
    size_t at = 0;

    (void)state;
    assert_int_equal(e2m_plan_new(&plan, w.ctx[ALICE]), E2M_OK);
    assert_int_equal(e2m_plan_set(plan, E2M_OPT_COMPRESS, 1), E2M_OK);
    sealed = world_seal(w.ctx[ALICE], plan, world_str(plain));
    assert_true(world_contains(
        sealed, "smime-type=compressed-data;name=smime.p7z"));
    assert_int_equal(e2m_msg_open(&msg, w.ctx[VISITED], sealed, E2M_DATAGRAM,
                                  WORLD_NOW),
                     E2M_OK);
    assert_int_equal(e2m_explain(msg, &nodes, &num), E2M_OK);
    while (at < num && strcmp(nodes[at].structure, "CompressedData") != 0) {
        at++;
    }
    assert_true(at + 1 < num);
    assert_string_equal(nodes[at + 1].structure, "plain");
    assert_int_equal(nodes[at + 1].depth, nodes[at].depth + 1);
    assert_int_equal(nodes[at + 1].size, TEXT);
    e2m_msg_close(msg);
    world_bytes_free(sealed);
    e2m_plan_free(plan);
}

/* What would not be shorter stays as it is. */
static void
test_not_worth_it(void **state)
{
    e2m_plan *plan = NULL;
    e2m_bytes sealed;

    (void)state;
    assert_int_equal(e2m_plan_new(&plan, w.ctx[ALICE]), E2M_OK);
    assert_int_equal(e2m_plan_set(plan, E2M_OPT_COMPRESS, 1), E2M_OK);
    sealed = world_seal(w.ctx[ALICE], plan, world_str(world_message));
    assert_false(world_contains(sealed, "compressed-data"));
    world_bytes_free(sealed);
    e2m_plan_free(plan);
}

/* So does what readers would take for a bomb. */
static void
test_too_well_compressed(void **state)
{
    static char zeros[60000];
    e2m_plan *plan = world_plan(&w, w.ctx[ALICE], BOB);
    e2m_bytes sealed;
    world_result r;
    size_t len;

    (void)state;
    (void)snprintf(zeros, sizeof zeros,
                   "%sContent-Type: text/plain\r\n\r\n", head);
    len = strlen(zeros);
    memset(zeros + len, '0', sizeof zeros - len);
    assert_int_equal(e2m_plan_set(plan, E2M_OPT_COMPRESS, 1), E2M_OK);
    sealed = world_seal(w.ctx[ALICE], plan,
                        (e2m_bytes){ (uint8_t *)zeros, sizeof zeros });
    r = world_open(w.ctx[BOB], sealed, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    world_result_free(&r);
    world_bytes_free(sealed);
    e2m_plan_free(plan);
}

/* ---- strangers ----------------------------------------------------------- */

/* A message whose body is CompressedData of `len` octets, by nobody. */
static e2m_bytes
bare(const char *text, size_t len, const char *label)
{
    static const uint8_t start[] = {
        0x30, 0x80, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
        0x09, 0x10, 0x01, 0x09, 0xa0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x00,
        0x30, 0x0d, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
        0x09, 0x10, 0x03, 0x08, 0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48,
        0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, 0xa0, 0x80, 0x04, 0x82,
    };
    static const uint8_t end[10];
    uLongf packed = compressBound(len);
    uint8_t *out = calloc(1, packed + 2048);
    int at;

    assert_non_null(out);
    at = snprintf((char *)out, 2000,
                  "%sContent-Type: application/pkcs7-mime;"
                  "smime-type=compressed-data;name=smime.p7z\r\n"
                  "Content-Disposition: render;handling=required%s%s\r\n\r\n",
                  head, label[0] != '\0' ? ";required-entity=" : "", label);
    memcpy(out + at, start, sizeof start);
    at += (int)sizeof start;
    assert_int_equal(compress(out + at + 2, &packed, (const uint8_t *)text,
                              len),
                     Z_OK);
    out[at] = (uint8_t)(packed >> 8);
    out[at + 1] = (uint8_t)packed;
    at += 2 + (int)packed;
    memcpy(out + at, end, sizeof end);
    return (e2m_bytes){ out, (size_t)at + sizeof end };
}

static void
is(world_result r, e2m_outcome outcome, e2m_reason reason)
{
    assert_int_equal(r.outcome, outcome);
    assert_int_equal(r.reason, reason);
    world_result_free(&r);
}

static void
test_nobody_signed(void **state)
{
    const char text[] = "Content-Type: text/plain\r\n\r\nhello hello hello";
    const e2m_policy unsigned_too = E2M_ALLOW_UNSIGNED;
    const world_extra liberal = { .policies = &unsigned_too,
                                  .num_policies = 1 };
    e2m *bob = world_ctx(&w, BOB, &liberal);
    const e2m_bytes wire = bare(text, sizeof text - 1, "");
    world_result r;

    (void)state;
    is(world_open(w.ctx[BOB], wire, WORLD_NOW), E2M_FORBIDDEN,
       E2M_BECAUSE_NOT_SIGNED);
    r = world_open(bob, wire, WORLD_NOW);
    assert_int_equal(r.outcome, E2M_READ);
    assert_int_equal(r.content.len, 17);
    assert_memory_equal(body_of(r.plain).data, "hello hello hello", 17);
    world_result_free(&r);
    world_bytes_free(wire);
    e2m_free(bob);
}

/* A bomb passes by whoever is not asked, and harms nobody who is. */
static void
test_bomb(void **state)
{
    static char zeros[1 << 20];
    const e2m_policy unsigned_too = E2M_ALLOW_UNSIGNED;
    const world_extra liberal = { .policies = &unsigned_too,
                                  .num_policies = 1 };
    e2m *ss1 = world_ctx(&w, SS1, &liberal);
    const e2m_bytes other =
        bare(zeros, sizeof zeros, "proxy.visited.example.net");
    const e2m_bytes ours =
        bare(zeros, sizeof zeros, "ss1.atlanta.example.com");

    (void)state;
    is(world_inspect(ss1, other, WORLD_NOW), E2M_NOT_FOR_ME,
       E2M_BECAUSE_NONE);
    is(world_inspect(ss1, ours, WORLD_NOW), E2M_MALFORMED, E2M_BECAUSE_LIMIT);
    is(world_open(ss1, ours, WORLD_NOW), E2M_MALFORMED, E2M_BECAUSE_LIMIT);
    world_bytes_free(ours);
    world_bytes_free(other);
    e2m_free(ss1);
}

/* What a proxy demands to be sealed does not pass by it because it is
 * compressed. */
static void
test_demanded(void **state)
{
    const char text[] = "Content-Type: text/plain\r\n\r\nhello hello hello";
    const e2m_bytes wire = bare(text, sizeof text - 1, "");
    static const char *const types[] = { "text/plain", "application/sdp" };

    (void)state;
    for (int i = 0; i < 2; i++) {
        const e2m_verdict *v = NULL;
        e2m_msg *msg = NULL;

        assert_int_equal(e2m_msg_open(&msg, w.ctx[SS1], wire, E2M_DATAGRAM,
                                      WORLD_NOW),
                         E2M_OK);
        assert_int_equal(e2m_middle_require(msg, E2M_SEALED,
                                            world_str(types[i])),
                         E2M_OK);
        assert_int_equal(e2m_middle_inspect(msg, &v), E2M_OK);
        assert_int_equal(v->reason, i == 0 ? E2M_BECAUSE_NOT_SEALED
                                           : E2M_BECAUSE_NONE);
        e2m_msg_close(msg);
    }
    world_bytes_free(wire);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_signed_alone),
        cmocka_unit_test(test_explained),
        cmocka_unit_test(test_not_worth_it),
        cmocka_unit_test(test_too_well_compressed),
        cmocka_unit_test(test_nobody_signed),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_demanded),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
