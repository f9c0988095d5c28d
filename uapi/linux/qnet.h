/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * qnet - the contract with user space
 *
 * One control socket a process (socket(AF_QNET, SOCK_SEQPACKET, 0)) makes channels and
 * connections, which are files of their own.  Server calls name a chid, rcvid or scoid and go to
 * the control socket; client calls go to the connection's file.  Every struct has the same size
 * for 32 and 64 bit callers, starts with a flags word, and is refused with EINVAL when an unknown
 * flag or a pad is not zero.
 */
#ifndef _UAPI_LINUX_QNET_H
#define _UAPI_LINUX_QNET_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define QNET_ABI_VERSION	1

/* The family's number is the module parameter "family"; this is its default (once AF_ECONET). */
#define QNET_FAMILY_DEFAULT	19

/* A name of a node: one DNS style label or a fully qualified name, with its NUL. */
#define QNET_NODE_NAME_SIZE	64
/* A name of a service, with its NUL; '/' and blanks are allowed inside. */
#define QNET_NAME_SIZE		256
/* The longest message or reply, in bytes. */
#define QNET_MSG_MAX		(64UL << 20)
/* Supplementary groups captured of a client; those past it are not seen by the server. */
#define QNET_GROUPS_MAX		32

#define QNET_PRIO_MIN		1
#define QNET_PRIO_DEFAULT	10
#define QNET_PRIO_USER_MAX	63	/* above it CAP_SYS_NICE is needed */
#define QNET_PRIO_MAX		255

/* Connection ids that stand apart from file descriptors: this bit and the descriptor. */
#define QNET_SIDE_CHANNEL	0x40000000

/* Server-side ids of clients start here, above any file descriptor. */
#define QNET_SCOID_MIN		0x01000001

/* Errors that Linux has no number for. */
#define QNET_ESRVRFAULT		600	/* the server's buffer faulted */
#define QNET_ENOREMOTE		601	/* remote operation without a network */
#define QNET_EBADFSYS		602	/* damaged object or file system */

/*
 * qnet_call leads every call that may block.
 *
 * @flags:	QNET_CALL_*, shared by all calls, and the call's own bits
 * @states:	QNET_STATE_* in which the time-out holds; 0: none
 * @deadline:	absolute time on @clock in nanoseconds; 0 polls
 * @clock:	CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME or CLOCK_TAI
 * @tid:	the calling thread's number, 1 for the first; shown to the server
 * @priority:	the thread's qnet priority, QNET_PRIO_MIN..QNET_PRIO_MAX
 * @pad:	zero
 */
struct qnet_call {
	__u32 flags;
	__u32 states;
	__u64 deadline;
	__u32 clock;
	__s32 tid;
	__u32 priority;
	__u32 pad;
};

/* Of any call that moves bytes: the buffer is an array of struct iovec, its length a count. */
#define QNET_F_SEND_IOV		(1U << 0)
#define QNET_F_RECV_IOV		(1U << 1)
/* QNET_IOC_RECEIVE */
#define QNET_F_PULSE_ONLY	(1U << 2)	/* take no messages */
#define QNET_F_REPLY_FIRST	(1U << 3)	/* reply to .rcvid, then receive */
/* QNET_IOC_REPLY, and QNET_IOC_RECEIVE with QNET_F_REPLY_FIRST */
#define QNET_F_REPLY_ERROR	(1U << 4)	/* .status is an errno; -1: why it wants out */

#define QNET_STATE_SEND		(1U << 0)
#define QNET_STATE_REPLY	(1U << 1)
#define QNET_STATE_RECEIVE	(1U << 2)

