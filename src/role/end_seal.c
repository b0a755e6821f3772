/* SPDX-License-Identifier: BSD-3-Clause */
/* A UA protects a body so that the far UA and the middles it chose can read
 * and verify it (mech 2.1, wire.md 1-3).
 *
 *   default       signed{ mixed{ AIB, enveloped{ body }+label } }
 *   strip keys    signed{ mixed{ AIB, enveloped{ body },
 *                                     enveloped{ copy }+label } }
 *   sign-encrypt  enveloped{ signed{ mixed{ AIB, body } } }+label
 */
#include "role/role.h"

typedef struct sealing {
    e2m_msg *msg;
    const e2m_plan *plan;
    const e2m_identity *who;
    e2m_edits edits;
    e2m_draft plain; /* the body as an entity */
    e2m_bytes aib;   /* whole entity, or empty */
    e2m_bytes disposition; /* type of the plain body, or its default */
} sealing;

static bool
option(const sealing *s, e2m_option which)
{
    return s->plan->option[which] != 0;
}

static e2m_err
contradiction(sealing *s, const char *what, const char *rule)
{
    return e2m_fail(&s->msg->env, E2M_E_ARG, NULL, what, rule);
}

static e2m_err
check_plan(sealing *s)
{
    const e2m_plan *p = s->plan;
    const bool cbc = p->option[E2M_OPT_CIPHER] == E2M_AES_128_CBC;
    const bool inside = p->option[E2M_OPT_ORDER] == E2M_SIGN_ENCRYPT;

    if (s->msg->sip.body.len == 0) {
        return contradiction(s, "message has no body to seal", "mech 3.1");
    }
    if (p->num_to == 0 && p->num_middles > 0) {
        return contradiction(s, "a middle to read, but no far end", "mech 2.1");
    }
    if (p->num_to == 0 && !option(s, E2M_OPT_SIGN)) {
        return contradiction(s, "nobody to encrypt for and no signature",
                             "mech 2.1");
    }
    if (p->num_verify_at > 0 &&
        (!option(s, E2M_OPT_SIGN) || (inside && p->num_to > 0))) {
        return contradiction(s, "a middle to verify, but no signature it sees",
                             "mech 3.1");
    }
    if (cbc && p->num_to > 0 && (!option(s, E2M_OPT_SIGN) || inside)) {
        return contradiction(s, "AES-CBC needs a signature around it",
                             "RFC 8551 sec. 6");
    }
    return E2M_OK;
}

