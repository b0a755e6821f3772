/* SPDX-License-Identifier: BSD-3-Clause */
/* Key files: PEM (RFC 7468 and the older spellings), PKCS#12 (RFC 7292), one
 * DER certificate or CRL. Read at start, from files of the operator's own. */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "crypto/internal.h"

enum { FILE_MAX = 1 << 20, ITEMS_MAX = 1024 };

/* What is being filled. */
typedef struct load {
    e2m_env *env;
    const char *pass;
    e2m_keyfile *kf;
} load;

static e2m_err
bad(load *l, e2m_err err, const char *what)
{
    ERR_clear_error();
    return e2m_fail(l->env, err, NULL, what, "RFC 7468, RFC 7292");
}

/* One more slice in a list that grows by copying; files are short. */
static e2m_err
append(load *l, e2m_bytes **list, size_t *num, e2m_bytes der)
{
    e2m_bytes *longer = NULL;

    if (*num >= ITEMS_MAX) {
        return bad(l, E2M_E_LIMIT, "too many certificates or CRLs");
    }
    if ((*num & (*num - 1)) == 0) { /* 0 or a power of two: full */
        E2M_NEW(l->env, longer, *num == 0 ? 1 : *num * 2);
        for (size_t i = 0; i < *num; i++) {
            longer[i] = (*list)[i];
        }
        *list = longer;
    }
    TRY(e2m_dup(l->env, der, &(*list)[*num]));
    *num += 1;
    return E2M_OK;
}

/* Taken only when OpenSSL reads it to the last octet. */
static e2m_err
add_cert(load *l, e2m_bytes der)
{
    const uint8_t *p = der.data;
    X509 *x = d2i_X509(NULL, &p, (long)der.len);
    const bool whole = x != NULL && p == der.data + der.len;

    X509_free(x);
    if (!whole) {
        return bad(l, E2M_E_SYNTAX, "not a certificate");
    }
    return append(l, &l->kf->certs, &l->kf->num_certs, der);
}

static e2m_err
add_crl(load *l, e2m_bytes der)
{
    const uint8_t *p = der.data;
    X509_CRL *x = d2i_X509_CRL(NULL, &p, (long)der.len);
    const bool whole = x != NULL && p == der.data + der.len;

    X509_CRL_free(x);
    if (!whole) {
        return bad(l, E2M_E_SYNTAX, "not a certificate revocation list");
    }
    return append(l, &l->kf->crls, &l->kf->num_crls, der);
}

/* Takes `evp` over. */
static e2m_err
set_key(load *l, EVP_PKEY *evp)
{
    e2m_err err;

    if (l->kf->key != NULL) {
        EVP_PKEY_free(evp);
        return bad(l, E2M_E_SYNTAX, "two private keys");
    }
    err = e2m_pkey_from_evp(evp, &l->kf->key);
    return err == E2M_OK ? E2M_OK
                         : bad(l, err, "private key of a kind not used here");
}

/* Did OpenSSL fail for want of an algorithm (the legacy provider's, say), or
 * because the passphrase is wrong? The queue is emptied. */
static e2m_err
why_not_decrypted(void)
{
    e2m_err err = E2M_E_NOKEY;

    for (unsigned long e = ERR_get_error(); e != 0; e = ERR_get_error()) {
        const int reason = ERR_GET_REASON(e);

        if (reason == ERR_R_UNSUPPORTED ||
            (ERR_GET_LIB(e) == ERR_LIB_EVP &&
             (reason == EVP_R_UNSUPPORTED_ALGORITHM ||
              reason == EVP_R_UNKNOWN_PBE_ALGORITHM ||
              reason == EVP_R_UNSUPPORTED_PRF ||
              reason == EVP_R_UNSUPPORTED_CIPHER))) {
            err = E2M_E_UNSUPPORTED;
        }
    }
    return err;
}

static e2m_err
locked(load *l)
{
    const e2m_err err =
        l->pass != NULL ? why_not_decrypted() : E2M_E_NOKEY;

    return bad(l, err,
               err == E2M_E_UNSUPPORTED
                   ? "key file is encrypted in a way not supported"
                   : "wrong or missing passphrase");
}

/* PKCS#8, or the EC and RSA spellings of before; not encrypted. */
static e2m_err
add_plain_key(load *l, e2m_bytes der)
{
    const uint8_t *p = der.data;
    EVP_PKEY *evp = d2i_AutoPrivateKey(NULL, &p, (long)der.len);

    if (evp == NULL) {
        return bad(l, E2M_E_SYNTAX, "not a private key");
    }
    if (p != der.data + der.len) {
        EVP_PKEY_free(evp);
        return bad(l, E2M_E_SYNTAX, "octets behind the private key");
    }
    return set_key(l, evp);
}

