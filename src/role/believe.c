/* SPDX-License-Identifier: BSD-3-Clause */
/* When content may be believed: every signature around it holds, there is one,
 * and it is of this message, now, for the first time. */
#include "role/role.h"

e2m_err
e2m_look(e2m_msg *msg)
{
    const e2m_sip *m = &msg->sip;
    e2m_env *env = &msg->env;
    e2m_mime_head head = { 0 };
    e2m_entity *body = NULL;
    e2m_place place;
    e2m_err err;

    if (msg->tree != NULL) {
        return E2M_OK;
    }
    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_TYPE, &head.type));
    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_DISPOSITION,
                      &head.disposition));
    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_TRANSFER, &head.transfer));
    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_ID, &head.id));
    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_TARGET, &head.target));
    E2M_NEW(env, body, 1);
    place = e2m_env_enter(env, "MIME body", m->body);
    err = e2m_mime_from_body(env, &head, m->body, 0, body);
    if (err == E2M_OK) {
        err = e2m_smime_look(env, body, NULL, &msg->tree);
    }
    e2m_env_leave(env, place);
    return err;
}

static e2m_err
check_binding(e2m_finding *f, const e2m_level *sig, bool *bound)
{
    const e2m_entity *aib = e2m_aib_find(sig);
    e2m_reason why = E2M_BECAUSE_NONE;

    if (aib == NULL) {
        return E2M_OK;
    }
    TRY(e2m_aib_check(f->msg, sig, aib, &why));
    e2m_finding_refuse(f, why);
    *bound = *bound || why == E2M_BECAUSE_NONE;
    return E2M_OK;
}

/* SPEC reqs:INT-2, reqs:CONF-3: a label counts under a signature that holds */
e2m_err
e2m_check_signatures(e2m_finding *f, e2m_level *level)
{
    const bool *policy = f->msg->ctx->policy;
    bool is_signed = false;
    bool by_sender = false;
    bool bound = false;

    for (e2m_level *l = level; l != NULL; l = l->up) {
        if (l->kind != E2M_LEVEL_SIGNED) {
            continue;
        }
        is_signed = true;
        TRY(e2m_smime_verify(&f->msg->env, &f->msg->tools, l));
        e2m_finding_refuse(f, l->sig.reason);
        if (e2m_finding_refused(f)) {
            return E2M_OK;
        }
        TRY(check_binding(f, l, &bound));
        by_sender = by_sender ||
                    e2m_cert_is_user(l->sig.cert, e2m_sender_uri(f->msg));
    }
    if (!is_signed && !policy[E2M_ALLOW_UNSIGNED]) {
        e2m_finding_refuse(f, E2M_BECAUSE_NOT_SIGNED);
    } else if (is_signed && !bound && !policy[E2M_ALLOW_UNBOUND]) {
        e2m_finding_refuse(f, E2M_BECAUSE_UNBOUND);
    } else if (is_signed && !by_sender) {
        /* what is bound to no message is bound to From: RFC 3261 sec. 23.3 */
        e2m_finding_refuse(f, E2M_BECAUSE_WRONG_IDENTITY);
    }
    return E2M_OK;
}

/* Only what was verified is remembered: a stranger cannot fill the memory. */
static e2m_err
remember(e2m_finding *f, const e2m_level *level)
{
    e2m_reason why = E2M_BECAUSE_NONE;

    if (level->kind == E2M_LEVEL_SIGNED && level->sig.checked &&
        level->sig.reason == E2M_BECAUSE_NONE &&
        e2m_aib_find(level) != NULL) {
        TRY(e2m_replay_check(f->msg, level, &why));
        e2m_finding_refuse(f, why);
    }
    for (const e2m_level *l = level->first; l != NULL; l = l->next) {
        TRY(remember(f, l));
    }
    return E2M_OK;
}

e2m_err
e2m_check_replays(e2m_finding *f)
{
    return remember(f, f->msg->tree);
}
