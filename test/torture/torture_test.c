/* SPDX-License-Identifier: BSD-3-Clause */
/* torture_test EXPECT DIR: reads DIR/NAME.dat for each row of EXPECT and holds
 * what our view says of it against what the row says. TAP. With DIR alone it
 * prints the rows as they are. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mime/mime.h"
#include "sip/sip.h"

enum { MOST = 65536, COLUMNS = 8 };

/* What the view says, in the words of the table. */
typedef struct said {
    char start[128]; /* method or status */
    char body[32];
    char content[64]; /* of the body: its type, and how many parts */
    char view[160];  /* "reads", or what is wrong (and by which rule) */
    char values[64]; /* the fields whose values do not read */
} said;

static bool
date_reads(e2m_bytes value)
{
    int64_t sec;

    return e2m_text_date(value, &sec) == E2M_OK;
}

static bool
addr_reads(e2m_bytes value)
{
    e2m_addr addr;

    return e2m_addr_parse(value, &addr) == E2M_OK;
}

static bool
contacts_read(e2m_bytes value)
{
    e2m_in in = e2m_in_init(value);
    e2m_bytes item;
    bool more = true;

    for (;;) {
        if (e2m_text_next_item(&in, &item, &more) != E2M_OK) {
            return false;
        }
        if (!more) {
            return true;
        }
        if (!addr_reads(item)) {
            return false;
        }
    }
}

static bool
cseq_reads(e2m_bytes value)
{
    e2m_cseq cseq;

    return e2m_cseq_parse(value, &cseq) == E2M_OK;
}

static bool
vias_read(const e2m_sip *m)
{
    e2m_via via;
    bool found = true;

    for (size_t n = 0; found; n++) {
        if (e2m_sip_via(m, n, &via, &found) != E2M_OK) {
            return false;
        }
    }
    return true;
}

static void
note(said *s, const char *name)
{
    const size_t n = strlen(s->values);

    snprintf(s->values + n, sizeof s->values - n, "%s%s", n > 0 ? " " : "",
             name);
}

/* Every field that some code of ours reads, and only those. */
static void
read_values(e2m_env *env, const e2m_sip *m, said *s)
{
    static const struct {
        e2m_hdr id;
        bool needed;
        bool (*reads)(e2m_bytes value);
    } rows[] = {
        { E2M_HDR_FROM, true, addr_reads },
        { E2M_HDR_TO, true, addr_reads },
        { E2M_HDR_CSEQ, true, cseq_reads },
        { E2M_HDR_CALL_ID, true, NULL },
        { E2M_HDR_CONTACT, false, contacts_read },
        { E2M_HDR_DATE, false, date_reads },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const bool there = e2m_sip_find(m, rows[i].id, 0) != NULL;
        e2m_bytes value;

        if (e2m_sip_value(env, m, rows[i].id, &value) != E2M_OK ||
            (!there && rows[i].needed) ||
            (there && rows[i].reads != NULL && !rows[i].reads(value))) {
            note(s, e2m_hdr_name(rows[i].id));
        }
    }
    if (!vias_read(m)) {
        note(s, "Via");
    }
    if (m->is_request) {
        e2m_bytes value;
        e2m_cseq cseq;

        if (e2m_sip_value(env, m, E2M_HDR_CSEQ, &value) == E2M_OK &&
            e2m_cseq_parse(value, &cseq) == E2M_OK &&
            !e2m_bytes_eq(cseq.method, m->method)) {
            note(s, "CSeq-method");
        }
    }
}

static void
read_content(e2m_env *env, const e2m_sip *m, said *s)
{
    e2m_mime_head head = { .type = E2M_NONE };
    e2m_entity e;

    if (m->body.len == 0) {
        return;
    }
    if (e2m_sip_value(env, m, E2M_HDR_CONTENT_TYPE, &head.type) != E2M_OK ||
        e2m_mime_from_body(env, &head, m->body, 0, &e) != E2M_OK) {
        snprintf(s->content, sizeof s->content, "malformed");
        return;
    }
    snprintf(s->content, sizeof s->content, "%.*s", (int)e.type.len,
             (const char *)e.type.data);
    if (e.multipart) {
        const size_t n = strlen(s->content);

        snprintf(s->content + n, sizeof s->content - n, ", %zu parts",
                 e.num_parts);
    }
}

static said
look(e2m_bytes wire, e2m_framing framing)
{
    said s = { .start = "-", .body = "-", .content = "-" };
    e2m_env env;
    e2m_sip m;

    e2m_env_init(&env, NULL, NULL);
    if (e2m_sip_parse(&env, wire, framing, &m) != E2M_OK) {
        snprintf(s.view, sizeof s.view, "%s (%s)", env.diag.what,
                 env.diag.rule);
        snprintf(s.values, sizeof s.values, "-");
    } else {
        if (m.is_request) {
            snprintf(s.start, sizeof s.start, "%.*s", (int)m.method.len,
                     (const char *)m.method.data);
        } else {
            snprintf(s.start, sizeof s.start, "%u", m.status);
        }
        snprintf(s.body, sizeof s.body, "%zu", m.body.len);
        snprintf(s.view, sizeof s.view, "reads%s",
                 m.lf_only ? ", LF alone" : "");
        read_content(&env, &m, &s);
        read_values(&env, &m, &s);
        if (s.values[0] == '\0') {
            snprintf(s.values, sizeof s.values, "all");
        }
    }
    e2m_env_done(&env);
    return s;
}

