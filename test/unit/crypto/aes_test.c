/* SPDX-License-Identifier: BSD-3-Clause */
/* AES: GCM, CBC and key wrap. */
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

static bool
all_zero(const uint8_t *p, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++) {
        any |= p[i];
    }
    return any == 0;
}

/* ---- GCM: McGrew and Viega, test cases 2, 4, 10, 16 -------------------- */

static const char gcm_plain[] =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char gcm_aad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";

static void
test_gcm_known(void **state)
{
    static const struct {
        const char *key;
        const char *sealed;
        const char *tag;
    } t[] = {
        { "feffe9928665731c6d6a8f9467308308",
          "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
          "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
          "5bc94fbc3221a5db94fae95ae7121a47" },
        { "feffe9928665731c6d6a8f9467308308feffe9928665731c",
          "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
          "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
          "2519498e80f1478f37ba55bd6d27618c" },
        { "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
          "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
          "76fc6ece0f4e1768cddf8853bb2d551b" },
    };
    const e2m_bytes nonce = HEX("cafebabefacedbaddecaf888");
    const e2m_bytes plain = HEX(gcm_plain);
    const e2m_bytes aad = HEX(gcm_aad);

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        const e2m_secret key = hex_secret(t[i].key);
        uint8_t out[60];
        uint8_t want[61];
        uint8_t tag[16];
        uint8_t back[60];

        assert_int_equal(
            e2m_gcm_seal(c, &key, nonce.data, aad, plain, out, tag), E2M_OK);
        hex_read(t[i].sealed, want);
        assert_memory_equal(out, want, 60);
        hex_read(t[i].tag, want);
        assert_memory_equal(tag, want, 16);
        assert_int_equal(e2m_gcm_open(c, &key, nonce, aad,
                                      (e2m_bytes){ out, 60 },
                                      (e2m_bytes){ tag, 16 }, back),
                         E2M_OK);
        assert_memory_equal(back, plain.data, 60);
    }
}

