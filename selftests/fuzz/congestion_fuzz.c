// SPDX-License-Identifier: GPL-2.0
/* fuzz: kmod/congestion.c kmod/param.c */
/*
 * qnet - round trips of any length, frames of any fate: delays and window stay within their bounds
 */
#include "congestion.h"
#include "param.h"

#include "fuzz.h"

#define LONGEST	16000000
#define first(name)	(qnet_param_infos[QNET_PARAM_##name].value)

static struct qnet_params params;

static void congestion_bounds(const struct qnet_congestion *cc, u32 ack_delay, u32 most)
{
	struct qnet_congestion once = *cc;
	u32 delay = qnet_congestion_probe_delay(cc, ack_delay, most);

	fuzz_check(delay >= first(probe_least) && delay <= first(probe_most));
	fuzz_check(qnet_congestion_loss_delay(cc) >= first(loss_least));
	once.backoff = 0;
	fuzz_check(qnet_congestion_probe_delay(&once, ack_delay, most) <= delay);
}

/* Frames go, arrive, are lost, in any order; each leaves the flight once. */
static void congestion_window(struct fuzz_input *in)
{
	u32 frame = 576 + fuzz_number(in, 2) % 8641, size, flying = 0;
	struct qnet_congestion cc;
	u64 next = 1;

	qnet_congestion_init(&cc, &params, frame);
	while (in->left) {
		size = 32 + fuzz_number(in, 2) % (frame - 31);
		switch (fuzz_number(in, 1) % 8) {
		case 0 ... 2:
			if (!qnet_congestion_open(&cc, size))
				break;
			qnet_congestion_sent(&cc, size);
			flying += size;
			next++;
			break;
		case 3:
			size = size < flying ? size : flying;
			qnet_congestion_acked(&cc, size, next - 1 - fuzz_number(in, 1) % next,
					      qnet_congestion_used(&cc));
			flying -= size;
			break;
		case 4:
			size = size < flying ? size : flying;
			qnet_congestion_lost(&cc, size, next - 1 - fuzz_number(in, 1) % next,
					     next - 1);
			flying -= size;
			break;
		case 5:
			size = size < flying ? size : flying;
			qnet_congestion_forgotten(&cc, size);
			flying -= size;
			break;
		case 6:
			qnet_congestion_spurious(&cc, fuzz_number(in, 8));
			break;
		default:
			qnet_congestion_persistent(&cc);
			break;
		}
		fuzz_check(cc.in_flight == flying);
		fuzz_check(flying || qnet_congestion_open(&cc, frame));
		fuzz_check(cc.window >= first(window_least) * frame);
		fuzz_check(cc.window <= first(window_most) * frame);
		fuzz_check(cc.threshold >= first(window_least) * frame);
		fuzz_check(cc.reorder >= first(reorder_least) &&
			   cc.reorder <= first(reorder_most));
		fuzz_check(cc.patience <= first(reorder_time_most));
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { .data = data, .left = size };
	struct qnet_congestion cc;
	u32 least = LONGEST, most = 1, usecs;

	qnet_params_init(&params);
	qnet_congestion_init(&cc, &params, 1500);
	if (fuzz_number(&in, 1) & 1) {
		congestion_window(&in);
		return 0;
	}
	while (in.left) {
		cc.backoff = fuzz_number(&in, 1) & 1 ? fuzz_number(&in, 4) : 0;
		usecs = fuzz_number(&in, 4);
		congestion_bounds(&cc, fuzz_number(&in, 4) % 1000001, usecs);
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
	congestion_bounds(&cc, 0, U32_MAX);
	return 0;
}
