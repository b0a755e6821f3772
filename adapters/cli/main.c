/* SPDX-License-Identifier: BSD-3-Clause */
/* e2m: the library at a command line. Here is the table of commands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

typedef struct command {
    const char *name;
    command_id id;
    int (*run)(const options *opt);
    const char *usage;
    const char *what;
} command;

static const command commands[] = {
    { "pki", CMD_PKI, cmd_pki,
      "e2m pki init DIR\n"
      "       e2m pki issue DIR sip:USER@DOMAIN|HOST [--key KIND | --rsa BITS]",
      "a demo CA, and keys with certificates from it" },
    { "seal", CMD_SEAL, cmd_seal,
      "e2m seal --as KEY.pem --to CERT [OPTION...] < plain.sip > sealed.sip",
      "protect a message's body for the far user and chosen proxies" },
    { "open", CMD_OPEN, cmd_open,
      "e2m open --as KEY.pem --trust CA [OPTION...] < sealed.sip > plain.sip",
      "verify and decrypt as the far user, and put the plain body back" },
    { "inspect", CMD_INSPECT, cmd_inspect,
      "e2m inspect --as KEY.pem --name HOST --trust CA [OPTION...] < any.sip",
      "what a proxy finds: a report on what it was asked to read" },
    { "explain", CMD_EXPLAIN, cmd_explain,
      "e2m explain [OPTION...] < any.sip",
      "the tree of parts: labels, recipients, signers; needs no key" },
    { "refuse", CMD_REFUSE, cmd_refuse,
      "e2m refuse --as KEY.pem --name HOST --trust CA [OPTION...] < any.sip\n"
      "           > answer.sip",
      "what a proxy answers to a request that it does not let pass" },
    { "learn", CMD_LEARN, cmd_learn,
      "e2m learn --trust CA --policy FILE --learned FILE --request plain.sip\n"
      "           [OPTION...] < answer.sip",
      "judge such an answer, ask the disclosure policy, remember" },
    { "policy", CMD_POLICY, cmd_policy,
      "e2m policy check FILE\n"
      "       e2m policy why FILE --middle NAME --type TYPE [OPTION...]",
      "a disclosure policy, checked and asked" },
    { "agent setup", CMD_SETUP, cmd_agent_setup,
      "e2m agent setup --user sip:USER@DOMAIN --proxy sip:HOST --ca FILE\n"
      "           [OPTION...]\n"
      "       e2m agent setup --cert FILE [--dir DIR]",
      "configure the agent beside a phone, and say what the phone needs" },
    { "agent status", CMD_STATUS, cmd_agent_status,
      "e2m agent status [--dir DIR] [--json]",
      "what a running agent has done: phones, lessons, failures" },
    { "agent doctor", CMD_DOCTOR, cmd_agent_doctor,
      "e2m agent doctor [--dir DIR]",
      "what is wrong with an agent, and how to mend it" },
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const char exit_codes[] =
    "Exit codes: 0 done, read; 1 usage; 2 malformed input; 3 nothing here is\n"
    "for me, or to do; 4 undecipherable (493); 5 forbidden: signature,\n"
    "identity, replay (403) or disclosure policy; 6 a key, certificate or\n"
    "other file of our own.\n";

static void
help(void)
{
    printf("e2m %s: end-to-middle security for SIP (%s)\n\n", e2m_version(),
           e2m_crypto_library());
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("  e2m %-13s %s\n", commands[i].name, commands[i].what);
    }
    printf("\ne2m COMMAND --help shows the options.\n%s", exit_codes);
}

static int
run(const command *c, char **argv)
{
    options opt;
    const int code = args_read(c->id, argv, &opt);

    if (code != 0) {
        return code;
    }
    if (opt.help) {
        printf("usage: %s\n%s.\n\n", c->usage, c->what);
        args_help(c->id);
        fputs(exit_codes, stdout);
        return EXIT_READ;
    }
    return c->run(&opt);
}

/* How many words of argv the command's name takes; 0: it is another one. */
static int
matches(const command *c, char **argv)
{
    const size_t first = strcspn(c->name, " ");

    if (strlen(argv[0]) != first || memcmp(c->name, argv[0], first) != 0) {
        return 0;
    }
    if (c->name[first] == '\0') {
        return 1;
    }
    return argv[1] != NULL && strcmp(c->name + first + 1, argv[1]) == 0 ? 2 : 0;
}

static int
dispatch(int argc, char **argv)
{
    if (argc < 2) {
        return fault(EXIT_USAGE, "no command", "the command line",
                     "e2m --help lists them");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help();
        return EXIT_READ;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("e2m %s\n", e2m_version());
        return EXIT_READ;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        const int words = matches(&commands[i], argv + 1);

        if (words > 0) {
            return run(&commands[i], argv + 1 + words);
        }
    }
    return fault(EXIT_USAGE, "unknown command", argv[1],
                 "e2m --help lists them");
}

int
main(int argc, char **argv)
{
    const int code = dispatch(argc, argv);

    /* a full disk or a closed pipe: nobody may take it for a report */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return fault(EXIT_OWN, "cannot write", "standard output",
                     strerror(errno));
    }
    return code;
}
