/* SPDX-License-Identifier: BSD-3-Clause */
/* Sealing and opening among ourselves: every cipher, every kind of recipient,
 * several of them, and each way in which it must not open. */
#include "cms_test.h"
#include "people.h"

enum { R_RSA, R_EC, R_EC2, R_P384, R_X25519, PEOPLE };

static person people[PEOPLE];
static e2m_crypto *c;
static e2m_secret kek16, kek32;

static int
group_setup(void **state)
{
    static const e2m_key_kind kinds[PEOPLE] = { E2M_KEY_RSA, E2M_KEY_P256,
                                                E2M_KEY_P256, E2M_KEY_P384,
                                                E2M_KEY_X25519 };

    (void)state;
    assert_int_equal(e2m_crypto_new(&c), E2M_OK);
    for (size_t i = 0; i < PEOPLE; i++) {
        person_new(&people[i], kinds[i], "reader");
    }
    kek16 = test_secret(0x40, 16);
    kek32 = test_secret(0x80, 32);
    return 0;
}

static int
group_teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        person_free(&people[i]);
    }
    e2m_crypto_free(c);
    return 0;
}

static e2m_cms_keys
keys_of(const person *p, e2m_cms_key *room)
{
    *room = (e2m_cms_key){ p->cert, p->key };
    return (e2m_cms_keys){ .keys = room, .num_keys = 1 };
}

/* Opens in an environment of its own, as each message has one. The content is
 * copied to `text`: content_of. */
typedef struct result {
    e2m_err err;
    e2m_opened opened;
    e2m_enveloped e;
    uint8_t text[2048];
    const char *what;
    size_t private_ops;
} result;

static result
open_with(e2m_bytes sealed, const e2m_cms_keys *keys)
{
    result r = { .err = E2M_OK };
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    r.err = e2m_cms_read_enveloped(&env, sealed, &r.e);
    if (r.err == E2M_OK) {
        r.err = e2m_cms_open_enveloped(&env, c, &r.e, keys, &r.opened);
    }
    if (r.err == E2M_OK) {
        assert_true(r.opened.content.len <= sizeof r.text);
        memcpy(r.text, r.opened.content.data, r.opened.content.len);
        r.opened.content.data = NULL; /* went with its environment */
    } else {
        assert_null(r.opened.content.data);
        assert_int_equal(env.diag.err, r.err);
    }
    r.what = env.diag.what;
    r.private_ops = env.private_ops;
    e2m_env_done(&env);
    return r;
}

static e2m_bytes
content_of(const result *r)
{
    return (e2m_bytes){ r->text, r->opened.content.len };
}

static void
assert_cannot_decrypt(const result *r)
{
    assert_int_equal(r->err, E2M_E_CRYPTO);
    assert_string_equal(r->what, "cannot decrypt");
}

static e2m_bytes
seal(e2m_env *env, e2m_bytes content, const e2m_cms_seal *how,
     e2m_secret *cek)
{
    e2m_bytes out = E2M_NONE;

    assert_int_equal(e2m_cms_seal_enveloped(env, c, content, how, &out, cek),
                     E2M_OK);
    assert_int_equal(e2m_cms_type(out),
                     e2m_cms_mode_of(how->cipher) == E2M_CMS_GCM
                         ? E2M_OID_AUTH_ENVELOPED_DATA
                         : E2M_OID_ENVELOPED_DATA);
    return out;
}

/* ---- round trips --------------------------------------------------------- */

