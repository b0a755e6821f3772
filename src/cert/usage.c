/* SPDX-License-Identifier: BSD-3-Clause */
#include "cert/internal.h"

static bool
allowed(const e2m_cert *c, unsigned any_of)
{
    return (!c->has_usage || (c->usage & any_of) != 0) &&
           (!c->has_purposes || c->purpose_ok);
}

/* RFC 8550 sec. 4.4.2: digitalSignature or nonRepudiation */
bool
e2m_cert_may_sign(const e2m_cert *c)
{
    return c->pub != NULL && e2m_pub_kind(c->pub) != E2M_KEY_X25519 &&
           allowed(c, E2M_USAGE_DIGITAL_SIGNATURE |
                          E2M_USAGE_NON_REPUDIATION);
}

/* RFC 8550 sec. 4.4.2: keyEncipherment for RSA, keyAgreement for the others */
bool
e2m_cert_may_receive(const e2m_cert *c)
{
    if (c->pub == NULL) {
        return false;
    }
    switch (e2m_pub_kind(c->pub)) {
    case E2M_KEY_RSA:
        return allowed(c, E2M_USAGE_KEY_ENCIPHERMENT);
    case E2M_KEY_P256:
    case E2M_KEY_P384:
    case E2M_KEY_X25519:
        return allowed(c, E2M_USAGE_KEY_AGREEMENT);
    case E2M_KEY_NONE:
    case E2M_KEY_ED25519:
        break;
    }
    return false;
}
