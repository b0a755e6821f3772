/* SPDX-License-Identifier: BSD-3-Clause */
/* Whoever sends us forgeries and watches must learn nothing of why they do not
 * open (RFC 3218; Bleichenbacher, Manger, Vaudenay, EFAIL): each has the same
 * failure, the same reason in the same words, and the same work behind it.
 * Work is counted, not timed: the link replaces the calls that do it. */
#include <openssl/rsa.h>

#include "cms_test.h"
#include "memscan.h"
#include "people.h"

enum { R_RSA, R_EC, R_X25519, PEOPLE, RSA_LEN = 256, CEK_LEN = 16 };

static person people[PEOPLE];
static e2m_crypto *c;
static e2m_secret kek;

/* ---- the work that an attempt took --------------------------------------- */

typedef struct work {
    size_t rsa;        /* private operations */
    size_t ecdh;
    size_t schedules;  /* AES keys set */
    size_t enciphered; /* octets */
    size_t digested;
    size_t random;
} work;

static work done;

int __real_EVP_PKEY_decrypt(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *n,
                            const unsigned char *in, size_t len);
int __wrap_EVP_PKEY_decrypt(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *n,
                            const unsigned char *in, size_t len);
int
__wrap_EVP_PKEY_decrypt(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *n,
                        const unsigned char *in, size_t len)
{
    done.rsa++;
    return __real_EVP_PKEY_decrypt(ctx, out, n, in, len);
}

int __real_EVP_PKEY_derive(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *n);
int __wrap_EVP_PKEY_derive(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *n);
int
__wrap_EVP_PKEY_derive(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *n)
{
    done.ecdh++;
    return __real_EVP_PKEY_derive(ctx, out, n);
}

int __real_EVP_CipherInit_ex2(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher,
                              const unsigned char *key,
                              const unsigned char *iv, int enc,
                              const OSSL_PARAM params[]);
int __wrap_EVP_CipherInit_ex2(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher,
                              const unsigned char *key,
                              const unsigned char *iv, int enc,
                              const OSSL_PARAM params[]);
int
__wrap_EVP_CipherInit_ex2(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher,
                          const unsigned char *key, const unsigned char *iv,
                          int enc, const OSSL_PARAM params[])
{
    done.schedules++;
    return __real_EVP_CipherInit_ex2(ctx, cipher, key, iv, enc, params);
}

int __real_EVP_CipherUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *n,
                            const unsigned char *in, int len);
int __wrap_EVP_CipherUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *n,
                            const unsigned char *in, int len);
int
__wrap_EVP_CipherUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *n,
                        const unsigned char *in, int len)
{
    done.enciphered += (size_t)len;
    return __real_EVP_CipherUpdate(ctx, out, n, in, len);
}

/* the key wrap's */
int __real_EVP_Cipher(EVP_CIPHER_CTX *ctx, unsigned char *out,
                      const unsigned char *in, unsigned len);
int __wrap_EVP_Cipher(EVP_CIPHER_CTX *ctx, unsigned char *out,
                      const unsigned char *in, unsigned len);
int
__wrap_EVP_Cipher(EVP_CIPHER_CTX *ctx, unsigned char *out,
                  const unsigned char *in, unsigned len)
{
    done.enciphered += len;
    return __real_EVP_Cipher(ctx, out, in, len);
}

int __real_SHA256_Update(void *ctx, const void *in, size_t len);
int __wrap_SHA256_Update(void *ctx, const void *in, size_t len);
int
__wrap_SHA256_Update(void *ctx, const void *in, size_t len)
{
    done.digested += len;
    return __real_SHA256_Update(ctx, in, len);
}

int __real_EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *in, size_t len);
int __wrap_EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *in, size_t len);
int
__wrap_EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *in, size_t len)
{
    done.digested += len;
    return __real_EVP_DigestUpdate(ctx, in, len);
}

e2m_err __real_e2m_random(uint8_t *out, size_t len);
e2m_err __wrap_e2m_random(uint8_t *out, size_t len);
e2m_err
__wrap_e2m_random(uint8_t *out, size_t len)
{
    done.random += len;
    return __real_e2m_random(out, len);
}

/* ---- attempts ------------------------------------------------------------ */

