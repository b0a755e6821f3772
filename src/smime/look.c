/* SPDX-License-Identifier: BSD-3-Clause */
/* The tree of levels that is visible without a key. */
#include "smime/smime.h"

bool
e2m_smime_is(const e2m_entity *e)
{
    return e2m_mime_is(e, "application/pkcs7-mime") ||
           e2m_mime_is(e, "application/x-pkcs7-mime");
}

static bool
is_signature(const e2m_entity *e)
{
    return e2m_mime_is(e, "application/pkcs7-signature") ||
           e2m_mime_is(e, "application/x-pkcs7-signature");
}

bool
e2m_smime_present(const e2m_level *level)
{
    if (level->kind == E2M_LEVEL_SIGNED ||
        level->kind == E2M_LEVEL_ENVELOPED ||
        level->kind == E2M_LEVEL_COMPRESSED) {
        return true;
    }
    for (const e2m_level *l = level->first; l != NULL; l = l->next) {
        if (e2m_smime_present(l)) {
            return true;
        }
    }
    return false;
}

/* A failure within one level's CMS is that level's; it must not hide the
 * levels beside it. Only want of memory and limits end the walk. */
static e2m_err
keep_error(e2m_env *env, e2m_level *level, e2m_err err)
{
    if (err == E2M_E_NOMEM) {
        return err;
    }
    level->err = err;
    level->why = env->diag;
    if (err != E2M_OK) {
        env->diag = (e2m_diag){ 0 };
    }
    return E2M_OK;
}

static e2m_err
look_below(e2m_env *env, const e2m_entity *entity, e2m_level *up,
           e2m_level ***tail)
{
    e2m_level *child = NULL;

    TRY(e2m_smime_look(env, entity, up, &child));
    **tail = child;
    *tail = &child->next;
    return E2M_OK;
}

/* multipart/signed: two parts, the second the signature (RFC 1847, RFC 8551
 * sec. 3.5.3). The first is what is signed, octet by octet. */
static e2m_err
look_signed(e2m_env *env, e2m_level *level)
{
    const e2m_entity *e = level->entity;
    e2m_level **tail = &level->first;
    e2m_bytes der = E2M_NONE;
    e2m_err err;

    level->kind = E2M_LEVEL_SIGNED;
    if (e->num_parts != 2 || !is_signature(&e->parts[1])) {
        err = e2m_fail(env, E2M_E_SYNTAX, e->body.data,
                       "multipart/signed is not content and one CMS signature",
                       "RFC 8551 sec. 3.5.3");
        return keep_error(env, level, err);
    }
    level->signed_bytes = e->parts[0].raw;
    err = e2m_mime_content(env, &e->parts[1], &der);
    if (err == E2M_OK) {
        err = e2m_cms_read_signed(env, der, &level->sd);
    }
    if (err == E2M_OK && level->sd.has_content) {
        err = e2m_fail(env, E2M_E_SYNTAX, NULL,
                       "detached signature with content inside",
                       "RFC 8551 sec. 3.5.3.1");
    }
    TRY(keep_error(env, level, err));
    return look_below(env, &e->parts[0], level, &tail);
}

static e2m_err
look_opaque(e2m_env *env, e2m_level *level, e2m_bytes der)
{
    e2m_level **tail = &level->first;
    e2m_entity *inner = NULL;
    e2m_err err = e2m_cms_read_signed(env, der, &level->sd);

    TRY(keep_error(env, level, err));
    if (err != E2M_OK) {
        level->kind = E2M_LEVEL_UNKNOWN;
        return E2M_OK;
    }
    if (level->sd.num_signers == 0) {
        level->kind = E2M_LEVEL_CERTS;
        return E2M_OK;
    }
    level->kind = E2M_LEVEL_SIGNED;
    if (!level->sd.has_content) {
        level->err = e2m_fail(env, E2M_E_SYNTAX, NULL,
                              "signed-data without content", "RFC 8551 3.5.2");
        return keep_error(env, level, level->err);
    }
    level->signed_bytes = level->sd.content;
    E2M_NEW(env, inner, 1);
    TRY(e2m_mime_from_entity(env, level->sd.content, level->depth + 1,
                             inner));
    return look_below(env, inner, level, &tail);
}

/* The ContentInfo decides what it is, not the smime-type parameter: its values
 * differ between RFC 8551 and RFC 8591 (WIRE.md 1). */
static e2m_err
look_cms(e2m_env *env, e2m_level *level)
{
    e2m_bytes der = E2M_NONE;
    e2m_err err = e2m_mime_content(env, level->entity, &der);
    const e2m_oid_id type = err == E2M_OK ? e2m_cms_type(der)
                                          : E2M_OID_UNKNOWN;

    level->kind = E2M_LEVEL_UNKNOWN;
    if (type == E2M_OID_SIGNED_DATA) {
        return look_opaque(env, level, der);
    }
    if (type == E2M_OID_ENVELOPED_DATA ||
        type == E2M_OID_AUTH_ENVELOPED_DATA) {
        level->kind = E2M_LEVEL_ENVELOPED;
        err = e2m_cms_read_enveloped(env, der, &level->ed);
    } else if (type == E2M_OID_COMPRESSED_DATA) {
        level->kind = E2M_LEVEL_COMPRESSED;
        err = e2m_cms_read_compressed(env, der, &level->cd);
    } else if (err == E2M_OK) {
        err = e2m_fail(env, E2M_E_SYNTAX, der.data,
                       "not a CMS structure of S/MIME", "RFC 8551 sec. 3.2.2");
    }
    return keep_error(env, level, err);
}

static e2m_err
look_parts(e2m_env *env, e2m_level *level)
{
    e2m_level **tail = &level->first;

    level->kind = E2M_LEVEL_MULTIPART;
    for (size_t i = 0; i < level->entity->num_parts; i++) {
        TRY(look_below(env, &level->entity->parts[i], level, &tail));
    }
    return E2M_OK;
}

static e2m_err
look_inside(e2m_env *env, e2m_level *level)
{
    if (e2m_mime_is(level->entity, "multipart/signed")) {
        return look_signed(env, level);
    }
    if (level->entity->multipart) {
        return look_parts(env, level);
    }
    if (e2m_smime_is(level->entity)) {
        return look_cms(env, level);
    }
    return E2M_OK;
}

/* *out is set at the end: half a tree must not pass for a whole one when
 * somebody asks again. */
e2m_err
e2m_smime_look(e2m_env *env, const e2m_entity *entity, e2m_level *up,
               e2m_level **out)
{
    e2m_level *level = NULL;

    *out = NULL;
    E2M_NEW(env, level, 1);
    level->entity = entity;
    level->up = up;
    level->depth = up != NULL ? up->depth + 1 : 0;
    TRY(e2m_limit_check(env, E2M_LIMIT_NESTING, level->depth, NULL,
                        "nested too deep"));
    TRY(look_inside(env, level));
    *out = level;
    return E2M_OK;
}
