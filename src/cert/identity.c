/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose certificate it is: the names of subjectAltName against an address of
 * record (RFC 3261 sec. 23, RFC 8591 sec. 5) or a SIP domain (RFC 5922 sec. 7).
 * A small reader of SIP URIs lives here, since sip is of our own rank; it takes
 * less than the grammar of RFC 3261 sec. 25.1 allows, never more. */
#include "cert/internal.h"

/* The parts that identities are compared by. */
typedef struct sip_name {
    bool sips;
    bool has_user;
    e2m_bytes user; /* without a password */
    e2m_bytes host;
} sip_name;

/* ---- characters ------------------------------------------------------- */

static bool
is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

static bool
is_one_of(uint8_t c, const char *set)
{
    for (; *set != '\0'; set++) {
        if ((uint8_t)*set == c) {
            return true;
        }
    }
    return false;
}

static bool
all_in(e2m_bytes b, const char *besides_alnum)
{
    for (size_t i = 0; i < b.len; i++) {
        if (!is_alnum(b.data[i]) && !is_one_of(b.data[i], besides_alnum)) {
            return false;
        }
    }
    return true;
}

/* Cuts `b` at the first octet of `set`: what is before it comes back, the rest
 * (that octet included) stays in `b`. */
static e2m_bytes
cut_at(e2m_bytes *b, const char *set)
{
    const e2m_bytes all = *b;
    size_t at = 0;

    while (at < all.len && !is_one_of(all.data[at], set)) {
        at++;
    }
    *b = e2m_bytes_from(all, at);
    return e2m_bytes_upto(all, at);
}

static bool
starts_with(e2m_bytes b, char c)
{
    return b.len > 0 && b.data[0] == (uint8_t)c;
}

/* ---- the parts of a SIP URI ------------------------------------------- */

/* host = hostname / IPv4address / IPv6reference. A "*" has no place in it, so
 * wildcards never match anything (RFC 5922 sec. 7.2). */
static bool
is_host(e2m_bytes host)
{
    if (starts_with(host, '[')) {
        return host.len > 2 && host.data[host.len - 1] == ']' &&
               all_in(e2m_bytes_upto(e2m_bytes_from(host, 1), host.len - 2),
                      ":.");
    }
    return host.len > 0 && is_alnum(host.data[0]) && all_in(host, ".-_");
}

static bool
take_host(e2m_bytes *rest, e2m_bytes *out)
{
    e2m_bytes all = *rest;

    if (starts_with(all, '[')) {
        const e2m_bytes inside = cut_at(rest, "]");

        if (rest->len == 0) {
            return false;
        }
        *rest = e2m_bytes_from(*rest, 1);
        *out = e2m_bytes_upto(all, inside.len + 1);
    } else {
        *out = cut_at(rest, ":;?");
    }
    return is_host(*out);
}

/* [":" port] [";" parameters] ["?" headers]: read to know where they end, and
 * that nothing foreign is in them; no identity depends on them. */
static bool
skip_tail(e2m_bytes rest)
{
    if (starts_with(rest, ':')) {
        const e2m_bytes port = cut_at(&rest, ";?");

        if (port.len < 2 || port.len > 6) {
            return false;
        }
        for (size_t i = 1; i < port.len; i++) {
            if (port.data[i] < '0' || port.data[i] > '9') {
                return false;
            }
        }
    }
    return rest.len == 0 ||
           (is_one_of(rest.data[0], ";?") &&
            all_in(rest, "-_.!~*'()%[]/:&+$;=?,"));
}

/* user [":" password]. "@" cannot stand anywhere else in a SIP URI. */
static bool
split_userinfo(e2m_bytes userinfo, e2m_bytes *user)
{
    *user = cut_at(&userinfo, ":");
    return user->len > 0 && all_in(*user, "-_.!~*'()%&=+$,;?/") &&
           all_in(userinfo, ":-_.!~*'()%&=+$,");
}

