/* SPDX-License-Identifier: BSD-3-Clause */
/* signingCertificateV2, S/MIME capabilities, digests of choice, and several
 * signers of one content: among ourselves, and as OpenSSL sees them. */
#include "cms_test.h"
#include "people.h"

#include <openssl/cms.h>

enum { R_EC, R_P384, R_ED, R_RSA, PEOPLE };
#define NOW 1795000000

static person people[PEOPLE];
static e2m_crypto *c;
static e2m_env env;

static int
group_setup(void **state)
{
    static const e2m_key_kind kinds[PEOPLE] = { E2M_KEY_P256, E2M_KEY_P384,
                                                E2M_KEY_ED25519, E2M_KEY_RSA };

    (void)state;
    assert_int_equal(e2m_crypto_new(&c), E2M_OK);
    for (size_t i = 0; i < PEOPLE; i++) {
        person_new(&people[i], kinds[i], "signer");
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

static e2m_signed
made(const e2m_cms_sign *how)
{
    e2m_bytes der = E2M_NONE;
    e2m_signed sd;

    assert_int_equal(e2m_cms_sign_data(&env, c, TEST_TEXT, how, &der), E2M_OK);
    assert_int_equal(e2m_cms_read_signed(&env, der, &sd), E2M_OK);
    return sd;
}

static e2m_cms_sign
by(size_t who)
{
    return (e2m_cms_sign){ .cert = people[who].cert, .key = people[who].key,
                           .now_sec = NOW };
}

static e2m_err
verify(const e2m_signed *sd, size_t i, const e2m_cert *cert)
{
    return e2m_cms_verify(&env, c, sd, &sd->signers[i], TEST_TEXT, cert,
                          false);
}

/* ---- signingCertificateV2 ------------------------------------------------ */

/* The same name and key in a certificate that is another: SPEC cms:5035:1 */
static void
test_the_certificate_is_signed_too(void **state)
{
    const e2m_cms_sign how = by(R_EC);
    e2m_signed sd = made(&how);
    e2m_cert twin = *people[R_EC].cert;
    uint8_t *changed = malloc(twin.der.len);

    (void)state;
    assert_non_null(changed);
    memcpy(changed, twin.der.data, twin.der.len);
    changed[twin.der.len - 1] ^= 1;
    twin.der.data = changed;
    assert_true(sd.signers[0].has_cert_id);
    assert_int_equal(verify(&sd, 0, people[R_EC].cert), E2M_OK);
    assert_int_equal(verify(&sd, 0, &twin), E2M_E_CRYPTO);
    free(changed);
}

/* A signer of our own making, with one attribute of our own beside the usual
 * ones. */
static e2m_err
with_attr(e2m_oid_id type, e2m_bytes value)
{
    const e2m_bytes text = TEST_TEXT;
    uint8_t digest[E2M_DIGEST_MAX];
    e2m_signer s = { .digest = E2M_SHA256, .scheme = E2M_SIG_ECDSA,
                     .issuer = people[R_EC].cert->issuer,
                     .serial = people[R_EC].cert->serial };
    const e2m_signed sd = { .content_type = e2m_oid(E2M_OID_DATA) };
    e2m_bytes attrs;
    e2m_in in;

    TRY(e2m_hash(c, E2M_SHA256, &text, 1, digest));
    attrs = join(&env,
                 join(&env,
                      draft_attr(&env, E2M_OID_CONTENT_TYPE,
                                 element(&env, 6, e2m_oid(E2M_OID_DATA))),
                      draft_attr(&env, E2M_OID_MESSAGE_DIGEST,
                                 element(&env, 4, (e2m_bytes){ digest, 32 }))),
                 draft_attr(&env, type, value));
    in = e2m_in_init(element(&env, 0xa0, attrs));
    TRY(e2m_cms_read_signed_attrs(&env, &in, &s));
    TRY(e2m_pkey_sign(&env, c, people[R_EC].key, E2M_SIG_ECDSA, E2M_SHA256,
                      element(&env, 0x31, attrs), &s.signature));
    return e2m_cms_verify(&env, c, &sd, &s, text, people[R_EC].cert, false);
}

static e2m_bytes
hash_of(e2m_digest d, e2m_bytes data)
{
    uint8_t hash[E2M_DIGEST_MAX];
    e2m_bytes out = E2M_NONE;

    assert_int_equal(e2m_hash(c, d, &data, 1, hash), E2M_OK);
    assert_int_equal(e2m_dup(&env, (e2m_bytes){ hash, e2m_digest_size(d) },
                             &out),
                     E2M_OK);
    return element(&env, 4, out);
}

/* SigningCertificateV2 with one ESSCertIDv2 of these fields. */
static e2m_bytes
signing_cert(e2m_bytes fields)
{
    return element(&env, 0x30,
                   element(&env, 0x30, element(&env, 0x30, fields)));
}

static e2m_bytes
issuer_serial(const e2m_cert *cert, e2m_bytes serial)
{
    const e2m_bytes names =
        element(&env, 0x30, element(&env, 0xa4, cert->issuer));

    return element(&env, 0x30, join(&env, names, serial));
}

static e2m_err
with_id(e2m_bytes fields)
{
    env.diag = (e2m_diag){ .err = E2M_OK };
    return with_attr(E2M_OID_SIGNING_CERTIFICATE_V2, signing_cert(fields));
}

static void
test_forms_of_signing_certificate(void **state)
{
    const e2m_cert *cert = people[R_EC].cert;
    const e2m_cert *other = people[R_RSA].cert;
    const e2m_bytes sha256 = hash_of(E2M_SHA256, cert->der);
    const e2m_bytes sha512 =
        element(&env, 0x30, element(&env, 6, e2m_oid(E2M_OID_SHA512)));
    const e2m_bytes sha1 =
        element(&env, 0x30, element(&env, 6, e2m_oid(E2M_OID_SHA1)));

    (void)state;
    assert_int_equal(with_id(sha256), E2M_OK);
    assert_int_equal(with_id(hash_of(E2M_SHA256, other->der)), E2M_E_CRYPTO);
    /* another hash, with and without the right value */
    assert_int_equal(
        with_id(join(&env, sha512, hash_of(E2M_SHA512, cert->der))), E2M_OK);
    assert_int_equal(with_id(join(&env, sha512, sha256)), E2M_E_CRYPTO);
    assert_int_equal(
        with_id(join(&env, sha1, hash_of(E2M_SHA1, cert->der))),
        E2M_E_UNSUPPORTED);
    /* the issuer and serial number as well */
    assert_int_equal(
        with_id(join(&env, sha256, issuer_serial(cert, cert->serial))),
        E2M_OK);
    assert_int_equal(
        with_id(join(&env, sha256,
                     issuer_serial(cert, E2M_LIT("\x02\x01\x05")))),
        E2M_E_CRYPTO);
    assert_int_equal(
        with_id(join(&env, sha256, issuer_serial(cert, E2M_NONE))),
        E2M_E_SYNTAX);
    /* none at all, and one that is no list */
    assert_int_equal(with_id(E2M_NONE), E2M_E_SYNTAX);
    env.diag = (e2m_diag){ .err = E2M_OK };
    assert_int_equal(with_attr(E2M_OID_SIGNING_CERTIFICATE_V2,
                               E2M_LIT("\x04\x00")),
                     E2M_E_SYNTAX);
}

/* ---- capabilities -------------------------------------------------------- */

static void
test_capabilities(void **state)
{
    const e2m_cms_sign how = by(R_EC);
    const e2m_signed sd = made(&how);
    const e2m_bytes said = sd.signers[0].capabilities;

    (void)state;
    assert_true(e2m_cms_capable(said, E2M_OID_AES128_GCM));
    assert_true(e2m_cms_capable(said, E2M_OID_AES256_GCM));
    assert_true(e2m_cms_capable(said, E2M_OID_AES128_CBC));
    assert_false(e2m_cms_capable(said, E2M_OID_AES256_CBC));
    assert_false(e2m_cms_capable(E2M_NONE, E2M_OID_AES128_GCM));
    /* what is behind the first that cannot be read does not count */
    assert_true(e2m_cms_capable(e2m_bytes_upto(said, said.len - 1),
                                E2M_OID_AES256_GCM));
    assert_false(e2m_cms_capable(e2m_bytes_upto(said, said.len - 1),
                                 E2M_OID_AES128_CBC));
    /* with parameters it is something else */
    assert_false(e2m_cms_capable(
        element(&env, 0x30,
                join(&env, element(&env, 6, e2m_oid(E2M_OID_AES128_GCM)),
                     E2M_LIT("\x02\x01\x01"))),
        E2M_OID_AES128_GCM));
}

/* RFC 8551 sec. 2.5.2: once, with one value, or the signature fails. */
static void
test_capabilities_twice(void **state)
{
    const e2m_bytes empty = E2M_LIT("\x30\x00");
    const e2m_bytes both =
        join(&env, draft_attr(&env, E2M_OID_SMIME_CAPABILITIES, empty),
             draft_attr(&env, E2M_OID_SMIME_CAPABILITIES, empty));
    e2m_in in = e2m_in_init(element(&env, 0xa0, both));
    e2m_signer s = { .has_time = false };

    (void)state;
    assert_int_equal(with_attr(E2M_OID_SMIME_CAPABILITIES, empty), E2M_OK);
    assert_int_equal(with_attr(E2M_OID_SMIME_CAPABILITIES,
                               join(&env, empty, empty)),
                     E2M_E_SYNTAX);
    assert_int_equal(e2m_cms_read_signed_attrs(&env, &in, &s), E2M_E_SYNTAX);
}

/* ---- digests of choice --------------------------------------------------- */

static void
test_digests(void **state)
{
    static const e2m_digest digests[] = { E2M_SHA256, E2M_SHA384, E2M_SHA512 };
    e2m_bytes der = E2M_NONE;
    e2m_cms_sign how;

    (void)state;
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        for (size_t who = 0; who < PEOPLE; who++) {
            for (int v15 = 0; v15 < 2; v15++) {
                e2m_signed sd;

                how = by(who);
                how.digest = digests[i];
                how.rsa_pkcs1_v15 = v15 == 1;
                if (who == R_ED && digests[i] != E2M_SHA512) {
                    assert_int_equal(e2m_cms_sign_data(&env, c, TEST_TEXT,
                                                       &how, &der),
                                     E2M_E_NOKEY);
                    continue;
                }
                sd = made(&how);
                assert_int_equal(sd.signers[0].digest, digests[i]);
                assert_int_equal(verify(&sd, 0, people[who].cert), E2M_OK);
            }
        }
    }
    how = by(R_EC);
    how.digest = E2M_SHA1;
    assert_int_equal(e2m_cms_sign_data(&env, c, TEST_TEXT, &how, &der),
                     E2M_E_NOKEY);
}

/* ---- several signers ----------------------------------------------------- */

/* Who of `people` made signature i. */
static size_t
signer_of(const e2m_signed *sd, size_t i)
{
    for (size_t who = 0; who < PEOPLE; who++) {
        if (e2m_cms_signed_by(&sd->signers[i], people[who].cert)) {
            return who;
        }
    }
    fail();
    return 0;
}

static void
test_several(void **state)
{
    const e2m_bytes ca = people[R_P384].cert->der; /* of both */
    e2m_cms_sign second = by(R_RSA);
    e2m_cms_sign first = by(R_ED);
    e2m_cms_sign third = by(R_EC);
    e2m_bytes der = E2M_NONE;
    bool seen[PEOPLE] = { false };
    e2m_signed sd;

    (void)state;
    first.also = &second;
    first.chain = second.chain = &ca;
    first.num_chain = second.num_chain = 1;
    sd = made(&first);
    assert_int_equal(sd.num_signers, 2);
    assert_int_equal(sd.num_certs, 3);
    for (size_t i = 0; i < 2; i++) {
        const size_t who = signer_of(&sd, i);

        seen[who] = true;
        assert_int_equal(verify(&sd, i, people[who].cert), E2M_OK);
        assert_int_equal(verify(&sd, i, people[R_EC].cert), E2M_E_CRYPTO);
    }
    assert_true(seen[R_ED] && seen[R_RSA]);
    second.also = &third; /* E2M_LIMIT_SIGNERS: 2 */
    assert_int_equal(e2m_cms_sign_data(&env, c, TEST_TEXT, &first, &der),
                     E2M_E_LIMIT);
}

/* ---- as OpenSSL sees them ------------------------------------------------ */

/* With CMS_CADES the signingCertificateV2 must be there and right. */
static bool
they_verify(e2m_bytes sd, e2m_bytes content, unsigned flags)
{
    X509_STORE *store = X509_STORE_new();
    const unsigned char *p = sd.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)sd.len);
    BIO *data = BIO_new_mem_buf(content.data, (int)content.len);
    bool good;

    assert_non_null(cms);
    for (size_t i = 0; i < PEOPLE; i++) {
        assert_int_equal(X509_STORE_add_cert(store, people[i].x509), 1);
    }
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
    good = CMS_verify(cms, NULL, store, data, NULL, CMS_BINARY | flags) == 1;
    X509_STORE_free(store);
    CMS_ContentInfo_free(cms);
    BIO_free(data);
    return good;
}

