/* SPDX-License-Identifier: BSD-3-Clause */
/* One signature: whose is it, may he be believed, and does it hold. In this
 * order, for the first two are cheap and cached. */
#include "smime/smime.h"

static e2m_reason
path_reason(e2m_path path)
{
    switch (path) {
    case E2M_PATH_OK:
        return E2M_BECAUSE_NONE;
    case E2M_PATH_EXPIRED:
        return E2M_BECAUSE_EXPIRED;
    case E2M_PATH_REVOKED:
    case E2M_PATH_NO_CRL:
        return E2M_BECAUSE_REVOKED;
    case E2M_PATH_UNCHECKED:
    case E2M_PATH_UNTRUSTED:
    case E2M_PATH_BAD:
        return E2M_BECAUSE_UNTRUSTED;
    }
    return E2M_BECAUSE_UNTRUSTED;
}

/* The certificate that the SignerInfo names: one known beforehand, else one
 * carried. A carried one is decoded only when its octets were not seen before;
 * whether the name fits is asked of the decoded one. */
static e2m_err
find_signer(const e2m_tools *t, const e2m_signed *sd, const e2m_signer *s,
            const e2m_cert **out)
{
    for (size_t i = 0; i < t->num_peers; i++) {
        if (e2m_cms_signed_by(s, t->peers[i])) {
            *out = t->peers[i];
            return E2M_OK;
        }
    }
    for (size_t i = 0; i < sd->num_certs; i++) {
        const e2m_cert *cert = NULL;
        const e2m_err err = e2m_certs_get(t->certs, t->crypto, sd->certs[i],
                                          &cert);

        if (err == E2M_E_NOMEM) {
            return err;
        }
        if (err == E2M_OK && e2m_cms_signed_by(s, cert)) {
            *out = cert;
            return E2M_OK;
        }
    }
    *out = NULL;
    return E2M_OK;
}

static e2m_err
check(e2m_env *env, const e2m_tools *t, e2m_level *level, const e2m_signer *s,
      e2m_reason *why)
{
    const e2m_signed *sd = &level->sd;
    const e2m_cert *cert = NULL;
    e2m_path path = E2M_PATH_UNCHECKED;
    e2m_err err;

    TRY(find_signer(t, sd, s, &cert));
    level->sig.cert = cert;
    level->sig.signer = s;
    if (cert == NULL) {
        *why = E2M_BECAUSE_NO_SIGNER;
        return E2M_OK;
    }
    TRY(e2m_certs_check(t->certs, t->crypto, t->anchors, cert, sd->certs,
                        sd->num_certs, t->now_sec, &path));
    *why = path_reason(path);
    if (*why == E2M_BECAUSE_NONE && !e2m_cert_may_sign(cert)) {
        *why = E2M_BECAUSE_USAGE;
    }
    if (*why != E2M_BECAUSE_NONE) {
        return E2M_OK;
    }
    /* each costs half of what a whole message does: nested ones add up */
    TRY(e2m_limit_check(env, E2M_LIMIT_SIGNERS, env->signatures + 1, NULL,
                        "too many signatures to check"));
    env->signatures++;
    err = e2m_cms_verify(env, t->crypto, sd, s, level->signed_bytes, cert,
                         t->insecure_sha1);
    if (err == E2M_E_NOMEM || err == E2M_E_LIMIT) {
        return err;
    }
    *why = err == E2M_OK              ? E2M_BECAUSE_NONE
           : err == E2M_E_UNSUPPORTED ? E2M_BECAUSE_UNSUPPORTED
                                      : E2M_BECAUSE_BAD_SIGNATURE;
    return E2M_OK;
}

/* A good messageDigest by SHA-256 is that very hash. */
static e2m_err
hash_signed(e2m_crypto *c, const e2m_level *level, const e2m_signer *s,
            uint8_t out[32])
{
    if (s->digest == E2M_SHA256 && s->attr_digest.len == 32) {
        memcpy(out, s->attr_digest.data, 32);
        return E2M_OK;
    }
    return e2m_hash(c, E2M_SHA256, &level->signed_bytes, 1, out);
}

/* With several SignerInfos one that holds is enough (RFC 5652 sec. 5); else
 * the first one's reason is told. */
e2m_err
e2m_smime_verify(e2m_env *env, const e2m_tools *tools, e2m_level *level)
{
    e2m_sigcheck *sig = &level->sig;
    e2m_sigcheck first = { 0 };

    if (sig->checked) {
        return E2M_OK;
    }
    sig->checked = true;
    sig->reason = E2M_BECAUSE_SYNTAX;
    if (level->err != E2M_OK) {
        sig->reason = level->err == E2M_E_LIMIT ? E2M_BECAUSE_LIMIT
                                                : E2M_BECAUSE_SYNTAX;
        return E2M_OK;
    }
    for (size_t i = 0; i < level->sd.num_signers; i++) {
        const e2m_signer *s = &level->sd.signers[i];
        const e2m_diag before = env->diag;
        e2m_reason why = E2M_BECAUSE_SYNTAX;

        /* who asks again after a failure must not find it good */
        TRY(check(env, tools, level, s, &why));
        env->diag = before; /* the verdict says it, by its reason */
        if (why == E2M_BECAUSE_NONE) {
            TRY(hash_signed(tools->crypto, level, s, sig->hash));
            sig->reason = E2M_BECAUSE_NONE;
            return E2M_OK;
        }
        sig->reason = why;
        if (i == 0) {
            first = *sig;
        }
    }
    if (first.checked) {
        *sig = first;
    }
    return E2M_OK;
}

const char *
e2m_smime_signature_name(const e2m_signer *s)
{
    static const struct {
        e2m_sig_scheme scheme;
        e2m_digest digest;
        const char *name;
    } rows[] = {
        { E2M_SIG_ECDSA, E2M_SHA256, "ecdsa-sha256" },
        { E2M_SIG_ECDSA, E2M_SHA384, "ecdsa-sha384" },
        { E2M_SIG_ECDSA, E2M_SHA512, "ecdsa-sha512" },
        { E2M_SIG_RSA_PKCS1, E2M_SHA1, "rsa-sha1" },
        { E2M_SIG_RSA_PKCS1, E2M_SHA256, "rsa-sha256" },
        { E2M_SIG_RSA_PKCS1, E2M_SHA384, "rsa-sha384" },
        { E2M_SIG_RSA_PKCS1, E2M_SHA512, "rsa-sha512" },
        { E2M_SIG_RSA_PSS, E2M_SHA1, "rsa-pss-sha1" },
        { E2M_SIG_RSA_PSS, E2M_SHA256, "rsa-pss-sha256" },
        { E2M_SIG_RSA_PSS, E2M_SHA384, "rsa-pss-sha384" },
        { E2M_SIG_RSA_PSS, E2M_SHA512, "rsa-pss-sha512" },
        { E2M_SIG_ED25519, E2M_SHA512, "ed25519" },
    };

    if (s == NULL) {
        return "";
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].scheme == s->scheme && rows[i].digest == s->digest) {
            return rows[i].name;
        }
    }
    return "unknown";
}
