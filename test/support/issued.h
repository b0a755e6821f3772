/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates for tests, made on the spot. Include after cmocka.h. */
#ifndef E2M_TEST_ISSUED_H
#define E2M_TEST_ISSUED_H

#include "crypto/crypto.h"

#define T0 INT64_C(1795000000) /* 2026-11-18: the tests' now */
#define YEAR INT64_C(31536000)

typedef struct issued {
    e2m_bytes cert_pem;
    e2m_bytes key_pem;
    e2m_bytes both; /* certificate, then key */
    e2m_bytes der;
    e2m_pkey *key;
} issued;

/* Fills in times and kind where they are 0. */
static inline issued
issue(e2m_env *env, e2m_issue what)
{
    issued i = { .key = NULL };
    e2m_keyfile kf;
    e2m_out o;

    what.kind = what.kind ? what.kind : E2M_KEY_P256;
    what.rsa_bits = what.rsa_bits ? what.rsa_bits : 2048;
    what.not_before = what.not_before ? what.not_before : T0 - YEAR;
    what.not_after = what.not_after ? what.not_after : T0 + YEAR;
    what.common_name = what.common_name ? what.common_name : "test";
    assert_int_equal(e2m_issue_cert(env, &what, &i.cert_pem, &i.key_pem),
                     E2M_OK);
    e2m_out_init(&o, env, 0);
    e2m_out_put(&o, i.cert_pem);
    e2m_out_put(&o, i.key_pem);
    assert_int_equal(e2m_out_done(&o, &i.both), E2M_OK);
    assert_int_equal(e2m_keyfile_read(env, i.both, NULL, &kf), E2M_OK);
    assert_int_equal(kf.num_certs, 1);
    assert_non_null(kf.key);
    i.der = kf.certs[0];
    i.key = kf.key;
    return i;
}

static inline issued
issue_ca(e2m_env *env, const char *name, const issued *by)
{
    return issue(env, (e2m_issue){ .common_name = name,
                                   .ca = true,
                                   .ca_pem = by ? by->both : E2M_NONE });
}

#endif
