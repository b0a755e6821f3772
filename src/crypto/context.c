/* SPDX-License-Identifier: BSD-3-Clause */
/* The bag of one thread: everything is fetched here, once, because a fetch
 * takes locks of the whole process. */
#include <stdlib.h>

#include <openssl/core_names.h>

#include "crypto/internal.h"

void
e2m_ossl_start(void)
{
    /* A failure shows in the first call that needs what is missing. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
                                  OPENSSL_INIT_NO_ATEXIT, NULL);
}

const char *
e2m_crypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

static bool
fetch_digests(e2m_crypto *c)
{
    static const char *const name[E2M_DIGESTS] = {
        NULL, "SHA1", "SHA2-256", "SHA2-384", "SHA2-512"
    };

    for (size_t i = E2M_SHA1; i < E2M_DIGESTS; i++) {
        c->md[i] = EVP_MD_fetch(NULL, name[i], NULL);
        c->md_ctx[i] = EVP_MD_CTX_new();
        if (c->md[i] == NULL || c->md_ctx[i] == NULL) {
            return false;
        }
    }
    return true;
}

static bool
fetch_ciphers(e2m_crypto *c)
{
    static const char *const name[E2M_MODE_COUNT][3] = {
        { "AES-128-ECB", "AES-192-ECB", "AES-256-ECB" },
        { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" },
        { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" },
        { "AES-128-CCM", "AES-192-CCM", "AES-256-CCM" },
    };

    for (size_t m = 0; m < E2M_MODE_COUNT; m++) {
        for (size_t s = 0; s < 3; s++) {
            EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name[m][s], NULL);
            EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

            c->cipher[m][s] = cipher;
            c->cipher_ctx[m][s] = ctx;
            if (cipher == NULL || ctx == NULL ||
                !EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, 1, NULL)) {
                return false;
            }
            /* told again at each start, so only where it means something:
             * GCM has none, key wrap gives ECB whole blocks (keywrap.c) */
            if (m == E2M_MODE_CBC && !EVP_CIPHER_CTX_set_padding(ctx, 0)) {
                return false;
            }
        }
    }
    return true;
}

static EVP_PKEY_CTX *
make_keygen(e2m_key_kind kind)
{
    const char *group = e2m_kind_group(kind);
    EVP_PKEY_CTX *ctx =
        EVP_PKEY_CTX_new_from_name(NULL, group ? "EC" : "X25519", NULL);

    if (ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0 &&
        (group == NULL || EVP_PKEY_CTX_set_group_name(ctx, group) > 0)) {
        return ctx;
    }
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

e2m_err
e2m_crypto_new(e2m_crypto **out)
{
    static const e2m_key_kind kinds[] = { E2M_KEY_P256, E2M_KEY_P384,
                                          E2M_KEY_X25519 };
    e2m_err err = E2M_E_CRYPTO;
    e2m_crypto *c;

    *out = NULL;
    e2m_ossl_start();
    c = calloc(1, sizeof *c);
    if (c == NULL) {
        return E2M_E_NOMEM;
    }
    if (!fetch_digests(c) || !fetch_ciphers(c) ||
        e2m_random(c->spare, sizeof c->spare) != E2M_OK) {
        goto out;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        c->keygen[kinds[i]] = make_keygen(kinds[i]);
        if (c->keygen[kinds[i]] == NULL) {
            goto out;
        }
    }
    *out = c;
    return E2M_OK;
out:
    ERR_clear_error();
    e2m_crypto_free(c);
    return err;
}

void
e2m_crypto_free(e2m_crypto *c)
{
    if (c == NULL) {
        return;
    }
    e2m_bag_done(c);
    for (size_t i = 0; i < E2M_DIGESTS; i++) {
        EVP_MD_CTX_free(c->md_ctx[i]);
        EVP_MD_free(c->md[i]);
    }
    for (size_t m = 0; m < E2M_MODE_COUNT; m++) {
        for (size_t s = 0; s < 3; s++) {
            EVP_CIPHER_CTX_free(c->cipher_ctx[m][s]); /* wipes the schedule */
            EVP_CIPHER_free(c->cipher[m][s]);
        }
    }
    for (size_t i = 0; i < E2M_KINDS; i++) {
        EVP_PKEY_CTX_free(c->keygen[i]);
    }
    e2m_wipe(c->spare, sizeof c->spare);
    free(c);
}

/* OpenSSL keeps key schedules until the next key comes; so a key of no meaning
 * comes. */
void
e2m_crypto_rest(e2m_crypto *c)
{
    static const uint8_t iv[16];
    e2m_secret zeros = { .len = 0 };

    for (e2m_mode m = E2M_MODE_ECB; m < E2M_MODE_COUNT; m++) {
        for (size_t s = 0; s < 3; s++) {
            zeros.len = 16 + 8 * s;
            if (c->keyed[m][s] &&
                e2m_cipher_start(c, m, &zeros, iv, true) != NULL) {
                c->keyed[m][s] = false;
            }
        }
    }
    for (size_t d = E2M_SHA1; d < E2M_DIGESTS; d++) {
        c->hashed[d] = c->hashed[d] &&
                       EVP_DigestInit_ex2(c->md_ctx[d], c->md[d], NULL) <= 0;
    }
}

void
e2m_spare_key(const e2m_crypto *c, size_t len, e2m_secret *out)
{
    memcpy(out->data, c->spare, len);
    out->len = len;
}
