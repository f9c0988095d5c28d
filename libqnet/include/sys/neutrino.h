/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - the Neutrino message passing calls
 *
 * The names are the interface: a program written for Neutrino is compiled again, not changed.
 * The numbers behind the names are libqnet's own.  Each call x() has a twin x_r() that leaves errno
 * alone; calls that return a value give -errno there, calls that return only EOK give errno.
 */
#ifndef _QNET_SYS_NEUTRINO_H
#define _QNET_SYS_NEUTRINO_H

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Errors: EOK, and those Linux has no number for. */
#ifndef EOK
#define EOK		0
#endif
#define ESRVRFAULT	600	/* the server's buffer faulted */
#define ENOREMOTE	601	/* a remote operation without a network */
#define EBADFSYS	602	/* damaged object or file system */

typedef int8_t		_Int8t;
typedef uint8_t		_Uint8t;
typedef int16_t		_Int16t;
typedef uint16_t	_Uint16t;
typedef int32_t		_Int32t;
typedef uint32_t	_Uint32t;
typedef int64_t		_Int64t;
typedef uint64_t	_Uint64t;
typedef intptr_t	_Intptrt;
typedef uintptr_t	_Uintptrt;
typedef size_t		_Sizet;
typedef ssize_t		_Ssizet;

/* What names a received message until it is replied to. */
typedef int rcvid_t;

/* Parts of a message that lies in several places. */
typedef struct iovec iov_t;

static inline void qnet_iov_set(iov_t *iov, const void *base, size_t len)
{
	iov->iov_base = (void *)(uintptr_t)base;
	iov->iov_len = len;
}

#define SETIOV(_iov, _addr, _len) \
	qnet_iov_set(_iov, (const void *)(_addr), (size_t)(_len))
#define SETIOV_CONST(_iov, _addr, _len)	SETIOV(_iov, _addr, _len)
#define GETIOVBASE(_iov)	((_iov)->iov_base)
#define GETIOVLEN(_iov)		((_iov)->iov_len)

/*
 * Eight bytes on every machine, the int in those of lowest value.  glibc's union has no sival_long:
 * programs that say "union sigval" get this one.
 */
union qnet_sigval {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	__extension__ struct {
		int32_t sival_high;
		int32_t sival_int;
	};
#else
	int32_t sival_int;
#endif
	void *sival_ptr;
	long sival_long;
	int64_t sival_bits;
};

#define sigval qnet_sigval

int qnet_sigqueue(pid_t pid, int signo, const union qnet_sigval value);

#define sigqueue qnet_sigqueue

/* Pulses ---------------------------------------------------------------------------------- */

#define _PULSE_TYPE		0
#define _PULSE_SUBTYPE		0

struct _pulse {
	uint16_t type;		/* _PULSE_TYPE */
	uint16_t subtype;	/* _PULSE_SUBTYPE */
	int8_t code;
	uint8_t zero[3];
	union qnet_sigval value;
	int32_t scoid;
	uint32_t reserved;
};

#define _PULSE_CODE_MINAVAIL	0
#define _PULSE_CODE_MAXAVAIL	127
#define _PULSE_CODE_UNBLOCK	(-32)	/* value: the rcvid of a client that wants to leave */
#define _PULSE_CODE_DISCONNECT	(-33)	/* scoid: a client whose last connection went */
#define _PULSE_CODE_THREADDEATH	(-34)	/* value: the thread's number */
#define _PULSE_CODE_COIDDEATH	(-35)	/* value: the coid whose channel went */

/* Messages -------------------------------------------------------------------------------- */

struct _msg_info {
	uint32_t nd;		/* the client's node as the server's numbers it */
	uint32_t srcnd;		/* the server's node as the client's numbers it */
	pid_t pid;
	int32_t tid;
	int32_t chid;
	int32_t scoid;
	int32_t coid;
	int16_t priority;
	int16_t flags;		/* _NTO_MI_* */
	int64_t msglen;		/* bytes received */
	int64_t srcmsglen;	/* bytes sent */
	int64_t dstmsglen;	/* bytes the client has room for */
	uint32_t type_id;
	uint32_t reserved;
};

#define _msg_info64	_msg_info
#define _msg_info32	_msg_info
#define _server_info	_msg_info

