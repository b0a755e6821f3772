/* SPDX-License-Identifier: BSD-3-Clause */
/* Forms that only other writers have: tag lengths, authenticated attributes,
 * content in fragments, recipients and originators that are not ours. Each good
 * one beside bad ones. */
#include "cms_test.h"

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
open_bytes(e2m_bytes message)
{
    const e2m_cms_keys keys = test_kek_keys(&kek);
    e2m_enveloped e;
    e2m_opened opened;
    e2m_err err;

    env.diag = (e2m_diag){ .err = E2M_OK };
    err = e2m_cms_read_enveloped(&env, message, &e);
    if (err == E2M_OK) {
        err = e2m_cms_open_enveloped(&env, c, &e, &keys, &opened);
    }
    if (err == E2M_OK) {
        assert_bytes(opened.content, TEST_TEXT);
    }
    assert_int_equal(env.diag.err, err);
    return err;
}

static e2m_err
open_draft(const draft *d)
{
    return open_bytes(draft_write(&env, d));
}

static void
test_as_drafted(void **state)
{
    draft d = draft_new(&env, c, &kek, &cek, E2M_NONE);

    (void)state;
    assert_int_equal(open_draft(&d), E2M_OK);
    d.version = 2;
    assert_int_equal(open_draft(&d), E2M_E_UNSUPPORTED);
    d.version = 0;
    d.type = E2M_OID_ENVELOPED_DATA; /* a mac where there is none */
    assert_int_equal(open_draft(&d), E2M_E_SYNTAX);
    d.mac = E2M_NONE; /* GCM in an EnvelopedData */
    assert_int_equal(open_draft(&d), E2M_E_UNSUPPORTED);
    d.type = E2M_OID_SIGNED_DATA;
    assert_int_equal(open_draft(&d), E2M_E_UNSUPPORTED);
    d.type = E2M_OID_AUTH_ENVELOPED_DATA;
    assert_int_equal(open_draft(&d), E2M_E_SYNTAX); /* no mac */
}

/* as others write it */
static void
test_tag_lengths(void **state)
{
    static const struct {
        uint64_t icv; /* 0: absent */
        size_t mac;
        e2m_err want;
    } cases[] = {
        { 16, 16, E2M_OK },       { 15, 15, E2M_OK },
        { 12, 12, E2M_OK },       { 0, 12, E2M_OK },
        { 0, 16, E2M_OK },        { 0, 13, E2M_E_SYNTAX },
        { 0, 11, E2M_E_SYNTAX },  { 12, 16, E2M_E_SYNTAX },
        { 16, 12, E2M_E_SYNTAX }, { 16, 15, E2M_E_SYNTAX },
        { 11, 11, E2M_E_SYNTAX }, { 4, 4, E2M_E_SYNTAX },
        { 17, 16, E2M_E_SYNTAX }, { 0, 1, E2M_E_SYNTAX },
    };
    const draft good = draft_new(&env, c, &kek, &cek, E2M_NONE);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        draft d = good;

        d.cipher = draft_gcm(&env, E2M_LIT("twelveoctets"), cases[i].icv);
        d.mac = e2m_bytes_upto(good.mac, cases[i].mac);
        assert_int_equal(open_draft(&d), cases[i].want);
    }
}

static void
test_nonces(void **state)
{
    draft d = draft_new(&env, c, &kek, &cek, E2M_NONE);

    (void)state;
    d.cipher = draft_gcm(&env, E2M_LIT("Twelveoctets"), 16);
    assert_int_equal(open_draft(&d), E2M_E_CRYPTO);
    d.cipher = draft_gcm(&env, E2M_LIT("elevenoctet"), 16);
    assert_int_equal(open_draft(&d), E2M_E_UNSUPPORTED);
    d.cipher = draft_gcm(&env, E2M_NONE, 16);
    assert_int_equal(open_draft(&d), E2M_E_UNSUPPORTED);
    /* aes-256-gcm with a key of 16 octets */
    memcpy((uint8_t *)(uintptr_t)d.cipher.data + 4,
           e2m_oid(E2M_OID_AES256_GCM).data, 9);
    assert_int_equal(open_draft(&d), E2M_E_UNSUPPORTED);
    d.cipher = draft_gcm(&env, E2M_LIT("twelveoctets"), 16);
    memcpy((uint8_t *)(uintptr_t)d.cipher.data + 4,
           e2m_oid(E2M_OID_AES256_GCM).data, 9);
    assert_int_equal(open_draft(&d), E2M_E_CRYPTO);
    /* no parameters; a cipher that is not ours */
    d.cipher = element(&env, 0x30, element(&env, 6,
                                           e2m_oid(E2M_OID_AES128_GCM)));
    assert_int_equal(open_draft(&d), E2M_E_SYNTAX);
    d.cipher = element(&env, 0x30, element(&env, 6,
                                           e2m_oid(E2M_OID_AES128_WRAP)));
    assert_int_equal(open_draft(&d), E2M_E_UNSUPPORTED);
}