static void
round_trip(e2m_oid_id cipher, unsigned readers, bool with_kek, size_t len)
{
    static uint8_t content[2000];
    const e2m_cert *certs[PEOPLE];
    const bool large = cipher == E2M_OID_AES256_GCM ||
                       cipher == E2M_OID_AES256_CBC;
    e2m_secret *kek = large ? &kek32 : &kek16;
    const e2m_cms_kek one = { E2M_LIT("kek"), kek };
    e2m_cms_seal how = { .cipher = cipher,
                         .readers = certs,
                         .keks = &one,
                         .num_keks = with_kek ? 1 : 0,
                         .cek_reference = E2M_LIT("0123456789abcdef"),
                         .max_decrypts = 7 };
    e2m_env env;
    e2m_secret cek;
    e2m_bytes sealed;

    for (size_t i = 0; i < len; i++) {
        content[i] = (uint8_t)(i * 31);
    }
    e2m_env_init(&env, NULL, NULL);
    for (size_t i = 0; i < PEOPLE; i++) {
        if ((readers >> i & 1) != 0) {
            certs[how.num_readers++] = people[i].cert;
        }
    }
    sealed = seal(&env, (e2m_bytes){ content, len }, &how, &cek);
    for (size_t i = 0; i <= PEOPLE; i++) {
        const bool named = i < PEOPLE ? (readers >> i & 1) != 0 : with_kek;
        e2m_cms_key room;
        const e2m_cms_keys keys = i < PEOPLE ? keys_of(&people[i], &room)
                                             : test_kek_keys(kek);
        const result r = open_with(sealed, &keys);

        assert_int_equal(r.err, named ? E2M_OK : E2M_E_NOKEY);
        if (named) {
            assert_bytes(content_of(&r), (e2m_bytes){ content, len });
            assert_true(r.opened.committed);
            assert_int_equal(r.opened.cek.len, cek.len);
            assert_memory_equal(r.opened.cek.data, cek.data, cek.len);
            assert_int_equal(r.private_ops, i < PEOPLE ? 1 : 0);
            assert_int_equal(r.e.num_recipients,
                             how.num_readers + how.num_keks);
            assert_true(r.e.has_max_decrypts && r.e.max_decrypts == 7);
            assert_int_equal(r.e.cipher, cipher);
        } else {
            assert_int_equal(r.private_ops, 0);
        }
    }
    e2m_env_done(&env);
}

static void
test_round_trips(void **state)
{
    static const e2m_oid_id ciphers[] = { E2M_OID_AES128_GCM,
                                          E2M_OID_AES256_GCM,
                                          E2M_OID_AES128_CBC,
                                          E2M_OID_AES256_CBC };
    static const size_t lens[] = { 0, 1, 15, 16, 17, 800, 2000 };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (unsigned reader = 0; reader < PEOPLE; reader++) {
            round_trip(ciphers[i], 1u << reader, false, 300);
        }
        round_trip(ciphers[i], 0, true, 300);
        round_trip(ciphers[i], 1u << R_RSA | 1u << R_EC, false, 300);
        round_trip(ciphers[i], 1u << R_EC | 1u << R_EC2, false, 300);
        round_trip(ciphers[i], (1u << PEOPLE) - 1, true, 300);
        for (size_t k = 0; k < sizeof lens / sizeof lens[0]; k++) {
            round_trip(ciphers[i], 1u << R_EC, true, lens[k]);
        }
    }
}

/* EC readers on one curve: one RecipientInfo, one ephemeral key. */
static void
test_readers_share_the_ephemeral_key(void **state)
{
    const e2m_cert *certs[] = { people[R_EC].cert, people[R_EC2].cert };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .readers = certs,
                               .num_readers = 2 };
    e2m_env env;
    e2m_enveloped e;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_cms_read_enveloped(&env, seal(&env, TEST_TEXT, &how, NULL), &e),
        E2M_OK);
    assert_int_equal(e.num_recipients, 2);
    assert_int_equal(e.recipients[0].kind, E2M_RID_KARI);
    assert_ptr_equal(e.recipients[0].originator.data,
                     e.recipients[1].originator.data);
    assert_int_equal(e.recipients[0].originator.len, 65);
    assert_true(e2m_cms_names(&e, people[R_EC].cert));
    assert_true(e2m_cms_names(&e, people[R_EC2].cert));
    assert_false(e2m_cms_names(&e, people[R_RSA].cert));
    e2m_env_done(&env);
}

/* RFC 5652 sec. 6.1 */
static void
check_version(const e2m_cms_seal *how, uint64_t want)
{
    e2m_env env;
    e2m_oid_id type;
    e2m_in in;
    uint64_t version = 99;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_cms_enter(&env, seal(&env, TEST_TEXT, how, NULL), &type, &in),
        E2M_OK);
    assert_int_equal(e2m_der_get_uint(&in, &version), E2M_OK);
    assert_true(version == want);
    e2m_env_done(&env);
}

