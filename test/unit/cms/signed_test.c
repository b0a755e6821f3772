/* SPDX-License-Identifier: BSD-3-Clause */
/* Signing and verifying among ourselves, and what must not verify. */
#include "cms_test.h"
#include "people.h"

enum { R_EC, R_P384, R_ED, R_RSA, PEOPLE };
#define NOW 1795000000

static person people[PEOPLE];
static e2m_crypto *c;
static e2m_env env;

static int
group_setup(void **state)
{
    static const e2m_key_kind kinds[PEOPLE] = { E2M_KEY_P256, E2M_KEY_P384,
                                                E2M_KEY_ED25519, E2M_KEY_RSA };

    (void)state;
    assert_int_equal(e2m_crypto_new(&c), E2M_OK);
    for (size_t i = 0; i < PEOPLE; i++) {
        person_new(&people[i], kinds[i], "signer");
    }
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

static e2m_bytes
sign(e2m_bytes content, const e2m_cms_sign *how)
{
    e2m_bytes out = E2M_NONE;

    assert_int_equal(e2m_cms_sign_data(&env, c, content, how, &out), E2M_OK);
    assert_int_equal(e2m_cms_type(out), E2M_OID_SIGNED_DATA);
    return out;
}

static e2m_err
verify(const e2m_signed *sd, e2m_bytes content, const e2m_cert *cert)
{
    e2m_err err;

    env.diag = (e2m_diag){ .err = E2M_OK };
    err = e2m_cms_verify(&env, c, sd, &sd->signers[0], content, cert, false);
    assert_int_equal(env.diag.err, err);
    return err;
}

/* ---- round trips --------------------------------------------------------- */

static void
round_trip(const person *p, e2m_cms_sign how, e2m_bytes content,
           e2m_digest digest, e2m_sig_scheme scheme)
{
    const e2m_bytes other = E2M_LIT("something else");
    e2m_signed sd;

    how.cert = p->cert;
    how.key = p->key;
    how.now_sec = NOW;
    assert_int_equal(e2m_cms_read_signed(&env, sign(content, &how), &sd),
                     E2M_OK);
    assert_int_equal(sd.has_content, how.attached);
    assert_bytes(sd.content, how.attached ? content : E2M_NONE);
    assert_bytes(sd.content_type, e2m_oid(E2M_OID_DATA));
    assert_int_equal(sd.num_certs, how.no_certs ? 0 : 1 + how.num_chain);
    if (sd.num_certs == 1) {
        assert_bytes(sd.certs[0], p->cert->der);
    }
    assert_int_equal(sd.num_signers, 1);
    assert_int_equal(sd.signers[0].digest, digest);
    assert_int_equal(sd.signers[0].scheme, scheme);
    assert_true(sd.signers[0].has_time);
    assert_true(sd.signers[0].signing_time == NOW);
    assert_true(e2m_cms_signed_by(&sd.signers[0], p->cert));
    assert_int_equal(verify(&sd, content, p->cert), E2M_OK);
    assert_int_equal(verify(&sd, other, p->cert), E2M_E_CRYPTO);
    for (size_t i = 0; i < PEOPLE; i++) {
        if (&people[i] != p) {
            assert_false(e2m_cms_signed_by(&sd.signers[0], people[i].cert));
            assert_int_equal(verify(&sd, content, people[i].cert),
                             E2M_E_CRYPTO);
        }
    }
}

static void
test_round_trips(void **state)
{
    static const e2m_digest digests[PEOPLE] = { E2M_SHA256, E2M_SHA384,
                                                E2M_SHA512, E2M_SHA256 };
    static const e2m_sig_scheme schemes[PEOPLE] = {
        E2M_SIG_ECDSA, E2M_SIG_ECDSA, E2M_SIG_ED25519, E2M_SIG_RSA_PSS
    };
    const e2m_bytes chain[] = { people[R_P384].cert->der,
                                people[R_EC].cert->der };

    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        for (unsigned how = 0; how < 8; how++) {
            const e2m_cms_sign h = { .attached = (how & 1) != 0,
                                     .no_certs = (how & 2) != 0,
                                     .chain = &chain[i == R_P384],
                                     .num_chain = (how & 4) != 0 ? 1 : 0 };

            round_trip(&people[i], h, TEST_TEXT, digests[i], schemes[i]);
        }
        round_trip(&people[i], (e2m_cms_sign){ .attached = true }, E2M_NONE,
                   digests[i], schemes[i]);
    }
    round_trip(&people[R_RSA], (e2m_cms_sign){ .rsa_pkcs1_v15 = true },
               TEST_TEXT, E2M_SHA256, E2M_SIG_RSA_PKCS1);
}

