/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "pemkey.h"

enum { KEYS = 5 };

static e2m_crypto *c;
static EVP_PKEY *evp[KEYS];
static e2m_pkey *key[KEYS]; /* RSA, P-256, P-384, X25519, Ed25519 */
static e2m_pub *pub[KEYS];

static int
setup(void **state)
{
    (void)state;
    evp[0] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    evp[1] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    evp[2] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    evp[3] = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    evp[4] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    for (int i = 0; i < KEYS; i++) {
        key[i] = key_of_evp(evp[i]);
        pub[i] = pub_of_evp(evp[i]);
    }
    return e2m_crypto_new(&c) == E2M_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_crypto_free(c);
    for (int i = 0; i < KEYS; i++) {
        e2m_pkey_free(key[i]);
        e2m_pub_free(pub[i]);
        EVP_PKEY_free(evp[i]);
    }
    return 0;
}

static bool
belongs(int k, e2m_sig_scheme scheme)
{
    switch (scheme) {
    case E2M_SIG_RSA_PKCS1:
    case E2M_SIG_RSA_PSS:
        return k == 0;
    case E2M_SIG_ECDSA:
        return k == 1 || k == 2;
    case E2M_SIG_ED25519:
        return k == 4;
    case E2M_SIG_NONE:
        break;
    }
    return false;
}

static const e2m_sig_scheme schemes[] = { E2M_SIG_NONE, E2M_SIG_ECDSA,
                                          E2M_SIG_RSA_PKCS1, E2M_SIG_RSA_PSS,
                                          E2M_SIG_ED25519 };
static const e2m_digest digests[] = { E2M_DIGEST_NONE, E2M_SHA1, E2M_SHA256,
                                      E2M_SHA384, E2M_SHA512 };

/* Each key, scheme and digest: signs exactly when they belong together, and
 * what is signed verifies under that scheme, digest and key alone. */
static void
test_every_combination(void **state)
{
    const e2m_bytes text = E2M_LIT("Watson, come here.");

    (void)state;
    for (int i = 0; i < KEYS * 5 * 5; i++) {
        const int k = i / 25;
        const e2m_sig_scheme scheme = schemes[i / 5 % 5];
        const e2m_digest digest = digests[i % 5];
        const bool fits = belongs(k, scheme) &&
                          (digest != E2M_DIGEST_NONE ||
                           scheme == E2M_SIG_ED25519);
        e2m_bytes sig = E2M_NONE;
        e2m_env env;

        e2m_env_init(&env, NULL, NULL);
        assert_int_equal(e2m_pkey_sign(&env, c, key[k], scheme, digest, text,
                                       &sig),
                         fits ? E2M_OK : E2M_E_CRYPTO);
        for (int n = 0; fits && n < KEYS * 5 * 5; n++) {
            const bool same = n / 25 == k && schemes[n / 5 % 5] == scheme &&
                              (digests[n % 5] == digest ||
                               scheme == E2M_SIG_ED25519);

            assert_int_equal(e2m_pub_verify(c, pub[n / 25],
                                            schemes[n / 5 % 5],
                                            digests[n % 5], text, sig),
                             same ? E2M_OK : E2M_E_CRYPTO);
        }
        assert_int_equal(ERR_peek_error(), 0);
        e2m_env_done(&env);
    }
}

