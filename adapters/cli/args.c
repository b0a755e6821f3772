/* SPDX-License-Identifier: BSD-3-Clause */
#include "args.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    for (size_t i = 0; i < option_rows_num; i++) {
        const row *r = &option_rows[i];

        if ((r->commands & id) != 0 && strlen(r->name) == len &&
            memcmp(r->name, name, len) == 0) {
            return r;
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
    return set(r, value != NULL ? value : "", out);
}

int
args_read(command_id id, char **argv, options *out)
{
    bool only_words = false;
    size_t used;

    *out = (options){ .at = -1, .warn_view = 380, .warn_verify = 381 };
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
    if ((id & (CMD_PKI | CMD_POLICY)) == 0 && out->words.num > 0) {
        return usage("not an option", out->words.item[0]);
    }
    return 0;
}

void
args_help(command_id id)
{
    for (size_t i = 0; i < option_rows_num; i++) {
        const row *r = &option_rows[i];

        if ((r->commands & id) == 0) {
            continue;
        }
        printf("  %s%s%s\n        %s\n", r->name, r->value != NULL ? " " : "",
               r->value != NULL ? r->value : "", r->help);
    }
    putchar('\n');
}
