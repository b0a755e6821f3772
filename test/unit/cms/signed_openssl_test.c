/* SPDX-License-Identifier: BSD-3-Clause */
/* SignedData between OpenSSL's CMS and ours, both ways. Ed25519 is not here:
 * OpenSSL 3.0 cannot sign with it. */
#include "cms_test.h"
#include "people.h"

#include <openssl/cms.h>
#include <openssl/rsa.h>

enum { R_EC, R_P384, R_RSA, PEOPLE };

static person people[PEOPLE];
static e2m_crypto *c;

static int
group_setup(void **state)
{
    (void)state;
    assert_int_equal(e2m_crypto_new(&c), E2M_OK);
    person_new(&people[R_EC], E2M_KEY_P256, "ec");
    person_new(&people[R_P384], E2M_KEY_P384, "ec 384");
    person_new(&people[R_RSA], E2M_KEY_RSA, "rsa");
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

static BIO *
their_signature(e2m_bytes content, const person *p, const EVP_MD *md,
                bool pss, unsigned flags)
{
    const unsigned how = flags | CMS_BINARY | CMS_PARTIAL;
    BIO *in = BIO_new_mem_buf(content.data, (int)content.len);
    BIO *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, how);
    CMS_SignerInfo *si;

    assert_non_null(cms);
    si = CMS_add1_signer(cms, p->x509, p->evp, md,
                         how | (pss ? CMS_KEY_PARAM : 0));
    assert_non_null(si);
    if (pss) {
        EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(si);

        assert_true(
            EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0);
        assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(
                        ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
    }
    if ((flags & CMS_STREAM) == 0) {
        assert_int_equal(CMS_final(cms, in, NULL, how), 1);
        assert_int_equal(i2d_CMS_bio(out, cms), 1);
    } else {
        assert_int_equal(i2d_CMS_bio_stream(out, cms, in, (int)how), 1);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return out;
}

static void
check_theirs(const person *p, const EVP_MD *md, bool pss, unsigned flags)
{
    const e2m_bytes content = TEST_TEXT;
    BIO *bio = their_signature(content, p, md, pss, flags);
    char *der = NULL;
    const long len = BIO_get_mem_data(bio, &der);
    const bool sha1 = md == EVP_sha1();
    e2m_signed sd;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_cms_read_signed(
            &env, (e2m_bytes){ (uint8_t *)der, (size_t)len }, &sd),
        E2M_OK);
    assert_int_equal(env.diag.err, E2M_OK);
    assert_int_equal(sd.num_signers, 1);
    assert_int_equal(sd.has_content, (flags & CMS_DETACHED) == 0);
    if (sd.has_content) {
        assert_bytes(sd.content, content);
    }
    assert_int_equal(sd.num_certs, (flags & CMS_NOCERTS) == 0 ? 1 : 0);
    assert_int_equal(sd.signers[0].attrs.len > 0, (flags & CMS_NOATTR) == 0);
    assert_int_equal(e2m_cms_verify(&env, c, &sd, &sd.signers[0], content,
                                    p->cert, sha1),
                     E2M_OK);
    if (sha1) {
        assert_int_equal(e2m_cms_verify(&env, c, &sd, &sd.signers[0],
                                        content, p->cert, false),
                         E2M_E_UNSUPPORTED);
    }
    assert_int_equal(e2m_cms_verify(&env, c, &sd, &sd.signers[0],
                                    E2M_LIT("another text"), p->cert, sha1),
                     E2M_E_CRYPTO);
    e2m_env_done(&env);
    BIO_free(bio);
}

static void
test_theirs_to_us(void **state)
{
    static const unsigned flags[] = {
        0,
        CMS_DETACHED,
        CMS_NOATTR,
        CMS_NOATTR | CMS_DETACHED,
        CMS_NOCERTS | CMS_USE_KEYID,
        CMS_STREAM,
        CMS_STREAM | CMS_NOATTR,
    };

    (void)state;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        check_theirs(&people[R_EC], EVP_sha256(), false, flags[i]);
        check_theirs(&people[R_EC], EVP_sha512(), false, flags[i]);
        check_theirs(&people[R_P384], EVP_sha384(), false, flags[i]);
        check_theirs(&people[R_RSA], EVP_sha256(), false, flags[i]);
        check_theirs(&people[R_RSA], EVP_sha384(), false, flags[i]);
        if ((flags[i] & CMS_STREAM) == 0) { /* OpenSSL 3.0 cannot: parameters
                                               of PSS come too late there */
            check_theirs(&people[R_RSA], EVP_sha256(), true, flags[i]);
            check_theirs(&people[R_RSA], EVP_sha512(), true, flags[i]);
        }
    }
    check_theirs(&people[R_RSA], EVP_sha1(), false, 0);
}

