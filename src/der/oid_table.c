/* SPDX-License-Identifier: BSD-3-Clause */
/* Every object identifier we know, in the order of e2m_oid_id. Contents octets
 * are spelled out (X.690 8.19); the dotted form stands beside them, and the
 * unit test encodes it again. */
#include "der/internal.h"

const e2m_oid_row e2m_oid_table[E2M_OID_COUNT] = {
    [E2M_OID_UNKNOWN] = { 0, { 0 }, "unknown" },
    /* 1.2.840.113549.1.7.1 */
    [E2M_OID_DATA] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 },
        "data",
    },
    /* 1.2.840.113549.1.7.2 */
    [E2M_OID_SIGNED_DATA] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 },
        "signed-data",
    },
    /* 1.2.840.113549.1.7.3 */
    [E2M_OID_ENVELOPED_DATA] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03 },
        "enveloped-data",
    },
    /* 1.2.840.113549.1.7.6 */
    [E2M_OID_ENCRYPTED_DATA] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06 },
        "encrypted-data",
    },
    /* 1.2.840.113549.1.9.16.1.23 */
    [E2M_OID_AUTH_ENVELOPED_DATA] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01,
          0x17 },
        "auth-enveloped-data",
    },
    /* 1.2.840.113549.1.9.16.1.9 */
    [E2M_OID_COMPRESSED_DATA] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01,
          0x09 },
        "compressed-data",
    },

    /* 1.2.840.113549.1.9.3 */
    [E2M_OID_CONTENT_TYPE] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03 },
        "content-type",
    },
    /* 1.2.840.113549.1.9.4 */
    [E2M_OID_MESSAGE_DIGEST] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04 },
        "message-digest",
    },
    /* 1.2.840.113549.1.9.5 */
    [E2M_OID_SIGNING_TIME] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05 },
        "signing-time",
    },
    /* 1.2.840.113549.1.9.15 */
    [E2M_OID_SMIME_CAPABILITIES] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0f },
        "smime-capabilities",
    },
    /* 1.2.840.113549.1.9.16.2.47 */
    [E2M_OID_SIGNING_CERTIFICATE_V2] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02,
          0x2f },
        "signing-certificate-v2",
    },
    /* 1.2.840.113549.1.9.16.2.30 */
    [E2M_OID_CEK_REFERENCE] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02,
          0x1e },
        "cek-reference",
    },
    /* 1.2.840.113549.1.9.16.2.31 */
    [E2M_OID_CEK_MAX_DECRYPTS] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02,
          0x1f },
        "cek-max-decrypts",
    },
    /* 1.2.840.113549.1.9.16.2.32 */
    [E2M_OID_KEK_DERIVATION_ALG] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02,
          0x20 },
        "kek-derivation-alg",
    },
    /* 2.25.86803021631929663138353096628114048173 */
    [E2M_OID_KEY_COMMITMENT] = {
        20,
        { 0x69, 0x81, 0x82, 0xcd, 0xd3, 0xd8, 0xf0, 0xf1, 0xca, 0xa9,
          0xd9, 0xab, 0x9d, 0xd0, 0x87, 0x95, 0xbb, 0xa1, 0x89, 0x2d },
        "key-commitment",
    },

    /* 1.3.14.3.2.26 */
    [E2M_OID_SHA1] = {
        5,
        { 0x2b, 0x0e, 0x03, 0x02, 0x1a },
        "sha-1",
    },
    /* 2.16.840.1.101.3.4.2.1 */
    [E2M_OID_SHA256] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 },
        "sha-256",
    },
    /* 2.16.840.1.101.3.4.2.2 */
    [E2M_OID_SHA384] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 },
        "sha-384",
    },
    /* 2.16.840.1.101.3.4.2.3 */
    [E2M_OID_SHA512] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03 },
        "sha-512",
    },

    /* 1.2.840.113549.1.1.1 */
    [E2M_OID_RSA] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 },
        "rsa",
    },
    /* 1.2.840.113549.1.1.10 */
    [E2M_OID_RSA_PSS] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a },
        "rsassa-pss",
    },
    /* 1.2.840.113549.1.1.5 */
    [E2M_OID_SHA1_RSA] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05 },
        "sha1-with-rsa",
    },
    /* 1.2.840.113549.1.1.11 */
    [E2M_OID_SHA256_RSA] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b },
        "sha256-with-rsa",
    },
    /* 1.2.840.113549.1.1.12 */
    [E2M_OID_SHA384_RSA] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c },
        "sha384-with-rsa",
    },
    /* 1.2.840.113549.1.1.13 */
    [E2M_OID_SHA512_RSA] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d },
        "sha512-with-rsa",
    },
    /* 1.2.840.10045.4.3.2 */
    [E2M_OID_ECDSA_SHA256] = {
        8,
        { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 },
        "ecdsa-with-SHA256",
    },
    /* 1.2.840.10045.4.3.3 */
    [E2M_OID_ECDSA_SHA384] = {
        8,
        { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 },
        "ecdsa-with-SHA384",
    },
    /* 1.2.840.10045.4.3.4 */
    [E2M_OID_ECDSA_SHA512] = {
        8,
        { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04 },
        "ecdsa-with-SHA512",
    },
    /* 1.3.101.112 */
    [E2M_OID_ED25519] = {
        3,
        { 0x2b, 0x65, 0x70 },
        "ed25519",
    },

    /* 1.2.840.113549.1.1.7 */
    [E2M_OID_RSA_OAEP] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07 },
        "rsaes-oaep",
    },
    /* 1.2.840.113549.1.1.8 */
    [E2M_OID_MGF1] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08 },
        "mgf1",
    },
    /* 1.2.840.113549.1.1.9 */
    [E2M_OID_P_SPECIFIED] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x09 },
        "p-specified",
    },
    /* 1.3.133.16.840.63.0.2 */
    [E2M_OID_ECDH_SHA1KDF] = {
        9,
        { 0x2b, 0x81, 0x05, 0x10, 0x86, 0x48, 0x3f, 0x00, 0x02 },
        "ecdh-sha1kdf",
    },
    /* 1.3.132.1.11.1 */
    [E2M_OID_ECDH_SHA256KDF] = {
        6,
        { 0x2b, 0x81, 0x04, 0x01, 0x0b, 0x01 },
        "ecdh-sha256kdf",
    },
    /* 1.3.132.1.11.2 */
    [E2M_OID_ECDH_SHA384KDF] = {
        6,
        { 0x2b, 0x81, 0x04, 0x01, 0x0b, 0x02 },
        "ecdh-sha384kdf",
    },
    /* 1.3.132.1.11.3 */
    [E2M_OID_ECDH_SHA512KDF] = {
        6,
        { 0x2b, 0x81, 0x04, 0x01, 0x0b, 0x03 },
        "ecdh-sha512kdf",
    },
    /* 1.3.132.1.14.1 */
    [E2M_OID_COFACTOR_SHA256KDF] = {
        6,
        { 0x2b, 0x81, 0x04, 0x01, 0x0e, 0x01 },
        "ecdh-cofactor-sha256kdf",
    },
    /* 1.3.132.1.14.2 */
    [E2M_OID_COFACTOR_SHA384KDF] = {
        6,
        { 0x2b, 0x81, 0x04, 0x01, 0x0e, 0x02 },
        "ecdh-cofactor-sha384kdf",
    },
    /* 1.2.840.113549.1.9.16.3.19 */
    [E2M_OID_ECDH_HKDF_SHA256] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x03,
          0x13 },
        "ecdh-hkdf-sha256",
    },
    /* 1.2.840.113549.1.9.16.3.20 */
    [E2M_OID_ECDH_HKDF_SHA384] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x03,
          0x14 },
        "ecdh-hkdf-sha384",
    },
    /* 1.2.840.113549.1.9.16.3.21 */
    [E2M_OID_ECDH_HKDF_SHA512] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x03,
          0x15 },
        "ecdh-hkdf-sha512",
    },
    /* 1.2.840.10045.2.1 */
    [E2M_OID_EC_PUBLIC_KEY] = {
        7,
        { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 },
        "ec-public-key",
    },
    /* 1.2.840.10045.3.1.7 */
    [E2M_OID_P256] = {
        8,
        { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 },
        "p-256",
    },
    /* 1.3.132.0.34 */
    [E2M_OID_P384] = {
        5,
        { 0x2b, 0x81, 0x04, 0x00, 0x22 },
        "p-384",
    },
    /* 1.3.101.110 */
    [E2M_OID_X25519] = {
        3,
        { 0x2b, 0x65, 0x6e },
        "x25519",
    },

    /* 1.2.840.113549.1.9.16.3.8 */
    [E2M_OID_ZLIB] = {
        11,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x03,
          0x08 },
        "zlib",
    },

    /* 2.16.840.1.101.3.4.1.2 */
    [E2M_OID_AES128_CBC] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02 },
        "aes-128-cbc",
    },
    /* 2.16.840.1.101.3.4.1.22 */
    [E2M_OID_AES192_CBC] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x16 },
        "aes-192-cbc",
    },
    /* 2.16.840.1.101.3.4.1.42 */
    [E2M_OID_AES256_CBC] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a },
        "aes-256-cbc",
    },
    /* 2.16.840.1.101.3.4.1.5 */
    [E2M_OID_AES128_WRAP] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x05 },
        "aes-128-wrap",
    },
    /* 2.16.840.1.101.3.4.1.25 */
    [E2M_OID_AES192_WRAP] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x19 },
        "aes-192-wrap",
    },
    /* 2.16.840.1.101.3.4.1.45 */
    [E2M_OID_AES256_WRAP] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d },
        "aes-256-wrap",
    },
    /* 2.16.840.1.101.3.4.1.6 */
    [E2M_OID_AES128_GCM] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x06 },
        "aes-128-gcm",
    },
    /* 2.16.840.1.101.3.4.1.26 */
    [E2M_OID_AES192_GCM] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x1a },
        "aes-192-gcm",
    },
    /* 2.16.840.1.101.3.4.1.46 */
    [E2M_OID_AES256_GCM] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e },
        "aes-256-gcm",
    },
    /* 2.16.840.1.101.3.4.1.7 */
    [E2M_OID_AES128_CCM] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x07 },
        "aes-128-ccm",
    },
    /* 2.16.840.1.101.3.4.1.27 */
    [E2M_OID_AES192_CCM] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x1b },
        "aes-192-ccm",
    },
    /* 2.16.840.1.101.3.4.1.47 */
    [E2M_OID_AES256_CCM] = {
        9,
        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2f },
        "aes-256-ccm",
    },

    /* 2.5.29.17 */
    [E2M_OID_SUBJECT_ALT_NAME] = {
        3,
        { 0x55, 0x1d, 0x11 },
        "subject-alt-name",
    },
    /* 2.5.29.14 */
    [E2M_OID_SUBJECT_KEY_ID] = {
        3,
        { 0x55, 0x1d, 0x0e },
        "subject-key-identifier",
    },
    /* 2.5.29.15 */
    [E2M_OID_KEY_USAGE] = {
        3,
        { 0x55, 0x1d, 0x0f },
        "key-usage",
    },
    /* 2.5.29.37 */
    [E2M_OID_EXT_KEY_USAGE] = {
        3,
        { 0x55, 0x1d, 0x25 },
        "extended-key-usage",
    },
    /* 2.5.29.19 */
    [E2M_OID_BASIC_CONSTRAINTS] = {
        3,
        { 0x55, 0x1d, 0x13 },
        "basic-constraints",
    },
    /* 2.5.4.3 */
    [E2M_OID_COMMON_NAME] = {
        3,
        { 0x55, 0x04, 0x03 },
        "common-name",
    },
    /* 2.5.29.37.0 */
    [E2M_OID_KP_ANY] = {
        4,
        { 0x55, 0x1d, 0x25, 0x00 },
        "any-extended-key-usage",
    },
    /* 1.3.6.1.5.5.7.3.4 */
    [E2M_OID_KP_EMAIL] = {
        8,
        { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04 },
        "email-protection",
    },
    /* 1.3.6.1.5.5.7.3.20 */
    [E2M_OID_KP_SIP_DOMAIN] = {
        8,
        { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x14 },
        "sip-domain",
    },
    /* 1.3.6.1.5.5.7.3.1 */
    [E2M_OID_KP_SERVER_AUTH] = {
        8,
        { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01 },
        "server-auth",
    },
    /* 1.3.6.1.5.5.7.3.2 */
    [E2M_OID_KP_CLIENT_AUTH] = {
        8,
        { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02 },
        "client-auth",
    },

    /* 1.2.840.113549.1.5.12 */
    [E2M_OID_PBKDF2] = {
        9,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c },
        "pbkdf2",
    },
    /* 1.2.840.113549.2.7 */
    [E2M_OID_HMAC_SHA1] = {
        8,
        { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x07 },
        "hmac-with-sha1",
    },
};
