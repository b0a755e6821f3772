/* SPDX-License-Identifier: BSD-3-Clause */
/* The disclosure policy as a file, for the command and the Kamailio module:
 *
 *   rules = (
 *     { middle = "ss1.example.com";      # "*.example.com", "@own", "@peer"
 *       view = [ "application/sdp", "text/plain" ];
 *       verify = [ "*" ];
 *       withhold = [ "keys" ]; },        # or "a=NAME"
 *     { middle = "*.visited.example.net"; }   # nothing for these
 *   );
 *   lifetime = 86400;                    # seconds that a lesson holds
 *
 * The first rule about a middle decides; what no rule allows is denied. */
#ifndef POLICY_FILE_H
#define POLICY_FILE_H

#include <e2m/discovery.h>

/* What is wrong with a file, and in which line; 0: with none of them. */
typedef struct policy_fault {
    unsigned line;
    char what[120];
} policy_fault;

/* policy_file_read makes a policy of a file's text.
 * Fails  E2M_E_SYNTAX with *fault filled; E2M_E_NOMEM */
E2M_MUST e2m_err policy_file_read(e2m_bytes text, e2m_disclosure **out,
                                  policy_fault *fault);

#endif
