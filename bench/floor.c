/* SPDX-License-Identifier: BSD-3-Clause */
/* What nobody can avoid: the primitives alone, on OpenSSL's contexts made
 * beforehand, nothing parsed and nothing allocated that OpenSSL does not. */
#include "bench.h"

#include <openssl/rsa.h>
#include <string.h>

static EVP_CIPHER_CTX *
cipher(const char *name)
{
    EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    must(c != NULL && ctx != NULL &&
             EVP_CipherInit_ex2(ctx, c, NULL, NULL, 0, NULL) > 0, name);
    EVP_CIPHER_free(c);
    return ctx;
}

static void
make_symmetric(subject *s)
{
    prepared *p = &s->floor;
    const uint8_t nonce[12] = { 0 };

    p->wrap = cipher("AES-128-ECB");
    must(EVP_CIPHER_CTX_set_padding(p->wrap, 0) > 0, "padding");
    p->gcm = cipher("AES-128-GCM");
    p->md = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    p->sha256 = EVP_MD_CTX_new();
    must(p->md != NULL && p->sha256 != NULL &&
             e2m_kw_wrap(s->c, &s->kek, &s->kek, p->wrapped) == E2M_OK &&
             e2m_gcm_seal(s->c, &s->kek, nonce, E2M_NONE,
                          (e2m_bytes){ s->text, CONTENT }, p->sealed,
                          p->tag) == E2M_OK, "symmetric primitives");
}

static void
make_public(subject *s)
{
    prepared *p = &s->floor;
    EVP_PKEY *ec = s->ec[1].evp;
    EVP_PKEY *rsa = s->rsa[1].evp;
    size_t len = sizeof p->for_rsa;
    EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new(ec, NULL);
    EVP_PKEY_CTX *encrypt = EVP_PKEY_CTX_new(rsa, NULL);

    p->derive = EVP_PKEY_CTX_new(ec, NULL);
    p->rsa = EVP_PKEY_CTX_new(rsa, NULL);
    p->verify = EVP_PKEY_CTX_new(ec, NULL);
    p->keygen = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    must(EVP_PKEY_keygen_init(p->keygen) > 0 &&
             EVP_PKEY_CTX_set_group_name(p->keygen, "prime256v1") > 0 &&
             EVP_PKEY_derive_init(p->derive) > 0 &&
             EVP_PKEY_derive_set_peer_ex(p->derive, s->ec[0].evp, 0) > 0,
         "key agreement");
    must(EVP_PKEY_decrypt_init(p->rsa) > 0 &&
             EVP_PKEY_CTX_set_rsa_padding(p->rsa, RSA_PKCS1_OAEP_PADDING) >
                 0 &&
             EVP_PKEY_encrypt_init(encrypt) > 0 &&
             EVP_PKEY_CTX_set_rsa_padding(encrypt, RSA_PKCS1_OAEP_PADDING) >
                 0 &&
             EVP_PKEY_encrypt(encrypt, p->for_rsa, &len, s->kek.data,
                              s->kek.len) > 0, "RSA");
    p->sig_len = sizeof p->sig;
    must(EVP_PKEY_sign_init(sign) > 0 && EVP_PKEY_verify_init(p->verify) > 0 &&
             EVP_PKEY_sign(sign, p->sig, &p->sig_len, p->hash,
                           sizeof p->hash) > 0, "ECDSA");
    EVP_PKEY_CTX_free(sign);
    EVP_PKEY_CTX_free(encrypt);
}

void
floor_make(subject *s)
{
    make_symmetric(s);
    make_public(s);
}

void
floor_free(subject *s)
{
    prepared *p = &s->floor;

    EVP_CIPHER_CTX_free(p->wrap);
    EVP_CIPHER_CTX_free(p->gcm);
    EVP_MD_free(p->md);
    EVP_MD_CTX_free(p->sha256);
    EVP_PKEY_CTX_free(p->keygen);
    EVP_PKEY_CTX_free(p->derive);
    EVP_PKEY_CTX_free(p->rsa);
    EVP_PKEY_CTX_free(p->verify);
}

/* RFC 3394 sec. 2.2.2 for a key of 16 octets: twelve blocks. */
static bool
unwrap(prepared *p, const uint8_t kek[16], uint8_t key[16])
{
    uint8_t b[16];
    int len = 0;

    if (!EVP_CipherInit_ex2(p->wrap, NULL, kek, NULL, 0, NULL)) {
        return false;
    }
    memcpy(b, p->wrapped, 8);
    memcpy(key, p->wrapped + 8, 16);
    for (int t = 12; t > 0; t--) {
        uint8_t *half = key + (t % 2 == 0 ? 8 : 0);

        b[7] = (uint8_t)(b[7] ^ t);
        memcpy(b + 8, half, 8);
        if (!EVP_CipherUpdate(p->wrap, b, &len, b, 16)) {
            return false;
        }
        memcpy(half, b + 8, 8);
    }
    return b[0] == 0xa6;
}

static bool
gcm(prepared *p, const uint8_t key[16])
{
    const uint8_t nonce[12] = { 0 };
    uint8_t out[CONTENT];
    int len = 0;

    return EVP_CipherInit_ex2(p->gcm, NULL, key, nonce, 0, NULL) > 0 &&
           EVP_CIPHER_CTX_ctrl(p->gcm, EVP_CTRL_AEAD_SET_TAG, 16, p->tag) >
               0 &&
           EVP_CipherUpdate(p->gcm, out, &len, p->sealed, CONTENT) > 0 &&
           EVP_CipherFinal_ex(p->gcm, out, &len) > 0;
}

bool
floor_unwrap_gcm(subject *s)
{
    uint8_t key[16];

    return unwrap(&s->floor, s->kek.data, key) && gcm(&s->floor, key);
}

static bool
hash(prepared *p, const uint8_t *data, size_t len, uint8_t out[32])
{
    return EVP_DigestInit_ex2(p->sha256, p->md, NULL) > 0 &&
           EVP_DigestUpdate(p->sha256, data, len) > 0 &&
           EVP_DigestFinal_ex(p->sha256, out, NULL) > 0;
}

/* HKDF of 32 octets is two HMACs: four hashes, of 80, 96, 87 and 96 octets. */
bool
floor_unwrap_hkdf_gcm(subject *s)
{
    static const uint8_t data[96];
    uint8_t out[32];
    uint8_t key[16];

    return unwrap(&s->floor, s->kek.data, key) && gcm(&s->floor, key) &&
           hash(&s->floor, data, 80, out) && hash(&s->floor, data, 96, out) &&
           hash(&s->floor, data, 87, out) && hash(&s->floor, data, 96, out);
}

bool
floor_derive(subject *s)
{
    uint8_t z[32];
    size_t len = sizeof z;

    return EVP_PKEY_derive(s->floor.derive, z, &len) > 0;
}

bool
floor_keygen(subject *s)
{
    EVP_PKEY *key = NULL;
    const bool good = EVP_PKEY_generate(s->floor.keygen, &key) > 0;

    EVP_PKEY_free(key);
    return good;
}

bool
floor_rsa(subject *s)
{
    uint8_t key[256];
    size_t len = sizeof key;

    return EVP_PKEY_decrypt(s->floor.rsa, key, &len, s->floor.for_rsa,
                            sizeof s->floor.for_rsa) > 0;
}

bool
floor_verify(subject *s)
{
    return EVP_PKEY_verify(s->floor.verify, s->floor.sig, s->floor.sig_len,
                           s->floor.hash, sizeof s->floor.hash) > 0;
}
