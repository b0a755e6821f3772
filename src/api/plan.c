/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "api/api.h"

/* The largest value of each option; the smallest is 0. */
static const int option_max[E2M_OPT_COUNT] = {
    [E2M_OPT_CIPHER] = E2M_AES_256_CBC,
    [E2M_OPT_LABEL] = E2M_LABEL_PROXY_INSPECT_BODY,
    [E2M_OPT_ORDER] = E2M_SIGN_ENCRYPT,
    [E2M_OPT_SIGN] = E2M_SIGN_ALL,
    [E2M_OPT_AIB] = 1,
    [E2M_OPT_BASE64] = 1,
    [E2M_OPT_STRIP_KEYS] = 1,
    [E2M_OPT_OPAQUE] = 1,
    [E2M_OPT_NO_ATTRIBUTES] = 1,
    [E2M_OPT_PKCS1_V15] = 1,
    [E2M_OPT_REUSE] = 2,
    [E2M_OPT_DIGEST] = E2M_HASH_SHA512,
    [E2M_OPT_COMPRESS] = 1,
};

e2m_err
e2m_plan_new(e2m_plan **out, const e2m *ctx)
{
    e2m_plan *plan = calloc(1, sizeof *plan);

    *out = plan;
    if (plan == NULL) {
        return E2M_E_NOMEM;
    }
    plan->ctx = ctx;
    plan->can = ~0U;
    plan->option[E2M_OPT_SIGN] = 1;
    plan->option[E2M_OPT_AIB] = 1;
    return E2M_OK;
}

static void
free_name(e2m_bytes name)
{
    free((void *)(uintptr_t)name.data);
}

void
e2m_plan_free(e2m_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    for (size_t i = 0; i < plan->num_middles; i++) {
        free_name(plan->names[i]);
    }
    for (size_t i = 0; i < plan->num_verify_at; i++) {
        free_name(plan->verify_at[i]);
    }
    for (size_t i = 0; i < plan->num_accept; i++) {
        free_name(plan->accept[i]);
    }
    free(plan);
}

/* A name goes into header fields: nothing in it may end one, or begin a
 * parameter or a list element. */
static bool
name_is_clean(e2m_bytes name)
{
    if (name.len == 0 || name.len > 255) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.data[i];

        if (!e2m_text_is_token_char(c) && c != ':' && c != '@' && c != '[' &&
            c != ']') {
            return false;
        }
    }
    return true;
}

static e2m_err
add_name(e2m_bytes *list, size_t at, e2m_bytes name)
{
    if (!name_is_clean(name)) {
        return E2M_E_ARG;
    }
    if (at == E2M_MAX_READERS) {
        return E2M_E_LIMIT;
    }
    return e2m_copy_bytes(name, &list[at]);
}

static e2m_err
add_reader(e2m_plan *plan, const e2m_cert *cert)
{
    if (!e2m_cert_may_receive(cert)) {
        return E2M_E_NOKEY;
    }
    if (plan->num_to == E2M_MAX_READERS) {
        return E2M_E_LIMIT;
    }
    plan->to[plan->num_to++] = cert;
    return E2M_OK;
}

e2m_err
e2m_plan_to(e2m_plan *plan, const e2m_peer *peer)
{
    return add_reader(plan, peer->cert);
}

static const e2m_cert *
find_peer(const e2m *ctx, e2m_bytes name)
{
    for (size_t i = 0; i < ctx->num_peers; i++) {
        if (e2m_cert_is_named(ctx->peers[i], name) &&
            e2m_cert_may_receive(ctx->peers[i])) {
            return ctx->peers[i];
        }
    }
    return NULL;
}

e2m_err
e2m_plan_to_aor(e2m_plan *plan, e2m_bytes aor)
{
    const e2m_cert *cert = find_peer(plan->ctx, aor);

    return cert != NULL ? add_reader(plan, cert) : E2M_E_NOKEY;
}

/* RFC 5922 sec. 7.1: the certificate must be the named proxy's, or what is
 * meant for one would be sealed for another. */
e2m_err
e2m_plan_middle(e2m_plan *plan, e2m_bytes name, const e2m_peer *peer)
{
    const e2m_cert *cert = peer != NULL ? peer->cert
                                        : find_peer(plan->ctx, name);

    if (cert == NULL || !e2m_cert_is_named(cert, name) ||
        !e2m_cert_may_receive(cert)) {
        return E2M_E_NOKEY;
    }
    TRY(add_name(plan->names, plan->num_middles, name));
    plan->middles[plan->num_middles++] = cert;
    return E2M_OK;
}

e2m_err
e2m_plan_verify_at(e2m_plan *plan, e2m_bytes name)
{
    TRY(add_name(plan->verify_at, plan->num_verify_at, name));
    plan->num_verify_at++;
    return E2M_OK;
}

e2m_err
e2m_plan_accept(e2m_plan *plan, e2m_bytes name)
{
    TRY(add_name(plan->accept, plan->num_accept, name));
    plan->num_accept++;
    return E2M_OK;
}

void
e2m_plan_can(e2m_plan *plan, unsigned ciphers)
{
    plan->can &= ciphers != 0 ? ciphers : ~0U;
}

e2m_err
e2m_plan_set(e2m_plan *plan, e2m_option which, int value)
{
    if (which >= E2M_OPT_COUNT || value < 0 || value > option_max[which]) {
        return E2M_E_ARG;
    }
    plan->option[which] = value;
    return E2M_OK;
}
