/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"

static const char *const names[WORLD_PEOPLE] = {
    [ALICE] = "sip:alice@atlanta.example.com",
    [BOB] = "sip:bob@biloxi.example.com",
    [MALLORY] = "sip:mallory@evil.example.net",
    [SS1] = "ss1.atlanta.example.com",
    [VISITED] = "proxy.visited.example.net",
};

const char world_text[] = "the vault code is 7-4-1";

const char world_message[] =
    "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"
    "Via: SIP/2.0/TCP client.atlanta.example.com;branch=z9hG4bK74b\r\n"
    "Max-Forwards: 70\r\n"
    "From: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"
    "To: Bob <sip:bob@biloxi.example.com>\r\n"
    "Call-ID: 3848276298220188511@atlanta.example.com\r\n"
    "CSeq: 1 MESSAGE\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 23\r\n"
    "\r\n"
    "the vault code is 7-4-1";

#define SDP                                                                  \
    "v=0\r\n"                                                                \
    "o=alice 2890844526 2890844526 IN IP4 client.atlanta.example.com\r\n"    \
    "s=-\r\n"                                                                \
    "c=IN IP4 192.0.2.101\r\n"                                               \
    "t=0 0\r\n"                                                              \
    "m=audio 49172 RTP/SAVP 0\r\n"                                           \
    "a=rtpmap:0 PCMU/8000\r\n"                                               \
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "                                    \
    "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"

const char world_invite[] =
    "INVITE sip:bob@biloxi.example.com SIP/2.0\r\n"
    "v: SIP/2.0/TCP client.atlanta.example.com:5060;branch=z9hG4bK74bf9\r\n"
    "Max-Forwards: 70\r\n"
    "Route: <sip:ss1.atlanta.example.com;lr>\r\n"
    "f: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"
    "t: Bob <sip:bob@biloxi.example.com>\r\n"
    "i: 3848276298220188511@atlanta.example.com\r\n"
    "CSeq: 1 INVITE\r\n"
    "m: <sip:alice@client.atlanta.example.com;transport=tcp>\r\n"
    "c: application/sdp\r\n"
    "Content-Disposition: session\r\n"
    "l: 236\r\n"
    "\r\n" SDP;

const char world_answer[] =
    "SIP/2.0 200 OK\r\n"
    "Via: SIP/2.0/TCP client.atlanta.example.com:5060;branch=z9hG4bK74bf9\r\n"
    "From: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"
    "To: Bob <sip:bob@biloxi.example.com>;tag=314159\r\n"
    "Call-ID: 3848276298220188511@atlanta.example.com\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:bob@client.biloxi.example.com;transport=tcp>\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 236\r\n"
    "\r\n" SDP;

bool
world_contains(e2m_bytes hay, const char *needle)
{
    const size_t n = strlen(needle);

    for (size_t i = 0; i + n <= hay.len; i++) {
        if (memcmp(hay.data + i, needle, n) == 0) {
            return true;
        }
    }
    return false;
}

e2m_bytes
world_str(const char *s)
{
    return (e2m_bytes){ (const uint8_t *)s, strlen(s) };
}

void
world_bytes_free(e2m_bytes b)
{
    free((void *)(uintptr_t)b.data);
}

static e2m_bytes
copy(e2m_bytes b)
{
    uint8_t *p = malloc(b.len + 1);

    assert_non_null(p);
    if (b.len > 0) {
        memcpy(p, b.data, b.len);
    }
    return (e2m_bytes){ p, b.len };
}

