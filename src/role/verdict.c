/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a verdict. Its zero is the closed answer; the first refusal stands;
 * parts are shown only when all that was asked for was read and believed. */
#include "role/role.h"

typedef struct reason_row {
    const char *name;
    e2m_outcome outcome;
    unsigned status;
    const char *what;
    const char *where;
    const char *rule;
} reason_row;

/* Every cause of "cannot decrypt" is this one row: RFC 3218.
 * SPEC wire:8:1, mech:2.3:1, mech:2.3:2 */
static const reason_row rows[E2M_BECAUSE_COUNT] = {
    [E2M_BECAUSE_NONE] = { "none", E2M_READ, 0, "", "", "" },
    [E2M_BECAUSE_SYNTAX] = { "syntax", E2M_MALFORMED, 400,
                             "malformed content", "MIME body", "RFC 2046" },
    [E2M_BECAUSE_LIMIT] = { "limit", E2M_MALFORMED, 400, "over a limit",
                            "MIME body", "limits of the context" },
    [E2M_BECAUSE_UNSUPPORTED] = { "unsupported", E2M_MALFORMED, 400,
                                  "algorithm or form not supported",
                                  "CMS content", "RFC 8551" },
    [E2M_BECAUSE_CANNOT_DECRYPT] = { "cannot-decrypt", E2M_UNDECIPHERABLE, 493,
                                     "cannot decrypt", "CMS envelope",
                                     "RFC 3261 sec. 23.2" },
    [E2M_BECAUSE_NOT_SIGNED] = { "not-signed", E2M_FORBIDDEN, 403,
                                 "content without a signature", "MIME body",
                                 "RFC 4189 REQ-INT-2" },
    [E2M_BECAUSE_BAD_SIGNATURE] = { "bad-signature", E2M_FORBIDDEN, 403,
                                    "signature does not hold",
                                    "CMS SignedData", "RFC 5652 sec. 5.6" },
    [E2M_BECAUSE_NO_SIGNER] = { "no-signer", E2M_FORBIDDEN, 403,
                                "signer's certificate is not to hand",
                                "CMS SignedData", "RFC 3261 sec. 23.2" },
    [E2M_BECAUSE_UNTRUSTED] = { "untrusted", E2M_FORBIDDEN, 403,
                                "signer's certificate is not trusted",
                                "CMS SignedData", "RFC 5280 sec. 6" },
    [E2M_BECAUSE_EXPIRED] = { "expired", E2M_FORBIDDEN, 403,
                              "signer's certificate is out of its time",
                              "CMS SignedData", "RFC 5280 sec. 4.1.2.5" },
    [E2M_BECAUSE_REVOKED] = { "revoked", E2M_FORBIDDEN, 403,
                              "signer's certificate is revoked, or may be",
                              "CMS SignedData", "RFC 5280 sec. 6.3" },
    [E2M_BECAUSE_USAGE] = { "usage", E2M_FORBIDDEN, 403,
                            "signer's certificate is not meant for signing",
                            "CMS SignedData", "RFC 5280 sec. 4.2.1.3" },
    [E2M_BECAUSE_UNBOUND] = { "unbound", E2M_FORBIDDEN, 403,
                              "signature is not bound to a message",
                              "MIME body", "RFC 3893" },
    [E2M_BECAUSE_WRONG_IDENTITY] = { "wrong-identity", E2M_FORBIDDEN, 403,
                                     "signer is not the sender", "AIB",
                                     "RFC 3893 sec. 6" },
    [E2M_BECAUSE_OTHER_MESSAGE] = { "other-message", E2M_FORBIDDEN, 403,
                                    "signature is of another message", "AIB",
                                    "RFC 3893 sec. 6" },
    [E2M_BECAUSE_STALE] = { "stale", E2M_FORBIDDEN, 403,
                            "Date is too far from now", "AIB",
                            "RFC 3893 sec. 7" },
    [E2M_BECAUSE_REPLAY] = { "replay", E2M_FORBIDDEN, 403,
                             "message was seen before", "AIB",
                             "RFC 3893 sec. 7" },
    [E2M_BECAUSE_REPLAY_FULL] = { "replay-full", E2M_FORBIDDEN, 503,
                                  "replay memory is full", "this node",
                                  "RFC 3893 sec. 7" },
    [E2M_BECAUSE_UNCOMMITTED] = { "uncommitted", E2M_FORBIDDEN, 403,
                                  "envelope without a key commitment",
                                  "CMS envelope", "policy" },
    [E2M_BECAUSE_UNSHARED] = { "unshared", E2M_FORBIDDEN, 403,
                               "envelope does not name the far end",
                               "CMS envelope", "policy" },
    [E2M_BECAUSE_UNDISCLOSED] = { "undisclosed", E2M_UNDECIPHERABLE, 493,
                                  "sealed for others alone", "CMS envelope",
                                  "policy" },
    [E2M_BECAUSE_NOT_SEALED] = { "not-sealed", E2M_FORBIDDEN, 403,
                                 "content is not sealed", "MIME body",
                                 "policy" },
    [E2M_BECAUSE_NO_DEMAND] = { "no-demand", E2M_NOT_FOR_ME, 0,
                                "answer demands nothing", "SIP response",
                                "draft-ono-sipping-end2middle-security-01 "
                                "sec. 2.3" },
    [E2M_BECAUSE_DENIED] = { "denied", E2M_FORBIDDEN, 403,
                             "disclosure policy says no", "policy",
                             "RFC 4189 sec. 5" },
};

