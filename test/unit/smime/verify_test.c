/* SPDX-License-Identifier: BSD-3-Clause */
/* One signature: each reason for which it is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "people.h"
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#include "scene.h"

static scene s;
static e2m_env env;

static int
setup(void **state)
{
    (void)state;
    scene_new(&s);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    scene_free(&s);
    return 0;
}

static int
start(void **state)
{
    (void)state;
    scene_fresh(&s, &env, NULL);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    e2m_env_done(&env);
    return 0;
}

static e2m_level *
verified(e2m_bytes raw, const e2m_tools *tools)
{
    e2m_level *l = looked(&env, raw);

    env.signatures = 0; /* of another message */
    e2m_certs_trim(tools->certs);
    assert_int_equal(e2m_smime_verify(&env, tools, l), E2M_OK);
    assert_true(l->sig.checked);
    assert_int_equal(env.diag.err, E2M_OK); /* the reason says it */
    return l;
}

static void
is(e2m_bytes raw, const e2m_tools *tools, e2m_reason why)
{
    assert_int_equal(verified(raw, tools)->sig.reason, why);
}

static void
test_good(void **state)
{
    e2m_cms_sign how = by(&s.alice);

    (void)state;
    for (int i = 0; i < 4; i++) {
        e2m_level *l;
        uint8_t hash[32];

        how.attached = (i & 1) == 1;
        how.digest = i < 2 ? E2M_SHA256 : E2M_SHA384;
        l = verified(signed_entity(&s, &env, HELLO, how), &s.tools);
        assert_int_equal(l->sig.reason, E2M_BECAUSE_NONE);
        assert_true(e2m_bytes_eq(l->sig.cert->der, s.alice.cert->der));
        assert_ptr_equal(l->sig.signer, &l->sd.signers[0]);
        assert_string_equal(e2m_smime_signature_name(l->sig.signer),
                            i < 2 ? "ecdsa-sha256" : "ecdsa-sha384");
        assert_int_equal(e2m_hash(s.crypto, E2M_SHA256, &l->signed_bytes, 1,
                                  hash),
                         E2M_OK);
        assert_memory_equal(l->sig.hash, hash, 32);
        /* asked again, the answer stands */
        assert_int_equal(e2m_smime_verify(&env, &s.tools, l), E2M_OK);
        assert_int_equal(l->sig.reason, E2M_BECAUSE_NONE);
    }
}

static void
test_who(void **state)
{
    const e2m_cert *const peers[] = { s.bob.cert, s.alice.cert };
    e2m_cms_sign how = by(&s.alice);
    e2m_tools tools = s.tools;

    (void)state;
    /* the same name from a CA that nobody trusts */
    is(signed_entity(&s, &env, HELLO, by(&s.mallory)), &s.tools,
       E2M_BECAUSE_UNTRUSTED);
    how.no_certs = true;
    is(signed_entity(&s, &env, HELLO, how), &s.tools, E2M_BECAUSE_NO_SIGNER);
    tools.peers = peers;
    tools.num_peers = 2;
    is(signed_entity(&s, &env, HELLO, how), &tools, E2M_BECAUSE_NONE);
    tools.num_peers = 1;
    is(signed_entity(&s, &env, HELLO, how), &tools, E2M_BECAUSE_NO_SIGNER);
    tools.peers = peers + 1;
    is(signed_entity(&s, &env, HELLO, how), &tools, E2M_BECAUSE_NONE);
}

/* A certificate that is not for signing (RFC 5280 sec. 4.2.1.3). */
static void
test_usage(void **state)
{
    e2m_cert narrow = *s.alice.cert;
    const e2m_cert *const peers[] = { &narrow };
    e2m_cms_sign how = by(&s.alice);
    e2m_tools tools = s.tools;

    (void)state;
    how.no_certs = true;
    tools.peers = peers;
    tools.num_peers = 1;
    narrow.has_usage = true;
    narrow.usage = E2M_USAGE_KEY_AGREEMENT;
    is(signed_entity(&s, &env, HELLO, how), &tools, E2M_BECAUSE_USAGE);
    narrow.usage = E2M_USAGE_NON_REPUDIATION;
    is(signed_entity(&s, &env, HELLO, how), &tools, E2M_BECAUSE_NONE);
}

