/* SPDX-License-Identifier: BSD-3-Clause */
/* A ContentInfo: EnvelopedData and AuthEnvelopedData are read and opened under
 * a key that everybody is given by name, SignedData is read and verified. */
#include "cms/cms.h"
#include "fuzz.h"

static e2m_err
any_kek(void *user, e2m_bytes id, e2m_secret *out, bool *found)
{
    (void)user;
    *found = id.len > 0;
    out->len = id.len > 0 && (id.data[0] & 1) != 0 ? 16 : 32;
    memset(out->data, 0x11, out->len);
    return E2M_OK;
}

static void
open_it(e2m_env *env, e2m_crypto *c, const e2m_enveloped *ed)
{
    const e2m_cms_keys keys = { .kek = any_kek };
    e2m_opened opened;
    e2m_secret kek;

    if (e2m_cms_open_enveloped(env, c, ed, &keys, &opened) == E2M_OK) {
        whatever(e2m_cms_reuse_kek(env, c, &opened.cek, ed->kek_derivation,
                                &kek));
    }
}

static void
verify_it(e2m_env *env, e2m_crypto *c, const e2m_signed *sd)
{
    for (size_t i = 0; i < sd->num_certs; i++) {
        e2m_cert *cert = NULL;

        if (e2m_cert_new(sd->certs[i], 4096, &cert) == E2M_OK) {
            for (size_t k = 0; k < sd->num_signers; k++) {
                (void)e2m_cms_signed_by(&sd->signers[k], cert);
                whatever(e2m_cms_verify(env, c, sd, &sd->signers[k],
                                     sd->has_content ? sd->content
                                                     : E2M_NONE, cert, true));
            }
        }
        e2m_cert_free(cert);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static e2m_crypto *c;
    const e2m_bytes info = { data, size };
    e2m_enveloped ed;
    e2m_signed sd;
    e2m_env env;

    if (c == NULL) {
        MUST(e2m_crypto_new(&c) == E2M_OK);
    }
    e2m_env_init(&env, NULL, NULL);
    (void)e2m_cms_type(info);
    if (e2m_cms_read_enveloped(&env, info, &ed) == E2M_OK) {
        open_it(&env, c, &ed);
    }
    if (e2m_cms_read_signed(&env, info, &sd) == E2M_OK) {
        verify_it(&env, c, &sd);
    }
    e2m_env_done(&env);
    return 0;
}
