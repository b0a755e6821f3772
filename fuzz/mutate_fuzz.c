/* SPDX-License-Identifier: BSD-3-Clause */
/* Sealed, changed on the way, inspected and opened: whatever is read is what
 * was sealed. The input is a program of changes, four octets each: where (two),
 * which, and with what; its first octet says which of the sealed messages. */
#include <e2m/e2m.h>
#include <e2m/pki.h>
#include <string.h>

#include "fuzz.h"

enum { NOW = 1795000000, ROOM = 16384, WAYS = 6, STEP = 4 };

static const char plain[] =
    "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"
    "Via: SIP/2.0/TCP a.example;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
    "From: <sip:alice@atlanta.example.com>;tag=1\r\n"
    "To: <sip:bob@biloxi.example.com>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n"
    "Content-Type: text/plain\r\n\r\nthe vault code is 7-4-1";
static const char content[] = "the vault code is 7-4-1";
static const char ss1_name[] = "ss1.atlanta.example.com";

static struct {
    e2m *bob;
    e2m *ss1;
    uint8_t data[WAYS][ROOM];
    size_t len[WAYS];
} made;

static e2m_bytes
text(const char *s)
{
    return (e2m_bytes){ (const uint8_t *)s, strlen(s) };
}

static e2m_err
forget(void *user, const uint8_t key[32], int64_t now, int64_t until,
       bool *known)
{
    (void)user;
    (void)key;
    (void)now;
    (void)until;
    *known = false;
    return E2M_OK;
}

static size_t
join(const e2m_pki_pair *pair, uint8_t out[3072])
{
    MUST(pair->cert.len + pair->key.len <= 3072);
    memcpy(out, pair->cert.data, pair->cert.len);
    memcpy(out + pair->cert.len, pair->key.data, pair->key.len);
    return pair->cert.len + pair->key.len;
}

static e2m *
person(const e2m_pki_pair *ca, const char *name, e2m_peer **peer)
{
    const e2m_replay forgetful = { forget, NULL };
    e2m_conf *conf = e2m_conf_new(NULL);
    e2m_pki_pair pair;
    uint8_t pem[3072];
    e2m *ctx = NULL;

    MUST(conf != NULL && e2m_pki_issue((e2m_bytes){ pem, join(ca, pem) },
                                       text(name), 0, NOW, &pair) == E2M_OK);
    MUST(e2m_peer_new(peer, pair.cert) == E2M_OK);
    MUST(e2m_conf_identity(conf, (e2m_bytes){ pem, join(&pair, pem) },
                           NULL) == E2M_OK);
    MUST(e2m_conf_trust(conf, ca->cert) == E2M_OK);
    MUST(e2m_conf_replay(conf, &forgetful) == E2M_OK);
    if (strcmp(name, ss1_name) == 0) {
        MUST(e2m_conf_name(conf, text(name)) == E2M_OK);
    }
    MUST(e2m_new(&ctx, conf) == E2M_OK);
    e2m_conf_free(conf);
    e2m_pki_free(&pair);
    return ctx;
}

static void
seal(const e2m *alice, const e2m_peer *bob, const e2m_peer *ss1, size_t way)
{
    static const struct {
        e2m_option option;
        int value;
    } ways[WAYS] = { { E2M_OPT_SIGN, 1 }, { E2M_OPT_BASE64, 1 },
                     { E2M_OPT_OPAQUE, 1 },
                     { E2M_OPT_CIPHER, E2M_AES_128_CBC },
                     { E2M_OPT_LABEL, E2M_LABEL_PROXY_INSPECT_BODY },
                     { E2M_OPT_REUSE, 2 } };
    const e2m_edit *edits = NULL;
    e2m_plan *plan = NULL;
    e2m_msg *msg = NULL;
    size_t num = 0;

    MUST(e2m_plan_new(&plan, alice) == E2M_OK);
    MUST(e2m_plan_to(plan, bob) == E2M_OK);
    MUST(e2m_plan_middle(plan, text(ss1_name), ss1) == E2M_OK);
    MUST(e2m_plan_set(plan, ways[way].option, ways[way].value) == E2M_OK);
    MUST(e2m_msg_open(&msg, alice, text(plain), E2M_DATAGRAM, NOW) == E2M_OK);
    MUST(e2m_end_seal(msg, plan, &edits, &num) == E2M_OK);
    MUST(e2m_edits_apply(text(plain), edits, num, made.data[way], ROOM,
                         &made.len[way]) == E2M_OK);
    e2m_msg_close(msg);
    e2m_plan_free(plan);
}

