/* SPDX-License-Identifier: BSD-3-Clause */
/* Attacks by CMS: recipients, signatures, certificates, BER. */
#include "attacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/text.h"

static void
must(e2m_err err, const char *what)
{
    if (err != E2M_OK) {
        fprintf(stderr, "worst: %s failed: %s\n", what, e2m_err_name(err));
        exit(1);
    }
}

/* ---- entities ------------------------------------------------------------ */

static e2m_bytes
joined(kit *k, const e2m_bytes *parts, size_t num)
{
    e2m_bytes all = E2M_NONE;
    e2m_out o;

    e2m_out_init(&o, &k->env, PAGE);
    for (size_t i = 0; i < num; i++) {
        e2m_out_put(&o, parts[i]);
    }
    must(e2m_out_done(&o, &all), "joining");
    return all;
}

static e2m_bytes
entity_of(kit *k, e2m_bytes der)
{
    const e2m_bytes parts[] = {
        E2M_LIT("Content-Type: application/pkcs7-mime\r\n"), e2m_str(label),
        E2M_LIT("\r\n"), der
    };

    return joined(k, parts, 4);
}

static void
put_entity(page *p, e2m_bytes entity)
{
    put_start(p);
    put_bytes(p, entity);
}

static e2m_bytes
plain_entity(kit *k, size_t len)
{
    const e2m_bytes parts[] = {
        E2M_LIT("Content-Type: text/plain\r\n"), e2m_str(label),
        E2M_LIT("\r\n"), { calloc(1, len), len }
    };
    const e2m_bytes all = joined(k, parts, 4);

    free((void *)(uintptr_t)parts[3].data);
    return all;
}

/* ---- signatures ---------------------------------------------------------- */

static e2m_bytes
signed_by(kit *k, const signer *who, e2m_bytes entity, bool attached)
{
    const e2m_cms_sign how = { .cert = who->cert, .key = who->key,
                               .attached = attached, .now_sec = NOW };
    e2m_bytes der = E2M_NONE;

    must(e2m_cms_sign_data(&k->env, k->c, entity, &how, &der), "signing");
    return der;
}

static e2m_bytes
multipart_signed(kit *k, const signer *who, e2m_bytes entity, int n)
{
    char text[4][160];
    e2m_bytes parts[6];

    (void)snprintf(text[0], sizeof text[0], "Content-Type: multipart/signed"
                   ";protocol=\"application/pkcs7-signature\";boundary=s%d\r\n",
                   n);
    (void)snprintf(text[1], sizeof text[1], "\r\n--s%d\r\n", n);
    (void)snprintf(text[2], sizeof text[2], "\r\n--s%d\r\nContent-Type: "
                   "application/pkcs7-signature\r\n\r\n", n);
    (void)snprintf(text[3], sizeof text[3], "\r\n--s%d--\r\n", n);
    parts[0] = e2m_str(text[0]);
    parts[1] = e2m_str(text[1]);
    parts[2] = entity;
    parts[3] = e2m_str(text[2]);
    parts[4] = signed_by(k, who, entity, false);
    parts[5] = e2m_str(text[3]);
    return joined(k, parts, 6);
}

static e2m_bytes
signed_deep(kit *k, const signer *who, int levels, size_t len)
{
    e2m_bytes entity = plain_entity(k, len);

    for (int i = 0; i < levels; i++) {
        entity = multipart_signed(k, who, entity, i);
    }
    return entity;
}

static void
signed_often(kit *k, page *p)
{
    put_entity(p, signed_deep(k, &k->alice, 7, 1000));
}

static void
signed_often_rsa(kit *k, page *p)
{
    put_entity(p, signed_deep(k, &k->alice_rsa, 4, 100));
}

static void
signed_often_opaque(kit *k, page *p)
{
    e2m_bytes entity = plain_entity(k, 800);

    for (int i = 0; i < 7; i++) {
        entity = entity_of(k, signed_by(k, &k->alice, entity, true));
    }
    put_entity(p, entity);
}

static e2m_bytes
side_by_side(kit *k, const signer *who, int num)
{
    e2m_bytes parts[64];
    size_t n = 0;

    parts[n++] = E2M_LIT("Content-Type: multipart/mixed;boundary=mm\r\n\r\n");
    for (int i = 0; i < num; i++) {
        parts[n++] = E2M_LIT("--mm\r\n");
        parts[n++] = multipart_signed(k, who, plain_entity(k, 1), i);
    }
    parts[n++] = E2M_LIT("--mm--");
    return joined(k, parts, n);
}

