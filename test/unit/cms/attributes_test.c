/* SPDX-License-Identifier: BSD-3-Clause */
/* The attributes of RFC 3185 and the key commitment: octets, bounds, twins. */
#include "cms_test.h"

#define REFERENCE                                                            \
    E2M_LIT("\x30\x19\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x1e"    \
            "\x31\x0a\x04\x08\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11")
#define MAX_DECRYPTS                                                         \
    E2M_LIT("\x30\x12\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x1f"    \
            "\x31\x03\x02\x01\x10")
#define DERIVATION                                                           \
    E2M_LIT("\x30\x31\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x20"    \
            "\x31\x22\x30\x20\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04"    \
            "\x01\x05\x30\x11\x04\x08\x01\x02\x03\x04\x05\x06\x07\x08\x02"    \
            "\x02\x03\xe8\x02\x01\x10")

static e2m_crypto *c;
static e2m_env env;
static e2m_secret kek, cek;

static int
group_setup(void **state)
{
    (void)state;
    kek = test_secret(0x40, 16);
    cek = test_secret(0x10, 16);
    return e2m_crypto_new(&c) == E2M_OK ? 0 : -1;
}

static int
group_teardown(void **state)
{
    (void)state;
    e2m_crypto_free(c);
    return 0;
}

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
read_with(e2m_bytes auth, e2m_bytes unauth, e2m_enveloped *out)
{
    draft d = draft_new(&env, c, &kek, &cek, auth);

    d.unauth = unauth;
    env.diag = (e2m_diag){ .err = E2M_OK };
    return e2m_cms_read_enveloped(&env, draft_write(&env, &d), out);
}

/* ---- RFC 3185, to the octet -------------------------------------------- */

static void
test_vectors_made(void **state)
{
    const e2m_cms_seal how = {
        .cek_reference = E2M_LIT("\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11"),
        .max_decrypts = 16,
    };
    const e2m_bytes attrs[] = { DERIVATION, REFERENCE, MAX_DECRYPTS };
    e2m_bytes made[3], set = E2M_NONE;
    size_t num = 0;
    e2m_der_w w;

    (void)state;
    assert_int_equal(
        e2m_cms_make_envelope_attrs(&env, c, &how, &cek, made, &num), E2M_OK);
    assert_int_equal(num, 3);
    assert_bytes(made[1], REFERENCE);
    assert_bytes(made[2], MAX_DECRYPTS);
    e2m_der_w_init(&w, &env, 0);
    e2m_der_put_set_of(&w, 0xa1, attrs, 3);
    assert_int_equal(e2m_der_w_done(&w, &set), E2M_OK);
    assert_bytes(set, join(&env, E2M_LIT("\xa1\x62"),
                           join(&env, MAX_DECRYPTS,
                                join(&env, REFERENCE, DERIVATION))));
}

static void
test_vectors_read(void **state)
{
    const e2m_bytes all =
        join(&env, MAX_DECRYPTS, join(&env, REFERENCE, DERIVATION));
    e2m_enveloped e;

    (void)state;
    for (int in_auth = 0; in_auth < 2; in_auth++) {
        assert_int_equal(read_with(in_auth ? all : E2M_NONE,
                                   in_auth ? E2M_NONE : all, &e),
                         E2M_OK);
        assert_bytes(e.cek_reference,
                     E2M_LIT("\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11"));
        assert_true(e.has_max_decrypts && e.max_decrypts == 16);
        assert_bytes(e.kek_derivation, e2m_bytes_from(DERIVATION, 17));
        assert_int_equal(e.commitment.len, 0);
        assert_bytes(in_auth ? e.auth_attrs : e.unauth_attrs, all);
    }
    /* half in one set, half in the other */
    assert_int_equal(read_with(MAX_DECRYPTS, REFERENCE, &e), E2M_OK);
    assert_true(e.has_max_decrypts && e.cek_reference.len == 8);
}

