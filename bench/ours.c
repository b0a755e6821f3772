/* SPDX-License-Identifier: BSD-3-Clause */
/* Our CMS, octets in and octets out. The arena's first memory is lent, as a
 * message gets it from its bench (api/bench.c). */
#include "bench.h"

static void
begin(subject *s, e2m_env *env)
{
    e2m_env_init(env, NULL, NULL);
    e2m_arena_lend(&env->arena, s->room, sizeof s->room);
}

static e2m_err
find_kek(void *user, e2m_bytes id, e2m_secret *out, bool *found)
{
    (void)id;
    *out = *(const e2m_secret *)user;
    *found = true;
    return E2M_OK;
}

static bool
open_with(subject *s, e2m_bytes der, const party *p, bool committed)
{
    const e2m_cms_key key = { p->cert, p->key };
    const e2m_cms_keys keys = { .keys = &key, .num_keys = 1,
                                .kek = find_kek, .user = &s->kek };
    e2m_enveloped ed;
    e2m_opened opened;
    e2m_env env;
    bool good;

    begin(s, &env);
    good = e2m_cms_read_enveloped(&env, der, &ed) == E2M_OK &&
           e2m_cms_open_enveloped(&env, s->c, &ed, &keys, &opened) ==
               E2M_OK &&
           opened.content.len == CONTENT && opened.committed == committed;
    e2m_env_done(&env);
    return good;
}

bool
our_open_kept(subject *s)
{
    return open_with(s, s->kept, &s->ec[1], false);
}

bool
our_open_committed(subject *s)
{
    return open_with(s, s->committed, &s->ec[1], true);
}

bool
our_open_ec(subject *s)
{
    return open_with(s, s->to_ec, &s->ec[1], false);
}

bool
our_open_rsa(subject *s)
{
    return open_with(s, s->to_rsa, &s->rsa[1], false);
}

/* What a message costs that is for others: read, compared, left alone. */
static bool
pass_by(subject *s, e2m_bytes der)
{
    const e2m_cms_key key = { s->ec[1].cert, s->ec[1].key };
    const e2m_cms_keys keys = { .keys = &key, .num_keys = 1 };
    e2m_enveloped ed;
    e2m_env env;
    bool good;

    begin(s, &env);
    good = e2m_cms_read_enveloped(&env, der, &ed) != E2M_OK ||
           e2m_cms_mine(&ed, &keys) == ed.num_recipients;
    e2m_env_done(&env);
    return good;
}

bool
our_not_for_us(subject *s)
{
    return pass_by(s, s->for_others);
}

bool worst_0(subject *s) { return pass_by(s, s->worst[0]); }
bool worst_1(subject *s) { return pass_by(s, s->worst[1]); }
bool worst_2(subject *s) { return pass_by(s, s->worst[2]); }
bool worst_3(subject *s) { return pass_by(s, s->worst[3]); }
bool worst_4(subject *s) { return pass_by(s, s->worst[4]); }
bool worst_5(subject *s) { return pass_by(s, s->worst[5]); }
bool worst_6(subject *s) { return pass_by(s, s->worst[6]); }
bool worst_7(subject *s) { return pass_by(s, s->worst[7]); }

/* The signer's certificate was decoded for an earlier message. */
bool
our_check(subject *s)
{
    e2m_signed sd;
    e2m_env env;
    bool good;

    begin(s, &env);
    good = e2m_cms_read_signed(&env, s->detached, &sd) == E2M_OK &&
           e2m_cms_signed_by(&sd.signers[0], s->ec[1].cert) &&
           e2m_cms_verify(&env, s->c, &sd, &sd.signers[0],
                          (e2m_bytes){ s->text, CONTENT }, s->ec[1].cert,
                          false) == E2M_OK;
    e2m_env_done(&env);
    return good;
}

bool
our_seal(subject *s)
{
    const e2m_cert *const readers[] = { s->ec[0].cert, s->ec[1].cert };
    const e2m_cms_seal how = { .cipher = E2M_OID_AES128_GCM,
                               .readers = readers, .num_readers = 2,
                               .no_attributes = true };
    e2m_bytes out;
    e2m_env env;
    e2m_err err;

    begin(s, &env);
    err = e2m_cms_seal_enveloped(&env, s->c, (e2m_bytes){ s->text, CONTENT },
                                 &how, &out, NULL);
    e2m_env_done(&env);
    return err == E2M_OK;
}
