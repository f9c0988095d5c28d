// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: what programs do to sockets, done to the control socket
 */
#define _GNU_SOURCE
#include "calls.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

void calls_socket(struct calls_thread *t)
{
	int type = SOCK_SEQPACKET, protocol = 0, fd, pair[2];

	if (calls_one_in(t, 8))
		type = (int)calls_below(t, 12);
	if (calls_one_in(t, 16))
		protocol = (int)calls_below(t, 4) - 1;
	if (calls_one_in(t, 16))
		socketpair(QNET_FAMILY_DEFAULT, type, protocol, pair);
	fd = socket(QNET_FAMILY_DEFAULT, type | (calls_one_in(t, 4) ? SOCK_NONBLOCK : 0), protocol);
	if (fd > 2)
		calls_keep(t, CALLS_CONTROL, fd);
}

/* Raw system calls: glibc has an opinion on some of these pointers. */
void calls_socket_call(struct calls_thread *t)
{
	int fd = calls_one_in(t, 8) ? calls_file(t) : calls_id(t, CALLS_CONTROL);
	size_t len = calls_length(t);
	void *at = calls_pointer(t, len), *size = calls_pointer(t, sizeof(socklen_t));

	switch (calls_below(t, 13)) {
	case 0:
		syscall(SYS_bind, fd, at, len);
		break;
	case 1:
		syscall(SYS_connect, fd, at, len);
		break;
	case 2:
		syscall(SYS_listen, fd, (int)len);
		break;
	case 3:
		syscall(SYS_accept4, fd, at, size, SOCK_CLOEXEC);
		break;
	case 4:
		syscall(SYS_getsockname, fd, at, size);
		break;
	case 5:
		syscall(SYS_getpeername, fd, at, size);
		break;
	case 6:
		syscall(SYS_shutdown, fd, calls_below(t, 4));
		break;
	case 7:
		syscall(SYS_sendto, fd, at, len, calls_draw(t) & 0xffff, size, 16);
		break;
	case 8:
		syscall(SYS_recvfrom, fd, at, len, calls_draw(t) & 0xffff, NULL, NULL);
		break;
	case 9:
		syscall(SYS_sendmsg, fd, at, MSG_NOSIGNAL);
		break;
	case 10:
		syscall(SYS_recvmsg, fd, at, 0);
		break;
	case 11:
		syscall(SYS_sendmmsg, fd, at, calls_below(t, 4), 0);
		break;
	default:
		/* the numbers that every socket answers, and this family's none */
		syscall(SYS_ioctl, fd, 0x8900 + calls_below(t, 256), at);
		break;
	}
}

void calls_socket_option(struct calls_thread *t)
{
	static const int levels[] = { SOL_SOCKET, SOL_SOCKET, SOL_SOCKET, 0, 1, 270, -1 };
	int fd = calls_id(t, CALLS_CONTROL), option = (int)calls_below(t, 80);
	size_t len = calls_below(t, 64);
	void *at = calls_pointer(t, len);

	if (calls_one_in(t, 2))
		syscall(SYS_setsockopt, fd, calls_pick(t, levels), option, at, len);
	else
		syscall(SYS_getsockopt, fd, calls_pick(t, levels), option, at,
			calls_pointer(t, sizeof(socklen_t)));
}
