/* SPDX-License-Identifier: BSD-3-Clause */
/* One known answer of each primitive: what the tests prove of a build, this
 * proves of the process it runs in. About 2 ms. */
#include "crypto/internal.h"

/* ---- vectors, in hex -------------------------------------------------- */

/* RFC 5903 sec. 8.1: the initiator's key as RFC 5915 ECPrivateKey, the
 * responder's point, the common x */
static const char p256_key[] =
    "30310201010420"
    "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"
    "a00a06082a8648ce3d030107";
static const char p256_point[] =
    "04"
    "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
    "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab";
static const char p256_z[] =
    "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de";

/* RFC 7748 sec. 6.1 */
static const char x25519_key[] =
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
static const char x25519_point[] =
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
static const char x25519_z[] =
    "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

/* RFC 6979 sec. A.2.5, SHA-256, "sample" */
static const char ecdsa_spki[] =
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
static const char ecdsa_sig[] =
    "3046022100"
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "022100"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

/* RFC 8032 sec. 7.1, test 2: the message is one octet, 72 */
static const char ed25519_spki[] =
    "302a300506032b6570032100"
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
static const char ed25519_sig[] =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

/* Made once by a key thrown away: PKCS#1 v1.5, SHA-256, "e2m" */
static const char rsa_spki[] =
    "30820122300d06092a864886f70d01010105000382010f003082010a02820101"
    "00b780310c623effa1f57242b174815c5d1cbbecf3203b391be6a2b2126a886b"
    "0a707fa72a555dfdb964042876944035034f3b19b201d18993d3e0d6580f8131"
    "4a2fd76c739db6cb895a021f8419b699820d99c16b0ca15cc5df98c5390e690b"
    "59f18ce7cfa2f69a32a92e361de97d745bb752c0a4871633f04e11f6419000e3"
    "7428049c05629c4bc88e16446444505fcc600ff27ef9aef694143b1b4bef8234"
    "57ef342b3988d3afd51d9bfc90a121829a83f774a04840de2ba88fbe18984f01"
    "63f8c422e4a992bdb4584a51a1f34909a0baff6fd043459aa910d2d2a4661cd1"
    "a38468f3f720ff5e5bdb938622e0384e48f872bdcc091bdfc6369499f8253ad4"
    "a90203010001";
static const char rsa_sig[] =
    "62c4fb7c7b6ce80501a066480f956636c56e16e66e6b171eb210252c7f6d1d4a"
    "df501d6fd6fe801ac478b897e5213a178345b816a876fdaf87b67b67595ee084"
    "74c0ce738e0e9f3a46718bb252735155d96603a3f7eecc0807059a8b9437fb9b"
    "b39c12f53ad5665fba3c5f6f34e45aaf7fb17aa689bc10131b2d27571dad3ca6"
    "687a21dec4481d8d2a4da6cb289277baaa8be9d4259c85c2c3cabd408865d8a1"
    "dad33f46a9f84ae139ef1efb16c24e37b5f7417b8c0994b9f70915d6cbae5844"
    "08431f569478b7fb0ee361c3eb18532df4a3832a698212ad10787fb117dc0f85"
    "4d2d343150976a9945756c786fcdb62a0dd8ccd062087df5e4d1b616135262e8";

/* ---- reading them ----------------------------------------------------- */

enum { HEX_MAX = 300 };

typedef struct octets {
    uint8_t data[HEX_MAX];
    size_t len;
} octets;

static unsigned
nibble(char digit)
{
    return digit >= 'a' ? (unsigned)(digit - 'a') + 10
                        : (unsigned)(digit - '0');
}

static e2m_bytes
hex(const char *text, octets *out)
{
    out->len = strlen(text) / 2;
    for (size_t i = 0; i < out->len; i++) {
        out->data[i] =
            (uint8_t)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
    }
    return (e2m_bytes){ out->data, out->len };
}

static bool
equals(const uint8_t *data, size_t len, const char *expect)
{
    octets o;

    return e2m_bytes_eq((e2m_bytes){ data, len }, hex(expect, &o));
}

static void
set(e2m_secret *s, const char *text)
{
    octets o;
    const e2m_bytes b = hex(text, &o);

    memcpy(s->data, b.data, b.len);
    s->len = b.len;
}

