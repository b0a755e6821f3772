/* SPDX-License-Identifier: BSD-3-Clause */
/* e2m agent status: what a running agent answers to kamcmd, in words. The
 * answers are lines "NAME: VALUE" with braces around what belongs together. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

/* ---- lines --------------------------------------------------------------- */

/* Cuts the next line off, without its indentation; NULL at the end. */
static char *
next_line(char **text)
{
    char *line = *text;
    const size_t len = strcspn(line, "\n");

    if (*line == '\0') {
        return NULL;
    }
    *text = line + len + (line[len] != '\0' ? 1 : 0);
    line[len] = '\0';
    return line + strspn(line, "\t ");
}

/* What stands behind "NAME: "; NULL in another line. */
static const char *
value_of(const char *line, const char *name)
{
    const size_t len = strlen(name);

    return strncmp(line, name, len) == 0 && line[len] == ':' &&
                   line[len + 1] == ' '
               ? line + len + 2
               : NULL;
}

/* Text of others is shown without control characters and broken UTF-8. */
static json_t *
clean(const char *text)
{
    char *copy = strdup(text);
    json_t *made;

    for (char *p = copy; p != NULL && *p != '\0'; p++) {
        if (*p < 0x20 || *p > 0x7e) {
            *p = '?';
        }
    }
    made = copy != NULL ? json_string(copy) : NULL;
    free(copy);
    return made;
}

/* ---- answers ------------------------------------------------------------- */

/* ul.dump */
static json_t *
phones_of(char *text)
{
    json_t *list = json_array();
    json_t *phone = NULL;
    const char *user = "";
    const char *value;

    for (char *line = next_line(&text); line != NULL;
         line = next_line(&text)) {
        if ((value = value_of(line, "AoR")) != NULL) {
            user = value;
        } else if ((value = value_of(line, "Address")) != NULL) {
            phone = json_object();
            (void)json_object_set_new(phone, "user", clean(user));
            (void)json_object_set_new(phone, "contact", clean(value));
            (void)json_array_append_new(list, phone);
        } else if ((value = value_of(line, "Expires")) != NULL) {
            (void)json_object_set_new(
                phone, "expires_sec", json_integer(strtoll(value, NULL, 10)));
        }
    }
    return list;
}

/* e2m.learned: one pair of braces for each lesson */
static json_t *
lessons_of(char *text)
{
    static const char *const names[] = { "middle", "what", "type", "direction",
                                         "domain" };
    json_t *list = json_array();
    json_t *lesson = NULL;
    const char *value;

    for (char *line = next_line(&text); line != NULL;
         line = next_line(&text)) {
        if (line[0] == '{') {
            lesson = json_object();
            (void)json_array_append_new(list, lesson);
        }
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if ((value = value_of(line, names[i])) != NULL) {
                (void)json_object_set_new(lesson, names[i], clean(value));
            }
        }
        if ((value = value_of(line, "seconds_left")) != NULL) {
            (void)json_object_set_new(
                lesson, "seconds_left", json_integer(strtoll(value, NULL, 10)));
        }
    }
    return list;
}

/* e2m.stats */
static json_t *
counts_of(char *text)
{
    json_t *counts = json_object();

    for (char *line = next_line(&text); line != NULL;
         line = next_line(&text)) {
        char *colon = line + strcspn(line, ":");

        if (colon[0] == ':' && colon[1] == ' ') {
            *colon = '\0';
            (void)json_object_set_new(
                counts, line, json_integer(strtoll(colon + 2, NULL, 10)));
        }
    }
    return counts;
}

/* ---- failures ------------------------------------------------------------ */

