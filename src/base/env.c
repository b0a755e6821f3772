/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/base.h"

const size_t e2m_limit_defaults[E2M_LIMIT_COUNT] = {
    [E2M_LIMIT_MESSAGE] = 65536,
    [E2M_LIMIT_HEADERS] = 128,
    [E2M_LIMIT_HEADER_LEN] = 8192,
    [E2M_LIMIT_NESTING] = 8,
    [E2M_LIMIT_PARTS] = 32,
    [E2M_LIMIT_RECIPIENTS] = 16,
    [E2M_LIMIT_CERTIFICATES] = 8,
    [E2M_LIMIT_ATTRIBUTES] = 16,
    [E2M_LIMIT_SIGNERS] = 2,
    [E2M_LIMIT_INFLATED] = 262144,
    [E2M_LIMIT_INFLATE_RATIO] = 100,
    [E2M_LIMIT_RSA_BITS] = 4096,
    [E2M_LIMIT_PRIVATE_OPS] = 1,
    [E2M_LIMIT_MEMORY] = 1048576,
    [E2M_LIMIT_DATE_SKEW] = 3600,
    [E2M_LIMIT_REUSE_USES] = 256,
    [E2M_LIMIT_REUSE_AGE] = 3600,
};

void
e2m_env_init(e2m_env *env, const e2m_mem *mem, const size_t *limits)
{
    const size_t *l = limits ? limits : e2m_limit_defaults;

    *env = (e2m_env){ .limits = l };
    e2m_arena_init(&env->arena, mem, l[E2M_LIMIT_MEMORY]);
}

void
e2m_env_done(e2m_env *env)
{
    e2m_arena_done(&env->arena);
}

e2m_err
e2m_fail(e2m_env *env, e2m_err err, const uint8_t *at, const char *what,
         const char *rule)
{
    e2m_diag *d = &env->diag;

    if (d->err != E2M_OK) {
        return err; /* the first, specific one stands */
    }
    *d = (e2m_diag){ err, what, env->layer, rule, 0, false };
    if (e2m_bytes_within((e2m_bytes){ at, 0 }, env->bytes)) {
        d->offset = (size_t)(at - env->bytes.data);
        d->has_offset = true;
    }
    return err;
}

e2m_place
e2m_env_enter(e2m_env *env, const char *layer, e2m_bytes bytes)
{
    const e2m_place before = { env->layer, env->bytes };

    env->layer = layer;
    env->bytes = bytes;
    return before;
}

void
e2m_env_leave(e2m_env *env, e2m_place before)
{
    env->layer = before.layer;
    env->bytes = before.bytes;
}

e2m_err
e2m_limit_check(e2m_env *env, e2m_limit which, size_t value,
                const uint8_t *at, const char *what)
{
    if (value <= env->limits[which]) {
        return E2M_OK;
    }
    return e2m_fail(env, E2M_E_LIMIT, at, what, "limits of the context");
}

e2m_err
e2m_alloc(e2m_env *env, size_t len, void **out)
{
    const e2m_err err = e2m_arena_alloc(&env->arena, len, out);

    if (err == E2M_OK) {
        return E2M_OK;
    }
    return e2m_fail(env, err, NULL,
                    err == E2M_E_LIMIT ? "message takes too much memory"
                                       : "out of memory",
                    "limits of the context");
}

e2m_err
e2m_new_array(e2m_env *env, size_t num, size_t each, void **out)
{
    if (each != 0 && num > SIZE_MAX / each) {
        return e2m_fail(env, E2M_E_LIMIT, NULL, "too many items",
                        "limits of the context");
    }
    return e2m_alloc(env, num * each, out);
}

e2m_err
e2m_dup(e2m_env *env, e2m_bytes in, e2m_bytes *out)
{
    void *p = NULL;

    TRY(e2m_alloc(env, in.len, &p));
    if (in.len > 0) {
        memcpy(p, in.data, in.len);
    }
    *out = (e2m_bytes){ p, in.len };
    return E2M_OK;
}
