/* SPDX-License-Identifier: BSD-3-Clause */
/* A request that a CA can sign, and reports on files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <e2m/pki.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "world.h"

enum { DAY = 86400, TEXT = 8192 };

#define NOW WORLD_NOW
#define ALICE_NAME "sip:alice@example.com"

/* One text behind another. */
static e2m_bytes
join(char out[TEXT], e2m_bytes a, e2m_bytes b)
{
    assert_true(a.len + b.len <= TEXT);
    memcpy(out, a.data, a.len);
    memcpy(out + a.len, b.data, b.len);
    return (e2m_bytes){ (const uint8_t *)out, a.len + b.len };
}

static e2m_err
look(e2m_bytes file, e2m_bytes trust, e2m_bytes name, int64_t now,
     e2m_pki_report *out)
{
    const e2m_pki_question q = {
        .file = file, .trust = trust, .name = name, .now_sec = now
    };

    return e2m_pki_look(&q, out);
}

static void
make(e2m_pki_pair *ca, e2m_pki_pair *leaf, const char *name)
{
    char both[TEXT];

    assert_int_equal(e2m_pki_ca(NOW, ca), E2M_OK);
    assert_int_equal(e2m_pki_issue(join(both, ca->cert, ca->key),
                                   world_str(name), 0, NOW, leaf), E2M_OK);
}

static void
test_request(void **state)
{
    e2m_pki_pair pair;
    e2m_pki_report r;
    BIO *bio;
    X509_REQ *request;
    STACK_OF(X509_EXTENSION) *list;
    X509_EXTENSION *ext;
    GENERAL_NAMES *names;
    const ASN1_IA5STRING *uri;

    (void)state;
    assert_int_equal(e2m_pki_request(world_str(ALICE_NAME), &pair), E2M_OK);
    bio = BIO_new_mem_buf(pair.cert.data, (int)pair.cert.len);
    request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    assert_non_null(request);
    assert_int_equal(X509_REQ_verify(request,
                                     X509_REQ_get0_pubkey(request)), 1);
    list = X509_REQ_get_extensions(request);
    ext = X509v3_get_ext(list, X509v3_get_ext_by_NID(
                                   list, NID_subject_alt_name, -1));
    names = X509V3_EXT_d2i(ext);
    assert_int_equal(sk_GENERAL_NAME_num(names), 1);
    uri = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, 0), NULL);
    assert_int_equal(ASN1_STRING_length(uri), (int)strlen(ALICE_NAME));
    assert_memory_equal(ASN1_STRING_get0_data(uri), ALICE_NAME,
                        strlen(ALICE_NAME));
    assert_true(X509v3_get_ext_by_NID(list, NID_key_usage, -1) >= 0);
    GENERAL_NAMES_free(names);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    X509_REQ_free(request);
    BIO_free(bio);
    /* the key alone */
    assert_int_equal(look(pair.key, world_str(""),
                                  world_str(ALICE_NAME), NOW, &r), E2M_OK);
    assert_true(r.has_key && !r.has_cert && !r.key_fits && !r.named);
    e2m_pki_free(&pair);
}

static void
test_request_names(void **state)
{
    static const char *const bad[] = {
        "", "alice", "ss1.example.com", "sip:example.com", "sip:alice@",
        "sip:alice@example.com;transport=tcp", "mailto:alice@example.com",
    };
    e2m_pki_pair pair;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(e2m_pki_request(world_str(bad[i]), &pair), E2M_E_ARG);
        assert_null(pair.cert.data);
        assert_null(pair.key.data);
    }
}

static void
test_look(void **state)
{
    const e2m_bytes alice = world_str(ALICE_NAME);
    e2m_pki_pair ca, leaf, ca2, leaf2;
    char text[TEXT];
    e2m_pki_report r;
    e2m_bytes file;

    (void)state;
    make(&ca, &leaf, ALICE_NAME);
    make(&ca2, &leaf2, "ss1.example.com");
    file = join(text, leaf.cert, leaf.key);
    assert_int_equal(look(file, ca.cert, alice, NOW, &r),
                     E2M_OK);
    assert_true(r.has_key && r.has_cert && r.key_fits && r.named);
    assert_true(r.may_sign && r.may_receive);
    assert_int_equal(r.path, E2M_PKI_TRUSTED);
    assert_true(r.not_before == NOW - DAY && r.not_after > NOW + 300 * DAY);
    /* each fault alone */
    assert_int_equal(look(file, ca.cert,
                                  world_str("sip:bob@example.com"), NOW, &r),
                     E2M_OK);
    assert_false(r.named);
    assert_int_equal(look(file, ca.cert, alice,
                                  NOW + 400 * DAY, &r), E2M_OK);
    assert_int_equal(r.path, E2M_PKI_OUT_OF_TIME);
    assert_int_equal(look(file, ca2.cert, alice, NOW, &r),
                     E2M_OK);
    assert_int_equal(r.path, E2M_PKI_UNTRUSTED);
    assert_int_equal(look(file, world_str(""), alice, NOW, &r),
                     E2M_OK);
    assert_int_equal(r.path, E2M_PKI_UNCHECKED);
    file = join(text, leaf.cert, leaf2.key);
    assert_int_equal(look(file, ca.cert, alice, NOW, &r),
                     E2M_OK);
    assert_true(r.has_key && r.has_cert && !r.key_fits && r.named);
    /* a certificate alone, of a host */
    assert_int_equal(look(leaf2.cert, ca2.cert,
                                  world_str("ss1.example.com"), NOW, &r),
                     E2M_OK);
    assert_true(!r.has_key && r.has_cert && !r.key_fits && r.named);
    /* no file at all leaves nothing that could be believed */
    assert_int_equal(look(world_str("garbage"), ca.cert, alice,
                                  NOW, &r), E2M_E_SYNTAX);
    assert_int_equal(look(leaf.cert, world_str("garbage"), alice,
                                  NOW, &r), E2M_E_SYNTAX);
    assert_true(!r.has_cert && !r.named && r.path == E2M_PKI_UNCHECKED);
    e2m_pki_free(&ca);
    e2m_pki_free(&leaf);
    e2m_pki_free(&ca2);
    e2m_pki_free(&leaf2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_request_names),
        cmocka_unit_test(test_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