/* ---- ours to them -------------------------------------------------------- */

static bool
they_verify(e2m_bytes sd, e2m_bytes content, bool attached, X509 *cert)
{
    const e2m_bytes given = attached ? E2M_NONE : content;
    const unsigned char *p = sd.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)sd.len);
    BIO *data = attached ? NULL
                         : BIO_new_mem_buf(given.data, (int)given.len);
    BIO *out = BIO_new(BIO_s_mem());
    STACK_OF(X509) *certs = sk_X509_new_null();
    unsigned char *again = NULL;
    char *text = NULL;
    bool good;
    int len;

    assert_non_null(cms);
    assert_true(sk_X509_push(certs, cert) > 0);
    len = i2d_CMS_ContentInfo(cms, &again); /* what we wrote is DER */
    assert_true(len > 0);
    assert_bytes((e2m_bytes){ again, (size_t)len }, sd);
    OPENSSL_free(again);
    good = CMS_verify(cms, certs, NULL, data, out,
                      CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) == 1;
    if (good) {
        const long got = BIO_get_mem_data(out, &text);

        assert_bytes((e2m_bytes){ (uint8_t *)text, (size_t)got }, content);
    }
    sk_X509_free(certs);
    CMS_ContentInfo_free(cms);
    BIO_free(data);
    BIO_free(out);
    return good;
}

static void
test_ours_to_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        for (unsigned bits = 0; bits < 8; bits++) {
            const e2m_cms_sign how = { .cert = people[i].cert,
                                       .key = people[i].key,
                                       .attached = (bits & 1) != 0,
                                       .no_certs = (bits & 2) != 0,
                                       .rsa_pkcs1_v15 = (bits & 4) != 0,
                                       .now_sec = 1795000000 };
            e2m_env env;
            e2m_bytes sd = E2M_NONE;

            e2m_env_init(&env, NULL, NULL);
            assert_int_equal(
                e2m_cms_sign_data(&env, c, TEST_TEXT, &how, &sd), E2M_OK);
            assert_true(they_verify(sd, TEST_TEXT, how.attached,
                                    people[i].x509));
            if (!how.attached) {
                assert_false(they_verify(sd, E2M_LIT("another"), false,
                                         people[i].x509));
            }
            e2m_env_done(&env);
        }
    }
}

static void
test_certs_only(void **state)
{
    const e2m_bytes certs[] = { people[R_EC].cert->der,
                                people[R_RSA].cert->der };
    const unsigned char *p;
    CMS_ContentInfo *cms;
    STACK_OF(X509) *got;
    e2m_env env;
    e2m_bytes der = E2M_NONE;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_cms_certs_only(&env, certs, 2, &der), E2M_OK);
    p = der.data;
    cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.len);
    assert_non_null(cms);
    got = CMS_get1_certs(cms);
    assert_int_equal(sk_X509_num(got), 2);
    sk_X509_pop_free(got, X509_free);
    CMS_ContentInfo_free(cms);
    e2m_env_done(&env);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_theirs_to_us),
        cmocka_unit_test(test_ours_to_them),
        cmocka_unit_test(test_certs_only),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
