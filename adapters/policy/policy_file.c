/* SPDX-License-Identifier: BSD-3-Clause */
/* libconfig reads the file; what stands in it that we do not know is a fault,
 * not a comment: a mistyped "verify" must not go unseen. */
#include "policy_file.h"

#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20 };

typedef struct reader {
    e2m_disclosure *policy;
    policy_fault *fault;
} reader;

static e2m_err
fault_at(const reader *r, unsigned line, const char *what, const char *which)
{
    r->fault->line = line;
    (void)snprintf(r->fault->what, sizeof r->fault->what, "%s%s%.40s%s", what,
                   which[0] != '\0' ? ": \"" : "", which,
                   which[0] != '\0' ? "\"" : "");
    return E2M_E_SYNTAX;
}

static unsigned
line_of(const config_setting_t *s)
{
    return config_setting_source_line(s);
}

static e2m_bytes
bytes_of(const char *text)
{
    return (e2m_bytes){ (const uint8_t *)text, strlen(text) };
}

/* ---- one rule ------------------------------------------------------------ */

static e2m_err
add_item(const reader *r, const char *name, const char *text)
{
    if (strcmp(name, "withhold") == 0) {
        return e2m_disclosure_withhold(r->policy, bytes_of(text));
    }
    return e2m_disclosure_allow(
        r->policy, strcmp(name, "view") == 0 ? E2M_VIEW : E2M_VERIFY,
        bytes_of(text));
}

static e2m_err
read_list(const reader *r, const config_setting_t *list)
{
    const char *name = config_setting_name(list);
    const int type = config_setting_type(list);
    const int num = config_setting_length(list);

    if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
        return fault_at(r, line_of(list), "not a list of strings", name);
    }
    for (int i = 0; i < num; i++) {
        const config_setting_t *item =
            config_setting_get_elem(list, (unsigned)i);
        const char *text = config_setting_get_string(item);
        e2m_err err;

        if (text == NULL) {
            return fault_at(r, line_of(item), "not a list of strings", name);
        }
        err = add_item(r, name, text);
        if (err == E2M_E_LIMIT) {
            return fault_at(r, line_of(item), "too many entries", name);
        }
        if (err == E2M_E_ARG) {
            return fault_at(r, line_of(item),
                            strcmp(name, "withhold") == 0
                                ? "neither \"keys\" nor \"a=NAME\""
                                : "not a media type",
                            text);
        }
        if (err != E2M_OK) {
            return err;
        }
    }
    return E2M_OK;
}

