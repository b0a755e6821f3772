/* SPDX-License-Identifier: BSD-3-Clause */
/* The far UA opens what is for it and gets the body back as it was sealed. */
#include "role/role.h"

/* What goes to the user: whole entities, so that a body that was a multipart
 * before it was sealed comes out as the octets it went in. */
typedef struct delivery {
    e2m_finding *f;
    const e2m_level *units[8];
    size_t num;
} delivery;

static e2m_err walk(delivery *d, e2m_level *level);

static bool
optional(const e2m_entity *e)
{
    e2m_param p;
    bool found = false;

    return e2m_text_param(e->disp_params, "handling", &p, &found) == E2M_OK &&
           found && e2m_bytes_ieq(p.value, E2M_LIT("optional"));
}

/* Parts were read one by one for the report; the unit is what is delivered. */
static e2m_err
report_leaves(e2m_finding *f, const e2m_level *level)
{
    if (level->kind == E2M_LEVEL_PLAIN || level->kind == E2M_LEVEL_CERTS) {
        e2m_label label = { .num = 0 };
        e2m_bytes text = E2M_NONE;

        for (const e2m_level *l = level; l != NULL && label.num == 0;
             l = l->up) {
            TRY(e2m_label_of(f->msg, l->entity, &label));
        }
        TRY(e2m_label_text(&f->msg->env, &label, &text));
        return e2m_finding_error(f, e2m_finding_add(f, level, text));
    }
    for (const e2m_level *l = level->first; l != NULL; l = l->next) {
        TRY(report_leaves(f, l));
    }
    return E2M_OK;
}

static e2m_err
deliver(delivery *d, e2m_level *level)
{
    const size_t max = sizeof d->units / sizeof d->units[0];

    TRY(e2m_check_signatures(d->f, level));
    if (e2m_finding_refused(d->f)) {
        return E2M_OK;
    }
    TRY(report_leaves(d->f, level));
    if (level->kind == E2M_LEVEL_PLAIN && level->up != NULL &&
        e2m_aib_is(level->entity)) {
        return E2M_OK;
    }
    if (d->num == max) {
        e2m_finding_refuse(d->f, E2M_BECAUSE_LIMIT);
        return E2M_OK;
    }
    d->units[d->num++] = level;
    return E2M_OK;
}

static e2m_err
walk_below(delivery *d, e2m_level *level)
{
    for (e2m_level *l = level->first; l != NULL; l = l->next) {
        TRY(walk(d, l));
        if (e2m_finding_refused(d->f)) {
            break;
        }
    }
    return E2M_OK;
}

/* A part that is not for us matters only where it is required, which is the
 * default (RFC 3261 sec. 20.11). */
static e2m_err
walk_envelope(delivery *d, e2m_level *level)
{
    e2m_msg *msg = d->f->msg;

    TRY(e2m_reuse_at(msg, level));
    if (level->err == E2M_OK &&
        e2m_cms_mine(&level->ed, &msg->tools.keys) ==
            level->ed.num_recipients &&
        optional(level->entity)) {
        return E2M_OK;
    }
    TRY(e2m_walk_envelope(d->f, level));
    return e2m_finding_refused(d->f) ? E2M_OK : walk_below(d, level);
}

static bool
holds_aib(const e2m_level *level)
{
    for (const e2m_level *l = level->first; l != NULL; l = l->next) {
        if (l->kind == E2M_LEVEL_PLAIN && e2m_aib_is(l->entity)) {
            return true;
        }
    }
    return false;
}

static e2m_err
walk(delivery *d, e2m_level *level)
{
    e2m_finding *f = d->f;

    switch (level->kind) {
    case E2M_LEVEL_SIGNED:
        TRY(e2m_check_signatures(f, level));
        return e2m_finding_refused(f) ? E2M_OK : walk_below(d, level);
    case E2M_LEVEL_ENVELOPED:
        return walk_envelope(d, level);
    case E2M_LEVEL_COMPRESSED:
        TRY(e2m_walk_compressed(f, level));
        return e2m_finding_refused(f) ? E2M_OK : walk_below(d, level);
    case E2M_LEVEL_MULTIPART:
        if (e2m_smime_present(level) || holds_aib(level)) {
            return walk_below(d, level);
        }
        return deliver(d, level);
    case E2M_LEVEL_PLAIN:
    case E2M_LEVEL_CERTS:
        return deliver(d, level);
    case E2M_LEVEL_UNKNOWN:
        f->msg->env.diag = level->why;
        e2m_finding_refuse(f, level->err == E2M_E_LIMIT
                                  ? E2M_BECAUSE_LIMIT
                                  : E2M_BECAUSE_SYNTAX);
        return E2M_OK;
    }
    return E2M_E_ARG;
}

/* ---- putting the plain body back ----------------------------------------- */

static bool
is_body_field(e2m_hdr id)
{
    switch ((int)id) {
    case E2M_HDR_CONTENT_DISPOSITION:
    case E2M_HDR_CONTENT_ENCODING:
    case E2M_HDR_CONTENT_ID:
    case E2M_HDR_CONTENT_LANGUAGE:
    case E2M_HDR_CONTENT_TARGET:
    case E2M_HDR_CONTENT_TRANSFER:
    case E2M_HDR_CONTENT_TYPE:
    case E2M_HDR_MIME_VERSION:
    case E2M_HDR_PROXY_INSPECT_BODY:
        return true;
    default:
        return false;
    }
}

