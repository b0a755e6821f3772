/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "pemkey.h"

static e2m_crypto *c;

static int
setup(void **state)
{
    (void)state;
    return e2m_crypto_new(&c) == E2M_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_crypto_free(c);
    return 0;
}

#define P256_I                                                               \
    "30310201010420c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57" \
    "862d1433a00a06082a8648ce3d030107"
#define P256_R                                                               \
    "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fb" \
    "f3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"
#define X25519_A                                                             \
    "302e020100300506032b656e0422042077076d0a7318a57d3c16c17251b26645df4c2f" \
    "87ebc0992ab177fba51db92c2a"
#define X25519_B                                                             \
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"

/* RFC 5903 sec. 8.1 and 8.2, RFC 7748 sec. 6.1; each twice: the second time
 * the prepared context is used again. */
static void
test_known_answers(void **state)
{
    e2m_secret z;
    e2m_pkey *k = key_of("EC PRIVATE KEY", HEX(P256_I));

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(e2m_pkey_agree(c, k, HEX(P256_R), &z), E2M_OK);
        assert_octets(z.data, z.len,
                      "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464"
                      "d04b9442de");
    }
    e2m_pkey_free(k);

    k = key_of("EC PRIVATE KEY",
               HEX("303e0201010430099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c"
                   "0f160647b67414dce655e35b538041e649ee3faef896783ab194"
                   "a00706052b81040022"));
    assert_int_equal(
        e2m_pkey_agree(
            c, k,
            HEX("04e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732"
                "bc509d0d1ac43a0336def96fda41d0774a3571"
                "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759d"
                "d1fff83fa40142209dff5eaad96db9e6386c"),
            &z),
        E2M_OK);
    assert_octets(z.data, z.len,
                  "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e71"
                  "56c5c4d603135569b9e9d09cf5d4a270f59746");
    e2m_pkey_free(k);

    k = key_of("PRIVATE KEY", HEX(X25519_A));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(e2m_pkey_agree(c, k, HEX(X25519_B), &z), E2M_OK);
        assert_octets(z.data, z.len,
                      "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b"
                      "3c1e161742");
    }
    e2m_pkey_free(k);
}

static void
refused(const e2m_pkey *k, e2m_bytes point)
{
    e2m_secret z = { .len = 1 };

    assert_int_equal(e2m_pkey_agree(c, k, point, &z), E2M_E_CRYPTO);
    assert_int_equal(ERR_peek_error(), 0);
}

/* Off the curve, infinity, compressed, hybrid, another length, another curve;
 * and the good point still works afterwards. */
static void
test_bad_points(void **state)
{
    e2m_pkey *k = key_of("EC PRIVATE KEY", HEX(P256_I));
    const e2m_bytes good = HEX(P256_R);
    uint8_t p[66];
    e2m_secret z;

    (void)state;
    for (size_t bit = 8; bit < 65 * 8; bit++) {
        memcpy(p, good.data, 65);
        p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        refused(k, (e2m_bytes){ p, 65 });
    }
    memcpy(p, good.data, 65);
    for (size_t len = 0; len < 65; len++) {
        refused(k, (e2m_bytes){ p, len });
    }
    p[65] = 0;
    refused(k, (e2m_bytes){ p, 66 });
    for (int form = 0; form < 256; form++) {
        p[0] = (uint8_t)form;
        if (form != 4) {
            refused(k, (e2m_bytes){ p, 65 });
        }
    }
    p[0] = good.data[64] & 1 ? 3 : 2;
    refused(k, (e2m_bytes){ p, 33 }); /* the same point, compressed */
    p[0] = 0;
    refused(k, (e2m_bytes){ p, 1 }); /* infinity */
    memset(p, 0, sizeof p);
    p[0] = 4;
    refused(k, (e2m_bytes){ p, 65 });
    assert_int_equal(e2m_pkey_agree(c, k, good, &z), E2M_OK);
    assert_octets(z.data, z.len,
                  "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b"
                  "9442de");
    e2m_pkey_free(k);
}

/* Points of small order, RFC 7748 sec. 7: the common value would be zero. */
static void
test_x25519_small_order(void **state)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    e2m_pkey *k = key_of("PRIVATE KEY", HEX(X25519_A));
    uint8_t p[33];
    e2m_secret z;

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        refused(k, hex_read(points[i], p));
    }
    hex_read(X25519_B, p);
    refused(k, (e2m_bytes){ p, 31 });
    p[32] = 0;
    refused(k, (e2m_bytes){ p, 33 });
    assert_int_equal(e2m_pkey_agree(c, k, HEX(X25519_B), &z), E2M_OK);
    e2m_pkey_free(k);
}

/* ---- against OpenSSL's own derive -------------------------------------- */

static EVP_PKEY *
evp_new(e2m_key_kind kind)
{
    return kind == E2M_KEY_X25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "X25519")
           : kind == E2M_KEY_P256
               ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")
               : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
}

