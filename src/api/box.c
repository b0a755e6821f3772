/* SPDX-License-Identifier: BSD-3-Clause */
/* What nodes with a common key tell each other:
 *
 *   "e2m1" · name of the key 8 · time 8 · nonce 12 · sealed · tag 16
 *
 * The name is the beginning of the key's SHA-256 under a prefix; all in front
 * of what is sealed is authenticated with it. */
#include "api/api.h"

enum {
    MAGIC = 4,
    NAME = 8,
    TIME = 8,
    NONCE = 12,
    TAG = 16,
    HEAD = MAGIC + NAME + TIME + NONCE,
    AGE_MAX_SEC = 60
};

static const char magic[] = "e2m1";

static e2m_err
name_of(e2m_crypto *c, const uint8_t key[32], uint8_t out[32])
{
    const e2m_bytes data[] = { E2M_LIT("e2m box key"), { key, 32 } };

    return e2m_hash(c, E2M_SHA256, data, 2, out);
}

static e2m_err
put_head(e2m_crypto *c, const uint8_t key[32], int64_t now_sec, uint8_t *out)
{
    uint8_t name[32];

    TRY(name_of(c, key, name));
    memcpy(out, magic, MAGIC);
    memcpy(out + MAGIC, name, NAME);
    for (size_t i = 0; i < TIME; i++) {
        out[MAGIC + NAME + i] = (uint8_t)((uint64_t)now_sec >> (56 - 8 * i));
    }
    return e2m_random(out + MAGIC + NAME + TIME, NONCE);
}

static e2m_err
seal(e2m_crypto *c, const uint8_t key[32], e2m_bytes text, int64_t now_sec,
     uint8_t *out)
{
    e2m_secret secret = { .len = 32 };
    e2m_err err;

    TRY(put_head(c, key, now_sec, out));
    memcpy(secret.data, key, 32);
    err = e2m_gcm_seal(c, &secret, out + HEAD - NONCE,
                       (e2m_bytes){ out, HEAD }, text, out + HEAD,
                       out + HEAD + text.len);
    e2m_secret_done(&secret);
    return err;
}

e2m_err
e2m_box_seal(const e2m *ctx, const uint8_t key[32], e2m_bytes text,
             int64_t now_sec, uint8_t *out)
{
    e2m_bench *bench = NULL;
    e2m_err err;

    _Static_assert(HEAD + TAG == E2M_BOX_MORE, "the header says so");
    TRY(e2m_rack_take(ctx->benches, &bench));
    err = seal(bench->crypto, key, text, now_sec, out);
    e2m_rack_give(ctx->benches, bench);
    return err;
}

static e2m_err
check_head(e2m_crypto *c, const uint8_t key[32], e2m_bytes box,
           int64_t now_sec)
{
    uint8_t name[32];
    uint64_t at = 0;

    if (box.len < HEAD + TAG ||
        !e2m_bytes_eq(e2m_bytes_upto(box, MAGIC), E2M_LIT("e2m1"))) {
        return E2M_E_SYNTAX;
    }
    TRY(name_of(c, key, name));
    if (!e2m_bytes_eq((e2m_bytes){ box.data + MAGIC, NAME },
                      (e2m_bytes){ name, NAME })) {
        return E2M_E_NOKEY;
    }
    for (size_t i = 0; i < TIME; i++) {
        at = at << 8 | box.data[MAGIC + NAME + i];
    }
    return at <= INT64_MAX && (int64_t)at >= now_sec - AGE_MAX_SEC &&
                   (int64_t)at <= now_sec + AGE_MAX_SEC
               ? E2M_OK
               : E2M_E_LIMIT;
}

static e2m_err
open_box(e2m_crypto *c, const uint8_t key[32], e2m_bytes box, uint8_t *out)
{
    const size_t len = box.len - HEAD - TAG;
    e2m_secret secret = { .len = 32 };
    e2m_err err;

    memcpy(secret.data, key, 32);
    err = e2m_gcm_open(c, &secret,
                       (e2m_bytes){ box.data + HEAD - NONCE, NONCE },
                       (e2m_bytes){ box.data, HEAD },
                       (e2m_bytes){ box.data + HEAD, len },
                       (e2m_bytes){ box.data + HEAD + len, TAG }, out);
    e2m_secret_done(&secret);
    if (err != E2M_OK) {
        e2m_wipe(out, len);
    }
    return err;
}

e2m_err
e2m_box_open(const e2m *ctx, const uint8_t key[32], e2m_bytes box,
             int64_t now_sec, uint8_t *out)
{
    e2m_bench *bench = NULL;
    e2m_err err;

    TRY(e2m_rack_take(ctx->benches, &bench));
    err = check_head(bench->crypto, key, box, now_sec);
    if (err == E2M_OK) {
        err = open_box(bench->crypto, key, box, out);
    }
    e2m_rack_give(ctx->benches, bench);
    return err;
}