/* The KEK is the referenced CEK backwards: RFC 3185's same-algorithm case. */
static void
test_reversed_cek_opens(void **state)
{
    const e2m_secret first = test_secret(0, 16);
    const e2m_bytes wrapped =
        E2M_LIT("\x50\x43\x7e\xec\x0b\x4a\x9c\xa5\x8f\x60\x66\x9a\x15\x68"
                "\xaf\x52\xa2\xa8\x1d\xb6\x4c\xd6\xb7\x99");
    e2m_secret reversed = { .len = 16 };
    e2m_secret second = { .len = 16 };
    const e2m_cms_keys keys = test_kek_keys(&reversed);
    e2m_enveloped e;
    e2m_opened opened;
    draft d;

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        reversed.data[i] = first.data[15 - i];
        second.data[i] = (uint8_t)(0x11 * i);
    }
    d = draft_new(&env, c, &reversed, &second, E2M_NONE);
    assert_int_equal(e2m_cms_read_enveloped(&env, draft_write(&env, &d), &e),
                     E2M_OK);
    assert_bytes(e.recipients[0].encrypted_key, wrapped);
    assert_int_equal(e2m_cms_open_enveloped(&env, c, &e, &keys, &opened),
                     E2M_OK);
    assert_memory_equal(opened.cek.data, second.data, 16);
}

/* ---- rules --------------------------------------------------------------- */

static void
test_meaningless_without_reference(void **state)
{
    e2m_enveloped e;

    (void)state;
    assert_int_equal(
        read_with(E2M_NONE, join(&env, MAX_DECRYPTS, DERIVATION), &e),
        E2M_OK);
    assert_false(e.has_max_decrypts);
    assert_int_equal(e.kek_derivation.len, 0);
}

static e2m_err
read_value(e2m_oid_id type, e2m_bytes value)
{
    e2m_enveloped e;

    return read_with(E2M_NONE,
                     join(&env, REFERENCE, draft_attr(&env, type, value)),
                     &e);
}

static void
test_values(void **state)
{
    static uint8_t zeros[65];
    const e2m_oid_id max = E2M_OID_CEK_MAX_DECRYPTS;
    const e2m_oid_id commitment = E2M_OID_KEY_COMMITMENT;
    e2m_enveloped e;

    (void)state;
    assert_int_equal(read_value(max, E2M_LIT("\x02\x01\x01")), E2M_OK);
    assert_int_equal(read_value(max, E2M_LIT("\x02\x05\0\x80\0\0\0")), E2M_OK);
    assert_int_equal(read_value(max, E2M_LIT("\x02\x05\0\x80\0\0\1")),
                     E2M_E_SYNTAX);
    assert_int_equal(read_value(max, E2M_LIT("\x02\x01\x00")), E2M_E_SYNTAX);
    assert_int_equal(read_value(max, E2M_LIT("\x02\x01\xff")), E2M_E_SYNTAX);
    assert_int_equal(read_value(max, E2M_NONE), E2M_E_SYNTAX);
    assert_int_equal(read_value(max, E2M_LIT("\x02\x01\x01\x02\x01\x01")),
                     E2M_E_SYNTAX);
    assert_int_equal(read_value(E2M_OID_KEK_DERIVATION_ALG,
                                E2M_LIT("\x04\x00")),
                     E2M_E_SYNTAX);
    assert_int_equal(
        read_value(commitment, element(&env, 4, (e2m_bytes){ zeros, 32 })),
        E2M_OK);
    assert_int_equal(
        read_value(commitment, element(&env, 4, (e2m_bytes){ zeros, 31 })),
        E2M_E_SYNTAX);
    assert_int_equal(
        read_value(commitment, element(&env, 4, (e2m_bytes){ zeros, 33 })),
        E2M_E_SYNTAX);
    for (size_t len = 0; len <= 65; len++) {
        const e2m_bytes attr =
            draft_attr(&env, E2M_OID_CEK_REFERENCE,
                       element(&env, 4, (e2m_bytes){ zeros, len }));

        assert_int_equal(read_with(E2M_NONE, attr, &e),
                         len >= 1 && len <= 64 ? E2M_OK : E2M_E_SYNTAX);
    }
}

/* Nobody may have to guess which of two counts. */
static void
test_doubles(void **state)
{
    static uint8_t zeros[32];
    const e2m_bytes commitment =
        draft_attr(&env, E2M_OID_KEY_COMMITMENT,
                   element(&env, 4, (e2m_bytes){ zeros, 32 }));
    const e2m_bytes attrs[] = { REFERENCE, MAX_DECRYPTS, DERIVATION,
                                commitment };
    e2m_enveloped e;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(
            read_with(E2M_NONE, join(&env, attrs[i], attrs[i]), &e),
            E2M_E_SYNTAX);
        assert_int_equal(read_with(attrs[i], attrs[i], &e), E2M_E_SYNTAX);
    }
    assert_int_equal(e2m_cms_read_enveloped(&env, E2M_NONE, &e),
                     E2M_E_SYNTAX);
}

