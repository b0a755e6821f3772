/* SPDX-License-Identifier: BSD-3-Clause */
/* SignedData, opaque or over a text known to make-seeds, verified with the
 * certificates that it carries and with those of readers.h. */
#include "readers_load.h"

#define DETACHED E2M_LIT("the vault code is 7-4-1")

enum { MOST_CERTS = 4 };

static void
verify_with(e2m_env *env, e2m_crypto *c, const e2m_signed *sd,
            const e2m_cert *cert)
{
    const e2m_bytes content = sd->has_content ? sd->content : DETACHED;

    for (size_t i = 0; i < sd->num_signers; i++) {
        const e2m_signer *s = &sd->signers[i];
        const e2m_err loose =
            e2m_cms_verify(env, c, sd, s, content, cert, true);
        const e2m_err strict =
            e2m_cms_verify(env, c, sd, s, content, cert, false);

        (void)e2m_cms_signed_by(s, cert);
        if (strict == E2M_OK) {
            MUST(loose == E2M_OK);
            MUST(s->digest != E2M_SHA1);
            MUST(s->scheme != E2M_SIG_NONE);
        }
    }
}

static void
verify_carried(e2m_env *env, e2m_crypto *c, const e2m_signed *sd)
{
    for (size_t i = 0; i < sd->num_certs && i < MOST_CERTS; i++) {
        e2m_cert *cert = NULL;

        if (e2m_cert_new(sd->certs[i], 4096, &cert) == E2M_OK) {
            verify_with(env, c, sd, cert);
        }
        e2m_cert_free(cert);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static e2m_crypto *c;
    static e2m_cms_key readers[READERS];
    const e2m_bytes info = { data, size };
    e2m_signed sd;
    e2m_env env;

    if (c == NULL) {
        MUST(e2m_crypto_new(&c) == E2M_OK);
        load_readers(readers);
    }
    e2m_env_init(&env, NULL, NULL);
    (void)e2m_cms_type(info);
    if (e2m_cms_read_signed(&env, info, &sd) == E2M_OK) {
        verify_carried(&env, c, &sd);
        for (size_t i = 0; i < READERS; i++) {
            verify_with(&env, c, &sd, readers[i].cert);
        }
    }
    e2m_env_done(&env);
    return 0;
}
