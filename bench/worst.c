/* SPDX-License-Identifier: BSD-3-Clause */
/* The worst message of 8 KB: what each attack costs, as a ratio to opening (at
 * bob) or inspecting (at ss1) a sealed message of 8 KB. Time of this thread's
 * processor, the best of many rounds; believe the ratios. Every certificate
 * that a stranger could make is a new one in each round. */
#include "attacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 600 };

static void
must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "worst: %s failed\n", what);
        exit(1);
    }
}

/* ---- who there is -------------------------------------------------------- */

static e2m_bytes
pem_of(const e2m_pki_pair *pair)
{
    const size_t len = pair->cert.len + pair->key.len;
    uint8_t *p = malloc(len);

    must(p != NULL, "memory");
    memcpy(p, pair->cert.data, pair->cert.len);
    memcpy(p + pair->cert.len, pair->key.data, pair->key.len);
    return (e2m_bytes){ p, len };
}

static void
drop(e2m_bytes b)
{
    free((void *)(uintptr_t)b.data);
}

static void
issue(const e2m_pki_pair *ca, const char *name, unsigned rsa_bits,
      signer *out)
{
    const e2m_bytes ca_pem = pem_of(ca);
    e2m_keyfile kf = { 0 };
    e2m_bytes pem;
    e2m_env env;

    must(e2m_pki_issue(ca_pem, e2m_str(name), rsa_bits, NOW, &out->pem) ==
         E2M_OK, "certificate");
    pem = pem_of(&out->pem);
    e2m_env_init(&env, NULL, NULL);
    must(e2m_keyfile_read(&env, pem, NULL, &kf) == E2M_OK &&
         e2m_cert_new(kf.certs[0], 4096, &out->cert) == E2M_OK, "key file");
    out->key = kf.key;
    e2m_env_done(&env);
    drop(pem);
    drop(ca_pem);
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

static e2m *
context(const e2m_pki_pair *ca, const signer *who, const char *name)
{
    const e2m_replay forgetful = { forget, NULL };
    const e2m_bytes pem = pem_of(&who->pem);
    e2m_conf *conf = e2m_conf_new(NULL);
    e2m *ctx = NULL;

    must(conf != NULL && e2m_conf_identity(conf, pem, NULL) == E2M_OK &&
         e2m_conf_trust(conf, ca->cert) == E2M_OK &&
         e2m_conf_replay(conf, &forgetful) == E2M_OK &&
         (name == NULL || e2m_conf_name(conf, e2m_str(name)) == E2M_OK) &&
         e2m_new(&ctx, conf) == E2M_OK, "context");
    e2m_conf_free(conf);
    drop(pem);
    return ctx;
}

/* CAs, each under the one before. */
static void
forge_chain(kit *k, const e2m_pki_pair *root)
{
    e2m_pki_pair by = *root;

    for (size_t i = 0; i < CHAIN; i++) {
        const e2m_bytes ca_pem = pem_of(&by);
        const char name[] = { 'C', 'A', (char)('0' + i), '\0' };
        const e2m_issue what = { .kind = E2M_KEY_P256, .ca = true,
                                 .common_name = name, .ca_pem = ca_pem,
                                 .not_before = NOW - 1000,
                                 .not_after = NOW + 1000 };
        e2m_keyfile kf = { 0 };

        must(e2m_issue_cert(&k->env, &what, &by.cert, &by.key) == E2M_OK &&
             e2m_keyfile_read(&k->env, by.cert, NULL, &kf) == E2M_OK,
             "chain");
        k->chain[i] = kf.certs[0];
        drop(ca_pem);
    }
    issue(&by, "sip:alice@atlanta.example.com", 0, &k->chained);
}

typedef struct scene {
    kit kit;
    e2m_pki_pair ca;
    e2m_pki_pair other; /* of the same name */
    signer bob;
    signer ss1;
    e2m *at[2]; /* bob, ss1 */
} scene;

static void
set_scene(scene *s)
{
    kit *k = &s->kit;
    e2m_keyfile kf = { 0 };

    memcpy(k->limits, e2m_limit_defaults, sizeof k->limits);
    k->limits[E2M_LIMIT_MEMORY] = 1 << 28;
    k->limits[E2M_LIMIT_RECIPIENTS] = 1000;
    e2m_env_init(&k->env, NULL, k->limits);
    must(e2m_crypto_new(&k->c) == E2M_OK, "crypto");
    must(e2m_pki_ca(NOW, &s->ca) == E2M_OK &&
         e2m_pki_ca(NOW, &s->other) == E2M_OK, "CA");
    issue(&s->ca, "sip:bob@biloxi.example.com", 0, &s->bob);
    issue(&s->ca, "ss1.atlanta.example.com", 0, &s->ss1);
    issue(&s->ca, "sip:alice@atlanta.example.com", 0, &k->alice);
    issue(&s->ca, "sip:alice@atlanta.example.com", 4096, &k->alice_rsa);
    for (size_t i = 0; i < FORGED; i++) {
        issue(&s->other, "sip:alice@atlanta.example.com", i % 2 ? 4096 : 0,
              &k->forged[i]);
    }
    must(e2m_keyfile_read(&k->env, s->other.cert, NULL, &kf) == E2M_OK,
         "forged CA");
    k->forged_ca = kf.certs[0];
    forge_chain(k, &s->other);
    k->bob = s->bob.cert;
    k->ss1 = s->ss1.cert;
    s->at[0] = context(&s->ca, &s->bob, NULL);
    s->at[1] = context(&s->ca, &s->ss1, "ss1.atlanta.example.com");
}

/* ---- what is normal ------------------------------------------------------ */

/* Alice's message for bob and ss1, as e2m seals it. */
static void
normal(scene *s, page *p)
{
    e2m *alice = context(&s->ca, &s->kit.alice, NULL);
    e2m_peer *bob = NULL, *ss1 = NULL;
    const e2m_edit *edits = NULL;
    e2m_plan *plan = NULL;
    e2m_msg *msg = NULL;
    size_t num = 0;
    page plain = { .len = 0 };

    put_start(&plain);
    put(&plain, "Content-Type: text/plain\r\n\r\n");
    put_until(&plain, "x", 2750);
    must(e2m_peer_new(&bob, s->bob.pem.cert) == E2M_OK &&
         e2m_peer_new(&ss1, s->ss1.pem.cert) == E2M_OK &&
         e2m_plan_new(&plan, alice) == E2M_OK &&
         e2m_plan_to(plan, bob) == E2M_OK &&
         e2m_plan_middle(plan, E2M_LIT("ss1.atlanta.example.com"), ss1) ==
             E2M_OK &&
         e2m_msg_open(&msg, alice, (e2m_bytes){ plain.data, plain.len },
                      E2M_DATAGRAM, NOW) == E2M_OK &&
         e2m_end_seal(msg, plan, &edits, &num) == E2M_OK &&
         e2m_edits_apply((e2m_bytes){ plain.data, plain.len }, edits, num,
                         p->data, PAGE, &p->len) == E2M_OK, "sealing");
    e2m_msg_close(msg);
    e2m_plan_free(plan);
    e2m_peer_free(bob);
    e2m_peer_free(ss1);
    e2m_free(alice);
}

/* ---- measuring ----------------------------------------------------------- */

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The last octets of a certificate are its signature: other octets there make
 * another certificate. */
static void
renew(const kit *k, page *p)
{
    static uint32_t round;

    round++;
    for (size_t i = 0; i < FORGED + 2 + CHAIN; i++) {
        const e2m_bytes der = i < FORGED        ? k->forged[i].cert->der
                              : i == FORGED     ? k->forged_ca
                              : i == FORGED + 1 ? k->chained.cert->der
                                                : k->chain[i - FORGED - 2];

        for (size_t at = 0; at + der.len <= p->len; at++) {
            if (memcmp(p->data + at, der.data, der.len - 4) == 0) {
                memcpy(p->data + at + der.len - 4, &round, 4);
            }
        }
    }
}

static const e2m_verdict *
look(const e2m *ctx, bool end, e2m_msg **msg, const page *p)
{
    static const e2m_verdict malformed = { .outcome = E2M_MALFORMED };
    const e2m_verdict *v = &malformed;
    const e2m_edit *edits = NULL;
    size_t num = 0;

    if (e2m_msg_open(msg, ctx, (e2m_bytes){ p->data, p->len }, E2M_DATAGRAM,
                     NOW) != E2M_OK) {
        return v;
    }
    must((end ? e2m_end_open(*msg, &v, &edits, &num)
              : e2m_middle_inspect(*msg, &v)) == E2M_OK, "reading");
    return v;
}

/* Microseconds of the processor; *said is what the verdict was. */
static double
cost(const scene *s, int where, page *p, const char **said)
{
    double best = 1e9;

    for (int n = 0; n < ROUNDS; n++) {
        e2m_msg *msg = NULL;
        const e2m_verdict *v;
        double start, took;

        renew(&s->kit, p);
        start = seconds();
        v = look(s->at[where], where == 0, &msg, p);
        *said = v->outcome == E2M_READ || v->reason == E2M_BECAUSE_NONE
                    ? e2m_outcome_name(v->outcome)
                    : e2m_reason_name(v->reason);
        e2m_msg_close(msg);
        took = (seconds() - start) * 1e6;
        best = took < best ? took : best;
    }
    return best;
}

/* The normal message from somebody who was never heard of. */
static void
first_contact(scene *s, const double usual[2])
{
    double best[2] = { 1e9, 1e9 };

    for (int n = 0; n < 40; n++) {
        page p = { .len = 0 };

        issue(&s->ca, "sip:alice@atlanta.example.com", 0, &s->kit.alice);
        normal(s, &p);
        for (int where = 0; where < 2; where++) {
            e2m_msg *msg = NULL;
            const double start = seconds();

            must(look(s->at[where], where == 0, &msg, &p)->outcome ==
                 E2M_READ, "first contact");
            e2m_msg_close(msg);
            best[where] = (seconds() - start) * 1e6 < best[where]
                              ? (seconds() - start) * 1e6 : best[where];
        }
    }
    printf("%-40s %5s  %5.2f %-14s  %5.2f\n", "normal, a signer never seen", "",
           best[0] / usual[0], "read", best[1] / usual[1]);
}

static void
row(const scene *s, const attack *a, const double usual[2])
{
    page p = { .len = 0 };

    a->make((kit *)(uintptr_t)&s->kit, &p);
    must(p.len > 1000, a->name);
    printf("%-40s %5zu", a->name, p.len);
    for (int where = 0; where < 2; where++) {
        const char *said = "";
        const double us = cost(s, where, &p, &said);

        printf("  %5.2f %-14s", us / usual[where], said);
    }
    putchar('\n');
    (void)fflush(stdout);
}

int
main(void)
{
    static scene s;
    page p = { .len = 0 };
    double usual[2];
    const char *said[2];

    set_scene(&s);
    normal(&s, &p);
    for (int where = 0; where < 2; where++) {
        usual[where] = cost(&s, where, &p, &said[where]);
        must(strcmp(said[where], "read") == 0, "the normal message");
    }
    printf("%-40s %5s  %-20s  %s\n", "ratio to a normal sealed message",
           "size", "bob opens", "ss1 inspects");
    printf("%-40s %5zu  %4.0fus %-13s  %4.0fus %s\n", "normal", p.len,
           usual[0], said[0], usual[1], said[1]);
    first_contact(&s, usual);
    for (size_t i = 0; i < num_text_attacks; i++) {
        row(&s, &text_attacks[i], usual);
    }
    for (size_t i = 0; i < num_cms_attacks; i++) {
        row(&s, &cms_attacks[i], usual);
    }
    return 0;
}
