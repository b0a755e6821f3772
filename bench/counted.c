/* SPDX-License-Identifier: BSD-3-Clause */
/* A file of its own keeps the compiler from copying or inlining this: callgrind
 * knows it by its name and writes down what each call of it took. */
#include "bench.h"

void
bench_counted(subject *s, int id, unsigned runs)
{
    for (unsigned i = 0; i < runs; i++) {
        must(pieces[id].run(s), pieces[id].name);
    }
}