static void
test_certs_only(void **state)
{
    const e2m_bytes certs[] = { people[R_EC].cert->der,
                                people[R_RSA].cert->der };
    e2m_bytes many[9], out = E2M_NONE;
    e2m_signed sd;

    (void)state;
    assert_int_equal(e2m_cms_certs_only(&env, certs, 2, &out), E2M_OK);
    assert_int_equal(e2m_cms_read_signed(&env, out, &sd), E2M_OK);
    assert_int_equal(sd.num_certs, 2);
    assert_int_equal(sd.num_signers, 0);
    assert_false(sd.has_content);
    assert_true(e2m_bytes_eq(sd.certs[0], certs[0]) ||
                e2m_bytes_eq(sd.certs[0], certs[1]));
    for (size_t i = 0; i < 9; i++) {
        many[i] = certs[0];
    }
    assert_int_equal(e2m_cms_certs_only(&env, many, 9, &out), E2M_E_LIMIT);
}

static void
test_keys_that_cannot_sign(void **state)
{
    person x;
    e2m_bytes out = E2M_NONE;
    e2m_cms_sign how = { .now_sec = NOW };

    (void)state;
    person_new(&x, E2M_KEY_X25519, "reader");
    how.cert = x.cert;
    how.key = x.key;
    assert_int_equal(e2m_cms_sign_data(&env, c, TEST_TEXT, &how, &out),
                     E2M_E_NOKEY);
    person_free(&x);
}

/* ---- SignedData by hand -------------------------------------------------- */

typedef struct sdraft {
    e2m_oid_id content_type;
    uint64_t version;
    e2m_oid_id digest_alg;
    e2m_bytes attrs; /* elements; empty: no signedAttrs */
    e2m_bytes sig_alg;
    e2m_bytes signature;
    size_t signers; /* how many times the SignerInfo */
    e2m_bytes certs;
} sdraft;

/* The attributes contentType (data) and messageDigest of TEST_TEXT. */
static e2m_bytes
usual_attrs(void)
{
    const e2m_bytes text = TEST_TEXT;
    uint8_t digest[E2M_DIGEST_MAX];

    assert_int_equal(e2m_hash(c, E2M_SHA256, &text, 1, digest), E2M_OK);
    return join(&env,
                draft_attr(&env, E2M_OID_CONTENT_TYPE,
                           element(&env, 6, e2m_oid(E2M_OID_DATA))),
                draft_attr(&env, E2M_OID_MESSAGE_DIGEST,
                           element(&env, 4, (e2m_bytes){ digest, 32 })));
}

/* Signs the attributes, or, without any, `content`, by the EC key. */
static sdraft
sdraft_new(e2m_bytes attrs, e2m_bytes content)
{
    sdraft d = { .content_type = E2M_OID_DATA,
                 .version = 1,
                 .digest_alg = E2M_OID_SHA256,
                 .attrs = attrs,
                 .signers = 1 };

    d.sig_alg = element(&env, 0x30,
                        element(&env, 6, e2m_oid(E2M_OID_ECDSA_SHA256)));
    assert_int_equal(
        e2m_pkey_sign(&env, c, people[R_EC].key, E2M_SIG_ECDSA, E2M_SHA256,
                      attrs.len > 0 ? element(&env, 0x31, attrs) : content,
                      &d.signature),
        E2M_OK);
    return d;
}

static void
put_signer(e2m_der_w *w, const sdraft *d)
{
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(w, 1);
    e2m_cms_put_sid(w, people[R_EC].cert);
    e2m_der_put_alg(w, e2m_oid(d->digest_alg), E2M_NONE);
    if (d->attrs.len > 0) {
        e2m_der_put(w, 0xa0, d->attrs);
    }
    e2m_der_put_raw(w, d->sig_alg);
    e2m_der_put(w, E2M_DER_OCTET_STRING, d->signature);
    e2m_der_close(w);
}

