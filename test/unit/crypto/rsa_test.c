/* SPDX-License-Identifier: BSD-3-Clause */
/* RSA key transport. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "pemkey.h"
#include "random.h"

enum { K = 256 };

static e2m_crypto *c;
static EVP_PKEY *evp;
static e2m_pkey *key;
static e2m_pub *pub;

static int
setup(void **state)
{
    (void)state;
    evp = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    key = key_of_evp(evp);
    pub = pub_of_evp(evp);
    return e2m_crypto_new(&c) == E2M_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_crypto_free(c);
    e2m_pkey_free(key);
    e2m_pub_free(pub);
    EVP_PKEY_free(evp);
    return 0;
}

/* What OpenSSL encrypts, for padding and label of the test's choice. */
static void
evp_encrypt(int padding, const EVP_MD *md, e2m_bytes in, uint8_t out[K])
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(evp, NULL);
    size_t len = K;

    assert_true(EVP_PKEY_encrypt_init(ctx) > 0);
    assert_true(EVP_PKEY_CTX_set_rsa_padding(ctx, padding) > 0);
    if (md != NULL) {
        assert_true(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0);
    }
    assert_true(EVP_PKEY_encrypt(ctx, out, &len, in.data, in.len) > 0);
    assert_int_equal(len, K);
    EVP_PKEY_CTX_free(ctx);
}

static void
test_oaep_both_ways(void **state)
{
    static const e2m_digest digests[] = { E2M_SHA1, E2M_SHA256, E2M_SHA384,
                                          E2M_SHA512 };
    const EVP_MD *md[] = { EVP_sha1(), EVP_sha256(), EVP_sha384(),
                           EVP_sha512() };
    const e2m_secret cek = hex_secret("000102030405060708090a0b0c0d0e0f");
    uint8_t wrapped[K];
    uint8_t plain[K];
    e2m_secret back;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(evp, NULL);
        size_t len = sizeof plain;

        /* we wrap, OpenSSL opens */
        assert_int_equal(
            e2m_pub_wrap(c, pub, E2M_RSA_OAEP, digests[i], &cek, wrapped),
            E2M_OK);
        assert_true(EVP_PKEY_decrypt_init(ctx) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_padding(
                        ctx, RSA_PKCS1_OAEP_PADDING) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md[i]) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md[i]) > 0);
        assert_true(EVP_PKEY_decrypt(ctx, plain, &len, wrapped, K) > 0);
        assert_int_equal(len, 16);
        assert_memory_equal(plain, cek.data, 16);
        EVP_PKEY_CTX_free(ctx);
        /* OpenSSL wraps, we open; another digest does not */
        evp_encrypt(RSA_PKCS1_OAEP_PADDING, md[i],
                    (e2m_bytes){ cek.data, 16 }, wrapped);
        for (size_t n = 0; n < 4; n++) {
            assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_OAEP,
                                             digests[n],
                                             (e2m_bytes){ wrapped, K }, 0,
                                             &back),
                             n == i ? E2M_OK : E2M_E_CRYPTO);
            assert_int_equal(back.len, n == i ? 16 : 0);
        }
        assert_int_equal(ERR_peek_error(), 0);
    }
}

/* MGF1 with SHA-1 under another hash: its own kind, not taken for the usual. */
static void
test_oaep_mask_sha1(void **state)
{
    const e2m_secret cek = hex_secret("000102030405060708090a0b0c0d0e0f");
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(evp, NULL);
    const e2m_rsa_padding ways[] = { E2M_RSA_OAEP, E2M_RSA_OAEP_MASK_SHA1 };
    uint8_t wrapped[K];
    size_t len = K;
    e2m_secret back;

    (void)state;
    assert_true(EVP_PKEY_encrypt_init(ctx) > 0);
    assert_true(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0);
    assert_true(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) > 0);
    assert_true(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha1()) > 0);
    assert_true(EVP_PKEY_encrypt(ctx, wrapped, &len, cek.data, 16) > 0);
    EVP_PKEY_CTX_free(ctx);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(e2m_pkey_unwrap(c, key, ways[i % 2], E2M_SHA256,
                                         (e2m_bytes){ wrapped, K }, 0, &back),
                         i % 2 ? E2M_OK : E2M_E_CRYPTO);
        assert_int_equal(back.len, i % 2 ? 16 : 0);
    }
    for (int i = 0; i < 2; i++) { /* and ours */
        assert_int_equal(e2m_pub_wrap(c, pub, ways[i], E2M_SHA256, &cek,
                                      wrapped),
                         E2M_OK);
        assert_int_equal(e2m_pkey_unwrap(c, key, ways[i], E2M_SHA256,
                                         (e2m_bytes){ wrapped, K }, 0, &back),
                         E2M_OK);
        assert_int_equal(e2m_pkey_unwrap(c, key, ways[1 - i], E2M_SHA256,
                                         (e2m_bytes){ wrapped, K }, 0, &back),
                         E2M_E_CRYPTO);
    }
}

