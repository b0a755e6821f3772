/* SPDX-License-Identifier: BSD-3-Clause */
/* Envelopes between OpenSSL's CMS and ours, both ways, for each algorithm that
 * it has; as plain DER and as its streaming tools write them, in BER. */
#include "cms_test.h"
#include "people.h"

#include <openssl/cms.h>
#include <openssl/rsa.h>

enum { R_RSA, R_EC, R_P384, PEOPLE };

/* How the key goes to the recipient. */
typedef enum way {
    OAEP_SHA256, OAEP_SHA1, OAEP_MASK_SHA1, PKCS1_V15, ECDH_SHA1,
    ECDH_SHA256, ECDH_P384, COFACTOR_P256, COFACTOR_P384, KEK, WAYS
} way;

static const size_t person_for[WAYS] = { R_RSA, R_RSA, R_RSA, R_RSA, R_EC,
                                         R_EC,  R_P384, R_EC, R_P384, 0 };
static person people[PEOPLE];
static e2m_crypto *c;
static e2m_secret keks[3]; /* of 16, 24 and 32 octets */

static int
group_setup(void **state)
{
    (void)state;
    assert_int_equal(e2m_crypto_new(&c), E2M_OK);
    person_new(&people[R_RSA], E2M_KEY_RSA, "rsa");
    person_new(&people[R_EC], E2M_KEY_P256, "ec");
    person_new(&people[R_P384], E2M_KEY_P384, "ec 384");
    for (size_t i = 0; i < 3; i++) {
        keks[i] = test_secret((uint8_t)(0x40 << i), 16 + 8 * i);
    }
    return 0;
}

static int
group_teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        person_free(&people[i]);
    }
    e2m_crypto_free(c);
    return 0;
}

/* ---- theirs to us -------------------------------------------------------- */

static void
add_kek(CMS_ContentInfo *cms, const e2m_secret *kek)
{
    unsigned char *key = OPENSSL_memdup(kek->data, kek->len);
    unsigned char *id = OPENSSL_memdup("kek", 3);

    static const int wraps[] = { NID_id_aes128_wrap, NID_id_aes192_wrap,
                                 NID_id_aes256_wrap };

    assert_non_null(CMS_add0_recipient_key(cms, wraps[kek->len / 8 - 2], key,
                                           kek->len, id, 3, NULL, NULL,
                                           NULL));
}

static void
add_recipient(CMS_ContentInfo *cms, way by, unsigned flags)
{
    const person *p = &people[person_for[by]];
    CMS_RecipientInfo *ri = CMS_add1_recipient(cms, p->x509, NULL, NULL,
                                               flags | CMS_KEY_PARAM);
    EVP_PKEY_CTX *ctx;

    assert_non_null(ri);
    ctx = CMS_RecipientInfo_get0_pkey_ctx(ri);
    assert_non_null(ctx);
    if (by == OAEP_SHA1 || by == OAEP_SHA256 || by == OAEP_MASK_SHA1) {
        const EVP_MD *md = by == OAEP_SHA1 ? EVP_sha1() : EVP_sha256();
        const EVP_MD *mask = by == OAEP_SHA256 ? EVP_sha256() : EVP_sha1();

        assert_true(
            EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mask) > 0);
    } else if (by == ECDH_SHA256) {
        assert_true(EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) > 0);
    } else if (by == COFACTOR_P256) {
        assert_true(EVP_PKEY_CTX_set_ecdh_cofactor_mode(ctx, 1) > 0);
        assert_true(EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) > 0);
    } else if (by == ECDH_P384 || by == COFACTOR_P384) {
        assert_true(EVP_PKEY_CTX_set_ecdh_cofactor_mode(
                        ctx, by == COFACTOR_P384) > 0);
        assert_true(EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha384()) > 0);
    }
}