static e2m_err
sdraft_read(const sdraft *d, e2m_signed *out)
{
    e2m_bytes der = E2M_NONE;
    e2m_der_w w;

    e2m_der_w_init(&w, &env, 0);
    e2m_cms_begin(&w, E2M_OID_SIGNED_DATA);
    e2m_der_put_uint(&w, d->version);
    e2m_der_put(&w, E2M_DER_SET, E2M_NONE);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(d->content_type));
    e2m_der_close(&w);
    if (d->certs.len > 0) {
        e2m_der_put(&w, 0xa0, d->certs);
    }
    e2m_der_open(&w, E2M_DER_SET);
    for (size_t i = 0; i < d->signers; i++) {
        put_signer(&w, d);
    }
    e2m_der_close(&w);
    e2m_cms_end(&w);
    assert_int_equal(e2m_der_w_done(&w, &der), E2M_OK);
    env.diag = (e2m_diag){ .err = E2M_OK };
    return e2m_cms_read_signed(&env, der, out);
}

static e2m_err
sdraft_verify(const sdraft *d, e2m_bytes content)
{
    e2m_signed sd;

    TRY(sdraft_read(d, &sd));
    return verify(&sd, content, people[R_EC].cert);
}

static void
test_attributes(void **state)
{
    const e2m_bytes usual = usual_attrs();
    const e2m_bytes type =
        draft_attr(&env, E2M_OID_CONTENT_TYPE,
                   element(&env, 6, e2m_oid(E2M_OID_DATA)));
    const e2m_bytes digest = e2m_bytes_from(usual, type.len);
    sdraft d = sdraft_new(usual, E2M_NONE);

    (void)state;
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_OK);
    d.attrs = join(&env, digest, type); /* as sent, not as we would sort it */
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_CRYPTO);
    d = sdraft_new(d.attrs, E2M_NONE);
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_OK);
    /* one is missing */
    d = sdraft_new(type, E2M_NONE);
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_CRYPTO);
    d = sdraft_new(digest, E2M_NONE);
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_CRYPTO);
    /* one comes twice */
    d = sdraft_new(join(&env, usual, type), E2M_NONE);
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_SYNTAX);
    d = sdraft_new(join(&env, usual, digest), E2M_NONE);
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_SYNTAX);
    /* signed as another type, or said to be another */
    d = sdraft_new(usual, E2M_NONE);
    d.content_type = E2M_OID_ENVELOPED_DATA;
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_CRYPTO);
    /* two values */
    d = sdraft_new(join(&env, digest,
                        draft_attr(&env, E2M_OID_CONTENT_TYPE,
                                   join(&env, e2m_bytes_from(type, 15),
                                        e2m_bytes_from(type, 15)))),
                   E2M_NONE);
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_SYNTAX);
    /* signing time in a form that DER does not have */
    d = sdraft_new(join(&env, usual,
                        draft_attr(&env, E2M_OID_SIGNING_TIME,
                                   E2M_LIT("\x17\x0b" "0306201200Z"))),
                   E2M_NONE);
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_SYNTAX);
}

/* A signature over attributes, its attributes passed off as the content of one
 * without: the octets are the same, and it must not verify. */
static void
test_attributes_as_content(void **state)
{
    const e2m_bytes attrs = usual_attrs();
    const e2m_bytes set = element(&env, 0x31, attrs);
    sdraft d = sdraft_new(attrs, E2M_NONE);

    (void)state;
    assert_int_equal(e2m_pub_verify(c, people[R_EC].cert->pub, E2M_SIG_ECDSA,
                                    E2M_SHA256, set, d.signature),
                     E2M_OK); /* this is what the attacker has */
    d.attrs = E2M_NONE;
    assert_int_equal(sdraft_verify(&d, set), E2M_E_CRYPTO);
}

