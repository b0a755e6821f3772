/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory of demands as text, a line each, in the manner of known_hosts:
 *
 *   e2m learned 1
 *   view application/sdp ss1.example.com from example.com 1795000000 MIIB...
 *   verify text/plain ss2.example.net to example.net 1795000000 -
 *
 * what, type, middle, direction and domain, end (seconds since 1970 UTC),
 * certificate in base64, and what to check it by, joined by commas. */
#include <stdlib.h>

#include "api/api.h"

static const char head[] = "e2m learned 1\n";

enum { TEXT_MAX = 1 << 22, WORDS = 7 };

static void
put_lesson(e2m_out *o, const e2m_lesson *l)
{
    e2m_out_str(o, l->demand.what == E2M_VIEW ? "view " : "verify ");
    e2m_out_put(o, l->demand.type);
    e2m_out_str(o, " ");
    e2m_out_put(o, l->middle);
    e2m_out_str(o, l->to_peer ? " to " : " from ");
    e2m_out_put(o, l->domain);
    e2m_out_str(o, " ");
    e2m_out_dec(o, (uint64_t)l->until_sec);
    e2m_out_str(o, " ");
    if (l->certificate.len > 0) {
        e2m_text_base64_put(o, l->certificate, true);
        for (size_t i = 0; i < l->num_chain; i++) {
            e2m_out_str(o, ",");
            e2m_text_base64_put(o, l->chain[i], true);
        }
    } else {
        e2m_out_str(o, "-");
    }
    e2m_out_str(o, "\n");
}

/* Bounds of our own: this is no message. */
static void
text_env(e2m_env *env, size_t limits[E2M_LIMIT_COUNT])
{
    memcpy(limits, e2m_limit_defaults, sizeof e2m_limit_defaults);
    limits[E2M_LIMIT_MEMORY] = 4 * (size_t)TEXT_MAX;
    e2m_env_init(env, NULL, limits);
}

e2m_err
e2m_learned_text(e2m_learned *memory, e2m_bytes *out)
{
    size_t limits[E2M_LIMIT_COUNT];
    e2m_bytes text = E2M_NONE;
    e2m_bytes copy = E2M_NONE;
    e2m_env env;
    e2m_out o;
    e2m_err err;

    *out = E2M_NONE;
    text_env(&env, limits);
    e2m_out_init(&o, &env, 4096);
    e2m_out_str(&o, head);
    for (size_t i = 0; i < memory->num; i++) {
        put_lesson(&o, &memory->memos[i].lesson);
    }
    err = e2m_out_done(&o, &text);
    if (err == E2M_OK) {
        err = e2m_copy_bytes(text, &copy);
    }
    e2m_env_done(&env);
    if (err == E2M_OK) {
        free(memory->text);
        memory->text = (uint8_t *)(uintptr_t)copy.data;
        *out = copy;
    }
    return err;
}

/* ---- reading ------------------------------------------------------------- */

static bool
take_until(e2m_in *in, uint8_t end, e2m_bytes *out)
{
    size_t n = 0;

    while (n < in->rest.len && in->rest.data[n] != end) {
        n++;
    }
    if (n == in->rest.len) {
        return false;
    }
    *out = e2m_bytes_upto(in->rest, n);
    in->rest = e2m_bytes_from(in->rest, n + 1);
    return true;
}

/* Exactly the words of a line, one space between them. */
static bool
split_line(e2m_bytes line, e2m_bytes words[WORDS])
{
    e2m_in in = e2m_in_init(line);

    for (size_t i = 0; i < WORDS - 1; i++) {
        if (!take_until(&in, ' ', &words[i]) || !e2m_is_word(words[i])) {
            return false;
        }
    }
    words[WORDS - 1] = in.rest;
    return e2m_is_word(in.rest);
}

