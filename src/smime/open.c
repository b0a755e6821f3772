/* SPDX-License-Identifier: BSD-3-Clause */
/* Going into a level that is shut: decrypting, or inflating. */
#include "smime/smime.h"

/* A content that is CMS itself, by its type and not behind a MIME header (RFC
 * 5652 sec. 2 lets any type hold any other): as a ContentInfo. */
static e2m_err
as_content_info(e2m_env *env, e2m_bytes type, e2m_bytes content,
                e2m_bytes *out)
{
    e2m_der_w w;

    e2m_der_w_init(&w, env, content.len + 32);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, type);
    e2m_der_put(&w, E2M_DER_CONTEXT_CONSTRUCTED(0), content);
    e2m_der_close(&w);
    return e2m_der_w_done(&w, out);
}

/* What is inside is a MIME entity (RFC 8551 sec. 3.1). Some old agents put a
 * bare ContentInfo there, which begins with 0x30, as no header field name
 * does. */
static e2m_err
inner_entity(e2m_env *env, e2m_bytes type, e2m_bytes content, size_t depth,
             e2m_entity *out)
{
    const e2m_mime_head bare = { .type = E2M_LIT("application/pkcs7-mime") };

    if (content.len == 0 || content.data[0] != 0x30) {
        return e2m_mime_from_entity(env, content, depth, out);
    }
    if (e2m_cms_type(content) == E2M_OID_UNKNOWN &&
        !e2m_bytes_eq(type, e2m_oid(E2M_OID_DATA))) {
        TRY(as_content_info(env, type, content, &content));
    }
    if (e2m_cms_type(content) == E2M_OID_UNKNOWN) {
        return e2m_mime_from_entity(env, content, depth, out);
    }
    return e2m_mime_from_body(env, &bare, content, depth, out);
}

/* What came out of `level` hangs below it. */
static e2m_err
look_inside(e2m_env *env, e2m_level *level, const char *layer,
            e2m_bytes type, e2m_bytes content)
{
    const e2m_place place = e2m_env_enter(env, layer, content);
    void *inner = NULL;
    e2m_err err = e2m_alloc(env, sizeof(e2m_entity), &inner);

    if (err == E2M_OK) {
        err = inner_entity(env, type, content, level->depth + 1, inner);
    }
    if (err == E2M_OK) {
        err = e2m_smime_look(env, inner, level, &level->first);
    }
    e2m_env_leave(env, place);
    return err;
}

static e2m_err
open_once(e2m_env *env, const e2m_tools *tools, e2m_level *level)
{
    e2m_bytes content = E2M_NONE;

    if (level->kind == E2M_LEVEL_COMPRESSED) {
        TRY(e2m_cms_inflate(env, &level->cd, &content));
        return look_inside(env, level, "decompressed content",
                           level->cd.content_type, content);
    }
    if (tools == NULL) {
        return E2M_E_ARG; /* e2m_smime_inflate opens nothing */
    }
    TRY(e2m_cms_open_enveloped(env, tools->crypto, &level->ed, &tools->keys,
                               &level->inside));
    return look_inside(env, level, "decrypted content",
                       level->ed.content_type, level->inside.content);
}

static e2m_err
go_in(e2m_env *env, const e2m_tools *tools, e2m_level *level)
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

e2m_err
e2m_smime_open(e2m_env *env, const e2m_tools *tools, e2m_level *level)
{
    return go_in(env, tools, level);
}

e2m_err
e2m_smime_inflate(e2m_env *env, e2m_level *level)
{
    return go_in(env, NULL, level);
}