/* RFC 5083 sec. 2.2: authAttrs are authenticated as a SET OF. */
static void
test_authenticated_attributes(void **state)
{
    const e2m_bytes attr =
        draft_attr(&env, E2M_OID_CONTENT_TYPE,
                   element(&env, 6, e2m_oid(E2M_OID_DATA)));
    draft d = draft_new(&env, c, &kek, &cek, attr);

    (void)state;
    assert_int_equal(open_draft(&d), E2M_OK);
    d.auth = draft_attr(&env, E2M_OID_CONTENT_TYPE,
                        element(&env, 6, e2m_oid(E2M_OID_SIGNED_DATA)));
    assert_int_equal(open_draft(&d), E2M_E_SYNTAX); /* not what it says */
    d.auth = draft_attr(&env, E2M_OID_SIGNING_TIME, E2M_LIT("\x05\x00"));
    assert_int_equal(open_draft(&d), E2M_E_CRYPTO);
    d.auth = E2M_NONE;
    assert_int_equal(open_draft(&d), E2M_E_CRYPTO);
    d.auth = E2M_NONE; /* the same attributes, not authenticated */
    d.unauth = attr;
    assert_int_equal(open_draft(&d), E2M_E_CRYPTO);
}

/* Content [0] in fragments, definite and indefinite, as streaming tools do. */
static void
test_content_in_fragments(void **state)
{
    draft d = draft_new(&env, c, &kek, &cek, E2M_NONE);
    e2m_bytes octets = E2M_NONE, a, b;
    e2m_in in = e2m_in_init(d.content);

    (void)state;
    assert_int_equal(e2m_der_get(&in, 0x80, &octets), E2M_OK);
    a = element(&env, 4, e2m_bytes_upto(octets, 5));
    b = element(&env, 4, e2m_bytes_from(octets, 5));
    d.content = element(&env, 0xa0, join(&env, a, b));
    assert_int_equal(open_draft(&d), E2M_OK);
    d.content = element(&env, 0xa0, join(&env, b, a));
    assert_int_equal(open_draft(&d), E2M_E_CRYPTO);
    d.content = element(&env, 0xa0, element(&env, 0x24, join(&env, a, b)));
    assert_int_equal(open_draft(&d), E2M_OK); /* BER: nested */
    d.content = element(&env, 0xa0, element(&env, 0x80, octets));
    assert_int_equal(open_draft(&d), E2M_E_SYNTAX);
    d.content = element(&env, 0xa0, E2M_NONE); /* an empty text */
    assert_int_equal(open_draft(&d), E2M_E_CRYPTO);
    d.content = E2M_NONE; /* not here */
    assert_int_equal(open_draft(&d), E2M_E_UNSUPPORTED);
    d.content = element(&env, 0x81, octets);
    assert_int_equal(open_draft(&d), E2M_E_SYNTAX);
}

/* The whole message with indefinite lengths around. */
static void
test_indefinite_lengths(void **state)
{
    const draft d = draft_new(&env, c, &kek, &cek, E2M_NONE);
    const e2m_bytes der = draft_write(&env, &d);
    e2m_in in = e2m_in_init(der), outer;
    e2m_bytes all;

    (void)state;
    assert_int_equal(e2m_der_enter(&in, 0x30, &outer), E2M_OK);
    all = join(&env, E2M_LIT("\x30\x80"),
               join(&env, outer.rest, E2M_LIT("\0\0")));
    assert_int_equal(open_bytes(all), E2M_OK);
    assert_int_equal(e2m_cms_type(all), E2M_OID_AUTH_ENVELOPED_DATA);
    all = join(&env, all, E2M_LIT("\0"));
    assert_int_equal(open_bytes(all), E2M_E_SYNTAX);
    assert_int_equal(open_bytes(join(&env, der, E2M_LIT("\n"))),
                     E2M_E_SYNTAX);
}

