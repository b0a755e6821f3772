/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of all commands in one table: reading and help both follow it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

typedef enum kind { FLAG, TEXT, TEXTS, NUMBER, CHOICE } kind;

typedef struct row {
    const char *name;
    kind kind;
    size_t offset; /* in options */
    unsigned commands;
    const char *value; /* what stands behind it; of a CHOICE: its words */
    const char *help;
} row;

enum {
    READERS = CMD_OPEN | CMD_INSPECT,
    KEYED = CMD_SEAL | CMD_OPEN | CMD_INSPECT,
    ALL = CMD_PKI | KEYED | CMD_EXPLAIN
};

#define AT(field) offsetof(options, field)

static const row rows[] = {
    { "--as", TEXTS, AT(as), KEYED, "FILE",
      "our key and certificate: PEM or PKCS#12; may be repeated" },
    { "--pass-file", TEXT, AT(pass_file), KEYED, "FILE",
      "the passphrase of --as: the first line of FILE" },
    { "--name", TEXTS, AT(name), CMD_INSPECT, "HOST",
      "the name this proxy answers to; may be repeated" },
    { "--trust", TEXTS, AT(trust), READERS, "FILE",
      "trust anchors, and CRLs, which turn revocation checking on" },
    { "--to", TEXTS, AT(to), CMD_SEAL, "CERT",
      "who shall read: the far user's certificate; may be repeated" },
    { "--middle", TEXTS, AT(middle), CMD_SEAL, "NAME=CERT",
      "a proxy that shall read too; NAME alone takes a --peer" },
    { "--verify-at", TEXTS, AT(verify_at), CMD_SEAL, "NAME",
      "a proxy that shall verify the signature" },
    { "--peer", TEXTS, AT(peer), KEYED | CMD_EXPLAIN, "CERT",
      "somebody's certificate, to know names by; not trusted for that" },
    { "--cipher", CHOICE, AT(cipher), CMD_SEAL,
      "aes-128-gcm|aes-256-gcm|aes-128-cbc", "[aes-128-gcm]" },
    { "--label", CHOICE, AT(label), CMD_SEAL,
      "required-entity|content-target|proxy-inspect-body",
      "how the middle is named [required-entity]" },
    { "--order", CHOICE, AT(order), CMD_SEAL, "encrypt-sign|sign-encrypt",
      "[encrypt-sign]: the signature outside" },
    { "--no-sign", FLAG, AT(no_sign), CMD_SEAL, NULL, "encrypt only" },
    { "--no-aib", FLAG, AT(no_aib), CMD_SEAL, NULL,
      "do not bind the signature to this message (RFC 3893)" },
    { "--base64", FLAG, AT(base64), CMD_SEAL, NULL,
      "transfer encoding base64 instead of binary" },
    { "--strip-keys", FLAG, AT(strip_keys), CMD_SEAL, NULL,
      "the middle gets its own copy of the SDP, without keys" },
    { "--opaque", FLAG, AT(opaque), CMD_SEAL, NULL,
      "sign as signed-data instead of multipart/signed" },
    { "--no-attributes", FLAG, AT(no_attributes), CMD_SEAL, NULL,
      "no key commitment, for readers that know no attributes" },
    { "--insecure-pkcs1-v15", FLAG, AT(pkcs1_v15), KEYED, NULL,
      "RSA PKCS#1 v1.5 key transport too (seal: and signatures)" },
    { "--insecure-cbc", FLAG, AT(cbc), READERS, NULL,
      "read CBC content that has no signature" },
    { "--allow-unsigned", FLAG, AT(allow_unsigned), READERS, NULL,
      "read content that nobody signed" },
    { "--allow-unbound", FLAG, AT(allow_unbound), READERS, NULL,
      "read content whose signature is not bound to the message" },
    { "--require-committed", FLAG, AT(require_committed), READERS, NULL,
      "read only envelopes with a key commitment" },
    { "--require-shared", FLAG, AT(require_shared), CMD_INSPECT, NULL,
      "read only what the far end can read too" },
    { "--seen", TEXT, AT(seen), READERS, "FILE",
      "remember messages in FILE, and refuse what is there: replays" },
    { "--reuse", TEXT, AT(reuse), KEYED, "FILE",
      "keep content keys in FILE, and use them (RFC 3185)" },
    { "--renew", FLAG, AT(renew), CMD_SEAL, NULL,
      "with --reuse: by public key, setting a new reference" },
    { "--accept", TEXTS, AT(accept), CMD_SEAL, "NAME",
      "with --reuse: a middle that may read an answer [any]" },
    { "--max", NUMBER, AT(max), KEYED | CMD_EXPLAIN, "OCTETS",
      "the largest message taken [65536]" },
    { "--at", NUMBER, AT(at), KEYED, "UNIXTIME",
      "take this for now, in seconds since 1970 UTC" },
    { "--json", TEXT, AT(json_file), CMD_OPEN, "FILE",
      "write the verdict there as JSON (-: standard output)" },
    { "--json", FLAG, AT(json), CMD_INSPECT | CMD_EXPLAIN, NULL,
      "report as JSON (doc/json.md)" },
    { "--rsa", NUMBER, AT(rsa), CMD_PKI, "BITS",
      "issue an RSA key of 2048 to 4096 bits instead of EC P-256" },
    { "--help", FLAG, AT(help), ALL, NULL, "this text" },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static int
usage(const char *what, const char *where)
{
    return fault(EXIT_USAGE, what, where, "e2m COMMAND --help");
}

/* The place of `word` among "a|b|c"; -1 when it is none of them. */
static int
choice(const char *words, const char *word)
{
    const size_t len = strlen(word);

    for (int i = 0;; i++) {
        const size_t w = strcspn(words, "|");

        if (w == len && memcmp(words, word, len) == 0) {
            return i;
        }
        if (words[w] == '\0') {
            return -1;
        }
        words += w + 1;
    }
}

static int
add_text(texts *list, const char *name, const char *value)
{
    if (list->num == LIST_MOST) {
        return usage("given too often", name);
    }
    list->item[list->num++] = value;
    return 0;
}

static int
set_number(int64_t *out, const char *name, const char *value)
{
    char *end = NULL;

    errno = 0;
    *out = strtoimax(value, &end, 10);
    if (end == value || *end != '\0' || errno != 0 || *out < 0) {
        return usage("not a number", name);
    }
    return 0;
}

static int
set(const row *r, const char *value, options *out)
{
    char *field = (char *)out + r->offset;

    switch (r->kind) {
    case FLAG:
        *(bool *)(void *)field = true;
        return 0;
    case TEXT:
        if (*(const char **)(void *)field != NULL) {
            return usage("given twice", r->name);
        }
        *(const char **)(void *)field = value;
        return 0;
    case TEXTS:
        return add_text((texts *)(void *)field, r->name, value);
    case NUMBER:
        return set_number((int64_t *)(void *)field, r->name, value);
    case CHOICE: {
        const int at = choice(r->value, value);

        if (at < 0) {
            return usage("unknown value", r->name);
        }
        *(int *)(void *)field = at;
        return 0;
    }
    }
    return EXIT_USAGE;
}

static const row *
find(command_id id, const char *name, size_t len)
{
    for (size_t i = 0; i < ROWS; i++) {
        if ((rows[i].commands & id) != 0 && strlen(rows[i].name) == len &&
            memcmp(rows[i].name, name, len) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

/* "--name value" and "--name=value". *used: how many words were taken. */
static int
read_option(command_id id, char **argv, options *out, size_t *used)
{
    const size_t len = strcspn(argv[0], "=");
    const char *value = argv[0][len] == '=' ? argv[0] + len + 1 : NULL;
    const row *r = find(id, argv[0], len);

    *used = 1;
    if (r == NULL) {
        return usage("unknown option", argv[0]);
    }
    if (r->kind == FLAG && value != NULL) {
        return usage("takes no value", r->name);
    }
    if (r->kind != FLAG && value == NULL) {
        value = argv[1];
        *used = 2;
        if (value == NULL) {
            return usage("no value", r->name);
        }
    }
    return set(r, value, out);
}

int
args_read(command_id id, char **argv, options *out)
{
    bool only_words = false;
    size_t used;

    *out = (options){ .at = -1 };
    for (; *argv != NULL; argv += used) {
        int code;

        used = 1;
        if (!only_words && strcmp(*argv, "--") == 0) {
            only_words = true;
            continue;
        }
        if (!only_words && argv[0][0] == '-' && argv[0][1] != '\0') {
            code = read_option(id, argv, out, &used);
        } else {
            code = add_text(&out->words, *argv, *argv);
        }
        if (code != 0) {
            return code;
        }
    }
    if (id != CMD_PKI && out->words.num > 0) {
        return usage("not an option", out->words.item[0]);
    }
    return 0;
}

void
args_help(command_id id)
{
    for (size_t i = 0; i < ROWS; i++) {
        const row *r = &rows[i];

        if ((r->commands & id) == 0) {
            continue;
        }
        printf("  %s%s%s\n        %s\n", r->name, r->value != NULL ? " " : "",
               r->value != NULL ? r->value : "", r->help);
    }
    putchar('\n');
}