const char *
e2m_reason_name(e2m_reason r)
{
    return r < E2M_BECAUSE_COUNT ? rows[r].name : "unknown";
}

const char *
e2m_err_name(e2m_err err)
{
    switch (err) {
    case E2M_OK:
        return "ok";
    case E2M_E_ARG:
        return "argument";
    case E2M_E_NOMEM:
        return "memory";
    case E2M_E_LIMIT:
        return "limit";
    case E2M_E_SYNTAX:
        return "syntax";
    case E2M_E_UNSUPPORTED:
        return "unsupported";
    case E2M_E_NOKEY:
        return "no key";
    case E2M_E_CRYPTO:
        return "crypto";
    }
    return "unknown";
}

const char *
e2m_outcome_name(e2m_outcome o)
{
    switch (o) {
    case E2M_UNDECIDED:
        return "undecided";
    case E2M_READ:
        return "read";
    case E2M_NOT_FOR_ME:
        return "not-for-me";
    case E2M_UNDECIPHERABLE:
        return "undecipherable";
    case E2M_FORBIDDEN:
        return "forbidden";
    case E2M_MALFORMED:
        return "malformed";
    }
    return "undecided";
}

e2m_err
e2m_finding_new(e2m_msg *msg, e2m_finding **out)
{
    e2m_finding *f = NULL;

    E2M_NEW(&msg->env, f, 1);
    f->msg = msg;
    f->cap = msg->env.limits[E2M_LIMIT_PARTS];
    E2M_NEW(&msg->env, f->parts, f->cap);
    f->verdict.why = (e2m_why){ "", "", "", 0, false };
    *out = f;
    return E2M_OK;
}

bool
e2m_finding_refused(const e2m_finding *f)
{
    return f->verdict.reason != E2M_BECAUSE_NONE;
}

void
e2m_finding_refuse(e2m_finding *f, e2m_reason why)
{
    const reason_row *row = &rows[why];
    const e2m_diag *d = &f->msg->env.diag;
    e2m_verdict *v = &f->verdict;

    if (e2m_finding_refused(f) || why == E2M_BECAUSE_NONE) {
        return;
    }
    v->outcome = row->outcome;
    v->sip_status = row->status;
    v->reason = why;
    v->why = (e2m_why){ row->what, row->where, row->rule, 0, false };
    if (row->outcome == E2M_MALFORMED && d->err != E2M_OK) {
        v->why = (e2m_why){ d->what, d->layer ? d->layer : row->where,
                            d->rule, d->offset, d->has_offset };
    }
}

