/* SPDX-License-Identifier: BSD-3-Clause */
/* A MIME entity, its parts and their decoded contents. */
#include "fuzz.h"
#include "mime/mime.h"
#include "smime/smime.h"

static void
walk(e2m_env *env, const e2m_level *level, unsigned depth)
{
    e2m_bytes content;

    MUST(depth <= 64);
    if (level->entity != NULL) {
        whatever(e2m_mime_content(env, level->entity, &content));
    }
    for (const e2m_level *l = level->first; l != NULL; l = l->next) {
        MUST(l->up == level);
        walk(env, l, depth + 1);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2m_entity entity;
    e2m_level *level = NULL;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    if (e2m_mime_from_entity(&env, (e2m_bytes){ data, size }, 0, &entity) ==
            E2M_OK &&
        e2m_smime_look(&env, &entity, NULL, &level) == E2M_OK) {
        walk(&env, level, 0);
    }
    e2m_env_done(&env);
    return 0;
}
