/* SPDX-License-Identifier: BSD-3-Clause */
/* The bag, the self-test, randomness, and threads that share a key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <pthread.h>

#include "issued.h"
#include "random.h"

static void
test_selftest(void **state)
{
    e2m_crypto *c = NULL;

    (void)state;
    assert_int_equal(e2m_crypto_new(&c), E2M_OK);
    assert_int_equal(e2m_crypto_selftest(c), E2M_OK);
    assert_int_equal(e2m_crypto_selftest(c), E2M_OK);
    assert_int_equal(ERR_peek_error(), 0);
    e2m_test_random_fail_after(0);
    assert_int_equal(e2m_crypto_selftest(c), E2M_E_CRYPTO);
    e2m_test_seed(0);
    e2m_crypto_free(c);
    e2m_crypto_free(NULL);
    assert_int_equal(strncmp(e2m_crypto_version(), "OpenSSL ", 8), 0);
}

/* The tests' stream repeats with its seed and can be made to fail. */
static void
test_random_of_tests(void **state)
{
    uint8_t a[100];
    uint8_t b[100];

    (void)state;
    e2m_test_seed(1);
    assert_int_equal(e2m_random(a, sizeof a), E2M_OK);
    e2m_test_seed(1);
    assert_int_equal(e2m_random(b, sizeof b), E2M_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(e2m_random(b, sizeof b), E2M_OK);
    assert_memory_not_equal(a, b, sizeof a);
    e2m_test_seed(2);
    assert_int_equal(e2m_random(b, sizeof b), E2M_OK);
    assert_memory_not_equal(a, b, sizeof a);
    e2m_test_random_fail_after(1);
    assert_int_equal(e2m_random(b, 1), E2M_OK);
    assert_int_equal(e2m_random(b, 1), E2M_E_CRYPTO);
    e2m_test_seed(0);
}

enum { ROUNDS = 60 };

typedef struct job {
    const e2m_pkey *ec;
    const e2m_pub *ec_pub;
    const e2m_pkey *rsa;
    const e2m_pub *rsa_pub;
    unsigned failures;
} job;

static bool
round_ec(e2m_crypto *c, const job *j, e2m_env *env)
{
    const e2m_bytes text = E2M_LIT("shared by threads");
    e2m_bytes sig = E2M_NONE;
    e2m_ephemeral *e = NULL;
    e2m_secret a = { .len = 0 };
    e2m_secret b = { .len = 0 };
    bool ok = e2m_pkey_sign(env, c, j->ec, E2M_SIG_ECDSA, E2M_SHA256, text,
                            &sig) == E2M_OK &&
              e2m_pub_verify(c, j->ec_pub, E2M_SIG_ECDSA, E2M_SHA256, text,
                             sig) == E2M_OK;

    ok = ok && e2m_ephemeral_new(c, E2M_KEY_P256, &e) == E2M_OK &&
         e2m_ephemeral_agree(c, e, j->ec_pub, &a) == E2M_OK &&
         e2m_pkey_agree(c, j->ec, e2m_ephemeral_point(e), &b) == E2M_OK &&
         a.len == 32 && b.len == 32 && e2m_ct_eq(a.data, b.data, 32);
    e2m_ephemeral_free(e);
    return ok;
}

static bool
round_rsa(e2m_crypto *c, const job *j)
{
    const e2m_secret key = { .data = "sixteen octets!!", .len = 16 };
    uint8_t wrapped[256];
    e2m_secret back = { .len = 0 };

    return e2m_pub_wrap(c, j->rsa_pub, E2M_RSA_OAEP, E2M_SHA256, &key,
                        wrapped) == E2M_OK &&
           e2m_pkey_unwrap(c, j->rsa, E2M_RSA_OAEP, E2M_SHA256,
                           (e2m_bytes){ wrapped, 256 }, 0, &back) == E2M_OK &&
           back.len == 16 && e2m_ct_eq(back.data, key.data, 16);
}

static void *
work(void *arg)
{
    job *j = arg;
    e2m_crypto *c = NULL;

    j->failures = e2m_crypto_new(&c) != E2M_OK;
    for (int i = 0; j->failures == 0 && i < ROUNDS; i++) {
        e2m_env env;

        e2m_env_init(&env, NULL, NULL);
        if (!round_ec(c, j, &env) || !round_rsa(c, j)) {
            j->failures++;
        }
        e2m_env_done(&env);
    }
    e2m_crypto_free(c);
    return NULL;
}

static e2m_pub *
pub_of(e2m_bytes der)
{
    /* The key of a certificate made here is found by its header. */
    static const uint8_t ec[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07 };
    static const uint8_t rsa[] = { 0x30, 0x82, 0x01, 0x22, 0x30, 0x0d };
    e2m_pub *p = NULL;

    for (size_t i = 0; i + 91 <= der.len && p == NULL; i++) {
        const e2m_bytes at = e2m_bytes_from(der, i);

        if (e2m_bytes_eq(e2m_bytes_upto(at, 6), (e2m_bytes){ ec, 6 })) {
            assert_int_equal(
                e2m_pub_from_spki(e2m_bytes_upto(at, 91), 4096, &p), E2M_OK);
        } else if (e2m_bytes_eq(e2m_bytes_upto(at, 6),
                                (e2m_bytes){ rsa, 6 })) {
            assert_int_equal(
                e2m_pub_from_spki(e2m_bytes_upto(at, 294), 4096, &p), E2M_OK);
        }
    }
    assert_non_null(p);
    return p;
}

static void
test_two_threads_share_keys(void **state)
{
    e2m_env env;
    issued ec;
    issued rsa;
    e2m_pub *ec_pub;
    e2m_pub *rsa_pub;
    job jobs[2];
    pthread_t threads[2];

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    ec = issue(&env, (e2m_issue){ .kind = E2M_KEY_P256 });
    rsa = issue(&env, (e2m_issue){ .kind = E2M_KEY_RSA });
    ec_pub = pub_of(ec.der);
    rsa_pub = pub_of(rsa.der);
    for (int i = 0; i < 2; i++) {
        jobs[i] = (job){ ec.key, ec_pub, rsa.key, rsa_pub, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]),
                         0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(jobs[i].failures, 0);
    }
    e2m_pub_free(ec_pub);
    e2m_pub_free(rsa_pub);
    e2m_pkey_free(ec.key);
    e2m_pkey_free(rsa.key);
    e2m_env_done(&env);
}

