/* SPDX-License-Identifier: BSD-3-Clause */
/* Which SubjectPublicKeyInfos are let in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "pemkey.h"

typedef struct spki {
    uint8_t data[2400];
    size_t len;
} spki;

static spki
spki_of(EVP_PKEY *evp)
{
    spki s;
    uint8_t *p = s.data;
    int len;

    assert_non_null(evp);
    len = i2d_PUBKEY(evp, NULL);
    assert_true(len > 0 && (size_t)len <= sizeof s.data);
    s.len = (size_t)i2d_PUBKEY(evp, &p);
    EVP_PKEY_free(evp);
    return s;
}

static e2m_err
try_spki(const spki *s, size_t max_bits)
{
    e2m_pub *p = NULL;
    const e2m_err err =
        e2m_pub_from_spki((e2m_bytes){ s->data, s->len }, max_bits, &p);

    assert_true((p == NULL) == (err != E2M_OK));
    assert_int_equal(ERR_peek_error(), 0);
    e2m_pub_free(p);
    return err;
}

static void
test_accepted_kinds(void **state)
{
    EVP_PKEY *k[] = { EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048),
                      EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "X25519"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };
    static const size_t size[] = { 256, 65, 97, 32, 32 };

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        e2m_pub *p = pub_of_evp(k[i]);
        e2m_pkey *own = key_of_evp(k[i]);

        assert_int_equal(e2m_pub_kind(p), E2M_KEY_RSA + i);
        assert_int_equal(e2m_pub_size(p), size[i]);
        assert_int_equal(e2m_pkey_kind(own), E2M_KEY_RSA + i);
        assert_true(e2m_pkey_fits(own, p));
        for (size_t n = 0; n < 5; n++) {
            e2m_pub *other = pub_of_evp(k[n]);

            assert_true(e2m_pkey_fits(own, other) == (i == n));
            e2m_pub_free(other);
        }
        e2m_pkey_free(own);
        e2m_pub_free(p);
    }
    for (size_t i = 0; i < 5; i++) {
        EVP_PKEY_free(k[i]);
    }
    e2m_pub_free(NULL);
    e2m_pkey_free(NULL);
}

/* Same kind, another key: does not fit. */
static void
test_fits_needs_the_same_key(void **state)
{
    EVP_PKEY *a = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    EVP_PKEY *b = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    e2m_pkey *k = key_of_evp(a);
    e2m_pub *p = pub_of_evp(b);

    (void)state;
    assert_false(e2m_pkey_fits(k, p));
    e2m_pkey_free(k);
    e2m_pub_free(p);
    EVP_PKEY_free(a);
    EVP_PKEY_free(b);
}

static EVP_PKEY *
explicit_p256(void)
{
    EVP_PKEY *evp = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

    assert_true(EVP_PKEY_set_utf8_string_param(evp, "encoding", "explicit"));
    return evp;
}

static EVP_PKEY *
compressed_p256(void)
{
    EVP_PKEY *evp = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

    assert_true(EVP_PKEY_set_utf8_string_param(evp, "point-format",
                                               "compressed"));
    return evp;
}

static void
test_refused_kinds(void **state)
{
    EVP_PKEY *k[] = { EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-224"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "EC", "brainpoolP256r1"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "EC", "sect283k1"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "X448"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "ED448"),
                      EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024),
                      EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2040),
                      explicit_p256(),
                      compressed_p256() };

    (void)state;
    for (size_t i = 0; i < sizeof k / sizeof k[0]; i++) {
        const spki s = spki_of(k[i]);

        assert_int_equal(try_spki(&s, 8192), E2M_E_UNSUPPORTED);
    }
}

/* An RSA key of `bits` random odd bits: nobody has to be able to use it. */
static spki
rsa_spki(int bits, const char *e_hex)
{
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *n = BN_new();
    BIGNUM *e = NULL;
    OSSL_PARAM *params;
    EVP_PKEY *evp = NULL;

    assert_true(BN_hex2bn(&e, e_hex) > 0);
    assert_true(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
    assert_true(OSSL_PARAM_BLD_push_BN(bld, "n", n));
    assert_true(OSSL_PARAM_BLD_push_BN(bld, "e", e));
    params = OSSL_PARAM_BLD_to_param(bld);
    assert_true(EVP_PKEY_fromdata_init(ctx) > 0);
    assert_true(EVP_PKEY_fromdata(ctx, &evp, EVP_PKEY_PUBLIC_KEY, params) >
                0);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);
    BN_free(e);
    return spki_of(evp);
}

static void
test_rsa_bounds(void **state)
{
    static const struct {
        int bits;
        const char *e;
        size_t max;
        e2m_err want;
    } t[] = {
        { 2048, "10001", 4096, E2M_OK },
        { 2048, "3", 4096, E2M_OK },
        { 2048, "FFFFFFFF", 4096, E2M_OK },
        { 2049, "10001", 4096, E2M_OK },
        { 3072, "10001", 3072, E2M_OK },
        { 4096, "10001", 4096, E2M_OK },
        { 8192, "10001", 8192, E2M_OK },
        { 2047, "10001", 4096, E2M_E_UNSUPPORTED },
        { 3073, "10001", 3072, E2M_E_UNSUPPORTED },
        { 4097, "10001", 4096, E2M_E_UNSUPPORTED },
        { 8200, "10001", 16384, E2M_E_UNSUPPORTED },
        { 16384, "10001", 16384, E2M_E_UNSUPPORTED },
        { 2048, "1", 4096, E2M_E_UNSUPPORTED },
        { 2048, "2", 4096, E2M_E_UNSUPPORTED },
        { 2048, "10000", 4096, E2M_E_UNSUPPORTED },
        { 2048, "100000001", 4096, E2M_E_UNSUPPORTED },
        { 2048, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 4096,
          E2M_E_UNSUPPORTED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        const spki s = rsa_spki(t[i].bits, t[i].e);

        assert_int_equal(try_spki(&s, t[i].max), t[i].want);
    }
}

/* All prefixes, an octet more, every bit: no crash; a cut is never a key; a
 * changed header never is, a changed point hardly ever. */
static void
walk(const spki *good, size_t head)
{
    spki s = *good;

    for (s.len = 0; s.len < good->len; s.len++) {
        assert_int_equal(try_spki(&s, 4096), E2M_E_UNSUPPORTED);
    }
    s.data[s.len++] = 0;
    assert_int_equal(try_spki(&s, 4096), E2M_E_UNSUPPORTED);
    for (size_t bit = 0; bit < good->len * 8; bit++) {
        e2m_err err;

        s = *good;
        s.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        err = try_spki(&s, 4096);
        /* 1.3.101.110 and .112 are one bit and more apart: both ours */
        if (bit / 8 < head && err == E2M_OK) {
            fail_msg("header bit %zu changed and still a key", bit);
        }
    }
}

static void
test_prefixes_and_flips(void **state)
{
    spki s = spki_of(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"));

    (void)state;
    walk(&s, 27);
    s = spki_of(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
    walk(&s, 12);
    s = spki_of(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048));
    walk(&s, 32);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted_kinds),
        cmocka_unit_test(test_fits_needs_the_same_key),
        cmocka_unit_test(test_refused_kinds),
        cmocka_unit_test(test_rsa_bounds),
        cmocka_unit_test(test_prefixes_and_flips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
