/* SPDX-License-Identifier: BSD-3-Clause */
/* What is secret is wiped: after a message is closed nothing of its keys and of
 * its plaintext is anywhere in this process, and nothing of a key file's text
 * once it is loaded. Each search is first seen to find what is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "memscan.h"
#include "world.h"

enum { TEXT_LEN = 64, ROOM = 16384 };

/* What a test watches: the secrets, and the blocks that messages give back. A
 * short message lives in its bench, which is searched as all else is. */
typedef struct watch {
    memscan secrets;
    size_t unwiped;
} watch;

static void *
watch_alloc(void *user, size_t len)
{
    (void)user;
    return calloc(1, len);
}

static void
watch_free(void *user, void *p, size_t len)
{
    watch *w = user;
    const uint8_t *b = p;
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++) {
        any = (uint8_t)(any | b[i]);
    }
    w->unwiped += any != 0;
    free(p);
}

/* A store that keeps nothing, but learns of each message's content key. */
static e2m_err
watch_put(void *user, const uint8_t key[32], const e2m_kept *kept,
          int64_t now, bool replace)
{
    watch *w = user;

    (void)key;
    (void)now;
    (void)replace;
    memscan_note(&w->secrets, "content key",
                 (e2m_bytes){ kept->kek, kept->kek_len });
    return E2M_OK;
}

static e2m_err
watch_get(void *user, const uint8_t key[32], int64_t now, e2m_kept *out,
          bool *found)
{
    (void)user;
    (void)key;
    (void)now;
    (void)out;
    *found = false;
    return E2M_OK;
}

static e2m_err
watch_use(void *user, const uint8_t key[32], int64_t now, bool *left)
{
    (void)user;
    (void)key;
    (void)now;
    *left = false;
    return E2M_OK;
}

static void
wiped_free(e2m_bytes b)
{
    e2m_wipe((void *)(uintptr_t)b.data, b.len);
    free((void *)(uintptr_t)b.data);
}

static e2m *
watched_ctx(const world *w, world_who who, watch *watching)
{
    const e2m_mem mem = { watch_alloc, watch_free, watching };
    const e2m_keys keys = { watch_put, watch_get, watch_use, watching };
    const e2m_pki_pair *pair = &w->pair[who];
    const e2m_bytes pem = { malloc(ROOM), pair->cert.len + pair->key.len };
    e2m_conf *conf = e2m_conf_new(&mem);
    e2m *ctx = NULL;
    uint8_t *p = (uint8_t *)(uintptr_t)pem.data;

    assert_true(p != NULL && pem.len <= ROOM && conf != NULL);
    memcpy(p, pair->cert.data, pair->cert.len);
    memcpy(p + pair->cert.len, pair->key.data, pair->key.len);
    assert_int_equal(e2m_conf_identity(conf, pem, NULL), E2M_OK);
    assert_int_equal(e2m_conf_trust(conf, w->ca.cert), E2M_OK);
    assert_int_equal(e2m_conf_reuse(conf, &keys, 0), E2M_OK);
    if (who == SS1) {
        assert_int_equal(
            e2m_conf_name(conf, world_str("ss1.atlanta.example.com")), E2M_OK);
    }
    assert_int_equal(e2m_new(&ctx, conf), E2M_OK);
    e2m_conf_free(conf);
    wiped_free(pem);
    return ctx;
}

#define assert_nowhere(m_)                                                   \
    do {                                                                     \
        const char *name_ = "";                                              \
        char where_[64] = "";                                                \
        const size_t found_ = memscan_all((m_), &name_, where_);             \
        if (found_ != 0) {                                                   \
            fail_msg("%s in %zu places, such as %s", name_, found_, where_); \
        }                                                                    \
    } while (0)

static bool
somewhere(const memscan *m)
{
    const char *name = "";
    char where[64] = "";
    const size_t found = memscan_all(m, &name, where);

    return found != 0 && found != (size_t)-1;
}

/* ---- the search itself --------------------------------------------------- */

/* The secret is drawn here, and wiped: only copies can be found. */
static void
draw(memscan *m, uint8_t out[TEXT_LEN])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

    assert_int_equal(e2m_random_bytes(out, TEXT_LEN), E2M_OK);
    for (size_t i = 0; i < TEXT_LEN; i++) {
        out[i] = (uint8_t)digits[out[i] % 32];
    }
    memscan_note(m, "plaintext", (e2m_bytes){ out, TEXT_LEN });
}

static void
test_search_finds(void **state)
{
    memscan m = { .num = 0 };
    uint8_t secret[TEXT_LEN];
    volatile uint8_t *heap;

    (void)state;
    if (!memscan_works()) {
        skip();
    }
    heap = malloc(256);
    assert_non_null(heap);
    draw(&m, secret);
    assert_true(somewhere(&m)); /* secret[], on the stack */
    e2m_wipe(secret, sizeof secret);
    assert_nowhere(&m);
    draw(&m, secret);
    for (size_t i = 0; i < 16; i++) { /* half a key, backwards */
        heap[100 + i] = secret[31 - i];
    }
    e2m_wipe(secret, sizeof secret);
    assert_true(somewhere(&m));
    e2m_wipe((void *)(uintptr_t)heap, 256);
    assert_nowhere(&m);
    free((void *)(uintptr_t)heap);
}

/* ---- messages ------------------------------------------------------------ */

