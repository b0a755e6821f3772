/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

int
agent_join(char out[AGENT_PATH], const char *dir, const char *name)
{
    const int n = snprintf(out, AGENT_PATH, "%s/%s", dir, name);

    return n > 0 && n < AGENT_PATH
               ? 0
               : fault(EXIT_USAGE, "name too long", dir, "511 octets");
}

/* Letters, digits, and signs that neither quote, substitute nor separate. */
bool
agent_plain(const char *text)
{
    static const char signs[] = "/._-+@:=,~[]*;";

    for (; *text != '\0'; text++) {
        const bool letter = (*text >= 'a' && *text <= 'z') ||
                            (*text >= 'A' && *text <= 'Z') ||
                            (*text >= '0' && *text <= '9');

        if (!letter && strchr(signs, *text) == NULL) {
            return false;
        }
    }
    return true;
}

int
agent_dir(const options *opt, char out[AGENT_PATH])
{
    const char *home = getenv("HOME");

    if (opt->agent.dir != NULL) {
        const char *dir = opt->agent.dir;
        char here[AGENT_PATH];

        if (dir[0] == '/') {
            return snprintf(out, AGENT_PATH, "%s", dir) < AGENT_PATH
                       ? 0
                       : fault(EXIT_USAGE, "name too long", "--dir",
                               "511 octets");
        }
        return getcwd(here, sizeof here) != NULL
                   ? agent_join(out, here, dir)
                   : fault(EXIT_OWN, "no name of this folder", "--dir",
                           "give it from the root");
    }
    if (geteuid() == 0) {
        (void)snprintf(out, AGENT_PATH, "/etc/e2m/agent");
        return 0;
    }
    return home != NULL && home[0] == '/'
               ? agent_join(out, home, ".config/e2m")
               : fault(EXIT_USAGE, "no --dir", "e2m agent", "and no $HOME");
}

/* ---- "#!define NAME VALUE" ----------------------------------------------- */

/* Takes the octets up to one of `ends`; false when they do not fit. */
static bool
take(e2m_bytes *in, char ends, char *out, size_t cap)
{
    size_t len = 0;

    while (len < in->len && in->data[len] != (uint8_t)ends &&
           in->data[len] != '\n') {
        len++;
    }
    if (len == 0 || len >= cap) {
        return false;
    }
    memcpy(out, in->data, len);
    out[len] = '\0';
    *in = (e2m_bytes){ in->data + len, in->len - len };
    return true;
}

static void
skip(e2m_bytes *in, size_t len)
{
    const size_t n = len < in->len ? len : in->len;

    *in = (e2m_bytes){ in->data + n, in->len - n };
}

static void
add_line(site *s, e2m_bytes line)
{
    static const char word[] = "#!define ";
    struct setting *row = &s->rows[s->num];
    char end = '\n';

    if (line.len < sizeof word ||
        memcmp(line.data, word, sizeof word - 1) != 0 ||
        s->num == AGENT_SETTINGS) {
        return;
    }
    skip(&line, sizeof word - 1);
    if (!take(&line, ' ', row->name, sizeof row->name)) {
        return;
    }
    row->value[0] = '\0';
    skip(&line, 1);
    if (line.len > 0 && line.data[0] == '"') {
        skip(&line, 1);
        end = '"';
    }
    /* a switch has no value */
    (void)take(&line, end, row->value, sizeof row->value);
    s->num++;
}

static int
read_lines(site *s)
{
    char name[AGENT_PATH];
    e2m_bytes file = { NULL, 0 };
    e2m_bytes in;
    int code = agent_join(name, s->dir, "agent.site.cfg");

    if (code == 0 && access(name, R_OK) != 0) {
        return fault(EXIT_OWN, "no agent", s->dir,
                     "e2m agent setup makes one; --dir says where");
    }
    if (code == 0) {
        code = file_read(name, &file);
    }
    if (code != 0) {
        return code;
    }
    for (in = file; in.len > 0;) {
        size_t len = 0;

        while (len < in.len && in.data[len] != '\n') {
            len++;
        }
        add_line(s, (e2m_bytes){ in.data, len });
        skip(&in, len + 1);
    }
    file_free(&file);
    return 0;
}

int
site_open(const options *opt, site **out)
{
    site *s = calloc(1, sizeof *s);
    int code;

    *out = NULL;
    if (s == NULL) {
        return fault_err(E2M_E_NOMEM, "no memory", "e2m agent");
    }
    code = agent_dir(opt, s->dir);
    if (code == 0) {
        code = read_lines(s);
    }
    if (code != 0) {
        free(s);
        return code;
    }
    *out = s;
    return 0;
}

const char *
site_get(const site *s, const char *name)
{
    for (size_t i = 0; i < s->num; i++) {
        if (strcmp(s->rows[i].name, name) == 0) {
            return s->rows[i].value;
        }
    }
    return "";
}