/* Whoever the From (of a response the To) is must sign. */
static e2m_err
find_identity(sealing *s)
{
    const e2m *ctx = s->msg->ctx;

    if (!option(s, E2M_OPT_SIGN)) {
        return E2M_OK;
    }
    for (size_t i = 0; i < ctx->num_identities; i++) {
        if (e2m_cert_is_user(ctx->identities[i].cert,
                             e2m_sender_uri(s->msg)) &&
            e2m_cert_may_sign(ctx->identities[i].cert)) {
            s->who = &ctx->identities[i];
            return E2M_OK;
        }
    }
    return e2m_fail(&s->msg->env, E2M_E_NOKEY, NULL,
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

static bool
wants_copy(const sealing *s)
{
    e2m_bytes type;
    e2m_bytes params;

    e2m_text_split_params(s->plain.lines.type, &type, &params);
    return option(s, E2M_OPT_STRIP_KEYS) && s->plan->num_middles > 0 &&
           e2m_bytes_ieq(type, E2M_LIT("application/sdp"));
}

/* ---- one protection each ------------------------------------------------- */

static e2m_oid_id
cipher_oid(const e2m_plan *p)
{
    switch ((e2m_cipher)p->option[E2M_OPT_CIPHER]) {
    case E2M_AES_128_GCM:
        return E2M_OID_AES128_GCM;
    case E2M_AES_256_GCM:
        return E2M_OID_AES256_GCM;
    case E2M_AES_128_CBC:
        return E2M_OID_AES128_CBC;
    }
    return E2M_OID_UNKNOWN;
}

static e2m_err
value(e2m_env *env, e2m_bytes type, const char *rest, e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, env, type.len + strlen(rest));
    e2m_out_put(&o, type);
    e2m_out_str(&o, rest);
    return e2m_out_done(&o, out);
}

/* Whom one envelope is for, and who is asked to look into it. */
typedef struct readership {
    const e2m_cert *readers[2 * E2M_MAX_READERS];
    size_t num;
    const e2m_bytes *names;
    size_t num_names;
    const char *handling;
} readership;

static e2m_err
envelope(sealing *s, e2m_bytes entity, const readership *r, e2m_draft *out)
{
    e2m_env *env = &s->msg->env;
    const e2m_cms_seal how = {
        .cipher = cipher_oid(s->plan),
        .readers = r->readers,
        .num_readers = r->num,
        .no_attributes = option(s, E2M_OPT_NO_ATTRIBUTES),
        .insecure_pkcs1_v15 = option(s, E2M_OPT_PKCS1_V15),
    };
    e2m_labelling label = {
        .names = r->names,
        .num = r->num_names,
        .form = (e2m_label_form)s->plan->option[E2M_OPT_LABEL],
    };

    TRY(value(env, s->disposition, r->handling, &label.disposition));
    TRY(e2m_smime_envelope(env, s->msg->tools.crypto, entity, &how,
                           option(s, E2M_OPT_BASE64), out));
    return e2m_label_put(s->msg, &label, out, &s->edits);
}

static e2m_err
sign(sealing *s, e2m_bytes entity, e2m_draft *out)
{
    const e2m_cms_sign how = {
        .cert = s->who->cert,
        .key = s->who->key,
        .chain = s->who->chain,
        .num_chain = s->who->num_chain,
        .attached = option(s, E2M_OPT_OPAQUE),
        .rsa_pkcs1_v15 = option(s, E2M_OPT_PKCS1_V15),
        .now_sec = s->msg->now_sec,
    };

    return e2m_smime_sign(&s->msg->env, s->msg->tools.crypto, entity, &how,
                          option(s, E2M_OPT_BASE64), out);
}

/* The AIB in front of `num` entities; a single one without AIB stays itself. */
static e2m_err
with_aib(sealing *s, const e2m_bytes *entities, size_t num, e2m_bytes *out)
{
    e2m_bytes all[3];
    size_t n = 0;
    e2m_draft mixed;

    if (s->aib.len > 0) {
        all[n++] = s->aib;
    }
    for (size_t i = 0; i < num; i++) {
        all[n++] = entities[i];
    }
    if (n == 1) {
        *out = all[0];
        return E2M_OK;
    }
    TRY(e2m_smime_mixed(&s->msg->env, all, n, &mixed));
    return e2m_smime_text(&s->msg->env, &mixed, out);
}

static e2m_err
text(sealing *s, const e2m_draft *draft, e2m_bytes *out)
{
    return e2m_smime_text(&s->msg->env, draft, out);
}

/* For RFC 8591's order each content is signed before it is enveloped. */
static e2m_err
sign_inside(sealing *s, e2m_bytes entity, e2m_bytes *out)
{
    e2m_draft signed_draft;

    *out = entity;
    if (s->who == NULL ||
        s->plan->option[E2M_OPT_ORDER] != E2M_SIGN_ENCRYPT) {
        return E2M_OK;
    }
    TRY(with_aib(s, &entity, 1, out));
    TRY(sign(s, *out, &signed_draft));
    return text(s, &signed_draft, out);
}

/* ---- the ways ------------------------------------------------------------ */

/* First way: one envelope for everybody who may read. What has no middle goes
 * to the far UA alone. SPEC mech:2.1:1, reqs:CONF-1, reqs:CONF-2 */
static e2m_err
shared_envelope(sealing *s, e2m_draft *out)
{
    const e2m_plan *p = s->plan;
    readership r = { .names = p->names, .num_names = p->num_middles,
                     .handling = ";handling=required" };
    e2m_bytes content;

    for (size_t i = 0; i < p->num_to; i++) {
        r.readers[r.num++] = p->to[i];
    }
    for (size_t i = 0; i < p->num_middles; i++) {
        r.readers[r.num++] = p->middles[i];
    }
    TRY(text(s, &s->plain, &content));
    TRY(sign_inside(s, content, &content));
    return envelope(s, content, &r, out);
}

/* Second way: the whole SDP for the far UA alone, a copy without keying
 * material for the middles. SPEC mech:2.1:2 */
static e2m_err
two_envelopes(sealing *s, e2m_bytes out[2])
{
    const e2m_plan *p = s->plan;
    readership far = { .handling = ";handling=required" };
    readership middle = { .names = p->names, .num_names = p->num_middles,
                          .handling = ";handling=optional" };
    e2m_draft copy = s->plain;
    e2m_draft sealed;
    e2m_bytes content;

    for (size_t i = 0; i < p->num_to; i++) {
        far.readers[far.num++] = p->to[i];
    }
    for (size_t i = 0; i < p->num_middles; i++) {
        middle.readers[middle.num++] = p->middles[i];
    }
    TRY(text(s, &s->plain, &content));
    TRY(sign_inside(s, content, &content));
    TRY(envelope(s, content, &far, &sealed));
    TRY(text(s, &sealed, &out[0]));
    TRY(e2m_sdp_copy(&s->msg->env, s->plain.body, &copy.body));
    TRY(text(s, &copy, &content));
    TRY(sign_inside(s, content, &content));
    TRY(envelope(s, content, &middle, &sealed));
    return text(s, &sealed, &out[1]);
}

/* The outer signature, when there is one, over what was enveloped.
 * SPEC mech:2.1:3, reqs:INT-1 */
static e2m_err
sign_outside(sealing *s, const e2m_bytes *entities, size_t num,
             e2m_draft *out)
{
    e2m_bytes content;
    e2m_labelling label = {
        .names = s->plan->verify_at,
        .num = s->plan->num_verify_at,
        .form = (e2m_label_form)s->plan->option[E2M_OPT_LABEL],
    };

    TRY(with_aib(s, entities, num, &content));
    TRY(sign(s, content, out));
    if (label.num == 0) {
        return E2M_OK;
    }
    TRY(value(&s->msg->env, s->disposition, ";handling=required",
              &label.disposition));
    return e2m_label_put(s->msg, &label, out, &s->edits);
}

static e2m_err
protect(sealing *s, e2m_draft *out)
{
    const bool outside = s->who != NULL &&
                         (s->plan->option[E2M_OPT_ORDER] == E2M_ENCRYPT_SIGN ||
                          s->plan->num_to == 0);
    e2m_bytes parts[2];
    e2m_draft one;

    if (s->plan->num_to > 0 && wants_copy(s)) {
        TRY(two_envelopes(s, parts));
        return outside ? sign_outside(s, parts, 2, out)
                       : e2m_smime_mixed(&s->msg->env, parts, 2, out);
    }
    if (s->plan->num_to > 0) {
        TRY(shared_envelope(s, &one));
    } else {
        one = s->plain;
    }
    if (!outside) {
        *out = one;
        return E2M_OK;
    }
    TRY(text(s, &one, &parts[0]));
    return sign_outside(s, parts, 1, out);
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

    if (s->who == NULL || !option(s, E2M_OPT_AIB)) {
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

e2m_err
e2m_end_seal(e2m_msg *msg, const e2m_plan *plan, const e2m_edit **out,
             size_t *out_num)
{
    sealing s = { .msg = msg, .plan = plan };
    e2m_draft sealed = { 0 };

    *out = NULL;
    *out_num = 0;
    if (!msg->parsed || plan->ctx != msg->ctx) {
        return E2M_E_ARG;
    }
    e2m_edits_init(&s.edits, &msg->env, &msg->sip);
    TRY(check_plan(&s));
    TRY(find_identity(&s));
    TRY(read_plain(&s));
    TRY(bind(&s));
    TRY(protect(&s, &sealed));
    TRY(put_body(&s, &sealed));
    return e2m_edits_done(&s.edits, out, out_num);
}
