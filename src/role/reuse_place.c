/* SPDX-License-Identifier: BSD-3-Clause */
/* Content keys of earlier messages (RFC 3185). What one may read is bound to
 * the two parties, to the middles of its label, and to where it was set:
 *
 *   pager    a request outside dialogs: the parties alone
 *   call     one that opens a dialog: its Call-ID, From tag and CSeq. An INVITE
 *            may fork, and then all branches know its key: it serves the
 *            answers to that INVITE and no request (SPEC wire:4:1)
 *   dialog   anything with both tags: Call-ID and tags
 *
 * A record is found by a hash over that and the reference, so that a reference
 * copied into somebody else's message finds nothing. A second record says which
 * of them is the newest in its place. */
#include "role/reuse.h"

static void
put_field(e2m_out *o, e2m_bytes b)
{
    e2m_out_u8(o, (uint8_t)(b.len >> 8 & 0xff));
    e2m_out_u8(o, (uint8_t)(b.len & 0xff));
    e2m_out_put(o, b);
}

static bool
comes_first(e2m_bytes a, e2m_bytes b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int c = n > 0 ? memcmp(a.data, b.data, n) : 0;

    return c != 0 ? c < 0 : a.len <= b.len;
}

/* Both directions of a conversation have one name. */
static void
put_pair(e2m_out *o, e2m_bytes a, e2m_bytes b)
{
    const bool ordered = comes_first(a, b);

    put_field(o, ordered ? a : b);
    put_field(o, ordered ? b : a);
}

static e2m_bytes
tag_of(const e2m_addr *addr)
{
    e2m_param tag;
    bool found = false;

    return e2m_text_param(addr->params, "tag", &tag, &found) == E2M_OK && found
               ? tag.value
               : E2M_NONE;
}

static e2m_err
party(e2m_env *env, const e2m_addr *addr, e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, env, addr->uri.text.len + 8);
    e2m_uri_put_aor(&o, &addr->uri);
    return e2m_out_done(&o, out);
}

static e2m_err
put_place(e2m_msg *msg, e2m_scope scope, e2m_out *o)
{
    e2m_bytes call_id;

    TRY(e2m_sip_value(&msg->env, &msg->sip, E2M_HDR_CALL_ID, &call_id));
    if (scope != SCOPE_PAGER) {
        put_field(o, call_id);
    }
    if (scope == SCOPE_CALL) {
        put_field(o, tag_of(&msg->from));
        e2m_out_dec(o, msg->cseq.number);
    } else if (scope == SCOPE_DIALOG) {
        put_pair(o, tag_of(&msg->from), tag_of(&msg->to));
    }
    return E2M_OK;
}

/* The name of the place; `rest` says of what there. */
static e2m_err
hash_place(e2m_msg *msg, e2m_scope scope, const char *what,
           const e2m_bytes rest[2], uint8_t out[32])
{
    e2m_env *env = &msg->env;
    e2m_bytes a;
    e2m_bytes b;
    e2m_bytes all;
    e2m_out o;

    TRY(party(env, &msg->from, &a));
    TRY(party(env, &msg->to, &b));
    e2m_out_init(&o, env, 512);
    e2m_out_str(&o, what);
    e2m_out_u8(&o, (uint8_t)scope);
    put_pair(&o, a, b);
    TRY(put_place(msg, scope, &o));
    put_field(&o, rest[0]);
    put_field(&o, rest[1]);
    TRY(e2m_out_done(&o, &all));
    return e2m_hash(msg->tools.crypto, E2M_SHA256, &all, 1, out);
}

e2m_err
e2m_reuse_record_key(e2m_msg *msg, e2m_scope scope, e2m_bytes reference,
           e2m_bytes label, uint8_t out[32])
{
    const e2m_bytes rest[2] = { reference, label };

    return hash_place(msg, scope, "e2m kept key", rest, out);
}

e2m_err
e2m_reuse_newest_key(e2m_msg *msg, e2m_scope scope, uint8_t out[32])
{
    const e2m_bytes rest[2] = { E2M_NONE, E2M_NONE };

    return hash_place(msg, scope, "e2m newest", rest, out);
}