#define _NTO_MI_UNBLOCK_REQ	0x0001	/* the client wants to leave */
#define _NTO_MI_REMOTE		0x0002	/* the client is on another node */
/* Not set: every node converts nothing and says so. */
#define _NTO_MI_ENDIAN_BIG	0x0100
#define _NTO_MI_ENDIAN_DIFF	0x0200
#define _NTO_MI_NET_CRED_DIRTY	0x0400
#define _NTO_MI_CONSTRAINED	0x0800
#define _NTO_MI_BITS_64		0x1000
#define _NTO_MI_BITS_DIFF	0x2000

struct _cred_info {
	uid_t ruid;
	uid_t euid;
	uid_t suid;
	gid_t rgid;
	gid_t egid;
	gid_t sgid;
	uint32_t ngroups;	/* how many there are, also where there was room for fewer */
	gid_t grouplist[32];
};

struct _client_info {
	uint32_t nd;
	pid_t pid;
	pid_t sid;
	uint32_t flags;		/* _NTO_CI_* */
	struct _cred_info cred;
};

#define _NTO_CI_REMOTE		0x0001	/* credentials came over a link, and were mapped */

/* Channels -------------------------------------------------------------------------------- */

#define _NTO_CHF_FIXED_PRIORITY		0x0001
#define _NTO_CHF_UNBLOCK		0x0002
#define _NTO_CHF_THREAD_DEATH		0x0004
#define _NTO_CHF_DISCONNECT		0x0008
#define _NTO_CHF_COID_DISCONNECT	0x0010
#define _NTO_CHF_SENDER_LEN		0x0020
#define _NTO_CHF_REPLY_LEN		0x0040
#define _NTO_CHF_PRIVATE		0x0080

int ChannelCreate(unsigned int flags);
int ChannelCreate_r(unsigned int flags);
int ChannelDestroy(int chid);
int ChannelDestroy_r(int chid);

/* Connections ----------------------------------------------------------------------------- */

#define _NTO_SIDE_CHANNEL	0x40000000

#define _NTO_COF_CLOEXEC	0x0001	/* always so: a coid never survives exec */
#define _NTO_COF_DEAD		0x0002	/* read only */
#define _NTO_COF_INSECURE	0x0004	/* taken, without effect */
#define _NTO_COF_NOEVENT	0x0008	/* taken, without effect */
#define _NTO_COF_REG_EVENTS	0x0010	/* taken, without effect */

#define ND_LOCAL_NODE		0

#define SYSMGR_PID		1
#define SYSMGR_CHID		1
#define SYSMGR_COID		_NTO_SIDE_CHANNEL	/* never a connection here */

int ConnectAttach(uint32_t nd, pid_t pid, int chid, unsigned int index, int flags);
int ConnectAttach_r(uint32_t nd, pid_t pid, int chid, unsigned int index, int flags);
int ConnectDetach(int coid);
int ConnectDetach_r(int coid);
int ConnectClientInfo(int scoid, struct _client_info *info, int ngroups);
int ConnectClientInfo_r(int scoid, struct _client_info *info, int ngroups);

/* Send ------------------------------------------------------------------------------------ */

