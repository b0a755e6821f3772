/* SPDX-License-Identifier: BSD-3-Clause */
/* The user's key and certificate, those of others, and the CA's. */
#include <dirent.h>
#include <errno.h>
#include <e2m/pki.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

enum { DAY = 86400, SOON = 14 * DAY };

/* What is wrong with a certificate that was looked at; false: nothing. */
static bool
check_path(doctor *d, const char *what, const e2m_pki_report *r)
{
    switch (r->path) {
    case E2M_PKI_TRUSTED:
        return false;
    case E2M_PKI_OUT_OF_TIME:
        if (d->now_sec < r->not_before) {
            doctor_wrong(d, what, "the certificate is not valid yet",
                         "set the clock (NTP), or wait");
        } else if (d->now_sec > r->not_after) {
            doctor_wrong(d, what, "the certificate has expired",
                         "get a new one from the CA");
        } else {
            doctor_wrong(d, what, "the CA's certificate has expired",
                         "get the CA's new one, into trust.crt");
        }
        return true;
    case E2M_PKI_UNTRUSTED:
        doctor_wrong(d, what, "no CA in trust.crt signed the certificate",
                     "put the CA's certificate there");
        return true;
    case E2M_PKI_REVOKED:
        doctor_wrong(d, what, "the certificate was revoked", "get a new one");
        return true;
    case E2M_PKI_NO_CRL:
        doctor_wrong(d, what, "no valid revocation list for it",
                     "put the CA's new one into trust.crt");
        return true;
    case E2M_PKI_BAD:
    case E2M_PKI_UNCHECKED:
        break;
    }
    doctor_wrong(d, what, "the path to the CA does not hold",
                 "openssl verify -CAfile trust.crt says more");
    return true;
}

static void
tell_end(const char *what, const e2m_pki_report *r, int64_t now_sec)
{
    const time_t end = (time_t)r->not_after;
    struct tm tm;
    char text[64] = "valid";

    if (gmtime_r(&end, &tm) != NULL) {
        (void)strftime(text, sizeof text, "valid until %Y-%m-%d", &tm);
    }
    if (r->not_after - now_sec < SOON) {
        doctor_note(what, "it ends within two weeks: get a new certificate");
    } else {
        doctor_ok(what, text);
    }
}

/* ---- the user's ---------------------------------------------------------- */

static bool
own_is_wrong(doctor *d, const char *name, const e2m_pki_report *r)
{
    if (!r->has_key) {
        doctor_wrong(d, name, "no private key in it",
                     "put the key behind the certificate");
    } else if (!r->has_cert) {
        doctor_wrong(d, name, "no certificate in it yet",
                     "have the CA sign identity.csr, then e2m agent setup "
                     "--cert");
    } else if (!r->key_fits) {
        doctor_wrong(d, name, "the key is not the certificate's",
                     "put the two together that belong together");
    } else if (!r->named) {
        doctor_wrong(d, name, "the certificate is not this user's",
                     "it needs the user's SIP URI as subjectAltName");
    } else if (!r->may_sign || !r->may_receive) {
        doctor_wrong(d, name, "the certificate is not for signing and "
                              "encrypting",
                     "keyUsage: digitalSignature, and keyAgreement (EC) or "
                     "keyEncipherment (RSA)");
    } else {
        return check_path(d, name, r);
    }
    return true;
}

static void
check_own(doctor *d, e2m_bytes trust)
{
    char name[AGENT_TEXT];
    const char *pass_name = "";
    e2m_bytes file = { NULL, 0 };
    e2m_bytes pass = { NULL, 0 };
    e2m_pki_question q = { .trust = trust, .now_sec = d->now_sec };
    e2m_pki_report r;
    e2m_err err;
    size_t len;

    (void)snprintf(name, sizeof name, "%s", site_get(d->site, "IDENTITY"));
    len = strcspn(name, ";");
    if (name[len] != '\0') {
        pass_name = name + len + 1 + strlen("pass=");
    }
    name[len] = '\0';
    if (access(name, R_OK) != 0 || file_read(name, &file) != 0 ||
        (pass_name[0] != '\0' && (access(pass_name, R_OK) != 0 ||
                                  file_first_line(pass_name, &pass) != 0))) {
        doctor_wrong(d, name, "cannot be read, or its passphrase",
                     "run this as root, or as the agent's user");
        file_free(&file);
        return;
    }
    q.file = file;
    q.pass = (const char *)pass.data;
    q.name = text_bytes(site_get(d->site, "E2M_USER"));
    err = e2m_pki_look(&q, &r);
    file_free(&file);
    file_free(&pass);
    if (err != E2M_OK) {
        doctor_wrong(d, name, e2m_err_name(err),
                     "it should be PEM or PKCS#12, and the passphrase right");
    } else if (!own_is_wrong(d, name, &r)) {
        tell_end(name, &r, d->now_sec);
    }
}

