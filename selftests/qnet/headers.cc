// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - every public header from C++, as a program would use it; compiled and linked, not run
 */
#include <signal.h>

#include <process.h>
#include <qnet.h>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/iomsg.h>
#include <sys/netmgr.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/siginfo.h>
#include <sys/states.h>
#include <sys/trace.h>

#include <string>
#include <vector>

namespace
{

union message {
	struct _pulse pulse;
	_Uint16t type;
};

int server_round(int chid, rcvid_t rcvid)
{
	message msg;
	struct _msg_info info;
	union sigval value;
	iov_t iov[2];

	SETIOV(&iov[0], &msg, sizeof(msg));
	SETIOV_CONST(&iov[1], "constant", 8);
	rcvid = MsgReplyReceive(chid, rcvid, EOK, GETIOVBASE(&iov[0]), GETIOVLEN(&iov[0]), &msg,
				sizeof(msg), &info);
	if (rcvid == 0) {
		value.sival_int = msg.pulse.value.sival_int;
		if (value.sival_long != 0 && value.sival_ptr != NULL)
			return ConnectDetach(msg.pulse.scoid);
		sigqueue(getpid(), SIGUSR1, value);
	}
	if (msg.type == _IO_CONNECT)
		return MsgReply(rcvid, EOK, NULL, 0);
	return MsgError(rcvid, ESRVRFAULT) + (ND_NODE_CMP(info.nd, ND_LOCAL_NODE) != 0);
}

} // namespace

int main()
{
	std::vector<char> reply(16);
	std::string name("service");
	name_attach_t *attach = name_attach(NULL, name.c_str(), 0);
	int coid = name_open(name.c_str(), 0);
	int state = STATE_REPLY;
	char text[16];

	strlcpy(text, itoa(state, text, 10), sizeof(text));
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, NULL, NULL, NULL);
	MsgSend(coid, name.data(), name.size(), &reply[0], reply.size());
	return server_round(attach->chid, 0) + netmgr_strtond("/net/node", NULL);
}
