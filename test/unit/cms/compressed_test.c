/* SPDX-License-Identifier: BSD-3-Clause */
/* CompressedData: there and back, what is none, and what would be too much. */
#include "cms_test.h"

#include <zlib.h>

static e2m_env env;

static int
setup(void **state)
{
    (void)state;
    e2m_env_init(&env, NULL, NULL);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_env_done(&env);
    return 0;
}

static e2m_err
unpack(e2m_bytes der, e2m_bytes *out)
{
    e2m_compressed cd;
    e2m_err err;

    env.diag = (e2m_diag){ .err = E2M_OK };
    err = e2m_cms_read_compressed(&env, der, &cd);
    if (err == E2M_OK) {
        err = e2m_cms_inflate(&env, &cd, out);
    }
    assert_int_equal(env.diag.err, err);
    return err;
}

static void
test_round_trips(void **state)
{
    static uint8_t text[60000];
    static const size_t lengths[] = { 0, 1, 100, 2047, 2048, 2049, 60000 };

    (void)state;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(i % 251 * i);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const e2m_bytes in = { text, lengths[i] };
        e2m_bytes der = E2M_NONE, out = E2M_NONE;

        e2m_env_done(&env);
        e2m_env_init(&env, NULL, NULL);
        assert_int_equal(e2m_cms_compress(&env, in, &der), E2M_OK);
        assert_int_equal(e2m_cms_type(der), E2M_OID_COMPRESSED_DATA);
        assert_int_equal(unpack(der, &out), E2M_OK);
        assert_bytes(out, in);
        assert_int_equal(env.inflated, in.len);
    }
}

/* ---- by hand ------------------------------------------------------------- */

typedef struct pack {
    uint64_t version;
    e2m_oid_id alg;
    e2m_bytes params;
    e2m_bytes stream;
} pack;

/* What zlib itself makes of `n` times 'a'. */
static pack
pack_new(size_t n)
{
    uint8_t *text = malloc(n);
    uLongf len = compressBound(n);
    uint8_t *packed = malloc(len);
    pack p = { .alg = E2M_OID_ZLIB };

    assert_true(text != NULL && packed != NULL);
    memset(text, 'a', n);
    assert_int_equal(compress(packed, &len, text, n), Z_OK);
    assert_int_equal(e2m_dup(&env, (e2m_bytes){ packed, len }, &p.stream),
                     E2M_OK);
    free(text);
    free(packed);
    return p;
}

static e2m_err
unpack_draft(const pack *p, e2m_bytes *out)
{
    e2m_bytes der = E2M_NONE;
    e2m_der_w w;

    e2m_der_w_init(&w, &env, 0);
    e2m_cms_begin(&w, E2M_OID_COMPRESSED_DATA);
    e2m_der_put_uint(&w, p->version);
    e2m_der_put_alg(&w, e2m_oid(p->alg), p->params);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    e2m_der_open(&w, 0xa0);
    e2m_der_put(&w, E2M_DER_OCTET_STRING, p->stream);
    e2m_der_close(&w);
    e2m_der_close(&w);
    e2m_cms_end(&w);
    assert_int_equal(e2m_der_w_done(&w, &der), E2M_OK);
    return unpack(der, out);
}

