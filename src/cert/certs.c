/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory of certificates and verdicts. To decode one costs 0.1 ms and to
 * check a path 0.15 ms; a stranger who sends a new one each time must not be
 * able to make us decode more than the path he claims. */
#include <stdlib.h>

#include "cert/table.h"

enum { PICK_MAX = 2, PATHS_MAX = 2 };

struct e2m_certs {
    cert_table certs;
    cert_table verdicts;
    size_t max;
    int64_t ttl_sec;
    size_t max_rsa_bits;
    size_t hits;
    size_t misses;
    size_t paths; /* checked for the message at hand */
};

e2m_err
e2m_certs_new(size_t max, int64_t ttl_sec, size_t max_rsa_bits,
              e2m_certs **out)
{
    e2m_certs *m = calloc(1, sizeof *m);
    e2m_err err;

    *out = NULL;
    if (m == NULL) {
        return E2M_E_NOMEM;
    }
    m->max = max;
    m->ttl_sec = ttl_sec;
    m->max_rsa_bits = max_rsa_bits;
    err = e2m_cert_table_init(&m->certs, max);
    if (err == E2M_OK) {
        err = e2m_cert_table_init(&m->verdicts, max);
    }
    if (err != E2M_OK) {
        e2m_certs_free(m);
        return err;
    }
    *out = m;
    return E2M_OK;
}

void
e2m_certs_free(e2m_certs *m)
{
    if (m != NULL) {
        e2m_cert_table_done(&m->certs);
        e2m_cert_table_done(&m->verdicts);
        free(m);
    }
}

void
e2m_certs_trim(e2m_certs *m)
{
    m->paths = 0;
    e2m_cert_table_trim(&m->certs, m->max);
    e2m_cert_table_trim(&m->verdicts, m->max);
}

void
e2m_certs_stats(const e2m_certs *m, size_t *out_hits, size_t *out_misses)
{
    *out_hits = m->hits;
    *out_misses = m->misses;
}

/* ---- certificates ----------------------------------------------------- */

/* What failed for want of memory may work next time; all else is final. */
static e2m_err
decode(e2m_certs *m, e2m_bytes der, const uint8_t key[32], cert_slot **out)
{
    e2m_cert *cert = NULL;
    const e2m_err err = e2m_cert_make(der, key, m->max_rsa_bits, &cert);
    e2m_err added;

    if (err == E2M_E_NOMEM) {
        return err;
    }
    added = e2m_cert_table_add(&m->certs, key, out);
    if (added != E2M_OK) {
        e2m_cert_free(cert);
        return added;
    }
    (*out)->cert = cert;
    (*out)->err = err;
    return E2M_OK;
}

e2m_err
e2m_certs_get(e2m_certs *m, e2m_crypto *c, e2m_bytes der,
              const e2m_cert **out)
{
    uint8_t key[32];
    cert_slot *slot;

    *out = NULL;
    TRY(e2m_hash(c, E2M_SHA256, &der, 1, key));
    slot = e2m_cert_table_find(&m->certs, key);
    if (slot != NULL) {
        m->hits++;
    } else {
        m->misses++;
        TRY(decode(m, der, key, &slot));
    }
    *out = slot->cert;
    return slot->err;
}

/* ---- verdicts --------------------------------------------------------- */

/* The certificates of a message that can be in the path. */
typedef struct picks {
    e2m_bytes der[PICK_MAX];
    e2m_bytes issuer[PICK_MAX];
    size_t num;
} picks;

static bool
picked(const picks *p, e2m_bytes der)
{
    for (size_t i = 0; i < p->num; i++) {
        if (p->der[i].data == der.data) {
            return true;
        }
    }
    return false;
}

static void
pick_issuers(const e2m_cert *leaf, e2m_bytes issuer, const e2m_bytes *extra,
             size_t num_extra, picks *p)
{
    for (size_t i = 0; i < num_extra && p->num < PICK_MAX; i++) {
        e2m_bytes own_issuer = E2M_NONE;
        e2m_bytes subject = E2M_NONE;

        if (!picked(p, extra[i]) && !e2m_bytes_eq(extra[i], leaf->der) &&
            e2m_cert_ends(extra[i], &own_issuer, &subject) == E2M_OK &&
            e2m_bytes_eq(subject, issuer)) {
            p->der[p->num] = extra[i];
            p->issuer[p->num] = own_issuer;
            p->num++;
        }
    }
}

/* What a path check is asked. */
typedef struct question {
    e2m_crypto *c;
    const e2m_anchors *anchors;
    const e2m_cert *leaf;
    picks picks;
    int64_t now_sec;
} question;