static e2m_bytes
join(e2m_bytes a, e2m_bytes b)
{
    uint8_t *p = malloc(a.len + b.len + 1);

    assert_non_null(p);
    memcpy(p, a.data, a.len);
    memcpy(p + a.len, b.data, b.len);
    return (e2m_bytes){ p, a.len + b.len };
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

e2m *
world_ctx(const world *w, world_who who, const world_extra *extra)
{
    static const world_extra none;
    const world_extra *x = extra != NULL ? extra : &none;
    const e2m_replay forgetful = { forget, NULL };
    e2m_conf *conf = e2m_conf_new(x->mem);
    const e2m_pki_pair *pairs[] = { &w->signs[who], &w->pair[who] };
    e2m *ctx = NULL;

    assert_non_null(conf);
    for (int i = w->signs[who].cert.len > 0 ? 0 : 1; i < 2; i++) {
        e2m_bytes pem = join(pairs[i]->cert, pairs[i]->key);

        assert_int_equal(e2m_conf_identity(conf, pem, NULL), E2M_OK);
        e2m_wipe((void *)(uintptr_t)pem.data, pem.len);
        world_bytes_free(pem);
    }
    assert_int_equal(e2m_conf_trust(conf, w->ca.cert), E2M_OK);
    if (who == SS1 || who == VISITED) {
        assert_int_equal(e2m_conf_name(conf, world_str(names[who])), E2M_OK);
    }
    for (size_t i = 0; i < x->num_policies; i++) {
        assert_int_equal(e2m_conf_policy(conf, x->policies[i], true), E2M_OK);
    }
    for (size_t i = 0; i < x->num_peers; i++) {
        if (w->signs[x->peers[i]].cert.len > 0) {
            assert_int_equal(e2m_conf_peer(conf, w->signs[x->peers[i]].cert),
                             E2M_OK);
        }
        assert_int_equal(e2m_conf_peer(conf, w->pair[x->peers[i]].cert),
                         E2M_OK);
    }
    if (x->no_replay_memory) {
        assert_int_equal(e2m_conf_replay(conf, &forgetful), E2M_OK);
    }
    if (x->reuse > 0) {
        assert_int_equal(e2m_conf_reuse(conf, NULL, x->reuse), E2M_OK);
    }
    if (x->reuse_uses > 0) {
        assert_int_equal(e2m_conf_limit(conf, E2M_LIMIT_REUSE_USES,
                                        x->reuse_uses), E2M_OK);
    }
    assert_int_equal(e2m_new(&ctx, conf), E2M_OK);
    e2m_conf_free(conf);
    return ctx;
}

void
world_new(world *w, unsigned key)
{
    world_new_two(w, key, key);
}

void
world_new_two(world *w, unsigned receives, unsigned signs)
{
    const world_extra repeat = { .no_replay_memory = true };
    e2m_bytes ca;

    memset(w, 0, sizeof *w);
    assert_int_equal(e2m_pki_ca(WORLD_NOW, &w->ca), E2M_OK);
    assert_int_equal(e2m_pki_ca(WORLD_NOW, &w->other_ca), E2M_OK);
    ca = join(w->ca.cert, w->ca.key);
    for (int i = 0; i < WORLD_PEOPLE; i++) {
        assert_int_equal(e2m_pki_issue(ca, world_str(names[i]), receives,
                                       WORLD_NOW, &w->pair[i]),
                         E2M_OK);
        if (signs != receives) {
            assert_int_equal(e2m_pki_issue(ca, world_str(names[i]), signs,
                                           WORLD_NOW, &w->signs[i]),
                             E2M_OK);
        }
        assert_int_equal(e2m_peer_new(&w->peer[i], w->pair[i].cert), E2M_OK);
        w->ctx[i] = world_ctx(w, (world_who)i, &repeat);
    }
    world_bytes_free(ca);
}

void
world_free(world *w)
{
    for (int i = 0; i < WORLD_PEOPLE; i++) {
        e2m_free(w->ctx[i]);
        e2m_peer_free(w->peer[i]);
        e2m_pki_free(&w->pair[i]);
        e2m_pki_free(&w->signs[i]);
    }
    e2m_pki_free(&w->ca);
    e2m_pki_free(&w->other_ca);
}

e2m_plan *
world_plan(const world *w, const e2m *ctx, world_who far)
{
    e2m_plan *plan = NULL;

    assert_int_equal(e2m_plan_new(&plan, ctx), E2M_OK);
    assert_int_equal(e2m_plan_to(plan, w->peer[far]), E2M_OK);
    assert_int_equal(e2m_plan_middle(plan, world_str(names[SS1]),
                                     w->peer[SS1]),
                     E2M_OK);
    return plan;
}

static e2m_bytes
apply(e2m_bytes wire, const e2m_edit *edits, size_t num)
{
    const size_t cap = e2m_edits_length(wire, edits, num);
    uint8_t *p = malloc(cap + 1);
    size_t len = 0;

    assert_non_null(p);
    assert_int_equal(e2m_edits_apply(wire, edits, num, p, cap, &len), E2M_OK);
    return (e2m_bytes){ p, len };
}

e2m_bytes
world_seal(const e2m *ctx, const e2m_plan *plan, e2m_bytes plain)
{
    e2m_msg *msg = NULL;
    const e2m_edit *edits = NULL;
    size_t num = 0;
    e2m_bytes out;
    e2m_err err = e2m_msg_open(&msg, ctx, plain, E2M_DATAGRAM, WORLD_NOW);

    if (err == E2M_OK) {
        err = e2m_end_seal(msg, plan, &edits, &num);
    }
    if (err != E2M_OK) {
        const e2m_why why = msg ? e2m_msg_why(msg) : (e2m_why){ 0 };

        fail_msg("seal: %s at %s (%s)", why.what, why.where, why.rule);
    }
    out = apply(plain, edits, num);
    e2m_msg_close(msg);
    return out;
}

static void
note(world_result *r, const e2m_verdict *v)
{
    r->outcome = v->outcome;
    r->reason = v->reason;
    r->status = v->sip_status;
    r->num_parts = v->num_parts;
    r->bound = v->bound;
    if (v->signer.len > 0) {
        memcpy(r->signer, v->signer.data, v->signer.len);
    }
    for (size_t i = 0; i < v->num_parts; i++) {
        if (!v->parts[i].identity) {
            world_bytes_free(r->content);
            r->content = copy(v->parts[i].content);
            r->committed = v->parts[i].encryption.committed;
            (void)snprintf(r->recipient, sizeof r->recipient, "%s",
                           v->parts[i].encryption.recipient);
            r->shared = v->parts[i].encryption.shared_with_far_end;
        }
    }
}

world_result
world_open(const e2m *ctx, e2m_bytes sealed, int64_t now)
{
    world_result r = { 0 };
    e2m_msg *msg = NULL;
    const e2m_verdict *v = NULL;
    const e2m_edit *edits = NULL;
    size_t num = 0;

    if (e2m_msg_open(&msg, ctx, sealed, E2M_DATAGRAM, now) != E2M_OK) {
        r.outcome = msg != NULL ? E2M_MALFORMED : E2M_UNDECIDED;
    } else if (e2m_end_open(msg, &v, &edits, &num) == E2M_OK) {
        note(&r, v);
        if (v->outcome == E2M_READ) {
            r.plain = apply(sealed, edits, num);
        } else {
            assert_int_equal(num, 0);
            assert_null(edits);
        }
    }
    e2m_msg_close(msg);
    return r;
}

world_result
world_inspect(const e2m *ctx, e2m_bytes sealed, int64_t now)
{
    world_result r = { 0 };
    e2m_msg *msg = NULL;
    const e2m_verdict *v = NULL;

    if (e2m_msg_open(&msg, ctx, sealed, E2M_DATAGRAM, now) != E2M_OK) {
        r.outcome = msg != NULL ? E2M_MALFORMED : E2M_UNDECIDED;
    } else if (e2m_middle_inspect(msg, &v) == E2M_OK) {
        note(&r, v);
    }
    e2m_msg_close(msg);
    return r;
}

void
world_result_free(world_result *r)
{
    world_bytes_free(r->content);
    world_bytes_free(r->plain);
    memset(r, 0, sizeof *r);
}
