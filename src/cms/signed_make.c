/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a SignedData: attributes always (RFC 8551 sec. 2.5). */
#include "cms/internal.h"

enum { SIGNERS_MAX = 8 };

/* How a kind of key signs. */
typedef struct manner {
    e2m_key_kind kind;
    e2m_sig_scheme scheme;
    e2m_digest digest;
    e2m_oid_id oid;
} manner;

static const manner manners[] = {
    { E2M_KEY_P256, E2M_SIG_ECDSA, E2M_SHA256, E2M_OID_ECDSA_SHA256 },
    { E2M_KEY_P384, E2M_SIG_ECDSA, E2M_SHA384, E2M_OID_ECDSA_SHA384 },
    { E2M_KEY_ED25519, E2M_SIG_ED25519, E2M_SHA512, E2M_OID_ED25519 },
    { E2M_KEY_RSA, E2M_SIG_RSA_PSS, E2M_SHA256, E2M_OID_RSA_PSS },
};

/* Another digest than the usual; Ed25519 has its own (RFC 8419 sec. 3.1). */
static bool
set_digest(manner *m, e2m_digest d)
{
    static const e2m_oid_id ecdsa[] = {
        [E2M_DIGEST_NONE] = E2M_OID_UNKNOWN, [E2M_SHA1] = E2M_OID_UNKNOWN,
        [E2M_SHA256] = E2M_OID_ECDSA_SHA256,
        [E2M_SHA384] = E2M_OID_ECDSA_SHA384,
        [E2M_SHA512] = E2M_OID_ECDSA_SHA512,
    };

    if (d == E2M_DIGEST_NONE || d == m->digest) {
        return true;
    }
    m->digest = d;
    m->oid = m->scheme == E2M_SIG_ECDSA ? ecdsa[d] : m->oid;
    return d != E2M_SHA1 && m->scheme != E2M_SIG_ED25519;
}

static bool
manner_of(const e2m_cms_sign *how, manner *out)
{
    const e2m_key_kind kind = e2m_pkey_kind(how->key);

    for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++) {
        if (manners[i].kind == kind) {
            *out = manners[i];
            if (kind == E2M_KEY_RSA && how->rsa_pkcs1_v15) {
                out->scheme = E2M_SIG_RSA_PKCS1;
                out->oid = E2M_OID_RSA;
            }
            return set_digest(out, how->digest);
        }
    }
    return false;
}

e2m_digest
e2m_cms_sign_digest(const e2m_cms_sign *how)
{
    manner m;

    return manner_of(how, &m) ? m.digest : E2M_DIGEST_NONE;
}

/* ---- one signer ---------------------------------------------------------- */

static void
put_sig_alg(e2m_der_w *w, const manner *m)
{
    if (m->scheme == E2M_SIG_RSA_PSS) {
        e2m_cms_put_pss(w, m->digest);
    } else { /* RFC 3370 sec. 3.2: NULL for rsaEncryption, else absent */
        e2m_der_put_alg(w, e2m_oid(m->oid),
                        m->scheme == E2M_SIG_RSA_PKCS1 ? E2M_LIT("\x05\x00")
                                                       : E2M_NONE);
    }
}

/* `attrs` is the SET; in here it goes by [0] IMPLICIT. */
static e2m_err
make_signer(e2m_env *env, e2m_crypto *c, e2m_bytes content,
            const e2m_cms_sign *how, e2m_bytes *out)
{
    uint8_t digest[E2M_DIGEST_MAX];
    e2m_bytes attrs = E2M_NONE, signature = E2M_NONE;
    manner m;
    e2m_der_w w;

    if (!manner_of(how, &m)) {
        return e2m_fail(env, E2M_E_NOKEY, NULL,
                        "key is not for signatures, or not with this digest",
                        "RFC 8551 sec. 2.2");
    }
    TRY(e2m_hash(c, m.digest, &content, 1, digest));
    TRY(e2m_cms_make_signed_attrs(
        env, how, (e2m_bytes){ digest, e2m_digest_size(m.digest) }, &attrs));
    TRY(e2m_pkey_sign(env, c, how->key, m.scheme, m.digest, attrs,
                      &signature));
    e2m_der_w_init(&w, env, attrs.len + signature.len +
                                how->cert->issuer.len + 160);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(&w, 1);
    e2m_cms_put_sid(&w, how->cert);
    e2m_der_put_alg(&w, e2m_oid(e2m_cms_digest_oid(m.digest)), E2M_NONE);
    e2m_der_put_raw(&w, E2M_LIT("\xa0"));
    e2m_der_put_raw(&w, e2m_bytes_from(attrs, 1));
    put_sig_alg(&w, &m);
    e2m_der_put(&w, E2M_DER_OCTET_STRING, signature);
    e2m_der_close(&w);
    return e2m_der_w_done(&w, out);
}

/* ---- the structure ------------------------------------------------------- */

