/* SPDX-License-Identifier: BSD-3-Clause */
/* A proxy looks into what names it, and into nothing else; it changes nothing.
 * SPEC mech:2.2:1, mech:3.3:1, reqs:GEN-2, reqs:GEN-3 */
#include "role/role.h"

/* What one step of the walk knows of the levels around it. */
typedef struct e2m_sight {
    bool asked;      /* a level around this one names us */
    e2m_bytes label; /* that label, joined */
} e2m_sight;

static e2m_err walk(e2m_finding *f, e2m_level *level, e2m_sight sight);

static e2m_err
walk_below(e2m_finding *f, e2m_level *level, e2m_sight sight)
{
    for (e2m_level *l = level->first; l != NULL; l = l->next) {
        TRY(walk(f, l, sight));
        if (e2m_finding_refused(f)) {
            break;
        }
    }
    return E2M_OK;
}

/* CBC says nothing of who made the text: without a signature around it, it is
 * read only where insecure_ allowed it (WIRE.md 1, 8). */
static bool
cbc_unprotected(const e2m_finding *f, const e2m_level *level)
{
    if (level->ed.structure != E2M_OID_ENVELOPED_DATA ||
        f->msg->ctx->policy[E2M_INSECURE_CBC]) {
        return false;
    }
    for (const e2m_level *l = level->up; l != NULL; l = l->up) {
        if (l->kind == E2M_LEVEL_SIGNED) {
            return false;
        }
    }
    return true;
}

/* Signatures that are visible hold before the key is touched: an unknown
 * sender costs no private-key operation. */
static e2m_err
check_around(e2m_finding *f, const e2m_level *level)
{
    for (e2m_level *l = level->up; l != NULL; l = l->up) {
        if (l->kind == E2M_LEVEL_SIGNED) {
            return e2m_check_signatures(f, l);
        }
    }
    return E2M_OK;
}

e2m_err
e2m_walk_envelope(e2m_finding *f, e2m_level *level)
{
    e2m_msg *msg = f->msg;

    TRY(check_around(f, level));
    if (!e2m_finding_refused(f) && cbc_unprotected(f, level)) {
        e2m_finding_refuse(f, E2M_BECAUSE_NOT_SIGNED);
    }
    if (e2m_finding_refused(f)) {
        return E2M_OK;
    }
    TRY(e2m_reuse_at(msg, level));
    TRY(e2m_finding_error(f, e2m_smime_open(&msg->env, &msg->tools, level)));
    if (!e2m_finding_refused(f) && !level->inside.committed &&
        msg->ctx->policy[E2M_REQUIRE_COMMITTED]) {
        e2m_finding_refuse(f, E2M_BECAUSE_UNCOMMITTED);
    }
    return E2M_OK;
}

/* The same for compressed content: strangers' octets are not inflated. */
e2m_err
e2m_walk_compressed(e2m_finding *f, e2m_level *level)
{
    TRY(check_around(f, level));
    return e2m_finding_refused(f)
               ? E2M_OK
               : e2m_finding_error(f, e2m_smime_inflate(&f->msg->env, level));
}

static e2m_err
inflate_and_walk(e2m_finding *f, e2m_level *level, e2m_sight sight)
{
    TRY(e2m_walk_compressed(f, level));
    return e2m_finding_refused(f) ? E2M_OK : walk_below(f, level, sight);
}

static e2m_err
open_and_walk(e2m_finding *f, e2m_level *level, e2m_sight sight)
{
    TRY(e2m_walk_envelope(f, level));
    return e2m_finding_refused(f) ? E2M_OK : walk_below(f, level, sight);
}

static bool
is_enveloped(const e2m_level *level)
{
    for (const e2m_level *l = level->up; l != NULL; l = l->up) {
        if (l->kind == E2M_LEVEL_ENVELOPED) {
            return true;
        }
    }
    return false;
}

/* Asked by a label, or demanded by our own policy; only who demands no more
 * than to view takes what nobody signed. */
static e2m_err
read_plain(e2m_finding *f, e2m_level *level, e2m_sight sight)
{
    const unsigned demanded = e2m_demanded(f->msg, level->entity);

    if (!sight.asked && demanded == 0) {
        return E2M_OK;
    }
    if ((demanded & E2M_SEALED) != 0 && !is_enveloped(level)) {
        e2m_finding_refuse(f, E2M_BECAUSE_NOT_SEALED);
    } else if (sight.asked || (demanded & E2M_VERIFY) != 0) {
        TRY(e2m_check_signatures(f, level));
    }
    if (e2m_finding_refused(f)) {
        return E2M_OK;
    }
    TRY(e2m_finding_error(f, e2m_finding_add(f, level, sight.label)));
    if (f->msg->ctx->policy[E2M_REQUIRE_SHARED] && f->num > 0 &&
        f->parts[f->num - 1].encryption.structure[0] != 'n' &&
        !f->parts[f->num - 1].encryption.shared_with_far_end) {
        e2m_finding_refuse(f, E2M_BECAUSE_UNSHARED);
    }
    return E2M_OK;
}