/* Channel flags, as _NTO_CHF_* mean them. */
#define QNET_CHF_FIXED_PRIORITY	 (1U << 0)
#define QNET_CHF_UNBLOCK	 (1U << 1)
#define QNET_CHF_THREAD_DEATH	 (1U << 2)
#define QNET_CHF_DISCONNECT	 (1U << 3)
#define QNET_CHF_COID_DISCONNECT (1U << 4)
#define QNET_CHF_SENDER_LEN	 (1U << 5)
#define QNET_CHF_REPLY_LEN	 (1U << 6)
#define QNET_CHF_PRIVATE	 (1U << 7)

/* Pulse codes of the system; a program's own are 0..127. */
#define QNET_PULSE_UNBLOCK	(-32)	/* value: the rcvid */
#define QNET_PULSE_DISCONNECT	(-33)	/* scoid: whose last connection went */
#define QNET_PULSE_THREADDEATH	(-34)	/* value: the tid */
#define QNET_PULSE_COIDDEATH	(-35)	/* value: the coid whose channel went */

/* What a receiver gets for a pulse, 24 bytes; the buffer must have room for it. */
struct qnet_pulse_msg {
	__u16 type;		/* zero */
	__u16 subtype;		/* zero */
	__s8  code;
	__u8  zero[3];
	__u64 value;
	__s32 scoid;
	__u32 pad;
};

/* qnet_msg_info.flags */
#define QNET_MI_UNBLOCK_REQ	(1U << 0)	/* the client wants to unblock */
#define QNET_MI_REMOTE		(1U << 1)	/* the client is on another node */

/*
 * qnet_msg_info - who sent a message and how long it is; struct _msg_info of libqnet has this shape
 *
 * @nd:		the client's node as this node numbers it; 0: this one
 * @srcnd:	this node as the client's node numbers it
 * @msglen:	bytes received by this receive
 * @srcmsglen:	bytes the client sent
 * @dstmsglen:	bytes the client has room for
 */
struct qnet_msg_info {
	__u32 nd;
	__u32 srcnd;
	__s32 pid;
	__s32 tid;
	__s32 chid;
	__s32 scoid;
	__s32 coid;
	__s16 priority;
	__s16 flags;
	__s64 msglen;
	__s64 srcmsglen;
	__s64 dstmsglen;
	__u32 type_id;
	__u32 reserved;
};

/* On the control socket ------------------------------------------------------------------ */

/* @chid, @fd: out.  The file lives as long as the channel; closing it destroys the channel. */
struct qnet_ioc_channel_create {
	__u32 flags;
	__u32 channel_flags;	/* QNET_CHF_* */
	__s32 chid;
	__s32 fd;
};

/* @fd: out; which file of the caller's is the channel's, for close() and poll(). */
struct qnet_ioc_channel {
	__u32 flags;
	__s32 chid;
	__s32 fd;
	__u32 channel_flags;	/* out */
};

/*
 * @index:	lowest file descriptor wanted; 0 means 1
 * @incarnation: of the channel, as QNET_IOC_NAME_LOOKUP told it; 0: whatever stands there now
 * @coid:	out: the new file, with QNET_SIDE_CHANNEL where that was asked for
 */
struct qnet_ioc_connect {
	__u32 flags;		/* QNET_COF_* */
	__u32 nd;
	__s32 pid;		/* 0: the caller's */
	__s32 chid;
	__u32 index;
	__s32 coid;
	__u64 incarnation;
};

#define QNET_COF_NO_CLOEXEC	(1U << 0)	/* stays open across exec */
#define QNET_COF_SIDE_CHANNEL	(1U << 1)	/* the coid carries QNET_SIDE_CHANNEL */

/*
 * Receive, and with QNET_F_REPLY_FIRST reply before it.  When that reply fails its error is
 * returned and nothing is received.
 *
 * @rcvid:	in: with QNET_F_REPLY_FIRST whom to answer (0: nobody); out: 0 for a pulse
 * @info:	pointer to struct qnet_msg_info, or 0; not written for a pulse
 */
struct qnet_ioc_receive {
	struct qnet_call call;
	__s32 chid;
	__s32 rcvid;
	__u64 recv;
	__u64 recv_len;
	__u64 info;
	__u64 send;
	__u64 send_len;
	__s64 status;
};

