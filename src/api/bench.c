/* SPDX-License-Identifier: BSD-3-Clause */
/* A context is immutable and shared by threads, but fetched algorithms,
 * prepared OpenSSL contexts and the memory of certificates serve one thread at
 * a time. So each open message borrows a bench with all of them; spare ones
 * wait in a rack of atomic slots. No lock, and nothing is made twice while
 * threads are no more than slots. */
#include <stdatomic.h>
#include <stdlib.h>

#include "api/api.h"

enum { CERTS_KEPT = 1024, VERDICT_SEC = 3600 };

struct e2m_bench_rack {
    _Atomic(e2m_bench *) slots[E2M_BENCHES];
    size_t max_rsa_bits;
};

static void
bench_free(e2m_bench *b)
{
    if (b != NULL) {
        e2m_certs_free(b->certs);
        e2m_crypto_free(b->crypto);
        free(b);
    }
}

static e2m_err
bench_new(size_t max_rsa_bits, e2m_bench **out)
{
    e2m_bench *b = calloc(1, sizeof *b);
    e2m_err err;

    if (b == NULL) {
        return E2M_E_NOMEM;
    }
    err = e2m_crypto_new(&b->crypto);
    if (err == E2M_OK) {
        err = e2m_certs_new(CERTS_KEPT, VERDICT_SEC, max_rsa_bits, &b->certs);
    }
    if (err != E2M_OK) {
        bench_free(b);
        return err;
    }
    *out = b;
    return E2M_OK;
}

e2m_err
e2m_rack_new(size_t max_rsa_bits, e2m_bench_rack **out)
{
    e2m_bench_rack *rack = calloc(1, sizeof *rack);

    if (rack == NULL) {
        return E2M_E_NOMEM;
    }
    rack->max_rsa_bits = max_rsa_bits;
    for (size_t i = 0; i < E2M_BENCHES; i++) {
        atomic_init(&rack->slots[i], NULL);
    }
    *out = rack;
    return E2M_OK;
}

void
e2m_rack_free(e2m_bench_rack *rack)
{
    if (rack == NULL) {
        return;
    }
    for (size_t i = 0; i < E2M_BENCHES; i++) {
        bench_free(atomic_exchange(&rack->slots[i], NULL));
    }
    free(rack);
}

e2m_err
e2m_rack_take(e2m_bench_rack *rack, e2m_bench **out)
{
    for (size_t i = 0; i < E2M_BENCHES; i++) {
        e2m_bench *b = atomic_exchange(&rack->slots[i], NULL);

        if (b != NULL) {
            e2m_certs_trim(b->certs);
            *out = b;
            return E2M_OK;
        }
    }
    return bench_new(rack->max_rsa_bits, out);
}

void
e2m_rack_give(e2m_bench_rack *rack, e2m_bench *bench)
{
    if (bench != NULL) {
        e2m_crypto_rest(bench->crypto);
    }
    for (size_t i = 0; i < E2M_BENCHES && bench != NULL; i++) {
        e2m_bench *none = NULL;

        if (atomic_compare_exchange_strong(&rack->slots[i], &none, bench)) {
            bench = NULL;
        }
    }
    bench_free(bench);
}