static void
test_versions(void **state)
{
    const e2m_cert *rsa[] = { people[R_RSA].cert };
    const e2m_cert *ec[] = { people[R_EC].cert };
    const e2m_cms_kek kek = { E2M_LIT("kek"), &kek16 };
    e2m_cms_seal how = { .cipher = E2M_OID_AES128_CBC,
                         .readers = rsa,
                         .num_readers = 1 };

    (void)state;
    check_version(&how, 2); /* attributes */
    how.no_attributes = true;
    check_version(&how, 0);
    how.keks = &kek;
    how.num_keks = 1;
    check_version(&how, 2); /* kekri */
    how.num_keks = 0;
    how.readers = ec;
    check_version(&how, 2); /* kari */
    how.cipher = E2M_OID_AES128_GCM;
    how.no_attributes = false;
    check_version(&how, 0); /* RFC 5083 */
}

static void
test_without_attributes(void **state)
{
    const e2m_cert *ec[] = { people[R_EC].cert };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .readers = ec,
                               .num_readers = 1,
                               .no_attributes = true,
                               .cek_reference = E2M_LIT("reference") };
    e2m_cms_key room;
    const e2m_cms_keys keys = keys_of(&people[R_EC], &room);
    e2m_env env;
    result r;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    r = open_with(seal(&env, TEST_TEXT, &how, NULL), &keys);
    assert_int_equal(r.err, E2M_OK);
    assert_false(r.opened.committed);
    assert_int_equal(r.e.unauth_attrs.len, 0);
    e2m_env_done(&env);
}

static void
test_pkcs1_v15_is_a_switch(void **state)
{
    const e2m_cert *rsa[] = { people[R_RSA].cert };
    e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                         .readers = rsa,
                         .num_readers = 1,
                         .insecure_pkcs1_v15 = true };
    e2m_cms_key room;
    e2m_cms_keys keys = keys_of(&people[R_RSA], &room);
    e2m_env env;
    e2m_bytes sealed;
    result r;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    sealed = seal(&env, TEST_TEXT, &how, NULL);
    r = open_with(sealed, &keys);
    assert_cannot_decrypt(&r);
    assert_int_equal(r.private_ops, 0);
    keys.insecure_pkcs1_v15 = true;
    r = open_with(sealed, &keys);
    assert_int_equal(r.err, E2M_OK);
    assert_bytes(content_of(&r), TEST_TEXT);
    how.insecure_pkcs1_v15 = false; /* and OAEP stays readable with it */
    r = open_with(seal(&env, TEST_TEXT, &how, NULL), &keys);
    assert_int_equal(r.err, E2M_OK);
    e2m_env_done(&env);
}

/* ---- refusals ------------------------------------------------------------ */

/* The certificate that is named, but with somebody else's private key. */
static void
test_wrong_private_key(void **state)
{
    static const size_t other[PEOPLE] = { R_EC, R_EC2, R_EC, R_EC, R_EC };

    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        const e2m_cert *certs[] = { people[i].cert };
        const e2m_cms_seal how = { .cipher = E2M_OID_AES128_CBC,
                                   .readers = certs,
                                   .num_readers = 1 };
        const e2m_cms_key key = { people[i].cert, people[other[i]].key };
        const e2m_cms_keys keys = { .keys = &key, .num_keys = 1 };
        e2m_env env;
        result r;

        e2m_env_init(&env, NULL, NULL);
        r = open_with(seal(&env, TEST_TEXT, &how, NULL), &keys);
        assert_cannot_decrypt(&r);
        e2m_env_done(&env);
    }
}