struct qnet_ioc_reply {
	struct qnet_call call;
	__s32 rcvid;
	__u32 pad;
	__u64 send;
	__u64 send_len;
	__s64 status;
};

/* MsgRead: @buf and QNET_F_RECV_IOV; MsgWrite: @buf and QNET_F_SEND_IOV.  @done: out, bytes. */
struct qnet_ioc_transfer {
	struct qnet_call call;
	__s32 rcvid;
	__u32 pad;
	__u64 buf;
	__u64 len;
	__u64 offset;
	__u64 done;
};

struct qnet_ioc_info {
	__u32 flags;
	__s32 rcvid;
	__u64 info;		/* pointer to struct qnet_msg_info */
};

#define QNET_CLIENT_REMOTE	(1U << 0)	/* credentials came over a link, and were mapped */

/*
 * Who is behind @scoid (-1: the caller itself).  @flags is in 0, out QNET_CLIENT_*.
 * @ngroups: in: room in @groups, out: how many there are; at most the room is written.
 */
struct qnet_ioc_client {
	__u32 flags;
	__s32 scoid;
	__u32 nd;
	__s32 pid;
	__s32 sid;
	__u32 ruid;
	__u32 euid;
	__u32 suid;
	__u32 rgid;
	__u32 egid;
	__u32 sgid;
	__u32 ngroups;
	__u64 groups;		/* pointer to __u32[] */
};

struct qnet_ioc_client_detach {
	__u32 flags;
	__s32 scoid;
};

/* Publish @name for @chid of the caller, or take it back.  It goes with the channel, too. */
struct qnet_ioc_name {
	__u32 flags;
	__s32 chid;
	char  name[QNET_NAME_SIZE];
};

/* Ask node @nd for @name; @pid, @chid, @incarnation: out, for QNET_IOC_CONNECT. */
struct qnet_ioc_name_lookup {
	struct qnet_call call;
	__u32 nd;
	__s32 pid;
	__s32 chid;
	__u32 pad;
	__u64 incarnation;
	char  name[QNET_NAME_SIZE];
};

/* Node name to number and back.  An empty @name with nd 0 gives this node's name. */
struct qnet_ioc_node {
	__u32 flags;
	__u32 nd;
	char  name[QNET_NODE_NAME_SIZE];
};

/* The smallest priority check: may this thread use @priority? */
struct qnet_ioc_priority {
	__u32 flags;
	__u32 priority;
};

/* On a connection's file ----------------------------------------------------------------- */

/* @status: out, what the server replied with. */
struct qnet_ioc_send {
	struct qnet_call call;
	__u64 send;
	__u64 send_len;
	__u64 recv;
	__u64 recv_len;
	__s64 status;
};

/* @priority: -1: the thread's own (call.priority); 0 counts as 1. */
struct qnet_ioc_pulse {
	struct qnet_call call;
	__s32 priority;
	__s32 code;
	__u64 value;
};

struct qnet_ioc_connection {
	__u32 flags;		/* out: QNET_CONN_* */
	__u32 nd;
	__s32 pid;
	__s32 chid;
	__s32 scoid;		/* 0 where it is not known here */
	__s32 coid;
};

#define QNET_CONN_DEAD		(1U << 0)

#define QNET_IOC_MAGIC		0xE9