static e2m_bytes
sealed_for_all(const world *w, e2m *alice, watch *watching, int cipher)
{
    char *plain = malloc(ROOM);
    uint8_t text[TEXT_LEN];
    uint8_t *out = malloc(ROOM);
    const e2m_edit *edits = NULL;
    e2m_plan *plan = world_plan(w, alice, BOB);
    e2m_msg *msg = NULL;
    size_t num = 0, len = 0;
    e2m_bytes wire;

    assert_true(plain != NULL && out != NULL);
    draw(&watching->secrets, text);
    wire = (e2m_bytes){ (uint8_t *)plain, strlen(world_message) - 23 };
    memcpy(plain, world_message, wire.len);
    memcpy(plain + wire.len, text, TEXT_LEN);
    memcpy(strstr(plain, "Length: 23") + 8, "64", 2);
    wire.len += TEXT_LEN;
    assert_int_equal(e2m_plan_set(plan, E2M_OPT_REUSE, 2), E2M_OK);
    assert_int_equal(e2m_plan_set(plan, E2M_OPT_CIPHER, cipher), E2M_OK);
    assert_int_equal(e2m_msg_open(&msg, alice, wire, E2M_DATAGRAM, WORLD_NOW),
                     E2M_OK);
    assert_int_equal(e2m_end_seal(msg, plan, &edits, &num), E2M_OK);
    assert_int_equal(e2m_edits_apply(wire, edits, num, out, ROOM, &len),
                     E2M_OK);
    e2m_msg_close(msg);
    e2m_plan_free(plan);
    e2m_wipe(text, sizeof text);
    e2m_wipe(plain, ROOM);
    free(plain);
    return (e2m_bytes){ out, len };
}

static void
read_as(e2m *ctx, bool end, e2m_bytes sealed, watch *watching)
{
    const e2m_verdict *v = NULL;
    const e2m_edit *edits = NULL;
    e2m_msg *msg = NULL;
    size_t num = 0;

    assert_int_equal(e2m_msg_open(&msg, ctx, sealed, E2M_DATAGRAM, WORLD_NOW),
                     E2M_OK);
    assert_int_equal(end ? e2m_end_open(msg, &v, &edits, &num)
                         : e2m_middle_inspect(msg, &v), E2M_OK);
    assert_int_equal(v->outcome, E2M_READ);
    assert_true(somewhere(&watching->secrets));
    e2m_msg_close(msg);
    assert_nowhere(&watching->secrets);
}

static void
one_message(const world *w, int cipher)
{
    watch watching = { .unwiped = 0 };
    e2m *alice = watched_ctx(w, ALICE, &watching);
    e2m *bob = watched_ctx(w, BOB, &watching);
    e2m *ss1 = watched_ctx(w, SS1, &watching);
    const e2m_bytes sealed = sealed_for_all(w, alice, &watching, cipher);

    assert_nowhere(&watching.secrets);
    read_as(ss1, false, sealed, &watching);
    read_as(bob, true, sealed, &watching);
    /* 3 orders of 8 pieces of text, and of the key as three of them saw it */
    assert_int_equal(watching.secrets.num,
                     24 + 3 * (cipher == E2M_AES_256_GCM ? 12 : 6));
    assert_int_equal(watching.unwiped, 0);
    world_bytes_free(sealed);
    e2m_free(alice);
    e2m_free(bob);
    e2m_free(ss1);
}

static void
test_message_leaves_nothing(void **state)
{
    world w;

    (void)state;
    if (!memscan_works()) {
        skip();
    }
    for (unsigned bits = 0; bits <= 2048; bits += 2048) {
        world_new(&w, bits);
        one_message(&w, E2M_AES_128_GCM);
        one_message(&w, E2M_AES_256_GCM);
        one_message(&w, E2M_AES_128_CBC);
        world_free(&w);
    }
}

/* The hook that counts unwiped blocks can say so. */
static void
test_watch_counts(void **state)
{
    watch watching = { .unwiped = 0 };
    uint8_t *p = watch_alloc(&watching, 32);

    (void)state;
    assert_non_null(p);
    p[31] = 1;
    watch_free(&watching, p, 32);
    assert_int_equal(watching.unwiped, 1);
}

/* ---- key files ----------------------------------------------------------- */

/* The text of a key as its file has it. What OpenSSL's decoders make of it on
 * the way to a key is not ours to wipe (doc/SECURITY.md, Choices). */
static void
note_key(memscan *m, e2m_bytes pem)
{
    const char *end = strstr((const char *)pem.data, "-----\n");

    assert_non_null(end);
    end += strlen("-----\n") + 48; /* behind the algorithm's name */
    memscan_note(m, "text of a key",
                 (e2m_bytes){ (const uint8_t *)end, 64 });
}

static void
one_key(unsigned rsa_bits)
{
    watch watching = { .unwiped = 0 };
    memscan *m = &watching.secrets;
    world w;
    e2m *bob;

    world_new(&w, rsa_bits);
    note_key(m, w.pair[BOB].key);
    for (int i = 0; i < WORLD_PEOPLE; i++) { /* one context alone */
        e2m_free(w.ctx[i]);
        w.ctx[i] = NULL;
    }
    bob = watched_ctx(&w, BOB, &watching);
    assert_true(somewhere(m));
    world_free(&w);
    e2m_free(bob);
    assert_nowhere(m);
}

static void
test_key_file_leaves_nothing(void **state)
{
    (void)state;
    if (!memscan_works()) {
        skip();
    }
    one_key(0);
    one_key(2048);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_finds),
        cmocka_unit_test(test_watch_counts),
        cmocka_unit_test(test_message_leaves_nothing),
        cmocka_unit_test(test_key_file_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