static bool
is_one_of(const char *name, const char *const *known, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (strcmp(name, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

static e2m_err
read_middle(const reader *r, const config_setting_t *rule)
{
    const config_setting_t *s = config_setting_get_member(rule, "middle");
    const char *text = s != NULL ? config_setting_get_string(s) : NULL;
    e2m_err err;

    if (text == NULL) {
        return fault_at(r, line_of(s != NULL ? s : rule),
                        "a rule has no middle = \"...\"", "");
    }
    err = e2m_disclosure_rule(r->policy, bytes_of(text), line_of(rule));
    if (err == E2M_E_LIMIT) {
        return fault_at(r, line_of(s), "too many rules", "");
    }
    return err == E2M_E_ARG
               ? fault_at(r, line_of(s),
                          "not a host, \"*.DOMAIN\", \"@own\" or \"@peer\"",
                          text)
               : err;
}

/* Who gets a copy alone can do nothing with a list of what to view that no
 * copy exists of; said here, not in the middle of a call. */
static e2m_err
check_copy(const reader *r, const config_setting_t *rule)
{
    const config_setting_t *withheld = config_setting_get_member(rule,
                                                                 "withhold");
    const config_setting_t *view = config_setting_get_member(rule, "view");

    if (withheld != NULL && config_setting_length(withheld) > 0 &&
        (view == NULL || config_setting_length(view) == 0)) {
        return fault_at(r, line_of(withheld),
                        "something is withheld, but there is nothing to view",
                        "");
    }
    return E2M_OK;
}

static e2m_err
read_rule(const reader *r, const config_setting_t *rule)
{
    static const char *const known[] = { "middle", "view", "verify",
                                         "withhold" };
    e2m_err err;

    if (config_setting_type(rule) != CONFIG_TYPE_GROUP) {
        return fault_at(r, line_of(rule), "a rule is { ... }", "");
    }
    err = read_middle(r, rule);
    for (int i = 0; i < config_setting_length(rule) && err == E2M_OK; i++) {
        const config_setting_t *s = config_setting_get_elem(rule, (unsigned)i);
        const char *name = config_setting_name(s);

        if (!is_one_of(name, known, sizeof known / sizeof known[0])) {
            return fault_at(r, line_of(s), "unknown setting in a rule", name);
        }
        if (strcmp(name, "middle") != 0) {
            err = read_list(r, s);
        }
    }
    return err == E2M_OK ? check_copy(r, rule) : err;
}

/* ---- the file ------------------------------------------------------------ */

static e2m_err
read_rules(const reader *r, const config_setting_t *rules)
{
    e2m_err err = E2M_OK;

    if (config_setting_type(rules) != CONFIG_TYPE_LIST) {
        return fault_at(r, line_of(rules), "rules is not a list ( ... )", "");
    }
    for (int i = 0; i < config_setting_length(rules) && err == E2M_OK; i++) {
        err = read_rule(r, config_setting_get_elem(rules, (unsigned)i));
    }
    return err;
}

static e2m_err
read_lifetime(const reader *r, const config_setting_t *s)
{
    const int type = config_setting_type(s);

    if ((type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) ||
        e2m_disclosure_lifetime(r->policy, config_setting_get_int64(s)) !=
            E2M_OK) {
        return fault_at(r, line_of(s),
                        "lifetime is not a number of seconds, at most a year",
                        "");
    }
    return E2M_OK;
}

static e2m_err
read_root(const reader *r, const config_setting_t *root)
{
    bool has_rules = false;
    e2m_err err = E2M_OK;

    for (int i = 0; i < config_setting_length(root) && err == E2M_OK; i++) {
        const config_setting_t *s = config_setting_get_elem(root, (unsigned)i);
        const char *name = config_setting_name(s);

        if (strcmp(name, "rules") == 0) {
            has_rules = true;
            err = read_rules(r, s);
        } else if (strcmp(name, "lifetime") == 0) {
            err = read_lifetime(r, s);
        } else {
            err = fault_at(r, line_of(s), "unknown setting", name);
        }
    }
    if (err == E2M_OK && !has_rules) {
        return fault_at(r, 0, "no rules = ( ... )", "");
    }
    return err;
}

/* libconfig would open other files for such a line; a policy is one file. */
static unsigned
find_include(const char *text)
{
    unsigned line = 1;

    for (const char *p = text; *p != '\0'; line++) {
        const char *at = p + strspn(p, " \t\r\f\v");

        if (strncmp(at, "@include", 8) == 0) {
            return line;
        }
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return 0;
}

static e2m_err
read_text(reader *r, const char *text)
{
    const unsigned include = find_include(text);
    config_t config;
    e2m_err err;

    if (include > 0) {
        return fault_at(r, include, "@include is not for policies", "");
    }
    config_init(&config);
    if (config_read_string(&config, text) == CONFIG_TRUE) {
        err = read_root(r, config_root_setting(&config));
    } else {
        err = fault_at(r, (unsigned)config_error_line(&config),
                       config_error_text(&config), "");
    }
    config_destroy(&config);
    return err;
}

e2m_err
policy_file_read(e2m_bytes text, e2m_disclosure **out, policy_fault *fault)
{
    reader r = { .fault = fault };
    char *copy;
    e2m_err err;

    *out = NULL;
    *fault = (policy_fault){ .line = 0 };
    if (text.len > TEXT_MAX ||
        (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)) {
        return fault_at(&r, 0, "not a text, or over 1 MiB", "");
    }
    copy = malloc(text.len + 1);
    err = copy != NULL ? e2m_disclosure_new(&r.policy) : E2M_E_NOMEM;
    if (err == E2M_OK) {
        if (text.len > 0) {
            memcpy(copy, text.data, text.len);
        }
        copy[text.len] = '\0';
        err = read_text(&r, copy);
    }
    free(copy);
    if (err != E2M_OK) {
        e2m_disclosure_free(r.policy);
        return err;
    }
    *out = r.policy;
    return E2M_OK;
}
