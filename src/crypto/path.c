/* SPDX-License-Identifier: BSD-3-Clause */
/* Path validation (RFC 5280 sec. 6), OpenSSL's, with these choices:
 *
 * - Not X509_V_FLAG_X509_STRICT: it refuses paths for what RFC 5280 asks of
 *   issuers' style (an authorityKeyIdentifier in each certificate), and home-
 *   made CAs lack that. The one leniency that would matter, a sub-CA without
 *   basicConstraints (6.1.4 k), is taken back below.
 * - Security level 2: no SHA-1, no RSA under 2048 bits anywhere in the path.
 * - No partial chains: a path ends in a self-signed anchor. A self-signed
 *   end-entity certificate may itself be one.
 * - Purpose: any. What the leaf is for is judged in cert, by its keyUsage.
 * - With a CRL added, every certificate of a path needs one (6.3). */
#include <stdlib.h>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "crypto/internal.h"

enum { DEPTH = 5, EXTRA_MAX = 8, LEVEL = 2, DER_MAX = 65536 };

struct e2m_anchors {
    X509_STORE *store;
    size_t num;
    bool has_crl;
};

e2m_err
e2m_anchors_new(e2m_anchors **out)
{
    e2m_anchors *a = calloc(1, sizeof *a);

    *out = NULL;
    if (a == NULL) {
        return E2M_E_NOMEM;
    }
    e2m_ossl_start();
    a->store = X509_STORE_new();
    if (a->store == NULL) {
        ERR_clear_error();
        free(a);
        return E2M_E_NOMEM;
    }
    *out = a;
    return E2M_OK;
}

void
e2m_anchors_free(e2m_anchors *a)
{
    if (a != NULL) {
        X509_STORE_free(a->store);
        free(a);
    }
}

size_t
e2m_anchors_num(const e2m_anchors *a)
{
    return a->num;
}

/* A certificate with nothing behind it, or NULL. */
static X509 *
read_cert(e2m_bytes der)
{
    const uint8_t *p = der.data;
    X509 *x = NULL;

    if (der.len > 0 && der.len <= DER_MAX) {
        x = d2i_X509(NULL, &p, (long)der.len);
    }
    if (x != NULL && p != der.data + der.len) {
        X509_free(x);
        x = NULL;
    }
    return x;
}

e2m_err
e2m_anchors_add_cert(e2m_anchors *a, e2m_bytes der)
{
    X509 *x = read_cert(der);
    e2m_err err = E2M_OK;

    if (x == NULL) {
        err = E2M_E_SYNTAX;
        goto out;
    }
    /* Makes OpenSSL decode the extensions now, while we are alone. */
    (void)X509_check_purpose(x, -1, 0);
    if (!X509_STORE_add_cert(a->store, x)) {
        err = E2M_E_NOMEM;
        goto out;
    }
    a->num++;
out:
    ERR_clear_error();
    X509_free(x);
    return err;
}

e2m_err
e2m_anchors_add_crl(e2m_anchors *a, e2m_bytes der)
{
    const uint8_t *p = der.data;
    X509_CRL *x = d2i_X509_CRL(NULL, &p, (long)der.len);
    e2m_err err = E2M_OK;

    if (x == NULL || p != der.data + der.len) {
        err = E2M_E_SYNTAX;
    } else if (!X509_STORE_add_crl(a->store, x)) {
        err = E2M_E_NOMEM;
    } else {
        a->has_crl = true;
    }
    ERR_clear_error();
    X509_CRL_free(x);
    return err;
}

static e2m_path
path_of(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return E2M_PATH_EXPIRED;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return E2M_PATH_UNTRUSTED;
    case X509_V_ERR_CERT_REVOKED:
        return E2M_PATH_REVOKED;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
        return E2M_PATH_NO_CRL;
    default:
        return E2M_PATH_BAD;
    }
}

/* Every certificate between leaf and anchor must say that it is a CA. */
static bool
middle_is_cas(X509_STORE_CTX *ctx)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);

    for (int i = 1; i + 1 < sk_X509_num(chain); i++) {
        if (X509_check_ca(sk_X509_value(chain, i)) != 1) {
            return false;
        }
    }
    return true;
}

static bool
set_params(X509_STORE_CTX *ctx, const e2m_anchors *a, int64_t now_sec)
{
    X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
    const unsigned long crl =
        X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;

    X509_VERIFY_PARAM_set_time(p, (time_t)now_sec);
    X509_VERIFY_PARAM_set_depth(p, DEPTH);
    X509_VERIFY_PARAM_set_auth_level(p, LEVEL);
    return X509_VERIFY_PARAM_set_purpose(p, X509_PURPOSE_ANY) &&
           (!a->has_crl || X509_VERIFY_PARAM_set_flags(p, crl));
}

/* Those that do not parse cannot help, and are left out. */
static STACK_OF(X509) *
read_extra(const e2m_bytes *extra, size_t num)
{
    STACK_OF(X509) *list = sk_X509_new_null();

    for (size_t i = 0; list != NULL && i < num; i++) {
        X509 *x = read_cert(extra[i]);

        if (x != NULL && !sk_X509_push(list, x)) {
            X509_free(x);
            sk_X509_pop_free(list, X509_free);
            return NULL;
        }
    }
    return list;
}

e2m_err
e2m_anchors_check(const e2m_anchors *a, e2m_bytes leaf,
                  const e2m_bytes *extra, size_t num_extra, int64_t now_sec,
                  e2m_path *out)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *others = NULL;
    X509 *x = NULL;
    e2m_err err = E2M_E_NOMEM;

    *out = E2M_PATH_UNCHECKED;
    if (num_extra > EXTRA_MAX) {
        err = E2M_E_LIMIT;
        goto out;
    }
    x = read_cert(leaf);
    if (x == NULL) {
        err = E2M_E_SYNTAX;
        goto out;
    }
    others = read_extra(extra, num_extra);
    if (ctx == NULL || others == NULL ||
        !X509_STORE_CTX_init(ctx, a->store, x, others) ||
        !set_params(ctx, a, now_sec)) {
        goto out;
    }
    err = E2M_OK;
    if (X509_verify_cert(ctx) <= 0) {
        *out = path_of(X509_STORE_CTX_get_error(ctx));
    } else {
        *out = middle_is_cas(ctx) ? E2M_PATH_OK : E2M_PATH_BAD;
    }
    if (X509_STORE_CTX_get_error(ctx) == X509_V_ERR_OUT_OF_MEM) {
        *out = E2M_PATH_UNCHECKED;
        err = E2M_E_NOMEM;
    }
out:
    ERR_clear_error();
    X509_STORE_CTX_free(ctx);
    sk_X509_pop_free(others, X509_free);
    X509_free(x);
    return err;
}