/* Not asked to look, but demanding to view: an envelope that has us among its
 * recipients is opened. */
static bool
may_view(const e2m_msg *msg, const e2m_level *level)
{
    return e2m_demands(msg, E2M_VIEW) && level->err == E2M_OK &&
           e2m_cms_mine(&level->ed, &msg->tools.keys) <
               level->ed.num_recipients;
}

static e2m_err
walk_envelope(e2m_finding *f, e2m_level *level, e2m_sight sight, bool named)
{
    if (!named) {
        TRY(e2m_reuse_at(f->msg, level));
    }
    return named || may_view(f->msg, level) ? open_and_walk(f, level, sight)
                                            : E2M_OK;
}

/* A level's own label decides about it and what it holds; one without a label
 * goes with what is around it, except an envelope: that must name us itself. */
static e2m_err
walk(e2m_finding *f, e2m_level *level, e2m_sight sight)
{
    e2m_msg *msg = f->msg;
    e2m_label label;
    bool named;

    TRY(e2m_label_of(msg, level->entity, &label));
    named = e2m_label_names(&label, msg->ctx->names, msg->ctx->num_names);
    if (named) {
        sight.asked = true;
        TRY(e2m_label_text(&msg->env, &label, &sight.label));
    } else if (label.num > 0) {
        sight = (e2m_sight){ .asked = false };
    }
    switch (level->kind) {
    case E2M_LEVEL_MULTIPART:
        return walk_below(f, level, sight);
    case E2M_LEVEL_SIGNED:
        if (sight.asked) {
            TRY(e2m_check_signatures(f, level));
        }
        return e2m_finding_refused(f) ? E2M_OK : walk_below(f, level, sight);
    case E2M_LEVEL_ENVELOPED:
        return walk_envelope(f, level, sight, named);
    case E2M_LEVEL_COMPRESSED: /* nothing demanded may hide in it */
        return sight.asked || msg->num_demands > 0
                   ? inflate_and_walk(f, level, sight)
                   : E2M_OK;
    case E2M_LEVEL_PLAIN:
    case E2M_LEVEL_CERTS:
        return read_plain(f, level, sight);
    case E2M_LEVEL_UNKNOWN:
        if (sight.asked || e2m_demands(msg, E2M_VIEW)) {
            msg->env.diag = level->why;
            e2m_finding_refuse(f, E2M_BECAUSE_SYNTAX);
        }
        return E2M_OK;
    }
    return E2M_E_ARG;
}

/* Something was asked of us when a part was read; a verified signature over
 * nothing but sealed content was asked as well. */
static bool
signature_was_asked(const e2m_level *level)
{
    if (level->kind == E2M_LEVEL_SIGNED && level->sig.checked) {
        return true;
    }
    for (const e2m_level *l = level->first; l != NULL; l = l->next) {
        if (signature_was_asked(l)) {
            return true;
        }
    }
    return false;
}

e2m_err
e2m_middle_inspect(e2m_msg *msg, const e2m_verdict **out)
{
    static const e2m_verdict closed = { .why = { "", "", "", 0, false } };
    const e2m_sight nothing = { .asked = false };
    e2m_finding *f = NULL;
    e2m_err err;

    *out = &closed;
    if (!msg->parsed || msg->ctx->num_names == 0) {
        return E2M_E_ARG;
    }
    TRY(e2m_finding_new(msg, &f));
    err = msg->sip.body.len > 0 ? e2m_look(msg) : E2M_OK;
    if (err == E2M_OK && msg->tree != NULL) {
        err = walk(f, msg->tree, nothing);
    }
    TRY(e2m_finding_error(f, err));
    if (!e2m_finding_refused(f)) {
        TRY(e2m_demand_settle(f));
    }
    if (!e2m_finding_refused(f) && msg->tree != NULL && f->num > 0) {
        TRY(e2m_check_replays(f));
    }
    if (!e2m_finding_refused(f)) {
        TRY(e2m_reuse_settle(f));
    }
    e2m_finding_close(f, f->num > 0 || (msg->tree != NULL &&
                                        signature_was_asked(msg->tree))
                             ? E2M_READ
                             : E2M_NOT_FOR_ME);
    if (e2m_finding_refused(f)) {
        TRY(e2m_demand_tell(f));
        e2m_demand_number(msg->ctx, &f->verdict);
    }
    *out = &f->verdict;
    return E2M_OK;
}