static void
test_without_attributes(void **state)
{
    const e2m_bytes text = TEST_TEXT;
    sdraft d = sdraft_new(E2M_NONE, text);

    (void)state;
    assert_int_equal(sdraft_verify(&d, text), E2M_OK);
    assert_int_equal(sdraft_verify(&d, E2M_LIT("another")), E2M_E_CRYPTO);
    d.content_type = E2M_OID_ENVELOPED_DATA; /* only id-data may */
    assert_int_equal(sdraft_verify(&d, text), E2M_E_CRYPTO);
    d = sdraft_new(E2M_NONE, E2M_LIT("1 begins like a SET"));
    assert_int_equal(sdraft_verify(&d, E2M_LIT("1 begins like a SET")),
                     E2M_E_CRYPTO);
}

/* ---- algorithms ---------------------------------------------------------- */

static e2m_bytes
alg(e2m_oid_id oid, e2m_bytes params)
{
    return element(&env, 0x30,
                   join(&env, element(&env, 6, e2m_oid(oid)), params));
}

static void
test_algorithms_must_agree(void **state)
{
    const e2m_bytes null = E2M_LIT("\x05\x00");
    sdraft d = sdraft_new(usual_attrs(), E2M_NONE);
    e2m_signed sd;

    (void)state;
    d.sig_alg = alg(E2M_OID_ECDSA_SHA256, null); /* seen, and taken */
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_OK);
    d.sig_alg = alg(E2M_OID_ECDSA_SHA256, E2M_LIT("\x04\x00"));
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_UNSUPPORTED);
    d.sig_alg = alg(E2M_OID_ECDSA_SHA384, E2M_NONE); /* digest is SHA-256 */
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_UNSUPPORTED);
    d.sig_alg = alg(E2M_OID_ED25519, E2M_NONE); /* wants SHA-512 */
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_UNSUPPORTED);
    d.sig_alg = alg(E2M_OID_RSA, null); /* but the key is EC */
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_CRYPTO);
    d.sig_alg = alg(E2M_OID_AES128_WRAP, E2M_NONE);
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_UNSUPPORTED);
    d.sig_alg = alg(E2M_OID_ECDSA_SHA256, E2M_NONE);
    d.digest_alg = E2M_OID_SHA512;
    assert_int_equal(sdraft_verify(&d, TEST_TEXT), E2M_E_UNSUPPORTED);
    d.digest_alg = E2M_OID_PBKDF2;
    assert_int_equal(sdraft_read(&d, &sd), E2M_OK); /* read, not verified */
    assert_int_equal(verify(&sd, TEST_TEXT, people[R_EC].cert),
                     E2M_E_UNSUPPORTED);
}

static e2m_bytes
pss_params(e2m_digest hash, e2m_digest mask, uint64_t salt, uint64_t trailer)
{
    const e2m_bytes h = alg(e2m_cms_digest_oid(hash), E2M_NONE);
    const e2m_bytes m = alg(
        E2M_OID_MGF1, alg(e2m_cms_digest_oid(mask), E2M_LIT("\x05\x00")));
    e2m_bytes out = E2M_NONE;
    e2m_der_w w;

    e2m_der_w_init(&w, &env, 0);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, 0xa0, h);
    e2m_der_put(&w, 0xa1, m);
    e2m_der_open(&w, 0xa2);
    e2m_der_put_uint(&w, salt);
    e2m_der_close(&w);
    e2m_der_open(&w, 0xa3);
    e2m_der_put_uint(&w, trailer);
    e2m_der_close(&w);
    e2m_der_close(&w);
    assert_int_equal(e2m_der_w_done(&w, &out), E2M_OK);
    return out;
}

static e2m_digest
oaep_digest(e2m_bytes params)
{
    e2m_rsa_padding padding = E2M_RSA_PKCS1_V15;
    const e2m_digest d = e2m_cms_oaep_digest(params, &padding);

    assert_true(d == E2M_DIGEST_NONE || padding == E2M_RSA_OAEP);
    return d;
}

