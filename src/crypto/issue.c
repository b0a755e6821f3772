/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates for `e2m pki`: enough to try e2m with. And requests for
 * certificates of a real CA. */
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/internal.h"

enum { SERIAL = 16 };

static e2m_err
refuse(e2m_env *env, e2m_err err, const char *what)
{
    ERR_clear_error();
    return e2m_fail(env, err, NULL, what, "RFC 5280 sec. 4.1");
}

/* ---- the key ---------------------------------------------------------- */

EVP_PKEY *
e2m_issue_key(const e2m_issue *what)
{
    const char *group = e2m_kind_group(what->kind);

    switch (what->kind) {
    case E2M_KEY_RSA:
        return what->rsa_bits >= E2M_RSA_BITS_MIN &&
                       what->rsa_bits <= (size_t)E2M_RSA_OCTETS_MAX * 8
                   ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", what->rsa_bits)
                   : NULL;
    case E2M_KEY_P256:
    case E2M_KEY_P384:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", group);
    case E2M_KEY_X25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    case E2M_KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case E2M_KEY_NONE:
        break;
    }
    return NULL;
}

/* ---- extensions ------------------------------------------------------- */

static bool
add_name(GENERAL_NAMES *names, int type, const char *text)
{
    GENERAL_NAME *name = NULL;
    ASN1_IA5STRING *value = NULL;

    if (text == NULL) {
        return true;
    }
    name = GENERAL_NAME_new();
    value = ASN1_IA5STRING_new();
    if (name == NULL || value == NULL ||
        !ASN1_STRING_set(value, text, -1)) {
        GENERAL_NAME_free(name);
        ASN1_IA5STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(name, type, value);
    if (!sk_GENERAL_NAME_push(names, name)) {
        GENERAL_NAME_free(name);
        return false;
    }
    return true;
}

/* RFC 5922 sec. 5: URIs; dNSName beside them for those who look for that. */
bool
e2m_issue_names(STACK_OF(X509_EXTENSION) **list, const e2m_issue *what)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    bool ok = names != NULL && add_name(names, GEN_URI, what->san_uri) &&
              add_name(names, GEN_URI, what->san_uri2) &&
              add_name(names, GEN_DNS, what->san_dns);

    if (ok && sk_GENERAL_NAME_num(names) > 0) {
        ok = X509V3_add1_i2d(list, NID_subject_alt_name, names, 0, 0) == 1;
    }
    GENERAL_NAMES_free(names);
    return ok;
}

static bool
add_names(X509 *x, const e2m_issue *what)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    bool ok = e2m_issue_names(&list, what);

    for (int i = 0; ok && i < sk_X509_EXTENSION_num(list); i++) {
        ok = X509_add_ext(x, sk_X509_EXTENSION_value(list, i), -1) == 1;
    }
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return ok;
}

static bool
add_text(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;
    bool ok;

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ok = ext != NULL && X509_add_ext(x, ext, -1);
    X509_EXTENSION_free(ext);
    return ok;
}

const char *
e2m_issue_usage(const e2m_issue *what)
{
    if (what->ca) {
        return "critical,keyCertSign,cRLSign";
    }
    if (what->kind == E2M_KEY_RSA) {
        return "critical,digitalSignature,keyEncipherment";
    }
    if (what->kind == E2M_KEY_ED25519) {
        return "critical,digitalSignature";
    }
    return what->kind == E2M_KEY_X25519
               ? "critical,keyAgreement"
               : "critical,digitalSignature,keyAgreement";
}

