/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading under the keys of earlier messages, and keeping those that a believed
 * message offers. */
#include "role/reuse.h"

/* ---- reading ------------------------------------------------------------- */

static e2m_err
look_up(e2m_msg *msg, e2m_bytes reference, uint8_t key[32], e2m_kept *kept,
        bool *found)
{
    const e2m_keys *store = &msg->ctx->reuse;
    e2m_scope scopes[3];
    const size_t num = e2m_reuse_scopes(msg, scopes);

    *found = false;
    for (size_t i = 0; i < num && !*found; i++) {
        TRY(e2m_reuse_record_key(msg, scopes[i], reference, msg->label, key));
        TRY(store->get(store->user, key, msg->now_sec, kept, found));
    }
    *found = *found && kept->kek_len > 0 && kept->kek_len <= sizeof kept->kek;
    return E2M_OK;
}

e2m_err
e2m_reuse_find(void *user, e2m_bytes id, e2m_secret *out, bool *found)
{
    e2m_msg *msg = user;
    uint8_t key[32];
    e2m_kept kept = { .kek_len = 0 };
    e2m_err err;

    *found = false;
    if (!e2m_reuse_on(msg) || id.len < REFERENCE_MIN ||
        id.len > sizeof kept.reference) {
        return E2M_OK;
    }
    err = look_up(msg, id, key, &kept, found);
    if (err == E2M_OK && *found) {
        memcpy(out->data, kept.kek, kept.kek_len);
        out->len = kept.kek_len;
    }
    e2m_wipe(&kept, sizeof kept);
    return err;
}

bool
e2m_reuse_shared(e2m_msg *msg, e2m_bytes id)
{
    uint8_t key[32];
    e2m_kept kept = { .kek_len = 0 };
    bool found = false;
    const bool known = e2m_reuse_on(msg) &&
                       look_up(msg, id, key, &kept, &found) == E2M_OK && found;
    const bool shared = known && kept.shared;

    e2m_wipe(&kept, sizeof kept);
    return shared;
}

e2m_err
e2m_reuse_at(e2m_msg *msg, const e2m_level *level)
{
    e2m_label label;

    if (!e2m_reuse_on(msg)) {
        return E2M_OK;
    }
    TRY(e2m_label_of(msg, level->entity, &label));
    return e2m_label_key(&msg->env, &label, &msg->label);
}

static e2m_err
label_text(e2m_msg *msg, const e2m_level *level, e2m_bytes *out)
{
    e2m_label label;

    TRY(e2m_label_of(msg, level->entity, &label));
    return e2m_label_text(&msg->env, &label, out);
}

/* A reference that a believed message set. What cannot be kept is no harm: the
 * sender falls back to public keys. SPEC mech:3.3:2 */
static e2m_err
offered(e2m_finding *f, const e2m_level *level)
{
    const e2m_enveloped *ed = &level->ed;
    e2m_msg *msg = f->msg;
    e2m_kept kept = { .uses = e2m_reuse_uses(msg, ed->has_max_decrypts,
                                           ed->max_decrypts) };
    e2m_secret kek = { .len = 0 };
    e2m_bytes label;
    e2m_err err = E2M_OK;

    TRY(e2m_reuse_at(msg, level));
    TRY(label_text(msg, level, &label));
    kept.shared = e2m_finding_shared(msg, level);
    if (e2m_cms_reuse_kek(&msg->env, msg->tools.crypto, &level->inside.cek,
                          ed->kek_derivation, &kek) == E2M_OK &&
        e2m_reuse_fill(&kept, ed->cek_reference, &kek, label)) {
        err = e2m_reuse_put(msg, &kept);
    }
    e2m_secret_done(&kek);
    e2m_wipe(&kept, sizeof kept);
    return err == E2M_E_LIMIT ? E2M_OK : err;
}

static e2m_err
take_use(e2m_finding *f, const e2m_level *level)
{
    const e2m_recipient *r = &level->ed.recipients[level->inside.recipient];
    const e2m_keys *store = &f->msg->ctx->reuse;
    uint8_t key[32];
    e2m_kept kept;
    bool ok = false;

    if (r->kind != E2M_RID_KEKRI) {
        return E2M_OK;
    }
    TRY(e2m_reuse_at(f->msg, level));
    TRY(look_up(f->msg, r->key_id, key, &kept, &ok));
    e2m_wipe(&kept, sizeof kept);
    if (ok) {
        TRY(store->use(store->user, key, f->msg->now_sec, &ok));
    }
    if (!ok) {
        e2m_finding_refuse(f, E2M_BECAUSE_CANNOT_DECRYPT);
    }
    return E2M_OK;
}

static e2m_err
settle(e2m_finding *f, const e2m_level *level, bool bound)
{
    if (level->kind == E2M_LEVEL_ENVELOPED && level->opened) {
        TRY(take_use(f, level));
        if (!e2m_finding_refused(f) && bound &&
            level->ed.cek_reference.len > 0) {
            TRY(offered(f, level));
        }
    }
    for (const e2m_level *l = level->first;
         l != NULL && !e2m_finding_refused(f); l = l->next) {
        TRY(settle(f, l, bound));
    }
    return E2M_OK;
}

/* Only a message whose every part is bound to it may set a key: its parties
 * are proven. */
e2m_err
e2m_reuse_settle(e2m_finding *f)
{
    bool bound = f->num > 0;

    if (!e2m_reuse_on(f->msg) || f->msg->tree == NULL) {
        return E2M_OK;
    }
    for (size_t i = 0; i < f->num; i++) {
        bound = bound && f->parts[i].signature.bound;
    }
    return settle(f, f->msg->tree, bound);
}
