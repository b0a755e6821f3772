/* SPDX-License-Identifier: BSD-3-Clause */
#include "partition.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "cms/internal.h"

/* ---- AES ----------------------------------------------------------------- */

typedef struct block {
    uint8_t b[16];
} block;

static block
aes(const e2m_secret *key, block in)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    block out;
    int len = 0;

    if (ctx == NULL ||
        EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, key->data, NULL) !=
            1 ||
        EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
        EVP_EncryptUpdate(ctx, out.b, &len, in.b, 16) != 1 || len != 16) {
        abort();
    }
    EVP_CIPHER_CTX_free(ctx);
    return out;
}

/* The key stream of block `n`; n = 0 masks the tag (SP 800-38D sec. 7.1). */
static block
stream(const e2m_secret *key, const uint8_t nonce[12], size_t n)
{
    block counter = { { 0 } };

    memcpy(counter.b, nonce, 12);
    counter.b[13] = (uint8_t)((n + 1) >> 16);
    counter.b[14] = (uint8_t)((n + 1) >> 8);
    counter.b[15] = (uint8_t)(n + 1);
    return aes(key, counter);
}

/* ---- GF(2^128), bit 0 leftmost (SP 800-38D sec. 6.3) --------------------- */

static block
add(block x, block y)
{
    for (size_t i = 0; i < 16; i++) {
        x.b[i] = (uint8_t)(x.b[i] ^ y.b[i]);
    }
    return x;
}

static block
mul(block x, block y)
{
    block z = { { 0 } };

    for (size_t bit = 0; bit < 128; bit++) {
        const bool carry = (y.b[15] & 1) != 0;

        if ((x.b[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            z = add(z, y);
        }
        for (size_t i = 15; i > 0; i--) {
            y.b[i] = (uint8_t)(y.b[i] >> 1 | y.b[i - 1] << 7);
        }
        y.b[0] = (uint8_t)(y.b[0] >> 1 ^ (carry ? 0xe1 : 0));
    }
    return z;
}

static block
power(block x, size_t n)
{
    block z = { { 0x80 } }; /* one */

    for (; n > 0; n--) {
        z = mul(z, x);
    }
    return z;
}

/* x^(2^128 - 2) */
static block
inverse(block x)
{
    block z = { { 0x80 } };

    for (int i = 1; i < 128; i++) {
        x = mul(x, x);
        z = mul(z, x);
    }
    return z;
}

static block
ghash(block h, const uint8_t *sealed, size_t num)
{
    block length = { { 0 } };
    block y = { { 0 } };

    for (size_t i = 0; i < num; i++) {
        block c;

        memcpy(c.b, sealed + 16 * i, 16);
        y = mul(add(y, c), h);
    }
    length.b[13] = (uint8_t)(num * 128 >> 16);
    length.b[14] = (uint8_t)(num * 128 >> 8);
    length.b[15] = (uint8_t)(num * 128);
    return mul(add(y, length), h);
}

/* ---- the attack ---------------------------------------------------------- */

/* `len` octets of text, from octet `at` on, as they are sealed by one key. */
static void
put(partition *p, const e2m_secret *key, size_t at, e2m_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        const block s = stream(key, p->nonce, (at + i) / 16 + 1);

        p->sealed[at + i] = (uint8_t)(text.data[i] ^ s.b[(at + i) % 16]);
    }
}

/* The second key is sought until CRLF is how its text begins: 2^16 tries. */
static void
seek_second_key(partition *p)
{
    for (uint32_t n = 0;; n++) {
        block s;

        memset(p->key[1].data, 0x22, 16);
        memcpy(p->key[1].data, &n, sizeof n);
        s = stream(&p->key[1], p->nonce, 1);
        if ((s.b[0] ^ p->sealed[0]) == '\r' &&
            (s.b[1] ^ p->sealed[1]) == '\n') {
            return;
        }
    }
}

/* tag = GHASH_H(C) + E(J0) under both keys; block `n` of C adds c * H^e to the
 * sum, so with it zero at first, c = difference / (H0^e + H1^e). */
static void
solve(partition *p, size_t n)
{
    const size_t num = p->len / 16;
    const size_t e = num - n + 1;
    block h[2], tag[2], c;

    for (int i = 0; i < 2; i++) {
        h[i] = aes(&p->key[i], (block){ { 0 } });
        tag[i] = add(ghash(h[i], p->sealed, num),
                     stream(&p->key[i], p->nonce, 0));
    }
    c = mul(add(tag[0], tag[1]),
            inverse(add(power(h[0], e), power(h[1], e))));
    memcpy(p->sealed + 16 * n, c.b, 16);
    tag[0] = add(ghash(h[0], p->sealed, num),
                 stream(&p->key[0], p->nonce, 0));
    memcpy(p->tag, tag[0].b, 16);
}

void
partition_make(partition *p, e2m_bytes first, e2m_bytes second)
{
    const size_t front = (first.len + 15) / 16;
    const size_t back = (second.len + 15) / 16;

    memset(p, 0, sizeof *p);
    p->len = 16 * (front + 1 + back);
    if (p->len > PARTITION_MAX) {
        abort();
    }
    p->key[0].len = p->key[1].len = 16;
    memset(p->key[0].data, 0x11, 16);
    memcpy(p->nonce, "two contents", 12);
    put(p, &p->key[0], 0, first);
    seek_second_key(p);
    put(p, &p->key[1], p->len - second.len, second);
    solve(p, front);
}

/* ---- the envelope -------------------------------------------------------- */

/* RecipientInfos of two envelopes, as one set. */
static e2m_err
both_recipients(e2m_env *env, e2m_crypto *c, const partition *p,
                const e2m_cert *const reader[2], e2m_bytes *out)
{
    e2m_bytes infos[2];
    e2m_der_w w;

    for (int i = 0; i < 2; i++) {
        const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                                   .readers = &reader[i],
                                   .num_readers = 1 };
        e2m_bytes set = E2M_NONE;
        e2m_in in;

        TRY(e2m_cms_write_recipients(env, c, &how, &p->key[i], &set));
        in = e2m_in_init(set);
        TRY(e2m_der_get(&in, E2M_DER_SET, &infos[i]));
    }
    e2m_der_w_init(&w, env, 0);
    e2m_der_put_set_of(&w, E2M_DER_SET, infos, 2);
    return e2m_der_w_done(&w, out);
}

