/* SPDX-License-Identifier: BSD-3-Clause */
/* A context: the configuration decoded once, then only read. */
#include <stdlib.h>

#include "api/api.h"

static e2m_err
copy_list(const e2m_bytes *from, size_t num, e2m_bytes **out, size_t *out_num)
{
    size_t size = (num + 1) * sizeof(e2m_bytes);
    uint8_t *p;

    for (size_t i = 0; i < num; i++) {
        size += from[i].len;
    }
    *out = malloc(size);
    if (*out == NULL) {
        return E2M_E_NOMEM;
    }
    p = (uint8_t *)(*out + num);
    for (size_t i = 0; i < num; i++) {
        memcpy(p, from[i].data, from[i].len);
        (*out)[i] = (e2m_bytes){ p, from[i].len };
        p += from[i].len;
    }
    *out_num = num;
    return E2M_OK;
}

static e2m_err
load_identities(e2m *ctx, const e2m_conf *conf)
{
    ctx->identities = calloc(conf->num_identities + 1,
                             sizeof *ctx->identities);
    ctx->keys = calloc(conf->num_identities + 1, sizeof *ctx->keys);
    if (ctx->identities == NULL || ctx->keys == NULL) {
        return E2M_E_NOMEM;
    }
    for (size_t i = 0; i < conf->num_identities; i++) {
        e2m_identity *id = &ctx->identities[i];

        TRY(e2m_identity_load(conf->identities[i].file,
                              conf->identities[i].pass, ctx->limits, id));
        ctx->num_identities++;
        ctx->keys[i] = (e2m_cms_key){ id->cert, id->key };
    }
    return E2M_OK;
}

static e2m_err
load_trust(e2m *ctx, const e2m_conf *conf)
{
    TRY(e2m_anchors_new(&ctx->anchors));
    for (size_t i = 0; i < conf->num_trust; i++) {
        TRY(e2m_file_anchors(conf->trust[i], ctx->anchors));
    }
    return E2M_OK;
}

static e2m_err
add_peer(void *user, e2m_bytes der)
{
    e2m *ctx = user;
    e2m_cert **grown = realloc(ctx->peers,
                               (ctx->num_peers + 1) * sizeof(e2m_cert *));

    if (grown == NULL) {
        return E2M_E_NOMEM;
    }
    ctx->peers = grown;
    TRY(e2m_cert_new(der, ctx->limits[E2M_LIMIT_RSA_BITS],
                     &ctx->peers[ctx->num_peers]));
    ctx->num_peers++;
    return E2M_OK;
}

static e2m_err
load_peers(e2m *ctx, const e2m_conf *conf)
{
    for (size_t i = 0; i < conf->num_peers; i++) {
        TRY(e2m_file_certs(conf->peers[i], add_peer, NULL, ctx));
    }
    return E2M_OK;
}

static e2m_err
load(e2m *ctx, const e2m_conf *conf)
{
    ctx->mem = conf->mem;
    memcpy(ctx->limits, conf->limits, sizeof ctx->limits);
    memcpy(ctx->policy, conf->policy, sizeof ctx->policy);
    ctx->answers = conf->answers;
    ctx->warn_view = conf->warn_view;
    ctx->warn_verify = conf->warn_verify;
    TRY(copy_list(conf->names, conf->num_names, &ctx->names,
                  &ctx->num_names));
    for (size_t i = 0; i < ctx->num_names; i++) {
        ctx->hosts[i] = e2m_label_host(ctx->names[i]);
    }
    TRY(copy_list(conf->via, conf->num_via, &ctx->via, &ctx->num_via));
    TRY(load_identities(ctx, conf));
    TRY(load_trust(ctx, conf));
    TRY(load_peers(ctx, conf));
    ctx->replay = conf->replay;
    if (ctx->replay.seen == NULL) {
        TRY(e2m_memory_new(conf->replay_max, &ctx->memory));
        ctx->replay = (e2m_replay){ e2m_memory_seen, ctx->memory };
    }
    ctx->reuse = conf->reuse;
    if (conf->reuse_max > 0) {
        TRY(e2m_keyring_new(conf->reuse_max, &ctx->keyring));
        ctx->reuse = (e2m_keys){ e2m_keyring_put, e2m_keyring_get,
                                 e2m_keyring_use, ctx->keyring };
    }
    return e2m_rack_new(ctx->limits[E2M_LIMIT_RSA_BITS], &ctx->benches);
}

e2m_err
e2m_new(e2m **out, const e2m_conf *conf)
{
    e2m *ctx = calloc(1, sizeof *ctx);
    e2m_err err;

    *out = NULL;
    if (ctx == NULL) {
        return E2M_E_NOMEM;
    }
    err = load(ctx, conf);
    if (err != E2M_OK) {
        e2m_free(ctx);
        return err;
    }
    *out = ctx;
    return E2M_OK;
}

void
e2m_free(e2m *ctx)
{
    if (ctx == NULL) {
        return;
    }
    e2m_rack_free(ctx->benches);
    e2m_memory_free(ctx->memory);
    e2m_keyring_free(ctx->keyring);
    for (size_t i = 0; i < ctx->num_identities; i++) {
        e2m_identity_done(&ctx->identities[i]);
    }
    for (size_t i = 0; i < ctx->num_peers; i++) {
        e2m_cert_free(ctx->peers[i]);
    }
    e2m_anchors_free(ctx->anchors);
    free(ctx->identities);
    free(ctx->keys);
    free(ctx->peers);
    free(ctx->names);
    free(ctx->via);
    free(ctx);
}

e2m_err
e2m_selftest(const e2m *ctx)
{
    e2m_bench *bench = NULL;
    e2m_err err = e2m_rack_take(ctx->benches, &bench);

    if (err == E2M_OK) {
        err = e2m_crypto_selftest(bench->crypto);
        e2m_rack_give(ctx->benches, bench);
    }
    return err;
}

void
e2m_reuse_drop(const e2m *ctx, const uint8_t dialog[32])
{
    if (ctx->keyring != NULL) {
        e2m_keyring_drop(ctx->keyring, dialog);
    }
}

void
e2m_reuse_drop_reference(const e2m *ctx, e2m_bytes reference)
{
    if (ctx->keyring != NULL) {
        e2m_keyring_drop_reference(ctx->keyring, reference);
    }
}

e2m_err
e2m_random_bytes(uint8_t *out, size_t len)
{
    return e2m_random(out, len);
}

const char *
e2m_crypto_library(void)
{
    return e2m_crypto_version();
}

const char *
e2m_version(void)
{
    return "0.1.0";
}
