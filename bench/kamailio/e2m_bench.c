/*
 * e2m_bench: the table of bench/ in a worker of Kamailio; no part of the module
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Linked as e2m.so is (a libcrypto of its own, nothing of it visible). The
 * first SIP worker measures, after the forks, and writes the table to `out`.
 */

#include <stdio.h>

#include "../../core/sr_module.h"

MODULE_VERSION

extern void table_to_file(const char *name);

static char *out = NULL;

static int child_init(int rank)
{
    if(rank == 1 && out != NULL) {
        table_to_file(out);
    }
    return 0;
}

static param_export_t params[] = {
    {"out", PARAM_STRING, &out},
    {0, 0, 0}
};

struct module_exports exports = {
    "e2m_bench", DEFAULT_DLFLAGS, 0, params, 0, 0, 0, 0, child_init, 0
};