static void
signatures_beside(kit *k, page *p)
{
    put_entity(p, side_by_side(k, &k->alice, 6));
}

static e2m_bytes
sealed(kit *k, e2m_bytes entity, const e2m_cert *const *readers, size_t num)
{
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .readers = readers, .num_readers = num };
    e2m_bytes der = E2M_NONE;

    must(e2m_cms_seal_enveloped(&k->env, k->c, entity, &how, &der, NULL),
         "sealing");
    return der;
}

static void
sealed_and_signed_often(kit *k, page *p)
{
    const e2m_cert *readers[] = { k->bob, k->ss1 };
    const e2m_bytes inner = signed_deep(k, &k->alice, 4, 600);
    const e2m_bytes der = sealed(k, inner, readers, 2);

    put_entity(p, multipart_signed(k, &k->alice, entity_of(k, der), 9));
}

/* ---- signatures that do not hold ----------------------------------------- */

static void
put_bad_signer(kit *k, e2m_der_w *w, const signer *who)
{
    const bool rsa = e2m_pkey_kind(who->key) == E2M_KEY_RSA;
    const e2m_sig_scheme scheme = rsa ? E2M_SIG_RSA_PKCS1 : E2M_SIG_ECDSA;
    e2m_bytes sig = E2M_NONE;

    must(e2m_pkey_sign(&k->env, k->c, who->key, scheme, E2M_SHA256,
                       E2M_LIT("something else"), &sig), "signing");
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(w, 1);
    e2m_der_open(w, E2M_DER_SEQUENCE);
    e2m_der_put_raw(w, who->cert->issuer);
    e2m_der_put_raw(w, who->cert->serial);
    e2m_der_close(w);
    e2m_der_put_alg(w, e2m_oid(E2M_OID_SHA256), E2M_NONE);
    e2m_der_put_alg(w, e2m_oid(rsa ? E2M_OID_RSA : E2M_OID_ECDSA_SHA256),
                    rsa ? E2M_LIT("\x05\x00") : E2M_NONE);
    e2m_der_put(w, E2M_DER_OCTET_STRING, sig);
    e2m_der_close(w);
}

static e2m_bytes
badly_signed(kit *k, e2m_bytes content, const signer *const *who, size_t num)
{
    e2m_bytes der = E2M_NONE;
    e2m_der_w w;

    e2m_der_w_init(&w, &k->env, PAGE);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_SIGNED_DATA));
    e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(0));
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(&w, 1);
    e2m_der_open(&w, E2M_DER_SET);
    e2m_der_put_alg(&w, e2m_oid(E2M_OID_SHA256), E2M_NONE);
    e2m_der_close(&w);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_DATA));
    e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(0));
    e2m_der_put(&w, E2M_DER_OCTET_STRING, content);
    e2m_der_close(&w);
    e2m_der_close(&w);
    e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(0));
    for (size_t i = 0; i < num; i++) {
        e2m_der_put_raw(&w, who[i]->cert->der);
    }
    if (who[0] == &k->chained) {
        for (size_t i = 0; i < CHAIN; i++) {
            e2m_der_put_raw(&w, k->chain[i]);
        }
    } else {
        e2m_der_put_raw(&w, k->forged_ca);
    }
    e2m_der_close(&w);
    e2m_der_open(&w, E2M_DER_SET);
    for (size_t i = 0; i < num && i < 2; i++) {
        put_bad_signer(k, &w, who[i]);
    }
    for (int i = 0; i < 4; i++) {
        e2m_der_close(&w);
    }
    must(e2m_der_w_done(&w, &der), "SignedData");
    return der;
}

static void
two_bad(kit *k, page *p)
{
    const signer *who[] = { &k->alice, &k->alice };

    put_entity(p, entity_of(k, badly_signed(k, plain_entity(k, 5000), who,
                                            2)));
}

static void
two_bad_rsa(kit *k, page *p)
{
    const signer *who[] = { &k->alice_rsa, &k->alice_rsa };

    put_entity(p, entity_of(k, badly_signed(k, plain_entity(k, 1500), who,
                                            2)));
}

static void
forged(kit *k, page *p)
{
    const signer *who[] = { &k->forged[0], &k->forged[1] };

    put_entity(p, entity_of(k, badly_signed(k, plain_entity(k, 3000), who,
                                            2)));
}

static void
forged_chain(kit *k, page *p)
{
    const signer *who[] = { &k->chained };

    put_entity(p, entity_of(k, badly_signed(k, plain_entity(k, 3000), who,
                                            1)));
}