e2m_err
e2m_finding_error(e2m_finding *f, e2m_err err)
{
    switch (err) {
    case E2M_OK:
        return E2M_OK;
    case E2M_E_SYNTAX:
        e2m_finding_refuse(f, E2M_BECAUSE_SYNTAX);
        return E2M_OK;
    case E2M_E_LIMIT:
        e2m_finding_refuse(f, E2M_BECAUSE_LIMIT);
        return E2M_OK;
    case E2M_E_UNSUPPORTED:
        e2m_finding_refuse(f, E2M_BECAUSE_UNSUPPORTED);
        return E2M_OK;
    case E2M_E_NOKEY:
    case E2M_E_CRYPTO:
        e2m_finding_refuse(f, E2M_BECAUSE_CANNOT_DECRYPT);
        return E2M_OK;
    case E2M_E_ARG:
    case E2M_E_NOMEM:
        break;
    }
    return err;
}

/* ---- what a part says of itself ------------------------------------------ */

/* The far end is who the message is for, seen from a middle; an end is it. */
bool
e2m_finding_shared(e2m_msg *msg, const e2m_level *env_level)
{
    const e2m_enveloped *ed = &env_level->ed;
    const size_t mine = env_level->inside.recipient;
    const e2m_bytes far = e2m_far_uri(msg);
    bool known = false;

    if (ed->recipients[mine].kind == E2M_RID_KEKRI) {
        return e2m_reuse_at(msg, env_level) == E2M_OK &&
               e2m_reuse_shared(msg, ed->recipients[mine].key_id);
    }
    for (size_t i = 0; i < msg->ctx->num_identities; i++) {
        if (e2m_cert_is_user(msg->ctx->identities[i].cert, far)) {
            return true;
        }
    }
    for (size_t i = 0; i < msg->ctx->num_peers; i++) {
        if (e2m_cert_is_user(msg->ctx->peers[i], far)) {
            known = true; /* one that signs may stand before one that reads */
            if (e2m_cms_names(ed, msg->ctx->peers[i])) {
                return true;
            }
        }
    }
    if (known) {
        return false;
    }
    for (size_t i = 0; i < ed->num_recipients; i++) {
        bool own = i == mine;

        for (size_t k = 0; !own && k < msg->ctx->num_identities; k++) {
            const e2m_cms_keys one = { .keys = &msg->ctx->keys[k],
                                       .num_keys = 1 };
            const e2m_enveloped single = { .recipients = &ed->recipients[i],
                                           .num_recipients = 1 };

            own = e2m_cms_mine(&single, &one) == 0;
        }
        if (!own) {
            return true;
        }
    }
    return false;
}

const char *
e2m_recipient_word(const e2m_recipient *r)
{
    switch (r->kind) {
    case E2M_RID_KTRI:
        return e2m_oid_of(r->key_alg.oid) == E2M_OID_RSA_OAEP ? "rsa-oaep"
                                                              : "rsa-pkcs1";
    case E2M_RID_KARI:
        return "ecdh";
    case E2M_RID_KEKRI:
        return "kek";
    case E2M_RID_OTHER:
        break;
    }
    return "other";
}

static e2m_encryption
encryption_of(e2m_msg *msg, const e2m_level *level)
{
    for (const e2m_level *l = level->up; l != NULL; l = l->up) {
        if (l->kind == E2M_LEVEL_ENVELOPED) {
            const bool auth = l->ed.structure == E2M_OID_AUTH_ENVELOPED_DATA;

            return (e2m_encryption){
                auth ? "AuthEnvelopedData" : "EnvelopedData",
                e2m_oid_name(l->ed.cipher),
                e2m_recipient_word(&l->ed.recipients[l->inside.recipient]),
                l->inside.committed,
                e2m_finding_shared(msg, l),
            };
        }
    }
    return (e2m_encryption){ "none", "", "", false, false };
}