/* The file, with room for two octets more; NULL when it cannot be read. */
static uint8_t *
read_file(const char *dir, const char *name, size_t *len)
{
    char path[1024];
    uint8_t *data = malloc(MOST);
    uint8_t *exact;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s.dat", dir, name);
    f = fopen(path, "rb");
    if (f == NULL || data == NULL) {
        if (f != NULL) {
            fclose(f);
        }
        free(data);
        return NULL;
    }
    *len = fread(data, 1, MOST - 2, f);
    fclose(f);
    exact = realloc(data, *len + 2);
    return exact != NULL ? exact : data;
}

/* Each message also loses its end, and each of its bits, without a crash. */
static void
mutate(const uint8_t *data, size_t len)
{
    uint8_t *copy;

    for (size_t n = 0; n < len; n++) {
        copy = malloc(n + 1);
        if (copy != NULL) {
            memcpy(copy, data, n);
            (void)look((e2m_bytes){ copy, n }, E2M_DATAGRAM);
        }
        free(copy);
    }
    copy = malloc(len);
    if (copy == NULL) {
        return;
    }
    memcpy(copy, data, len);
    for (size_t bit = 0; bit < len * 8; bit++) {
        copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1u << bit % 8);
        (void)look((e2m_bytes){ copy, len }, E2M_DATAGRAM);
        copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1u << bit % 8);
    }
    free(copy);
}

/* "a | b | c" into trimmed pieces; how many. */
static size_t
split(char *line, char *column[COLUMNS])
{
    size_t n = 0;

    for (char *p = line; n < COLUMNS && p != NULL;) {
        char *bar = strstr(p, " | ");
        char *end = bar != NULL ? bar : p + strlen(p);

        while (*p == ' ') {
            p++;
        }
        while (end > p && (end[-1] == ' ' || end[-1] == '\n')) {
            end--;
        }
        *end = '\0';
        column[n++] = p;
        p = bar != NULL ? bar + 3 : NULL;
    }
    return n;
}

static bool
same(const char *what, const char *want, const char *have)
{
    if (strcmp(want, have) == 0) {
        return true;
    }
    printf("# %s: want \"%s\", have \"%s\"\n", what, want, have);
    return false;
}

/* name | RFC says | framing | start | body | content | view | values */
static bool
run_row(char *column[COLUMNS], const char *dir)
{
    const e2m_framing framing =
        strcmp(column[2], "stream") == 0 ? E2M_STREAM : E2M_DATAGRAM;
    const bool end_it = strcmp(column[2], "datagram, ended") == 0;
    size_t len = 0;
    uint8_t *data = read_file(dir, column[0], &len);
    said s;
    bool good;

    if (data == NULL) {
        printf("# %s/%s.dat cannot be read\n", dir, column[0]);
        return false;
    }
    if (end_it) {
        memcpy(data + len, "\r\n", 2);
        len += 2;
    }
    s = look((e2m_bytes){ data, len }, framing);
    good = same("start", column[3], s.start);
    good = same("body", column[4], s.body) && good;
    good = same("content", column[5], s.content) && good;
    good = same("view", column[6], s.view) && good;
    good = same("values", column[7], s.values) && good;
    mutate(data, len);
    free(data);
    return good;
}

static int
run_table(FILE *table, const char *dir)
{
    char line[512];
    unsigned passed = 0;
    unsigned failed = 0;

    while (fgets(line, sizeof line, table) != NULL) {
        char *column[COLUMNS];
        bool good;

        if (line[0] == '#' || line[0] == '\n') {
            continue;
        }
        good = split(line, column) == COLUMNS && run_row(column, dir);
        passed += good;
        failed += !good;
        printf("%sok %u - %s\n", good ? "" : "not ", passed + failed,
               column[0]);
    }
    printf("1..%u\n%u passed, %u failed\n", passed + failed, passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

static int
print_rows(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *e;

    while (d != NULL && (e = readdir(d)) != NULL) {
        char name[64];
        const size_t n = strlen(e->d_name);
        size_t len = 0;
        uint8_t *data;
        said s;

        if (n < 5 || n >= sizeof name ||
            strcmp(e->d_name + n - 4, ".dat") != 0) {
            continue;
        }
        snprintf(name, sizeof name, "%.*s", (int)(n - 4), e->d_name);
        data = read_file(dir, name, &len);
        if (data != NULL) {
            s = look((e2m_bytes){ data, len }, E2M_DATAGRAM);
            printf("%s | ? | datagram | %s | %s | %s | %s | %s\n", name,
                   s.start, s.body, s.content, s.view, s.values);
        }
        free(data);
    }
    if (d != NULL) {
        closedir(d);
    }
    return d != NULL ? 0 : 1;
}

int
main(int argc, char **argv)
{
    FILE *table;
    int code;

    if (argc == 2) {
        return print_rows(argv[1]);
    }
    table = argc == 3 ? fopen(argv[1], "r") : NULL;
    if (table == NULL) {
        fprintf(stderr, "usage: torture_test EXPECT DIR\n");
        return 2;
    }
    code = run_table(table, argv[2]);
    fclose(table);
    return code;
}