static BIO *
their_envelope(e2m_bytes content, const EVP_CIPHER *cipher, way by,
               unsigned flags)
{
    const unsigned how = flags | CMS_BINARY | CMS_PARTIAL;
    BIO *in = BIO_new_mem_buf(content.data, (int)content.len);
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_encrypt(NULL, in, cipher, how);

    assert_non_null(cms);
    if (by == KEK) {
        add_kek(cms, &keks[EVP_CIPHER_get_key_length(cipher) / 8 - 2]);
    } else {
        add_recipient(cms, by, flags);
    }
    if ((flags & CMS_STREAM) == 0) {
        assert_int_equal(CMS_final(cms, in, NULL, how), 1);
        assert_int_equal(i2d_CMS_bio(out, cms), 1);
    } else {
        assert_int_equal(
            i2d_CMS_bio_stream(out, cms, in, (int)(flags | CMS_BINARY)), 1);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return out;
}

static void
check_theirs(e2m_bytes content, const EVP_CIPHER *cipher, way by,
             unsigned flags)
{
    const size_t key_len = (size_t)EVP_CIPHER_get_key_length(cipher);
    BIO *bio = their_envelope(content, cipher, by, flags);
    const e2m_cms_key key = { people[person_for[by]].cert,
                              people[person_for[by]].key };
    e2m_cms_keys keys = test_kek_keys(&keks[key_len / 8 - 2]);
    e2m_env env;
    e2m_enveloped e;
    e2m_opened opened;
    char *der = NULL;
    const long len = BIO_get_mem_data(bio, &der);

    if (by != KEK) {
        keys = (e2m_cms_keys){ .keys = &key, .num_keys = 1 };
        keys.insecure_pkcs1_v15 = by == PKCS1_V15;
    }
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_cms_read_enveloped(
            &env, (e2m_bytes){ (uint8_t *)der, (size_t)len }, &e),
        E2M_OK);
    assert_int_equal(env.diag.err, E2M_OK);
    assert_int_equal(e2m_cms_open_enveloped(&env, c, &e, &keys, &opened),
                     E2M_OK);
    assert_bytes(opened.content, content);
    assert_false(opened.committed);
    if ((flags & CMS_USE_KEYID) != 0) {
        assert_true(e.recipients[0].key_id.len > 0);
        assert_int_equal(e.recipients[0].serial.len, 0);
    }
    e2m_env_done(&env);
    BIO_free(bio);
}

static void
test_theirs_to_us(void **state)
{
    const EVP_CIPHER *ciphers[] = { EVP_aes_128_gcm(), EVP_aes_192_gcm(),
                                    EVP_aes_256_gcm(), EVP_aes_128_cbc(),
                                    EVP_aes_192_cbc(), EVP_aes_256_cbc() };
    static uint8_t large[20000];
    const e2m_bytes contents[] = { TEST_TEXT, { large, sizeof large } };

    (void)state;
    memset(large, 'x', sizeof large);
    for (size_t i = 0; i < 6; i++) {
        for (way by = 0; by < WAYS; by++) {
            check_theirs(contents[0], ciphers[i], by, 0);
            check_theirs(contents[0], ciphers[i], by, CMS_STREAM);
            check_theirs(contents[1], ciphers[i], by, CMS_STREAM);
            if (by != KEK) {
                check_theirs(contents[0], ciphers[i], by, CMS_USE_KEYID);
            }
        }
    }
}