static void
test_wrong_kek(void **state)
{
    const e2m_cms_kek one = { E2M_LIT("kek"), &kek16 };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .keks = &one,
                               .num_keks = 1 };
    e2m_secret wrong = test_secret(1, 16);
    e2m_secret longer = test_secret(1, 32);
    e2m_cms_keys keys = test_kek_keys(&wrong);
    e2m_env env;
    e2m_bytes sealed;
    result r;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    sealed = seal(&env, TEST_TEXT, &how, NULL);
    r = open_with(sealed, &keys);
    assert_cannot_decrypt(&r);
    keys.user = &longer;
    r = open_with(sealed, &keys);
    assert_cannot_decrypt(&r);
    keys.kek = NULL;
    r = open_with(sealed, &keys);
    assert_int_equal(r.err, E2M_E_NOKEY);
    e2m_env_done(&env);
}

static void
test_one_private_operation(void **state)
{
    const e2m_cert *certs[] = { people[R_EC].cert };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .readers = certs,
                               .num_readers = 1 };
    e2m_cms_key room;
    const e2m_cms_keys keys = keys_of(&people[R_EC], &room);
    e2m_env env;
    e2m_enveloped e;
    e2m_opened opened = { .recipient = 0 };

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_cms_read_enveloped(&env, seal(&env, TEST_TEXT, &how, NULL), &e),
        E2M_OK);
    assert_int_equal(e2m_cms_open_enveloped(&env, c, &e, &keys, &opened),
                     E2M_OK);
    opened.content = E2M_NONE;
    assert_int_equal(e2m_cms_open_enveloped(&env, c, &e, &keys, &opened),
                     E2M_E_LIMIT);
    assert_null(opened.content.data);
    e2m_env_done(&env);
}

static void
test_limits_on_recipients(void **state)
{
    size_t limits[E2M_LIMIT_COUNT];
    const e2m_cms_kek one = { E2M_LIT("kek"), &kek16 };
    e2m_cms_kek keks[17];
    e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM, .keks = keks };
    e2m_env env, tight;
    e2m_bytes sealed, none = E2M_NONE;
    e2m_enveloped e;

    (void)state;
    for (size_t i = 0; i < 17; i++) {
        keks[i] = one;
    }
    memcpy(limits, e2m_limit_defaults, sizeof limits);
    limits[E2M_LIMIT_RECIPIENTS] = 15;
    e2m_env_init(&env, NULL, NULL);
    e2m_env_init(&tight, NULL, limits);
    how.num_keks = 16;
    sealed = seal(&env, TEST_TEXT, &how, NULL);
    assert_int_equal(e2m_cms_read_enveloped(&env, sealed, &e), E2M_OK);
    assert_int_equal(e.num_recipients, 16);
    assert_int_equal(e2m_cms_read_enveloped(&tight, sealed, &e), E2M_E_LIMIT);
    how.num_keks = 17;
    assert_int_equal(
        e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &how, &none, NULL),
        E2M_E_LIMIT);
    how.num_keks = 0;
    assert_int_equal(
        e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &how, &none, NULL),
        E2M_E_NOKEY);
    assert_null(none.data);
    e2m_env_done(&env);
    e2m_env_done(&tight);
}

static void
test_readers_that_cannot_receive(void **state)
{
    person signer;
    const e2m_cert *certs[1];
    const e2m_cms_kek wrong_size = { E2M_LIT("kek"), &kek32 };
    e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                         .readers = certs,
                         .num_readers = 1 };
    e2m_cert may_not;
    e2m_env env;
    e2m_bytes out = E2M_NONE;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    person_new(&signer, E2M_KEY_ED25519, "signer");
    certs[0] = signer.cert;
    assert_int_equal(
        e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &how, &out, NULL),
        E2M_E_NOKEY);
    may_not = *people[R_EC].cert;
    may_not.has_usage = true;
    may_not.usage = E2M_USAGE_DIGITAL_SIGNATURE;
    certs[0] = &may_not;
    assert_int_equal(
        e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &how, &out, NULL),
        E2M_E_NOKEY);
    how.num_readers = 0;
    how.keks = &wrong_size;
    how.num_keks = 1;
    assert_int_equal(
        e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &how, &out, NULL),
        E2M_E_NOKEY);
    how.cipher = E2M_OID_AES128_WRAP;
    assert_int_equal(
        e2m_cms_seal_enveloped(&env, c, TEST_TEXT, &how, &out, NULL),
        E2M_E_ARG);
    person_free(&signer);
    e2m_env_done(&env);
}

