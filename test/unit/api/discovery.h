/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of discovery share: the world, ss1 in several states, what it
 * demands of alice's INVITE, what she makes of that. */
#ifndef E2M_TEST_DISCOVERY_H
#define E2M_TEST_DISCOVERY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "demand.h"

static world w;
static e2m_pki_pair ss1_again;   /* another certificate of ss1 */
static e2m_pki_pair ss1_foreign; /* of a CA that nobody trusts */
static e2m_pki_pair ss1_old;     /* expired */
static e2m_disclosure *open_policy;
static e2m_learned *memory;

#define SS1_NAME "ss1.atlanta.example.com"

static void
ok(e2m_err err)
{
    assert_int_equal(err, E2M_OK);
}

static e2m_pki_pair
issue(const e2m_pki_pair *ca, int64_t now)
{
    const size_t len = ca->cert.len + ca->key.len;
    uint8_t *pem = malloc(len);
    e2m_pki_pair out;

    assert_non_null(pem);
    memcpy(pem, ca->cert.data, ca->cert.len);
    memcpy(pem + ca->cert.len, ca->key.data, ca->key.len);
    ok(e2m_pki_issue((e2m_bytes){ pem, len }, world_str(SS1_NAME), 0, now,
                     &out));
    free(pem);
    return out;
}

static int
setup(void **state)
{
    (void)state;
    world_new(&w, 0);
    ss1_again = issue(&w.ca, WORLD_NOW);
    ss1_foreign = issue(&w.other_ca, WORLD_NOW);
    ss1_old = issue(&w.ca, WORLD_NOW - 400 * 86400);
    open_policy = disclosure("@own view * verify *;@peer view * verify *");
    ok(e2m_learned_new(&memory, w.ctx[ALICE]));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    e2m_learned_free(memory);
    e2m_disclosure_free(open_policy);
    e2m_pki_free(&ss1_old);
    e2m_pki_free(&ss1_foreign);
    e2m_pki_free(&ss1_again);
    world_free(&w);
    return 0;
}

static void
forget_all(void)
{
    (void)e2m_learned_drop(memory, INT64_MAX);
    assert_int_equal(e2m_learned_count(memory), 0);
}

/* ss1 that must view SDP, and what it answers to one sealed for bob alone. */
static middle
ss1(void)
{
    return (middle){ .pair = &w.pair[SS1], .anchor = w.ca.cert,
                     .names = { SS1_NAME },
                     .demands = { { E2M_VIEW, "application/sdp" } } };
}

static e2m_bytes
demand_by(const middle *m)
{
    e2m_bytes sealed = seal_learned(&w, world_invite, open_policy, memory);
    world_result r;
    e2m_bytes answer = middle_inspect(m, sealed, &r);

    assert_non_null(answer.data);
    world_bytes_free(sealed);
    return answer;
}

static opinion
judge_now(e2m_bytes answer)
{
    return judge(w.ctx[ALICE], answer, world_str(world_invite), WORLD_NOW,
                 open_policy, memory);
}

#endif