/* id-kp-sipDomain, RFC 5924, has no name in OpenSSL. */
static bool
add_extensions(X509 *x, X509 *issuer, const e2m_issue *what)
{
    const char *purposes =
        what->san_dns != NULL
            ? "emailProtection,serverAuth,clientAuth,1.3.6.1.5.5.7.3.20"
            : "emailProtection";

    return add_text(x, issuer, NID_basic_constraints,
                    what->ca ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
           add_text(x, issuer, NID_key_usage, e2m_issue_usage(what)) &&
           (what->ca || add_text(x, issuer, NID_ext_key_usage, purposes)) &&
           add_text(x, issuer, NID_subject_key_identifier, "hash") &&
           add_text(x, issuer, NID_authority_key_identifier,
                    "keyid:always") &&
           add_names(x, what);
}

/* ---- the certificate -------------------------------------------------- */

/* 127 random bits, positive (RFC 5280 sec. 4.1.2.2). */
static bool
set_serial(X509 *x)
{
    uint8_t random[SERIAL];
    BIGNUM *bn = NULL;
    bool ok = false;

    if (e2m_random(random, sizeof random) == E2M_OK) {
        random[0] = (uint8_t)((random[0] & 0x7f) | 0x40);
        bn = BN_bin2bn(random, sizeof random, NULL);
        ok = bn != NULL &&
             BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL;
    }
    BN_free(bn);
    return ok;
}

static bool
set_fields(X509 *x, const e2m_issue *what, X509 *issuer, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(x);

    return X509_set_version(x, X509_VERSION_3) && set_serial(x) &&
           X509_NAME_add_entry_by_NID(
               name, NID_commonName, MBSTRING_UTF8,
               (const unsigned char *)what->common_name, -1, -1, 0) &&
           X509_set_issuer_name(x, X509_get_subject_name(issuer)) &&
           ASN1_TIME_set(X509_getm_notBefore(x), (time_t)what->not_before) !=
               NULL &&
           ASN1_TIME_set(X509_getm_notAfter(x), (time_t)what->not_after) !=
               NULL &&
           X509_set_pubkey(x, key) && add_extensions(x, issuer, what);
}

/* Ed25519 has its digest built in. */
static bool
sign(X509 *x, EVP_PKEY *key)
{
    const bool ed = EVP_PKEY_is_a(key, "ED25519");

    return X509_sign(x, key, ed ? NULL : EVP_sha256()) > 0;
}

e2m_err
e2m_issue_text(e2m_env *env, BIO *bio, e2m_bytes *out)
{
    char *text = NULL;
    const long len = BIO_get_mem_data(bio, &text);

    return e2m_dup(env, (e2m_bytes){ (uint8_t *)text, (size_t)len }, out);
}

static e2m_err
print(e2m_env *env, X509 *x, EVP_PKEY *key, e2m_bytes *out_cert,
      e2m_bytes *out_key)
{
    BIO *cert_bio = BIO_new(BIO_s_mem());
    BIO *key_bio = BIO_new(BIO_s_secmem()); /* wiped when freed */
    e2m_err err = E2M_E_CRYPTO;

    if (cert_bio != NULL && key_bio != NULL &&
        PEM_write_bio_X509(cert_bio, x) &&
        PEM_write_bio_PKCS8PrivateKey(key_bio, key, NULL, NULL, 0, NULL,
                                      NULL)) {
        err = e2m_issue_text(env, cert_bio, out_cert);
    }
    if (err == E2M_OK) {
        err = e2m_issue_text(env, key_bio, out_key);
    }
    BIO_free(cert_bio);
    BIO_free(key_bio);
    return err;
}

/* The issuer's certificate and key; both NULL when self-signed. */
typedef struct issuer {
    X509 *cert;
    e2m_pkey *key;
} issuer;

static e2m_err
read_issuer(e2m_env *env, e2m_bytes pem, issuer *out)
{
    e2m_keyfile kf;
    const uint8_t *p;
    e2m_err err = e2m_keyfile_read(env, pem, NULL, &kf);

    if (err != E2M_OK) {
        return err;
    }
    out->key = kf.key;
    if (kf.num_certs == 0 || kf.key == NULL) {
        return refuse(env, E2M_E_NOKEY, "issuer without certificate or key");
    }
    p = kf.certs[0].data;
    out->cert = d2i_X509(NULL, &p, (long)kf.certs[0].len);
    if (out->cert == NULL ||
        !X509_check_private_key(out->cert, kf.key->evp)) {
        return refuse(env, E2M_E_NOKEY, "issuer's key is not its own");
    }
    return E2M_OK;
}

e2m_err
e2m_issue_cert(e2m_env *env, const e2m_issue *what, e2m_bytes *out_cert_pem,
               e2m_bytes *out_key_pem)
{
    const bool self = what->ca_pem.len == 0;
    issuer by = { NULL, NULL };
    EVP_PKEY *key = NULL;
    X509 *x = NULL;
    e2m_err err = E2M_OK;

    e2m_ossl_start();
    if (what->common_name == NULL || what->not_before > what->not_after ||
        (self && what->kind == E2M_KEY_X25519)) {
        return refuse(env, E2M_E_ARG, "name or times missing or wrong");
    }
    if (!self) {
        err = read_issuer(env, what->ca_pem, &by);
        if (err != E2M_OK) {
            goto out;
        }
    }
    key = e2m_issue_key(what);
    x = X509_new();
    if (key == NULL || x == NULL) {
        err = refuse(env, E2M_E_ARG, "cannot make a key of this kind");
    } else if (!set_fields(x, what, self ? x : by.cert, key) ||
               !sign(x, self ? key : by.key->evp)) {
        err = refuse(env, E2M_E_CRYPTO, "cannot make the certificate");
    } else {
        err = print(env, x, key, out_cert_pem, out_key_pem);
    }
out:
    ERR_clear_error();
    X509_free(x);
    X509_free(by.cert);
    EVP_PKEY_free(key);
    e2m_pkey_free(by.key);
    return err;
}
