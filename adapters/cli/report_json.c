/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports for programs: doc/json.md says what each member means. Nothing is
 * ever taken out of these objects; readers ignore what they do not know. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Octets of a message as a JSON string: what is not UTF-8, or a NUL, becomes
 * "?", one for each octet. */
json_t *
json_text(e2m_bytes b)
{
    json_t *s = json_stringn((const char *)b.data, b.len);
    char *copy;

    if (s != NULL || b.len == 0) {
        return s != NULL ? s : json_string("");
    }
    copy = malloc(b.len);
    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < b.len; i++) {
        copy[i] = b.data[i] >= 0x20 && b.data[i] < 0x7f ? (char)b.data[i] : '?';
    }
    s = json_stringn(copy, b.len);
    free(copy);
    return s;
}

json_t *
json_base64(e2m_bytes b)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t len = (b.len + 2) / 3 * 4;
    char *out = malloc(len + 1);
    json_t *s;
    char *p = out;

    if (out == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < b.len; i += 3) {
        const size_t left = b.len - i;
        const uint32_t v = (uint32_t)b.data[i] << 16 |
                           (left > 1 ? (uint32_t)b.data[i + 1] << 8 : 0) |
                           (left > 2 ? b.data[i + 2] : 0);

        *p++ = digits[v >> 18];
        *p++ = digits[v >> 12 & 63];
        *p++ = left > 1 ? digits[v >> 6 & 63] : '=';
        *p++ = left > 2 ? digits[v & 63] : '=';
    }
    s = json_stringn(out, len);
    explicit_bzero(out, len);
    free(out);
    return s;
}

static json_t *
encryption(const e2m_encryption *e)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:b}", "structure", e->structure,
                     "cipher", e->cipher, "recipient", e->recipient,
                     "committed", e->committed, "shared_with_far_end",
                     e->shared_with_far_end);
}

static json_t *
ciphers(unsigned bits)
{
    json_t *list = json_array();

    for (unsigned i = 0; e2m_cipher_name((e2m_cipher)i)[0] != '\0'; i++) {
        if ((bits >> i & 1) != 0) {
            json_array_append_new(list,
                                  json_string(e2m_cipher_name((e2m_cipher)i)));
        }
    }
    return list;
}

static json_t *
signature(const e2m_signature *s)
{
    return json_pack("{s:b, s:o, s:b, s:b, s:s, s:o}", "present", s->present,
                     "signer", json_text(s->signer), "valid", s->valid, "bound",
                     s->bound, "algorithm",
                     s->algorithm != NULL ? s->algorithm : "", "ciphers",
                     ciphers(s->ciphers));
}

static json_t *
part(const e2m_part *p)
{
    return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o}", "content_type",
                     json_text(p->content_type), "content",
                     json_base64(p->content), "label", json_text(p->label),
                     "identity", p->identity, "encryption",
                     encryption(&p->encryption), "signature",
                     signature(&p->signature));
}

char *
json_print(json_t *j)
{
    char *s = j != NULL ? json_dumps(j, JSON_INDENT(2)) : NULL;
    char *line;
    size_t len;

    json_decref(j);
    if (s == NULL) {
        return NULL;
    }
    len = strlen(s);
    line = malloc(len + 2);
    if (line != NULL) {
        memcpy(line, s, len);
        memcpy(line + len, "\n", 2);
    }
    explicit_bzero(s, len);
    free(s);
    return line;
}

char *
json_verdict(const e2m_verdict *v)
{
    const bool refused = v->outcome != E2M_READ &&
                         v->outcome != E2M_NOT_FOR_ME;
    json_t *parts = json_array();
    bool ok = parts != NULL;

    for (size_t i = 0; i < v->num_parts && ok; i++) {
        ok = json_array_append_new(parts, part(&v->parts[i])) == 0;
    }
    if (!ok) {
        json_decref(parts);
        return NULL;
    }
    return json_print(json_pack(
        "{s:s, s:i, s:s, s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:o}", "verdict",
        e2m_outcome_name(v->outcome), "sip_code", (int)v->sip_status, "reason",
        e2m_reason_name(v->reason), "what", refused ? v->why.what : "", "where",
        refused ? v->why.where : "", "rule", refused ? v->why.rule : "",
        "demands", json_demands(v->demands, v->num_demands), "signer",
        json_text(v->signer), "bound", v->bound, "verifiers",
        json_text(v->verifiers), "parts", parts));
}

static json_t *
recipients(const e2m_node *n)
{
    json_t *all = json_array();

    for (size_t i = 0; i < n->num_recipients && all != NULL; i++) {
        const e2m_seen_recipient *r = &n->recipients[i];

        if (json_array_append_new(
                all,
                json_pack("{s:s, s:o, s:o}", "kind", r->kind, "id",
                          json_text(r->id), "name", json_text(r->name))) !=
            0) {
            json_decref(all);
            all = NULL;
        }
    }
    return all;
}

static json_t *
level(const e2m_node *n)
{
    return json_pack(
        "{s:i, s:o, s:o, s:o, s:I, s:s, s:s, s:b, s:o, s:o, s:o, s:s, s:s}",
        "depth", (int)n->depth, "content_type", json_text(n->content_type),
        "disposition", json_text(n->disposition), "label",
        json_text(n->label), "size", (json_int_t)n->size, "structure",
        n->structure, "cipher", n->cipher, "has_commitment",
        n->has_commitment, "cek_reference", json_text(n->cek_reference),
        "recipients", recipients(n), "claimed_signer", json_text(n->signer),
        "signature_algorithm", n->algorithm, "problem",
        n->problem);
}

char *
json_tree(const e2m_node *nodes, size_t num, const e2m_rejection *rejection)
{
    json_t *levels = json_array();
    bool ok = levels != NULL;

    for (size_t i = 0; i < num && ok; i++) {
        ok = json_array_append_new(levels, level(&nodes[i])) == 0;
    }
    if (!ok) {
        json_decref(levels);
        return NULL;
    }
    return json_print(json_pack("{s:o, s:o}", "levels", levels, "rejection",
                                rejection != NULL ? json_rejection(rejection)
                                                  : json_null()));
}

int
json_put(char *text)
{
    bool good;
    e2m_bytes wiped;

    if (text == NULL) {
        return fault_err(E2M_E_NOMEM, "cannot report", "standard output");
    }
    good = fputs(text, stdout) != EOF && fflush(stdout) == 0;
    wiped = text_bytes(text);
    file_free(&wiped);
    return good ? 0 : EXIT_OWN; /* main says why */
}
