/* SPDX-License-Identifier: BSD-3-Clause */
/* Ways to protect a body (mech 2.1): one envelope, an envelope under the key of
 * an earlier message, two envelopes; the signature outside or inside. */
#include "role/seal.h"

static bool
gets_copy(const sealing *s, size_t middle)
{
    return option(s, E2M_OPT_STRIP_KEYS) || s->plan->copy[middle];
}

/* Of nothing but an SDP a copy can be made; a middle that policy gives no more
 * than a copy then gets nothing (api/plan_learned.c holds that). */
static bool
wants_copy(const sealing *s)
{
    bool any = false;
    e2m_bytes type;
    e2m_bytes params;

    for (size_t i = 0; i < s->plan->num_middles; i++) {
        any = any || gets_copy(s, i);
    }
    e2m_text_split_params(s->plain.lines.type, &type, &params);
    return any && e2m_bytes_ieq(type, E2M_LIT("application/sdp"));
}

/* ---- one protection each ------------------------------------------------- */

static e2m_err
value(e2m_env *env, e2m_bytes type, const char *rest, e2m_bytes *out)
{
    e2m_out o;

    e2m_out_init(&o, env, type.len + strlen(rest));
    e2m_out_put(&o, type);
    e2m_out_str(&o, rest);
    return e2m_out_done(&o, out);
}

/* SPEC smime:8551-3.2.1: a file name with the extension of its kind, last. */
static e2m_err
name_file(e2m_env *env, const char *name, e2m_draft *draft)
{
    TRY(value(env, draft->lines.disposition, ";filename=",
              &draft->lines.disposition));
    return value(env, draft->lines.disposition, name,
                 &draft->lines.disposition);
}

/* Whom one envelope is for, and who is asked to look into it. */
typedef struct readership {
    const e2m_cert *readers[2 * E2M_MAX_READERS];
    size_t num;
    const e2m_cms_kek *kek; /* a kept key instead of them */
    bool sets_key;          /* for later messages */
    const e2m_bytes *names;
    size_t num_names;
    const char *handling;
} readership;

static e2m_err
envelope(sealing *s, e2m_bytes entity, const readership *r, e2m_draft *out)
{
    e2m_env *env = &s->msg->env;
    const e2m_cms_seal how = {
        .cipher = e2m_cipher_oid(s->cipher),
        .readers = r->readers,
        .num_readers = r->num,
        .keks = r->kek,
        .num_keks = r->kek != NULL,
        .cek_reference = { s->reuse.kept.reference,
                           r->sets_key ? s->reuse.kept.reference_len : 0 },
        .max_decrypts = r->sets_key ? s->reuse.kept.uses : 0,
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
                           option(s, E2M_OPT_BASE64), out,
                           r->sets_key ? &s->cek : NULL));
    TRY(e2m_label_put(s->msg, &label, out, &s->edits));
    return name_file(env, "smime.p7m", out);
}

static e2m_digest
digest_of(const e2m_plan *p)
{
    switch ((e2m_hash_choice)p->option[E2M_OPT_DIGEST]) {
    case E2M_HASH_USUAL:
        return E2M_DIGEST_NONE;
    case E2M_HASH_SHA256:
        return E2M_SHA256;
    case E2M_HASH_SHA384:
        return E2M_SHA384;
    case E2M_HASH_SHA512:
        return E2M_SHA512;
    }
    return E2M_DIGEST_NONE;
}

/* `asked`: whose names stand in the label. SPEC smime:3261-23.3 */
static e2m_err
sign(sealing *s, e2m_bytes entity, const e2m_bytes *asked, size_t num_asked,
     e2m_draft *out)
{
    e2m_env *env = &s->msg->env;
    e2m_cms_sign how[E2M_MAX_SIGNERS];
    e2m_labelling label = {
        .names = asked,
        .num = num_asked,
        .form = (e2m_label_form)s->plan->option[E2M_OPT_LABEL],
    };

    for (size_t i = 0; i < s->num_who; i++) {
        how[i] = (e2m_cms_sign){
            .cert = s->who[i]->cert,
            .key = s->who[i]->key,
            .chain = s->who[i]->chain,
            .num_chain = s->who[i]->num_chain,
            .attached = option(s, E2M_OPT_OPAQUE),
            .rsa_pkcs1_v15 = option(s, E2M_OPT_PKCS1_V15),
            .digest = digest_of(s->plan),
            .now_sec = s->msg->now_sec,
            .also = i + 1 < s->num_who ? &how[i + 1] : NULL,
        };
    }
    TRY(e2m_smime_sign(env, s->msg->tools.crypto, entity, how,
                       option(s, E2M_OPT_BASE64), out));
    TRY(value(env, s->disposition, ";handling=required", &label.disposition));
    TRY(e2m_label_put(s->msg, &label, out, &s->edits));
    return option(s, E2M_OPT_OPAQUE) ? name_file(env, "smime.p7m", out)
                                     : E2M_OK;
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

/* The content of `draft` as an entity, compressed where that is wanted and
 * worth it. */
static e2m_err
content_of(sealing *s, const e2m_draft *draft, e2m_bytes *out)
{
    e2m_env *env = &s->msg->env;
    e2m_draft packed;
    bool worth = false;

    TRY(text(s, draft, out));
    if (!option(s, E2M_OPT_COMPRESS)) {
        return E2M_OK;
    }
    TRY(e2m_smime_compress(env, *out, option(s, E2M_OPT_BASE64), &packed,
                           &worth));
    if (!worth) {
        return E2M_OK;
    }
    TRY(value(env, s->disposition, ";handling=required",
              &packed.lines.disposition));
    TRY(name_file(env, "smime.p7z", &packed));
    return text(s, &packed, out);
}

/* For RFC 8591's order each content is signed before it is enveloped. */
static e2m_err
sign_inside(sealing *s, e2m_bytes entity, e2m_bytes *out)
{
    e2m_draft signed_draft;

    *out = entity;
    if (s->num_who == 0 ||
        s->plan->option[E2M_OPT_ORDER] != E2M_SIGN_ENCRYPT) {
        return E2M_OK;
    }
    TRY(with_aib(s, &entity, 1, out));
    TRY(sign(s, *out, NULL, 0, &signed_draft));
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
                     .sets_key = s->reuse.kept.reference_len > 0 &&
                                 !option(s, E2M_OPT_NO_ATTRIBUTES),
                     .handling = ";handling=required" };
    e2m_bytes content;

    for (size_t i = 0; i < p->num_to; i++) {
        r.readers[r.num++] = p->to[i];
    }
    for (size_t i = 0; i < p->num_middles; i++) {
        r.readers[r.num++] = p->middles[i];
    }
    TRY(content_of(s, &s->plain, &content));
    TRY(sign_inside(s, content, &content));
    return envelope(s, content, &r, out);
}