static void
test_number_of_attributes(void **state)
{
    const e2m_bytes one =
        draft_attr(&env, E2M_OID_SMIME_CAPABILITIES, E2M_LIT("\x05\x00"));
    e2m_bytes many = one;
    e2m_enveloped e;

    (void)state;
    for (size_t n = 1; n <= 17; n++) {
        assert_int_equal(read_with(E2M_NONE, many, &e),
                         n <= 16 ? E2M_OK : E2M_E_LIMIT);
        many = join(&env, many, one);
    }
    assert_int_equal(read_with(E2M_NONE, E2M_LIT("\x30\x00"), &e),
                     E2M_E_SYNTAX);
    assert_int_equal(read_with(E2M_NONE, E2M_LIT("\x05\x00"), &e),
                     E2M_E_SYNTAX);
}

static void
test_sealing_checks_the_bounds(void **state)
{
    static uint8_t zeros[65];
    e2m_cms_seal how = { .cek_reference = { zeros, 65 } };
    e2m_bytes made[3];
    size_t num = 0;

    (void)state;
    assert_int_equal(
        e2m_cms_make_envelope_attrs(&env, c, &how, &cek, made, &num),
        E2M_E_ARG);
    how.cek_reference.len = 64;
    how.max_decrypts = (UINT64_C(1) << 31) + 1;
    assert_int_equal(
        e2m_cms_make_envelope_attrs(&env, c, &how, &cek, made, &num),
        E2M_E_ARG);
    how.max_decrypts = 0;
    assert_int_equal(
        e2m_cms_make_envelope_attrs(&env, c, &how, &cek, made, &num), E2M_OK);
    assert_int_equal(num, 2);
    how.cek_reference = E2M_NONE;
    how.max_decrypts = 9; /* means nothing alone */
    assert_int_equal(
        e2m_cms_make_envelope_attrs(&env, c, &how, &cek, made, &num), E2M_OK);
    assert_int_equal(num, 1);
}

/* A commitment that does not fit: cannot decrypt, whichever set it is in. */
static void
test_commitment_counts(void **state)
{
    const e2m_cms_keys keys = test_kek_keys(&kek);
    e2m_secret right;

    (void)state;
    assert_int_equal(e2m_cms_commitment(c, &cek, &right), E2M_OK);
    assert_int_equal(right.len, 32);
    for (size_t flip = 0; flip <= 32; flip++) {
        for (int in_auth = 0; in_auth < 2; in_auth++) {
            e2m_secret wrong = right;
            e2m_bytes attr;
            e2m_enveloped e;
            e2m_opened opened = { .committed = false };

            if (flip < 32) {
                wrong.data[flip] = (uint8_t)(wrong.data[flip] ^ 0x10);
            }
            attr = draft_attr(&env, E2M_OID_KEY_COMMITMENT,
                              element(&env, 4,
                                      (e2m_bytes){ wrong.data, 32 }));
            assert_int_equal(read_with(in_auth ? attr : E2M_NONE,
                                       in_auth ? E2M_NONE : attr, &e),
                             E2M_OK);
            assert_int_equal(
                e2m_cms_open_enveloped(&env, c, &e, &keys, &opened),
                flip < 32 ? E2M_E_CRYPTO : E2M_OK);
            assert_int_equal(opened.committed, flip == 32);
            assert_int_equal(opened.content.data != NULL, flip == 32);
        }
    }
}

/* HKDF-SHA-256(000102..0f, no salt, "e2m key commitment v1", 32), computed by
 * another implementation. */
static void
test_commitment_value(void **state)
{
    const e2m_secret key = test_secret(0, 16);
    e2m_secret got;

    (void)state;
    assert_int_equal(e2m_cms_commitment(c, &key, &got), E2M_OK);
    assert_bytes(
        (e2m_bytes){ got.data, got.len },
        E2M_LIT("\xb2\x3f\xe4\x48\xd9\xa4\xf6\x3e\xe1\x9a\x88\xff\xdc\x0b"
                "\x03\x0b\xa4\xa7\x2e\xa3\x5b\x64\x2a\x36\xd8\x5a\x16\x39"
                "\xe7\x8e\x21\x7d"));
}

int
main(void)
{
#define IN_ENV(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_ENV(test_vectors_made),
        IN_ENV(test_vectors_read),
        IN_ENV(test_reversed_cek_opens),
        IN_ENV(test_meaningless_without_reference),
        IN_ENV(test_values),
        IN_ENV(test_doubles),
        IN_ENV(test_number_of_attributes),
        IN_ENV(test_sealing_checks_the_bounds),
        IN_ENV(test_commitment_counts),
        cmocka_unit_test(test_commitment_value),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
