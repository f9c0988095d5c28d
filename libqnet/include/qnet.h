/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - what libqnet has beside the Neutrino calls
 *
 * Where the kernel module is not loaded, every call fails with EAFNOSUPPORT.
 */
#ifndef _QNET_H
#define _QNET_H

#include <sys/neutrino.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * MsgReplyReceive() - answer one client and wait for the next, in one system call
 * @chid:	channel to receive on
 * @rcvid:	whom to answer; 0: nobody, as in a server's first round
 * @status:	what the client's MsgSend() returns
 * @smsg:	the reply
 * @sbytes:	its length
 * @rmsg:	where the next message or pulse goes
 * @rbytes:	room there
 * @info:	who sent it, or NULL; not written for a pulse
 *
 * A reply that fails does not receive: the error is the one MsgReply() would give, and the next
 * call with @rcvid 0 goes on.  This is a cancellation point.
 *
 * Return: the rcvid of a message, 0 for a pulse, -1 with errno as MsgReply() or MsgReceive().
 */
rcvid_t MsgReplyReceive(int chid, rcvid_t rcvid, long status, const void *smsg, size_t sbytes,
			void *rmsg, size_t rbytes, struct _msg_info *info);
rcvid_t MsgReplyReceive_r(int chid, rcvid_t rcvid, long status, const void *smsg, size_t sbytes,
			  void *rmsg, size_t rbytes, struct _msg_info *info);

/**
 * MsgReplyReceivev() - MsgReplyReceive() with both messages in parts
 * @chid:	channel to receive on
 * @rcvid:	whom to answer; 0: nobody
 * @status:	what the client's MsgSend() returns
 * @siov:	parts of the reply
 * @sparts:	how many
 * @riov:	parts to receive into
 * @rparts:	how many
 * @info:	who sent the next message, or NULL
 *
 * Return: as MsgReplyReceive().
 */
rcvid_t MsgReplyReceivev(int chid, rcvid_t rcvid, long status, const iov_t *siov, size_t sparts,
			 const iov_t *riov, size_t rparts, struct _msg_info *info);
rcvid_t MsgReplyReceivev_r(int chid, rcvid_t rcvid, long status, const iov_t *siov, size_t sparts,
			   const iov_t *riov, size_t rparts, struct _msg_info *info);

/**
 * qnet_channel_fd() - a channel's file, for poll(2) and epoll(7)
 * @chid:	a channel of the calling process
 *
 * POLLIN says that a message or a pulse is queued; another thread may take it first, so receive
 * with a time-out of zero.  Do not close it: ChannelDestroy() does.
 *
 * Return: a file descriptor, or -1 with errno ESRCH.
 */
int qnet_channel_fd(int chid);

/**
 * qnet_connection_fd() - a connection's file, for poll(2) and epoll(7)
 * @coid:	from ConnectAttach() or name_open(), side channel or not
 *
 * POLLHUP says that the channel is gone.
 *
 * Return: a file descriptor, or -1 with errno EBADF.
 */
int qnet_connection_fd(int coid);

/**
 * qnet_setprio() - set the calling thread's qnet priority
 * @priority:	1..255; above 63 CAP_SYS_NICE is needed
 *
 * It orders this thread's messages in the queues of their receivers.  It says nothing to Linux's
 * scheduler.  A new thread starts with 10.
 *
 * Return: the priority until now, or -1 with errno EINVAL (range) or EPERM.
 */
int qnet_setprio(int priority);

/**
 * qnet_getprio() - the calling thread's qnet priority
 *
 * Return: 1..255.
 */
int qnet_getprio(void);

#ifdef __cplusplus
}
#endif

#endif
