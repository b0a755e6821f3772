/* SPDX-License-Identifier: BSD-3-Clause */
/* What a middle's own policy demands of a message, beyond what labels ask:
 * view, verify, not plain (SPEC mech:2.3:4; final 4.1; WIRE.md 5). Disclosure
 * comes before signature, one refusal at a time. */
#include "role/role.h"

e2m_err
e2m_middle_require(e2m_msg *msg, unsigned what, e2m_bytes type)
{
    const unsigned all = E2M_VIEW | E2M_VERIFY | E2M_SEALED;
    e2m_demand *d;

    if (!msg->parsed || what == 0 || (what & ~all) != 0 ||
        !e2m_mime_is_pattern(type)) {
        return E2M_E_ARG;
    }
    if (msg->num_demands == E2M_MAX_DEMANDS) {
        return E2M_E_LIMIT;
    }
    d = &msg->demands[msg->num_demands];
    d->what = what;
    TRY(e2m_dup(&msg->env, type, &d->type));
    msg->num_demands++;
    return E2M_OK;
}

/* What is demanded of content like this; an AIB is nobody's content. */
unsigned
e2m_demanded(const e2m_msg *msg, const e2m_entity *e)
{
    unsigned what = 0;

    if (e2m_aib_is(e)) {
        return 0;
    }
    for (size_t i = 0; i < msg->num_demands; i++) {
        if (e2m_mime_matches(msg->demands[i].type, e->type)) {
            what |= msg->demands[i].what;
        }
    }
    return what;
}

bool
e2m_demands(const e2m_msg *msg, unsigned what)
{
    for (size_t i = 0; i < msg->num_demands; i++) {
        if ((msg->demands[i].what & what) != 0) {
            return true;
        }
    }
    return false;
}

/* ---- what stayed shut ---------------------------------------------------- */

/* The first envelope, from `level` on in the tree's order, that was not
 * opened; what is demanded is assumed to be in it (final 4.1). */
static e2m_level *
first_shut(e2m_level *level)
{
    for (e2m_level *l = level; l != NULL; l = l->next) {
        e2m_level *found;

        if (l->kind == E2M_LEVEL_ENVELOPED && !l->opened) {
            return l;
        }
        found = first_shut(l->first);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static bool
was_read(const e2m_finding *f, e2m_bytes type)
{
    for (size_t i = 0; i < f->num; i++) {
        if (!f->parts[i].identity &&
            e2m_mime_matches(type, f->parts[i].content_type)) {
            return true;
        }
    }
    return false;
}

/* Where all must be shared, nothing may stay shut to this node: else a decoy
 * for it would do (SPEC wire:1:2; final 7.1). */
static bool
is_missing(const e2m_finding *f, const e2m_demand *d)
{
    return (d->what & E2M_VIEW) != 0 &&
           (f->msg->ctx->policy[E2M_REQUIRE_SHARED] || !was_read(f, d->type));
}

static e2m_err
check_shut_signed(e2m_finding *f, e2m_level *level)
{
    for (e2m_level *l = level; l != NULL && !e2m_finding_refused(f);
         l = l->next) {
        if (l->kind == E2M_LEVEL_ENVELOPED && !l->opened) {
            TRY(e2m_check_signatures(f, l));
        } else {
            TRY(check_shut_signed(f, l->first));
        }
    }
    return E2M_OK;
}

e2m_err
e2m_demand_settle(e2m_finding *f)
{
    e2m_msg *msg = f->msg;

    if (msg->num_demands == 0 || msg->tree == NULL ||
        first_shut(msg->tree) == NULL) {
        return E2M_OK;
    }
    for (size_t i = 0; i < msg->num_demands; i++) {
        if (is_missing(f, &msg->demands[i])) {
            e2m_finding_refuse(f, E2M_BECAUSE_UNDISCLOSED);
            return E2M_OK;
        }
    }
    return e2m_demands(msg, E2M_VERIFY) ? check_shut_signed(f, msg->tree)
                                        : E2M_OK;
}

/* ---- what a refusal tells ------------------------------------------------ */

static void
tell(e2m_demand *list, size_t *num, unsigned what, e2m_bytes type)
{
    for (size_t i = 0; i < *num; i++) {
        if (list[i].what == what && e2m_bytes_ieq(list[i].type, type)) {
            return;
        }
    }
    if (*num < E2M_MAX_DEMANDS) {
        list[(*num)++] = (e2m_demand){ what, type };
    }
}

/* Disclosure: of what is missing; of all types that are demanded when content
 * came, but not in the way that policy wants. */
static void
tell_view(const e2m_finding *f, e2m_demand *list, size_t *num)
{
    const e2m_msg *msg = f->msg;
    const bool undisclosed = f->verdict.outcome == E2M_UNDECIPHERABLE;

    for (size_t i = 0; i < msg->num_demands; i++) {
        if ((msg->demands[i].what & (E2M_VIEW | E2M_SEALED)) != 0 &&
            (!undisclosed || is_missing(f, &msg->demands[i]))) {
            tell(list, num, E2M_VIEW, msg->demands[i].type);
        }
    }
    /* a label alone asked: the whole body is meant */
    if (*num == 0 || (undisclosed &&
                      msg->ctx->policy[E2M_REQUIRE_SHARED])) {
        *num = 0;
        tell(list, num, E2M_VIEW, E2M_LIT("*"));
    }
}

e2m_err
e2m_demand_tell(e2m_finding *f)
{
    e2m_verdict *v = &f->verdict;
    e2m_demand *list = NULL;
    size_t num = 0;

    if (v->outcome != E2M_UNDECIPHERABLE && v->outcome != E2M_FORBIDDEN) {
        return E2M_OK;
    }
    E2M_NEW(&f->msg->env, list, E2M_MAX_DEMANDS);
    if (v->outcome == E2M_UNDECIPHERABLE ||
        v->reason == E2M_BECAUSE_NOT_SEALED ||
        v->reason == E2M_BECAUSE_UNCOMMITTED ||
        v->reason == E2M_BECAUSE_UNSHARED) {
        tell_view(f, list, &num);
    } else if (v->sip_status == 403) {
        /* mech 2.3: the type that is required, whatever was wrong with it */
        tell(list, &num, E2M_VERIFY, E2M_LIT("multipart/signed"));
    }
    v->demands = list;
    v->num_demands = num;
    return E2M_OK;
}

/* The final draft's numbers for the same answers (final 4.1, 5.3). */
void
e2m_demand_number(const e2m *ctx, e2m_verdict *v)
{
    if (ctx->answers != E2M_ANSWERS_FINAL || v->num_demands == 0) {
        return;
    }
    if (v->sip_status == 493) { /* NOLINT(bugprone-branch-clone): a table */
        v->sip_status = 496;
    } else if (v->sip_status == 403 && v->demands[0].what == E2M_VERIFY) {
        v->sip_status = 495;
    } else if (v->sip_status == 403) {
        v->sip_status = 496;
    }
}
