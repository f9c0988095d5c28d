// SPDX-License-Identifier: GPL-2.0
/* fuzz: kmod/congestion.c */
/*
 * qnet - round trips of any length: what is waited for stays within its bounds
 */
#include "congestion.h"

#include "fuzz.h"

#define LONGEST	16000000

static void congestion_bounds(const struct qnet_congestion *cc, u32 ack_delay)
{
	struct qnet_congestion once = *cc;
	u32 delay = qnet_congestion_probe_delay(cc, ack_delay);

	fuzz_check(delay >= QNET_CONGESTION_PROBE_MIN && delay <= QNET_CONGESTION_PROBE_MAX);
	fuzz_check(qnet_congestion_loss_delay(cc) >= QNET_CONGESTION_LOSS_MIN);
	once.backoff = 0;
	fuzz_check(qnet_congestion_probe_delay(&once, ack_delay) <= delay);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { .data = data, .left = size };
	struct qnet_congestion cc = { 0 };
	u32 least = LONGEST, most = 1, usecs;

	while (in.left) {
		cc.backoff = fuzz_number(&in, 1) & 1 ? fuzz_number(&in, 4) : 0;
		congestion_bounds(&cc, fuzz_number(&in, 4) % 1000001);
		usecs = fuzz_number(&in, 4);
		qnet_congestion_sample(&cc, usecs);
		usecs = usecs > LONGEST ? LONGEST : usecs;
		usecs = usecs ? usecs : 1;
		least = usecs < least ? usecs : least;
		most = usecs > most ? usecs : most;
		/* an average; what is lost by rounding is less than one */
		fuzz_check(qnet_congestion_rtt(&cc) >= least && qnet_congestion_rtt(&cc) <= most);
		fuzz_check(cc.rttvar4 / 4 <= most);
	}
	congestion_bounds(&cc, 0);
	return 0;
}
