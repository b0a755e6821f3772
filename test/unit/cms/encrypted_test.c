/* SPDX-License-Identifier: BSD-3-Clause */
/* EncryptedData: there and back, to and from OpenSSL, and what stays shut. */
#include "cms_test.h"

#include <openssl/cms.h>

static e2m_crypto *c;
static e2m_env env;

static int
setup(void **state)
{
    (void)state;
    e2m_env_init(&env, NULL, NULL);
    return e2m_crypto_new(&c) == E2M_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_env_done(&env);
    e2m_crypto_free(c);
    return 0;
}

static e2m_err
open_with(e2m_bytes der, const e2m_secret *key, e2m_bytes *out)
{
    e2m_err err;

    env.diag = (e2m_diag){ .err = E2M_OK };
    err = e2m_cms_open_encrypted(&env, c, der, key, out);
    assert_int_equal(env.diag.err, err);
    return err;
}

static e2m_bytes
sealed(e2m_bytes text, const e2m_secret *key)
{
    e2m_bytes der = E2M_NONE;

    assert_int_equal(e2m_cms_seal_encrypted(&env, c, text, key, &der),
                     E2M_OK);
    assert_int_equal(e2m_cms_type(der), E2M_OID_ENCRYPTED_DATA);
    return der;
}

static void
test_round_trips(void **state)
{
    static const uint8_t text[100];

    (void)state;
    for (size_t key_len = 16; key_len <= 32; key_len += 8) {
        const e2m_secret key = test_secret(1, key_len);
        const e2m_secret wrong = test_secret(2, key_len);
        const e2m_secret other = test_secret(1, key_len == 16 ? 24 : 16);

        for (size_t len = 0; len <= sizeof text; len += 10) {
            const e2m_bytes in = { text, len };
            const e2m_bytes der = sealed(in, &key);
            e2m_bytes out = E2M_NONE;

            assert_int_equal(open_with(der, &key, &out), E2M_OK);
            assert_bytes(out, in);
            /* always, not but for one in 256: the commitment */
            assert_int_equal(open_with(der, &wrong, &out), E2M_E_CRYPTO);
            assert_int_equal(open_with(der, &other, &out),
                             E2M_E_UNSUPPORTED);
        }
    }
}

static void
test_no_key_of_aes(void **state)
{
    const e2m_secret key = test_secret(1, 20);
    e2m_bytes out = E2M_NONE;

    (void)state;
    assert_int_equal(e2m_cms_seal_encrypted(&env, c, TEST_TEXT, &key, &out),
                     E2M_E_ARG);
}

/* Every octet changed, every length cut: another text, or none; never a fault.
 * What is outside of the ciphertext and its IV never goes unseen. */
static void
test_changed(void **state)
{
    const e2m_secret key = test_secret(1, 32);
    const e2m_bytes der = sealed(TEST_TEXT, &key);
    e2m_bytes out = E2M_NONE, copy = E2M_NONE;
    size_t same = 0;

    (void)state;
    for (size_t i = 0; i < der.len; i++) {
        assert_int_not_equal(open_with(e2m_bytes_upto(der, i), &key, &out),
                             E2M_OK);
        assert_int_equal(e2m_dup(&env, der, &copy), E2M_OK);
        ((uint8_t *)(uintptr_t)copy.data)[i] ^= 1;
        if (open_with(copy, &key, &out) == E2M_OK) {
            same += e2m_bytes_eq(out, TEST_TEXT);
        }
    }
    /* octets that say nothing of the content: its type, and the type of the
     * attribute (then one that is not ours) */
    assert_true(same <= 9 + 20);
}

static void
test_theirs_to_us(void **state)
{
    const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc(), EVP_aes_192_cbc(),
                                    EVP_aes_256_cbc() };
    const e2m_bytes text = TEST_TEXT;

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        const e2m_secret key = test_secret(9, 16 + 8 * (i / 2));
        const unsigned flags = CMS_BINARY | (i % 2 ? CMS_STREAM : 0);
        BIO *in = BIO_new_mem_buf(text.data, (int)text.len);
        BIO *bio = BIO_new(BIO_s_mem());
        CMS_ContentInfo *cms = CMS_EncryptedData_encrypt(
            in, ciphers[i / 2], key.data, key.len, flags);
        e2m_bytes out = E2M_NONE;
        char *der = NULL;
        size_t len;

        assert_non_null(cms);
        assert_int_equal(i2d_CMS_bio_stream(bio, cms, in, (int)flags), 1);
        len = (size_t)BIO_get_mem_data(bio, &der);
        assert_int_equal(open_with((e2m_bytes){ (uint8_t *)der, len }, &key,
                                   &out),
                         E2M_OK);
        assert_bytes(out, text);
        CMS_ContentInfo_free(cms);
        BIO_free(in);
        BIO_free(bio);
    }
}

static void
test_ours_to_them(void **state)
{
    (void)state;
    for (size_t key_len = 16; key_len <= 32; key_len += 8) {
        const e2m_secret key = test_secret(5, key_len);
        const e2m_bytes der = sealed(TEST_TEXT, &key);
        const unsigned char *p = der.data;
        CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.len);
        BIO *out = BIO_new(BIO_s_mem());
        char *text = NULL;
        size_t len;

        assert_non_null(cms);
        assert_int_equal(CMS_EncryptedData_decrypt(cms, key.data, key.len,
                                                   NULL, out, CMS_BINARY),
                         1);
        len = (size_t)BIO_get_mem_data(out, &text);
        assert_bytes((e2m_bytes){ (uint8_t *)text, len }, TEST_TEXT);
        CMS_ContentInfo_free(cms);
        BIO_free(out);
    }
}

int
main(void)
{
#define IN_ENV(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_ENV(test_round_trips),  IN_ENV(test_no_key_of_aes),
        IN_ENV(test_changed),      IN_ENV(test_theirs_to_us),
        IN_ENV(test_ours_to_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