/* ---- the primitives --------------------------------------------------- */

static bool
digests_ok(e2m_crypto *c)
{
    const e2m_bytes abc = E2M_LIT("abc");
    uint8_t out[E2M_DIGEST_MAX];

    return e2m_hash(c, E2M_SHA1, &abc, 1, out) == E2M_OK &&
           equals(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d") &&
           e2m_hash(c, E2M_SHA256, &abc, 1, out) == E2M_OK &&
           equals(out, 8, "ba7816bf8f01cfea") &&
           e2m_hash(c, E2M_SHA384, &abc, 1, out) == E2M_OK &&
           equals(out, 8, "cb00753f45a35e8b") &&
           e2m_hash(c, E2M_SHA512, &abc, 1, out) == E2M_OK &&
           equals(out, 8, "ddaf35a193617aba");
}

static bool
kdfs_ok(e2m_crypto *c)
{
    octets o;
    e2m_secret z;
    e2m_secret out = { .len = 16 };

    set(&z, "96c05619d56c328ab95fe84b18264b08725b85e33fd34f08");
    if (e2m_kdf_x963(c, E2M_SHA256, &z, E2M_NONE, &out) != E2M_OK ||
        !equals(out.data, 16, "443024c3dae66b95e6f5670601558f71")) {
        return false;
    }
    out.len = 16; /* RFC 5869 sec. A.3 */
    if (e2m_kdf_hkdf(c, E2M_SHA256,
                     hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", &o),
                     E2M_NONE, E2M_NONE, &out) != E2M_OK ||
        !equals(out.data, 16, "8da4e775a563c18f715f802a063c5a31")) {
        return false;
    }
    out.len = 20; /* RFC 6070 */
    return e2m_kdf_pbkdf2(c, E2M_LIT("password"), E2M_LIT("salt"), 2, &out) ==
               E2M_OK &&
           equals(out.data, 20, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
}

static bool
wrap_ok(e2m_crypto *c)
{
    uint8_t wrapped[24];
    e2m_secret kek;
    e2m_secret key;

    set(&kek, "000102030405060708090a0b0c0d0e0f"); /* RFC 3394 sec. 4.1 */
    set(&key, "00112233445566778899aabbccddeeff");
    return e2m_kw_wrap(c, &kek, &key, wrapped) == E2M_OK &&
           equals(wrapped, 24,
                  "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5") &&
           e2m_kw_unwrap(c, &kek, (e2m_bytes){ wrapped, 24 }, &key) ==
               E2M_OK &&
           equals(key.data, key.len, "00112233445566778899aabbccddeeff");
}

/* GCM: test case 2 of McGrew and Viega; CBC: SP 800-38A sec. F.2.1 */
static bool
aes_ok(e2m_crypto *c)
{
    static const uint8_t zero[16] = { 0 };
    octets iv;
    octets plain;
    uint8_t out[32];
    uint8_t tag[16];
    size_t len = 0;
    e2m_secret key = { .len = 16 };

    if (e2m_gcm_seal(c, &key, zero, E2M_NONE, (e2m_bytes){ zero, 16 }, out,
                     tag) != E2M_OK ||
        !equals(out, 16, "0388dace60b6a392f328c2b971b2fe78") ||
        !equals(tag, 16, "ab6e47d42cec13bdf53a67b21257bddf")) {
        return false;
    }
    tag[15] ^= 1;
    if (e2m_gcm_open(c, &key, (e2m_bytes){ zero, 12 }, E2M_NONE,
                     (e2m_bytes){ out, 16 }, (e2m_bytes){ tag, 16 }, out) !=
        E2M_E_CRYPTO) {
        return false;
    }
    set(&key, "2b7e151628aed2a6abf7158809cf4f3c");
    hex("000102030405060708090a0b0c0d0e0f", &iv);
    return e2m_cbc_seal(c, &key, iv.data,
                        hex("6bc1bee22e409f96e93d7e117393172a", &plain),
                        out) == E2M_OK &&
           equals(out, 16, "7649abac8119b246cee98e9b12e9197d") &&
           e2m_cbc_open(c, &key, (e2m_bytes){ iv.data, 16 },
                        (e2m_bytes){ out, 32 }, out, &len) == E2M_OK &&
           equals(out, len, "6bc1bee22e409f96e93d7e117393172a");
}

/* packet vector #1 of RFC 3610; and with a tag that is not its own */
static bool
ccm_ok(e2m_crypto *c)
{
    octets nonce, aad, sealed, tag;
    uint8_t out[23];
    e2m_secret key;

    set(&key, "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf");
    hex("00000003020100a0a1a2a3a4a5", &nonce);
    hex("0001020304050607", &aad);
    hex("588c979a61c663d2f066d0c2c0f989806d5f6b61dac384", &sealed);
    hex("17e8d12cfdf926e0", &tag);
    if (e2m_ccm_open(c, &key, (e2m_bytes){ nonce.data, nonce.len },
                     (e2m_bytes){ aad.data, aad.len },
                     (e2m_bytes){ sealed.data, sealed.len },
                     (e2m_bytes){ tag.data, tag.len }, out) != E2M_OK ||
        !equals(out, sizeof out,
                "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e")) {
        return false;
    }
    tag.data[7] ^= 1;
    return e2m_ccm_open(c, &key, (e2m_bytes){ nonce.data, nonce.len },
                        (e2m_bytes){ aad.data, aad.len },
                        (e2m_bytes){ sealed.data, sealed.len },
                        (e2m_bytes){ tag.data, tag.len },
                        out) == E2M_E_CRYPTO;
}

/* A good signature passes and the same over other data does not. */
static bool
verify_ok(e2m_crypto *c, const char *spki, e2m_sig_scheme scheme,
          e2m_bytes data, const char *sig)
{
    octets a;
    octets b;
    e2m_pub *key = NULL;
    bool ok = false;

    if (e2m_pub_from_spki(hex(spki, &a), 4096, &key) == E2M_OK) {
        ok = e2m_pub_verify(c, key, scheme, E2M_SHA256, data,
                            hex(sig, &b)) == E2M_OK &&
             e2m_pub_verify(c, key, scheme, E2M_SHA256, E2M_LIT("other"),
                            hex(sig, &b)) == E2M_E_CRYPTO;
    }
    e2m_pub_free(key);
    return ok;
}

/* Takes `evp` over. */
static bool
agree_ok(e2m_crypto *c, EVP_PKEY *evp, const char *point, const char *expect)
{
    octets o;
    e2m_pkey *k = NULL;
    e2m_secret z;
    bool ok;

    if (evp == NULL || e2m_pkey_from_evp(evp, &k) != E2M_OK) {
        ERR_clear_error();
        return false;
    }
    ok = e2m_pkey_agree(c, k, hex(point, &o), &z) == E2M_OK &&
         equals(z.data, z.len, expect);
    e2m_secret_done(&z);
    e2m_pkey_free(k);
    return ok;
}

static bool
agreements_ok(e2m_crypto *c)
{
    octets ec;
    octets raw;
    const uint8_t *p = hex(p256_key, &ec).data;

    hex(x25519_key, &raw);
    return agree_ok(c, d2i_AutoPrivateKey(NULL, &p, (long)ec.len),
                    p256_point, p256_z) &&
           agree_ok(c,
                    EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL,
                                                 raw.data, raw.len),
                    x25519_point, x25519_z);
}

/* Two draws alike mean a generator that stands still. */
static bool
random_ok(void)
{
    uint8_t a[32];
    uint8_t b[32];

    return e2m_random(a, sizeof a) == E2M_OK &&
           e2m_random(b, sizeof b) == E2M_OK && !e2m_ct_eq(a, b, sizeof a);
}

e2m_err
e2m_crypto_selftest(e2m_crypto *c)
{
    const bool ok =
        random_ok() && digests_ok(c) && kdfs_ok(c) && wrap_ok(c) &&
        aes_ok(c) && ccm_ok(c) && agreements_ok(c) &&
        verify_ok(c, ecdsa_spki, E2M_SIG_ECDSA, E2M_LIT("sample"),
                  ecdsa_sig) &&
        verify_ok(c, ed25519_spki, E2M_SIG_ED25519, E2M_LIT("r"),
                  ed25519_sig) &&
        verify_ok(c, rsa_spki, E2M_SIG_RSA_PKCS1, E2M_LIT("e2m"), rsa_sig);

    return ok ? E2M_OK : E2M_E_CRYPTO;
}
