/* SPDX-License-Identifier: BSD-3-Clause */
/* e2m pki: DIR/ca.pem (certificate and key), DIR/ca.crt; DIR/NAME.pem, .crt;
 * of keys that do half of the work DIR/NAME.x25519.pem, NAME.ed25519.pem */
#include <e2m/pki.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli.h"

enum { KEY_MODE = 0600, CERT_MODE = 0644, PATH_MOST = 1024 };

static int
usage(void)
{
    return fault(EXIT_USAGE, "wrong words", "e2m pki",
                 "init DIR, or issue DIR NAME");
}

/* The name a file gets: a URI's without its scheme. */
static const char *
file_name(const char *name)
{
    if (strncmp(name, "sip:", 4) == 0) {
        return name + 4;
    }
    return strncmp(name, "sips:", 5) == 0 ? name + 5 : name;
}

/* Whoever has such a key has another beside it. */
static const char *
file_suffix(unsigned key)
{
    return key == E2M_PKI_X25519 ? ".x25519"
           : key == E2M_PKI_ED25519 ? ".ed25519"
                                    : "";
}

static int
join(char out[PATH_MOST], const char *dir, const char *name, const char *end)
{
    const int n = snprintf(out, PATH_MOST, "%s/%s%s", dir, name, end);

    return n > 0 && n < PATH_MOST
               ? 0
               : fault(EXIT_USAGE, "name too long", "e2m pki", "1024 octets");
}

/* Both files or none. */
static int
write_pair(const char *dir, const char *name, const e2m_pki_pair *pair)
{
    char pem[PATH_MOST];
    char crt[PATH_MOST];
    const e2m_bytes pieces[2] = { pair->cert, pair->key };
    int code = join(pem, dir, name, ".pem");

    if (code == 0) {
        code = join(crt, dir, name, ".crt");
    }
    if (code == 0) {
        code = file_write_new(crt, CERT_MODE, pieces, 1);
    }
    if (code != 0) {
        return code;
    }
    code = file_write_new(pem, KEY_MODE, pieces, 2);
    if (code != 0) {
        (void)remove(crt);
        return code;
    }
    printf("%s\n%s\n", pem, crt);
    return 0;
}

static int
init(const char *dir)
{
    e2m_pki_pair pair;
    e2m_err err;
    int code;

    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return fault(EXIT_OWN, "cannot make", dir, strerror(errno));
    }
    err = e2m_pki_ca((int64_t)time(NULL), &pair);
    if (err != E2M_OK) {
        return fault_err(err, "cannot make a CA", dir);
    }
    code = write_pair(dir, "ca", &pair);
    e2m_pki_free(&pair);
    return code;
}

static int
issue(const char *dir, const char *name, unsigned key)
{
    char path[PATH_MOST];
    char file[PATH_MOST];
    e2m_bytes ca = { NULL, 0 };
    e2m_pki_pair pair;
    e2m_err err;
    int code = join(path, dir, "ca", ".pem");

    if (file_name(name)[0] == '\0') {
        return fault(EXIT_USAGE, "empty name", "e2m pki", "RFC 5922");
    }
    if (file_name(name)[0] == '.' || name[strcspn(name, "/")] != '\0') {
        return fault(EXIT_USAGE, "not a SIP URI or a host", name, "RFC 5922");
    }
    if (code == 0) {
        code = file_read(path, &ca);
    }
    if (code != 0) {
        return code;
    }
    err = e2m_pki_issue(ca, text_bytes(name), key, (int64_t)time(NULL),
                        &pair);
    file_free(&ca);
    if (err == E2M_E_ARG) {
        return fault(EXIT_USAGE, "cannot issue", name,
                     "sip:USER@DOMAIN or HOST; --rsa 2048 to 4096");
    }
    if (err != E2M_OK) {
        return fault_err(err, "cannot issue with this CA", path);
    }
    (void)snprintf(file, sizeof file, "%s%s", file_name(name),
                   file_suffix(key));
    code = write_pair(dir, file, &pair);
    e2m_pki_free(&pair);
    return code;
}

/* --rsa 1 must not become a curve. */
static unsigned
key_of(const options *opt)
{
    if (opt->rsa == 0) {
        return (unsigned)opt->key;
    }
    return opt->rsa >= 2048 && opt->rsa <= 4096 ? (unsigned)opt->rsa
                                                : UINT_MAX;
}

int
cmd_pki(const options *opt)
{
    const texts *w = &opt->words;

    if (opt->rsa != 0 && opt->key != 0) {
        return fault(EXIT_USAGE, "--key and --rsa", "e2m pki", "one of them");
    }
    if (w->num == 2 && strcmp(w->item[0], "init") == 0 && opt->rsa == 0 &&
        opt->key == 0) {
        return init(w->item[1]);
    }
    if (w->num == 3 && strcmp(w->item[0], "issue") == 0) {
        return issue(w->item[1], w->item[2], key_of(opt));
    }
    return usage();
}
