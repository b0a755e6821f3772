/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

int
ask_text(const char *given, const char *option, const char *question,
         char out[AGENT_TEXT])
{
    char line[AGENT_TEXT] = "";
    int n;

    if (given == NULL && isatty(STDIN_FILENO)) {
        printf("%s: ", question);
        (void)fflush(stdout);
        if (fgets(line, sizeof line, stdin) != NULL) {
            line[strcspn(line, "\r\n")] = '\0';
            given = line;
        }
    }
    if (given == NULL || given[0] == '\0') {
        return fault(EXIT_USAGE, "not given", option,
                     "e2m agent setup --help");
    }
    n = snprintf(out, AGENT_TEXT, "%s", given);
    if (n < 0 || n >= AGENT_TEXT || !agent_plain(out)) {
        return fault(EXIT_USAGE, "too long, or signs that cannot be taken",
                     option, "letters, digits and /._-+@:=,~[]*;");
    }
    return 0;
}
