/* SPDX-License-Identifier: BSD-3-Clause */
/* A UA protects a body so that the far UA and the middles it chose can read
 * and verify it (mech 2.1, WIRE.md 1-3).
 *
 *   default       signed{ mixed{ AIB, enveloped{ body }+label } }
 *   strip keys    signed{ mixed{ AIB, enveloped{ body },
 *                                     enveloped{ copy }+label } }
 *   sign-encrypt  enveloped{ signed{ mixed{ AIB, body } } }+label
 */
#include "role/seal.h"

static e2m_err
contradiction(sealing *s, const char *what, const char *rule)
{
    return e2m_fail(&s->msg->env, E2M_E_ARG, NULL, what, rule);
}

static e2m_err
check_plan(sealing *s)
{
    const e2m_plan *p = s->plan;
    const bool inside = p->option[E2M_OPT_ORDER] == E2M_SIGN_ENCRYPT;

    if (s->msg->sip.body.len == 0) {
        return contradiction(s, "message has no body to seal", "mech 3.1");
    }
    if (!encrypts(s) && p->num_middles > 0) {
        return contradiction(s, "a middle to read, but no far end", "mech 2.1");
    }
    if (!encrypts(s) && !option(s, E2M_OPT_SIGN)) {
        return contradiction(s, "nobody to encrypt for and no signature",
                             "mech 2.1");
    }
    if (p->num_verify_at > 0 &&
        (!option(s, E2M_OPT_SIGN) || (inside && encrypts(s)))) {
        return contradiction(s, "a middle to verify, but no signature it sees",
                             "mech 3.1");
    }
    return E2M_OK;
}

/* CBC says nothing of who made the text: only under a signature around it. */
static e2m_err
choose_cipher(sealing *s)
{
    const e2m_plan *p = s->plan;
    const bool under = option(s, E2M_OPT_SIGN) &&
                       p->option[E2M_OPT_ORDER] != E2M_SIGN_ENCRYPT;

    if (!encrypts(s)) {
        return E2M_OK;
    }
    if (!under && e2m_cipher_is_cbc((e2m_cipher)p->option[E2M_OPT_CIPHER])) {
        return contradiction(s, "AES-CBC needs a signature around it",
                             "RFC 8551 sec. 6");
    }
    return e2m_cipher_choose(p, under, &s->cipher)
               ? E2M_OK
               : e2m_fail(&s->msg->env, E2M_E_NOKEY, NULL,
                          "no cipher that all readers can decrypt",
                          "RFC 8551 sec. 2.7.1");
}

/* Whoever the From (of a response the To) is must sign: by the first of his
 * certificates, or by all. */
static e2m_err
find_identities(sealing *s)
{
    const e2m *ctx = s->msg->ctx;
    const size_t most = s->plan->option[E2M_OPT_SIGN] == E2M_SIGN_ALL
                            ? E2M_MAX_SIGNERS
                            : 1;

    if (!option(s, E2M_OPT_SIGN)) {
        return E2M_OK;
    }
    for (size_t i = 0; i < ctx->num_identities && s->num_who < most; i++) {
        if (e2m_cert_is_user(ctx->identities[i].cert,
                             e2m_sender_uri(s->msg)) &&
            e2m_cert_may_sign(ctx->identities[i].cert)) {
            s->who[s->num_who++] = &ctx->identities[i];
        }
    }
    return s->num_who > 0
               ? E2M_OK
               : e2m_fail(&s->msg->env, E2M_E_NOKEY, NULL,
                          "no certificate of ours is the sender's",
                          "RFC 3893 sec. 6");
}

/* ---- the body as an entity ----------------------------------------------- */

static e2m_err
add_other(e2m_msg *msg, e2m_hdr id, e2m_bytes *others)
{
    e2m_bytes v;
    e2m_out o;

    TRY(e2m_sip_value(&msg->env, &msg->sip, id, &v));
    if (v.len == 0) {
        return E2M_OK;
    }
    e2m_out_init(&o, &msg->env, others->len + v.len + 64);
    e2m_out_put(&o, *others);
    e2m_out_str(&o, e2m_hdr_name(id));
    e2m_out_str(&o, ": ");
    e2m_out_put(&o, v);
    e2m_out_str(&o, "\r\n");
    return e2m_out_done(&o, others);
}

/* The body's header fields move inside with it, so that opening can put the
 * message back as it was. */