/* One of several that holds is enough; else the first one's reason is told. */
static void
test_several_signers(void **state)
{
    e2m_level *l = looked(&env, signed_entity(&s, &env, HELLO,
                                              by(&s.alice)));
    const e2m_level *other = looked(
        &env, signed_entity(&s, &env, HELLO, by(&s.mallory)));
    const e2m_signer good = l->sd.signers[0];
    const e2m_signer stranger = other->sd.signers[0];
    e2m_signer forged = good;
    e2m_signer two[2];

    (void)state;
    forged.signature = stranger.signature;
    l->sd.signers = two;
    l->sd.num_signers = 2;
    for (int order = 0; order < 4; order++) {
        static const e2m_reason want[] = {
            E2M_BECAUSE_NONE, E2M_BECAUSE_NONE, E2M_BECAUSE_BAD_SIGNATURE,
            E2M_BECAUSE_NO_SIGNER,
        };

        two[0] = order == 1 ? good : order == 3 ? stranger : forged;
        two[1] = order == 0 ? good : order == 2 ? stranger : forged;
        l->sig = (e2m_sigcheck){ .checked = false };
        env.signatures = 0;
        assert_int_equal(e2m_smime_verify(&env, &s.tools, l), E2M_OK);
        assert_int_equal(l->sig.reason, want[order]);
        assert_ptr_equal(l->sig.signer, &two[order == 0]);
    }
}

/* Every level within a level brings a signature: a message gets so many checks
 * as its limit says, and no answer where there are more. */
static void
test_limit_on_signatures(void **state)
{
    e2m_bytes raw = HELLO;
    e2m_level *l;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        raw = signed_entity(&s, &env, raw, by(&s.alice));
    }
    env.signatures = 0;
    l = looked(&env, raw);
    for (size_t i = 0; i < 3; i++, l = l->first) {
        assert_int_equal(e2m_smime_verify(&env, &s.tools, l),
                         i < 2 ? E2M_OK : E2M_E_LIMIT);
        assert_true((l->sig.reason == E2M_BECAUSE_NONE) == (i < 2));
    }
    assert_string_equal(env.diag.what, "too many signatures to check");
}

/* n - s in the place of s: whoever sees a signature of ECDSA can make this
 * other one of it (SEC 1 sec. 4.1.4). */
static e2m_bytes
respelled(e2m_bytes signature)
{
    const unsigned char *p = signature.data;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)signature.len);
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *r = BN_dup(ECDSA_SIG_get0_r(sig));
    BIGNUM *other = BN_new();
    unsigned char der[80];
    unsigned char *end = der;
    e2m_bytes out = E2M_NONE;

    assert_true(BN_sub(other, EC_GROUP_get0_order(group),
                       ECDSA_SIG_get0_s(sig)));
    assert_int_equal(ECDSA_SIG_set0(sig, r, other), 1);
    assert_int_equal(
        e2m_dup(&env, (e2m_bytes){ der, (size_t)i2d_ECDSA_SIG(sig, &end) },
                &out),
        E2M_OK);
    ECDSA_SIG_free(sig);
    EC_GROUP_free(group);
    return out;
}

/* The replay memory must know a message again: SPEC aib:7:1 */
static void
test_respelled_signature_is_the_same_message(void **state)
{
    e2m_level *l = verified(signed_entity(&s, &env, HELLO, by(&s.alice)),
                            &s.tools);
    const e2m_sigcheck first = l->sig;
    const e2m_bytes before = l->sd.signers[0].signature;

    (void)state;
    l->sd.signers[0].signature = respelled(before);
    assert_false(e2m_bytes_eq(before, l->sd.signers[0].signature));
    l->sig = (e2m_sigcheck){ .checked = false };
    assert_int_equal(e2m_smime_verify(&env, &s.tools, l), E2M_OK);
    assert_int_equal(l->sig.reason, E2M_BECAUSE_NONE);
    assert_memory_equal(l->sig.hash, first.hash, sizeof first.hash);
}

/* Somebody else's certificate beside the signer's own, in either place. */
static void
test_certificate_of_another(void **state)
{
    e2m_cms_sign how = by(&s.alice);
    const e2m_bytes chain[] = { s.bob.file.der, s.ca.der };

    (void)state;
    how.chain = chain;
    how.num_chain = 2;
    is(signed_entity(&s, &env, HELLO, how), &s.tools, E2M_BECAUSE_NONE);
    /* signed by mallory's key in alice's name */
    how = by(&s.alice);
    how.key = s.mallory.file.key;
    is(signed_entity(&s, &env, HELLO, how), &s.tools,
       E2M_BECAUSE_BAD_SIGNATURE);
}

