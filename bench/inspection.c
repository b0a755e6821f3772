/* SPDX-License-Identifier: BSD-3-Clause */
/* A proxy's whole work on a message, from the octets of the wire to the
 * verdict and the wiped memory, through the public API: SIP, MIME, signature,
 * identity, envelope, key store. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

enum { MANY = 100000000 };

static const char alice[] = "sip:alice@atlanta.example.com";
static const char ss1[] = "ss1.atlanta.example.com";

/* The same message comes again and again here. */
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

static e2m *
make_context(const subject *s, const e2m_pki_pair *pair, const char *name)
{
    const e2m_replay replay = { forget, NULL };
    const e2m_bytes file = join(pair->cert, pair->key);
    e2m_conf *conf = e2m_conf_new(NULL);
    e2m *ctx = NULL;

    must(conf != NULL && e2m_conf_identity(conf, file, NULL) == E2M_OK &&
             e2m_conf_trust(conf, s->ca.cert) == E2M_OK &&
             e2m_conf_replay(conf, &replay) == E2M_OK &&
             e2m_conf_reuse(conf, NULL, 20000) == E2M_OK &&
             e2m_conf_limit(conf, E2M_LIMIT_REUSE_USES, MANY) == E2M_OK,
         "configuration");
    if (strchr(name, '@') == NULL) {
        must(e2m_conf_name(conf, e2m_str(name)) == E2M_OK, "name");
    }
    must(e2m_new(&ctx, conf) == E2M_OK, "context");
    e2m_conf_free(conf);
    unkeep(file);
    return ctx;
}

static e2m_bytes
letter(const subject *s, int cseq)
{
    static const char form[] =
        "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"
        "Via: SIP/2.0/TCP client.atlanta.example.com:5060;branch=z9hG4bK%d\r\n"
        "Max-Forwards: 70\r\n"
        "From: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"
        "To: Bob <sip:bob@biloxi.example.com>\r\n"
        "Call-ID: 3848276298220188511@atlanta.example.com\r\n"
        "CSeq: %d MESSAGE\r\n"
        "Contact: <sip:alice@client.atlanta.example.com;transport=tcp>\r\n"
        "Content-Type: text/plain\r\n"
        "Content-Length: %d\r\n\r\n";
    char text[2048];
    const int n = snprintf(text, sizeof text, form, cseq, cseq, CONTENT);

    must(n > 0 && (size_t)n + CONTENT < sizeof text, "letter");
    memcpy(text + n, s->text, CONTENT);
    return keep((e2m_bytes){ (uint8_t *)text, (size_t)n + CONTENT });
}

static e2m_bytes
seal(const e2m *ctx, const e2m_plan *plan, e2m_bytes plain)
{
    const e2m_edit *edits = NULL;
    e2m_msg *msg = NULL;
    uint8_t room[16384];
    e2m_bytes out = { room, 0 };
    size_t num = 0;

    must(e2m_msg_open(&msg, ctx, plain, E2M_DATAGRAM, NOW) == E2M_OK &&
             e2m_end_seal(msg, plan, &edits, &num) == E2M_OK &&
             e2m_edits_apply(plain, edits, num, room, sizeof room,
                             &out.len) == E2M_OK, "seal a message");
    e2m_msg_close(msg);
    unkeep(plain);
    return keep(out);
}

static bool
inspect(const e2m *ctx, e2m_bytes wire, const char *recipient)
{
    const e2m_verdict *v = NULL;
    e2m_msg *msg = NULL;
    const bool good =
        e2m_msg_open(&msg, ctx, wire, E2M_DATAGRAM, NOW) == E2M_OK &&
        e2m_middle_inspect(msg, &v) == E2M_OK && v->outcome == E2M_READ &&
        v->num_parts > 0 && v->bound &&
        v->parts[0].encryption.committed &&
        strcmp(v->parts[0].encryption.recipient, recipient) == 0;

    e2m_msg_close(msg);
    return good;
}

bool
inspect_fresh(subject *s)
{
    return inspect(s->middle, s->fresh, "ecdh");
}

bool
inspect_reused(subject *s)
{
    return inspect(s->middle, s->reused, "kek");
}

static void
issue(const subject *s, const char *name, e2m_pki_pair *out)
{
    const e2m_bytes ca = join(s->ca.cert, s->ca.key);

    must(e2m_pki_issue(ca, e2m_str(name), 0, NOW, out) == E2M_OK, name);
    unkeep(ca);
}

void
inspection_make(subject *s)
{
    e2m_pki_pair sender, proxy;
    e2m_peer *far = NULL;
    e2m_peer *near = NULL;
    e2m_plan *plan = NULL;
    e2m *ctx;

    issue(s, alice, &sender);
    issue(s, ss1, &proxy);
    ctx = make_context(s, &sender, alice);
    s->middle = make_context(s, &proxy, ss1);
    must(e2m_peer_new(&far, s->ec[1].pem.cert) == E2M_OK &&
             e2m_peer_new(&near, proxy.cert) == E2M_OK &&
             e2m_plan_new(&plan, ctx) == E2M_OK &&
             e2m_plan_to(plan, far) == E2M_OK &&
             e2m_plan_middle(plan, e2m_str(ss1), near) == E2M_OK &&
             e2m_plan_set(plan, E2M_OPT_REUSE, 1) == E2M_OK, "plan");
    s->fresh = seal(ctx, plan, letter(s, 1));
    must(inspect_fresh(s), "the first inspection");
    s->reused = seal(ctx, plan, letter(s, 2));
    must(inspect_reused(s), "the second inspection");
    e2m_plan_free(plan);
    e2m_peer_free(far);
    e2m_peer_free(near);
    e2m_free(ctx);
    e2m_pki_free(&sender);
    e2m_pki_free(&proxy);
}

void
inspection_free(subject *s)
{
    e2m_free(s->middle);
    unkeep(s->fresh);
    unkeep(s->reused);
}
