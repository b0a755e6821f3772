/* SPDX-License-Identifier: BSD-3-Clause */
/* A disclosure policy being made. */
#include <stdlib.h>

#include "api/api.h"

enum { DAY = 86400 };

/* All that a policy holds is in its arena. */
e2m_err
e2m_disclosure_new(e2m_disclosure **out)
{
    e2m_disclosure *policy = calloc(1, sizeof *policy);
    void *rules = NULL;
    e2m_err err;

    *out = NULL;
    if (policy == NULL) {
        return E2M_E_NOMEM;
    }
    e2m_env_init(&policy->env, NULL, NULL);
    err = e2m_new_array(&policy->env, E2M_MAX_RULES, sizeof(e2m_rule), &rules);
    if (err != E2M_OK) {
        e2m_disclosure_free(policy);
        return err;
    }
    policy->rules = rules;
    policy->lifetime_sec = DAY;
    *out = policy;
    return E2M_OK;
}

e2m_err
e2m_disclosure_lifetime(e2m_disclosure *policy, int64_t sec)
{
    if (sec < 1 || sec > 366 * (int64_t)DAY) {
        return E2M_E_ARG;
    }
    policy->lifetime_sec = sec;
    return E2M_OK;
}

void
e2m_disclosure_free(e2m_disclosure *policy)
{
    if (policy != NULL) {
        e2m_env_done(&policy->env);
        free(policy);
    }
}

/* A name, or an IPv6 literal in its brackets. */
static bool
is_host(e2m_bytes text)
{
    const bool literal = text.len > 2 && text.data[0] == '[' &&
                         text.data[text.len - 1] == ']';

    if (literal) {
        text = (e2m_bytes){ text.data + 1, text.len - 2 };
    }
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.data[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '.' &&
            !(literal && c == ':')) {
            return false;
        }
    }
    return text.len > 0 && text.len <= 255 && text.data[0] != '.';
}

static bool
is_middle(e2m_bytes m)
{
    if (e2m_bytes_eq(m, E2M_LIT("@own")) || e2m_bytes_eq(m, E2M_LIT("@peer"))) {
        return true;
    }
    if (m.len > 2 && m.data[0] == '*' && m.data[1] == '.') {
        return is_host(e2m_bytes_from(m, 2));
    }
    return is_host(m);
}

e2m_err
e2m_disclosure_rule(e2m_disclosure *policy, e2m_bytes middle, unsigned line)
{
    e2m_rule *rule = &policy->rules[policy->num];

    if (!is_middle(middle)) {
        return E2M_E_ARG;
    }
    if (policy->num == E2M_MAX_RULES) {
        return E2M_E_LIMIT;
    }
    TRY(e2m_dup(&policy->env, middle, &rule->middle));
    rule->line = line;
    policy->num++;
    return E2M_OK;
}

static e2m_err
add_grant(e2m_disclosure *policy, e2m_grants *g, e2m_bytes text)
{
    if (g->num == E2M_MAX_GRANTS) {
        return E2M_E_LIMIT;
    }
    TRY(e2m_dup(&policy->env, text, &g->items[g->num]));
    g->num++;
    return E2M_OK;
}

static e2m_rule *
last_rule(e2m_disclosure *policy)
{
    return policy->num > 0 ? &policy->rules[policy->num - 1] : NULL;
}

e2m_err
e2m_disclosure_allow(e2m_disclosure *policy, unsigned what, e2m_bytes type)
{
    e2m_rule *rule = last_rule(policy);

    if (rule == NULL || (what != E2M_VIEW && what != E2M_VERIFY) ||
        !e2m_mime_is_pattern(type)) {
        return E2M_E_ARG;
    }
    return add_grant(policy, what == E2M_VIEW ? &rule->view : &rule->verify,
                     type);
}

/* "keys", or "a=" and an attribute's name. */
static bool
is_withholdable(e2m_bytes what)
{
    return e2m_bytes_eq(what, E2M_LIT("keys")) ||
           (what.len > 2 && what.data[0] == 'a' && what.data[1] == '=' &&
            what.len <= 64 && e2m_text_is_token(e2m_bytes_from(what, 2)));
}

e2m_err
e2m_disclosure_withhold(e2m_disclosure *policy, e2m_bytes what)
{
    e2m_rule *rule = last_rule(policy);

    if (rule == NULL || !is_withholdable(what)) {
        return E2M_E_ARG;
    }
    return add_grant(policy, &rule->withhold, what);
}