static void
test_when(void **state)
{
    const e2m_bytes raw = signed_entity(&s, &env, HELLO, by(&s.alice));
    e2m_tools tools = s.tools;

    (void)state;
    tools.now_sec = T0 + 2 * YEAR;
    is(raw, &tools, E2M_BECAUSE_EXPIRED);
    tools.now_sec = T0 - 2 * YEAR;
    is(raw, &tools, E2M_BECAUSE_EXPIRED);
    tools.now_sec = T0 + YEAR / 2;
    is(raw, &tools, E2M_BECAUSE_NONE);
}

/* Changed content, a changed signature, a malformed one. */
static void
test_changed(void **state)
{
    const e2m_bytes raw = signed_entity(&s, &env, HELLO, by(&s.alice));
    void *p = NULL;
    uint8_t *copy;
    e2m_level *l = looked(&env, raw);
    const size_t text = (size_t)(l->signed_bytes.data - raw.data);
    const size_t last = (size_t)(l->sd.signers[0].signature.data - raw.data) +
                        l->sd.signers[0].signature.len - 1;

    (void)state;
    assert_int_equal(e2m_alloc(&env, raw.len, &p), E2M_OK);
    copy = p;
    memcpy(copy, raw.data, raw.len);
    is((e2m_bytes){ copy, raw.len }, &s.tools, E2M_BECAUSE_NONE);
    for (size_t i = 0; i < l->signed_bytes.len; i++) {
        /* not where it would no longer be MIME */
        if (i >= sizeof "Content-Type: text/plain\r\n\r\n" - 1) {
            env.parts = 0;
            copy[text + i] ^= 1;
            is((e2m_bytes){ copy, raw.len }, &s.tools,
               E2M_BECAUSE_BAD_SIGNATURE);
            copy[text + i] ^= 1;
        }
    }
    env.parts = 0;
    copy[last] ^= 1;
    is((e2m_bytes){ copy, raw.len }, &s.tools, E2M_BECAUSE_BAD_SIGNATURE);
    copy[last] ^= 1;
    copy[l->sd.signers[0].signature.data - raw.data - 1] ^= 1; /* length */
    is((e2m_bytes){ copy, raw.len }, &s.tools, E2M_BECAUSE_SYNTAX);
}

/* The line end that belongs to the delimiter is not signed; one more is. */
static void
test_exact_octets(void **state)
{
    e2m_bytes der = E2M_NONE;
    const e2m_cms_sign how = by(&s.alice);
    static const char *const texts[] = { "\r\nhello", "\r\nhello\r\n",
                                         "\r\nhello\n", "\r\nhel\0lo" };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 4; k++) {
            e2m_bytes parts[2] = { e2m_str(texts[k]), E2M_NONE };
            e2m_draft sig = {
                .lines = { .type = E2M_LIT("application/pkcs7-signature") }
            };
            e2m_bytes raw = E2M_NONE;
            e2m_out o;

            env.parts = 0;
            assert_int_equal(e2m_cms_sign_data(&env, s.crypto,
                                               e2m_str(texts[i]), &how, &der),
                             E2M_OK);
            sig.body = der;
            assert_int_equal(e2m_smime_text(&env, &sig, &parts[1]), E2M_OK);
            e2m_out_init(&o, &env, 0);
            e2m_out_str(&o, "Content-Type: multipart/signed;boundary=b\r\n"
                            "\r\n");
            e2m_mime_put_multipart(&o, E2M_LIT("b"), parts, 2);
            assert_int_equal(e2m_out_done(&o, &raw), E2M_OK);
            is(raw, &s.tools, i == k ? E2M_BECAUSE_NONE
                                     : E2M_BECAUSE_BAD_SIGNATURE);
        }
    }
}

static void
test_no_signature_there(void **state)
{
    (void)state;
    is(E2M_LIT("Content-Type: multipart/signed;boundary=b\r\n\r\n"
               "--b\r\n\r\nx\r\n--b--"),
       &s.tools, E2M_BECAUSE_SYNTAX);
    is(E2M_LIT("Content-Type: multipart/signed;boundary=b\r\n\r\n"
               "--b\r\n\r\nx\r\n--b\r\n"
               "Content-Type: application/pkcs7-signature\r\n\r\n\r\n--b--"),
       &s.tools, E2M_BECAUSE_SYNTAX);
}