/* Same name, other serial number; same number, other name; other key id. */
static void
test_near_misses_are_not_tried(void **state)
{
    const e2m_cert *certs[] = { people[R_EC].cert };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .readers = certs,
                               .num_readers = 1 };
    e2m_cert near = *people[R_EC].cert;
    const e2m_cms_key key = { &near, people[R_EC].key };
    const e2m_cms_keys keys = { .keys = &key, .num_keys = 1 };
    e2m_env env;
    e2m_bytes sealed;
    result r;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    sealed = seal(&env, TEST_TEXT, &how, NULL);
    near.serial = people[R_EC2].cert->serial;
    r = open_with(sealed, &keys);
    assert_int_equal(r.err, E2M_E_NOKEY);
    near = *people[R_EC].cert;
    near.issuer = e2m_bytes_upto(near.issuer, near.issuer.len - 1);
    r = open_with(sealed, &keys);
    assert_int_equal(r.err, E2M_E_NOKEY);
    assert_int_equal(r.private_ops, 0);
    e2m_env_done(&env);
}

/* A cipher in the wrong structure, whatever the caller's struct says. */
static void
test_cross_mode_is_refused(void **state)
{
    const e2m_cms_kek one = { E2M_LIT("kek"), &kek16 };
    const e2m_cms_keys keys = test_kek_keys(&kek16);
    const e2m_oid_id ciphers[] = { E2M_OID_AES128_GCM, E2M_OID_AES128_CBC };
    e2m_env env;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        const e2m_cms_seal how = { .cipher = ciphers[i],
                                   .keks = &one,
                                   .num_keks = 1 };
        e2m_enveloped e;
        e2m_opened opened;

        assert_int_equal(e2m_cms_read_enveloped(
                             &env, seal(&env, TEST_TEXT, &how, NULL), &e),
                         E2M_OK);
        e.cipher = ciphers[1 - i];
        assert_int_equal(e2m_cms_open_enveloped(&env, c, &e, &keys, &opened),
                         E2M_E_UNSUPPORTED);
        e.cipher = E2M_OID_UNKNOWN;
        assert_int_equal(e2m_cms_open_enveloped(&env, c, &e, &keys, &opened),
                         E2M_E_UNSUPPORTED);
    }
    e2m_env_done(&env);
}

static void
test_mine(void **state)
{
    const e2m_cert *certs[] = { people[R_EC].cert, people[R_RSA].cert };
    const e2m_cms_kek one = { E2M_LIT("kek"), &kek16 };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .readers = certs,
                               .num_readers = 2,
                               .keks = &one,
                               .num_keks = 1 };
    e2m_cms_key room;
    e2m_cms_keys keys = keys_of(&people[R_RSA], &room);
    const e2m_cms_keys kek = test_kek_keys(&kek16);
    e2m_env env;
    e2m_enveloped e;
    size_t at;

    (void)state;
    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(
        e2m_cms_read_enveloped(&env, seal(&env, TEST_TEXT, &how, NULL), &e),
        E2M_OK);
    assert_int_equal(e.num_recipients, 3);
    at = e2m_cms_mine(&e, &keys);
    assert_true(at < 3 && e.recipients[at].kind == E2M_RID_KTRI);
    at = e2m_cms_mine(&e, &kek);
    assert_true(at < 3 && e.recipients[at].kind == E2M_RID_KEKRI);
    keys = keys_of(&people[R_EC2], &room);
    assert_int_equal(e2m_cms_mine(&e, &keys), 3);
    e2m_env_done(&env);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_readers_share_the_ephemeral_key),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_without_attributes),
        cmocka_unit_test(test_pkcs1_v15_is_a_switch),
        cmocka_unit_test(test_wrong_private_key),
        cmocka_unit_test(test_wrong_kek),
        cmocka_unit_test(test_one_private_operation),
        cmocka_unit_test(test_limits_on_recipients),
        cmocka_unit_test(test_readers_that_cannot_receive),
        cmocka_unit_test(test_near_misses_are_not_tried),
        cmocka_unit_test(test_cross_mode_is_refused),
        cmocka_unit_test(test_mine),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