/* From the leaf upwards by name. A CA's name is written in the same octets in
 * its own certificate and in those it issues (RFC 5280 sec. 4.1.2.6). */
static void
pick(const e2m_cert *leaf, const e2m_bytes *extra, size_t num_extra,
     picks *p)
{
    p->num = 0;
    pick_issuers(leaf, leaf->issuer, extra, num_extra, p);
    for (size_t i = 0; i < p->num; i++) {
        pick_issuers(leaf, p->issuer[i], extra, num_extra, p);
    }
}

/* Leaf, the others in the order found, and under which anchors. */
static e2m_err
verdict_key(e2m_crypto *c, const e2m_anchors *anchors, const e2m_cert *leaf,
            const picks *p, uint8_t key[32])
{
    uint8_t hashes[PICK_MAX][32];
    const uintptr_t where = (uintptr_t)anchors;
    e2m_bytes data[2 + PICK_MAX] = {
        { (const uint8_t *)&where, sizeof where }, { leaf->sha256, 32 }
    };

    for (size_t i = 0; i < p->num; i++) {
        TRY(e2m_hash(c, E2M_SHA256, &p->der[i], 1, hashes[i]));
        data[2 + i] = (e2m_bytes){ hashes[i], 32 };
    }
    return e2m_hash(c, E2M_SHA256, data, 2 + p->num, key);
}

/* A verdict ends with its time to live, and whenever the leaf's own times turn
 * it: a good one at its end, a bad one at its beginning. */
static int64_t
good_until(const e2m_certs *m, const e2m_cert *leaf, int64_t now)
{
    int64_t until =
        now > INT64_MAX - m->ttl_sec ? INT64_MAX : now + m->ttl_sec;

    if (leaf->not_before > now && leaf->not_before < until) {
        until = leaf->not_before;
    }
    if (leaf->not_after >= now && leaf->not_after < until) {
        until = leaf->not_after + 1; /* notAfter itself is still good */
    }
    return until;
}

/* What is remembered of this leaf with these others. *slot: NULL when nothing
 * ever was; *fresh: it counts now. */
static e2m_err
remembered(e2m_certs *m, const question *q, uint8_t key[32],
           cert_slot **slot, bool *fresh)
{
    TRY(verdict_key(q->c, q->anchors, q->leaf, &q->picks, key));
    *slot = e2m_cert_table_find(&m->verdicts, key);
    *fresh = *slot != NULL && q->now_sec >= (*slot)->from &&
             q->now_sec < (*slot)->until;
    return E2M_OK;
}

/* A path check is as dear as a whole message, and certificates that were never
 * seen cost their maker little: a message gets two good ones, or one bad. */
static e2m_err
check_path(e2m_certs *m, const question *q, const uint8_t key[32],
           cert_slot *slot, e2m_path *out)
{
    if (m->paths >= PATHS_MAX) {
        return E2M_OK; /* unchecked, and not remembered */
    }
    m->misses++;
    TRY(e2m_anchors_check(q->anchors, q->leaf->der, q->picks.der,
                          q->picks.num, q->now_sec, out));
    m->paths += *out == E2M_PATH_OK ? 1 : PATHS_MAX;
    if (slot == NULL) {
        TRY(e2m_cert_table_add(&m->verdicts, key, &slot));
    }
    slot->path = *out;
    slot->from = q->now_sec;
    slot->until = good_until(m, q->leaf, q->now_sec);
    return E2M_OK;
}

e2m_err
e2m_certs_check(e2m_certs *m, e2m_crypto *c, const e2m_anchors *anchors,
                const e2m_cert *leaf, const e2m_bytes *extra,
                size_t num_extra, int64_t now_sec, e2m_path *out)
{
    question q = { .c = c, .anchors = anchors, .leaf = leaf,
                   .now_sec = now_sec };
    uint8_t key[32];
    cert_slot *slot = NULL;
    bool fresh = false;

    *out = E2M_PATH_UNCHECKED;
    /* who is known without them needs no others: a stranger's additions to a
     * good certificate must not make it be checked again */
    TRY(remembered(m, &q, key, &slot, &fresh));
    if (!fresh || slot->path != E2M_PATH_OK) {
        pick(leaf, extra, num_extra, &q.picks);
        if (q.picks.num > 0) {
            TRY(remembered(m, &q, key, &slot, &fresh));
        }
    }
    if (!fresh) {
        return check_path(m, &q, key, slot, out);
    }
    m->hits++;
    *out = slot->path;
    return E2M_OK;
}