static bool
is_sip(e2m_bytes uri)
{
    return e2m_bytes_istarts(uri, E2M_LIT("sip:")) ||
           e2m_bytes_istarts(uri, E2M_LIT("sips:"));
}

static bool
read_sip(e2m_bytes uri, sip_name *out)
{
    e2m_bytes rest;
    e2m_bytes before_at;
    e2m_bytes from_at;

    if (!is_sip(uri)) {
        return false;
    }
    *out = (sip_name){ .sips = e2m_bytes_istarts(uri, E2M_LIT("sips:")) };
    rest = e2m_bytes_from(uri, out->sips ? 5 : 4);
    from_at = rest;
    before_at = cut_at(&from_at, "@");
    if (from_at.len > 0) {
        out->has_user = true;
        rest = e2m_bytes_from(from_at, 1);
        if (!split_userinfo(before_at, &out->user)) {
            return false;
        }
    }
    return take_host(&rest, &out->host) && skip_tail(rest);
}

/* ---- users ------------------------------------------------------------ */

/* rfc822Name: one "@", local part exactly, domain without case */
static bool
email_is(e2m_bytes email, const sip_name *who)
{
    e2m_bytes domain = email;
    const e2m_bytes local = cut_at(&domain, "@");

    domain = e2m_bytes_from(domain, 1);
    return local.len > 0 && is_host(domain) &&
           e2m_bytes_eq(local, who->user) &&
           e2m_bytes_ieq(domain, who->host);
}

bool
e2m_cert_is_user(const e2m_cert *c, e2m_bytes aor)
{
    sip_name who;
    sip_name name;
    bool has_sip = false;

    if (!read_sip(aor, &who) || !who.has_user) {
        return false;
    }
    for (size_t i = 0; i < c->num_uris; i++) {
        has_sip = has_sip || is_sip(c->uris[i]);
        if (read_sip(c->uris[i], &name) && name.has_user &&
            e2m_bytes_eq(name.user, who.user) &&
            e2m_bytes_ieq(name.host, who.host)) {
            return true;
        }
    }
    for (size_t i = 0; !has_sip && i < c->num_emails; i++) {
        if (email_is(c->emails[i], &who)) {
            return true;
        }
    }
    return false;
}

/* ---- hosts ------------------------------------------------------------ */

static bool
wanted_host(e2m_bytes host, e2m_bytes *out)
{
    sip_name name;

    if (!is_sip(host)) {
        *out = host;
        return is_host(host);
    }
    if (!read_sip(host, &name) || name.has_user) {
        return false;
    }
    *out = name.host;
    return true;
}

/* RFC 5922 sec. 7.1: only the scheme "sip" names a domain; a URI with a user
 * does not. One that says it is a domain's but cannot be read still keeps the
 * dNSName from being asked. */
bool
e2m_cert_is_host(const e2m_cert *c, e2m_bytes host)
{
    e2m_bytes wanted = E2M_NONE;
    bool has_domain = false;

    if (!wanted_host(host, &wanted)) {
        return false;
    }
    for (size_t i = 0; i < c->num_uris; i++) {
        sip_name name = { .has_user = false };
        const bool readable = read_sip(c->uris[i], &name);

        if (!is_sip(c->uris[i]) || name.sips || name.has_user) {
            continue;
        }
        has_domain = true;
        if (readable && e2m_bytes_ieq(name.host, wanted)) {
            return true;
        }
    }
    for (size_t i = 0; !has_domain && i < c->num_hosts; i++) {
        if (is_host(c->hosts[i]) && e2m_bytes_ieq(c->hosts[i], wanted)) {
            return true;
        }
    }
    return false;
}

e2m_bytes
e2m_cert_identity(const e2m_cert *c)
{
    for (size_t i = 0; i < c->num_uris; i++) {
        if (is_sip(c->uris[i])) {
            return c->uris[i];
        }
    }
    if (c->num_emails > 0) {
        return c->emails[0];
    }
    return c->num_hosts > 0 ? c->hosts[0] : E2M_NONE;
}
