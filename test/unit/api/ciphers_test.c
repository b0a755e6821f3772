/* SPDX-License-Identifier: BSD-3-Clause */
/* Every content cipher there and back, and which one is taken when readers are
 * known to decrypt only some: by their certificates, or by the caller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "world.h"

static world w;

static int
setup(void **state)
{
    (void)state;
    world_new(&w, E2M_PKI_P256);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_free(&w);
    return 0;
}

/* The cipher of the first envelope, a static word. */
static const char *
cipher_of(e2m_bytes sealed)
{
    e2m_msg *msg = NULL;
    const e2m_node *nodes = NULL;
    size_t num = 0;
    const char *word = "";

    assert_int_equal(e2m_msg_open(&msg, w.ctx[VISITED], sealed, E2M_DATAGRAM,
                                  WORLD_NOW),
                     E2M_OK);
    assert_int_equal(e2m_explain(msg, &nodes, &num), E2M_OK);
    for (size_t i = 0; i < num && word[0] == '\0'; i++) {
        word = nodes[i].cipher;
    }
    e2m_msg_close(msg);
    return word;
}

static void
test_every_cipher(void **state)
{
    (void)state;
    for (int i = 0; i <= E2M_AES_256_CBC; i++) {
        e2m_plan *plan = world_plan(&w, w.ctx[ALICE], BOB);
        e2m_bytes sealed;
        world_result r;

        assert_int_equal(e2m_plan_set(plan, E2M_OPT_CIPHER, i), E2M_OK);
        sealed = world_seal(w.ctx[ALICE], plan, world_str(world_message));
        assert_string_equal(cipher_of(sealed), e2m_cipher_name((e2m_cipher)i));
        r = world_open(w.ctx[BOB], sealed, WORLD_NOW);
        assert_int_equal(r.outcome, E2M_READ);
        assert_true(r.committed);
        world_result_free(&r);
        r = world_inspect(w.ctx[SS1], sealed, WORLD_NOW);
        assert_int_equal(r.outcome, E2M_READ);
        assert_memory_equal(r.content.data, world_text, strlen(world_text));
        world_result_free(&r);
        world_bytes_free(sealed);
        e2m_plan_free(plan);
    }
    assert_string_equal(e2m_cipher_name((e2m_cipher)(E2M_AES_256_CBC + 1)),
                        "");
}

#define BIT(cipher) (1U << (cipher))

typedef struct choice {
    e2m_cipher wanted;
    unsigned can[2]; /* of two readers */
    int order;
    const char *used; /* NULL: E2M_E_NOKEY */
} choice;

static const choice choices[] = {
    { E2M_AES_256_GCM, { 0, 0 }, E2M_ENCRYPT_SIGN, "aes-256-gcm" },
    { E2M_AES_256_GCM, { BIT(E2M_AES_256_GCM), 0 }, E2M_ENCRYPT_SIGN,
      "aes-256-gcm" },
    { E2M_AES_256_GCM, { BIT(E2M_AES_128_CBC) | BIT(E2M_AES_128_GCM), 0 },
      E2M_ENCRYPT_SIGN, "aes-128-gcm" },
    { E2M_AES_128_GCM,
      { BIT(E2M_AES_128_GCM) | BIT(E2M_AES_256_CBC), BIT(E2M_AES_256_CBC) },
      E2M_ENCRYPT_SIGN, "aes-256-cbc" },
    { E2M_AES_128_GCM, { BIT(E2M_AES_192_GCM), 0 }, E2M_SIGN_ENCRYPT,
      "aes-192-gcm" },
    /* CBC has to be under a signature; and what nobody can */
    { E2M_AES_128_GCM, { BIT(E2M_AES_256_CBC), 0 }, E2M_SIGN_ENCRYPT, NULL },
    { E2M_AES_128_GCM, { BIT(E2M_AES_128_GCM), BIT(E2M_AES_256_GCM) },
      E2M_ENCRYPT_SIGN, NULL },
};