/* Two recipients, we are either; AES key wrap smaller than needed. */
static void
test_theirs_with_several(void **state)
{
    const e2m_bytes content = TEST_TEXT;
    BIO *in = BIO_new_mem_buf(content.data, (int)content.len);
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_encrypt(NULL, in, EVP_aes_128_gcm(),
                                       CMS_BINARY | CMS_PARTIAL);
    char *der = NULL;
    long len;

    (void)state;
    assert_non_null(cms);
    add_recipient(cms, ECDH_SHA256, 0);
    add_recipient(cms, OAEP_SHA256, 0);
    add_recipient(cms, ECDH_P384, 0);
    add_kek(cms, &keks[0]);
    assert_int_equal(
        CMS_add0_recipient_password(
            cms, -1, NID_undef, NID_undef,
            (unsigned char *)OPENSSL_strdup("secret"), 6,
            EVP_aes_128_cbc()) != NULL,
        1);
    assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
    assert_int_equal(i2d_CMS_bio(out, cms), 1);
    len = BIO_get_mem_data(out, &der);
    for (size_t i = 0; i < PEOPLE; i++) {
        const e2m_cms_key key = { people[i].cert, people[i].key };
        const e2m_cms_keys keys = { .keys = &key, .num_keys = 1 };
        e2m_env env;
        e2m_enveloped e;
        e2m_opened opened;

        e2m_env_init(&env, NULL, NULL);
        assert_int_equal(
            e2m_cms_read_enveloped(
                &env, (e2m_bytes){ (uint8_t *)der, (size_t)len }, &e),
            E2M_OK);
        assert_int_equal(e.num_recipients, 5);
        assert_int_equal(
            e2m_cms_open_enveloped(&env, c, &e, &keys, &opened), E2M_OK);
        assert_bytes(opened.content, content);
        e2m_env_done(&env);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    BIO_free(out);
}

/* ---- ours to them -------------------------------------------------------- */

static void
they_open(e2m_bytes sealed, e2m_bytes want, way by, const e2m_secret *kek)
{
    BIO *in = BIO_new_mem_buf(sealed.data, (int)sealed.len);
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = d2i_CMS_bio(in, NULL);
    const person *p = &people[person_for[by]];
    char *text = NULL;
    long len;

    assert_non_null(cms);
    if (by == KEK) {
        unsigned char key[32];

        memcpy(key, kek->data, kek->len);
        assert_int_equal(
            CMS_decrypt_set1_key(cms, key, kek->len,
                                 (const unsigned char *)"kek", 3),
            1);
        assert_int_equal(
            CMS_decrypt(cms, NULL, NULL, NULL, out, CMS_BINARY), 1);
    } else {
        assert_int_equal(
            CMS_decrypt(cms, p->evp, p->x509, NULL, out, CMS_BINARY), 1);
    }
    len = BIO_get_mem_data(out, &text);
    assert_bytes((e2m_bytes){ (uint8_t *)text, (size_t)len }, want);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    BIO_free(out);
}

/* Before 3.0.22 it cannot parse the attributes of an AuthEnvelopedData. */
static bool
they_know_attributes(e2m_oid_id cipher)
{
    return e2m_cms_mode_of(cipher) == E2M_CMS_CBC ||
           OPENSSL_version_major() > 3 || OPENSSL_version_minor() > 0 ||
           OPENSSL_version_patch() >= 22;
}

static void
check_ours(e2m_oid_id cipher, bool attributes)
{
    static const way ways[] = { OAEP_SHA256, PKCS1_V15, ECDH_SHA256,
                                ECDH_P384, KEK };
    const e2m_secret *kek =
        &keks[e2m_cms_cipher_of(cipher)->key_len / 8 - 2];
    const e2m_cms_kek one = { E2M_LIT("kek"), kek };
    const e2m_cert *all[PEOPLE];
    e2m_env env;
    e2m_bytes sealed = E2M_NONE;

    if (attributes && !they_know_attributes(cipher)) {
        return;
    }
    e2m_env_init(&env, NULL, NULL);
    for (size_t i = 0; i < PEOPLE; i++) {
        all[i] = people[i].cert;
    }
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const e2m_cms_seal alone = {
            .cipher = cipher,
            .readers = &all[person_for[ways[i]]],
            .num_readers = ways[i] == KEK ? 0 : 1,
            .keks = &one,
            .num_keks = ways[i] == KEK ? 1 : 0,
            .no_attributes = !attributes,
            .insecure_pkcs1_v15 = ways[i] == PKCS1_V15,
            .cek_reference = E2M_LIT("reference"),
            .max_decrypts = 200,
        };
        e2m_cms_seal together = alone;

        assert_int_equal(e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &alone,
                                                &sealed, NULL),
                         E2M_OK);
        they_open(sealed, TEST_TEXT, ways[i], kek);
        together.readers = all;
        together.num_readers = PEOPLE;
        together.num_keks = 1;
        assert_int_equal(e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &together,
                                                &sealed, NULL),
                         E2M_OK);
        they_open(sealed, TEST_TEXT, ways[i], kek);
    }
    e2m_env_done(&env);
}

static void
test_ours_to_them(void **state)
{
    static const e2m_oid_id ciphers[] = {
        E2M_OID_AES128_GCM, E2M_OID_AES192_GCM, E2M_OID_AES256_GCM,
        E2M_OID_AES128_CBC, E2M_OID_AES192_CBC, E2M_OID_AES256_CBC,
    };

    (void)state;
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        check_ours(ciphers[i], false);
        check_ours(ciphers[i], true);
    }
}

/* What we write is DER: their encoder, from their structure, agrees. */
static void
test_ours_is_der(void **state)
{
    const e2m_cert *all[PEOPLE] = { people[0].cert, people[1].cert,
                                    people[2].cert };
    const e2m_cms_kek one = { E2M_LIT("kek"), &keks[0] };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_CBC,
                               .readers = all,
                               .num_readers = PEOPLE,
                               .keks = &one,
                               .num_keks = 1,
                               .cek_reference = E2M_LIT("reference"),
                               .max_decrypts = 200 };
    e2m_env env;
    e2m_bytes sealed = E2M_NONE, again = E2M_NONE;
    const unsigned char *p;
    unsigned char *der = NULL;
    CMS_ContentInfo *cms;
    int len;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &how, &sealed, NULL),
        E2M_OK);
    p = sealed.data;
    cms = d2i_CMS_ContentInfo(NULL, &p, (long)sealed.len);
    assert_non_null(cms);
    len = i2d_CMS_ContentInfo(cms, &der);
    assert_true(len > 0);
    assert_bytes((e2m_bytes){ der, (size_t)len }, sealed);
    assert_int_equal(e2m_der_from_ber(&env, sealed, 4096, &again), E2M_OK);
    assert_bytes(again, sealed);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    e2m_env_done(&env);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_theirs_to_us),
        cmocka_unit_test(test_theirs_with_several),
        cmocka_unit_test(test_ours_to_them),
        cmocka_unit_test(test_ours_is_der),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
