/* SPDX-License-Identifier: BSD-3-Clause */
/* The tests' own e2m_random: the same octets in every run. One thread. */
#ifndef E2M_TEST_RANDOM_H
#define E2M_TEST_RANDOM_H

#include "crypto/crypto.h"

/* e2m_test_seed starts the stream over; other seeds give other streams. */
void e2m_test_seed(uint64_t seed);
/* e2m_test_random_fail_after lets `calls` more calls succeed and fails all
 * later ones; a negative number: never fail. e2m_test_seed resets it. */
void e2m_test_random_fail_after(int calls);

#endif
