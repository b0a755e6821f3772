/* SPDX-License-Identifier: BSD-3-Clause */
/* What was demanded and allowed, remembered for later requests. */
#include <stdlib.h>

#include "api/api.h"

/* All certificates of a lesson. 256 such, as text, are what
 * e2m_learned_read takes. */
enum { CERTS_MAX = 8192 };

e2m_err
e2m_learned_new(e2m_learned **out, const e2m *ctx)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return E2M_E_NOMEM;
    }
    (*out)->ctx = ctx;
    (*out)->memos = calloc(E2M_MAX_LESSONS, sizeof(e2m_memo));
    if ((*out)->memos == NULL) {
        free(*out);
        *out = NULL;
        return E2M_E_NOMEM;
    }
    return E2M_OK;
}

static void
free_bytes(e2m_bytes b)
{
    free((void *)(uintptr_t)b.data);
}

static void
memo_done(e2m_memo *m)
{
    free_bytes(m->lesson.demand.type);
    free_bytes(m->lesson.middle);
    free_bytes(m->lesson.domain);
    for (size_t i = 0; i < m->lesson.num_chain; i++) {
        free_bytes(m->chain[i]);
    }
    free(m->chain);
    e2m_cert_free(m->cert); /* the certificate's octets are in it */
}

void
e2m_learned_free(e2m_learned *memory)
{
    if (memory != NULL) {
        for (size_t i = 0; i < memory->num; i++) {
            memo_done(&memory->memos[i]);
        }
        free(memory->memos);
        free(memory->text);
        free(memory);
    }
}

/* A CA between the anchor and the middle came with the demand, and is needed
 * each time; the middle's own certificate often is among them. */
static e2m_err
copy_chain(const e2m_lesson *from, e2m_memo *out)
{
    size_t room = CERTS_MAX;

    if (from->certificate.len > room) {
        return E2M_E_LIMIT;
    }
    room -= from->certificate.len;
    out->chain = calloc(E2M_MAX_CHAIN, sizeof *out->chain);
    if (out->chain == NULL) {
        return E2M_E_NOMEM;
    }
    out->lesson.chain = out->chain;
    for (size_t i = 0; i < from->num_chain; i++) {
        const e2m_bytes der = from->chain[i];

        if (e2m_bytes_eq(der, from->certificate)) {
            continue;
        }
        if (der.len > room || out->lesson.num_chain == E2M_MAX_CHAIN) {
            return E2M_E_LIMIT;
        }
        room -= der.len;
        TRY(e2m_copy_bytes(der, &out->chain[out->lesson.num_chain]));
        out->lesson.num_chain++;
    }
    return E2M_OK;
}

static e2m_err
memo_new(const e2m *ctx, const e2m_lesson *lesson, e2m_memo *out)
{
    e2m_err err;

    *out = (e2m_memo){ .lesson = *lesson };
    out->lesson.demand.type = out->lesson.middle = out->lesson.domain =
        out->lesson.certificate = E2M_NONE;
    out->lesson.chain = NULL;
    out->lesson.num_chain = 0;
    err = e2m_copy_bytes(lesson->demand.type, &out->lesson.demand.type);
    if (err == E2M_OK) {
        err = e2m_copy_bytes(lesson->middle, &out->lesson.middle);
    }
    if (err == E2M_OK) {
        err = e2m_copy_bytes(lesson->domain, &out->lesson.domain);
    }
    if (err == E2M_OK && lesson->certificate.len > 0) {
        err = e2m_cert_new(lesson->certificate,
                           ctx->limits[E2M_LIMIT_RSA_BITS], &out->cert);
    }
    if (err == E2M_OK && lesson->certificate.len > 0) {
        err = copy_chain(lesson, out);
    }
    if (err != E2M_OK) {
        memo_done(out);
        return err;
    }
    out->lesson.certificate = out->cert != NULL ? out->cert->der : E2M_NONE;
    return E2M_OK;
}

static bool
same_lesson(const e2m_lesson *a, const e2m_lesson *b)
{
    return a->demand.what == b->demand.what && a->to_peer == b->to_peer &&
           e2m_bytes_ieq(a->demand.type, b->demand.type) &&
           e2m_bytes_ieq(a->middle, b->middle) &&
           e2m_bytes_ieq(a->domain, b->domain);
}

static void
drop_at(e2m_learned *memory, size_t at)
{
    memo_done(&memory->memos[at]);
    memmove(&memory->memos[at], &memory->memos[at + 1],
            (memory->num - at - 1) * sizeof memory->memos[0]);
    memory->num--;
}

bool
e2m_is_word(e2m_bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        if (b.data[i] <= ' ' || b.data[i] >= 0x7f) {
            return false;
        }
    }
    return b.len > 0;
}

static bool
is_name(e2m_bytes b)
{
    return b.len <= 255 && e2m_is_word(b);
}

/* The same again is kept once, the newer one; when full, the oldest goes. */
e2m_err
e2m_learned_keep(e2m_learned *memory, const e2m_lesson *lesson)
{
    e2m_memo memo;

    if (!is_name(lesson->demand.type) || !is_name(lesson->middle) ||
        !is_name(lesson->domain)) {
        return E2M_E_SYNTAX;
    }
    TRY(memo_new(memory->ctx, lesson, &memo));
    for (size_t i = 0; i < memory->num; i++) {
        if (same_lesson(&memory->memos[i].lesson, lesson)) {
            drop_at(memory, i);
            break;
        }
    }
    if (memory->num == E2M_MAX_LESSONS) {
        drop_at(memory, 0);
    }
    memory->memos[memory->num++] = memo;
    return E2M_OK;
}

e2m_err
e2m_learned_add(e2m_learned *memory, e2m_msg *request,
                const e2m_rejection *rejection, const e2m_disclosure *policy,
                e2m_permit *out)
{
    *out = (e2m_permit){ .allowed = false };
    if (!rejection->believed || !request->parsed || !request->sip.is_request) {
        return E2M_E_ARG;
    }
    TRY(e2m_learn_decide(request, rejection, policy, out));
    for (size_t i = 0; out->allowed && i < rejection->num_demands; i++) {
        bool concerned = false;
        e2m_lesson lesson;
        e2m_err err = e2m_learn_concerns(request, &rejection->demands[i],
                                         &concerned);

        if (err == E2M_OK && !concerned) {
            continue;
        }
        if (err == E2M_OK) {
            err = e2m_learn_lesson(request, rejection, i, &lesson);
        }
        if (err == E2M_OK) {
            lesson.until_sec = request->now_sec + policy->lifetime_sec;
            err = e2m_learned_keep(memory, &lesson);
        }
        if (err != E2M_OK) {
            out->allowed = false;
            return err;
        }
    }
    return E2M_OK;
}

size_t
e2m_learned_drop(e2m_learned *memory, int64_t now_sec)
{
    size_t dropped = 0;

    for (size_t i = memory->num; i > 0; i--) {
        if (memory->memos[i - 1].lesson.until_sec <= now_sec) {
            drop_at(memory, i - 1);
            dropped++;
        }
    }
    return dropped;
}

size_t
e2m_learned_count(const e2m_learned *memory)
{
    return memory->num;
}

void
e2m_learned_get(const e2m_learned *memory, size_t at, e2m_lesson *out)
{
    *out = at < memory->num ? memory->memos[at].lesson
                            : (e2m_lesson){ .to_peer = false };
}
