/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/objects.h>

#include "der/der.h"

/* The table against the provider's own encoder, from the dotted form. */
static void
check(e2m_oid_id id, const char *dotted)
{
    ASN1_OBJECT *object = OBJ_txt2obj(dotted, 1);
    const e2m_bytes got = e2m_oid(id);

    assert_non_null(object);
    assert_int_equal(got.len, OBJ_length(object));
    assert_memory_equal(got.data, OBJ_get0_data(object), got.len);
    ASN1_OBJECT_free(object);
}

static void
test_contents_octets(void **state)
{
    (void)state;
    check(E2M_OID_DATA, "1.2.840.113549.1.7.1");
    check(E2M_OID_SIGNED_DATA, "1.2.840.113549.1.7.2");
    check(E2M_OID_ENVELOPED_DATA, "1.2.840.113549.1.7.3");
    check(E2M_OID_ENCRYPTED_DATA, "1.2.840.113549.1.7.6");
    check(E2M_OID_AUTH_ENVELOPED_DATA, "1.2.840.113549.1.9.16.1.23");
    check(E2M_OID_COMPRESSED_DATA, "1.2.840.113549.1.9.16.1.9");
    check(E2M_OID_CONTENT_TYPE, "1.2.840.113549.1.9.3");
    check(E2M_OID_MESSAGE_DIGEST, "1.2.840.113549.1.9.4");
    check(E2M_OID_SIGNING_TIME, "1.2.840.113549.1.9.5");
    check(E2M_OID_SMIME_CAPABILITIES, "1.2.840.113549.1.9.15");
    check(E2M_OID_SIGNING_CERTIFICATE_V2, "1.2.840.113549.1.9.16.2.47");
    check(E2M_OID_CEK_REFERENCE, "1.2.840.113549.1.9.16.2.30");
    check(E2M_OID_CEK_MAX_DECRYPTS, "1.2.840.113549.1.9.16.2.31");
    check(E2M_OID_KEK_DERIVATION_ALG, "1.2.840.113549.1.9.16.2.32");
    check(E2M_OID_KEY_COMMITMENT,
          "2.25.86803021631929663138353096628114048173");
    check(E2M_OID_SHA1, "1.3.14.3.2.26");
    check(E2M_OID_SHA256, "2.16.840.1.101.3.4.2.1");
    check(E2M_OID_SHA384, "2.16.840.1.101.3.4.2.2");
    check(E2M_OID_SHA512, "2.16.840.1.101.3.4.2.3");
    check(E2M_OID_RSA, "1.2.840.113549.1.1.1");
    check(E2M_OID_RSA_PSS, "1.2.840.113549.1.1.10");
    check(E2M_OID_SHA1_RSA, "1.2.840.113549.1.1.5");
    check(E2M_OID_SHA256_RSA, "1.2.840.113549.1.1.11");
    check(E2M_OID_SHA384_RSA, "1.2.840.113549.1.1.12");
    check(E2M_OID_SHA512_RSA, "1.2.840.113549.1.1.13");
    check(E2M_OID_ECDSA_SHA256, "1.2.840.10045.4.3.2");
    check(E2M_OID_ECDSA_SHA384, "1.2.840.10045.4.3.3");
    check(E2M_OID_ECDSA_SHA512, "1.2.840.10045.4.3.4");
    check(E2M_OID_ED25519, "1.3.101.112");
    check(E2M_OID_RSA_OAEP, "1.2.840.113549.1.1.7");
    check(E2M_OID_MGF1, "1.2.840.113549.1.1.8");
    check(E2M_OID_P_SPECIFIED, "1.2.840.113549.1.1.9");
    check(E2M_OID_ECDH_SHA1KDF, "1.3.133.16.840.63.0.2");
    check(E2M_OID_ECDH_SHA256KDF, "1.3.132.1.11.1");
    check(E2M_OID_ECDH_SHA384KDF, "1.3.132.1.11.2");
    check(E2M_OID_ECDH_SHA512KDF, "1.3.132.1.11.3");
    check(E2M_OID_COFACTOR_SHA256KDF, "1.3.132.1.14.1");
    check(E2M_OID_COFACTOR_SHA384KDF, "1.3.132.1.14.2");
    check(E2M_OID_ECDH_HKDF_SHA256, "1.2.840.113549.1.9.16.3.19");
    check(E2M_OID_ECDH_HKDF_SHA384, "1.2.840.113549.1.9.16.3.20");
    check(E2M_OID_ECDH_HKDF_SHA512, "1.2.840.113549.1.9.16.3.21");
    check(E2M_OID_EC_PUBLIC_KEY, "1.2.840.10045.2.1");
    check(E2M_OID_P256, "1.2.840.10045.3.1.7");
    check(E2M_OID_P384, "1.3.132.0.34");
    check(E2M_OID_X25519, "1.3.101.110");
    check(E2M_OID_ZLIB, "1.2.840.113549.1.9.16.3.8");
    check(E2M_OID_AES128_CBC, "2.16.840.1.101.3.4.1.2");
    check(E2M_OID_AES192_CBC, "2.16.840.1.101.3.4.1.22");
    check(E2M_OID_AES256_CBC, "2.16.840.1.101.3.4.1.42");
    check(E2M_OID_AES128_WRAP, "2.16.840.1.101.3.4.1.5");
    check(E2M_OID_AES192_WRAP, "2.16.840.1.101.3.4.1.25");
    check(E2M_OID_AES256_WRAP, "2.16.840.1.101.3.4.1.45");
    check(E2M_OID_AES128_GCM, "2.16.840.1.101.3.4.1.6");
    check(E2M_OID_AES192_GCM, "2.16.840.1.101.3.4.1.26");
    check(E2M_OID_AES256_GCM, "2.16.840.1.101.3.4.1.46");
    check(E2M_OID_AES128_CCM, "2.16.840.1.101.3.4.1.7");
    check(E2M_OID_AES192_CCM, "2.16.840.1.101.3.4.1.27");
    check(E2M_OID_AES256_CCM, "2.16.840.1.101.3.4.1.47");
    check(E2M_OID_SUBJECT_ALT_NAME, "2.5.29.17");
    check(E2M_OID_SUBJECT_KEY_ID, "2.5.29.14");
    check(E2M_OID_KEY_USAGE, "2.5.29.15");
    check(E2M_OID_EXT_KEY_USAGE, "2.5.29.37");
    check(E2M_OID_BASIC_CONSTRAINTS, "2.5.29.19");
    check(E2M_OID_COMMON_NAME, "2.5.4.3");
    check(E2M_OID_KP_ANY, "2.5.29.37.0");
    check(E2M_OID_KP_EMAIL, "1.3.6.1.5.5.7.3.4");
    check(E2M_OID_KP_SIP_DOMAIN, "1.3.6.1.5.5.7.3.20");
    check(E2M_OID_KP_SERVER_AUTH, "1.3.6.1.5.5.7.3.1");
    check(E2M_OID_KP_CLIENT_AUTH, "1.3.6.1.5.5.7.3.2");
    check(E2M_OID_PBKDF2, "1.2.840.113549.1.5.12");
    check(E2M_OID_HMAC_SHA1, "1.2.840.113549.2.7");
}

