/* SPDX-License-Identifier: BSD-3-Clause */
/* DER in hex as PEM, and keys from that. Include after cmocka.h. */
#ifndef E2M_TEST_PEMKEY_H
#define E2M_TEST_PEMKEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/crypto.h"
#include "hex.h"

static inline e2m_bytes
pem_of(e2m_env *env, const char *name, e2m_bytes der)
{
    e2m_out o;
    e2m_bytes pem = E2M_NONE;

    e2m_out_init(&o, env, 0);
    e2m_out_str(&o, "-----BEGIN ");
    e2m_out_str(&o, name);
    e2m_out_str(&o, "-----\n");
    for (size_t at = 0; at < der.len; at += 48) {
        const size_t n = der.len - at < 48 ? der.len - at : 48;
        unsigned char line[65];

        EVP_EncodeBlock(line, der.data + at, (int)n);
        e2m_out_str(&o, (const char *)line);
        e2m_out_str(&o, "\n");
    }
    e2m_out_str(&o, "-----END ");
    e2m_out_str(&o, name);
    e2m_out_str(&o, "-----\n");
    assert_int_equal(e2m_out_done(&o, &pem), E2M_OK);
    return pem;
}

static inline e2m_pkey *
key_of(const char *name, e2m_bytes der)
{
    e2m_env env;
    e2m_keyfile kf;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_keyfile_read(&env, pem_of(&env, name, der), NULL, &kf), E2M_OK);
    assert_non_null(kf.key);
    e2m_env_done(&env);
    return kf.key;
}

/* The same key for us and for OpenSSL; takes no ownership of `evp`. */
static inline e2m_pkey *
key_of_evp(EVP_PKEY *evp)
{
    unsigned char *der = NULL;
    const int len = i2d_PrivateKey(evp, &der);
    const char *name = EVP_PKEY_is_a(evp, "RSA")  ? "RSA PRIVATE KEY"
                       : EVP_PKEY_is_a(evp, "EC") ? "EC PRIVATE KEY"
                                                  : "PRIVATE KEY";
    e2m_pkey *k;

    assert_true(len > 0);
    k = key_of(name, (e2m_bytes){ der, (size_t)len });
    OPENSSL_clear_free(der, (size_t)len);
    return k;
}

static inline e2m_pub *
pub_of_evp(EVP_PKEY *evp)
{
    unsigned char *der = NULL;
    const int len = i2d_PUBKEY(evp, &der);
    e2m_pub *p = NULL;

    assert_true(len > 0);
    assert_int_equal(
        e2m_pub_from_spki((e2m_bytes){ der, (size_t)len }, 8192, &p),
        E2M_OK);
    OPENSSL_free(der);
    return p;
}

#endif