static void
test_forms(void **state)
{
    const pack good = pack_new(300);
    const e2m_bytes wrong = E2M_LIT("not a stream at all");
    e2m_bytes out = E2M_NONE;
    pack p = good;

    (void)state;
    assert_int_equal(unpack_draft(&p, &out), E2M_OK);
    assert_int_equal(out.len, 300);
    p.params = E2M_LIT("\x05\x00"); /* RFC 3274 sec. 2: accept NULL */
    assert_int_equal(unpack_draft(&p, &out), E2M_OK);
    p.params = E2M_LIT("\x02\x01\x09");
    assert_int_equal(unpack_draft(&p, &out), E2M_E_UNSUPPORTED);
    p = good;
    p.version = 1;
    assert_int_equal(unpack_draft(&p, &out), E2M_E_UNSUPPORTED);
    p = good;
    p.alg = E2M_OID_AES128_GCM;
    assert_int_equal(unpack_draft(&p, &out), E2M_E_UNSUPPORTED);
    p = good;
    p.stream = wrong;
    assert_int_equal(unpack_draft(&p, &out), E2M_E_SYNTAX);
    p.stream = E2M_NONE;
    assert_int_equal(unpack_draft(&p, &out), E2M_E_SYNTAX);
    /* each shortened stream, a lengthened one, a changed checksum */
    for (size_t len = 0; len < good.stream.len; len++) {
        p.stream = e2m_bytes_upto(good.stream, len);
        assert_int_equal(unpack_draft(&p, &out), E2M_E_SYNTAX);
    }
    p.stream = join(&env, good.stream, E2M_LIT("x"));
    assert_int_equal(unpack_draft(&p, &out), E2M_E_SYNTAX);
    p.stream = join(&env, good.stream, E2M_NONE);
    ((uint8_t *)(uintptr_t)p.stream.data)[p.stream.len - 1] ^= 1;
    assert_int_equal(unpack_draft(&p, &out), E2M_E_SYNTAX);
    /* another structure */
    assert_int_equal(
        unpack(element(&env, 0x30,
                       join(&env,
                            element(&env, 6, e2m_oid(E2M_OID_SIGNED_DATA)),
                            E2M_LIT("\xa0\x02\x30\x00"))),
               &out),
        E2M_E_UNSUPPORTED);
}

/* ---- too much: SPEC cms:3274:1 ------------------------------------------- */

static e2m_err
bounded(size_t n, size_t inflated, size_t ratio)
{
    size_t limits[E2M_LIMIT_COUNT];
    e2m_bytes out = E2M_NONE;
    pack p;

    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_INFLATED] = inflated;
    limits[E2M_LIMIT_INFLATE_RATIO] = ratio;
    e2m_env_done(&env);
    e2m_env_init(&env, NULL, limits);
    p = pack_new(n);
    return unpack_draft(&p, &out);
}

static void
test_bounds(void **state)
{
    (void)state;
    assert_int_equal(bounded(1000, 1000, 1000), E2M_OK);
    assert_int_equal(bounded(1001, 1000, 1000), E2M_E_LIMIT);
    assert_int_equal(bounded(1, 1000, 1), E2M_OK);
    assert_int_equal(bounded(300, 1000, 1), E2M_E_LIMIT);
    /* as it is by default: 100 octets for each, 256 KiB */
    assert_int_equal(bounded(1000, 262144, 100), E2M_OK);
    assert_int_equal(bounded(100000, 262144, 100), E2M_E_LIMIT);
    assert_int_equal(bounded((size_t)1 << 24, 262144, 2000), E2M_E_LIMIT);
    assert_true(env.arena.used < (size_t)1 << 20);
}

/* Several of one message have one bound together. */
static void
test_bound_of_a_message(void **state)
{
    size_t limits[E2M_LIMIT_COUNT];
    e2m_bytes out = E2M_NONE;
    pack p;

    (void)state;
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_INFLATED] = 1000;
    e2m_env_done(&env);
    e2m_env_init(&env, NULL, limits);
    p = pack_new(400);
    assert_int_equal(unpack_draft(&p, &out), E2M_OK);
    assert_int_equal(unpack_draft(&p, &out), E2M_OK);
    assert_int_equal(unpack_draft(&p, &out), E2M_E_LIMIT);
    p = pack_new(200);
    assert_int_equal(unpack_draft(&p, &out), E2M_OK);
    assert_int_equal(env.inflated, 1000);
    p = pack_new(1);
    assert_int_equal(unpack_draft(&p, &out), E2M_E_LIMIT);
}

/* zlib's own memory is the message's. */
static void
test_memory(void **state)
{
    size_t limits[E2M_LIMIT_COUNT];
    e2m_bytes out = E2M_NONE;

    (void)state;
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_MEMORY] = 20000;
    e2m_env_done(&env);
    e2m_env_init(&env, NULL, limits);
    assert_int_equal(e2m_cms_compress(&env, TEST_TEXT, &out), E2M_E_LIMIT);
    e2m_env_done(&env);
    assert_int_equal(bounded(1000, 262144, 100), E2M_OK);
}

int
main(void)
{
#define IN_ENV(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_ENV(test_round_trips), IN_ENV(test_forms),
        IN_ENV(test_bounds),      IN_ENV(test_bound_of_a_message),
        IN_ENV(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