/* EncryptedPrivateKeyInfo, RFC 5958 sec. 3 */
static e2m_err
add_locked_key(load *l, e2m_bytes der)
{
    const uint8_t *p = der.data;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &p, (long)der.len);
    PKCS8_PRIV_KEY_INFO *p8 = NULL;
    EVP_PKEY *evp = NULL;
    e2m_err err = E2M_OK;

    if (sealed == NULL || p != der.data + der.len) {
        err = bad(l, E2M_E_SYNTAX, "not an encrypted private key");
        goto out;
    }
    if (l->pass != NULL) {
        p8 = PKCS8_decrypt(sealed, l->pass, (int)strlen(l->pass));
    }
    if (p8 == NULL) {
        err = locked(l);
        goto out;
    }
    evp = EVP_PKCS82PKEY(p8);
    err = evp != NULL ? set_key(l, evp)
                      : bad(l, E2M_E_UNSUPPORTED,
                            "private key of a kind not used here");
out:
    PKCS8_PRIV_KEY_INFO_free(p8);
    X509_SIG_free(sealed);
    return err;
}

/* ---- PEM -------------------------------------------------------------- */

/* One block as PEM_read_bio gives it. */
typedef struct block {
    char *name;
    char *header;
    unsigned char *data;
    long len;
} block;

static void
block_free(block *b)
{
    OPENSSL_free(b->name);
    OPENSSL_free(b->header);
    if (b->data != NULL) {
        OPENSSL_clear_free(b->data, (size_t)b->len);
    }
    *b = (block){ NULL, NULL, NULL, 0 };
}

/* A terminal is never asked: what is not given is an error. */
static int
give_pass(char *buf, int size, int rwflag, void *user)
{
    const char *pass = user;
    const size_t len = pass != NULL ? strlen(pass) : 0;

    (void)rwflag;
    if (len == 0 || len > (size_t)size) {
        return 0;
    }
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): it goes by length */
    memcpy(buf, pass, len);
    return (int)len;
}

/* The encryption of before PKCS#8: "Proc-Type: 4,ENCRYPTED" in the header. */
static e2m_err
unlock(load *l, block *b)
{
    EVP_CIPHER_INFO info;
    char *pass = NULL;
    e2m_err err = E2M_OK;

    if (b->header[0] == '\0') {
        return E2M_OK;
    }
    if (l->pass == NULL) {
        return locked(l);
    }
    pass = OPENSSL_strdup(l->pass); /* the callback takes no const */
    if (pass == NULL) {
        return E2M_E_NOMEM;
    }
    if (!PEM_get_EVP_CIPHER_INFO(b->header, &info)) {
        err = bad(l, E2M_E_UNSUPPORTED,
                  "key file is encrypted in a way not supported");
    } else if (!PEM_do_header(&info, b->data, &b->len, give_pass, pass)) {
        err = locked(l);
    }
    OPENSSL_clear_free(pass, strlen(l->pass) + 1);
    return err;
}

static bool
is(const block *b, const char *name)
{
    return strcmp(b->name, name) == 0;
}

static e2m_err
add_block(load *l, block *b)
{
    e2m_bytes der;
    bool was_locked;
    e2m_err err;

    if (is(b, PEM_STRING_X509) || is(b, PEM_STRING_X509_OLD)) {
        return add_cert(l, (e2m_bytes){ b->data, (size_t)b->len });
    }
    if (is(b, PEM_STRING_X509_CRL)) {
        return add_crl(l, (e2m_bytes){ b->data, (size_t)b->len });
    }
    if (is(b, PEM_STRING_PKCS8)) {
        return add_locked_key(l, (e2m_bytes){ b->data, (size_t)b->len });
    }
    if (!is(b, PEM_STRING_PKCS8INF) && !is(b, PEM_STRING_ECPRIVATEKEY) &&
        !is(b, PEM_STRING_RSA)) {
        return E2M_OK; /* EC PARAMETERS and the like say nothing new */
    }
    was_locked = b->header[0] != '\0';
    err = unlock(l, b);
    if (err != E2M_OK) {
        return err;
    }
    der = (e2m_bytes){ b->data, (size_t)b->len };
    if (was_locked && (der.len == 0 || der.data[0] != 0x30)) {
        return locked(l); /* CBC padding passes once in 256 by chance */
    }
    return add_plain_key(l, der);
}

