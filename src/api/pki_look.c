/* SPDX-License-Identifier: BSD-3-Clause */
/* How a key or certificate file stands, for those who look after it. */
#include <e2m/pki.h>

#include "api/api.h"

enum { EXTRA_MAX = 8 };

static e2m_pki_path
path_of(e2m_path path)
{
    switch (path) {
    case E2M_PATH_OK:
        return E2M_PKI_TRUSTED;
    case E2M_PATH_EXPIRED:
        return E2M_PKI_OUT_OF_TIME;
    case E2M_PATH_UNTRUSTED:
        return E2M_PKI_UNTRUSTED;
    case E2M_PATH_REVOKED:
        return E2M_PKI_REVOKED;
    case E2M_PATH_NO_CRL:
        return E2M_PKI_NO_CRL;
    case E2M_PATH_BAD:
        return E2M_PKI_BAD;
    case E2M_PATH_UNCHECKED:
        break;
    }
    return E2M_PKI_UNCHECKED;
}

static e2m_err
check_path(const e2m_keyfile *kf, const e2m_pki_question *q, e2m_pki_path *out)
{
    const size_t extra = kf->num_certs - 1;
    e2m_anchors *anchors = NULL;
    e2m_path path = E2M_PATH_UNCHECKED;
    e2m_err err;

    if (q->trust.len == 0) {
        return E2M_OK;
    }
    err = e2m_anchors_new(&anchors);
    if (err == E2M_OK) {
        err = e2m_file_anchors(q->trust, anchors);
    }
    if (err == E2M_OK) {
        err = e2m_anchors_check(anchors, kf->certs[0], kf->certs + 1,
                                extra < EXTRA_MAX ? extra : EXTRA_MAX,
                                q->now_sec, &path);
    }
    e2m_anchors_free(anchors);
    *out = path_of(path);
    return err;
}

static e2m_err
report_cert(const e2m_keyfile *kf, e2m_bytes name, e2m_pki_report *out)
{
    e2m_cert *cert;

    TRY(e2m_cert_new(kf->certs[0], e2m_limit_defaults[E2M_LIMIT_RSA_BITS],
                     &cert));
    out->has_cert = true;
    out->key_fits = kf->key != NULL && cert->pub != NULL &&
                    e2m_pkey_fits(kf->key, cert->pub);
    out->named = e2m_cert_is_named(cert, name);
    out->may_sign = e2m_cert_may_sign(cert);
    out->may_receive = e2m_cert_may_receive(cert);
    out->not_before = cert->not_before;
    out->not_after = cert->not_after;
    e2m_cert_free(cert);
    return E2M_OK;
}

static e2m_err
report(const e2m_keyfile *kf, const e2m_pki_question *q, e2m_pki_report *out)
{
    out->has_key = kf->key != NULL;
    if (kf->num_certs == 0) {
        return E2M_OK;
    }
    TRY(report_cert(kf, q->name, out));
    return check_path(kf, q, &out->path);
}

e2m_err
e2m_pki_look(const e2m_pki_question *q, e2m_pki_report *out)
{
    size_t bounds[E2M_LIMIT_COUNT];
    e2m_env env;
    e2m_keyfile kf = { 0 };
    e2m_err err;

    *out = (e2m_pki_report){ 0 };
    e2m_file_limits(bounds);
    e2m_env_init(&env, NULL, bounds);
    err = e2m_keyfile_read(&env, q->file, q->pass, &kf);
    if (err == E2M_OK) {
        err = report(&kf, q, out);
    }
    e2m_pkey_free(kf.key);
    e2m_env_done(&env);
    if (err != E2M_OK) {
        *out = (e2m_pki_report){ 0 };
    }
    return err;
}