/* Keys come and go, often at the same address; a prepared context must never
 * serve another key than its own. More keys than the bag has places. */
static void
test_bag_never_mixes_keys(void **state)
{
    enum { KEYS = 100 };
    e2m_crypto *c = NULL;
    e2m_bytes sigs[2];

    (void)state;
    assert_int_equal(e2m_crypto_new(&c), E2M_OK);
    for (int i = 0; i < KEYS; i++) {
        e2m_env env;
        issued k[2];
        e2m_pub *p[2];

        e2m_env_init(&env, NULL, NULL);
        for (int n = 0; n < 2; n++) {
            k[n] = issue(&env, (e2m_issue){ .kind = E2M_KEY_P256 });
            p[n] = pub_of(k[n].der);
            assert_int_equal(e2m_pkey_sign(&env, c, k[n].key, E2M_SIG_ECDSA,
                                           E2M_SHA256, E2M_LIT("x"),
                                           &sigs[n]),
                             E2M_OK);
        }
        for (int n = 0; n < 4; n++) {
            assert_int_equal(e2m_pub_verify(c, p[n / 2], E2M_SIG_ECDSA,
                                            E2M_SHA256, E2M_LIT("x"),
                                            sigs[n % 2]),
                             n / 2 == n % 2 ? E2M_OK : E2M_E_CRYPTO);
        }
        for (int n = 0; n < 2; n++) {
            e2m_pkey_free(k[n].key);
            e2m_pub_free(p[n]);
        }
        e2m_env_done(&env);
    }
    e2m_crypto_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selftest),
        cmocka_unit_test(test_random_of_tests),
        cmocka_unit_test(test_two_threads_share_keys),
        cmocka_unit_test(test_bag_never_mixes_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