/* ---- others' ------------------------------------------------------------- */

/* Is it good, and is it `who`'s? Silent about what is good. */
static bool
check_peer(doctor *d, const char *name, e2m_bytes trust, const char *who)
{
    e2m_bytes file;
    e2m_pki_question q = { .trust = trust,
                           .name = text_bytes(who),
                           .now_sec = d->now_sec };
    e2m_pki_report r = { .named = false };

    if (access(name, R_OK) != 0 || file_read(name, &file) != 0) {
        doctor_wrong(d, name, "cannot be read", "chmod a+r");
        return false;
    }
    q.file = file;
    if (e2m_pki_look(&q, &r) != E2M_OK || !r.has_cert) {
        doctor_wrong(d, name, "not a certificate",
                     "get it anew from whose it is");
    } else if (!r.may_receive) {
        doctor_wrong(d, name, "the certificate is not for encrypting",
                     "its owner needs another one");
    } else if (!check_path(d, name, &r)) {
        file_free(&file);
        return r.named;
    }
    file_free(&file);
    return false;
}

static bool
is_cert(const char *name)
{
    const size_t len = strlen(name);

    return len > 4 && strcmp(name + len - 4, ".crt") == 0;
}

/* All of them; is the middle's among them? */
static bool
check_peers(doctor *d, e2m_bytes trust, const char *middle)
{
    const char *dir = site_get(d->site, "PEERS");
    DIR *list = opendir(dir);
    const unsigned before = d->wrong;
    char text[64];
    bool found = false;
    unsigned num = 0;

    if (list == NULL) {
        doctor_wrong(d, dir, strerror(errno), "make it, for the certificates "
                                              "of those one writes to");
        return false;
    }
    for (const struct dirent *e = readdir(list); e != NULL;
         e = readdir(list)) {
        char name[AGENT_PATH];

        if (is_cert(e->d_name) && agent_join(name, dir, e->d_name) == 0) {
            found = check_peer(d, name, trust, middle) || found;
            num++;
        }
    }
    (void)closedir(list);
    (void)snprintf(text, sizeof text, "%u certificates", num);
    if (num == 0) {
        doctor_wrong(d, dir, "no certificate (.crt) of anybody",
                     "put those there whom one writes to and calls");
    } else if (d->wrong == before) {
        doctor_ok(dir, text);
    }
    return found;
}

static void
check_middle(doctor *d, e2m_bytes trust)
{
    const char *middle = site_get(d->site, "MIDDLE");
    const size_t len = strcspn(middle, "=");
    char name[AGENT_TEXT] = "";
    bool found;

    (void)snprintf(name, sizeof name, "%.*s", (int)len, middle);
    found = check_peers(d, trust, name);
    if (middle[0] == '\0') {
        return;
    }
    if (middle[len] == '=') {
        found = check_peer(d, middle + len + 1, trust, name);
    }
    if (found) {
        doctor_ok(name, "the proxy that reads too has a certificate");
    } else {
        doctor_wrong(d, name, "no good certificate of the proxy that shall "
                              "read too",
                     "put it among the peers (.crt): without it nothing is "
                     "sent");
    }
}

void
doctor_keys(doctor *d)
{
    const char *name = site_get(d->site, "TRUST");
    e2m_bytes trust = { NULL, 0 };

    if (access(name, R_OK) != 0 || file_read(name, &trust) != 0 ||
        trust.len == 0) {
        doctor_wrong(d, name, "cannot be read, or is empty",
                     "it has to hold the CA's certificate");
        file_free(&trust);
        return;
    }
    check_own(d, trust);
    check_middle(d, trust);
    file_free(&trust);
}
