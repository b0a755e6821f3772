/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "role/role.h"

static void
expect(const char *sdp, const char *want)
{
    e2m_env env;
    e2m_bytes out;

    e2m_env_init(&env, NULL, NULL);
    assert_int_equal(e2m_sdp_copy(&env, e2m_str(sdp), NULL, 0, &out), E2M_OK);
    assert_int_equal(out.len, strlen(want));
    assert_memory_equal(out.data, want, out.len);
    e2m_env_done(&env);
}

/* Every carrier of keys that WIRE.md 1 means. */
static void
test_no_keys_pass(void **state)
{
    static const char *const carriers[] = {
        "k=clear:secret",
        "k=base64:c2VjcmV0",
        "k=prompt",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0",
        "a=key-mgmt:mikey c2VjcmV0",
        "a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0",
        "a=acap:2 key-mgmt:mikey c2VjcmV0",
        "a=mscap:3 crypto:1 inline:c2VjcmV0",
        "a=ice-pwd:secret",
        "a=ice-ufrag:secret",
        "a=path:msrp://192.0.2.1:7654/secret;tcp",
        "a=ws-uri:wss://h/secret",
        "a=ekt:secret",
        "a=fmtp:96 mode=1; ISMACrypKey=(key)secret",
        "a=fmtp:96 ISMACrypKey=secret",
        "a=CRYPTO:1 inline:c2VjcmV0",
        "a= crypto:1 inline:c2VjcmV0",
        "a=rtpmapx:secret",
        "x=secret",
        "i=secret",
        "u=secret",
        "e=secret",
        "ptime secret",
        "c=IN IP4 192.0.2.1\ra=crypto:1 inline:c2VjcmV0",
    };

    (void)state;
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
        char sdp[256];

        (void)snprintf(sdp, sizeof sdp, "v=0\r\n%s\r\nt=0 0\r\n",
                       carriers[i]);
        expect(sdp, "v=0\r\nt=0 0\r\n");
        (void)snprintf(sdp, sizeof sdp, "v=0\n%s", carriers[i]);
        expect(sdp, "v=0\n");
    }
}

static void
test_what_a_firewall_needs_passes(void **state)
{
    static const char sdp[] =
        "v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"
        "b=AS:64\r\nt=0 0\r\na=group:BUNDLE a v\r\n"
        "m=audio 4 RTP/SAVP 0 96\r\na=rtpmap:96 opus/48000/2\r\n"
        "a=fmtp:96 useinbandfec=1;stereo=0\r\na=ptime:20\r\na=sendrecv\r\n"
        "a=rtcp:5\r\na=rtcp-mux\r\na=mid:a\r\n"
        "a=candidate:1 1 UDP 2130706431 192.0.2.1 4 typ host\r\n"
        "a=setup:actpass\r\na=fingerprint:sha-256 AB:CD\r\n"
        "m=video 0 RTP/SAVP 31\r\na=inactive\r\n";

    (void)state;
    expect(sdp, sdp);
    expect("", "");
    expect("v=0", "v=0");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_keys_pass),
        cmocka_unit_test(test_what_a_firewall_needs_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