long MsgSend(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSend_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSendnc(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSendnc_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes);
long MsgSendv(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendv_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendvnc(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendvnc_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts);
long MsgSendsv(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendsv_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendsvnc(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendsvnc_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts);
long MsgSendvs(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendvs_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendvsnc(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);
long MsgSendvsnc_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes);

int MsgSendPulse(int coid, int priority, int code, int value);
int MsgSendPulse_r(int coid, int priority, int code, int value);
int MsgSendPulsePtr(int coid, int priority, int code, void *value);
int MsgSendPulsePtr_r(int coid, int priority, int code, void *value);

/* The caller's priority, where a pulse's is asked for. */
#define SIGEV_PULSE_PRIO_INHERIT	(-1)

/* Receive --------------------------------------------------------------------------------- */

rcvid_t MsgReceive(int chid, void *msg, size_t bytes, struct _msg_info *info);
rcvid_t MsgReceive_r(int chid, void *msg, size_t bytes, struct _msg_info *info);
rcvid_t MsgReceivev(int chid, const iov_t *riov, size_t rparts, struct _msg_info *info);
rcvid_t MsgReceivev_r(int chid, const iov_t *riov, size_t rparts, struct _msg_info *info);
int MsgReceivePulse(int chid, void *pulse, size_t bytes, struct _msg_info *info);
int MsgReceivePulse_r(int chid, void *pulse, size_t bytes, struct _msg_info *info);
int MsgReceivePulsev(int chid, const iov_t *piov, size_t parts, struct _msg_info *info);
int MsgReceivePulsev_r(int chid, const iov_t *piov, size_t parts, struct _msg_info *info);

/* Reply ----------------------------------------------------------------------------------- */

int MsgReply(rcvid_t rcvid, long status, const void *msg, size_t bytes);
int MsgReply_r(rcvid_t rcvid, long status, const void *msg, size_t bytes);
int MsgReplyv(rcvid_t rcvid, long status, const iov_t *riov, size_t rparts);
int MsgReplyv_r(rcvid_t rcvid, long status, const iov_t *riov, size_t rparts);
int MsgError(rcvid_t rcvid, int error);
int MsgError_r(rcvid_t rcvid, int error);

ssize_t MsgRead(rcvid_t rcvid, void *msg, size_t bytes, size_t offset);
ssize_t MsgRead_r(rcvid_t rcvid, void *msg, size_t bytes, size_t offset);
ssize_t MsgReadv(rcvid_t rcvid, const iov_t *riov, size_t rparts, size_t offset);
ssize_t MsgReadv_r(rcvid_t rcvid, const iov_t *riov, size_t rparts, size_t offset);
ssize_t MsgWrite(rcvid_t rcvid, const void *msg, size_t bytes, size_t offset);
ssize_t MsgWrite_r(rcvid_t rcvid, const void *msg, size_t bytes, size_t offset);
ssize_t MsgWritev(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset);
ssize_t MsgWritev_r(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset);

int MsgInfo(rcvid_t rcvid, struct _msg_info *info);
int MsgInfo_r(rcvid_t rcvid, struct _msg_info *info);

/* Time-outs ------------------------------------------------------------------------------- */

struct sigevent;

/* Bit 0 is TIMER_ABSTIME. */
#define _NTO_TIMEOUT_SEND	0x0010
#define _NTO_TIMEOUT_REPLY	0x0020
#define _NTO_TIMEOUT_RECEIVE	0x0040
/* States that no call of this library waits in: taken beside the three above, without effect. */
#define _NTO_TIMEOUT_SEM	0x0100
#define _NTO_TIMEOUT_MUTEX	0x0200
#define _NTO_TIMEOUT_CONDVAR	0x0400
#define _NTO_TIMEOUT_JOIN	0x0800
#define _NTO_TIMEOUT_INTR	0x1000
#define _NTO_TIMEOUT_SIGSUSPEND	0x2000
#define _NTO_TIMEOUT_SIGWAITINFO 0x4000
#define _NTO_TIMEOUT_NANOSLEEP	0x8000

/* The one kind of notification a time-out takes; NULL means the same. */
#define SIGEV_UNBLOCK			0x51
#define SIGEV_UNBLOCK_INIT(_event)	((_event)->sigev_notify = SIGEV_UNBLOCK)

int TimerTimeout(clockid_t id, int flags, const struct sigevent *notify, const uint64_t *ntime,
		 uint64_t *otime);
int TimerTimeout_r(clockid_t id, int flags, const struct sigevent *notify, const uint64_t *ntime,
		   uint64_t *otime);
int timer_timeout(clockid_t id, int flags, const struct sigevent *notify,
		  const struct timespec *ntime, struct timespec *otime);
int timer_timeout_r(clockid_t id, int flags, const struct sigevent *notify,
		    const struct timespec *ntime, struct timespec *otime);

/* Priorities: the calling thread's, 1..255; above 63 CAP_SYS_NICE is needed. ----------------- */

int getprio(pid_t pid);
int setprio(pid_t pid, int priority);

/* What Neutrino's C library has and glibc lacks, or lacked. -------------------------------- */

unsigned int delay(unsigned int milliseconds);
char *itoa(int value, char *buffer, int radix);

#ifdef __GLIBC_PREREQ
#if !__GLIBC_PREREQ(2, 38)
size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcat(char *dst, const char *src, size_t size);
#endif
#endif

#ifdef __cplusplus
}
#endif

#endif