#define QNET_IOC_CHANNEL_CREATE	_IOWR(QNET_IOC_MAGIC, 0x01, struct qnet_ioc_channel_create)
#define QNET_IOC_CHANNEL_DESTROY _IOWR(QNET_IOC_MAGIC, 0x02, struct qnet_ioc_channel)
#define QNET_IOC_CHANNEL_INFO	_IOWR(QNET_IOC_MAGIC, 0x03, struct qnet_ioc_channel)
#define QNET_IOC_CONNECT	_IOWR(QNET_IOC_MAGIC, 0x04, struct qnet_ioc_connect)
#define QNET_IOC_RECEIVE	_IOWR(QNET_IOC_MAGIC, 0x05, struct qnet_ioc_receive)
#define QNET_IOC_REPLY		_IOW(QNET_IOC_MAGIC, 0x06, struct qnet_ioc_reply)
#define QNET_IOC_READ		_IOWR(QNET_IOC_MAGIC, 0x07, struct qnet_ioc_transfer)
#define QNET_IOC_WRITE		_IOWR(QNET_IOC_MAGIC, 0x08, struct qnet_ioc_transfer)
#define QNET_IOC_INFO		_IOW(QNET_IOC_MAGIC, 0x09, struct qnet_ioc_info)
#define QNET_IOC_CLIENT		_IOWR(QNET_IOC_MAGIC, 0x0a, struct qnet_ioc_client)
#define QNET_IOC_CLIENT_DETACH	_IOW(QNET_IOC_MAGIC, 0x0b, struct qnet_ioc_client_detach)
#define QNET_IOC_NAME_ATTACH	_IOW(QNET_IOC_MAGIC, 0x0c, struct qnet_ioc_name)
#define QNET_IOC_NAME_DETACH	_IOW(QNET_IOC_MAGIC, 0x0d, struct qnet_ioc_name)
#define QNET_IOC_NAME_LOOKUP	_IOWR(QNET_IOC_MAGIC, 0x0e, struct qnet_ioc_name_lookup)
#define QNET_IOC_NODE_LOOKUP	_IOWR(QNET_IOC_MAGIC, 0x0f, struct qnet_ioc_node)
#define QNET_IOC_NODE_NAME	_IOWR(QNET_IOC_MAGIC, 0x10, struct qnet_ioc_node)
#define QNET_IOC_PRIORITY	_IOW(QNET_IOC_MAGIC, 0x11, struct qnet_ioc_priority)

#define QNET_IOC_SEND		_IOWR(QNET_IOC_MAGIC, 0x20, struct qnet_ioc_send)
#define QNET_IOC_PULSE		_IOW(QNET_IOC_MAGIC, 0x21, struct qnet_ioc_pulse)
#define QNET_IOC_CONNECTION	_IOWR(QNET_IOC_MAGIC, 0x22, struct qnet_ioc_connection)

/* Generic netlink -------------------------------------------------------------------------
 * Documentation/netlink/specs/qnet.yaml describes commands, attributes and who may.
 */
#define QNET_GENL_NAME		"qnet"
#define QNET_GENL_VERSION	1
#define QNET_GENL_MCGRP		"events"

enum qnet_cmd {
	QNET_CMD_UNSPEC,
	QNET_CMD_NODE_GET,	/* do: one by name or nd; dump: all */
	QNET_CMD_NODE_SET,	/* this node: name, timing */
	QNET_CMD_NODE_ADD,
	QNET_CMD_NODE_DEL,
	QNET_CMD_BEARER_GET,
	QNET_CMD_BEARER_ADD,
	QNET_CMD_BEARER_DEL,
	QNET_CMD_STATS_GET,
	QNET_CMD_VERSION_GET,
	QNET_CMD_PARAM_GET,
	QNET_CMD_PARAM_SET,

	__QNET_CMD_MAX,
	QNET_CMD_MAX = __QNET_CMD_MAX - 1
};

enum qnet_attr {
	QNET_A_UNSPEC,
	QNET_A_NODE,		/* nest: QNET_A_NODE_* */
	QNET_A_BEARER,		/* nest: QNET_A_BEARER_* */
	QNET_A_STAT,		/* nest, repeated: QNET_A_STAT_* */
	QNET_A_VERSION,		/* string: the module's version */
	QNET_A_ABI,		/* u32: QNET_ABI_VERSION */
	QNET_A_WIRE_VERSION,	/* u32 */
	QNET_A_FAMILY,		/* u32: the socket family in use */
	QNET_A_ETHERTYPE,	/* u16 */
	QNET_A_PARAM,		/* nest: QNET_A_PARAM_* */