/* What an attempt shows: the answer, its words, its work. */
typedef struct shown {
    e2m_err err;
    e2m_diag diag;
    work work;
    bool left; /* plaintext in the memory of the message */
    e2m_secret cek;
} shown;

/* One block for a message, so that the test can look through it. */
typedef struct slab {
    uint8_t *data;
    size_t used;
} slab;

enum { SLAB = 1 << 17 };

static void *
slab_alloc(void *user, size_t len)
{
    slab *s = user;
    uint8_t *p = s->data + s->used;

    if (len > SLAB - s->used) {
        return NULL;
    }
    s->used += (len + 15) / 16 * 16;
    return p;
}

static void
slab_free(void *user, void *p, size_t len)
{
    (void)user;
    (void)p;
    (void)len;
}

static e2m_cms_keys
all_keys(e2m_cms_key room[PEOPLE])
{
    for (size_t i = 0; i < PEOPLE; i++) {
        room[i] = (e2m_cms_key){ people[i].cert, people[i].key };
    }
    return (e2m_cms_keys){ .keys = room, .num_keys = PEOPLE,
                           .insecure_pkcs1_v15 = true, .kek = test_kek,
                           .user = &kek };
}

static shown
attempt(e2m_bytes sealed)
{
    slab memory = { calloc(1, SLAB), 0 };
    const e2m_mem mem = { slab_alloc, slab_free, &memory };
    e2m_cms_key room[PEOPLE];
    const e2m_cms_keys keys = all_keys(room);
    e2m_opened opened = { .recipient = 0 };
    shown s = { .err = E2M_OK };
    memscan text = { .num = 0 };
    e2m_enveloped ed;
    e2m_env env;

    assert_non_null(memory.data);
    memscan_note(&text, "plaintext", TEST_TEXT);
    e2m_env_init(&env, &mem, NULL);
    assert_int_equal(e2m_cms_read_enveloped(&env, sealed, &ed), E2M_OK);
    done = (work){ 0 };
    s.err = e2m_cms_open_enveloped(&env, c, &ed, &keys, &opened);
    s.work = done;
    s.diag = env.diag;
    s.cek = opened.cek;
    s.left = memscan_in(&text, (e2m_bytes){ memory.data, memory.used }) !=
             NULL;
    assert_true((s.err == E2M_OK) == (opened.content.data != NULL));
    e2m_env_done(&env);
    free(memory.data);
    return s;
}

static void
assert_same_work(const work *a, const work *b, bool random)
{
    assert_int_equal(a->rsa, b->rsa);
    assert_int_equal(a->ecdh, b->ecdh);
    assert_int_equal(a->schedules, b->schedules);
    assert_int_equal(a->enciphered, b->enciphered);
    assert_int_equal(a->digested, b->digested);
    if (random) {
        assert_int_equal(a->random, b->random);
    }
}

/* It failed as all others do, and nothing of the text is left. */
static void
assert_closed(const shown *s)
{
    assert_int_equal(s->err, E2M_E_CRYPTO);
    assert_int_equal(s->diag.err, E2M_E_CRYPTO);
    assert_string_equal(s->diag.what, "cannot decrypt");
    assert_string_equal(s->diag.rule, "RFC 3218");
    assert_false(s->diag.has_offset);
    assert_false(s->left);
}

/* ---- sealed messages and their fields ------------------------------------ */

typedef struct sealed {
    e2m_env env;
    e2m_bytes der;
    uint8_t *octets;   /* a copy to spoil */
    e2m_enveloped ed;  /* of the copy */
    e2m_secret cek;
} sealed;

static void
seal_for(sealed *s, size_t who, e2m_oid_id cipher, bool v15)
{
    const e2m_cms_kek one = { E2M_LIT("kek"), &kek };
    const e2m_cert *cert = who < PEOPLE ? people[who].cert : NULL;
    const e2m_cms_seal how = { .cipher = cipher, .readers = &cert,
                               .num_readers = who < PEOPLE ? 1 : 0,
                               .keks = &one,
                               .num_keks = who < PEOPLE ? 0 : 1,
                               .insecure_pkcs1_v15 = v15 };
    e2m_bytes copy;

    e2m_env_init(&s->env, NULL, NULL);
    assert_int_equal(e2m_cms_seal_enveloped(&s->env, c, TEST_TEXT, &how,
                                            &s->der, &s->cek), E2M_OK);
    assert_int_equal(e2m_dup(&s->env, s->der, &copy), E2M_OK);
    s->octets = (uint8_t *)(uintptr_t)copy.data;
    assert_int_equal(e2m_cms_read_enveloped(&s->env, copy, &s->ed), E2M_OK);
    s->der = copy;
}