static e2m_secret
evp_agree(EVP_PKEY *own, EVP_PKEY *peer)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
    e2m_secret z = { .len = E2M_SECRET_MAX };

    assert_true(EVP_PKEY_derive_init(ctx) > 0);
    assert_true(EVP_PKEY_derive_set_peer(ctx, peer) > 0);
    assert_true(EVP_PKEY_derive(ctx, z.data, &z.len) > 0);
    EVP_PKEY_CTX_free(ctx);
    return z;
}

static EVP_PKEY *
evp_of_point(EVP_PKEY *like, e2m_bytes point)
{
    EVP_PKEY *peer;

    if (EVP_PKEY_is_a(like, "X25519")) {
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point.data,
                                           point.len);
    }
    peer = EVP_PKEY_new();
    assert_true(EVP_PKEY_copy_parameters(peer, like) > 0);
    assert_true(EVP_PKEY_set1_encoded_public_key(peer, point.data,
                                                 point.len) > 0);
    return peer;
}

static void
test_second_implementation(void **state)
{
    static const e2m_key_kind kinds[] = { E2M_KEY_P256, E2M_KEY_P384,
                                          E2M_KEY_X25519 };

    (void)state;
    for (size_t i = 0; i < 3 * 8; i++) {
        EVP_PKEY *own = evp_new(kinds[i % 3]);
        e2m_pkey *k = key_of_evp(own);
        e2m_pub *p = pub_of_evp(own);
        e2m_ephemeral *e = NULL;
        EVP_PKEY *peer;
        e2m_secret a;
        e2m_secret b;
        e2m_secret z;

        assert_int_equal(e2m_pkey_kind(k), kinds[i % 3]);
        assert_int_equal(e2m_ephemeral_new(c, kinds[i % 3], &e), E2M_OK);
        assert_int_equal(e2m_ephemeral_point(e).len, e2m_pub_size(p));
        peer = evp_of_point(own, e2m_ephemeral_point(e));
        z = evp_agree(own, peer);
        assert_int_equal(e2m_ephemeral_agree(c, e, p, &a), E2M_OK);
        assert_int_equal(e2m_pkey_agree(c, k, e2m_ephemeral_point(e), &b),
                         E2M_OK);
        assert_int_equal(a.len, z.len);
        assert_int_equal(b.len, z.len);
        assert_memory_equal(a.data, z.data, z.len);
        assert_memory_equal(b.data, z.data, z.len);
        e2m_ephemeral_free(e);
        e2m_pub_free(p);
        e2m_pkey_free(k);
        EVP_PKEY_free(peer);
        EVP_PKEY_free(own);
    }
}

/* One ephemeral key serves several readers; kinds do not mix. */
static void
test_ephemeral(void **state)
{
    EVP_PKEY *one = evp_new(E2M_KEY_P256);
    EVP_PKEY *two = evp_new(E2M_KEY_P256);
    EVP_PKEY *x = evp_new(E2M_KEY_X25519);
    e2m_pub *p1 = pub_of_evp(one);
    e2m_pub *p2 = pub_of_evp(two);
    e2m_pub *px = pub_of_evp(x);
    e2m_ephemeral *e = NULL;
    e2m_ephemeral *f = NULL;
    e2m_secret z1;
    e2m_secret z2;
    e2m_secret again;

    (void)state;
    assert_int_equal(e2m_ephemeral_new(c, E2M_KEY_RSA, &e), E2M_E_ARG);
    assert_int_equal(e2m_ephemeral_new(c, E2M_KEY_ED25519, &e), E2M_E_ARG);
    assert_null(e);
    assert_int_equal(e2m_ephemeral_new(c, E2M_KEY_P256, &e), E2M_OK);
    assert_int_equal(e2m_ephemeral_new(c, E2M_KEY_P256, &f), E2M_OK);
    assert_false(e2m_bytes_eq(e2m_ephemeral_point(e),
                              e2m_ephemeral_point(f)));
    assert_int_equal(e2m_ephemeral_agree(c, e, p1, &z1), E2M_OK);
    assert_int_equal(e2m_ephemeral_agree(c, e, p2, &z2), E2M_OK);
    assert_int_equal(e2m_ephemeral_agree(c, e, p1, &again), E2M_OK);
    assert_memory_equal(z1.data, again.data, 32);
    assert_memory_not_equal(z1.data, z2.data, 32);
    assert_int_equal(e2m_ephemeral_agree(c, e, px, &z1), E2M_E_ARG);
    e2m_ephemeral_free(e);
    e2m_ephemeral_free(f);
    e2m_ephemeral_free(NULL);
    e2m_pub_free(p1);
    e2m_pub_free(p2);
    e2m_pub_free(px);
    EVP_PKEY_free(one);
    EVP_PKEY_free(two);
    EVP_PKEY_free(x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_bad_points),
        cmocka_unit_test(test_x25519_small_order),
        cmocka_unit_test(test_second_implementation),
        cmocka_unit_test(test_ephemeral),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
