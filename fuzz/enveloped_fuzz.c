/* SPDX-License-Identifier: BSD-3-Clause */
/* EnvelopedData and AuthEnvelopedData, read and opened with an EC key, an RSA
 * key and a KEK for every name. What is released keeps its promises. */
#include "readers_load.h"

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
open_it(e2m_env *env, e2m_crypto *c, const e2m_enveloped *ed,
        const e2m_cms_keys *keys)
{
    e2m_opened opened;
    e2m_secret kek;

    if (e2m_cms_open_enveloped(env, c, ed, keys, &opened) != E2M_OK) {
        return;
    }
    MUST(opened.recipient < ed->num_recipients);
    MUST(opened.content.len <= ed->sealed.len);
    MUST(opened.committed == (ed->commitment.len > 0));
    MUST(opened.cek.len == 16 || opened.cek.len == 24 ||
         opened.cek.len == 32);
    whatever(e2m_cms_reuse_kek(env, c, &opened.cek, ed->kek_derivation, &kek));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static e2m_crypto *c;
    static e2m_cms_key readers[READERS];
    const e2m_bytes info = { data, size };

    if (c == NULL) {
        MUST(e2m_crypto_new(&c) == E2M_OK);
        load_readers(readers);
    }
    for (int insecure = 0; insecure < 2; insecure++) {
        const e2m_cms_keys keys = { .keys = readers,
                                    .num_keys = READERS,
                                    .insecure_pkcs1_v15 = insecure != 0,
                                    .kek = any_kek };
        e2m_enveloped ed;
        e2m_env env;

        e2m_env_init(&env, NULL, NULL);
        if (e2m_cms_read_enveloped(&env, info, &ed) == E2M_OK) {
            MUST(e2m_cms_mine(&ed, &keys) <= ed.num_recipients);
            (void)e2m_cms_names(&ed, readers[0].cert);
            open_it(&env, c, &ed, &keys);
        }
        e2m_env_done(&env);
    }
    return 0;
}