static void
start(void)
{
    e2m_peer *alice_peer, *bob_peer, *ss1_peer;
    e2m_pki_pair ca;
    e2m *alice;

    MUST(e2m_pki_ca(NOW, &ca) == E2M_OK);
    alice = person(&ca, "sip:alice@atlanta.example.com", &alice_peer);
    made.bob = person(&ca, "sip:bob@biloxi.example.com", &bob_peer);
    made.ss1 = person(&ca, ss1_name, &ss1_peer);
    for (size_t way = 0; way < WAYS; way++) {
        seal(alice, bob_peer, ss1_peer, way);
    }
    e2m_peer_free(alice_peer);
    e2m_peer_free(bob_peer);
    e2m_peer_free(ss1_peer);
    e2m_free(alice);
    e2m_pki_free(&ca);
}

/* One change; the length afterwards. */
static size_t
change(uint8_t *p, size_t len, const uint8_t step[STEP])
{
    const size_t at = (size_t)(step[0] << 8 | step[1]) % len;
    const size_t n = step[3] % 64u + 1u;
    const size_t run = n < len - at ? n : len - at;

    switch (step[2] % 6) {
    case 0: /* a bit */
        p[at] = (uint8_t)(p[at] ^ 1u << step[3] % 8);
        return len;
    case 1:
        p[at] = step[3];
        return len;
    case 2: /* some octets go */
        memmove(p + at, p + at + run, len - at - run);
        return len - run > 0 ? len - run : len;
    case 3: /* some come twice */
        if (len + run > ROOM) {
            return len;
        }
        memmove(p + at + run, p + at, len - at);
        return len + run;
    case 4: /* the end goes */
        return at > 0 ? at : len;
    default: /* an octet comes */
        if (len == ROOM) {
            return len;
        }
        memmove(p + at + 1, p + at, len - at);
        p[at] = step[3];
        return len + 1;
    }
}

static void
check(const e2m_verdict *v)
{
    MUST(v->outcome == E2M_READ || v->num_parts == 0);
    for (size_t i = 0; i < v->num_parts; i++) {
        const e2m_part *part = &v->parts[i];

        MUST(part->identity ||
             (part->content.len == sizeof content - 1 &&
              memcmp(part->content.data, content, sizeof content - 1) == 0));
        MUST(part->signature.valid && part->signature.bound);
    }
}

static void
receive(const e2m *ctx, bool end, e2m_bytes wire)
{
    const e2m_verdict *v = NULL;
    const e2m_edit *edits = NULL;
    e2m_msg *msg = NULL;
    size_t num = 0;

    if (e2m_msg_open(&msg, ctx, wire, E2M_DATAGRAM, NOW) == E2M_OK &&
        (end ? e2m_end_open(msg, &v, &edits, &num)
             : e2m_middle_inspect(msg, &v)) == E2M_OK) {
        check(v);
        MUST(num == 0 || v->outcome == E2M_READ);
    }
    e2m_msg_close(msg);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t p[ROOM];
    size_t way, len;
    uint8_t *wire;

    if (made.bob == NULL) {
        start();
    }
    if (size == 0) {
        return 0;
    }
    way = data[0] % WAYS;
    len = made.len[way];
    memcpy(p, made.data[way], len);
    for (size_t at = 1; at + STEP <= size; at += STEP) {
        len = change(p, len, data + at);
    }
    wire = malloc(len); /* of just its size: a sanitizer sees its end */
    MUST(wire != NULL);
    memcpy(wire, p, len);
    receive(made.ss1, false, (e2m_bytes){ wire, len });
    receive(made.bob, true, (e2m_bytes){ wire, len });
    free(wire);
    return 0;
}