/* Under a key that far end and middles have from an earlier message
 * (SPEC mech:2.4:1), or for their certificates, setting one. */
static e2m_err
reusing_envelope(sealing *s, e2m_draft *out)
{
    e2m_reuse *reuse = &s->reuse;
    const e2m_cms_kek kek = {
        .id = { reuse->kept.reference, reuse->kept.reference_len },
        .kek = &reuse->kek,
    };
    const readership r = { .names = reuse->label.names,
                           .num_names = reuse->label.num,
                           .kek = &kek,
                           .handling = ";handling=required" };
    e2m_bytes content;

    if (reuse->kek.len == 0) {
        return s->plan->num_to > 0
                   ? shared_envelope(s, out)
                   : e2m_fail(&s->msg->env, E2M_E_NOKEY, NULL,
                              "no certificate of the far user, and no key of "
                              "an earlier message", "RFC 3185");
    }
    TRY(content_of(s, &s->plain, &content));
    TRY(sign_inside(s, content, &content));
    return envelope(s, content, &r, out);
}

/* Second way: the whole SDP for the far UA (and for middles that get all), a
 * copy without keying material for the others. SPEC mech:2.1:2 */
static e2m_err
two_envelopes(sealing *s, e2m_bytes out[2])
{
    const e2m_plan *p = s->plan;
    e2m_bytes all[E2M_MAX_READERS];
    e2m_bytes some[E2M_MAX_READERS];
    readership far = { .names = all, .handling = ";handling=required" };
    readership middle = { .names = some, .handling = ";handling=optional" };
    e2m_draft copy = s->plain;
    e2m_draft sealed;
    e2m_bytes content;

    for (size_t i = 0; i < p->num_to; i++) {
        far.readers[far.num++] = p->to[i];
    }
    for (size_t i = 0; i < p->num_middles; i++) {
        readership *r = gets_copy(s, i) ? &middle : &far;

        r->readers[r->num++] = p->middles[i];
        (gets_copy(s, i) ? some : all)[r->num_names++] = p->names[i];
    }
    TRY(content_of(s, &s->plain, &content));
    TRY(sign_inside(s, content, &content));
    TRY(envelope(s, content, &far, &sealed));
    TRY(text(s, &sealed, &out[0]));
    TRY(e2m_sdp_copy(&s->msg->env, s->plain.body, p->without, p->num_without,
                     &copy.body));
    TRY(content_of(s, &copy, &content));
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

    TRY(with_aib(s, entities, num, &content));
    return sign(s, content, s->plan->verify_at, s->plan->num_verify_at, out);
}

e2m_err
e2m_seal_protect(sealing *s, e2m_draft *out)
{
    const bool outside = s->num_who > 0 &&
                         (s->plan->option[E2M_OPT_ORDER] == E2M_ENCRYPT_SIGN ||
                          !encrypts(s));
    e2m_bytes parts[2];
    e2m_draft one;

    if (s->plan->num_to > 0 && wants_copy(s)) {
        TRY(two_envelopes(s, parts));
        return outside ? sign_outside(s, parts, 2, out)
                       : e2m_smime_mixed(&s->msg->env, parts, 2, out);
    }
    if (encrypts(s)) {
        TRY(e2m_reuse_choose(s->msg, s->plan, e2m_cipher_key_len(s->cipher),
                             &s->reuse));
        TRY(reusing_envelope(s, &one));
        if (!outside) {
            *out = one;
            return E2M_OK;
        }
        TRY(text(s, &one, &parts[0]));
    } else {
        TRY(content_of(s, &s->plain, &parts[0]));
    }
    return sign_outside(s, parts, 1, out);
}
