/* SPDX-License-Identifier: BSD-3-Clause */
/* Attacks by text: header fields, parameters, labels, multiparts. */
#include "attacks.h"

#include <stdio.h>
#include <string.h>

const char label[] = "Content-Disposition: render;handling=required"
                     ";required-entity=ss1.atlanta.example.com\r\n";

void
put_bytes(page *p, e2m_bytes b)
{
    if (b.len > 0 && b.len <= PAGE - p->len) {
        memcpy(p->data + p->len, b.data, b.len);
        p->len += b.len;
    }
}

void
put(page *p, const char *text)
{
    put_bytes(p, e2m_str(text));
}

void
put_until(page *p, const char *text, size_t keep)
{
    while (p->len + strlen(text) + keep <= PAGE) {
        put(p, text);
    }
}

void
put_start(page *p)
{
    put(p, "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"
           "Via: SIP/2.0/TCP a.example;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
           "From: <sip:alice@atlanta.example.com>;tag=1\r\n"
           "To: <sip:bob@biloxi.example.com>\r\nCall-ID: c\r\n"
           "CSeq: 1 MESSAGE\r\n");
}

static void
plain_text(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: text/plain\r\n");
    put(p, label);
    put(p, "\r\n");
    put_until(p, "x", 0);
}

static void
nested(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put_until(p, "Content-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n", 5);
}

static void
nested_apart(kit *k, page *p)
{
    (void)k;
    put_start(p);
    for (int i = 0; i < 8; i++) {
        char one[80];

        (void)snprintf(one, sizeof one, "Content-Type: multipart/mixed;"
                       "boundary=b%d\r\n\r\n--b%d\r\n", i, i);
        put(p, one);
    }
    put(p, "\r\n");
    put_until(p, "-\r\n", 80);
    for (int i = 7; i >= 0; i--) {
        char one[16];

        (void)snprintf(one, sizeof one, "\r\n--b%d--", i);
        put(p, one);
    }
}

static void
many_parts(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: multipart/mixed;boundary=b\r\n\r\n");
    put_until(p, "--b\r\n\r\n\r\n", 5);
    put(p, "--b--");
}

static void
labelled_parts(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: multipart/mixed;boundary=b\r\n");
    put(p, "\r\n");
    for (int i = 0; i < 31; i++) {
        put(p, "--b\r\nContent-Type: application/pkcs7-mime\r\n");
        put(p, label);
        put(p, "\r\nMAMBAgE=\r\n");
    }
    put(p, "--b--");
}

#define SEVENTY "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"                         \
                "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void
almost_boundaries(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: multipart/mixed;boundary=" SEVENTY "\r\n\r\n"
           "--" SEVENTY "\r\n\r\n");
    put_until(p, "--" SEVENTY "                                           "
                 "                                              x\r\n", 80);
    put(p, "--" SEVENTY "--");
}

static void
short_lines(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n\r\n");
    put_until(p, "\n", 8);
    put(p, "\r\n--b--");
}

static void
folds(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: text/plain");
    put_until(p, "\r\n ;", 200);
    put(p, "a=b\r\n");
    put(p, label);
    put(p, "\r\nx");
}

static void
folded_contact(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Contact: ");
    put_until(p, "\r\n ", 250);
    put(p, "<sip:alice@a.example>\r\nContent-Type: text/plain\r\n");
    put(p, label);
    put(p, "\r\nx");
}

static void
many_fields(kit *k, page *p)
{
    (void)k;
    put_start(p);
    for (int i = 0; i < 110; i++) {
        put(p, "m:<sip:a@b.example;x=yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy>\r\n");
    }
    put(p, "Content-Type: text/plain\r\n");
    put(p, label);
    put(p, "\r\nx");
}

static void
tiny_fields(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put_until(p, "a:\r\n", 0);
}

static void
many_params(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: multipart/mixed");
    put_until(p, ";a", 4096 + 60);
    put(p, ";boundary=b\r\nContent-Disposition: render");
    put_until(p, ";a", 80);
    put(p, "\r\n\r\n--b\r\n\r\nx\r\n--b--");
}

static void
many_labels(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Content-Type: text/plain\r\nContent-Disposition: render"
           ";required-entity=\"sip:a@b");
    put_until(p, ",sip:a@b", 60);
    put(p, "\"\r\n\r\nx");
}

static void
put_id_parts(page *p)
{
    put(p, "Content-Type: multipart/mixed;boundary=b\r\n\r\n");
    for (int i = 0; i < 31; i++) {
        put(p, "--b\r\nContent-ID: <i>\r\n\r\n\r\n");
    }
    put(p, "--b--");
}

static void
labels_by_id(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Proxy-Inspect-Body: a");
    put_until(p, ";cid=j", 1200);
    put(p, "\r\n");
    put_id_parts(p);
}

static void
label_fields(kit *k, page *p)
{
    (void)k;
    put_start(p);
    for (int i = 0; i < 110; i++) {
        put(p, "Proxy-Inspect-Body: sip:a@b;cid=j,cid=k,cid=l,m\r\n");
    }
    put_id_parts(p);
}

static void
escapes(kit *k, page *p)
{
    (void)k;
    put(p, "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"
           "To: <sip:bob@biloxi.example.com>\r\nCall-ID: c\r\n"
           "CSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n");
    put(p, label);
    put(p, "From: \"");
    put_until(p, "\\\"", 100);
    put(p, "\"<sip:alice@atlanta.example.com>;tag=1\r\n\r\nx");
}

static void
vias(kit *k, page *p)
{
    (void)k;
    put_start(p);
    put(p, "Via: SIP/2.0/UDP a");
    put_until(p, ",SIP/2.0/UDP a", 250);
    put(p, "\r\nContent-Type: text/plain\r\n");
    put(p, label);
    put(p, "\r\nx");
}

const attack text_attacks[] = {
    { "plain text, labelled", plain_text },
    { "multiparts nested without end", nested },
    { "multiparts nested, each searched", nested_apart },
    { "hundreds of parts", many_parts },
    { "31 labelled parts, no CMS in them", labelled_parts },
    { "lines that are almost boundaries", almost_boundaries },
    { "body of line ends", short_lines },
    { "Content-Type of folds", folds },
    { "Contact of folds", folded_contact },
    { "110 header fields", many_fields },
    { "2000 header fields", tiny_fields },
    { "thousands of parameters", many_params },
    { "hundreds of labels", many_labels },
    { "a label of ids, and 31 parts", labels_by_id },
    { "110 label fields, and 31 parts", label_fields },
    { "quoted string of escapes", escapes },
    { "hundreds of Vias", vias },
};
const size_t num_text_attacks = sizeof text_attacks / sizeof text_attacks[0];