/* certs-only in the signature's place: certificates, and nobody signed. */
static void
test_nobody_signed(void **state)
{
    e2m_bytes parts[2] = { HELLO, E2M_NONE };
    e2m_draft sig = {
        .lines = { .type = E2M_LIT("application/pkcs7-signature") }
    };
    e2m_bytes raw = E2M_NONE;
    e2m_out o;

    (void)state;
    assert_int_equal(e2m_cms_certs_only(&env, &s.alice.file.der, 1,
                                        &sig.body),
                     E2M_OK);
    assert_int_equal(e2m_smime_text(&env, &sig, &parts[1]), E2M_OK);
    e2m_out_init(&o, &env, 0);
    e2m_out_str(&o, "Content-Type: multipart/signed;boundary=b\r\n\r\n");
    e2m_mime_put_multipart(&o, E2M_LIT("b"), parts, 2);
    assert_int_equal(e2m_out_done(&o, &raw), E2M_OK);
    is(raw, &s.tools, E2M_BECAUSE_SYNTAX);
}

/* A failure on the way must not leave "good" behind for who asks again: the
 * zero of a reason is what a signature that holds has. */
static void
test_failing_leaves_no_good_answer(void **state)
{
    const e2m_bytes raw = signed_entity(&s, &env, HELLO, by(&s.alice));
    size_t failed = 0;

    (void)state;
    for (size_t at = 0; at < 20; at++) {
        e2m_level *l = looked(&env, raw);
        ladder rungs = { .fail_at = at };
        const e2m_mem mem = ladder_mem(&rungs);
        e2m_env tight;
        e2m_err err;

        env.parts = 0;
        e2m_env_init(&tight, &mem, NULL);
        err = e2m_smime_verify(&tight, &s.tools, l);
        if (err != E2M_OK) {
            assert_int_equal(err, E2M_E_NOMEM);
            assert_int_not_equal(l->sig.reason, E2M_BECAUSE_NONE);
            assert_int_equal(e2m_smime_verify(&env, &s.tools, l), E2M_OK);
            assert_int_not_equal(l->sig.reason, E2M_BECAUSE_NONE);
            failed++;
        } else {
            assert_int_equal(l->sig.reason, E2M_BECAUSE_NONE);
        }
        e2m_env_done(&tight);
        assert_int_equal(rungs.live, 0);
    }
    assert_true(failed > 0 && failed < 20);
}

static void
test_signature_names(void **state)
{
    static const struct {
        e2m_sig_scheme scheme;
        e2m_digest digest;
        const char *name;
    } rows[] = {
        { E2M_SIG_ECDSA, E2M_SHA256, "ecdsa-sha256" },
        { E2M_SIG_ECDSA, E2M_SHA384, "ecdsa-sha384" },
        { E2M_SIG_ECDSA, E2M_SHA512, "ecdsa-sha512" },
        { E2M_SIG_RSA_PKCS1, E2M_SHA256, "rsa-sha256" },
        { E2M_SIG_RSA_PKCS1, E2M_SHA1, "rsa-sha1" },
        { E2M_SIG_RSA_PKCS1, E2M_SHA512, "rsa-sha512" },
        { E2M_SIG_RSA_PSS, E2M_SHA256, "rsa-pss-sha256" },
        { E2M_SIG_RSA_PSS, E2M_SHA384, "rsa-pss-sha384" },
        { E2M_SIG_ED25519, E2M_SHA512, "ed25519" },
        { E2M_SIG_NONE, E2M_SHA256, "unknown" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const e2m_signer signer = { .scheme = rows[i].scheme,
                                    .digest = rows[i].digest };

        assert_string_equal(e2m_smime_signature_name(&signer), rows[i].name);
    }
    assert_string_equal(e2m_smime_signature_name(NULL), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good, start, stop),
        cmocka_unit_test_setup_teardown(test_who, start, stop),
        cmocka_unit_test_setup_teardown(test_usage, start, stop),
        cmocka_unit_test_setup_teardown(test_several_signers, start, stop),
        cmocka_unit_test_setup_teardown(test_limit_on_signatures, start,
                                        stop),
        cmocka_unit_test_setup_teardown(
            test_respelled_signature_is_the_same_message, start, stop),
        cmocka_unit_test_setup_teardown(test_certificate_of_another, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_when, start, stop),
        cmocka_unit_test_setup_teardown(test_changed, start, stop),
        cmocka_unit_test_setup_teardown(test_exact_octets, start, stop),
        cmocka_unit_test_setup_teardown(test_no_signature_there, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_nobody_signed, start, stop),
        cmocka_unit_test_setup_teardown(test_failing_leaves_no_good_answer,
                                        start, stop),
        cmocka_unit_test(test_signature_names),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
