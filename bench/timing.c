/* SPDX-License-Identifier: BSD-3-Clause */
/* Microseconds are of this machine and this minute; believe the ratios. All
 * pieces are timed in turn in each of many short rounds, by the thread's own
 * processor time, and a ratio is the median of those of the rounds, so that a
 * noisy neighbour harms all alike. */
#include "bench.h"

#include <time.h>

enum { ROUNDS = 15 };

static const double spell_sec = 0.003;

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds of `runs` runs. */
static double
spell(subject *s, const piece *p, unsigned runs)
{
    const double start = seconds();

    for (unsigned i = 0; i < runs; i++) {
        must(p->run(s), p->name);
    }
    return seconds() - start;
}

void
time_all(subject *s, figures *out)
{
    unsigned runs[PIECES] = { 0 };

    for (int id = NOTHING + 1; id < PIECES; id++) {
        double took = 0;

        (void)spell(s, &pieces[id], 3);
        for (runs[id] = 1; took < spell_sec; runs[id] *= 2) {
            took = spell(s, &pieces[id], runs[id]);
        }
    }
    out->rounds = ROUNDS;
    for (size_t r = 0; r < ROUNDS; r++) {
        for (int id = NOTHING + 1; id < PIECES; id++) {
            out->of[id][r] =
                spell(s, &pieces[id], runs[id]) / runs[id] * 1e6;
        }
    }
}

void
table_to_file(const char *name)
{
    static subject s;
    figures f = { .rounds = 0 };
    FILE *to = fopen(name, "w");

    must(to != NULL, name);
    subject_make(&s);
    time_all(&s, &f);
    fprintf(to, "\n%d not met\n", table_print(to, &f, "us", NULL));
    subject_free(&s);
    must(fclose(to) == 0, name);
}