static e2m_err
read_pem(load *l, e2m_bytes file)
{
    BIO *bio = BIO_new_mem_buf(file.data, (int)file.len);
    block b = { NULL, NULL, NULL, 0 };
    size_t num = 0;
    e2m_err err = E2M_OK;

    if (bio == NULL) {
        return bad(l, E2M_E_NOMEM, "out of memory");
    }
    while (err == E2M_OK &&
           PEM_read_bio(bio, &b.name, &b.header, &b.data, &b.len)) {
        num++;
        err = add_block(l, &b);
        block_free(&b);
    }
    if (err == E2M_OK &&
        (num == 0 ||
         ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)) {
        err = bad(l, E2M_E_SYNTAX, "not a PEM file, or a broken block in it");
    }
    BIO_free(bio);
    return err;
}

/* ---- PKCS#12 ---------------------------------------------------------- */

static e2m_err
add_x509(load *l, X509 *x)
{
    uint8_t *der = NULL;
    const int len = i2d_X509(x, &der);
    e2m_err err;

    if (len <= 0) {
        return bad(l, E2M_E_SYNTAX, "not a certificate");
    }
    err = add_cert(l, (e2m_bytes){ der, (size_t)len });
    OPENSSL_free(der);
    return err;
}

static e2m_err
add_bags(load *l, PKCS12 *p12)
{
    EVP_PKEY *evp = NULL;
    X509 *own = NULL;
    STACK_OF(X509) *others = NULL;
    e2m_err err = E2M_OK;

    if (!PKCS12_parse(p12, l->pass != NULL ? l->pass : "", &evp, &own,
                      &others)) {
        /* The MAC was good, so the passphrase is. */
        err = bad(l, E2M_E_UNSUPPORTED,
                  "key file is encrypted in a way not supported");
        goto out;
    }
    err = own != NULL ? add_x509(l, own) : E2M_OK;
    for (int i = 0; err == E2M_OK && i < sk_X509_num(others); i++) {
        err = add_x509(l, sk_X509_value(others, i));
    }
    if (err == E2M_OK && evp != NULL) {
        err = set_key(l, evp);
        evp = NULL;
    }
out:
    EVP_PKEY_free(evp);
    X509_free(own);
    sk_X509_pop_free(others, X509_free);
    return err;
}

static e2m_err
read_pkcs12(load *l, e2m_bytes file)
{
    const uint8_t *p = file.data;
    PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)file.len);
    e2m_err err;

    if (p12 == NULL || p != file.data + file.len) {
        err = bad(l, E2M_E_SYNTAX, "not a PKCS#12 file");
    } else if (!PKCS12_mac_present(p12)) {
        err = bad(l, E2M_E_UNSUPPORTED, "PKCS#12 file without a MAC");
    } else if (!PKCS12_verify_mac(p12, l->pass, -1) &&
               (l->pass != NULL || !PKCS12_verify_mac(p12, "", 0))) {
        err = locked(l);
    } else {
        err = add_bags(l, p12);
    }
    PKCS12_free(p12);
    return err;
}

/* ---- which ------------------------------------------------------------ */

/* Behind the outer header a PKCS#12 has its version (an INTEGER), while a
 * certificate and a CRL have a SEQUENCE. */
static e2m_err
read_der(load *l, e2m_bytes file)
{
    const size_t head =
        file.len > 1 && (file.data[1] & 0x80) ? 2 + (file.data[1] & 0x7fU)
                                              : 2;
    const uint8_t *p = file.data;
    X509 *x;

    if (file.len > head && file.data[head] == 0x02) {
        return read_pkcs12(l, file);
    }
    x = d2i_X509(NULL, &p, (long)file.len);
    if (x == NULL) {
        return add_crl(l, file);
    }
    X509_free(x);
    return add_cert(l, file);
}

e2m_err
e2m_keyfile_read(e2m_env *env, e2m_bytes file, const char *pass,
                 e2m_keyfile *out)
{
    const e2m_place before = e2m_env_enter(env, "key file", file);
    e2m_keyfile kf = { NULL, 0, NULL, 0, NULL };
    load l = { env, pass, &kf };
    e2m_err err;

    *out = kf;
    e2m_ossl_start();
    if (file.len == 0 || file.len > FILE_MAX) {
        err = bad(&l, file.len == 0 ? E2M_E_SYNTAX : E2M_E_LIMIT,
                  "key file empty or too large");
    } else if (file.data[0] == 0x30) {
        err = read_der(&l, file);
    } else {
        err = read_pem(&l, file);
    }
    ERR_clear_error();
    if (err == E2M_OK) {
        *out = kf;
    } else {
        e2m_pkey_free(kf.key);
    }
    e2m_env_leave(env, before);
    return err;
}
