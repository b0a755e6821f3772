/* SPDX-License-Identifier: BSD-3-Clause */
/* Files and records from outside: key files, certificates of peers, kept keys,
 * boxes of other nodes. */
#include <e2m/e2m.h>
#include <string.h>

#include "crypto/crypto.h"
#include "fuzz.h"

enum { NOW = 1795000000 };

static void
keyfile(e2m_bytes file, const char *pass)
{
    e2m_keyfile kf = { 0 };
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    if (e2m_keyfile_read(&env, file, pass, &kf) != E2M_OK) {
        MUST(kf.key == NULL);
    }
    e2m_pkey_free(kf.key);
    e2m_env_done(&env);
}

/* A record that is one is written as it was. */
static void
record(e2m_bytes file)
{
    uint8_t again[E2M_KEPT_OCTETS];
    uint8_t key[32];
    e2m_kept kept;

    if (file.len >= E2M_KEPT_OCTETS && e2m_kept_read(file.data, key, &kept)) {
        e2m_kept_write(key, &kept, again);
        MUST(e2m_kept_read(again, key, &kept));
    }
}

static void
box(const e2m *ctx, e2m_bytes file)
{
    static const uint8_t key[32];
    uint8_t *out = malloc(file.len + 1);

    MUST(out != NULL);
    /* nobody forges a tag by chance */
    MUST(e2m_box_open(ctx, key, file, NOW, out) != E2M_OK);
    free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static e2m *ctx;
    const e2m_bytes file = { data, size };
    e2m_peer *peer = NULL;

    if (ctx == NULL) {
        e2m_conf *conf = e2m_conf_new(NULL);

        MUST(conf != NULL && e2m_new(&ctx, conf) == E2M_OK);
        e2m_conf_free(conf);
    }
    keyfile(file, NULL);
    keyfile(file, "secret");
    if (e2m_peer_new(&peer, file) == E2M_OK) {
        MUST(peer != NULL);
        (void)e2m_peer_is(peer, e2m_peer_identity(peer));
    }
    e2m_peer_free(peer);
    record(file);
    box(ctx, file);
    return 0;
}
