/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "api/api.h"

enum { REPLAY_DEFAULT = 65536, CONF_BYTES = 1 << 28, LIST_MAX = 4096 };

e2m_conf *
e2m_conf_new(const e2m_mem *mem)
{
    e2m_conf *conf = calloc(1, sizeof *conf);

    if (conf == NULL) {
        return NULL;
    }
    if (mem != NULL) {
        conf->mem = *mem;
    }
    memcpy(conf->limits, e2m_limit_defaults, sizeof conf->limits);
    /* a directory of peers' certificates may be large, but not without end */
    memcpy(conf->own_limits, e2m_limit_defaults, sizeof conf->own_limits);
    conf->own_limits[E2M_LIMIT_MEMORY] = CONF_BYTES;
    e2m_env_init(&conf->env, NULL, conf->own_limits);
    conf->replay_max = REPLAY_DEFAULT;
    conf->warn_view = E2M_WARN_VIEW;
    conf->warn_verify = E2M_WARN_VERIFY;
    return conf;
}

void
e2m_conf_free(e2m_conf *conf)
{
    if (conf != NULL) {
        e2m_env_done(&conf->env);
        e2m_wipe(conf, sizeof *conf);
        free(conf);
    }
}

static e2m_err
add_name(e2m_conf *conf, e2m_bytes *list, size_t *num, e2m_bytes name)
{
    if (name.len == 0 || name.len > 255) {
        return E2M_E_ARG;
    }
    if (*num == E2M_MAX_IDENTITIES) {
        return E2M_E_LIMIT;
    }
    TRY(e2m_dup(&conf->env, name, &list[*num]));
    (*num)++;
    return E2M_OK;
}

e2m_err
e2m_conf_name(e2m_conf *conf, e2m_bytes host_or_uri)
{
    return add_name(conf, conf->names, &conf->num_names, host_or_uri);
}

e2m_err
e2m_conf_via(e2m_conf *conf, e2m_bytes host)
{
    return add_name(conf, conf->via, &conf->num_via, host);
}

e2m_err
e2m_conf_identity(e2m_conf *conf, e2m_bytes file, const char *pass)
{
    struct e2m_conf_key *key = &conf->identities[conf->num_identities];
    void *copy = NULL;
    e2m_bytes kept = E2M_NONE;
    e2m_identity probe = { 0 };
    e2m_err err;

    if (conf->num_identities == E2M_MAX_IDENTITIES) {
        return E2M_E_LIMIT;
    }
    err = e2m_identity_load(file, pass, conf->limits, &probe);
    e2m_identity_done(&probe);
    TRY(err);
    TRY(e2m_dup(&conf->env, file, &kept));
    if (pass != NULL) {
        TRY(e2m_alloc(&conf->env, strlen(pass) + 1, &copy));
        memcpy(copy, pass, strlen(pass) + 1);
    }
    key->file = kept;
    key->pass = copy;
    conf->num_identities++;
    return E2M_OK;
}

static e2m_err
add_file(e2m_conf *conf, e2m_bytes **list, size_t *num, e2m_bytes file)
{
    if (*num == LIST_MAX) {
        return E2M_E_LIMIT;
    }
    if (*list == NULL) {
        E2M_NEW(&conf->env, *list, LIST_MAX);
    }
    TRY(e2m_dup(&conf->env, file, &(*list)[*num]));
    (*num)++;
    return E2M_OK;
}

static e2m_err
count(void *user, e2m_bytes der)
{
    (void)der;
    ++*(size_t *)user;
    return E2M_OK;
}

/* Read once to see that it is good: a mistake shows where it is made. */
static e2m_err
check_file(e2m_bytes file, bool crls_count)
{
    size_t num = 0;

    TRY(e2m_file_certs(file, count, crls_count ? count : NULL, &num));
    return num > 0 ? E2M_OK : E2M_E_NOKEY;
}

e2m_err
e2m_conf_trust(e2m_conf *conf, e2m_bytes file)
{
    TRY(check_file(file, true));
    return add_file(conf, &conf->trust, &conf->num_trust, file);
}

e2m_err
e2m_conf_peer(e2m_conf *conf, e2m_bytes file)
{
    TRY(check_file(file, false));
    return add_file(conf, &conf->peers, &conf->num_peers, file);
}

e2m_err
e2m_conf_limit(e2m_conf *conf, e2m_limit which, size_t value)
{
    if (which >= E2M_LIMIT_COUNT || value == 0) {
        return E2M_E_ARG;
    }
    conf->limits[which] = value;
    return E2M_OK;
}

e2m_err
e2m_conf_policy(e2m_conf *conf, e2m_policy which, bool on)
{
    if (which >= E2M_POLICY_COUNT) {
        return E2M_E_ARG;
    }
    conf->policy[which] = on;
    return E2M_OK;
}

e2m_err
e2m_conf_answers(e2m_conf *conf, e2m_answers form)
{
    if (form != E2M_ANSWERS_MECH && form != E2M_ANSWERS_FINAL) {
        return E2M_E_ARG;
    }
    conf->answers = form;
    return E2M_OK;
}

e2m_err
e2m_conf_warnings(e2m_conf *conf, unsigned view, unsigned verify)
{
    if (view < 300 || view > 399 || verify < 300 || verify > 399 ||
        view == verify) {
        return E2M_E_ARG;
    }
    conf->warn_view = view;
    conf->warn_verify = verify;
    return E2M_OK;
}

e2m_err
e2m_conf_replay(e2m_conf *conf, const e2m_replay *hooks)
{
    if (hooks == NULL || hooks->seen == NULL) {
        return E2M_E_ARG;
    }
    conf->replay = *hooks;
    return E2M_OK;
}

e2m_err
e2m_conf_reuse(e2m_conf *conf, const e2m_keys *hooks, size_t max)
{
    if (hooks == NULL) {
        conf->reuse = (e2m_keys){ NULL, NULL, NULL, NULL };
        conf->reuse_max = max;
        return max > 0 ? E2M_OK : E2M_E_ARG;
    }
    if (hooks->put == NULL || hooks->get == NULL || hooks->use == NULL) {
        return E2M_E_ARG;
    }
    conf->reuse = *hooks;
    conf->reuse_max = 0;
    return E2M_OK;
}

e2m_err
e2m_conf_replay_max(e2m_conf *conf, size_t max)
{
    if (max == 0) {
        return E2M_E_ARG;
    }
    conf->replay_max = max;
    return E2M_OK;
}
