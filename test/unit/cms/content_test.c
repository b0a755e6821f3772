/* SPDX-License-Identifier: BSD-3-Clause */
/* What an envelope holds, and under which cipher: CCM, which OpenSSL seals here
 * (its CMS has none), and content types. Each good one beside bad ones. */
#include "cms_test.h"

#include <openssl/evp.h>

static e2m_crypto *c;
static e2m_env env;
static e2m_secret kek, cek;

static int
group_setup(void **state)
{
    (void)state;
    kek = test_secret(0x40, 16);
    cek = test_secret(0x10, 16);
    return e2m_crypto_new(&c) == E2M_OK ? 0 : -1;
}

static int
group_teardown(void **state)
{
    (void)state;
    e2m_crypto_free(c);
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    e2m_env_init(&env, NULL, NULL);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_env_done(&env);
    return 0;
}

static e2m_err
open_draft(const draft *d, e2m_bytes want)
{
    const e2m_cms_keys keys = test_kek_keys(&kek);
    e2m_enveloped e;
    e2m_opened opened;
    e2m_err err;

    env.diag = (e2m_diag){ .err = E2M_OK };
    err = e2m_cms_read_enveloped(&env, draft_write(&env, d), &e);
    if (err == E2M_OK) {
        err = e2m_cms_open_enveloped(&env, c, &e, &keys, &opened);
    }
    if (err == E2M_OK) {
        assert_bytes(opened.content, want);
    }
    assert_int_equal(env.diag.err, err);
    return err;
}

/* ---- CCM ----------------------------------------------------------------- */

/* By EVP, the other way than src/crypto. */
static void
ccm_seal(e2m_bytes nonce, e2m_bytes aad, e2m_bytes plain, size_t tag_len,
         uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;

    assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_128_ccm(), NULL, NULL,
                                        NULL), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN,
                                         (int)nonce.len, NULL), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
                                         (int)tag_len, NULL), 1);
    assert_int_equal(EVP_EncryptInit_ex(ctx, NULL, NULL, cek.data,
                                        nonce.data), 1);
    assert_int_equal(EVP_EncryptUpdate(ctx, NULL, &len, NULL,
                                       (int)plain.len), 1);
    if (aad.len > 0) {
        assert_int_equal(EVP_EncryptUpdate(ctx, NULL, &len, aad.data,
                                           (int)aad.len), 1);
    }
    assert_int_equal(EVP_EncryptUpdate(ctx, out, &len,
                                       plain.len > 0
                                           ? plain.data
                                           : (const uint8_t *)"",
                                       (int)plain.len), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
                                         (int)tag_len, out + plain.len), 1);
    EVP_CIPHER_CTX_free(ctx);
}

static draft
ccm_draft(e2m_bytes nonce, e2m_bytes auth, e2m_bytes plain, size_t tag_len)
{
    const e2m_bytes aad =
        auth.len > 0 ? element(&env, E2M_DER_SET, auth) : E2M_NONE;
    uint8_t sealed[256];
    draft d = draft_new(&env, c, &kek, &cek, E2M_NONE);

    ccm_seal(nonce, aad, plain, tag_len, sealed);
    d.auth = auth;
    d.cipher = draft_aead(&env, E2M_OID_AES128_CCM, nonce, tag_len);
    d.content = element(&env, 0x80, (e2m_bytes){ sealed, plain.len });
    assert_int_equal(e2m_dup(&env,
                             (e2m_bytes){ sealed + plain.len, tag_len },
                             &d.mac),
                     E2M_OK);
    return d;
}