static e2m_err
read_plain(sealing *s)
{
    e2m_env *env = &s->msg->env;
    const e2m_sip *m = &s->msg->sip;
    e2m_mime_lines *l = &s->plain.lines;
    e2m_bytes params;

    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_TYPE, &l->type));
    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_DISPOSITION, &l->disposition));
    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_LANGUAGE, &l->language));
    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_TRANSFER, &l->transfer));
    TRY(e2m_sip_value(env, m, E2M_HDR_CONTENT_ID, &l->id));
    TRY(add_other(s->msg, E2M_HDR_CONTENT_ENCODING, &l->others));
    TRY(add_other(s->msg, E2M_HDR_MIME_VERSION, &l->others));
    if (l->type.len == 0) {
        return e2m_fail(env, E2M_E_SYNTAX, m->body.data,
                        "body without Content-Type", "RFC 3261 sec. 20.15");
    }
    s->plain.body = m->body;
    e2m_text_split_params(l->disposition, &s->disposition, &params);
    if (s->disposition.len == 0) {
        e2m_text_split_params(l->type, &s->disposition, &params);
        s->disposition =
            e2m_bytes_ieq(s->disposition, E2M_LIT("application/sdp"))
                ? E2M_LIT("session")
                : E2M_LIT("render");
    }
    return E2M_OK;
}

/* ---- into the message ---------------------------------------------------- */

static e2m_err
put_line(sealing *s, const char *name, e2m_bytes v)
{
    e2m_out o;
    e2m_bytes line;

    if (v.len == 0) {
        return E2M_OK;
    }
    e2m_out_init(&o, &s->msg->env, v.len + 32);
    e2m_out_str(&o, name);
    e2m_out_put(&o, v);
    TRY(e2m_out_done(&o, &line));
    return e2m_edits_put_line(&s->edits, line);
}

static e2m_err
put_body(sealing *s, const e2m_draft *sealed)
{
    const e2m_mime_lines *l = &sealed->lines;

    TRY(e2m_cut_body_fields(s->msg, &s->edits));
    TRY(put_line(s, "Content-Type: ", l->type));
    TRY(put_line(s, "Content-Disposition: ", l->disposition));
    TRY(put_line(s, "Content-Transfer-Encoding: ", l->transfer));
    TRY(put_line(s, "Content-ID: ", l->id));
    TRY(put_line(s, "", e2m_text_trim(l->others)));
    return e2m_edits_set_body(&s->edits, sealed->body);
}

/* The AIB's Date and the message's must be one (RFC 3893 sec. 4); a message
 * without Date gets it. */
static e2m_err
bind(sealing *s)
{
    e2m_msg *msg = s->msg;
    e2m_bytes date;
    e2m_out o;

    if (s->num_who == 0 || !option(s, E2M_OPT_AIB)) {
        return E2M_OK;
    }
    TRY(e2m_sip_value(&msg->env, &msg->sip, E2M_HDR_DATE, &date));
    if (date.len == 0) {
        e2m_out_init(&o, &msg->env, 32);
        e2m_text_put_date(&o, msg->now_sec);
        TRY(e2m_out_done(&o, &date));
        TRY(put_line(s, "Date: ", date));
    }
    return e2m_aib_write(msg, date, &s->aib);
}

/* What was set is ours to use as well. */
static e2m_err
keep_key(sealing *s)
{
    const e2m_plan *p = s->plan;
    e2m_label label = { .num = p->num_middles };
    e2m_bytes text_of;

    for (size_t i = 0; i < p->num_middles; i++) {
        label.names[i] = p->names[i];
    }
    TRY(e2m_label_text(&s->msg->env, &label, &text_of));
    return e2m_reuse_keep(s->msg, &s->reuse, &s->cek, text_of);
}

e2m_err
e2m_end_seal(e2m_msg *msg, const e2m_plan *plan, const e2m_edit **out,
             size_t *out_num)
{
    sealing s = { .msg = msg, .plan = plan };
    e2m_draft sealed = { 0 };
    e2m_err err;

    *out = NULL;
    *out_num = 0;
    if (!msg->parsed || plan->ctx != msg->ctx) {
        return E2M_E_ARG;
    }
    e2m_edits_init(&s.edits, &msg->env, &msg->sip);
    TRY(check_plan(&s));
    TRY(choose_cipher(&s));
    TRY(find_identities(&s));
    TRY(read_plain(&s));
    TRY(bind(&s));
    err = e2m_seal_protect(&s, &sealed);
    if (err == E2M_OK && s.cek.len > 0) {
        err = keep_key(&s);
    }
    e2m_secret_done(&s.cek);
    e2m_wipe(&s.reuse, sizeof s.reuse);
    TRY(err);
    TRY(put_body(&s, &sealed));
    return e2m_edits_done(&s.edits, out, out_num);
}
