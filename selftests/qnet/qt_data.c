// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what the test programs share: contents, an echo, a thread that sends
 */
#define _GNU_SOURCE
#include "qt.h"

#include <stdio.h>
#include <sys/syscall.h>

#define QT_ECHO_SIZE	(8 << 20)

void qt_fill(void *buf, size_t len, unsigned int seed)
{
	unsigned char *bytes = buf;
	size_t i;

	for (i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(seed >> 24);
	}
}

bool qt_filled(const void *buf, size_t len, unsigned int seed)
{
	const unsigned char *bytes = buf;
	size_t i;

	for (i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		if (bytes[i] != (unsigned char)(seed >> 24)) {
			fprintf(stderr, "# byte %zu of %zu is wrong\n", i, len);
			return false;
		}
	}
	return true;
}

void qt_turn(void *buf, size_t len)
{
	unsigned char *bytes = buf;
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] ^= 0xa5;
}

/* Never -1, so that it can be a status. */
uint32_t qt_sum(const void *buf, size_t len)
{
	const unsigned char *bytes = buf;
	uint32_t sum = 2166136261U;
	size_t i;

	for (i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 16777619U;
	return sum;
}

void qt_echo(struct qt *qt, int chid, void *arg)
{
	struct _msg_info info;
	struct _pulse *pulse;
	char *buf = malloc(QT_ECHO_SIZE);
	uint32_t sum;
	int rcvid, err;

	QT_CHECK(qt, buf);
	for (;;) {
		rcvid = MsgReceive(chid, buf, QT_ECHO_SIZE, &info);
		QT_CHECK(qt, rcvid >= 0);
		pulse = (struct _pulse *)buf;
		if (rcvid == 0 && pulse->code == QT_PULSE_STOP)
			break;
		if (rcvid == 0)
			continue;
		QT_CHECK(qt, info.msglen == info.srcmsglen);
		sum = qt_sum(buf, (size_t)info.msglen);
		qt_turn(buf, (size_t)info.msglen);
		err = MsgReply_r(rcvid, (long)sum, buf, (size_t)info.msglen);
		QT_CHECK(qt, !err || (err == -ESRCH && arg == QT_LEAVING));
	}
	free(buf);
}

bool qt_echoed(int coid, size_t len)
{
	char *out = calloc(1, len), *in = malloc(len);
	bool good;

	qt_fill(out, len, (unsigned int)len);
	good = MsgSend(coid, out, len, in, len) == (long)qt_sum(out, len);
	if (!good)
		fprintf(stderr, "# %zu bytes: errno %d (%s)\n", len, errno, strerror(errno));
	qt_turn(out, len);
	good = good && !memcmp(out, in, len);
	free(out);
	free(in);
	return good;
}

void qt_keep(struct qt *qt, int chid, void *arg)
{
	struct _pulse pulse;
	int rcvid;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, &pulse, sizeof(pulse), NULL);
		if (rcvid < 0)
			return;
		if (rcvid) {
			qt_mark(qt, QT_RECEIVED);
		} else if (pulse.code == _PULSE_CODE_DISCONNECT) {
			ConnectDetach(pulse.scoid);
			qt_mark(qt, QT_DISCONNECTED);
		}
	}
}

bool qt_flush(int coid)
{
	uint64_t soon = 50 * 1000000;

	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, NULL, &soon, NULL);
	return MsgSend_r(coid, NULL, 0, NULL, 0) == -ETIMEDOUT;
}

static void *qt_send_run(void *arg)
{
	struct qt_send *send = arg;

	if (send->priority)
		qnet_setprio(send->priority);
	__atomic_store_n(&send->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	if (send->timeout)
		TimerTimeout(CLOCK_MONOTONIC, send->timeout_states, NULL, &send->timeout, NULL);
	errno = 0;
	send->status = MsgSend(send->coid, send->out, send->out_len, send->in, send->in_len);
	send->err = errno;
	__atomic_store_n(&send->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool qt_send_began(void *arg)
{
	struct qt_send *send = arg;

	return __atomic_load_n(&send->tid, __ATOMIC_ACQUIRE) != 0;
}

bool qt_send_start(struct qt_send *send)
{
	send->tid = 0;
	send->done = false;
	return pthread_create(&send->thread, NULL, qt_send_run, send) == 0 &&
	       qt_until(qt_send_began, send);
}

bool qt_send_join(struct qt_send *send)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += QT_PATIENCE;
	return pthread_timedjoin_np(send->thread, NULL, &end) == 0;
}
