/* SPDX-License-Identifier: BSD-3-Clause */
/* From one content-encryption key the key-encryption key of later messages
 * (RFC 3185 sec. 3):
 *
 *   KEKDerivationAlgorithm ::= SEQUENCE { kekAlg AlgorithmIdentifier,
 *       pbkdf2Param SEQUENCE { salt OCTET STRING, iterationCount INTEGER,
 *                              keyLength INTEGER } }
 *
 * The attribute is there exactly when the two algorithms differ; else the
 * octets are reversed. A stranger's iteration count is our work: bounded. */
#include "cms/internal.h"

enum { ITERATIONS_MAX = 1000, SALT_MAX = 64 };

typedef struct derivation {
    e2m_der_alg kek_alg;
    e2m_bytes salt;
    uint64_t iterations;
    uint64_t key_len;
} derivation;

static e2m_err
read_derivation(e2m_bytes element, derivation *d)
{
    e2m_in all = e2m_in_init(element);
    e2m_in in;
    e2m_in params;

    TRY(e2m_der_enter(&all, E2M_DER_SEQUENCE, &in));
    TRY(e2m_in_empty(&all));
    TRY(e2m_der_get_alg(&in, &d->kek_alg));
    TRY(e2m_der_enter(&in, E2M_DER_SEQUENCE, &params));
    TRY(e2m_in_empty(&in));
    TRY(e2m_der_get(&params, E2M_DER_OCTET_STRING, &d->salt));
    TRY(e2m_der_get_uint(&params, &d->iterations));
    TRY(e2m_der_get_uint(&params, &d->key_len));
    return e2m_in_empty(&params); /* prf stays out: the default, HMAC-SHA1 */
}

static e2m_err
derive(e2m_env *env, e2m_crypto *c, const e2m_secret *cek, e2m_bytes element,
       e2m_secret *out)
{
    derivation d = { .iterations = 0 };

    if (read_derivation(element, &d) != E2M_OK) {
        return e2m_fail(env, E2M_E_SYNTAX, element.data,
                        "bad KEKDerivationAlgorithm", "RFC 3185 sec. 3");
    }
    if (d.iterations == 0 || d.iterations > ITERATIONS_MAX ||
        d.salt.len > SALT_MAX || d.key_len == 0 ||
        d.key_len != e2m_cms_wrap_len(&d.kek_alg)) {
        return e2m_fail(env, E2M_E_UNSUPPORTED, element.data,
                        "KEKDerivationAlgorithm out of bounds",
                        "RFC 3185 sec. 3");
    }
    out->len = (size_t)d.key_len;
    return e2m_kdf_pbkdf2(c, (e2m_bytes){ cek->data, cek->len }, d.salt,
                          (unsigned)d.iterations, out);
}

/* SPEC mech:2.4:1 */
e2m_err
e2m_cms_reuse_kek(e2m_env *env, e2m_crypto *c, const e2m_secret *cek,
                  e2m_bytes kek_derivation, e2m_secret *out)
{
    if (kek_derivation.len > 0) {
        return derive(env, c, cek, kek_derivation, out);
    }
    out->len = cek->len;
    for (size_t i = 0; i < cek->len; i++) {
        out->data[i] = cek->data[cek->len - 1 - i];
    }
    return E2M_OK;
}