/* ---- recipients ---------------------------------------------------------- */

static void
test_other_recipients_are_passed_over(void **state)
{
    draft d = draft_new(&env, c, &kek, &cek, E2M_NONE);
    const e2m_bytes ours = d.recipients;
    const e2m_bytes others[] = {
        E2M_LIT("\xa3\x03\x02\x01\x00"),     /* pwri */
        E2M_LIT("\xa4\x05\x06\x03\x2a\x03\x04"), /* ori */
        E2M_LIT("\xa9\x00"),                 /* to come */
        E2M_LIT("\x30\x05\x02\x01\x07\x05\x00"), /* ktri, version 7 */
        E2M_LIT("\xa1\x05\x02\x01\x04\x05\x00"), /* kari, version 4 */
        E2M_LIT("\xa2\x05\x02\x01\x05\x05\x00"), /* kekri, version 5 */
    };
    e2m_enveloped e;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        d.recipients = join(&env, others[i], ours);
        assert_int_equal(open_draft(&d), E2M_OK);
        assert_int_equal(
            e2m_cms_read_enveloped(&env, draft_write(&env, &d), &e), E2M_OK);
        assert_int_equal(e.num_recipients, 2);
        assert_int_equal(e.recipients[0].kind, E2M_RID_OTHER);
        d.recipients = others[i];
        assert_int_equal(open_draft(&d), E2M_E_NOKEY);
    }
    d.recipients = E2M_NONE;
    assert_int_equal(open_draft(&d), E2M_E_SYNTAX);
}