static void
test_oaep_refused(void **state)
{
    const e2m_secret cek = hex_secret("000102030405060708090a0b0c0d0e0f");
    uint8_t wrapped[K + 1] = { 0 };
    uint8_t big[65] = { 1 };
    e2m_secret back = { .len = 9 };

    (void)state;
    assert_int_equal(
        e2m_pub_wrap(c, pub, E2M_RSA_OAEP, E2M_SHA256, &cek, wrapped),
        E2M_OK);
    for (size_t len = 0; len <= K + 1; len++) {
        assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_OAEP, E2M_SHA256,
                                         (e2m_bytes){ wrapped, len }, 0,
                                         &back),
                         len == K ? E2M_OK : E2M_E_CRYPTO);
    }
    for (size_t at = 0; at < K; at += 5) {
        wrapped[at] ^= 0x10;
        assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_OAEP, E2M_SHA256,
                                         (e2m_bytes){ wrapped, K }, 0,
                                         &back),
                         E2M_E_CRYPTO);
        wrapped[at] ^= 0x10;
    }
    evp_encrypt(RSA_PKCS1_OAEP_PADDING, EVP_sha256(), (e2m_bytes){ big, 65 },
                wrapped);
    assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_OAEP, E2M_SHA256,
                                     (e2m_bytes){ wrapped, K }, 0, &back),
                     E2M_E_CRYPTO); /* no key is that long */
    evp_encrypt(RSA_PKCS1_OAEP_PADDING, EVP_sha256(), E2M_NONE, wrapped);
    assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_OAEP, E2M_SHA256,
                                     (e2m_bytes){ wrapped, K }, 0, &back),
                     E2M_E_CRYPTO); /* nor that short */
    assert_int_equal(ERR_peek_error(), 0);
}

/* The random key that stands in for a bad one: the next of the stream. */
static void
expect_instead(e2m_bytes wrapped, size_t want)
{
    e2m_secret back = { .len = 0 };
    uint8_t instead[E2M_SECRET_MAX];

    e2m_test_seed(7);
    assert_int_equal(e2m_random(instead, want), E2M_OK);
    e2m_test_seed(7);
    assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_PKCS1_V15,
                                     E2M_DIGEST_NONE, wrapped, want, &back),
                     E2M_OK);
    assert_int_equal(back.len, want);
    assert_memory_equal(back.data, instead, want);
    assert_int_equal(ERR_peek_error(), 0);
}

static void
expect_key(e2m_bytes wrapped, const e2m_secret *cek)
{
    e2m_secret back = { .len = 0 };

    assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_PKCS1_V15,
                                     E2M_DIGEST_NONE, wrapped, cek->len,
                                     &back),
                     E2M_OK);
    assert_int_equal(back.len, cek->len);
    assert_memory_equal(back.data, cek->data, cek->len);
}

static void
test_v15_good(void **state)
{
    e2m_secret cek = hex_secret("000102030405060708090a0b0c0d0e0f");
    uint8_t wrapped[K];

    (void)state;
    for (cek.len = 1; cek.len <= 64; cek.len += 7) {
        assert_int_equal(e2m_pub_wrap(c, pub, E2M_RSA_PKCS1_V15,
                                      E2M_DIGEST_NONE, &cek, wrapped),
                         E2M_OK);
        expect_key((e2m_bytes){ wrapped, K }, &cek);
        evp_encrypt(RSA_PKCS1_PADDING, NULL,
                    (e2m_bytes){ cek.data, cek.len }, wrapped);
        expect_key((e2m_bytes){ wrapped, K }, &cek);
        if (cek.len < E2M_SECRET_MAX) {
            expect_instead((e2m_bytes){ wrapped, K }, cek.len + 1);
        }
        if (cek.len > 1) {
            expect_instead((e2m_bytes){ wrapped, K }, cek.len - 1);
        }
    }
}

