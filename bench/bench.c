/* SPDX-License-Identifier: BSD-3-Clause */
/* bench [table|store|workers]...   as named; without a name, table and workers
 * bench each N                     every piece of work N times, for
 *                                  bench/instructions
 * bench from FILE                  the table of the figures that it found
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

static int
table(subject *s)
{
    unsigned long heap[PIECES] = { 0 };
    figures f = { .rounds = 0 };
    int missed;

    time_all(s, &f);
    for (int id = NOTHING + 1; id < PIECES; id++) {
        const unsigned long before = heap_calls();

        must(pieces[id].run(s), pieces[id].name);
        heap[id] = heap_calls() - before;
    }
    missed = table_print(stdout, &f, "us", heap);
    printf("\n%d not met\n\n", missed);
    return missed;
}

/* ---- instructions, counted by callgrind ---------------------------------- */

static void
each(subject *s, unsigned runs)
{
    for (int id = NOTHING + 1; id < PIECES; id++) {
        must(pieces[id].run(s) && pieces[id].run(s), pieces[id].name);
        bench_counted(s, id, runs);
    }
}

/* A figure a line, in the order of the pieces. */
static int
from(const char *name)
{
    FILE *in = fopen(name, "r");
    figures f = { .rounds = 1 };
    int missed;

    must(in != NULL, name);
    for (int id = NOTHING + 1; id < PIECES; id++) {
        must(fscanf(in, "%lf", &f.of[id][0]) == 1, "a figure");
    }
    fclose(in);
    missed = table_print(stdout, &f, "instr.", NULL);
    printf("\n%d not met\n", missed);
    return missed;
}

static void
run(subject *s, const char *what)
{
    if (strcmp(what, "table") == 0) {
        (void)table(s);
    } else if (strcmp(what, "workers") == 0) {
        measure_workers(s);
    } else if (strcmp(what, "store") == 0) {
        measure_store();
    } else {
        must(false, what);
    }
}

int
main(int argc, char **argv)
{
    static subject s;

    heap_watch();
    if (argc == 3 && strcmp(argv[1], "from") == 0) {
        (void)from(argv[2]);
        return 0;
    }
    subject_make(&s);
    if (argc == 3 && strcmp(argv[1], "each") == 0) {
        each(&s, (unsigned)strtoul(argv[2], NULL, 10));
    } else {
        printf("e2m %s, %s\n\n", e2m_version(), e2m_crypto_library());
        for (int i = 1; i < argc; i++) {
            run(&s, argv[i]);
        }
        if (argc == 1) {
            run(&s, "table");
            run(&s, "workers");
        }
    }
    subject_free(&s);
    return 0;
}