static e2m_err
read_certificates(e2m_env *env, e2m_bytes word, e2m_lesson *out)
{
    e2m_in in = e2m_in_init(word);
    e2m_bytes *chain = NULL;
    e2m_bytes item;

    if (!take_until(&in, ',', &item)) {
        return e2m_text_base64_decode(env, word, &out->certificate);
    }
    TRY(e2m_text_base64_decode(env, item, &out->certificate));
    E2M_NEW(env, chain, E2M_MAX_CHAIN);
    out->chain = chain;
    for (bool more = true; more; out->num_chain++) {
        more = take_until(&in, ',', &item);
        if (out->num_chain == E2M_MAX_CHAIN) {
            return E2M_E_LIMIT;
        }
        TRY(e2m_text_base64_decode(env, more ? item : in.rest,
                                   &chain[out->num_chain]));
        if (chain[out->num_chain].len == 0) {
            return E2M_E_SYNTAX;
        }
    }
    return E2M_OK;
}

static e2m_err
read_line(e2m_env *env, e2m_bytes line, e2m_lesson *out)
{
    e2m_bytes w[WORDS] = { E2M_NONE };
    uint64_t until;
    bool view;

    if (!split_line(line, w)) {
        return E2M_E_SYNTAX;
    }
    view = e2m_bytes_eq(w[0], E2M_LIT("view"));
    out->to_peer = e2m_bytes_eq(w[3], E2M_LIT("to"));
    if ((!view && !e2m_bytes_eq(w[0], E2M_LIT("verify"))) ||
        !e2m_mime_is_pattern(w[1]) ||
        (!out->to_peer && !e2m_bytes_eq(w[3], E2M_LIT("from")))) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_text_decimal(w[5], INT64_MAX, &until));
    if (view == e2m_bytes_eq(w[6], E2M_LIT("-"))) {
        return E2M_E_SYNTAX;
    }
    if (view) {
        TRY(read_certificates(env, w[6], out));
    }
    out->demand = (e2m_demand){ view ? E2M_VIEW : E2M_VERIFY, w[1] };
    out->middle = w[2];
    out->domain = w[4];
    out->until_sec = (int64_t)until;
    return E2M_OK;
}

static e2m_err
read_lines(e2m_env *env, e2m_in *in, e2m_learned *fresh, unsigned *line)
{
    e2m_bytes text;

    while (!e2m_in_done(in)) {
        e2m_lesson lesson = { .to_peer = false };
        e2m_err err;

        ++*line;
        if (!take_until(in, '\n', &text)) {
            return E2M_E_SYNTAX;
        }
        err = read_line(env, text, &lesson);
        if (err == E2M_OK) {
            err = e2m_learned_keep(fresh, &lesson);
        }
        if (err == E2M_OK && lesson.certificate.len > 0 &&
            !e2m_cert_is_host(fresh->memos[fresh->num - 1].cert,
                              lesson.middle)) {
            err = E2M_E_SYNTAX;
        }
        TRY(err);
    }
    return E2M_OK;
}

e2m_err
e2m_learned_read(e2m_learned *memory, e2m_bytes text, unsigned *line)
{
    size_t limits[E2M_LIMIT_COUNT];
    const size_t head_len = sizeof head - 1;
    e2m_learned *fresh = NULL;
    e2m_in in = { .rest = { NULL, 0 } };
    e2m_env env;
    e2m_err err;

    *line = 1;
    if (text.len < head_len || text.len > TEXT_MAX ||
        memcmp(text.data, head, head_len) != 0) {
        return E2M_E_SYNTAX;
    }
    TRY(e2m_learned_new(&fresh, memory->ctx));
    text_env(&env, limits);
    in.rest = e2m_bytes_from(text, head_len);
    err = read_lines(&env, &in, fresh, line);
    if (err == E2M_OK) {
        e2m_learned swap = *memory;

        *memory = *fresh;
        *fresh = swap;
        *line = 0;
    }
    e2m_learned_free(fresh);
    e2m_env_done(&env);
    return err == E2M_E_LIMIT || err == E2M_E_UNSUPPORTED ? E2M_E_SYNTAX : err;
}
