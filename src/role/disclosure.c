/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may be shown what: rules in order, the first one about a middle decides,
 * and what no rule allows is denied (RFC 4189 sec. 5: a UA does not disclose to
 * whoever asks). */
#include "role/role.h"

/* `host` is `domain` or lies below it. */
bool
e2m_in_domain(e2m_bytes host, e2m_bytes domain)
{
    e2m_bytes tail;

    if (domain.len == 0 || host.len < domain.len) {
        return false;
    }
    tail = e2m_bytes_from(host, host.len - domain.len);
    return e2m_bytes_ieq(tail, domain) &&
           (host.len == domain.len ||
            host.data[host.len - domain.len - 1] == '.');
}

static bool
fits(const e2m_rule *rule, const e2m_question *q)
{
    const e2m_bytes m = rule->middle;

    if (e2m_bytes_eq(m, E2M_LIT("@own"))) {
        return e2m_in_domain(q->middle, q->own);
    }
    if (e2m_bytes_eq(m, E2M_LIT("@peer"))) {
        return e2m_in_domain(q->middle, q->peer);
    }
    if (m.len > 2 && m.data[0] == '*' && m.data[1] == '.') {
        const e2m_bytes below = e2m_bytes_from(m, 2);

        return q->middle.len > below.len && e2m_in_domain(q->middle, below);
    }
    return e2m_bytes_ieq(m, q->middle);
}

static bool
grants(const e2m_grants *g, e2m_bytes type)
{
    for (size_t i = 0; i < g->num; i++) {
        if (e2m_mime_matches(g->items[i], type)) {
            return true;
        }
    }
    return false;
}

/* What is withheld is of an SDP, and the middle gets a copy of that; other
 * content goes whole where the rule allows its type (WIRE.md 1). */
void
e2m_disclosure_ask(const e2m_disclosure *policy, const e2m_question *q,
                   e2m_permit *out)
{
    *out = (e2m_permit){ .allowed = false };
    for (size_t i = 0; i < policy->num; i++) {
        const e2m_rule *rule = &policy->rules[i];

        if (!fits(rule, q)) {
            continue;
        }
        out->ruled = true;
        out->line = rule->line;
        if (q->what == E2M_VERIFY) {
            out->allowed = grants(&rule->verify, q->type);
            return;
        }
        out->allowed = q->what == E2M_VIEW && grants(&rule->view, q->type);
        if (e2m_mime_matches(E2M_LIT("application/sdp"), q->type)) {
            out->copy = rule->withhold.num > 0;
            out->withhold = rule->withhold.items;
            out->num_withhold = rule->withhold.num;
        }
        return;
    }
}

/* ---- what a body is ------------------------------------------------------ */

static e2m_err
add_types(e2m_env *env, const e2m_level *level, e2m_types *out)
{
    if (level->kind == E2M_LEVEL_MULTIPART) {
        for (const e2m_level *l = level->first; l != NULL; l = l->next) {
            TRY(add_types(env, l, out));
        }
        return E2M_OK;
    }
    if (out->num == sizeof out->list / sizeof out->list[0]) {
        return e2m_fail(env, E2M_E_LIMIT, NULL,
                        "too many kinds of content in one body", "policy");
    }
    out->list[out->num++] = level->entity->type;
    return E2M_OK;
}

e2m_err
e2m_types_of(e2m_msg *msg, e2m_types *out)
{
    *out = (e2m_types){ .num = 0 };
    if (msg->sip.body.len == 0) {
        return E2M_OK;
    }
    TRY(e2m_look(msg));
    return add_types(&msg->env, msg->tree, out);
}

bool
e2m_types_match(const e2m_types *types, e2m_bytes pattern)
{
    for (size_t i = 0; i < types->num; i++) {
        if (e2m_mime_matches(pattern, types->list[i])) {
            return true;
        }
    }
    return false;
}

/* One envelope holds the whole body: all that is in it is asked for; of an SDP
 * beside other content no copy can be made, and then nothing is given. */
void
e2m_disclosure_all(const e2m_disclosure *policy, e2m_question *q,
                   const e2m_types *types, e2m_permit *out)
{
    *out = (e2m_permit){ .allowed = false };
    for (size_t i = 0; i < types->num; i++) {
        q->type = types->list[i];
        e2m_disclosure_ask(policy, q, out);
        if (out->copy && types->num > 1) {
            out->allowed = false;
        }
        if (!out->allowed) {
            return;
        }
    }
}