static e2m_err
put_commitment(e2m_der_w *w, e2m_crypto *c, const e2m_secret *key)
{
    e2m_secret commitment;

    TRY(e2m_cms_commitment(c, key, &commitment));
    e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(2));
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(E2M_OID_KEY_COMMITMENT));
    e2m_der_open(w, E2M_DER_SET);
    e2m_der_put(w, E2M_DER_OCTET_STRING,
                (e2m_bytes){ commitment.data, commitment.len });
    e2m_der_close(w);
    e2m_der_close(w);
    e2m_der_close(w);
    return E2M_OK;
}

e2m_err
partition_envelope(e2m_env *env, e2m_crypto *c, const partition *p,
                   const e2m_cert *const reader[2], partition_commit commit,
                   e2m_bytes *out)
{
    e2m_bytes recipients = E2M_NONE;
    e2m_der_w w;

    TRY(both_recipients(env, c, p, reader, &recipients));
    e2m_der_w_init(&w, env, 0);
    e2m_cms_begin(&w, E2M_OID_AUTH_ENVELOPED_DATA);
    e2m_der_put_uint(&w, 0);
    e2m_der_put_raw(&w, recipients);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_AES128_GCM));
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OCTET_STRING, (e2m_bytes){ p->nonce, 12 });
    e2m_der_put_uint(&w, 16);
    e2m_der_close(&w);
    e2m_der_close(&w);
    e2m_der_put(&w, E2M_DER_CONTEXT(0), (e2m_bytes){ p->sealed, p->len });
    e2m_der_close(&w);
    e2m_der_put(&w, E2M_DER_OCTET_STRING, (e2m_bytes){ p->tag, 16 });
    if (commit != PARTITION_NONE) {
        TRY(put_commitment(&w, c,
                           &p->key[commit == PARTITION_FIRST ? 0 : 1]));
    }
    e2m_cms_end(&w);
    return e2m_der_w_done(&w, out);
}
