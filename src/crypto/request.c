/* SPDX-License-Identifier: BSD-3-Clause */
/* A request for a certificate (PKCS#10, RFC 2986), with its key. */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/internal.h"

static bool
add_usage(STACK_OF(X509_EXTENSION) *list, const e2m_issue *what)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage,
                                              e2m_issue_usage(what));

    if (ext != NULL && sk_X509_EXTENSION_push(list, ext)) {
        return true; /* transferred */
    }
    X509_EXTENSION_free(ext);
    return false;
}

/* The extensions that the certificate shall have; most CAs copy only some. */
static bool
add_extensions(X509_REQ *request, const e2m_issue *what)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    const bool ok = e2m_issue_names(&list, what) && list != NULL &&
                    add_usage(list, what) &&
                    X509_REQ_add_extensions(request, list) == 1;

    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return ok;
}

static bool
fill(X509_REQ *request, const e2m_issue *what, EVP_PKEY *key)
{
    return X509_REQ_set_version(request, X509_REQ_VERSION_1) &&
           X509_NAME_add_entry_by_NID(
               X509_REQ_get_subject_name(request), NID_commonName,
               MBSTRING_UTF8, (const unsigned char *)what->common_name, -1, -1,
               0) &&
           X509_REQ_set_pubkey(request, key) && add_extensions(request, what) &&
           X509_REQ_sign(request, key, EVP_sha256()) > 0;
}

static e2m_err
print(e2m_env *env, X509_REQ *request, EVP_PKEY *key, e2m_bytes *out_request,
      e2m_bytes *out_key)
{
    BIO *request_bio = BIO_new(BIO_s_mem());
    BIO *key_bio = BIO_new(BIO_s_secmem()); /* wiped when freed */
    e2m_err err = E2M_E_CRYPTO;

    if (request_bio != NULL && key_bio != NULL &&
        PEM_write_bio_X509_REQ(request_bio, request) &&
        PEM_write_bio_PKCS8PrivateKey(key_bio, key, NULL, NULL, 0, NULL,
                                      NULL)) {
        err = e2m_issue_text(env, request_bio, out_request);
    }
    if (err == E2M_OK) {
        err = e2m_issue_text(env, key_bio, out_key);
    }
    BIO_free(request_bio);
    BIO_free(key_bio);
    return err;
}

e2m_err
e2m_issue_request(e2m_env *env, const e2m_issue *what,
                  e2m_bytes *out_request_pem, e2m_bytes *out_key_pem)
{
    X509_REQ *request;
    EVP_PKEY *key;
    e2m_err err = E2M_E_CRYPTO;

    e2m_ossl_start();
    request = X509_REQ_new();
    key = e2m_issue_key(what);
    if (request != NULL && key != NULL && fill(request, what, key)) {
        err = print(env, request, key, out_request_pem, out_key_pem);
    }
    ERR_clear_error();
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return err == E2M_OK ? E2M_OK
                         : e2m_fail(env, err, NULL, "cannot make the request",
                                    "RFC 2986 sec. 4");
}
