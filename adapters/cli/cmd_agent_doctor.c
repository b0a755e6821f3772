/* SPDX-License-Identifier: BSD-3-Clause */
/* e2m agent doctor: all that has to be so for an agent to work, one after the
 * other, each in a line. What is wrong comes with what mends it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent.h"

/* Names of files and addresses come from outside. */
static void
put(const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;

        putchar(c < 0x20 || c == 0x7f ? '?' : c);
    }
}

static void
line(const char *word, const char *what, const char *more)
{
    printf("%-6s ", word);
    put(what);
    fputs(": ", stdout);
    put(more);
}

void
doctor_ok(const char *what, const char *how)
{
    line("ok", what, how);
    putchar('\n');
}

void
doctor_note(const char *what, const char *why)
{
    line("note", what, why);
    putchar('\n');
}

void
doctor_wrong(doctor *d, const char *what, const char *why, const char *mend)
{
    line("WRONG", what, why);
    fputs("; ", stdout);
    put(mend);
    putchar('\n');
    d->wrong++;
}

int
cmd_agent_doctor(const options *opt)
{
    doctor d = { .now_sec = opt->at >= 0 ? opt->at : (int64_t)time(NULL) };
    site *s;
    const int code = site_open(opt, &s);

    if (code != 0) {
        return code;
    }
    d.site = s;
    doctor_files(&d);
    doctor_keys(&d);
    doctor_net(&d);
    free(s);
    if (d.wrong == 0) {
        printf("All is well.\n");
        return EXIT_READ;
    }
    printf("%u %s wrong.\n", d.wrong, d.wrong == 1 ? "thing is" : "things are");
    return EXIT_OWN;
}