/* Any bit of text, tag, nonce, aad or key changed: refused and wiped. */
static void
test_gcm_forged(void **state)
{
    e2m_secret key = hex_secret("feffe9928665731c6d6a8f9467308308");
    uint8_t nonce[12] = { 1, 2, 3 };
    uint8_t aad[5] = "abcd";
    uint8_t text[40];
    uint8_t tag[16];
    uint8_t back[40];
    struct {
        uint8_t *p;
        size_t len;
    } all[] = { { nonce, 12 }, { aad, 5 }, { text, 40 }, { tag, 16 },
                { key.data, 16 } };

    (void)state;
    memset(back, 'x', sizeof back);
    assert_int_equal(e2m_gcm_seal(c, &key, nonce, (e2m_bytes){ aad, 5 },
                                  (e2m_bytes){ back, 40 }, text, tag),
                     E2M_OK);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (size_t bit = 0; bit < all[i].len * 8; bit++) {
            all[i].p[bit / 8] ^= (uint8_t)(1 << bit % 8);
            memset(back, 'y', sizeof back);
            assert_int_equal(e2m_gcm_open(c, &key, (e2m_bytes){ nonce, 12 },
                                          (e2m_bytes){ aad, 5 },
                                          (e2m_bytes){ text, 40 },
                                          (e2m_bytes){ tag, 16 }, back),
                             E2M_E_CRYPTO);
            assert_true(all_zero(back, sizeof back));
            all[i].p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    assert_int_equal(e2m_gcm_open(c, &key, (e2m_bytes){ nonce, 12 },
                                  (e2m_bytes){ aad, 5 },
                                  (e2m_bytes){ text, 40 },
                                  (e2m_bytes){ tag, 16 }, back),
                     E2M_OK);
}

/* Tags of 12 to 16 octets are read; a 12-octet tag does not shorten the next
 * one that is made, though the context is the same. */
static void
test_gcm_sizes(void **state)
{
    e2m_secret key = hex_secret("feffe9928665731c6d6a8f9467308308");
    const uint8_t nonce[13] = { 0 };
    uint8_t tag[16];
    uint8_t again[16];
    uint8_t room[4] = "abc";
    uint8_t out[4];

    (void)state;
    assert_int_equal(e2m_gcm_seal(c, &key, nonce, E2M_NONE,
                                  (e2m_bytes){ room, 4 }, out, tag),
                     E2M_OK);
    for (size_t len = 0; len <= 16; len++) {
        assert_int_equal(
            e2m_gcm_open(c, &key, (e2m_bytes){ nonce, 12 }, E2M_NONE,
                         (e2m_bytes){ out, 4 }, (e2m_bytes){ tag, len },
                         room),
            len >= 12 ? E2M_OK : E2M_E_CRYPTO);
        memset(again, 0, sizeof again);
        memcpy(room, "abc", 4);
        assert_int_equal(e2m_gcm_seal(c, &key, nonce, E2M_NONE,
                                      (e2m_bytes){ room, 4 }, out, again),
                         E2M_OK);
        assert_memory_equal(tag, again, 16);
    }
    assert_int_equal(e2m_gcm_open(c, &key, (e2m_bytes){ nonce, 13 },
                                  E2M_NONE, (e2m_bytes){ out, 4 },
                                  (e2m_bytes){ tag, 16 }, room),
                     E2M_E_CRYPTO);
    assert_int_equal(e2m_gcm_open(c, &key, (e2m_bytes){ nonce, 11 },
                                  E2M_NONE, (e2m_bytes){ out, 4 },
                                  (e2m_bytes){ tag, 16 }, room),
                     E2M_E_CRYPTO);
    key.len = 17;
    assert_int_equal(e2m_gcm_seal(c, &key, nonce, E2M_NONE,
                                  (e2m_bytes){ room, 4 }, out, tag),
                     E2M_E_CRYPTO);
    key.len = 16;
    assert_int_equal(e2m_gcm_seal(c, &key, nonce, E2M_NONE, E2M_NONE, out,
                                  tag),
                     E2M_OK);
    assert_int_equal(e2m_gcm_open(c, &key, (e2m_bytes){ nonce, 12 },
                                  E2M_NONE, E2M_NONE,
                                  (e2m_bytes){ tag, 16 }, room),
                     E2M_OK);
    tag[0] ^= 1;
    assert_int_equal(e2m_gcm_open(c, &key, (e2m_bytes){ nonce, 12 },
                                  E2M_NONE, E2M_NONE,
                                  (e2m_bytes){ tag, 16 }, room),
                     E2M_E_CRYPTO);
}

/* ---- CBC: SP 800-38A F.2.1, F.2.3, F.2.5 -------------------------------- */

static void
test_cbc_known(void **state)
{
    static const struct {
        const char *key;
        const char *sealed;
    } t[] = {
        { "2b7e151628aed2a6abf7158809cf4f3c",
          "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
          "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7" },
        { "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
          "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
          "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd" },
        { "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
          "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
          "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b" },
    };
    const e2m_bytes iv = HEX("000102030405060708090a0b0c0d0e0f");
    const e2m_bytes plain = HEX(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        const e2m_secret key = hex_secret(t[i].key);
        uint8_t out[80];
        uint8_t want[65];
        uint8_t back[80];
        size_t len = 0;

        assert_int_equal(e2m_cbc_seal(c, &key, iv.data, plain, out), E2M_OK);
        hex_read(t[i].sealed, want);
        assert_memory_equal(out, want, 64);
        assert_int_equal(
            e2m_cbc_open(c, &key, iv, (e2m_bytes){ out, 80 }, back, &len),
            E2M_OK);
        assert_int_equal(len, 64);
        assert_memory_equal(back, plain.data, 64);
    }
}

static void
test_cbc_every_length(void **state)
{
    const e2m_secret key = hex_secret("2b7e151628aed2a6abf7158809cf4f3c");
    const uint8_t iv[16] = { 7 };
    uint8_t plain[50];
    uint8_t out[64];
    uint8_t back[64];
    size_t len = 99;

    (void)state;
    memset(plain, 0x11, sizeof plain);
    for (size_t n = 0; n <= sizeof plain; n++) {
        const size_t sealed = n / 16 * 16 + 16;

        assert_int_equal(
            e2m_cbc_seal(c, &key, iv, (e2m_bytes){ plain, n }, out), E2M_OK);
        assert_int_equal(e2m_cbc_open(c, &key, (e2m_bytes){ iv, 16 },
                                      (e2m_bytes){ out, sealed }, back, &len),
                         E2M_OK);
        assert_int_equal(len, n);
        assert_memory_equal(back, plain, n);
        assert_true(all_zero(back + n, sealed - n));
    }
    for (size_t n = 0; n < 48; n++) { /* no padding, or part of a block */
        if (n % 16 != 0 || n == 0) {
            assert_int_equal(e2m_cbc_open(c, &key, (e2m_bytes){ iv, 16 },
                                          (e2m_bytes){ out, n }, back, &len),
                             E2M_E_CRYPTO);
        }
    }
    assert_int_equal(e2m_cbc_open(c, &key, (e2m_bytes){ iv, 15 },
                                  (e2m_bytes){ out, 16 }, back, &len),
                     E2M_E_CRYPTO);
}

/* All octets of the padding count: by the IV of one block every plaintext can
 * be made. */
static void
test_cbc_padding(void **state)
{
    const e2m_secret key = hex_secret("2b7e151628aed2a6abf7158809cf4f3c");
    uint8_t zero[16] = { 0 };
    uint8_t out[32];
    uint8_t back[16];
    uint8_t iv[16];
    size_t len = 99;

    (void)state;
    /* out[0..15] decrypts to zeros under a zero IV, so the IV is the text */
    assert_int_equal(
        e2m_cbc_seal(c, &key, zero, (e2m_bytes){ zero, 16 }, out), E2M_OK);
    for (unsigned pad = 0; pad <= 17; pad++) {
        memset(iv, (int)pad, sizeof iv);
        assert_int_equal(e2m_cbc_open(c, &key, (e2m_bytes){ iv, 16 },
                                      (e2m_bytes){ out, 16 }, back, &len),
                         pad >= 1 && pad <= 16 ? E2M_OK : E2M_E_CRYPTO);
        for (unsigned wrong = 0; wrong < 16; wrong++) {
            const bool counts = wrong >= 16 - pad;

            memset(iv, (int)pad, sizeof iv);
            iv[wrong] ^= 0x40;
            memset(back, 'y', sizeof back);
            len = 99;
            if (pad < 1 || pad > 16 || counts) {
                assert_int_equal(
                    e2m_cbc_open(c, &key, (e2m_bytes){ iv, 16 },
                                 (e2m_bytes){ out, 16 }, back, &len),
                    E2M_E_CRYPTO);
                assert_true(all_zero(back, 16));
                assert_int_equal(len, 99);
            }
        }
    }
}

/* ---- key wrap: RFC 3394 sec. 4.1 to 4.6, and facts of RFC 3185 ---------- */

static void
test_kw_known(void **state)
{
    static const struct {
        const char *kek;
        const char *key;
        const char *wrapped;
    } t[] = {
        { "000102030405060708090A0B0C0D0E0F",
          "00112233445566778899AABBCCDDEEFF",
          "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5" },
        { "000102030405060708090A0B0C0D0E0F1011121314151617",
          "00112233445566778899AABBCCDDEEFF",
          "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D" },
        { "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
          "00112233445566778899AABBCCDDEEFF",
          "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7" },
        { "000102030405060708090A0B0C0D0E0F1011121314151617",
          "00112233445566778899AABBCCDDEEFF0001020304050607",
          "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2" },
        { "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
          "00112233445566778899AABBCCDDEEFF0001020304050607",
          "A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1" },
        { "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
          "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
          "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326"
          "CBC7F0E71A99F43BFB988B9B7A02DD21" },
        /* RFC 3185: the reversed content key as key-encryption key */
        { "0f0e0d0c0b0a09080706050403020100",
          "00112233445566778899aabbccddeeff",
          "50437eec0b4a9ca58f60669a1568af52a2a81db64cd6b799" },
        { "c7352e2ce229ad2655f12bad3699964c",
          "00112233445566778899aabbccddeeff",
          "9d3782cfc65a9d134f5267e64e48e793fa4da041c1c90919" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        const e2m_secret kek = hex_secret(t[i].kek);
        const e2m_secret key = hex_secret(t[i].key);
        uint8_t out[72];
        uint8_t want[73];
        e2m_secret back;
        const size_t len = hex_read(t[i].wrapped, want).len;

        assert_int_equal(e2m_kw_wrap(c, &kek, &key, out), E2M_OK);
        assert_int_equal(len, key.len + 8);
        assert_memory_equal(out, want, len);
        assert_int_equal(
            e2m_kw_unwrap(c, &kek, (e2m_bytes){ out, len }, &back), E2M_OK);
        assert_int_equal(back.len, key.len);
        assert_memory_equal(back.data, key.data, key.len);
        for (size_t bit = 0; bit < len * 8; bit++) {
            out[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(
                e2m_kw_unwrap(c, &kek, (e2m_bytes){ out, len }, &back),
                E2M_E_CRYPTO);
            assert_int_equal(back.len, 0);
            assert_true(all_zero(back.data, sizeof back.data));
            out[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

static void
test_kw_sizes(void **state)
{
    const e2m_secret kek = hex_secret("000102030405060708090A0B0C0D0E0F");
    const e2m_secret other = hex_secret("100102030405060708090A0B0C0D0E0F");
    e2m_secret key = { .len = 0 };
    e2m_secret back;
    uint8_t out[80];

    (void)state;
    for (size_t len = 0; len <= E2M_SECRET_MAX; len++) {
        const bool fits = len >= 16 && len % 8 == 0;

        key.len = len;
        assert_int_equal(e2m_kw_wrap(c, &kek, &key, out),
                         fits ? E2M_OK : E2M_E_ARG);
        if (fits) {
            assert_int_equal(
                e2m_kw_unwrap(c, &kek, (e2m_bytes){ out, len + 8 }, &back),
                E2M_OK);
            assert_int_equal(
                e2m_kw_unwrap(c, &other, (e2m_bytes){ out, len + 8 }, &back),
                E2M_E_CRYPTO);
        }
    }
    for (size_t len = 0; len <= sizeof out; len++) { /* no valid length */
        if (len % 8 != 0 || len < 24 || len > 72) {
            assert_int_equal(
                e2m_kw_unwrap(c, &kek, (e2m_bytes){ out, len }, &back),
                E2M_E_CRYPTO);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gcm_known),   cmocka_unit_test(test_gcm_forged),
        cmocka_unit_test(test_gcm_sizes),   cmocka_unit_test(test_cbc_known),
        cmocka_unit_test(test_cbc_every_length),
        cmocka_unit_test(test_cbc_padding), cmocka_unit_test(test_kw_known),
        cmocka_unit_test(test_kw_sizes),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