static void
test_pss_parameters(void **state)
{
    (void)state;
    assert_int_equal(
        e2m_cms_pss_digest(pss_params(E2M_SHA256, E2M_SHA256, 32, 1)),
        E2M_SHA256);
    assert_int_equal(
        e2m_cms_pss_digest(pss_params(E2M_SHA256, E2M_SHA1, 32, 1)),
        E2M_DIGEST_NONE);
    assert_int_equal(
        e2m_cms_pss_digest(pss_params(E2M_SHA256, E2M_SHA256, 222, 1)),
        E2M_SHA256); /* OpenSSL's own choice for 2048 bits */
    assert_int_equal(
        e2m_cms_pss_digest(pss_params(E2M_SHA256, E2M_SHA256, 513, 1)),
        E2M_DIGEST_NONE);
    assert_int_equal(
        e2m_cms_pss_digest(pss_params(E2M_SHA256, E2M_SHA256, 32, 2)),
        E2M_DIGEST_NONE);
    assert_int_equal(e2m_cms_pss_digest(E2M_LIT("\x30\x00")), E2M_SHA1);
    assert_int_equal(e2m_cms_pss_digest(E2M_NONE), E2M_DIGEST_NONE);
    assert_int_equal(oaep_digest(E2M_LIT("\x30\x00")), E2M_SHA1);
    assert_int_equal(oaep_digest(E2M_NONE), E2M_DIGEST_NONE);
    assert_int_equal(oaep_digest(E2M_LIT("\x30\x00\x05\x00")),
                     E2M_DIGEST_NONE);
    /* a mask by SHA-256 under SHA-1: nobody's */
    assert_int_equal(
        oaep_digest(
            E2M_LIT("\x30\x1e\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7"
                    "\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65"
                    "\x03\x04\x02\x01\x05\x00")),
        E2M_DIGEST_NONE);
    /* a label: [2] pSpecified with one octet */
    assert_int_equal(
        oaep_digest(
            E2M_LIT("\x30\x12\xa2\x10\x30\x0e\x06\x09\x2a\x86\x48\x86\xf7"
                    "\x0d\x01\x01\x09\x04\x01\x61")),
        E2M_DIGEST_NONE);
    assert_int_equal(
        oaep_digest(
            E2M_LIT("\x30\x11\xa2\x0f\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7"
                    "\x0d\x01\x01\x09\x04\x00")),
        E2M_SHA1);
}

/* ---- bounds -------------------------------------------------------------- */

static void
test_bounds(void **state)
{
    sdraft d = sdraft_new(usual_attrs(), E2M_NONE);
    e2m_bytes certs = E2M_NONE;
    e2m_signed sd;

    (void)state;
    d.signers = 2;
    assert_int_equal(sdraft_read(&d, &sd), E2M_OK);
    assert_int_equal(sd.num_signers, 2);
    d.signers = 3;
    assert_int_equal(sdraft_read(&d, &sd), E2M_E_LIMIT);
    d.signers = 1;
    for (size_t i = 1; i <= 9; i++) {
        certs = join(&env, certs, E2M_LIT("\x30\x00"));
        d.certs = join(&env, certs, E2M_NONE);
        assert_int_equal(sdraft_read(&d, &sd),
                         i <= 8 ? E2M_OK : E2M_E_LIMIT);
    }
    /* attribute certificates are passed over */
    d.certs = join(&env, people[R_EC].cert->der, E2M_LIT("\xa2\x00"));
    assert_int_equal(sdraft_read(&d, &sd), E2M_OK);
    assert_int_equal(sd.num_certs, 1);
    d.version = 2;
    assert_int_equal(sdraft_read(&d, &sd), E2M_E_UNSUPPORTED);
}

static void
test_number_of_attributes(void **state)
{
    const e2m_bytes one =
        draft_attr(&env, E2M_OID_CEK_REFERENCE, E2M_LIT("\x04\x00"));
    e2m_bytes attrs = usual_attrs();

    (void)state;
    for (size_t n = 2; n <= 17; n++) {
        const sdraft d = sdraft_new(attrs, E2M_NONE);

        assert_int_equal(sdraft_verify(&d, TEST_TEXT),
                         n <= 16 ? E2M_OK : E2M_E_LIMIT);
        attrs = join(&env, attrs, one);
    }
}

int
main(void)
{
#define IN_ENV(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_ENV(test_round_trips),
        IN_ENV(test_certs_only),
        IN_ENV(test_keys_that_cannot_sign),
        IN_ENV(test_attributes),
        IN_ENV(test_attributes_as_content),
        IN_ENV(test_without_attributes),
        IN_ENV(test_algorithms_must_agree),
        IN_ENV(test_pss_parameters),
        IN_ENV(test_bounds),
        IN_ENV(test_number_of_attributes),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
