/* SPDX-License-Identifier: BSD-3-Clause */
#include "demand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
ok(e2m_err err)
{
    assert_int_equal(err, E2M_OK);
}

static e2m *
middle_ctx(const middle *m)
{
    e2m_conf *conf = e2m_conf_new(NULL);
    const size_t len = m->pair->cert.len + m->pair->key.len;
    uint8_t *pem = malloc(len);
    e2m *ctx = NULL;

    assert_non_null(conf);
    assert_non_null(pem);
    memcpy(pem, m->pair->cert.data, m->pair->cert.len);
    memcpy(pem + m->pair->cert.len, m->pair->key.data, m->pair->key.len);
    ok(e2m_conf_identity(conf, (e2m_bytes){ pem, len }, NULL));
    ok(e2m_conf_trust(conf, m->anchor));
    for (size_t i = 0; i < 2 && m->names[i] != NULL; i++) {
        ok(e2m_conf_name(conf, world_str(m->names[i])));
    }
    for (size_t i = 0; i < m->num_policies; i++) {
        ok(e2m_conf_policy(conf, m->policies[i], true));
    }
    ok(e2m_conf_answers(conf, m->answers));
    ok(e2m_new(&ctx, conf));
    e2m_conf_free(conf);
    free(pem);
    return ctx;
}

static e2m_bytes
copied(e2m_bytes in)
{
    uint8_t *copy = malloc(in.len);

    assert_non_null(copy);
    memcpy(copy, in.data, in.len);
    return (e2m_bytes){ copy, in.len };
}

e2m_bytes
middle_inspect(const middle *m, e2m_bytes wire, world_result *out)
{
    e2m *ctx = middle_ctx(m);
    const e2m_verdict *v = NULL;
    e2m_bytes answer = { NULL, 0 };
    e2m_msg *msg = NULL;

    ok(e2m_msg_open(&msg, ctx, wire, E2M_DATAGRAM,
                    m->now != 0 ? m->now : WORLD_NOW));
    for (size_t i = 0; i < 4 && m->demands[i].what != 0; i++) {
        ok(e2m_middle_require(msg, m->demands[i].what,
                              world_str(m->demands[i].type)));
    }
    ok(e2m_middle_inspect(msg, &v));
    memset(out, 0, sizeof *out);
    out->outcome = v->outcome;
    out->reason = v->reason;
    out->status = v->sip_status;
    out->num_parts = v->num_parts;
    if (v->sip_status != 0 && e2m_msg_is_request(msg)) {
        ok(e2m_middle_response(msg, v, world_str("ss1"), &answer));
        answer = copied(answer);
    }
    e2m_msg_close(msg);
    e2m_free(ctx);
    return answer;
}

e2m_disclosure *
disclosure(const char *text)
{
    e2m_disclosure *policy = NULL;
    char copy[512];
    char *rule;
    char *rest = copy;
    unsigned line = 0;

    assert_true(strlen(text) < sizeof copy);
    memcpy(copy, text, strlen(text) + 1);
    ok(e2m_disclosure_new(&policy));
    ok(e2m_disclosure_lifetime(policy, 3600));
    while ((rule = strtok_r(rest, ";", &rest)) != NULL) {
        char *words = rule;
        char *word = strtok_r(words, " ", &words);

        ok(e2m_disclosure_rule(policy, world_str(word), ++line));
        while ((word = strtok_r(words, " ", &words)) != NULL) {
            const e2m_bytes what = world_str(strtok_r(words, " ", &words));

            if (strcmp(word, "withhold") == 0) {
                ok(e2m_disclosure_withhold(policy, what));
            } else {
                ok(e2m_disclosure_allow(policy,
                                        strcmp(word, "view") == 0
                                            ? E2M_VIEW
                                            : E2M_VERIFY,
                                        what));
            }
        }
    }
    return policy;
}

static void
keep_text(char *out, size_t cap, e2m_bytes in)
{
    assert_true(in.len < cap);
    if (in.len > 0) {
        memcpy(out, in.data, in.len);
    }
    out[in.len] = '\0';
}

opinion
judge(const e2m *ctx, e2m_bytes answer, e2m_bytes request, int64_t now,
      const e2m_disclosure *policy, e2m_learned *memory)
{
    const e2m_rejection *r = NULL;
    opinion out = { .believed = false };
    e2m_msg *sent = NULL;
    e2m_msg *got = NULL;
    e2m_permit permit;

    ok(e2m_msg_open(&sent, ctx, request, E2M_DATAGRAM, now));
    ok(e2m_msg_open(&got, ctx, answer, E2M_DATAGRAM, now));
    ok(e2m_end_rejection(got, sent, &r));
    out.believed = r->believed;
    out.reason = r->reason;
    keep_text(out.middle, sizeof out.middle, r->middle);
    for (size_t i = 0; i < r->num_demands && i < 4; i++) {
        out.what[i] = r->demands[i].what;
        keep_text(out.type[i], sizeof out.type[i], r->demands[i].type);
        out.num++;
    }
    if (policy != NULL && r->believed) {
        ok(e2m_learned_add(memory, sent, r, policy, &permit));
        out.allowed = permit.allowed;
    } else if (policy != NULL) {
        assert_int_equal(e2m_learned_add(memory, sent, r, policy, &permit),
                         E2M_E_ARG);
        assert_false(permit.allowed);
    }
    e2m_msg_close(got);
    e2m_msg_close(sent);
    return out;
}

e2m_bytes
seal_learned(const world *w, const char *plain, const e2m_disclosure *policy,
             const e2m_learned *memory)
{
    e2m_plan *plan = NULL;
    e2m_msg *msg = NULL;
    e2m_bytes out;

    ok(e2m_plan_new(&plan, w->ctx[ALICE]));
    ok(e2m_plan_to(plan, w->peer[BOB]));
    e2m_plan_disclosure(plan, policy);
    ok(e2m_msg_open(&msg, w->ctx[ALICE], world_str(plain), E2M_DATAGRAM,
                    WORLD_NOW));
    ok(e2m_plan_learned(plan, msg, memory));
    e2m_msg_close(msg);
    out = world_seal(w->ctx[ALICE], plan, world_str(plain));
    e2m_plan_free(plan);
    return out;
}
