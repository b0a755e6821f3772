/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of all commands as one table (options.c), which reading and help
 * both follow (args.c). */
#ifndef ARGS_H
#define ARGS_H

#include "cli.h"

typedef enum kind { FLAG, TEXT, TEXTS, NUMBER, CHOICE } kind;

typedef struct row {
    const char *name;
    kind kind;
    size_t offset; /* in options */
    unsigned commands;
    const char *value; /* what stands behind it; of a CHOICE: its words */
    const char *help;
} row;

extern const row option_rows[];
extern const size_t option_rows_num;

#endif