/* Other text, every octet of the signature changed, cut or longer. */
static void
test_forged(void **state)
{
    (void)state;
    for (int i = 1; i < 5; i++) {
        const int k = schemes[i] == E2M_SIG_ECDSA     ? 1
                      : schemes[i] == E2M_SIG_ED25519 ? 4
                                                      : 0;
        const e2m_bytes text = E2M_LIT("a text");
        e2m_bytes sig = E2M_NONE;
        uint8_t copy[300];
        e2m_env env;

        e2m_env_init(&env, NULL, NULL);
        assert_int_equal(e2m_pkey_sign(&env, c, key[k], schemes[i],
                                       E2M_SHA256, text, &sig),
                         E2M_OK);
        memcpy(copy, sig.data, sig.len);
        copy[sig.len] = 0;
        for (size_t at = 0; at < sig.len; at++) {
            copy[at] ^= 0x04;
            assert_int_equal(
                e2m_pub_verify(c, pub[k], schemes[i], E2M_SHA256, text,
                               (e2m_bytes){ copy, sig.len }),
                E2M_E_CRYPTO);
            copy[at] ^= 0x04;
            assert_int_equal(e2m_pub_verify(c, pub[k], schemes[i],
                                            E2M_SHA256, text,
                                            (e2m_bytes){ copy, at }),
                             E2M_E_CRYPTO);
        }
        assert_int_equal(e2m_pub_verify(c, pub[k], schemes[i], E2M_SHA256,
                                        text,
                                        (e2m_bytes){ copy, sig.len + 1 }),
                         E2M_E_CRYPTO);
        assert_int_equal(e2m_pub_verify(c, pub[k], schemes[i], E2M_SHA256,
                                        E2M_LIT("A text"), sig),
                         E2M_E_CRYPTO);
        assert_int_equal(
            e2m_pub_verify(c, pub[k], schemes[i], E2M_SHA256, text, sig),
            E2M_OK);
        e2m_env_done(&env);
    }
}

/* Ours verified by OpenSSL, and the other way round; PSS with any salt. */
static void
test_second_implementation(void **state)
{
    const e2m_bytes text = E2M_LIT("a text");

    (void)state;
    for (int salt = 0; salt <= 64; salt += 8) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        EVP_PKEY_CTX *pctx = NULL;
        uint8_t sig[256];
        size_t len = sizeof sig;

        assert_true(EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL,
                                       evp[0]));
        assert_true(EVP_PKEY_CTX_set_rsa_padding(pctx,
                                                 RSA_PKCS1_PSS_PADDING) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt) > 0);
        assert_true(EVP_DigestSign(ctx, sig, &len, text.data, text.len));
        assert_int_equal(e2m_pub_verify(c, pub[0], E2M_SIG_RSA_PSS,
                                        E2M_SHA256, text,
                                        (e2m_bytes){ sig, len }),
                         E2M_OK);
        EVP_MD_CTX_free(ctx);
    }
    for (int i = 0; i < 3; i++) {
        static const int k[] = { 0, 1, 4 };
        static const e2m_sig_scheme s[] = { E2M_SIG_RSA_PKCS1, E2M_SIG_ECDSA,
                                            E2M_SIG_ED25519 };
        const EVP_MD *md = i == 2 ? NULL : EVP_sha256();
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        e2m_bytes sig = E2M_NONE;
        e2m_env env;

        e2m_env_init(&env, NULL, NULL);
        assert_int_equal(e2m_pkey_sign(&env, c, key[k[i]], s[i], E2M_SHA256,
                                       text, &sig),
                         E2M_OK);
        assert_true(EVP_DigestVerifyInit(ctx, NULL, md, NULL, evp[k[i]]));
        assert_int_equal(EVP_DigestVerify(ctx, sig.data, sig.len, text.data,
                                          text.len),
                         1);
        EVP_MD_CTX_free(ctx);
        e2m_env_done(&env);
    }
}

/* Out of memory is reported as such, and as the first failure. */
static void
test_no_room(void **state)
{
    size_t limits[E2M_LIMIT_COUNT];
    e2m_bytes sig = E2M_NONE;
    e2m_env env;

    (void)state;
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_MEMORY] = 16;
    e2m_env_init(&env, NULL, limits);
    assert_int_equal(e2m_pkey_sign(&env, c, key[0], E2M_SIG_RSA_PKCS1,
                                   E2M_SHA256, E2M_LIT("x"), &sig),
                     E2M_E_LIMIT);
    assert_int_equal(env.diag.err, E2M_E_LIMIT);
    assert_int_equal(sig.len, 0);
    e2m_env_done(&env);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination),
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_second_implementation),
        cmocka_unit_test(test_no_room),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
