/* SPDX-License-Identifier: BSD-3-Clause */
/* A plan gets the readers and verifiers that were learned, or that the other
 * side asked for, as far as the disclosure policy allows. */
#include "api/api.h"

void
e2m_plan_disclosure(e2m_plan *plan, const e2m_disclosure *policy)
{
    plan->disclosure = policy;
}

/* Whoever shall verify must see the signature from outside. */
static e2m_err
add_verifier(e2m_plan *plan, e2m_bytes name)
{
    if (e2m_label_among(name, plan->verify_at, plan->num_verify_at)) {
        return E2M_OK;
    }
    TRY(e2m_plan_verify_at(plan, name));
    plan->option[E2M_OPT_SIGN] = 1;
    plan->option[E2M_OPT_AIB] = 1;
    plan->option[E2M_OPT_ORDER] = E2M_ENCRYPT_SIGN;
    return E2M_OK;
}

static e2m_err
withhold(e2m_plan *plan, const e2m_permit *permit)
{
    for (size_t i = 0; i < permit->num_withhold; i++) {
        const e2m_bytes what = permit->withhold[i];
        bool known = !e2m_bytes_istarts(what, E2M_LIT("a="));

        for (size_t k = 0; k < plan->num_without; k++) {
            known = known || e2m_bytes_eq(plan->without[k], what);
        }
        if (known) {
            continue;
        }
        if (plan->num_without == E2M_MAX_GRANTS) {
            return E2M_E_LIMIT;
        }
        plan->without[plan->num_without++] = what;
    }
    return E2M_OK;
}

static e2m_err
is_trusted(e2m_msg *msg, const e2m_memo *memo, bool *out)
{
    e2m_path path = E2M_PATH_UNCHECKED;

    TRY(e2m_certs_check(msg->tools.certs, msg->tools.crypto,
                        msg->tools.anchors, memo->cert, memo->chain,
                        memo->lesson.num_chain, msg->now_sec, &path));
    *out = path == E2M_PATH_OK;
    return E2M_OK;
}

static e2m_err
add_reader(e2m_plan *plan, e2m_msg *msg, const e2m_memo *memo,
           const e2m_permit *permit)
{
    const e2m_bytes name = memo->lesson.middle;
    const e2m_peer peer = { .cert = memo->cert };
    bool trusted = false;

    if (memo->cert == NULL ||
        e2m_label_among(name, plan->names, plan->num_middles)) {
        return E2M_OK;
    }
    TRY(is_trusted(msg, memo, &trusted));
    if (!trusted) {
        return E2M_OK; /* expired, revoked: it will ask again */
    }
    TRY(e2m_plan_middle(plan, name, &peer));
    if (permit->copy) {
        plan->copy[plan->num_middles - 1] = true;
        return withhold(plan, permit);
    }
    return E2M_OK;
}

static e2m_err
add_memo(e2m_plan *plan, e2m_msg *msg, const e2m_memo *memo,
         const e2m_types *types)
{
    e2m_question q = e2m_learn_question(msg, memo->lesson.middle,
                                        memo->lesson.demand.what);
    e2m_permit permit;

    e2m_disclosure_all(plan->disclosure, &q, types, &permit);
    if (!permit.allowed) {
        return E2M_OK; /* the policy has changed since */
    }
    return q.what == E2M_VIEW ? add_reader(plan, msg, memo, &permit)
                              : add_verifier(plan, q.middle);
}

/* SPEC reqs:GEN-4, wire:5:1 */
e2m_err
e2m_plan_learned(e2m_plan *plan, e2m_msg *msg, const e2m_learned *memory)
{
    e2m_types types;

    if (plan->disclosure == NULL || !msg->parsed) {
        return E2M_E_ARG;
    }
    if (!msg->sip.is_request || memory->num == 0) {
        return E2M_OK;
    }
    TRY(e2m_types_of(msg, &types));
    for (size_t i = 0; i < memory->num; i++) {
        if (e2m_learn_applies(&memory->memos[i].lesson, msg, &types)) {
            TRY(add_memo(plan, msg, &memory->memos[i], &types));
        }
    }
    return E2M_OK;
}

/* ---- the answer ---------------------------------------------------------- */

static bool
may_verify(const e2m_plan *plan, const e2m_msg *msg, e2m_bytes name,
           const e2m_types *types)
{
    e2m_question q = e2m_learn_question(msg, name, E2M_VERIFY);
    e2m_permit permit;

    if (plan->disclosure == NULL) {
        return plan->num_accept == 0 ||
               e2m_label_among(name, plan->accept, plan->num_accept);
    }
    e2m_disclosure_all(plan->disclosure, &q, types, &permit);
    return permit.allowed;
}

/* The names are the other side's: one that cannot be used is left out, and
 * does not keep the answer from being sent. SPEC reqs:INT-3 */
e2m_err
e2m_plan_asked(e2m_plan *plan, e2m_msg *msg, e2m_bytes names)
{
    e2m_in in = e2m_in_init(names);
    bool found = false;
    e2m_types types;
    e2m_bytes name;

    if (!msg->parsed) {
        return E2M_E_ARG;
    }
    TRY(e2m_types_of(msg, &types));
    while (e2m_text_next_item(&in, &name, &found) == E2M_OK && found) {
        if (types.num > 0 && may_verify(plan, msg, name, &types)) {
            const e2m_err err = add_verifier(plan, name);

            if (err == E2M_E_NOMEM) {
                return err;
            }
        }
    }
    return E2M_OK;
}
