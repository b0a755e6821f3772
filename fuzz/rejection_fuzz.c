/* SPDX-License-Identifier: BSD-3-Clause */
/* What a user agent reads of discovery: an answer that may demand something,
 * the memory of demands, a disclosure policy. Each takes the same octets. */
#include <e2m/discovery.h>
#include <string.h>

#include "fuzz.h"
#include "policy_file.h"
#include "readers.h"

enum { NOW = 1795300000 }; /* of the seeds, too */

/* test/vectors/message.sip: the seeds answer it */
static const char sent[] =
    "MESSAGE sip:bob@biloxi.example.com SIP/2.0\r\n"
    "Via: SIP/2.0/TCP client.atlanta.example.com:5060;branch=z9hG4bK74bf9\r\n"
    "Max-Forwards: 70\r\n"
    "From: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"
    "To: Bob <sip:bob@biloxi.example.com>\r\n"
    "Call-ID: 3848276298220188511@atlanta.example.com\r\n"
    "CSeq: 1 MESSAGE\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 37\r\n\r\n"
    "The figures are in. Sell at the open.";

static e2m *ctx;
static e2m_msg *request;
static e2m_disclosure *anybody;
static e2m_learned *memory;

/* libconfig loses a string that it did not expect: 64 octets of a policy that
 * is refused. Not ours, and not worth a finding; test/cli/lsan.supp */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void)
{
    return "leak:libconfig.so";
}

static e2m_bytes
text(const char *s)
{
    return (e2m_bytes){ (const uint8_t *)s, strlen(s) };
}

static void
start(void)
{
    e2m_conf *conf = e2m_conf_new(NULL);

    MUST(conf != NULL);
    MUST(e2m_conf_trust(conf, text(reader_host)) == E2M_OK);
    MUST(e2m_new(&ctx, conf) == E2M_OK);
    e2m_conf_free(conf);
    MUST(e2m_msg_open(&request, ctx, text(sent), E2M_DATAGRAM, NOW) == E2M_OK);
    MUST(e2m_disclosure_new(&anybody) == E2M_OK);
    MUST(e2m_disclosure_rule(anybody, text("@own"), 1) == E2M_OK);
    MUST(e2m_disclosure_allow(anybody, E2M_VIEW, text("*")) == E2M_OK);
    MUST(e2m_disclosure_allow(anybody, E2M_VERIFY, text("*")) == E2M_OK);
    MUST(e2m_learned_new(&memory, ctx) == E2M_OK);
}

/* What a memory writes it reads, and writes again. */
static void
try_round(void)
{
    e2m_learned *other = NULL;
    e2m_bytes first;
    e2m_bytes second;
    unsigned line = 1;

    MUST(e2m_learned_text(memory, &first) == E2M_OK);
    MUST(e2m_learned_new(&other, ctx) == E2M_OK);
    MUST(e2m_learned_read(other, first, &line) == E2M_OK && line == 0);
    MUST(e2m_learned_text(other, &second) == E2M_OK);
    MUST(first.len == second.len &&
         memcmp(first.data, second.data, first.len) == 0);
    e2m_learned_free(other);
}

static void
forget(void)
{
    (void)e2m_learned_drop(memory, INT64_MAX);
    MUST(e2m_learned_count(memory) == 0);
}

static void
try_rejection(e2m_msg *answer)
{
    const e2m_rejection *r = NULL;
    e2m_permit permit;

    if (e2m_end_rejection(answer, NULL, &r) == E2M_OK) {
        MUST(!r->believed && r->reason != E2M_BECAUSE_NONE);
    }
    if (e2m_end_rejection(answer, request, &r) != E2M_OK) {
        return;
    }
    MUST(r->believed == (r->reason == E2M_BECAUSE_NONE));
    if (!r->believed) {
        MUST(e2m_learned_add(memory, request, r, anybody, &permit) ==
             E2M_E_ARG);
        MUST(!permit.allowed && e2m_learned_count(memory) == 0);
        return;
    }
    MUST(r->middle.len > 0 && r->num_demands > 0 && r->certificate.len > 0);
    whatever(e2m_learned_add(memory, request, r, anybody, &permit));
    MUST(permit.allowed || e2m_learned_count(memory) == 0);
    try_round();
    forget();
}

static void
try_memory(e2m_bytes in)
{
    unsigned line = 0;

    if (e2m_learned_read(memory, in, &line) == E2M_OK) {
        MUST(line == 0);
        try_round();
        forget();
    } else {
        MUST(line > 0 && e2m_learned_count(memory) == 0);
    }
}

static void
try_policy(e2m_bytes in)
{
    e2m_question q = { .middle = text("ss1.example.com"),
                       .own = text("example.com"),
                       .peer = text("example.net"),
                       .what = E2M_VIEW,
                       .type = text("application/sdp") };
    e2m_disclosure *policy = NULL;
    policy_fault fault;
    e2m_permit permit;

    if (policy_file_read(in, &policy, &fault) == E2M_OK) {
        MUST(fault.what[0] == '\0');
        e2m_disclosure_ask(policy, &q, &permit);
        MUST(permit.ruled || !permit.allowed);
        q.what = E2M_VERIFY;
        e2m_disclosure_ask(policy, &q, &permit);
        MUST(permit.ruled || !permit.allowed);
    } else {
        MUST(policy == NULL && fault.what[0] != '\0');
    }
    e2m_disclosure_free(policy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const e2m_bytes in = { data, size };
    e2m_msg *answer = NULL;

    if (ctx == NULL) {
        start();
    }
    if (e2m_msg_open(&answer, ctx, in, E2M_DATAGRAM, NOW) == E2M_OK) {
        try_rejection(answer);
    }
    e2m_msg_close(answer);
    try_memory(in);
    try_policy(in);
    return 0;
}