	__QNET_A_MAX,
	QNET_A_MAX = __QNET_A_MAX - 1
};

enum qnet_node_attr {
	QNET_A_NODE_UNSPEC,
	QNET_A_NODE_ND,		/* u32; 0: this node */
	QNET_A_NODE_NAME,	/* string */
	QNET_A_NODE_LLADDR,	/* binary, 6 bytes */
	QNET_A_NODE_IFINDEX,	/* u32: the bearer's device */
	QNET_A_NODE_STATE,	/* u32: enum qnet_node_state */
	QNET_A_NODE_STATIC,	/* flag: pinned by node add */
	QNET_A_NODE_INCARNATION, /* u64 */
	QNET_A_NODE_RTT,	/* u32: smoothed round trip, microseconds */
	QNET_A_NODE_MTU,	/* u32: bytes */
	QNET_A_NODE_DEAD_AFTER,	/* u32: milliseconds of silence; this node's setting */
	QNET_A_NODE_PAD,
	QNET_A_NODE_BOOT,	/* u64: nanoseconds since the link came up */
	QNET_A_NODE_EAGER,	/* u32: bytes of the longest message sent unasked; the same */

	__QNET_A_NODE_MAX,
	QNET_A_NODE_MAX = __QNET_A_NODE_MAX - 1
};

enum qnet_node_state {
	QNET_NODE_LOCAL,
	QNET_NODE_DOWN,
	QNET_NODE_CONNECTING,
	QNET_NODE_UP,
};

enum qnet_bearer_attr {
	QNET_A_BEARER_UNSPEC,
	QNET_A_BEARER_IFINDEX,	/* u32 */
	QNET_A_BEARER_NAME,	/* string: the device's */
	QNET_A_BEARER_LLADDR,	/* binary, 6 bytes */
	QNET_A_BEARER_MTU,	/* u32 */
	QNET_A_BEARER_STATE,	/* u32: enum qnet_bearer_state */
	QNET_A_BEARER_RX_FRAMES,	/* u64 */
	QNET_A_BEARER_RX_BYTES,	/* u64 */
	QNET_A_BEARER_TX_FRAMES,	/* u64 */
	QNET_A_BEARER_TX_BYTES,	/* u64 */
	QNET_A_BEARER_PAD,

	__QNET_A_BEARER_MAX,
	QNET_A_BEARER_MAX = __QNET_A_BEARER_MAX - 1
};

enum qnet_bearer_state {
	QNET_BEARER_DOWN,	/* the device is down or has no carrier */
	QNET_BEARER_UP,
	QNET_BEARER_GONE,	/* the device was removed; add it again when it is back */
};

enum qnet_stat_attr {
	QNET_A_STAT_UNSPEC,
	QNET_A_STAT_NAME,	/* string: the counter's name */
	QNET_A_STAT_VALUE,	/* u64 */
	QNET_A_STAT_PAD,

	__QNET_A_STAT_MAX,
	QNET_A_STAT_MAX = __QNET_A_STAT_MAX - 1
};

enum qnet_param_attr {
	QNET_A_PARAM_UNSPEC,
	QNET_A_PARAM_NAME,	/* string */
	QNET_A_PARAM_VALUE,	/* u32 */
	QNET_A_PARAM_UNIT,	/* string: what the numbers count */
	QNET_A_PARAM_FIRST,	/* u32: the value while nobody has set it */
	QNET_A_PARAM_LEAST,	/* u32 */
	QNET_A_PARAM_MOST,	/* u32 */

	__QNET_A_PARAM_MAX,
	QNET_A_PARAM_MAX = __QNET_A_PARAM_MAX - 1
};

#endif