static void
put_encap(e2m_der_w *w, bool attached, e2m_bytes content)
{
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    if (attached) {
        e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(0));
        e2m_der_put(w, E2M_DER_OCTET_STRING, content);
        e2m_der_close(w);
    }
    e2m_der_close(w);
}

/* digestAlgorithms: each once. */
static e2m_err
put_digests(e2m_env *env, const e2m_cms_sign *how, e2m_der_w *out)
{
    e2m_bytes algs[E2M_SHA512 + 1];
    bool used[E2M_SHA512 + 1] = { false };
    size_t num = 0;

    for (const e2m_cms_sign *h = how; h != NULL; h = h->also) {
        used[e2m_cms_sign_digest(h)] = true;
    }
    for (unsigned d = E2M_SHA256; d <= E2M_SHA512; d++) {
        e2m_der_w w;

        if (used[d]) {
            e2m_der_w_init(&w, env, 16);
            e2m_der_put_alg(&w, e2m_oid(e2m_cms_digest_oid((e2m_digest)d)),
                            E2M_NONE);
            TRY(e2m_der_w_done(&w, &algs[num++]));
        }
    }
    e2m_der_put_set_of(out, E2M_DER_SET, algs, num);
    return E2M_OK;
}

/* Everybody's certificates in one list; a CA of two signers comes once. */
typedef struct certs {
    e2m_bytes *items;
    size_t num;
    size_t len;
} certs;

static void
add_cert(certs *all, e2m_bytes der)
{
    for (size_t i = 0; i < all->num; i++) {
        if (e2m_bytes_eq(all->items[i], der)) {
            return;
        }
    }
    all->items[all->num++] = der;
    all->len += der.len;
}

/* CertificateSet is a SET OF: DER's order, not the chain's. */
static e2m_err
collect_certs(e2m_env *env, const e2m_cms_sign *how, certs *all)
{
    size_t most = 0;

    for (const e2m_cms_sign *h = how; h != NULL; h = h->also) {
        most += h->no_certs ? 0 : 1 + h->num_chain;
    }
    E2M_NEW(env, all->items, most);
    for (const e2m_cms_sign *h = how; h != NULL; h = h->also) {
        if (!h->no_certs) {
            add_cert(all, h->cert->der);
            for (size_t i = 0; i < h->num_chain; i++) {
                add_cert(all, h->chain[i]);
            }
        }
    }
    return e2m_limit_check(env, E2M_LIMIT_CERTIFICATES, all->num, NULL,
                           "too many certificates");
}

e2m_err
e2m_cms_sign_data(e2m_env *env, e2m_crypto *c, e2m_bytes content,
                  const e2m_cms_sign *how, e2m_bytes *out_content_info)
{
    e2m_bytes infos[SIGNERS_MAX] = { E2M_NONE };
    const e2m_cms_sign *h = how;
    certs all = { NULL, 0, 0 };
    size_t num = 0, len = 0;
    e2m_der_w w;

    do {
        TRY(e2m_limit_check(env, E2M_LIMIT_SIGNERS, num + 1, NULL,
                            "too many signers"));
        if (num == SIGNERS_MAX) {
            return e2m_fail(env, E2M_E_LIMIT, NULL, "too many signers",
                            "cms.h");
        }
        TRY(make_signer(env, c, content, h, &infos[num]));
        len += infos[num++].len;
        h = h->also;
    } while (h != NULL);
    TRY(collect_certs(env, how, &all));
    e2m_der_w_init(&w, env, all.len + len + 192 +
                                (how->attached ? content.len : 0));
    e2m_cms_begin(&w, E2M_OID_SIGNED_DATA);
    e2m_der_put_uint(&w, 1);
    TRY(put_digests(env, how, &w));
    put_encap(&w, how->attached, content);
    if (all.num > 0) {
        e2m_der_put_set_of(&w, E2M_DER_CONTEXT_CONSTRUCTED(0), all.items,
                           all.num);
    }
    e2m_der_put_set_of(&w, E2M_DER_SET, infos, num);
    e2m_cms_end(&w);
    return e2m_der_w_done(&w, out_content_info);
}

e2m_err
e2m_cms_certs_only(e2m_env *env, const e2m_bytes *certs_der, size_t num,
                   e2m_bytes *out_content_info)
{
    e2m_der_w w;

    TRY(e2m_limit_check(env, E2M_LIMIT_CERTIFICATES, num, NULL,
                        "too many certificates"));
    e2m_der_w_init(&w, env, 0);
    e2m_cms_begin(&w, E2M_OID_SIGNED_DATA);
    e2m_der_put_uint(&w, 1);
    e2m_der_put(&w, E2M_DER_SET, E2M_NONE);
    put_encap(&w, false, E2M_NONE);
    e2m_der_put_set_of(&w, E2M_DER_CONTEXT_CONSTRUCTED(0), certs_der, num);
    e2m_der_put(&w, E2M_DER_SET, E2M_NONE);
    e2m_cms_end(&w);
    return e2m_der_w_done(&w, out_content_info);
}
