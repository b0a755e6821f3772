/* SPDX-License-Identifier: BSD-3-Clause */
/* The goals, a row each: what is measured, against what, and the ratio that is
 * to be had. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

const piece pieces[PIECES] = {
    [UNWRAP_GCM] = { "key unwrap + GCM", floor_unwrap_gcm },
    [UNWRAP_HKDF_GCM] = { "unwrap + HKDF + GCM", floor_unwrap_hkdf_gcm },
    [DERIVE] = { "ECDH P-256 derive", floor_derive },
    [KEYGEN] = { "P-256 keygen", floor_keygen },
    [RSA_PRIVATE] = { "RSA-2048 private", floor_rsa },
    [ECDSA_VERIFY] = { "ECDSA verify", floor_verify },
    [CMS_KEPT] = { "CMS_decrypt, KEK", cms_kept },
    [CMS_EC] = { "CMS_decrypt, P-256", cms_ec },
    [CMS_RSA] = { "CMS_decrypt, RSA-2048", cms_rsa },
    [CMS_CHECK] = { "CMS_verify with path", cms_check },
    [CMS_SEAL] = { "CMS_encrypt, 2 x P-256", cms_seal },
    [CMS_PARSE] = { "d2i_CMS_ContentInfo", cms_parse },
    [OPEN_KEPT] = { "open by reused key", our_open_kept },
    [OPEN_COMMITTED] = { "  with commitment", our_open_committed },
    [OPEN_EC] = { "open, P-256 recipient", our_open_ec },
    [OPEN_RSA] = { "open, RSA-2048 recipient", our_open_rsa },
    [CHECK] = { "verify, signer seen before", our_check },
    [SEAL_EC] = { "seal to two P-256", our_seal },
    [INSPECT_FRESH] = { "whole inspection, fresh", inspect_fresh },
    [INSPECT_REUSED] = { "whole inspection, reused", inspect_reused },
    [NOT_FOR_US] = { "message not for us", our_not_for_us },
    [WORST_FIRST] = { "worst: 16 recipients", worst_0 },
    { "worst: 130 KEK recipients", worst_1 },
    { "worst: 270 RSA recipients", worst_2 },
    { "worst: name of 630 RDNs", worst_3 },
    { "worst: 16 attributes", worst_4 },
    { "worst: 600 attributes", worst_5 },
    { "worst: 2700 BER fragments", worst_6 },
    { "worst: 4000 nested lengths", worst_7 },
};

/* ours <= most x (floor + floor + ...), theirs >= least x ours; 0: no goal.
 * OpenSSL's ratio to the floor stands beside. */
typedef struct goal {
    piece_id ours;
    piece_id floor[3];
    double most;
    piece_id theirs;
    double least;
    bool no_heap;
} goal;

static const goal goals[] = {
    { OPEN_KEPT, { UNWRAP_GCM }, 1.12, CMS_KEPT, 9, true },
    { OPEN_COMMITTED, { UNWRAP_HKDF_GCM }, 1.12, CMS_KEPT, 6, true },
    { OPEN_EC, { DERIVE }, 1.08, CMS_EC, 0, false },
    { OPEN_RSA, { RSA_PRIVATE }, 1.01, CMS_RSA, 0, false },
    { CHECK, { ECDSA_VERIFY }, 1.03, CMS_CHECK, 0, false },
    { SEAL_EC, { KEYGEN, DERIVE, DERIVE }, 1.08, CMS_SEAL, 0, false },
    { INSPECT_FRESH, { ECDSA_VERIFY, DERIVE }, 1.05, NOTHING, 0, false },
    { INSPECT_REUSED, { ECDSA_VERIFY }, 1.05, NOTHING, 0, false },
    { NOT_FOR_US, { CMS_PARSE }, 0.05, NOTHING, 0, false },
};

static int
rising(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *v, size_t num)
{
    qsort(v, num, sizeof *v, rising);
    return v[num / 2];
}

static double
figure(const figures *f, piece_id id)
{
    double v[32];

    memcpy(v, f->of[id], sizeof v);
    return median(v, f->rounds);
}

/* The median of the ratios of each round. */
static double
ratio(const figures *f, piece_id above, const piece_id below[3])
{
    double v[32];

    for (size_t r = 0; r < f->rounds; r++) {
        double sum = 0;

        for (int i = 0; i < 3 && below[i] != NOTHING; i++) {
            sum += f->of[below[i]][r];
        }
        v[r] = f->of[above][r] / sum;
    }
    return median(v, f->rounds);
}

static int
say(FILE *to, double is, double goal_is, bool at_most)
{
    const bool met = at_most ? is <= goal_is : is >= goal_is;

    if (goal_is <= 0) {
        fprintf(to, " %7.2f              ", is);
        return 0;
    }
    fprintf(to, " %7.3f (%s %4.2f) %-4s", is, at_most ? "<=" : ">=", goal_is,
            met ? "met" : "NOT");
    return !met;
}

static int
print_goal(FILE *to, const figures *f, const goal *g,
           const unsigned long *heap)
{
    int missed = 0;

    fprintf(to, "%-27s %10.2f", pieces[g->ours].name, figure(f, g->ours));
    missed += say(to, ratio(f, g->ours, g->floor), g->most, true);
    if (g->theirs != NOTHING) {
        const piece_id ours[3] = { g->ours };

        missed += say(to, ratio(f, g->theirs, ours), g->least, false);
        fprintf(to, " %5.2f", ratio(f, g->theirs, g->floor));
    } else {
        fprintf(to, "%28s", "");
    }
    if (heap != NULL) {
        fprintf(to, "  %4lu%s", heap[g->ours],
                !g->no_heap ? "" : heap[g->ours] == 0 ? " met" : " NOT");
        missed += g->no_heap && heap[g->ours] != 0;
    }
    fputc('\n', to);
    return missed;
}

/* Twice a normal open, and one look at each octet of 8 KB is not counted. */
static int
print_worst(FILE *to, const figures *f)
{
    const piece_id normal[3] = { OPEN_KEPT };
    piece_id worst = WORST_FIRST;
    int missed;

    for (int id = WORST_FIRST; id <= WORST_LAST; id++) {
        if (figure(f, (piece_id)id) > figure(f, worst)) {
            worst = (piece_id)id;
        }
    }
    fprintf(to, "%-27s %10.2f", pieces[worst].name, figure(f, worst));
    missed = say(to, ratio(f, worst, normal), 2, true);
    fputc('\n', to);
    return missed;
}

int
table_print(FILE *to, const figures *f, const char *unit,
            const unsigned long *heap)
{
    int missed = 0;

    fprintf(to, "%-27s %10s %-26s%-27sCMS/floor%s\n", "work, 800 octets",
            unit, "  x floor", "  CMS/ours", heap != NULL ? "  heap" : "");
    for (size_t i = 0; i < sizeof goals / sizeof goals[0]; i++) {
        missed += print_goal(to, f, &goals[i], heap);
    }
    missed += print_worst(to, f);
    fputs("\nfor these, alone:\n", to);
    for (int id = NOTHING + 1; id < PIECES; id++) {
        if (id < OPEN_KEPT || id >= WORST_FIRST) {
            fprintf(to, "  %-27s %10.2f", pieces[id].name,
                    figure(f, (piece_id)id));
            if (heap != NULL) {
                fprintf(to, "  heap %lu", heap[id]);
            }
            fputc('\n', to);
        }
    }
    return missed;
}
