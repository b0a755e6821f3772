/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "hex.h"

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

/* FIPS 180-2 appendix; in one slice, in three, and empty */
static void
test_known_digests(void **state)
{
    static const struct {
        e2m_digest d;
        const char *abc;
        const char *nothing;
    } t[] = {
        { E2M_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d",
          "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
        { E2M_SHA256,
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { E2M_SHA384,
          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
          "8086072ba1e7cc2358baeca134c825a7",
          "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
          "274edebfe76f65fbd51ad2f14898b95b" },
        { E2M_SHA512,
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
          "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
          "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e" },
    };
    const e2m_bytes parts[] = { E2M_LIT("a"), E2M_NONE, E2M_LIT("bc") };
    const e2m_bytes whole = E2M_LIT("abc");
    uint8_t out[E2M_DIGEST_MAX];
    uint8_t want[E2M_DIGEST_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        const size_t size = e2m_digest_size(t[i].d);

        assert_int_equal(hex_read(t[i].abc, want).len, size);
        assert_int_equal(e2m_hash(c, t[i].d, &whole, 1, out), E2M_OK);
        assert_memory_equal(out, want, size);
        assert_int_equal(e2m_hash(c, t[i].d, parts, 3, out), E2M_OK);
        assert_memory_equal(out, want, size);
        hex_read(t[i].nothing, want);
        assert_int_equal(e2m_hash(c, t[i].d, NULL, 0, out), E2M_OK);
        assert_memory_equal(out, want, size);
    }
    assert_int_equal(e2m_hash(c, E2M_DIGEST_NONE, &whole, 1, out), E2M_E_ARG);
    assert_int_equal(e2m_sha256(whole, out), E2M_OK);
    hex_read(t[1].abc, want);
    assert_memory_equal(out, want, 32);
}

/* NIST CAVS 12.0, ANSI X9.63, SHA-256 with and without SharedInfo */
static void
test_x963(void **state)
{
    e2m_secret z =
        hex_secret("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08");
    e2m_secret out = { .len = 16 };

    (void)state;
    assert_int_equal(e2m_kdf_x963(c, E2M_SHA256, &z, E2M_NONE, &out), E2M_OK);
    assert_octets(out.data, out.len, "443024c3dae66b95e6f5670601558f71");

    z = hex_secret("22518b10e70f2a3f243810ae3254139efbee04aa57c7af7d");
    out.len = 64; /* two blocks: the counter moves */
    assert_int_equal(e2m_kdf_x963(c, E2M_SHA256, &z,
                                  HEX("75eef81aa3041e33b80971203d2c0c52"),
                                  &out),
                     E2M_OK);
    assert_octets(out.data, out.len,
                  "c498af77161cc59f2962b9a713e2b215152d139766ce34a776df11866a"
                  "69bf2e52a13d9c7c6fc878c50c5ea0bc7b00e0da2447cfd874f6cf92f3"
                  "0d0097111485");

    out.len = 0;
    assert_int_equal(e2m_kdf_x963(c, E2M_SHA256, &z, E2M_NONE, &out),
                     E2M_E_ARG);
    out.len = 65;
    assert_int_equal(e2m_kdf_x963(c, E2M_SHA256, &z, E2M_NONE, &out),
                     E2M_E_ARG);
    out.len = 16;
    assert_int_equal(e2m_kdf_x963(c, E2M_DIGEST_NONE, &z, E2M_NONE, &out),
                     E2M_E_ARG);
}

/* RFC 5869 A.1, A.2 (its first 64 octets), A.3, A.4 and a CMS value */
static void
test_hkdf(void **state)
{
    e2m_secret out = { .len = 42 };

    (void)state;
    assert_int_equal(
        e2m_kdf_hkdf(c, E2M_SHA256,
                     HEX("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
                     HEX("000102030405060708090a0b0c"),
                     HEX("f0f1f2f3f4f5f6f7f8f9"), &out),
        E2M_OK);
    assert_octets(out.data, out.len,
                  "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ec"
                  "c4c5bf34007208d5b887185865");

    out.len = 64; /* a salt longer than a block, and two rounds */
    assert_int_equal(
        e2m_kdf_hkdf(
            c, E2M_SHA256,
            HEX("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
                "1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b"
                "3c3d3e3f404142434445464748494a4b4c4d4e4f"),
            HEX("606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d"
                "7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b"
                "9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf"),
            HEX("b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccd"
                "cecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaeb"
                "ecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
            &out),
        E2M_OK);
    assert_octets(out.data, out.len,
                  "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19"
                  "afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b83677"
                  "93a9aca3db71");

    out.len = 42;
    assert_int_equal(
        e2m_kdf_hkdf(c, E2M_SHA256,
                     HEX("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
                     E2M_NONE, E2M_NONE, &out),
        E2M_OK);
    assert_octets(out.data, out.len,
                  "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c"
                  "738d2d9d201395faa4b61a96c8");

    out.len = 42;
    assert_int_equal(e2m_kdf_hkdf(c, E2M_SHA1,
                                  HEX("0b0b0b0b0b0b0b0b0b0b0b"),
                                  HEX("000102030405060708090a0b0c"),
                                  HEX("f0f1f2f3f4f5f6f7f8f9"), &out),
                     E2M_OK);
    assert_octets(out.data, out.len,
                  "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f1"
                  "55fda2c22e422478d305f3f896");

    out.len = 16; /* RFC 9709 */
    assert_int_equal(
        e2m_kdf_hkdf(c, E2M_SHA256, HEX("c702e7d0a9e064b09ba55245fb733cf3"),
                     E2M_LIT("The Cryptographic Message Syntax"),
                     HEX("301b0609608648016503040106300e040c5c79058ba2f4344763"
                         "9d29e2"),
                     &out),
        E2M_OK);
    assert_octets(out.data, out.len, "2124ffb29fac4e0fbbc7d5d87492bff3");

    out.len = 65;
    assert_int_equal(e2m_kdf_hkdf(c, E2M_SHA256, E2M_LIT("x"), E2M_NONE,
                                  E2M_NONE, &out),
                     E2M_E_ARG);
}

/* HMAC blocks are 128 octets from SHA-384 on; against OpenSSL's HKDF. */
static void
test_hkdf_sha512_block(void **state)
{
    e2m_secret out = { .len = 32 };

    (void)state;
    assert_int_equal(
        e2m_kdf_hkdf(c, E2M_SHA512,
                     HEX("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
                     HEX("000102030405060708090a0b0c"),
                     HEX("f0f1f2f3f4f5f6f7f8f9"), &out),
        E2M_OK);
    assert_octets(out.data, out.len,
                  "832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c14"
                  "815793");
}

/* RFC 6070, and the key derivation of RFC 3185 with our own numbers */
static void
test_pbkdf2(void **state)
{
    e2m_secret out = { .len = 20 };

    (void)state;
    assert_int_equal(e2m_kdf_pbkdf2(c, E2M_LIT("password"), E2M_LIT("salt"),
                                    4096, &out),
                     E2M_OK);
    assert_octets(out.data, out.len,
                  "4b007901b765489abead49d926f721d065a429c1");
    out.len = 16;
    assert_int_equal(
        e2m_kdf_pbkdf2(c,
                       HEX("000102030405060708090a0b0c0d0e0f1011121314151617"
                           "18191a1b1c1d1e1f"),
                       HEX("0102030405060708"), 1000, &out),
        E2M_OK);
    assert_octets(out.data, out.len, "c7352e2ce229ad2655f12bad3699964c");
    assert_int_equal(e2m_kdf_pbkdf2(c, E2M_LIT("p"), E2M_LIT("s"), 0, &out),
                     E2M_E_ARG);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_digests),
        cmocka_unit_test(test_x963),
        cmocka_unit_test(test_hkdf),
        cmocka_unit_test(test_hkdf_sha512_block),
        cmocka_unit_test(test_pbkdf2),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