static void
test_ours_to_them(void **state)
{
    e2m_cms_sign second = by(R_RSA);
    e2m_cms_sign first = by(R_EC);
    e2m_bytes der = E2M_NONE;

    (void)state;
    first.digest = E2M_SHA512;
    first.also = &second;
    assert_int_equal(e2m_cms_sign_data(&env, c, TEST_TEXT, &first, &der),
                     E2M_OK);
    assert_true(they_verify(der, TEST_TEXT, 0));
    assert_true(they_verify(der, TEST_TEXT, CMS_CADES));
    assert_false(they_verify(der, E2M_LIT("another"), CMS_CADES));
}

static void
test_theirs_to_us(void **state)
{
    const e2m_bytes content = TEST_TEXT;
    const unsigned how = CMS_BINARY | CMS_PARTIAL | CMS_CADES | CMS_DETACHED;
    BIO *in = BIO_new_mem_buf(content.data, (int)content.len);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, how);
    unsigned char *der = NULL;
    e2m_signed sd;
    int len;

    (void)state;
    assert_non_null(CMS_add1_signer(cms, people[R_EC].x509, people[R_EC].evp,
                                    EVP_sha384(), how));
    assert_non_null(CMS_add1_signer(cms, people[R_RSA].x509,
                                    people[R_RSA].evp, EVP_sha256(), how));
    assert_int_equal(CMS_final(cms, in, NULL, how), 1);
    len = i2d_CMS_ContentInfo(cms, &der);
    assert_true(len > 0);
    assert_int_equal(e2m_cms_read_signed(&env, (e2m_bytes){ der, (size_t)len },
                                         &sd),
                     E2M_OK);
    assert_int_equal(sd.num_signers, 2);
    for (size_t i = 0; i < 2; i++) {
        const size_t who = signer_of(&sd, i);

        assert_true(sd.signers[i].has_cert_id);
        assert_true(e2m_cms_capable(sd.signers[i].capabilities,
                                    E2M_OID_AES256_CBC));
        assert_int_equal(verify(&sd, i, people[who].cert), E2M_OK);
    }
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
}

int
main(void)
{
#define IN_ENV(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_ENV(test_the_certificate_is_signed_too),
        IN_ENV(test_forms_of_signing_certificate),
        IN_ENV(test_capabilities),
        IN_ENV(test_capabilities_twice),
        IN_ENV(test_digests),
        IN_ENV(test_several),
        IN_ENV(test_ours_to_them),
        IN_ENV(test_theirs_to_us),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