static bool
is_bound(e2m_msg *msg, const e2m_level *sig)
{
    const e2m_entity *aib = e2m_aib_find(sig);
    e2m_reason why = E2M_BECAUSE_UNBOUND;

    return aib != NULL &&
           e2m_aib_check(msg, sig, aib, &why) == E2M_OK &&
           why == E2M_BECAUSE_NONE;
}

/* The innermost signature around a part is who wrote it; any of the ones
 * around it, by the same signer, may bind it. */
static e2m_signature
signature_of(e2m_msg *msg, const e2m_level *level)
{
    e2m_signature out = { .algorithm = "" };

    for (const e2m_level *l = level->up; l != NULL; l = l->up) {
        if (l->kind != E2M_LEVEL_SIGNED) {
            continue;
        }
        if (!out.present) {
            out.present = true;
            out.valid = l->sig.checked && l->sig.reason == E2M_BECAUSE_NONE;
            out.algorithm = e2m_smime_signature_name(l->sig.signer);
            if (out.valid) {
                out.signer = e2m_cert_identity(l->sig.cert);
                out.ciphers = e2m_ciphers_in(l->sig.signer->capabilities);
            }
        }
        if (out.valid && !out.bound && l->sig.cert != NULL &&
            e2m_bytes_eq(e2m_cert_identity(l->sig.cert), out.signer)) {
            out.bound = is_bound(msg, l);
        }
    }
    return out;
}

static e2m_err
media_type(e2m_env *env, const e2m_entity *e, e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, env, e->type.len + e->type_params.len + 1);
    e2m_out_put(&o, e->type);
    e2m_out_put(&o, e->type_params);
    return e2m_out_done(&o, out);
}

e2m_err
e2m_finding_add(e2m_finding *f, const e2m_level *level, e2m_bytes label)
{
    e2m_msg *msg = f->msg;
    e2m_part *part;

    TRY(e2m_limit_check(&msg->env, E2M_LIMIT_PARTS, f->num + 1, NULL,
                        "too many parts"));
    part = &f->parts[f->num];
    TRY(media_type(&msg->env, level->entity, &part->content_type));
    TRY(e2m_mime_content(&msg->env, level->entity, &part->content));
    part->label = label;
    part->encryption = encryption_of(msg, level);
    part->signature = signature_of(msg, level);
    part->identity = part->signature.present && e2m_aib_is(level->entity);
    f->num++;
    return E2M_OK;
}

/* What a user or service asked for comes before what vouches for it. */
static void
content_first(e2m_part *parts, size_t num)
{
    size_t to = 0;

    for (size_t i = 0; i < num; i++) {
        const e2m_part part = parts[i];

        if (part.identity) {
            continue;
        }
        for (size_t k = i; k > to; k--) {
            parts[k] = parts[k - 1];
        }
        parts[to++] = part;
    }
}

/* SPEC wire:8:2 */
void
e2m_finding_close(e2m_finding *f, e2m_outcome outcome)
{
    e2m_verdict *v = &f->verdict;

    if (e2m_finding_refused(f)) {
        v->parts = NULL;
        v->num_parts = 0;
        return;
    }
    v->outcome = outcome;
    if (outcome != E2M_READ) {
        return;
    }
    content_first(f->parts, f->num);
    v->parts = f->parts;
    v->num_parts = f->num;
    v->bound = f->num > 0;
    for (size_t i = 0; i < f->num; i++) {
        const e2m_signature *s = &f->parts[i].signature;

        v->bound = v->bound && s->bound;
        if (i == 0) {
            v->signer = s->signer;
        } else if (!e2m_bytes_eq(v->signer, s->signer)) {
            v->signer = E2M_NONE;
        }
    }
}
