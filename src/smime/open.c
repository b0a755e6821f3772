/* SPDX-License-Identifier: BSD-3-Clause */
#include "smime/smime.h"

/* What an envelope holds is a MIME entity. Some old agents put the bare CMS
 * of the signature inside, without a MIME header: a
 * ContentInfo begins with 0x30, which no header field name does. */
static e2m_err
inner_entity(e2m_env *env, e2m_bytes content, size_t depth, e2m_entity *out)
{
    const e2m_mime_head bare = { .type = E2M_LIT("application/pkcs7-mime") };

    if (content.len > 0 && content.data[0] == 0x30 &&
        e2m_cms_type(content) != E2M_OID_UNKNOWN) {
        return e2m_mime_from_body(env, &bare, content, depth, out);
    }
    return e2m_mime_from_entity(env, content, depth, out);
}

static e2m_err
open_once(e2m_env *env, const e2m_tools *tools, e2m_level *level)
{
    e2m_entity *inner = NULL;
    e2m_place place;
    e2m_err err;

    TRY(e2m_cms_open_enveloped(env, tools->crypto, &level->ed, &tools->keys,
                               &level->inside));
    E2M_NEW(env, inner, 1);
    place = e2m_env_enter(env, "decrypted content", level->inside.content);
    err = inner_entity(env, level->inside.content, level->depth + 1, inner);
    if (err == E2M_OK) {
        err = e2m_smime_look(env, inner, level, &level->first);
    }
    e2m_env_leave(env, place);
    return err;
}

e2m_err
e2m_smime_open(e2m_env *env, const e2m_tools *tools, e2m_level *level)
{
    e2m_err err;

    if (level->opened) {
        return E2M_OK;
    }
    if (level->err != E2M_OK) {
        env->diag = level->why;
        return level->err;
    }
    if (level->open_err != E2M_OK) {
        env->diag = level->open_why;
        return level->open_err;
    }
    err = open_once(env, tools, level);
    level->opened = err == E2M_OK;
    if (err != E2M_OK && err != E2M_E_NOKEY) { /* a key may come to be known */
        level->open_err = err;
        level->open_why = env->diag;
    }
    return err;
}