/* Every octet of the padding wrong in turn, through raw RSA (RFC 3218). */
static void
test_v15_each_fault(void **state)
{
    uint8_t em[K];
    uint8_t wrapped[K];
    const e2m_secret cek = hex_secret("000102030405060708090a0b0c0d0e0f");

    (void)state;
    memset(em, 0x55, sizeof em);
    em[0] = 0;
    em[1] = 2;
    em[K - 17] = 0;
    memcpy(em + K - 16, cek.data, 16);
    evp_encrypt(RSA_NO_PADDING, NULL, (e2m_bytes){ em, K }, wrapped);
    expect_key((e2m_bytes){ wrapped, K }, &cek);
    for (size_t at = 0; at <= K - 17; at++) {
        const uint8_t before = em[at];

        em[at] = at == 0 || at == K - 17 ? 1 : at == 1 ? 1 : 0;
        evp_encrypt(RSA_NO_PADDING, NULL, (e2m_bytes){ em, K }, wrapped);
        expect_instead((e2m_bytes){ wrapped, K }, 16);
        em[at] = before;
    }
    em[1] = 0; /* block type 0: not for encryption */
    evp_encrypt(RSA_NO_PADDING, NULL, (e2m_bytes){ em, K }, wrapped);
    expect_instead((e2m_bytes){ wrapped, K }, 16);
}

static void
test_v15_not_even_a_ciphertext(void **state)
{
    uint8_t wrapped[K + 1];
    e2m_secret back = { .len = 5 };

    (void)state;
    memset(wrapped, 0xff, sizeof wrapped); /* not below the modulus */
    for (size_t len = 0; len <= K + 1; len++) {
        expect_instead((e2m_bytes){ wrapped, len }, 16);
    }
    memset(wrapped, 0, sizeof wrapped);
    expect_instead((e2m_bytes){ wrapped, K }, 32);
    assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_PKCS1_V15,
                                     E2M_DIGEST_NONE,
                                     (e2m_bytes){ wrapped, K }, 0, &back),
                     E2M_E_ARG);
    assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_PKCS1_V15,
                                     E2M_DIGEST_NONE,
                                     (e2m_bytes){ wrapped, K }, 65, &back),
                     E2M_E_ARG);
    /* without randomness there is nothing to stand in: no answer at all */
    e2m_test_random_fail_after(0);
    assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_PKCS1_V15,
                                     E2M_DIGEST_NONE,
                                     (e2m_bytes){ wrapped, K }, 16, &back),
                     E2M_E_CRYPTO);
    e2m_test_seed(0);
}

static void
test_other_kinds(void **state)
{
    const e2m_secret cek = hex_secret("000102030405060708090a0b0c0d0e0f");
    EVP_PKEY *ec = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    e2m_pkey *k = key_of_evp(ec);
    e2m_pub *p = pub_of_evp(ec);
    uint8_t wrapped[K] = { 0 };
    e2m_secret back = { .len = 0 };
    e2m_secret nothing = { .len = 0 };

    (void)state;
    assert_int_equal(
        e2m_pub_wrap(c, p, E2M_RSA_OAEP, E2M_SHA256, &cek, wrapped),
        E2M_E_ARG);
    assert_int_equal(e2m_pkey_unwrap(c, k, E2M_RSA_OAEP, E2M_SHA256,
                                     (e2m_bytes){ wrapped, K }, 0, &back),
                     E2M_E_ARG);
    assert_int_equal(
        e2m_pub_wrap(c, pub, E2M_RSA_OAEP, E2M_SHA256, &nothing, wrapped),
        E2M_E_ARG);
    assert_int_equal(
        e2m_pub_wrap(c, pub, E2M_RSA_OAEP, E2M_DIGEST_NONE, &cek, wrapped),
        E2M_E_ARG);
    assert_int_equal(e2m_pkey_unwrap(c, key, E2M_RSA_OAEP, E2M_DIGEST_NONE,
                                     (e2m_bytes){ wrapped, K }, 0, &back),
                     E2M_E_ARG);
    e2m_pkey_free(k);
    e2m_pub_free(p);
    EVP_PKEY_free(ec);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oaep_both_ways),
        cmocka_unit_test(test_oaep_mask_sha1),
        cmocka_unit_test(test_oaep_refused),
        cmocka_unit_test(test_v15_good),
        cmocka_unit_test(test_v15_each_fault),
        cmocka_unit_test(test_v15_not_even_a_ciphertext),
        cmocka_unit_test(test_other_kinds),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