static bool
opens_dialog(e2m_bytes method)
{
    return e2m_bytes_eq(method, E2M_LIT("INVITE")) ||
           e2m_bytes_eq(method, E2M_LIT("SUBSCRIBE")) ||
           e2m_bytes_eq(method, E2M_LIT("REFER"));
}

/* Where this message sets a key. */
static e2m_scope
scope_set(const e2m_msg *msg)
{
    const bool pager = !opens_dialog(msg->cseq.method);

    if (msg->sip.is_request && tag_of(&msg->to).len == 0) {
        return pager ? SCOPE_PAGER : SCOPE_CALL;
    }
    return SCOPE_DIALOG;
}

/* Where this message may find a key: an answer may use its request's, and
 * whether that stood in a dialog is not written on the answer. */
size_t
e2m_reuse_scopes(const e2m_msg *msg, e2m_scope out[3])
{
    if (!msg->sip.is_request) {
        out[0] = SCOPE_DIALOG;
        out[1] = SCOPE_CALL;
        out[2] = SCOPE_PAGER;
        return 3;
    }
    out[0] = tag_of(&msg->to).len > 0 ? SCOPE_DIALOG : SCOPE_PAGER;
    return out[0] == SCOPE_PAGER && opens_dialog(msg->cseq.method) ? 0 : 1;
}

/* ---- keeping ------------------------------------------------------------- */

static void
hash_dialog(e2m_msg *msg, e2m_scope scope, e2m_kept *kept)
{
    e2m_bytes call_id;

    if (scope == SCOPE_PAGER ||
        e2m_sip_value(&msg->env, &msg->sip, E2M_HDR_CALL_ID, &call_id) !=
            E2M_OK ||
        e2m_hash(msg->tools.crypto, E2M_SHA256, &call_id, 1, kept->dialog) !=
            E2M_OK) {
        memset(kept->dialog, 0, sizeof kept->dialog);
    }
}

/* The record, and the note that it is the newest of its place. */
e2m_err
e2m_reuse_put(e2m_msg *msg, e2m_kept *kept)
{
    const e2m_keys *store = &msg->ctx->reuse;
    const e2m_scope scope = scope_set(msg);
    e2m_kept note = { .reference_len = 32 };
    uint8_t key[32];

    TRY(e2m_reuse_record_key(msg, scope,
                   (e2m_bytes){ kept->reference, kept->reference_len },
                   msg->label, note.reference));
    hash_dialog(msg, scope, kept);
    kept->until_sec = msg->now_sec +
                      (int64_t)msg->env.limits[E2M_LIMIT_REUSE_AGE];
    TRY(store->put(store->user, note.reference, kept, msg->now_sec, false));
    TRY(e2m_reuse_newest_key(msg, scope, key));
    note.until_sec = kept->until_sec;
    note.uses = UINT32_MAX;
    memcpy(note.dialog, kept->dialog, sizeof note.dialog);
    return store->put(store->user, key, &note, msg->now_sec, true);
}

uint32_t
e2m_reuse_uses(const e2m_msg *msg, bool has_max, uint64_t max)
{
    const size_t most = msg->env.limits[E2M_LIMIT_REUSE_USES];

    return (uint32_t)(has_max && max < most ? max : most);
}

bool
e2m_reuse_fill(e2m_kept *kept, e2m_bytes reference, const e2m_secret *kek,
     e2m_bytes label)
{
    if (reference.len < REFERENCE_MIN ||
        reference.len > sizeof kept->reference ||
        kek->len > sizeof kept->kek || label.len >= sizeof kept->label) {
        return false;
    }
    memcpy(kept->reference, reference.data, reference.len);
    kept->reference_len = reference.len;
    memcpy(kept->kek, kek->data, kek->len);
    kept->kek_len = kek->len;
    if (label.len > 0) {
        memcpy(kept->label, label.data, label.len);
    }
    return true;
}
