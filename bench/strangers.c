/* SPDX-License-Identifier: BSD-3-Clause */
/* Envelopes of 8 KB that name nobody of us and are made to cost: what a
 * stranger can have a proxy compute without any key of ours. */
#include "bench.h"

#include <string.h>

enum { SIZE = 8192 };

/* An EnvelopedData is begun, `fill` writes what hurts. */
typedef void writer(e2m_der_w *w);

static void
put_alg(e2m_der_w *w, e2m_oid_id oid)
{
    e2m_der_put_alg(w, e2m_oid(oid), E2M_NONE);
}

static void
put_content(e2m_der_w *w, size_t len)
{
    static const uint8_t text[SIZE];

    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    e2m_der_put_alg(w, e2m_oid(E2M_OID_AES128_CBC),
                    E2M_LIT("\x04\x10" "0123456789abcdef"));
    e2m_der_put(w, E2M_DER_CONTEXT(0), (e2m_bytes){ text, len });
    e2m_der_close(w);
}

static void
put_kekri(e2m_der_w *w)
{
    e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(2));
    e2m_der_put_uint(w, 4);
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put(w, E2M_DER_OCTET_STRING, E2M_LIT("0123456789"));
    e2m_der_close(w);
    put_alg(w, E2M_OID_AES128_WRAP);
    e2m_der_put(w, E2M_DER_OCTET_STRING, E2M_LIT("0123456789abcdef01234567"));
    e2m_der_close(w);
}

static void
put_ktri(e2m_der_w *w, size_t rdns, size_t key)
{
    static const uint8_t text[SIZE];

    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(w, 0);
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_open(w, E2M_DER_SEQUENCE);
    for (size_t i = 0; i < rdns; i++) {
        e2m_der_put_raw(w, E2M_LIT("\x31\x0a\x30\x08\x06\x03\x55\x04\x03"
                                   "\x0c\x01" "x"));
    }
    e2m_der_close(w);
    e2m_der_put_uint(w, 1);
    e2m_der_close(w);
    put_alg(w, E2M_OID_RSA);
    e2m_der_put(w, E2M_DER_OCTET_STRING, (e2m_bytes){ text, key });
    e2m_der_close(w);
}

static void
few_recipients(e2m_der_w *w)
{
    e2m_der_open(w, E2M_DER_SET);
    for (int i = 0; i < 16; i++) {
        put_ktri(w, 2, 400);
    }
    e2m_der_close(w);
    put_content(w, 512);
}

static void
kek_recipients(e2m_der_w *w)
{
    e2m_der_open(w, E2M_DER_SET);
    for (int i = 0; i < 130; i++) {
        put_kekri(w);
    }
    e2m_der_close(w);
    put_content(w, 512);
}

static void
key_transports(e2m_der_w *w)
{
    e2m_der_open(w, E2M_DER_SET);
    for (int i = 0; i < 270; i++) {
        put_ktri(w, 0, 1);
    }
    e2m_der_close(w);
    put_content(w, 512);
}

static void
long_name(e2m_der_w *w)
{
    e2m_der_open(w, E2M_DER_SET);
    put_ktri(w, 630, 256);
    e2m_der_close(w);
    put_content(w, 128);
}

static void
put_attrs(e2m_der_w *w, int num, size_t each)
{
    static const uint8_t text[SIZE];

    e2m_der_open(w, E2M_DER_SET);
    put_kekri(w);
    e2m_der_close(w);
    put_content(w, 128);
    e2m_der_open(w, E2M_DER_CONTEXT_CONSTRUCTED(1));
    for (int i = 0; i < num; i++) {
        e2m_der_open(w, E2M_DER_SEQUENCE);
        e2m_der_put(w, E2M_DER_OID, E2M_LIT("\x55\x04\x7f"));
        e2m_der_open(w, E2M_DER_SET);
        e2m_der_put(w, E2M_DER_OCTET_STRING, (e2m_bytes){ text, each });
        e2m_der_close(w);
        e2m_der_close(w);
    }
    e2m_der_close(w);
}

static void
few_attributes(e2m_der_w *w)
{
    put_attrs(w, 16, 450);
}

static void
many_attributes(e2m_der_w *w)
{
    put_attrs(w, 600, 1);
}

static e2m_bytes
envelope(writer *fill)
{
    e2m_der_w w;
    e2m_bytes out = E2M_NONE;
    e2m_env env;

    e2m_env_init(&env, NULL, NULL);
    e2m_der_w_init(&w, &env, SIZE);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_ENVELOPED_DATA));
    e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(0));
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(&w, 2);
    fill(&w);
    for (int i = 0; i < 3; i++) {
        e2m_der_close(&w);
    }
    must(e2m_der_w_done(&w, &out) == E2M_OK, "hostile envelope");
    out = keep(out);
    e2m_env_done(&env);
    return out;
}

/* BER: the content in fragments of one octet, or lengths nested in lengths. */
static e2m_bytes
ber(bool fragments)
{
    uint8_t text[SIZE];
    static const uint8_t head[] = {
        0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
        0x07, 0x03, 0xa0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x02, 0x24, 0x80
    };
    static const uint8_t octet[] = { 0x04, 0x01, 'x' };
    size_t at = sizeof head;

    memcpy(text, head, at);
    while (at + 3 < SIZE) {
        if (fragments) {
            memcpy(text + at, octet, 3);
            at += 3;
        } else {
            text[at++] = 0x24;
            text[at++] = 0x80;
        }
    }
    memset(text + at, 0, SIZE - at);
    return keep((e2m_bytes){ text, SIZE });
}

void
worst_make(subject *s)
{
    static writer *const writers[] = { few_recipients, kek_recipients,
                                       key_transports, long_name,
                                       few_attributes, many_attributes };

    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        s->worst[i] = envelope(writers[i]);
    }
    s->worst[6] = ber(true);
    s->worst[7] = ber(false);
}