static void
test_ccm(void **state)
{
    const e2m_bytes nonces = E2M_LIT("sevenoctets, or thirteen");
    const e2m_bytes attr =
        draft_attr(&env, E2M_OID_CONTENT_TYPE,
                   element(&env, 6, e2m_oid(E2M_OID_DATA)));

    (void)state;
    for (size_t len = 6; len <= 14; len++) {
        const bool good = len >= 7 && len <= 13;
        draft d = ccm_draft(e2m_bytes_upto(nonces, good ? len : 7), E2M_NONE,
                            TEST_TEXT, 16);

        if (!good) {
            d.cipher = draft_aead(&env, E2M_OID_AES128_CCM,
                                  e2m_bytes_upto(nonces, len), 16);
        }
        assert_int_equal(open_draft(&d, TEST_TEXT),
                         good ? E2M_OK : E2M_E_UNSUPPORTED);
    }
    for (size_t tag = 4; tag <= 16; tag += 2) {
        draft d = ccm_draft(E2M_LIT("twelveoctets"), attr, TEST_TEXT, tag);

        assert_int_equal(open_draft(&d, TEST_TEXT),
                         tag >= 12 ? E2M_OK : E2M_E_SYNTAX);
    }
}

static void
test_ccm_forged(void **state)
{
    const e2m_bytes nonce = E2M_LIT("twelveoctets");
    const e2m_bytes attr =
        draft_attr(&env, E2M_OID_CONTENT_TYPE,
                   element(&env, 6, e2m_oid(E2M_OID_DATA)));
    const draft good = ccm_draft(nonce, attr, TEST_TEXT, 12);
    draft d = good;

    (void)state;
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_OK);
    d.auth = E2M_NONE;
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_E_CRYPTO);
    d = good;
    d.mac = E2M_LIT("twelveoctets");
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_E_CRYPTO);
    d = good;
    ((uint8_t *)(uintptr_t)d.content.data)[10] ^= 1;
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_E_CRYPTO);
    ((uint8_t *)(uintptr_t)d.content.data)[10] ^= 1;
    /* the same octets as GCM, and as a key of another size */
    d.cipher = draft_aead(&env, E2M_OID_AES128_GCM, nonce, 12);
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_E_CRYPTO);
    d.cipher = draft_aead(&env, E2M_OID_AES256_CCM, nonce, 12);
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_E_CRYPTO);
    /* nothing at all, under a tag; and under one that is not its own */
    d = ccm_draft(nonce, E2M_NONE, E2M_NONE, 16);
    assert_int_equal(open_draft(&d, E2M_NONE), E2M_OK);
    d.mac = E2M_LIT("sixteen octets..");
    assert_int_equal(open_draft(&d, E2M_NONE), E2M_E_CRYPTO);
}

/* We read it, and write none. */
static void
test_ccm_is_not_written(void **state)
{
    const e2m_cms_kek one = { E2M_LIT("kek"), &kek };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_CCM,
                               .keks = &one,
                               .num_keks = 1 };
    e2m_bytes out = E2M_NONE;

    (void)state;
    assert_int_equal(e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &how, &out,
                                            NULL),
                     E2M_E_ARG);
}

/* ---- content types ------------------------------------------------------- */

/* RFC 5083 sec. 2.1: what is not id-data says so under the tag. */
static void
test_content_types(void **state)
{
    const e2m_bytes type =
        draft_attr(&env, E2M_OID_CONTENT_TYPE,
                   element(&env, 6, e2m_oid(E2M_OID_SIGNED_DATA)));
    draft d = draft_new(&env, c, &kek, &cek, type);

    (void)state;
    d.inner = E2M_OID_SIGNED_DATA;
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_OK);
    d.inner = E2M_OID_DATA;
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_E_SYNTAX);
    d = draft_new(&env, c, &kek, &cek, E2M_NONE);
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_OK);
    d.inner = E2M_OID_SIGNED_DATA;
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_E_SYNTAX);
    d.unauth = type; /* that does not count */
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_E_SYNTAX);
    d = draft_new(&env, c, &kek, &cek, join(&env, type, type));
    d.inner = E2M_OID_SIGNED_DATA;
    assert_int_equal(open_draft(&d, TEST_TEXT), E2M_E_SYNTAX);
}

int
main(void)
{
#define IN_ENV(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_ENV(test_ccm),
        IN_ENV(test_ccm_forged),
        IN_ENV(test_ccm_is_not_written),
        IN_ENV(test_content_types),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
