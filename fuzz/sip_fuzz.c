/* SPDX-License-Identifier: BSD-3-Clause */
/* A SIP message's view in each framing: every field's octets are the wire's. */
#include "fuzz.h"
#include "sip/sip.h"

static void
look(e2m_env *env, e2m_bytes wire, e2m_framing framing)
{
    e2m_sip m;
    e2m_addr addr;
    e2m_bytes value;
    e2m_via via;
    bool found = true;

    if (e2m_sip_parse(env, wire, framing, &m) != E2M_OK) {
        MUST(env->diag.err != E2M_OK);
        return;
    }
    for (size_t i = 0; i < m.num_fields; i++) {
        MUST(m.fields[i].line.data >= wire.data);
        MUST(m.fields[i].line.data + m.fields[i].line.len <=
             wire.data + wire.len);
    }
    if (e2m_sip_value(env, &m, E2M_HDR_FROM, &value) == E2M_OK) {
        whatever(e2m_addr_parse(value, &addr));
    }
    for (size_t n = 0; n < 8 && found; n++) {
        if (e2m_sip_via(&m, n, &via, &found) != E2M_OK) {
            break;
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const e2m_framing framings[] = { E2M_DATAGRAM, E2M_STREAM,
                                            E2M_FRAGMENT };

    for (size_t i = 0; i < 3; i++) {
        e2m_env env;

        e2m_env_init(&env, NULL, NULL);
        look(&env, (e2m_bytes){ data, size }, framings[i]);
        e2m_env_done(&env);
    }
    return 0;
}