e2m_err
e2m_cut_body_fields(e2m_msg *msg, e2m_edits *edits)
{
    for (size_t i = 0; i < msg->sip.num_fields; i++) {
        if (is_body_field(msg->sip.fields[i].id)) {
            TRY(e2m_edits_cut_field(edits, &msg->sip.fields[i]));
        }
    }
    return E2M_OK;
}

/* The entity's own header lines become the message's; Content-Length is the
 * message's own affair. */
static e2m_err
put_head(e2m_env *env, e2m_bytes head, e2m_edits *edits)
{
    e2m_sip lines;

    TRY(e2m_sip_parse(env, head, E2M_FRAGMENT, &lines));
    for (size_t i = 0; i < lines.num_fields; i++) {
        const e2m_field *f = &lines.fields[i];

        if (f->id != E2M_HDR_CONTENT_LENGTH) {
            TRY(e2m_edits_put_line(edits, e2m_text_trim(f->line)));
        }
    }
    return E2M_OK;
}

static e2m_err
put_several(e2m_msg *msg, const delivery *d, e2m_edits *edits)
{
    e2m_bytes texts[sizeof d->units / sizeof d->units[0]];
    e2m_draft mixed;
    e2m_out o;
    e2m_bytes line;

    for (size_t i = 0; i < d->num; i++) {
        texts[i] = d->units[i]->entity->raw;
    }
    TRY(e2m_smime_mixed(&msg->env, texts, d->num, &mixed));
    e2m_out_init(&o, &msg->env, 128);
    e2m_out_str(&o, "Content-Type: ");
    e2m_out_put(&o, mixed.lines.type);
    TRY(e2m_out_done(&o, &line));
    TRY(e2m_edits_put_line(edits, line));
    return e2m_edits_set_body(edits, mixed.body);
}

static e2m_err
make_edits(e2m_msg *msg, const delivery *d, const e2m_edit **out, size_t *num)
{
    e2m_edits edits;

    e2m_edits_init(&edits, &msg->env, &msg->sip);
    TRY(e2m_cut_body_fields(msg, &edits));
    if (d->num > 1) {
        TRY(put_several(msg, d, &edits));
    } else if (d->num == 1) {
        TRY(put_head(&msg->env, d->units[0]->entity->head, &edits));
        TRY(e2m_edits_set_body(&edits, d->units[0]->entity->body));
    } else {
        TRY(e2m_edits_set_body(&edits, E2M_NONE));
    }
    return e2m_edits_done(&edits, out, num);
}

/* Whom the signatures that were believed are labelled for. */
static e2m_err
find_verifiers(e2m_finding *f, const e2m_level *level, e2m_label *all)
{
    for (const e2m_level *l = level; l != NULL; l = l->next) {
        e2m_label label = { .num = 0 };

        if (l->kind == E2M_LEVEL_SIGNED && l->sig.checked) {
            TRY(e2m_label_of(f->msg, l->entity, &label));
        }
        for (size_t i = 0;
             i < label.num && all->num < sizeof all->names / sizeof(e2m_bytes);
             i++) {
            all->names[all->num++] = label.names[i];
        }
        TRY(find_verifiers(f, l->first, all));
    }
    return E2M_OK;
}

static e2m_err
tell_verifiers(e2m_finding *f)
{
    e2m_label all = { .num = 0 };

    TRY(find_verifiers(f, f->msg->tree, &all));
    return e2m_label_text(&f->msg->env, &all, &f->verdict.verifiers);
}

static e2m_err
open_body(delivery *d, const e2m_edit **out, size_t *num)
{
    e2m_finding *f = d->f;
    e2m_msg *msg = f->msg;
    e2m_err err = e2m_look(msg);

    if (err == E2M_OK && !e2m_smime_present(msg->tree) &&
        msg->tree->kind != E2M_LEVEL_UNKNOWN) {
        e2m_finding_close(f, E2M_NOT_FOR_ME);
        return E2M_OK;
    }
    if (err == E2M_OK) {
        err = walk(d, msg->tree);
    }
    TRY(e2m_finding_error(f, err));
    if (!e2m_finding_refused(f)) {
        TRY(e2m_check_replays(f));
    }
    if (!e2m_finding_refused(f)) {
        TRY(e2m_reuse_settle(f));
    }
    if (!e2m_finding_refused(f)) {
        TRY(make_edits(msg, d, out, num));
        TRY(tell_verifiers(f));
    }
    e2m_finding_close(f, E2M_READ);
    return E2M_OK;
}

/* What comes out is the body as it was before sealing: the UA behind handles
 * its S/MIME as ever. SPEC reqs:GEN-1 */
e2m_err
e2m_end_open(e2m_msg *msg, const e2m_verdict **out, const e2m_edit **out_edits,
             size_t *out_num)
{
    static const e2m_verdict closed = { .why = { "", "", "", 0, false } };
    delivery d = { .num = 0 };

    *out = &closed;
    *out_edits = NULL;
    *out_num = 0;
    if (!msg->parsed) {
        return E2M_E_ARG;
    }
    TRY(e2m_finding_new(msg, &d.f));
    if (msg->sip.body.len == 0) {
        e2m_finding_close(d.f, E2M_NOT_FOR_ME);
    } else {
        TRY(open_body(&d, out_edits, out_num));
    }
    *out = &d.f->verdict;
    return E2M_OK;
}
