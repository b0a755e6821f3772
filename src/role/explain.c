/* SPDX-License-Identifier: BSD-3-Clause */
/* Who could read what, told without a key: the levels of a message as nodes. */
#include "role/role.h"

typedef struct listing {
    e2m_msg *msg;
    e2m_node *nodes;
    size_t num;
    size_t cap;
} listing;

static e2m_err
with_params(e2m_env *env, e2m_bytes value, e2m_bytes params, e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, env, value.len + params.len + 1);
    e2m_out_put(&o, value);
    e2m_out_put(&o, params);
    return e2m_out_done(&o, out);
}

static const char *
structure_name(const e2m_level *l)
{
    switch (l->kind) {
    case E2M_LEVEL_PLAIN:
        return "plain";
    case E2M_LEVEL_MULTIPART:
        return "multipart";
    case E2M_LEVEL_SIGNED:
        return l->entity->multipart ? "multipart/signed" : "SignedData";
    case E2M_LEVEL_ENVELOPED:
        return l->ed.structure == E2M_OID_ENVELOPED_DATA ? "EnvelopedData"
                                                        : "AuthEnvelopedData";
    case E2M_LEVEL_COMPRESSED:
        return "CompressedData";
    case E2M_LEVEL_CERTS:
        return "certs-only";
    case E2M_LEVEL_UNKNOWN:
        break;
    }
    return "unknown";
}

/* The name behind a recipient, when we hold a certificate that fits. */
static e2m_bytes
recipient_name(const e2m *ctx, const e2m_enveloped *ed, size_t at)
{
    const e2m_enveloped one = {
        .recipients = &ed->recipients[at],
        .num_recipients = 1,
    };

    for (size_t i = 0; i < ctx->num_identities; i++) {
        if (e2m_cms_names(&one, ctx->identities[i].cert)) {
            return e2m_cert_identity(ctx->identities[i].cert);
        }
    }
    for (size_t i = 0; i < ctx->num_peers; i++) {
        if (e2m_cms_names(&one, ctx->peers[i])) {
            return e2m_cert_identity(ctx->peers[i]);
        }
    }
    return E2M_NONE;
}

static e2m_err
recipient_id(e2m_env *env, const e2m_recipient *r, e2m_bytes *out)
{
    e2m_in in = e2m_in_init(r->serial);
    e2m_bytes serial = E2M_NONE;
    e2m_out o;

    e2m_out_init(&o, env, 64);
    if (r->key_id.len > 0) {
        e2m_out_str(&o, "key id ");
        e2m_out_hex(&o, e2m_bytes_upto(r->key_id, 32));
    } else if (e2m_der_get(&in, E2M_DER_INTEGER, &serial) == E2M_OK) {
        e2m_out_str(&o, "serial ");
        e2m_out_hex(&o, e2m_bytes_upto(serial, 32));
    }
    return e2m_out_done(&o, out);
}

static e2m_err
describe_envelope(e2m_msg *msg, const e2m_level *l, e2m_node *n)
{
    e2m_env *env = &msg->env;
    e2m_seen_recipient *seen = NULL;
    e2m_out o;

    if (l->err != E2M_OK) {
        return E2M_OK;
    }
    n->cipher = e2m_oid_name(l->ed.cipher);
    n->has_commitment = l->ed.commitment.len > 0;
    e2m_out_init(&o, env, 64);
    e2m_out_hex(&o, l->ed.cek_reference);
    TRY(e2m_out_done(&o, &n->cek_reference));
    E2M_NEW(env, seen, l->ed.num_recipients);
    for (size_t i = 0; i < l->ed.num_recipients; i++) {
        const e2m_recipient *r = &l->ed.recipients[i];

        seen[i].kind = e2m_recipient_word(r);
        seen[i].name = recipient_name(msg->ctx, &l->ed, i);
        TRY(recipient_id(env, r, &seen[i].id));
    }
    n->recipients = seen;
    n->num_recipients = l->ed.num_recipients;
    return E2M_OK;
}

/* As the carried certificate claims; nothing is verified here. */
static e2m_err
describe_signature(e2m_msg *msg, const e2m_level *l, e2m_node *n)
{
    const e2m_signed *sd = &l->sd;

    if (l->err != E2M_OK || sd->num_signers == 0) {
        return E2M_OK;
    }
    n->algorithm = e2m_smime_signature_name(&sd->signers[0]);
    for (size_t i = 0; i < sd->num_certs; i++) {
        const e2m_cert *cert = NULL;
        const e2m_err err = e2m_certs_get(msg->tools.certs, msg->tools.crypto,
                                          sd->certs[i], &cert);

        if (err == E2M_E_NOMEM) {
            return err;
        }
        if (err == E2M_OK && e2m_cms_signed_by(&sd->signers[0], cert)) {
            n->signer = e2m_cert_identity(cert);
            return E2M_OK;
        }
    }
    return E2M_OK;
}

static e2m_err
describe(listing *l, const e2m_level *level, e2m_node *n)
{
    e2m_msg *msg = l->msg;
    const e2m_entity *e = level->entity;
    e2m_label label;

    *n = (e2m_node){ .depth = level->depth, .size = e->body.len,
                     .structure = structure_name(level), .cipher = "",
                     .algorithm = "", .problem = "" };
    TRY(with_params(&msg->env, e->type, e->type_params, &n->content_type));
    TRY(with_params(&msg->env, e->disposition, e->disp_params,
                    &n->disposition));
    TRY(e2m_label_of(msg, e, &label));
    TRY(e2m_label_text(&msg->env, &label, &n->label));
    if (level->err != E2M_OK) {
        n->problem = level->why.what != NULL ? level->why.what
                                             : e2m_err_name(level->err);
    }
    if (level->kind == E2M_LEVEL_ENVELOPED) {
        return describe_envelope(msg, level, n);
    }
    if (level->kind == E2M_LEVEL_SIGNED || level->kind == E2M_LEVEL_CERTS) {
        return describe_signature(msg, level, n);
    }
    return E2M_OK;
}

/* What is compressed is no secret. What cannot be inflated says so. */
static e2m_err
inflate(e2m_env *env, e2m_level *level)
{
    const e2m_diag before = env->diag;
    const e2m_err err = e2m_smime_inflate(env, level);

    if (err == E2M_OK || err == E2M_E_NOMEM) {
        return err;
    }
    level->err = err;
    level->why = env->diag;
    env->diag = before;
    return E2M_OK;
}

static e2m_err
list(listing *l, e2m_level *level)
{
    if (level->kind == E2M_LEVEL_COMPRESSED) {
        TRY(inflate(&l->msg->env, level));
    }
    TRY(e2m_limit_check(&l->msg->env, E2M_LIMIT_PARTS, l->num, NULL,
                        "too many parts"));
    TRY(describe(l, level, &l->nodes[l->num]));
    l->num++;
    for (e2m_level *c = level->first; c != NULL; c = c->next) {
        TRY(list(l, c));
    }
    return E2M_OK;
}

e2m_err
e2m_explain(e2m_msg *msg, const e2m_node **out, size_t *out_num)
{
    listing l = { .msg = msg };

    *out = NULL;
    *out_num = 0;
    if (!msg->parsed) {
        return E2M_E_ARG;
    }
    if (msg->sip.body.len == 0) {
        return E2M_OK;
    }
    TRY(e2m_look(msg));
    l.cap = msg->env.limits[E2M_LIMIT_PARTS] + 1;
    E2M_NEW(&msg->env, l.nodes, l.cap);
    TRY(list(&l, msg->tree));
    *out = l.nodes;
    *out_num = l.num;
    return E2M_OK;
}
