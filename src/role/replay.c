/* SPDX-License-Identifier: BSD-3-Clause */
/* Not twice (SPEC aib:7:1; reqs 5). What is remembered is one hash over
 * Call-ID, CSeq, From tag and what was signed; retransmissions never come here,
 * the host's transaction layer absorbs them.
 *
 * A request may pass this node again by honest routing (a spiral). Then one of
 * our own Via fields is below the top one. It gets a few further passes, each
 * remembered as well: somebody who copies a message and writes our Via into it
 * gains no more than these. */
#include "role/role.h"

enum { SPIRALS = 4, MAX_VIAS = 70 };

static e2m_err
message_key(e2m_msg *msg, const e2m_level *sig, unsigned pass,
            uint8_t key[32])
{
    const uint8_t pass_octet = (uint8_t)pass;
    e2m_param tag = { 0 };
    bool found = false;
    uint8_t lengths[3];
    e2m_bytes data[6];

    TRY(e2m_sip_value(&msg->env, &msg->sip, E2M_HDR_CALL_ID, &data[1]));
    TRY(e2m_sip_value(&msg->env, &msg->sip, E2M_HDR_CSEQ, &data[2]));
    if (e2m_text_param(msg->from.params, "tag", &tag, &found) != E2M_OK) {
        tag = (e2m_param){ 0 };
    }
    data[3] = tag.value;
    /* lengths in front: no two different triples make one string */
    for (size_t i = 0; i < 3; i++) {
        lengths[i] = (uint8_t)(data[i + 1].len & 0xff);
    }
    data[0] = (e2m_bytes){ lengths, sizeof lengths };
    data[4] = (e2m_bytes){ sig->sig.hash, sizeof sig->sig.hash };
    data[5] = (e2m_bytes){ &pass_octet, 1 };
    return e2m_hash(msg->tools.crypto, E2M_SHA256, data, 6, key);
}

static bool
came_through_us(const e2m_msg *msg)
{
    for (size_t n = 1; n < MAX_VIAS; n++) {
        e2m_via via;
        bool found = false;

        if (e2m_sip_via(&msg->sip, n, &via, &found) != E2M_OK || !found) {
            return false;
        }
        for (size_t i = 0; i < msg->ctx->num_via; i++) {
            if (e2m_bytes_ieq(via.host, msg->ctx->via[i])) {
                return true;
            }
        }
    }
    return false;
}

e2m_err
e2m_replay_check(e2m_msg *msg, const e2m_level *sig, e2m_reason *why)
{
    const e2m_replay *r = &msg->ctx->replay;
    /* as long as its Date can pass as fresh: skew on either side of it */
    const int64_t until = msg->now_sec +
                          2 * (int64_t)msg->env.limits[E2M_LIMIT_DATE_SKEW];
    unsigned passes = 1;

    *why = E2M_BECAUSE_NONE;
    if (r->seen == NULL) {
        return E2M_OK;
    }
    if (msg->sip.is_request && came_through_us(msg)) {
        passes += SPIRALS;
    }
    for (unsigned pass = 0; pass < passes; pass++) {
        uint8_t key[32];
        bool known = true;
        e2m_err err;

        TRY(message_key(msg, sig, pass, key));
        err = r->seen(r->user, key, msg->now_sec, until, &known);
        if (err == E2M_E_LIMIT) {
            *why = E2M_BECAUSE_REPLAY_FULL;
            return E2M_OK;
        }
        TRY(err);
        if (!known) {
            return E2M_OK;
        }
    }
    *why = E2M_BECAUSE_REPLAY;
    return E2M_OK;
}