static const struct {
    const char *name;
    const char *means;
} failures[] = {
    { "not_sealed", "not sent: it could not be sealed; is there a certificate "
                    "(.crt) of the far user among the peers?" },
    { "no_key", "no certificate of somebody who shall read, or no key" },
    { "cannot_decrypt", "sealed for another key: the other side has an old "
                        "certificate" },
    { "bad_signature", "not signed, or by nobody whom the CA vouches for" },
    { "bad_identity", "signed by somebody else than its From says" },
    { "replay", "seen before, or too old: do the clocks agree?" },
    { "malformed", "broken messages" },
    { "too_large", "messages over a limit" },
    { "withheld", "answers that the phone got without their body" },
    { "denied", "a proxy wanted to see more than disclosure.conf allows" },
    { "demanded_again", "a proxy refused what it had asked for" },
    { "policy", "refused by the agent's own settings" },
    { "internal_error", "the agent's own failures: see its log" },
    { "replay_full", "the replay memory was too small" },
};

/* The module counts, and keeps no list: when it was is in the log. */
static json_t *
failures_of(const json_t *counts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        const json_t *n = json_object_get(counts, failures[i].name);

        if (json_integer_value(n) > 0) {
            (void)json_array_append_new(
                list, json_pack("{sssIss}", "what", failures[i].name, "times",
                                json_integer_value(n), "means",
                                failures[i].means));
        }
    }
    return list;
}

/* ---- in words ------------------------------------------------------------ */

static const char *
word(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static long long
number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static void
print(const json_t *all)
{
    const json_t *list = json_object_get(all, "registered");
    const json_t *counts = json_object_get(all, "counts");
    const json_t *item;
    size_t i;

    printf("The agent of %s is running.\n", word(all, "user"));
    json_array_foreach(list, i, item) {
        printf("registered: %s at %s, for %lld s\n", word(item, "user"),
               word(item, "contact"), number(item, "expires_sec"));
    }
    if (i == 0) {
        printf("registered: no phone; `e2m agent setup` said what to set in "
               "it\n");
    }
    list = json_object_get(all, "learned");
    json_array_foreach(list, i, item) {
        printf("learned:    %s may %s %s %s %s, for %lld s\n",
               word(item, "middle"), word(item, "what"), word(item, "type"),
               word(item, "direction"), word(item, "domain"),
               number(item, "seconds_left"));
    }
    if (i == 0) {
        printf("learned:    nothing\n");
    }
    printf("counted:    %lld sealed, %lld opened, %lld refused\n",
           number(counts, "sealed"), number(counts, "opened"),
           number(counts, "refused"));
    list = json_object_get(all, "failures");
    json_array_foreach(list, i, item) {
        printf("failed:     %lld times since the start, %s: %s\n",
               number(item, "times"), word(item, "what"), word(item, "means"));
    }
}

static int
put_json(const json_t *all)
{
    const int code = json_put(json_dumps(all, JSON_INDENT(2)));

    putchar('\n');
    return code;
}

int
cmd_agent_status(const options *opt)
{
    site *s;
    char *stats;
    char *phones;
    char *learned;
    json_t *all;
    json_t *counts;
    char none[] = "";
    int code = site_open(opt, &s);

    if (code != 0) {
        return code;
    }
    stats = agent_rpc(s, "e2m.stats");
    if (stats == NULL) {
        code = fault(EXIT_NOT_FOR_ME, "nobody answers",
                     site_get(s, "RPC_SOCKET"),
                     "is it running? e2m agent doctor looks for the cause");
        free(s);
        return code;
    }
    phones = agent_rpc(s, "ul.dump");
    learned = agent_rpc(s, "e2m.learned");
    counts = counts_of(stats);
    all = json_pack("{ss so so so so}", "user", site_get(s, "E2M_USER"),
                    "registered", phones_of(phones != NULL ? phones : none),
                    "learned", lessons_of(learned != NULL ? learned : none),
                    "failures", failures_of(counts), "counts", counts);
    if (opt->json) {
        code = put_json(all);
    } else {
        print(all);
    }
    json_decref(all);
    free(stats);
    free(phones);
    free(learned);
    free(s);
    return code;
}
