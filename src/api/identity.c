/* SPDX-License-Identifier: BSD-3-Clause */
/* Key files become identities and peers. */
#include <stdlib.h>

#include "api/api.h"

/* Files of ours may be larger than messages of strangers. */
void
e2m_file_limits(size_t limits[E2M_LIMIT_COUNT])
{
    memcpy(limits, e2m_limit_defaults, sizeof e2m_limit_defaults);
    limits[E2M_LIMIT_MEMORY] = 1 << 26;
}

/* The chain outlives the file: one heap block, slices first, octets behind. */
static e2m_err
copy_chain(const e2m_keyfile *kf, e2m_identity *out)
{
    size_t size = kf->num_certs * sizeof(e2m_bytes);
    uint8_t *p;

    for (size_t i = 1; i < kf->num_certs; i++) {
        size += kf->certs[i].len;
    }
    out->chain = malloc(size);
    if (out->chain == NULL) {
        return E2M_E_NOMEM;
    }
    p = (uint8_t *)(out->chain + kf->num_certs);
    for (size_t i = 1; i < kf->num_certs; i++) {
        memcpy(p, kf->certs[i].data, kf->certs[i].len);
        out->chain[out->num_chain++] = (e2m_bytes){ p, kf->certs[i].len };
        p += kf->certs[i].len;
    }
    return E2M_OK;
}

static e2m_err
from_keyfile(e2m_keyfile *kf, const size_t *limits, e2m_identity *out)
{
    if (kf->key == NULL || kf->num_certs == 0) {
        return E2M_E_NOKEY;
    }
    TRY(e2m_cert_new(kf->certs[0], limits[E2M_LIMIT_RSA_BITS], &out->cert));
    if (out->cert->pub == NULL || !e2m_pkey_fits(kf->key, out->cert->pub)) {
        return E2M_E_NOKEY;
    }
    out->key = kf->key;
    kf->key = NULL; /* transferred */
    return copy_chain(kf, out);
}

e2m_err
e2m_identity_load(e2m_bytes file, const char *pass, const size_t *limits,
                  e2m_identity *out)
{
    size_t bounds[E2M_LIMIT_COUNT];
    e2m_env env;
    e2m_keyfile kf = { 0 };
    e2m_err err;

    *out = (e2m_identity){ 0 };
    e2m_file_limits(bounds);
    e2m_env_init(&env, NULL, bounds);
    err = e2m_keyfile_read(&env, file, pass, &kf);
    if (err == E2M_OK) {
        err = from_keyfile(&kf, limits, out);
    }
    e2m_pkey_free(kf.key);
    e2m_env_done(&env);
    if (err != E2M_OK) {
        e2m_identity_done(out);
    }
    return err;
}

void
e2m_identity_done(e2m_identity *id)
{
    e2m_cert_free(id->cert);
    e2m_pkey_free(id->key);
    free(id->chain);
    *id = (e2m_identity){ 0 };
}

e2m_err
e2m_file_certs(e2m_bytes file, e2m_err (*each)(void *user, e2m_bytes der),
               e2m_err (*crl)(void *user, e2m_bytes der), void *user)
{
    size_t bounds[E2M_LIMIT_COUNT];
    e2m_env env;
    e2m_keyfile kf = { 0 };
    e2m_err err;

    e2m_file_limits(bounds);
    e2m_env_init(&env, NULL, bounds);
    err = e2m_keyfile_read(&env, file, NULL, &kf);
    for (size_t i = 0; err == E2M_OK && i < kf.num_certs; i++) {
        err = each(user, kf.certs[i]);
    }
    for (size_t i = 0; err == E2M_OK && crl != NULL && i < kf.num_crls; i++) {
        err = crl(user, kf.crls[i]);
    }
    e2m_pkey_free(kf.key);
    e2m_env_done(&env);
    return err;
}

static e2m_err
add_anchor(void *user, e2m_bytes der)
{
    return e2m_anchors_add_cert(user, der);
}

static e2m_err
add_crl(void *user, e2m_bytes der)
{
    return e2m_anchors_add_crl(user, der);
}

e2m_err
e2m_file_anchors(e2m_bytes file, e2m_anchors *anchors)
{
    return e2m_file_certs(file, add_anchor, add_crl, anchors);
}

/* ---- somebody's certificate ---------------------------------------------- */

static e2m_err
first_cert(void *user, e2m_bytes der)
{
    e2m_peer *peer = user;

    if (peer->cert != NULL) {
        return E2M_OK;
    }
    return e2m_cert_new(der, e2m_limit_defaults[E2M_LIMIT_RSA_BITS],
                        &peer->cert);
}

e2m_err
e2m_peer_new(e2m_peer **out, e2m_bytes file)
{
    e2m_peer *peer = calloc(1, sizeof *peer);
    e2m_err err;

    *out = NULL;
    if (peer == NULL) {
        return E2M_E_NOMEM;
    }
    err = e2m_file_certs(file, first_cert, NULL, peer);
    if (err == E2M_OK && peer->cert == NULL) {
        err = E2M_E_NOKEY;
    }
    if (err != E2M_OK) {
        e2m_peer_free(peer);
        return err;
    }
    *out = peer;
    return E2M_OK;
}

void
e2m_peer_free(e2m_peer *peer)
{
    if (peer != NULL) {
        e2m_cert_free(peer->cert);
        free(peer);
    }
}

e2m_bytes
e2m_peer_identity(const e2m_peer *peer)
{
    return e2m_cert_identity(peer->cert);
}

bool
e2m_peer_is(const e2m_peer *peer, e2m_bytes aor_or_host)
{
    return e2m_cert_is_named(peer->cert, aor_or_host);
}

/* A name with a user part is an address of record, one without is a host. */
bool
e2m_cert_is_named(const e2m_cert *cert, e2m_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '@') {
            return e2m_cert_is_user(cert, name);
        }
    }
    return e2m_cert_is_host(cert, name);
}