/* Each octet of a field spoiled in turn; *right: what the whole one shows. */
static void
spoil(sealed *s, e2m_bytes field, const shown *right, bool random)
{
    uint8_t *p = s->octets + (field.data - s->octets);

    for (size_t i = 0; i < field.len; i++) {
        shown got;

        p[i] ^= 0x10;
        got = attempt(s->der);
        p[i] ^= 0x10;
        assert_closed(&got);
        assert_same_work(&got.work, &right->work, random);
    }
}

/* ---- PKCS#1 v1.5 (Bleichenbacher; RFC 3218 sec. 2.2) --------------------- */

/* 00 02 padding 00 key: right, to be spoiled. */
static void
format(uint8_t em[RSA_LEN], const e2m_secret *cek, size_t key_len)
{
    memset(em, 0x5a, RSA_LEN);
    em[0] = 0;
    em[1] = 2;
    em[RSA_LEN - key_len - 1] = 0;
    for (size_t i = 0; i < key_len; i++) {
        em[RSA_LEN - key_len + i] = cek->data[i % CEK_LEN];
    }
}

static void
raw_rsa(const uint8_t em[RSA_LEN], e2m_bytes field)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(people[R_RSA].evp, NULL);
    size_t len = RSA_LEN;

    assert_int_equal(field.len, RSA_LEN);
    assert_true(EVP_PKEY_encrypt_init(ctx) > 0 &&
                EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0 &&
                EVP_PKEY_encrypt(ctx, (uint8_t *)(uintptr_t)field.data, &len,
                                 em, RSA_LEN) > 0);
    EVP_PKEY_CTX_free(ctx);
}

/* Returns false behind the last variant. */
static bool
variant(size_t n, uint8_t em[RSA_LEN], const e2m_secret *cek)
{
    format(em, cek, CEK_LEN);
    switch (n) {
    case 0: em[1] = 1; return true;                  /* block type 01 */
    case 1: em[1] = 0; return true;
    case 2: em[0] = 1; em[1] = 2; return true;       /* not 00 in front */
    case 3: em[RSA_LEN - CEK_LEN - 1] = 1; return true; /* no delimiter */
    case 4: em[2] = 0; return true;                  /* delimiter too early */
    case 5: em[9] = 0; return true;                  /* among the first 8 */
    case 6: em[10] = 0; return true;                 /* just behind them */
    case 7: em[100] = 0; return true;
    case 8: format(em, cek, 24); return true;        /* a key too long */
    case 9: format(em, cek, 8); return true;         /* too short */
    case 10: format(em, cek, 0); return true;        /* none */
    case 11: memset(em, 0, RSA_LEN); em[RSA_LEN - 1] = 1; return true;
    case 12: em[RSA_LEN - 1] ^= 1; return true;      /* right, another key */
    default: return false;
    }
}

static void
test_pkcs1_v15(void **state)
{
    static const e2m_oid_id ciphers[] = { E2M_OID_AES128_GCM,
                                          E2M_OID_AES128_CBC };

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        uint8_t em[RSA_LEN];
        sealed s;
        shown right, got;
        e2m_bytes field;

        seal_for(&s, R_RSA, ciphers[k], true);
        field = s.ed.recipients[0].encrypted_key;
        format(em, &s.cek, CEK_LEN);
        raw_rsa(em, field);
        right = attempt(s.der);
        assert_int_equal(right.err, E2M_OK); /* the format is right */
        assert_true(right.left && right.work.rsa == 1);
        for (size_t n = 0; variant(n, em, &s.cek); n++) {
            raw_rsa(em, field);
            got = attempt(s.der);
            assert_closed(&got);
            assert_same_work(&got.work, &right.work, true);
        }
        memset(s.octets + (field.data - s.octets), 0xff, RSA_LEN);
        got = attempt(s.der); /* not below the modulus */
        assert_closed(&got);
        assert_same_work(&got.work, &right.work, true);
        e2m_env_done(&s.env);
    }
}

