/* SPDX-License-Identifier: BSD-3-Clause */
/* Decoding, the memory of decoded certificates, and the memory of verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "issued.h"
#include "made.h"

static e2m_crypto *c;

static int
setup(void **state)
{
    (void)state;
    return e2m_crypto_new(&c) == E2M_OK ? 0 : 1;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_crypto_free(c);
    return 0;
}

/* Every prefix and every bit: an answer, no crash; only the signature and
 * what is not looked at may change unseen. */
static void
test_mutations(void **state)
{
    static const made_ext exts[] = {
        { NID_subject_alt_name, "URI:sip:alice@atlanta.example.com,DNS:a.b" },
        { NID_key_usage, "critical,digitalSignature" },
        { NID_ext_key_usage, "emailProtection" },
        { NID_basic_constraints, "critical,CA:FALSE" },
        { NID_subject_key_identifier, "hash" },
    };
    const e2m_bytes der = made_der(exts, 5);
    uint8_t copy[2048];
    e2m_cert *cert = NULL;

    (void)state;
    assert_true(der.len < sizeof copy);
    for (size_t n = 0; n < der.len; n++) {
        assert_int_not_equal(e2m_cert_new(e2m_bytes_upto(der, n), 4096, &cert),
                             E2M_OK);
        assert_null(cert);
    }
    for (size_t bit = 0; bit < der.len * 8; bit++) {
        memcpy(copy, der.data, der.len);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (e2m_cert_new((e2m_bytes){ copy, der.len }, 4096, &cert) ==
            E2M_OK) {
            e2m_cert_free(cert);
        }
        cert = NULL;
    }
    memcpy(copy, der.data, der.len);
    copy[der.len] = 0; /* trailing octets */
    assert_int_not_equal(
        e2m_cert_new((e2m_bytes){ copy, der.len + 1 }, 4096, &cert), E2M_OK);
    made_free(der);
}

static void
test_too_many_names(void **state)
{
    char san[2048] = "";
    size_t len = 0;

    (void)state;
    for (int i = 0; i < 17; i++) {
        made_ext ext = { NID_subject_alt_name, san };
        e2m_cert *cert = NULL;
        e2m_bytes der;

        len += (size_t)snprintf(san + len, sizeof san - len,
                                "%sURI:sip:u%d@x.example", i ? "," : "", i);
        der = made_der(&ext, 1);
        assert_int_equal(e2m_cert_new(der, 4096, &cert),
                         i < 16 ? E2M_OK : E2M_E_LIMIT);
        e2m_cert_free(cert);
        made_free(der);
    }
}

static void
test_decoded_once(void **state)
{
    e2m_certs *m = NULL;
    const e2m_cert *first = NULL;
    const e2m_cert *again = NULL;
    const e2m_bytes der = made_der(NULL, 0);
    size_t hits;
    size_t misses;

    (void)state;
    assert_int_equal(e2m_certs_new(4, 300, 4096, &m), E2M_OK);
    assert_int_equal(e2m_certs_get(m, c, der, &first), E2M_OK);
    assert_int_equal(e2m_certs_get(m, c, der, &again), E2M_OK);
    assert_ptr_equal(first, again);
    /* a failure is remembered, and stays a failure */
    assert_int_equal(e2m_certs_get(m, c, E2M_LIT("junk"), &again),
                     E2M_E_SYNTAX);
    assert_int_equal(e2m_certs_get(m, c, E2M_LIT("junk"), &again),
                     E2M_E_SYNTAX);
    e2m_certs_stats(m, &hits, &misses);
    assert_int_equal(hits, 2);
    assert_int_equal(misses, 2);
    for (int i = 0; i < 20; i++) { /* never more than its bound for long */
        const e2m_bytes other = made_der(NULL, 0);

        assert_int_equal(e2m_certs_get(m, c, other, &again), E2M_OK);
        e2m_certs_trim(m);
        made_free(other);
    }
    e2m_certs_free(m);
    made_free(der);
}

static e2m_path
checked(e2m_certs *m, const e2m_anchors *anchors, e2m_bytes leaf,
        const e2m_bytes *extra, size_t num)
{
    const e2m_cert *cert = NULL;
    e2m_path path;

    assert_int_equal(e2m_certs_get(m, c, leaf, &cert), E2M_OK);
    assert_int_equal(e2m_certs_check(m, c, anchors, cert, extra, num, T0,
                                     &path), E2M_OK);
    return path;
}