static void
check(const choice *c, e2m_plan *plan)
{
    const e2m_edit *edits = NULL;
    e2m_msg *msg = NULL;
    size_t num = 0;
    e2m_bytes sealed;

    if (c->used != NULL) {
        sealed = world_seal(w.ctx[ALICE], plan, world_str(world_message));
        assert_string_equal(cipher_of(sealed), c->used);
        world_bytes_free(sealed);
        return;
    }
    assert_int_equal(e2m_msg_open(&msg, w.ctx[ALICE],
                                  world_str(world_message), E2M_DATAGRAM,
                                  WORLD_NOW),
                     E2M_OK);
    assert_int_equal(e2m_end_seal(msg, plan, &edits, &num), E2M_E_NOKEY);
    assert_null(edits);
    e2m_msg_close(msg);
}

static void
test_the_caller_knows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const choice *c = &choices[i];
        e2m_plan *plan = world_plan(&w, w.ctx[ALICE], BOB);

        e2m_plan_can(plan, c->can[0]);
        e2m_plan_can(plan, c->can[1]);
        assert_int_equal(e2m_plan_set(plan, E2M_OPT_CIPHER, (int)c->wanted),
                         E2M_OK);
        assert_int_equal(e2m_plan_set(plan, E2M_OPT_ORDER, c->order), E2M_OK);
        check(c, plan);
        e2m_plan_free(plan);
    }
}

/* ---- certificates that say it themselves --------------------------------- */

/* A certificate for agreement with this extension, as PEM in `out`. */
static size_t
certificate(e2m_bytes capabilities, char *out, size_t cap)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *ext;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    size_t len;

    assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 86400));
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_int_equal(ASN1_OCTET_STRING_set(value, capabilities.data,
                                           (int)capabilities.len), 1);
    ext = X509_EXTENSION_create_by_NID(NULL, NID_SMIMECapabilities, 0, value);
    assert_int_equal(X509_add_ext(x, ext, -1), 1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(bio, x), 1);
    len = (size_t)BIO_get_mem_data(bio, &text);
    assert_true(len < cap);
    memcpy(out, text, len);
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(value);
    X509_free(x);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return len;
}

#define AES "\x60\x86\x48\x01\x65\x03\x04\x01"
#define CAN(last) "\x30\x0b\x06\x09" AES last
#define STR(s) { (const uint8_t *)(s), sizeof(s) - 1 }

static void
test_certificates_say(void **state)
{
    static const struct {
        e2m_bytes capabilities;
        const char *used;
    } rows[] = {
        { STR("\x30\x0d" CAN("\x2e")), "aes-256-gcm" },
        { STR("\x30\x1a" CAN("\x2a") CAN("\x02")), "aes-128-cbc" },
        /* sha256WithRSAEncryption alone says nothing of ciphers */
        { STR("\x30\x0f\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"
              "\x05\x00"), "aes-128-gcm" },
        { STR("\x30\x00"), "aes-128-gcm" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        e2m_plan *plan = world_plan(&w, w.ctx[ALICE], BOB);
        const choice want = { .used = rows[i].used };
        e2m_peer *peer = NULL;
        char pem[2048];
        const size_t len =
            certificate(rows[i].capabilities, pem, sizeof pem);

        assert_int_equal(e2m_peer_new(&peer,
                                      (e2m_bytes){ (uint8_t *)pem, len }),
                         E2M_OK);
        assert_int_equal(e2m_plan_to(plan, peer), E2M_OK);
        check(&want, plan);
        e2m_plan_free(plan);
        e2m_peer_free(peer);
    }
}

/* An extension that is no list makes no certificate. */
static void
test_certificate_says_nonsense(void **state)
{
    const e2m_bytes nonsense[] = { STR("\x04\x00"), STR("\x30\x00\x00"),
                                   STR("\x30\x05") };

    (void)state;
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        e2m_peer *peer = NULL;
        char pem[2048];
        const size_t len = certificate(nonsense[i], pem, sizeof pem);

        assert_int_equal(e2m_peer_new(&peer,
                                      (e2m_bytes){ (uint8_t *)pem, len }),
                         E2M_E_SYNTAX);
        assert_null(peer);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cipher),
        cmocka_unit_test(test_the_caller_knows),
        cmocka_unit_test(test_certificates_say),
        cmocka_unit_test(test_certificate_says_nonsense),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