static void
forged_flood(kit *k, page *p)
{
    const signer *who[7];

    for (size_t i = 0; i < 7; i++) {
        who[i] = &k->forged[i];
    }
    put_entity(p, entity_of(k, badly_signed(k, plain_entity(k, 100), who,
                                            7)));
    /* nobody's serial number: every certificate is looked at */
    for (size_t i = 0; i < 2; i++) {
        const e2m_bytes serial = who[i]->cert->serial;
        uint8_t *last = NULL;

        for (size_t at = 0; at + serial.len <= p->len; at++) {
            if (memcmp(p->data + at, serial.data, serial.len) == 0) {
                last = p->data + at;
            }
        }
        if (last != NULL) {
            last[serial.len - 1] ^= 1;
        }
    }
}

/* ---- recipients ---------------------------------------------------------- */

static void
put_recipients(kit *k, page *p, size_t num, size_t len)
{
    static const e2m_secret kek = { .len = 16 };
    e2m_cms_kek keks[200];
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM, .keks = keks,
                               .num_keks = num };
    const e2m_bytes text = { calloc(1, len), len };
    e2m_bytes der = E2M_NONE;

    for (size_t i = 0; i < num; i++) {
        keks[i] = (e2m_cms_kek){ E2M_LIT("12345678"), &kek };
    }
    must(e2m_cms_seal_enveloped(&k->env, k->c, text, &how, &der, NULL),
         "sealing");
    put_entity(p, entity_of(k, der));
    free((void *)(uintptr_t)text.data);
}

static void
recipients_16(kit *k, page *p)
{
    put_recipients(k, p, 16, 6000);
}

/* More than our own writer would write. */
static void
recipients_many(kit *k, page *p)
{
    e2m_bytes der = E2M_NONE;
    e2m_der_w w;

    e2m_der_w_init(&w, &k->env, PAGE);
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put(&w, E2M_DER_OID, e2m_oid(E2M_OID_AUTH_ENVELOPED_DATA));
    e2m_der_open(&w, E2M_DER_CONTEXT_CONSTRUCTED(0));
    e2m_der_open(&w, E2M_DER_SEQUENCE);
    e2m_der_put_uint(&w, 0);
    e2m_der_open(&w, E2M_DER_SET);
    for (int i = 0; i < 180; i++) { /* [4] other */
        e2m_der_put(&w, E2M_DER_CONTEXT_CONSTRUCTED(4),
                    E2M_LIT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
                            "\x04\x18" "012345678901234567890123"));
    }
    for (int i = 0; i < 4; i++) {
        e2m_der_close(&w);
    }
    must(e2m_der_w_done(&w, &der), "AuthEnvelopedData");
    put_entity(p, entity_of(k, der));
}

/* ---- BER and base64 ------------------------------------------------------ */

static void
ber_fragments(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: application/pkcs7-mime\r\n");
    put(p, label);
    put(p, "\r\n");
    put_bytes(p, E2M_LIT("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
                         "\x03\xa0\x80\x30\x80\x02\x01\x00\x31\x80"));
    while (p->len + 11 <= PAGE) {
        put_bytes(p, E2M_LIT("\x24\x80\x04\x01x\x04\x01y\x04\x01z"));
        put_bytes(p, (e2m_bytes){ (const uint8_t *)"\0\0", 2 });
    }
}

static void
base64_of_lines(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: application/pkcs7-mime\r\n"
           "Content-Transfer-Encoding: base64\r\n");
    put(p, label);
    put(p, "\r\n");
    put_until(p, "M\r\n", 0);
}

const attack cms_attacks[] = {
    { "7 true signatures, nested (insider)", signed_often },
    { "4 true RSA-4096 ones, nested (insider)", signed_often_rsa },
    { "7 opaque ones, nested (insider)", signed_often_opaque },
    { "6 true signatures, abreast (insider)", signatures_beside },
    { "5 true ones and an envelope (insider)", sealed_and_signed_often },
    { "two bad signatures of a trusted user", two_bad },
    { "two bad ones, RSA-4096", two_bad_rsa },
    { "two forged certificates, new each time", forged },
    { "a forged chain of five, new each time", forged_chain },
    { "seven forged ones, none the signer's", forged_flood },
    { "16 recipients, none of them us", recipients_16 },
    { "180 recipients", recipients_many },
    { "BER in fragments of an octet", ber_fragments },
    { "base64 of one digit a line", base64_of_lines },
};
const size_t num_cms_attacks = sizeof cms_attacks / sizeof cms_attacks[0];