/* New certificates are cheap to make and dear to check: a message gets two good
 * paths or one bad one, and what is known costs nothing, whatever is added. */
static void
test_paths_of_a_message(void **state)
{
    e2m_anchors *anchors = NULL;
    e2m_certs *m = NULL;
    issued ca, false_ca, between, good[3], bad;
    size_t hits, before, misses;
    e2m_env env;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    ca = issue_ca(&env, "CA", NULL);
    false_ca = issue_ca(&env, "CA", NULL);
    between = issue_ca(&env, "CA", &false_ca);
    bad = issue(&env, (e2m_issue){ .ca_pem = false_ca.both });
    assert_int_equal(e2m_anchors_new(&anchors), E2M_OK);
    assert_int_equal(e2m_anchors_add_cert(anchors, ca.der), E2M_OK);
    assert_int_equal(e2m_certs_new(16, 60, 4096, &m), E2M_OK);
    for (size_t i = 0; i < 3; i++) {
        good[i] = issue(&env, (e2m_issue){ .ca_pem = ca.both });
        assert_int_equal(checked(m, anchors, good[i].der, NULL, 0),
                         i < 2 ? E2M_PATH_OK : E2M_PATH_UNCHECKED);
    }
    e2m_certs_trim(m); /* the next message: it was not held against him */
    assert_int_equal(checked(m, anchors, good[2].der, NULL, 0), E2M_PATH_OK);
    e2m_certs_trim(m);
    assert_int_not_equal(checked(m, anchors, bad.der, NULL, 0), E2M_PATH_OK);
    e2m_certs_stats(m, &before, &misses);
    assert_int_equal(checked(m, anchors, good[0].der, &between.der, 1),
                     E2M_PATH_OK);
    assert_int_equal(checked(m, anchors, good[1].der, &false_ca.der, 1),
                     E2M_PATH_OK);
    e2m_certs_stats(m, &hits, &misses);
    assert_int_equal(hits, before + 4); /* decoded once, checked once */
    for (size_t i = 0; i < 3; i++) {
        e2m_pkey_free(good[i].key);
    }
    e2m_pkey_free(ca.key);
    e2m_pkey_free(false_ca.key);
    e2m_pkey_free(between.key);
    e2m_pkey_free(bad.key);
    e2m_certs_free(m);
    e2m_anchors_free(anchors);
    e2m_env_done(&env);
}

/* A verdict is kept for its time, and never past the certificate's end. */
static void
test_verdicts_expire(void **state)
{
    e2m_env env;
    issued ca;
    issued leaf;
    e2m_anchors *anchors = NULL;
    e2m_certs *m = NULL;
    const e2m_cert *cert = NULL;
    e2m_path path;
    size_t hits;
    size_t misses;
    size_t before;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    ca = issue_ca(&env, "CA", NULL);
    leaf = issue(&env, (e2m_issue){ .ca_pem = ca.both,
                                    .not_after = T0 + 100 });
    assert_int_equal(e2m_anchors_new(&anchors), E2M_OK);
    assert_int_equal(e2m_anchors_add_cert(anchors, ca.der), E2M_OK);
    assert_int_equal(e2m_certs_new(4, 60, 4096, &m), E2M_OK);
    assert_int_equal(e2m_certs_get(m, c, leaf.der, &cert), E2M_OK);
    for (int64_t t = 0; t <= 102; t += 17) {
        e2m_certs_trim(m);
        assert_int_equal(e2m_certs_check(m, c, anchors, cert, NULL, 0, T0 + t,
                                         &path), E2M_OK);
        assert_int_equal(path, t <= 100 ? E2M_PATH_OK : E2M_PATH_EXPIRED);
    }
    e2m_certs_stats(m, &hits, &misses);
    assert_true(hits >= 3 && misses >= 3);
    before = misses;
    e2m_certs_trim(m);
    assert_int_equal(e2m_certs_check(m, c, anchors, cert, NULL, 0, T0 + 90,
                                     &path), E2M_OK); /* time runs back */
    assert_int_equal(path, E2M_PATH_OK);
    e2m_certs_stats(m, &hits, &misses);
    assert_true(misses >= before);
    e2m_certs_free(m);
    e2m_anchors_free(anchors);
    e2m_pkey_free(ca.key);
    e2m_pkey_free(leaf.key);
    e2m_env_done(&env);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_too_many_names),
        cmocka_unit_test(test_decoded_once),
        cmocka_unit_test(test_paths_of_a_message),
        cmocka_unit_test(test_verdicts_expire),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
