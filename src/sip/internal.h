/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef E2M_SIP_INTERNAL_H
#define E2M_SIP_INTERNAL_H

#include "sip/sip.h"

/* host = hostname / IPv4address / "[" IPv6address "]", by its characters; "_"
 * is let pass, for it is met. */
bool e2m_sip_is_host(e2m_bytes host);

#endif
