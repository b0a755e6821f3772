/* SPDX-License-Identifier: BSD-3-Clause */
/* The key of later messages out of an earlier one's (RFC 3185 sec. 3). The
 * vectors were computed independently; the key wrap agrees with RFC 3394's. */
#include "cms_test.h"
#include "hex.h"

static e2m_crypto *c;

static int
setup(void **state)
{
    (void)state;
    return e2m_crypto_new(&c) == E2M_OK ? 0 : 1;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_crypto_free(c);
    return 0;
}

static void
expect_kek(const char *cek_hex, e2m_bytes derivation, const char *kek_hex,
           const char *wrapped_hex)
{
    const e2m_secret cek = hex_secret(cek_hex);
    const e2m_secret want = hex_secret(kek_hex);
    const e2m_secret next = hex_secret("00112233445566778899aabbccddeeff");
    const e2m_secret wrapped_want = hex_secret(wrapped_hex);
    uint8_t wrapped[24];
    e2m_secret kek = { .len = 0 };
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_cms_reuse_kek(&env, c, &cek, derivation, &kek),
                     E2M_OK);
    assert_int_equal(kek.len, want.len);
    assert_memory_equal(kek.data, want.data, want.len);
    assert_int_equal(e2m_kw_wrap(c, &kek, &next, wrapped), E2M_OK);
    assert_memory_equal(wrapped, wrapped_want.data, sizeof wrapped);
    e2m_env_done(&env);
}

/* id-aes128-wrap, salt 0102030405060708, 1000 rounds, 16 octets */
static const uint8_t derivation[] = {
    0x30, 0x20, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
    0x04, 0x01, 0x05, 0x30, 0x11, 0x04, 0x08, 0x01, 0x02, 0x03, 0x04, 0x05,
    0x06, 0x07, 0x08, 0x02, 0x02, 0x03, 0xe8, 0x02, 0x01, 0x10
};

/* SPEC mech:2.4:1 */
static void
test_vectors(void **state)
{
    (void)state;
    expect_kek("000102030405060708090a0b0c0d0e0f", E2M_NONE,
               "0f0e0d0c0b0a09080706050403020100",
               "50437eec0b4a9ca58f60669a1568af52a2a81db64cd6b799");
    expect_kek("000102030405060708090a0b0c0d0e0f"
               "101112131415161718191a1b1c1d1e1f",
               (e2m_bytes){ derivation, sizeof derivation },
               "c7352e2ce229ad2655f12bad3699964c",
               "9d3782cfc65a9d134f5267e64e48e793fa4da041c1c90919");
}

static e2m_err
derive(const uint8_t *der, size_t len)
{
    const e2m_secret cek = hex_secret("000102030405060708090a0b0c0d0e0f");
    e2m_secret kek = { .len = 0 };
    e2m_env env;
    e2m_err err;

    e2m_env_init(&env, NULL, NULL);
    err = e2m_cms_reuse_kek(&env, c, &cek, (e2m_bytes){ der, len }, &kek);
    e2m_env_done(&env);
    return err;
}

/* A stranger's numbers are bounded: rounds, key length, wrap algorithm. */
static void
test_bounds(void **state)
{
    uint8_t d[sizeof derivation];

    (void)state;
    memcpy(d, derivation, sizeof d);
    d[29] = 0x03; /* 1000 rounds */
    d[30] = 0xe8;
    assert_int_equal(derive(d, sizeof d), E2M_OK);
    d[30] = 0xe9; /* one more */
    assert_int_equal(derive(d, sizeof d), E2M_E_UNSUPPORTED);
    memcpy(d, derivation, sizeof d);
    d[33] = 0x20; /* no AES-128 key */
    assert_int_equal(derive(d, sizeof d), E2M_E_UNSUPPORTED);
    memcpy(d, derivation, sizeof d);
    d[14] = 0x01; /* another algorithm */
    assert_int_equal(derive(d, sizeof d), E2M_E_UNSUPPORTED);
    for (size_t n = 1; n < sizeof d; n++) {
        assert_int_equal(derive(derivation, n), E2M_E_SYNTAX);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
