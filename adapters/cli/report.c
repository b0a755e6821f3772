/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports for people. What a message says is shown without its control
 * characters, so that it cannot speak to the terminal. */
#include "report.h"

#include <stdio.h>

static bool
is_text(e2m_bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        const uint8_t c = b.data[i];

        if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

void
report_put(e2m_bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        const uint8_t c = b.data[i];

        putchar(c < 0x20 || c == 0x7f ? '?' : c);
    }
}

void
report_named(const char *indent, const char *name, e2m_bytes value)
{
    if (value.len > 0) {
        printf("%s%s: ", indent, name);
        report_put(value);
        putchar('\n');
    }
}

/* C1 controls in UTF-8 are 0xC2 0x80..0x9F: some terminals obey them. */
static void
put_lines(e2m_bytes b)
{
    bool start = true;

    for (size_t i = 0; i < b.len; i++) {
        const uint8_t c = b.data[i];
        const bool c1 = i > 0 && b.data[i - 1] == 0xc2 && c >= 0x80 &&
                        c < 0xa0;

        if (start) {
            fputs("    | ", stdout);
        }
        start = c == '\n';
        if (c != '\r') {
            putchar(c1 ? '?' : c);
        }
    }
    if (!start) {
        putchar('\n');
    }
}

static void
report_encryption(const e2m_encryption *e)
{
    printf("  encryption: %s", e->structure);
    if (e->cipher[0] != '\0') {
        printf(", %s, by %s%s%s", e->cipher, e->recipient,
               e->committed ? ", committed" : "",
               e->shared_with_far_end ? ", shared with the far end" : "");
    }
    putchar('\n');
}

static void
report_signature(const e2m_signature *s)
{
    if (!s->present) {
        printf("  signature: none\n");
        return;
    }
    printf("  signature: %s, %s, ", s->valid ? "valid" : "not valid",
           s->bound ? "bound to this message" : "not bound to this message");
    report_put(s->signer);
    printf(", %s\n", s->algorithm);
}

static void
report_part(const e2m_part *p, size_t number)
{
    printf("part %zu: ", number);
    report_put(p->content_type);
    printf(", %zu octets%s\n", p->content.len,
           p->identity ? ", the sender's identity (AIB)" : "");
    report_named("  ", "label", p->label);
    report_encryption(&p->encryption);
    report_signature(&p->signature);
    if (p->identity || p->content.len == 0) {
        return;
    }
    if (is_text(p->content)) {
        put_lines(p->content);
    } else {
        printf("    (binary)\n");
    }
}

void
report_demands(const e2m_demand *demands, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        printf("demand: %s ", demands[i].what == E2M_VIEW ? "view" : "verify");
        report_put(demands[i].type);
        putchar('\n');
    }
}

void
report_verdict(const e2m_verdict *v)
{
    printf("verdict: %s", e2m_outcome_name(v->outcome));
    if (v->sip_status != 0) {
        printf(" (%u)", v->sip_status);
    }
    putchar('\n');
    if (v->outcome != E2M_READ && v->outcome != E2M_NOT_FOR_ME) {
        printf("reason: %s: %s at %s (%s)\n", e2m_reason_name(v->reason),
               v->why.what, v->why.where, v->why.rule);
    }
    report_demands(v->demands, v->num_demands);
    report_named("", "signer", v->signer);
    for (size_t i = 0; i < v->num_parts; i++) {
        report_part(&v->parts[i], i + 1);
    }
}

/* ---- the tree ------------------------------------------------------------ */

static void
report_recipients(const e2m_node *n, const char *indent)
{
    for (size_t i = 0; i < n->num_recipients; i++) {
        const e2m_seen_recipient *r = &n->recipients[i];

        printf("%s  recipient: %s, ", indent, r->kind);
        report_put(r->id);
        if (r->name.len > 0) {
            printf(", ");
            report_put(r->name);
        }
        putchar('\n');
    }
}

static void
report_node(const e2m_node *n)
{
    static const char blanks[] = "                                ";
    const size_t depth = n->depth < 16 ? n->depth : 16;
    const char *indent = blanks + sizeof blanks - 1 - 2 * depth;

    fputs(indent, stdout);
    report_put(n->content_type);
    printf(", %zu octets\n", n->size);
    report_named(indent, "  label", n->label);
    report_named(indent, "  disposition", n->disposition);
    if (n->cipher[0] != '\0') {
        printf("%s  encryption: %s, %s%s\n", indent, n->structure, n->cipher,
               n->has_commitment ? ", with a key commitment" : "");
    }
    report_recipients(n, indent);
    report_named(indent, "  content key refers to", n->cek_reference);
    if (n->algorithm[0] != '\0') {
        printf("%s  signature: %s, claims to be ", indent, n->algorithm);
        report_put(n->signer.len > 0 ? n->signer : text_bytes("nobody"));
        putchar('\n');
    }
    if (n->problem[0] != '\0') {
        printf("%s  PROBLEM: %s\n", indent, n->problem);
    }
}

void
report_tree(const e2m_node *nodes, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        report_node(&nodes[i]);
    }
    if (num == 0) {
        printf("no body\n");
    }
}