static void
test_found_again(void **state)
{
    (void)state;
    for (unsigned i = 1; i < E2M_OID_COUNT; i++) {
        const e2m_bytes c = e2m_oid((e2m_oid_id)i);

        assert_true(c.len > 0);
        assert_int_equal(e2m_oid_of(c), i);
        assert_string_not_equal(e2m_oid_name((e2m_oid_id)i), "unknown");
        assert_int_not_equal(e2m_oid_of(e2m_bytes_upto(c, c.len - 1)), i);
    }
    assert_int_equal(e2m_oid_of(E2M_NONE), E2M_OID_UNKNOWN);
    assert_int_equal(e2m_oid_of(E2M_LIT("\x2b\x65\x6d")), E2M_OID_UNKNOWN);
    assert_int_equal(e2m_oid(E2M_OID_UNKNOWN).len, 0);
    assert_int_equal(e2m_oid(E2M_OID_COUNT).len, 0);
    assert_string_equal(e2m_oid_name(E2M_OID_UNKNOWN), "unknown");
    assert_string_equal(e2m_oid_name(E2M_OID_COUNT), "unknown");
    assert_string_equal(e2m_oid_name(E2M_OID_AES128_GCM), "aes-128-gcm");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents_octets),
        cmocka_unit_test(test_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