/* ---- OAEP (Manger), key agreement, key wrap ------------------------------ */

static void
test_other_keys(void **state)
{
    static const size_t who[] = { R_RSA, R_EC, R_X25519, PEOPLE };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        sealed s;
        shown right;

        seal_for(&s, who[i], E2M_OID_AES128_GCM, false);
        right = attempt(s.der);
        assert_int_equal(right.err, E2M_OK);
        assert_true(right.left);
        spoil(&s, s.ed.recipients[0].encrypted_key, &right, true);
        e2m_env_done(&s.env);
    }
}

/* ---- content: tag, text, commitment, padding ----------------------------- */

static void
test_gcm(void **state)
{
    static const size_t who[] = { R_RSA, R_EC, PEOPLE };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        sealed s;
        shown right;

        seal_for(&s, who[i], E2M_OID_AES128_GCM, false);
        right = attempt(s.der);
        assert_int_equal(right.err, E2M_OK);
        spoil(&s, s.ed.mac, &right, true);
        spoil(&s, s.ed.sealed, &right, true);
        spoil(&s, s.ed.nonce, &right, true);
        spoil(&s, s.ed.commitment, &right, true);
        e2m_env_done(&s.env);
    }
}

/* All 256 last octets of the block before the last one: one or two of them
 * give a padding that holds (Vaudenay). The others look like a wrong key. */
static void
test_cbc_padding(void **state)
{
    sealed s;
    shown right;
    uint8_t *last;
    size_t opened = 0;

    (void)state;
    seal_for(&s, R_EC, E2M_OID_AES128_CBC, false);
    right = attempt(s.der);
    assert_int_equal(right.err, E2M_OK);
    last = s.octets + (s.ed.sealed.data - s.octets) + s.ed.sealed.len - 17;
    for (unsigned guess = 0; guess < 256; guess++) {
        const uint8_t before = *last;
        shown got;

        *last = (uint8_t)guess;
        got = attempt(s.der);
        *last = before;
        opened += got.err == E2M_OK;
        if (got.err != E2M_OK) {
            assert_closed(&got);
        }
        assert_same_work(&got.work, &right.work, true);
    }
    assert_in_range(opened, 1, 2);
    spoil(&s, s.ed.recipients[0].encrypted_key, &right, true);
    spoil(&s, s.ed.commitment, &right, true);
    e2m_env_done(&s.env);
}

/* The counters count: other work is seen to be other work. */
static void
test_work_is_counted(void **state)
{
    sealed rsa, ec;
    shown a, b;

    (void)state;
    seal_for(&rsa, R_RSA, E2M_OID_AES128_GCM, true); /* draws a spare key */
    seal_for(&ec, R_EC, E2M_OID_AES128_GCM, false);
    a = attempt(rsa.der);
    b = attempt(ec.der);
    assert_int_equal(a.work.rsa, 1);
    assert_int_equal(b.work.ecdh, 1);
    assert_true(a.work.enciphered > 0 && b.work.enciphered >
                a.work.enciphered); /* the key unwrap */
    assert_true(b.work.digested > a.work.digested && a.work.random > 0);
    assert_true(a.work.schedules == 1 && b.work.schedules == 2);
    e2m_env_done(&rsa.env);
    e2m_env_done(&ec.env);
}

static int
setup(void **state)
{
    static const e2m_key_kind kinds[PEOPLE] = { E2M_KEY_RSA, E2M_KEY_P256,
                                                E2M_KEY_X25519 };

    (void)state;
    assert_int_equal(e2m_crypto_new(&c), E2M_OK);
    for (size_t i = 0; i < PEOPLE; i++) {
        person_new(&people[i], kinds[i], "reader");
    }
    kek = test_secret(0x40, 16);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        person_free(&people[i]);
    }
    e2m_crypto_free(c);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work_is_counted),
        cmocka_unit_test(test_pkcs1_v15),
        cmocka_unit_test(test_other_keys),
        cmocka_unit_test(test_gcm),
        cmocka_unit_test(test_cbc_padding),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