/* What claims to be of a version that we know must be whole. */
static void
test_broken_recipients(void **state)
{
    draft d = draft_new(&env, c, &kek, &cek, E2M_NONE);
    const e2m_bytes ours = d.recipients;
    const e2m_bytes broken[] = {
        E2M_LIT("\x30\x00"),
        E2M_LIT("\x30\x03\x02\x01\x00"),
        E2M_LIT("\xa1\x03\x02\x01\x03"),
        E2M_LIT("\xa2\x03\x02\x01\x04"),
        E2M_LIT("\xa2\x05\x02\x01\x04\x30\x00"),
        E2M_LIT("\x04\x80"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        d.recipients = join(&env, ours, broken[i]);
        assert_int_equal(open_draft(&d), E2M_E_SYNTAX);
    }
}

/* KEKIdentifier with date and other; a second KEK that is not known. */
static void
test_kekri_forms(void **state)
{
    draft d = draft_new(&env, c, &kek, &cek, E2M_NONE);
    e2m_in in = e2m_in_init(d.recipients), info;
    e2m_bytes rest, id, tail = E2M_NONE, version = E2M_LIT("\x02\x01\x04");

    (void)state;
    assert_int_equal(e2m_der_enter(&in, 0xa2, &info), E2M_OK);
    rest = info.rest;
    assert_int_equal(e2m_der_get(&info, 2, &id), E2M_OK);
    assert_int_equal(e2m_der_get(&info, 0x30, &id), E2M_OK);
    tail = e2m_bytes_from(rest, rest.len - info.rest.len);
    id = join(&env, id, E2M_LIT("\x18\x0f" "20500101000000Z"));
    d.recipients = element(
        &env, 0xa2,
        join(&env, version, join(&env, element(&env, 0x30, id), tail)));
    assert_int_equal(open_draft(&d), E2M_OK);
    id = join(&env, id, E2M_LIT("\x30\x05\x06\x03\x2a\x03\x04"));
    d.recipients = element(
        &env, 0xa2,
        join(&env, version, join(&env, element(&env, 0x30, id), tail)));
    assert_int_equal(open_draft(&d), E2M_OK);
    id = join(&env, id, E2M_LIT("\x05\x00"));
    d.recipients = element(
        &env, 0xa2,
        join(&env, version, join(&env, element(&env, 0x30, id), tail)));
    assert_int_equal(open_draft(&d), E2M_E_SYNTAX);
}

/* A static originator is not ours, a ukm is bounded; RFC 5753 sec. 3.1.1. */
static e2m_bytes
kari(e2m_bytes originator, e2m_bytes ukm)
{
    const e2m_bytes alg = E2M_LIT("\x30\x08\x06\x06\x2b\x81\x04\x01\x0b\x01");
    const e2m_bytes keys =
        E2M_LIT("\x30\x0b\x30\x09\xa0\x03\x04\x01\x07\x04\x02\x01\x02");
    e2m_bytes fields = E2M_LIT("\x02\x01\x03");

    fields = join(&env, fields, element(&env, 0xa0, originator));
    if (ukm.len > 0) {
        fields = join(&env, fields,
                      element(&env, 0xa1, element(&env, 4, ukm)));
    }
    fields = join(&env, fields, join(&env, alg, keys));
    return element(&env, 0xa1, fields);
}

static void
test_kari_forms(void **state)
{
    const e2m_bytes ec =
        E2M_LIT("\xa1\x0f\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x03"
                "\x02\x00\x04");
    const e2m_bytes other =
        E2M_LIT("\xa1\x0b\x30\x05\x06\x03\x2b\x65\x70\x03\x02\x00\x04");
    const e2m_bytes odd_bits =
        E2M_LIT("\xa1\x0f\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x03"
                "\x02\x01\x04");
    const e2m_bytes ski = E2M_LIT("\x80\x01\x07");
    static uint8_t long_ukm[65];
    draft d = draft_new(&env, c, &kek, &cek, E2M_NONE);
    e2m_enveloped e;

    (void)state;
    d.recipients = kari(ec, (e2m_bytes){ long_ukm, 64 });
    assert_int_equal(e2m_cms_read_enveloped(&env, draft_write(&env, &d), &e),
                     E2M_OK);
    assert_int_equal(e.recipients[0].kind, E2M_RID_KARI);
    assert_bytes(e.recipients[0].key_id, E2M_LIT("\x07"));
    assert_bytes(e.recipients[0].originator, E2M_LIT("\x04"));
    assert_int_equal(e.recipients[0].ukm.len, 64);
    d.recipients = kari(ec, (e2m_bytes){ long_ukm, 65 });
    assert_int_equal(open_draft(&d), E2M_E_LIMIT);
    d.recipients = kari(odd_bits, E2M_NONE);
    assert_int_equal(open_draft(&d), E2M_E_SYNTAX);
    d.recipients = kari(other, E2M_NONE);
    assert_int_equal(open_draft(&d), E2M_E_NOKEY);
    d.recipients = kari(ski, E2M_NONE);
    assert_int_equal(open_draft(&d), E2M_E_NOKEY);
}

/* ---- what it is ---------------------------------------------------------- */

static void
test_type(void **state)
{
    (void)state;
    assert_int_equal(e2m_cms_type(E2M_NONE), E2M_OID_UNKNOWN);
    assert_int_equal(e2m_cms_type(E2M_LIT("\x30")), E2M_OID_UNKNOWN);
    assert_int_equal(e2m_cms_type(E2M_LIT("\x30\x80")), E2M_OID_UNKNOWN);
    assert_int_equal(e2m_cms_type(E2M_LIT("\x30\xff\x06")), E2M_OID_UNKNOWN);
    assert_int_equal(
        e2m_cms_type(E2M_LIT("\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7"
                             "\x0d\x01\x07\x02")),
        E2M_OID_SIGNED_DATA);
    assert_int_equal(
        e2m_cms_type(E2M_LIT("\x31\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7"
                             "\x0d\x01\x07\x02")),
        E2M_OID_UNKNOWN);
}

int
main(void)
{
#define IN_ENV(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_ENV(test_as_drafted),
        IN_ENV(test_tag_lengths),
        IN_ENV(test_nonces),
        IN_ENV(test_authenticated_attributes),
        IN_ENV(test_content_in_fragments),
        IN_ENV(test_indefinite_lengths),
        IN_ENV(test_other_recipients_are_passed_over),
        IN_ENV(test_broken_recipients),
        IN_ENV(test_kekri_forms),
        IN_ENV(test_kari_forms),
        IN_ENV(test_type),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
