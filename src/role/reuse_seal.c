/* SPDX-License-Identifier: BSD-3-Clause */
/* Sealing under the key of an earlier message, or setting one for later. An
 * answer is disclosed to the middle that its request named, by the label.
 * SPEC reqs:CONF-4 */
#include "role/reuse.h"

/* The label's names, as they were written; they live in `kept`. */
static void
read_label(const char *text, e2m_label *out)
{
    size_t from = 0;
    const size_t len = strlen(text);

    out->num = 0;
    for (size_t i = 0; i <= len; i++) {
        if ((i == len || text[i] == ',') && i > from && out->num < 16) {
            out->names[out->num++] = e2m_text_trim((e2m_bytes){
                (const uint8_t *)text + from, i - from });
        }
        from = i < len && text[i] == ',' ? i + 1 : from;
    }
}

static bool
all_among(const e2m_label *l, const e2m_bytes *names, size_t num)
{
    for (size_t i = 0; i < l->num; i++) {
        if (!e2m_label_among(l->names[i], names, num)) {
            return false;
        }
    }
    return true;
}

/* Every middle of the label may view the whole of this content. */
static e2m_err
policy_suits(e2m_msg *msg, const e2m_plan *plan, const e2m_label *l,
             bool *suits)
{
    e2m_types types;

    *suits = true;
    if (plan->disclosure == NULL || l->num == 0) {
        return E2M_OK;
    }
    TRY(e2m_types_of(msg, &types));
    for (size_t i = 0; i < l->num && *suits; i++) {
        e2m_question q = e2m_learn_question(msg, l->names[i], E2M_VIEW);
        e2m_permit permit;

        e2m_disclosure_all(plan->disclosure, &q, &types, &permit);
        *suits = permit.allowed && !permit.copy;
    }
    return E2M_OK;
}

/* To whom the plan says, no more and no fewer; when it says nothing, to whom
 * the other side named, if that is accepted here. */
static e2m_err
label_suits(e2m_msg *msg, const e2m_plan *plan, const e2m_label *l,
            bool *suits)
{
    if (plan->num_middles > 0) {
        *suits = l->num == plan->num_middles &&
                 all_among(l, plan->names, plan->num_middles);
        return E2M_OK;
    }
    if (plan->num_accept > 0 && all_among(l, plan->accept, plan->num_accept)) {
        *suits = true;
        return E2M_OK;
    }
    *suits = plan->num_accept == 0;
    return *suits ? policy_suits(msg, plan, l, suits) : E2M_OK;
}

static e2m_err
find_newest(e2m_msg *msg, e2m_scope scope, e2m_reuse *out, bool *found)
{
    const e2m_keys *store = &msg->ctx->reuse;
    e2m_kept note;

    TRY(e2m_reuse_newest_key(msg, scope, out->key));
    TRY(store->get(store->user, out->key, msg->now_sec, &note, found));
    if (!*found || note.reference_len != sizeof out->key) {
        *found = false;
        return E2M_OK;
    }
    memcpy(out->key, note.reference, sizeof out->key);
    return store->get(store->user, out->key, msg->now_sec, &out->kept, found);
}

static e2m_err
try_scope(e2m_msg *msg, const e2m_plan *plan, e2m_scope scope, size_t key_len,
          e2m_reuse *out)
{
    const e2m_keys *store = &msg->ctx->reuse;
    bool found = false;

    TRY(find_newest(msg, scope, out, &found));
    if (!found || out->kept.kek_len != key_len || !out->kept.shared ||
        (msg->sip.is_request && out->kept.uses <= SPARE_USES)) {
        return E2M_OK;
    }
    out->kept.label[sizeof out->kept.label - 1] = '\0';
    read_label(out->kept.label, &out->label);
    TRY(label_suits(msg, plan, &out->label, &found));
    if (!found) {
        return E2M_OK;
    }
    TRY(store->use(store->user, out->key, msg->now_sec, &found));
    if (found) {
        memcpy(out->kek.data, out->kept.kek, key_len);
        out->kek.len = key_len;
    }
    return E2M_OK;
}

e2m_err
e2m_reuse_choose(e2m_msg *msg, const e2m_plan *plan, size_t key_len,
                 e2m_reuse *out)
{
    const int wanted = plan->option[E2M_OPT_REUSE];
    e2m_scope scopes[3];
    const size_t num = e2m_reuse_scopes(msg, scopes);

    *out = (e2m_reuse){ .kek = { .len = 0 } };
    if (wanted == 0 || !e2m_reuse_on(msg)) {
        return E2M_OK;
    }
    for (size_t i = 0; i < num && wanted == 1 && out->kek.len == 0; i++) {
        TRY(try_scope(msg, plan, scopes[i], key_len, out));
    }
    if (out->kek.len > 0) {
        return E2M_OK;
    }
    out->kept = (e2m_kept){ .reference_len = REFERENCE_LEN, .shared = true,
                            .uses = e2m_reuse_uses(msg, false, 0) };
    return e2m_random(out->kept.reference, REFERENCE_LEN) == E2M_OK
               ? E2M_OK
               : e2m_fail(&msg->env, E2M_E_CRYPTO, NULL, "no random octets",
                          "");
}

e2m_err
e2m_reuse_keep(e2m_msg *msg, const e2m_reuse *r, const e2m_secret *cek,
               e2m_bytes label)
{
    const e2m_bytes reference = { r->kept.reference, r->kept.reference_len };
    e2m_kept kept = { .shared = true, .uses = r->kept.uses };
    e2m_secret kek = { .len = 0 };
    e2m_label names;
    e2m_err err;

    err = e2m_cms_reuse_kek(&msg->env, msg->tools.crypto, cek, E2M_NONE, &kek);
    if (err == E2M_OK && e2m_reuse_fill(&kept, reference, &kek, label)) {
        read_label(kept.label, &names);
        err = e2m_label_key(&msg->env, &names, &msg->label);
        if (err == E2M_OK) {
            err = e2m_reuse_put(msg, &kept);
        }
    }
    e2m_secret_done(&kek);
    e2m_wipe(&kept, sizeof kept);
    return err == E2M_E_LIMIT ? E2M_OK : err;
}
