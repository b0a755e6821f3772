/* SPDX-License-Identifier: BSD-3-Clause */
/* Two workers at once against one: processor time a piece of work, because the
 * machine may be shared. Perfect scaling is what a loop without memory gets.
 * Who sleeps takes no processor time, so how often threads had to wait for each
 * other's locks is counted beside it. Where the two are seldom at work at once,
 * because others take the processors, this says little: CMS_verify, which does
 * not scale, is there to tell. */
#define _GNU_SOURCE 1 /* RUSAGE_THREAD */
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 7 };

static const double spell_sec = 0.05;

typedef struct worker {
    subject s;   /* contexts of its own, keys shared */
    work *run;
    double took; /* out: seconds of processor time a run, */
    double waits; /* and how often it had to wait for somebody, a run */
} worker;

static double
seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
control(subject *s)
{
    volatile unsigned x = s->text[0];

    for (int i = 0; i < 20000; i++) {
        x = x * 1664525U + 1013904223U;
    }
    return true;
}

static long
waits(void)
{
    struct rusage u;

    must(getrusage(RUSAGE_THREAD, &u) == 0, "getrusage");
    return u.ru_nvcsw;
}

static void *
labour(void *user)
{
    worker *w = user;
    const long before = waits();
    const double start = seconds();
    double now = start;
    unsigned runs = 0;

    while (now - start < spell_sec) {
        for (int i = 0; i < 16; i++) {
            must(w->run(&w->s), "work");
        }
        runs += 16;
        now = seconds();
    }
    w->took = (now - start) / runs;
    w->waits = (double)(waits() - before) / runs;
    return NULL;
}

static void
by_threads(worker *w, int num)
{
    pthread_t t[2];

    for (int i = 0; i < num; i++) {
        must(pthread_create(&t[i], NULL, labour, &w[i]) == 0, "a thread");
    }
    for (int i = 0; i < num; i++) {
        must(pthread_join(t[i], NULL) == 0, "a thread");
    }
}

static void
by_processes(worker *w, int num)
{
    for (int i = 0; i < num; i++) {
        const pid_t pid = fork();

        must(pid >= 0, "fork");
        if (pid == 0) {
            (void)labour(&w[i]);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
}

static int
rising(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The share of a worker's speed that is left when there are two. */
static double
share(worker *w, work *run, void (*by)(worker *w, int num))
{
    double v[ROUNDS];

    w[0].run = w[1].run = run;
    for (int r = 0; r < ROUNDS; r++) {
        double alone;

        by(w, 1);
        alone = w[0].took;
        by(w, 2);
        v[r] = 2 * alone / (w[0].took + w[1].took);
    }
    qsort(v, ROUNDS, sizeof v[0], rising);
    return v[ROUNDS / 2];
}

void
measure_workers(subject *s)
{
    static const piece_id ids[] = { OPEN_KEPT, OPEN_EC, OPEN_RSA, CHECK,
                                    INSPECT_REUSED, INSPECT_FRESH, CMS_KEPT,
                                    CMS_CHECK };
    worker *w = mmap(NULL, 2 * sizeof *w, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double perfect[2];

    must(w != MAP_FAILED, "shared memory");
    for (int i = 0; i < 2; i++) {
        w[i].s = *s;
        must(e2m_crypto_new(&w[i].s.c) == E2M_OK, "contexts");
    }
    perfect[0] = share(w, control, by_processes);
    perfect[1] = share(w, control, by_threads);
    printf("two workers, of perfect scaling (>= 0.95)\n"
           "  %-27s processes  threads    waits in 1000\n", "");
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        work *run = pieces[ids[i]].run;
        const double p = share(w, run, by_processes) / perfect[0];
        const double t = share(w, run, by_threads) / perfect[1];

        printf("  %-27s %5.2f %-4s %5.2f %-4s %10.1f\n",
               pieces[ids[i]].name, p, p >= 0.95 ? "met" : "NOT", t,
               t >= 0.95 ? "met" : "NOT",
               (w[0].waits + w[1].waits) * 500);
    }
    putchar('\n');
    e2m_crypto_free(w[0].s.c);
    e2m_crypto_free(w[1].s.c);
    (void)munmap(w, 2 * sizeof *w);
}
