// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the socket family
 *
 * A socket of the family is a process' control socket: it carries no data, its ioctls make the
 * files that do, and answer for the server's side of a process.
 */
#include "af_qnet.h"

#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "call.h"
#include "channel.h"
#include "client.h"
#include "connection.h"
#include "handle.h"
#include "message.h"
#include "name.h"
#include "net.h"
#include "node.h"
#include "process.h"
#include "remote.h"
#include "usermem.h"

static int qnet_family = QNET_FAMILY_DEFAULT;
module_param_named(family, qnet_family, int, 0444);
MODULE_PARM_DESC(family, "number of the socket family");
MODULE_ALIAS_NETPROTO(QNET_FAMILY_DEFAULT);

struct qnet_sock {
	struct sock sk;		/* first: sk_alloc() */
	struct qnet_process *process;
};

/* Large enough for every argument of the table; and the file that a call made, if any. */
struct qnet_family_io {
	union {
		struct qnet_ioc_channel_create channel_create;
		struct qnet_ioc_channel channel;
		struct qnet_ioc_connect connect;
		struct qnet_ioc_receive receive;
		struct qnet_ioc_reply reply;
		struct qnet_ioc_transfer transfer;
		struct qnet_ioc_info info;
		struct qnet_ioc_client client;
		struct qnet_ioc_client_detach client_detach;
		struct qnet_ioc_name name;
		struct qnet_ioc_name_lookup name_lookup;
		struct qnet_ioc_node node;
		struct qnet_ioc_priority priority;
	} arg;
	struct file *file;	/* for @fd, once the caller was told it */
	int fd;
};

static void qnet_family_made(void *data, struct file *file, int fd)
{
	struct qnet_family_io *io = container_of(data, struct qnet_family_io, arg);

	io->file = file;
	io->fd = fd;
}

static int qnet_family_channel_create(struct qnet_process *process, void *data)
{
	struct qnet_ioc_channel_create *arg = data;
	struct qnet_channel *channel;
	struct file *file;
	int fd;

	if (arg->flags || (arg->channel_flags & ~QNET_CHANNEL_FLAGS))
		return -EINVAL;
	fd = qnet_handle_reserve(3, O_CLOEXEC);
	if (fd < 0)
		return fd == -EMFILE ? -EAGAIN : fd;
	channel = qnet_channel_make(process, arg->channel_flags);
	if (IS_ERR(channel)) {
		put_unused_fd(fd);
		return PTR_ERR(channel);
	}
	WRITE_ONCE(channel->fd, fd);	/* read by qnet_family_channel() */
	file = qnet_handle_channel(channel);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		qnet_channel_kill(channel);
		qnet_channel_put(channel);
		return PTR_ERR(file);
	}
	arg->chid = channel->chid;
	arg->fd = fd;
	qnet_family_made(data, file, fd);
	return 0;
}

static int qnet_family_channel(struct qnet_process *process, struct qnet_ioc_channel *arg,
			       bool destroy)
{
	struct qnet_channel *channel;

	if (arg->flags)
		return -EINVAL;
	channel = qnet_channel_find(process, arg->chid);
	if (!channel)
		return -EINVAL;
	arg->fd = READ_ONCE(channel->fd);	/* another thread may be creating it */
	arg->channel_flags = channel->flags;
	if (destroy)
		qnet_channel_kill(channel);
	qnet_channel_put(channel);
	return 0;
}

static int qnet_family_channel_destroy(struct qnet_process *process, void *data)
{
	return qnet_family_channel(process, data, true);
}

static int qnet_family_channel_info(struct qnet_process *process, void *data)
{
	return qnet_family_channel(process, data, false);
}

static int qnet_family_connect(struct qnet_process *process, void *data)
{
	struct qnet_ioc_connect *arg = data;
	struct qnet_connection *conn;
	struct file *file;
	int fd;

	if (arg->flags & ~(QNET_COF_NO_CLOEXEC | QNET_COF_SIDE_CHANNEL))
		return -EINVAL;
	fd = qnet_handle_reserve(max(arg->index, 1U),
				 arg->flags & QNET_COF_NO_CLOEXEC ? 0 : O_CLOEXEC);
	if (fd < 0)
		return fd == -EMFILE ? -EAGAIN : fd;
	arg->coid = fd | (arg->flags & QNET_COF_SIDE_CHANNEL ? QNET_SIDE_CHANNEL : 0);
	conn = qnet_connection_make(process, arg);
	if (IS_ERR(conn)) {
		put_unused_fd(fd);
		return PTR_ERR(conn);
	}
	file = qnet_handle_connection(conn);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		qnet_connection_close(conn);
		qnet_connection_put(conn);
		return PTR_ERR(file);
	}
	qnet_family_made(data, file, fd);
	return 0;
}

/* What a reply carries. A buffer of the server's that is no good still answers the client. */
static int qnet_family_answer(struct qnet_process *process, s32 rcvid, u32 flags, u64 send,
			      u64 send_len, s64 status)
{
	struct qnet_iter from;
	int err, ret;

	if (flags & QNET_F_REPLY_ERROR) {
		if (status < -1 || status > 4095)
			return -EINVAL;
		return qnet_message_reply(process, rcvid, status, true, NULL);
	}
	err = qnet_iter_import(&from, ITER_SOURCE, send, send_len, flags & QNET_F_SEND_IOV);
	if (!err && iov_iter_count(&from.iter) > QNET_MSG_MAX) {
		qnet_iter_free(&from);
		err = -EMSGSIZE;
	}
	if (err == -EMSGSIZE)
		return err;
	ret = qnet_message_reply(process, rcvid, status, false, err ? NULL : &from);
	if (!err)
		qnet_iter_free(&from);
	return ret ?: err;
}

static int qnet_family_receive(struct qnet_process *process, void *data)
{
	struct qnet_ioc_receive *arg = data;
	struct qnet_msg_info info = { };
	struct qnet_deadline deadline;
	struct qnet_channel *channel;
	struct qnet_iter to;
	int ret;

	ret = qnet_call_check(process->qn, &arg->call, QNET_F_SEND_IOV | QNET_F_RECV_IOV |
			      QNET_F_PULSE_ONLY | QNET_F_REPLY_FIRST | QNET_F_REPLY_ERROR,
			      QNET_STATE_RECEIVE, &deadline);
	if (ret)
		return ret;
	if (!(arg->call.flags & QNET_F_REPLY_FIRST) &&
	    (arg->rcvid || arg->send || arg->send_len || arg->status ||
	     (arg->call.flags & (QNET_F_SEND_IOV | QNET_F_REPLY_ERROR))))
		return -EINVAL;
	if (arg->rcvid) {
		ret = qnet_family_answer(process, arg->rcvid, arg->call.flags, arg->send,
					 arg->send_len, arg->status);
		if (ret)
			return ret;
	}
	channel = qnet_channel_find(process, arg->chid);
	if (!channel)
		return -ESRCH;
	ret = qnet_iter_import(&to, ITER_DEST, arg->recv, arg->recv_len,
			       arg->call.flags & QNET_F_RECV_IOV);
	if (!ret) {
		ret = qnet_channel_receive(channel, &deadline,
					   arg->call.flags & QNET_F_PULSE_ONLY, &to, &info);
		qnet_iter_free(&to);
	}
	qnet_channel_put(channel);
	if (ret < 0)
		return ret;
	arg->rcvid = ret;
	if (ret && arg->info &&
	    copy_to_user(u64_to_user_ptr(arg->info), &info, sizeof(info))) {
		qnet_message_reply(process, ret, QNET_ESRVRFAULT, true, NULL);
		return -EFAULT;
	}
	return 0;
}

static int qnet_family_reply(struct qnet_process *process, void *data)
{
	struct qnet_ioc_reply *arg = data;
	struct qnet_deadline deadline;
	int err;

	err = qnet_call_check(process->qn, &arg->call, QNET_F_SEND_IOV | QNET_F_REPLY_ERROR, 0,
			      &deadline);
	if (err)
		return err;
	if (arg->pad)
		return -EINVAL;
	return qnet_family_answer(process, arg->rcvid, arg->call.flags, arg->send, arg->send_len,
				  arg->status);
}

static int qnet_family_transfer(struct qnet_process *process, struct qnet_ioc_transfer *arg,
				bool write)
{
	u32 vector = write ? QNET_F_SEND_IOV : QNET_F_RECV_IOV;
	struct qnet_deadline deadline;
	struct qnet_iter it;
	ssize_t ret;

	ret = qnet_call_check(process->qn, &arg->call, vector, 0, &deadline);
	if (ret)
		return ret;
	if (arg->pad)
		return -EINVAL;
	ret = qnet_iter_import(&it, write ? ITER_SOURCE : ITER_DEST, arg->buf, arg->len,
			       arg->call.flags & vector);
	if (ret)
		return ret;
	if (write)
		ret = qnet_message_write(process, arg->rcvid, arg->offset, &it);
	else
		ret = qnet_message_read(process, arg->rcvid, arg->offset, &it);
	qnet_iter_free(&it);
	if (ret < 0)
		return ret;
	arg->done = ret;
	return 0;
}

static int qnet_family_read(struct qnet_process *process, void *data)
{
	return qnet_family_transfer(process, data, false);
}

static int qnet_family_write(struct qnet_process *process, void *data)
{
	return qnet_family_transfer(process, data, true);
}

static int qnet_family_info(struct qnet_process *process, void *data)
{
	struct qnet_ioc_info *arg = data;
	struct qnet_msg_info info;
	int err;

	if (arg->flags)
		return -EINVAL;
	err = qnet_message_info(process, arg->rcvid, &info);
	if (!err && copy_to_user(u64_to_user_ptr(arg->info), &info, sizeof(info)))
		err = -EFAULT;
	return err;
}

static int qnet_family_copy_groups(const struct qnet_ioc_client *arg, const struct group_info *gi,
				   u32 room)
{
	u32 __user *to = u64_to_user_ptr(arg->groups);
	u32 i;

	for (i = 0; i < min(room, arg->ngroups); i++)
		if (put_user(from_kgid_munged(current_user_ns(), gi->gid[i]), to + i))
			return -EFAULT;
	return 0;
}

static int qnet_family_fill_cred(struct qnet_ioc_client *arg, const struct cred *cred)
{
	struct user_namespace *ns = current_user_ns();
	u32 room = arg->ngroups;

	arg->ruid = from_kuid_munged(ns, cred->uid);
	arg->euid = from_kuid_munged(ns, cred->euid);
	arg->suid = from_kuid_munged(ns, cred->suid);
	arg->rgid = from_kgid_munged(ns, cred->gid);
	arg->egid = from_kgid_munged(ns, cred->egid);
	arg->sgid = from_kgid_munged(ns, cred->sgid);
	arg->ngroups = min(cred->group_info->ngroups, QNET_GROUPS_MAX);
	return qnet_family_copy_groups(arg, cred->group_info, room);
}

static void qnet_family_fill_nobody(struct qnet_ioc_client *arg)
{
	arg->ruid = overflowuid;
	arg->euid = overflowuid;
	arg->suid = overflowuid;
	arg->rgid = overflowgid;
	arg->egid = overflowgid;
	arg->sgid = overflowgid;
	arg->ngroups = 0;
}

static int qnet_family_client(struct qnet_process *process, void *data)
{
	struct qnet_ioc_client *arg = data;
	struct qnet_client *client;
	int err = 0;

	if (arg->flags)
		return -EINVAL;
	if (arg->scoid == -1) {
		arg->nd = 0;
		arg->pid = process->pid;
		arg->sid = qnet_process_session(process);
		return qnet_family_fill_cred(arg, current_cred());
	}
	client = qnet_client_find(process, arg->scoid);
	if (!client)
		return -EINVAL;
	arg->flags = client->remote ? QNET_CLIENT_REMOTE : 0;
	arg->nd = client->nd;
	arg->pid = client->pid;
	arg->sid = client->sid;
	if (client->cred)
		err = qnet_family_fill_cred(arg, client->cred);
	else
		qnet_family_fill_nobody(arg);
	qnet_client_put(client);
	return err;
}

static int qnet_family_client_detach(struct qnet_process *process, void *data)
{
	struct qnet_ioc_client_detach *arg = data;

	return arg->flags ? -EINVAL : qnet_client_release(process, arg->scoid);
}

static int qnet_family_name(struct qnet_process *process, struct qnet_ioc_name *arg,
			    int (*op)(struct qnet_channel *channel, const char *name, size_t size))
{
	struct qnet_channel *channel;
	int err;

	if (arg->flags)
		return -EINVAL;
	channel = qnet_channel_find(process, arg->chid);
	if (!channel)
		return -ESRCH;
	err = op(channel, arg->name, sizeof(arg->name));
	qnet_channel_put(channel);
	return err;
}

static int qnet_family_name_attach(struct qnet_process *process, void *data)
{
	return qnet_family_name(process, data, qnet_name_attach);
}

static int qnet_family_name_detach(struct qnet_process *process, void *data)
{
	return qnet_family_name(process, data, qnet_name_detach);
}

static int qnet_family_name_lookup(struct qnet_process *process, void *data)
{
	struct qnet_ioc_name_lookup *arg = data;
	struct qnet_deadline deadline;
	struct qnet_name_place place;
	size_t len;
	int err;

	err = qnet_call_check(process->qn, &arg->call, 0, QNET_STATE_SEND | QNET_STATE_REPLY,
			      &deadline);
	if (err)
		return err;
	len = strnlen(arg->name, sizeof(arg->name));
	if (arg->pad || !len || len == sizeof(arg->name))
		return -EINVAL;
	if (arg->nd)
		err = qnet_remote_lookup(process->qn, arg->nd, arg->name, len, &deadline, &place);
	else
		err = qnet_name_lookup(process->qn, arg->name, len, &place);
	if (err)
		return err;
	arg->pid = place.pid;
	arg->chid = place.chid;
	arg->incarnation = place.incarnation;
	return 0;
}

static int qnet_family_node_lookup(struct qnet_process *process, void *data)
{
	struct qnet_ioc_node *arg = data;
	int nd;

	if (arg->flags || strnlen(arg->name, sizeof(arg->name)) == sizeof(arg->name))
		return -EINVAL;
	nd = qnet_node_lookup(process->qn, arg->name);
	if (nd < 0)
		return nd;
	arg->nd = nd;
	return 0;
}

static int qnet_family_node_name(struct qnet_process *process, void *data)
{
	struct qnet_ioc_node *arg = data;
	struct qnet_node *node;

	if (arg->flags)
		return -EINVAL;
	memset(arg->name, 0, sizeof(arg->name));
	if (!arg->nd) {
		qnet_node_own_name(process->qn, arg->name);
		return 0;
	}
	node = qnet_node_get_nd(process->qn, arg->nd);
	if (!node)
		return -ESRCH;
	strscpy(arg->name, qnet_node_name(node), sizeof(arg->name));
	qnet_node_put(node);
	return 0;
}

static int qnet_family_priority(struct qnet_process *process, void *data)
{
	struct qnet_ioc_priority *arg = data;

	return arg->flags ? -EINVAL : qnet_call_priority(process->qn, arg->priority);
}

struct qnet_family_call {
	unsigned int cmd;
	int (*func)(struct qnet_process *process, void *arg);
};

static const struct qnet_family_call qnet_family_calls[] = {
	{ QNET_IOC_RECEIVE, qnet_family_receive },
	{ QNET_IOC_REPLY, qnet_family_reply },
	{ QNET_IOC_READ, qnet_family_read },
	{ QNET_IOC_WRITE, qnet_family_write },
	{ QNET_IOC_INFO, qnet_family_info },
	{ QNET_IOC_CONNECT, qnet_family_connect },
	{ QNET_IOC_CHANNEL_CREATE, qnet_family_channel_create },
	{ QNET_IOC_CHANNEL_DESTROY, qnet_family_channel_destroy },
	{ QNET_IOC_CHANNEL_INFO, qnet_family_channel_info },
	{ QNET_IOC_CLIENT, qnet_family_client },
	{ QNET_IOC_CLIENT_DETACH, qnet_family_client_detach },
	{ QNET_IOC_NAME_ATTACH, qnet_family_name_attach },
	{ QNET_IOC_NAME_DETACH, qnet_family_name_detach },
	{ QNET_IOC_NAME_LOOKUP, qnet_family_name_lookup },
	{ QNET_IOC_NODE_LOOKUP, qnet_family_node_lookup },
	{ QNET_IOC_NODE_NAME, qnet_family_node_name },
	{ QNET_IOC_PRIORITY, qnet_family_priority },
};

/* Nobody was told the number of what @io made or received. */
static void qnet_family_undo(struct qnet_process *process, struct qnet_family_io *io,
			     unsigned int cmd)
{
	if (io->file) {
		put_unused_fd(io->fd);
		fput(io->file);
	} else if (cmd == QNET_IOC_RECEIVE && io->arg.receive.rcvid) {
		qnet_message_reply(process, io->arg.receive.rcvid, QNET_ESRVRFAULT, true, NULL);
	}
}

static int qnet_family_ioctl(struct socket *sock, unsigned int cmd, unsigned long uarg)
{
	struct qnet_process *process = container_of(sock->sk, struct qnet_sock, sk)->process;
	void __user *ptr = (void __user *)uarg;
	const struct qnet_family_call *call;
	struct qnet_family_io io;
	int err;

	for (call = qnet_family_calls; call->cmd != cmd; call++)
		if (call == &qnet_family_calls[ARRAY_SIZE(qnet_family_calls) - 1])
			return -ENOTTY;
	if (!qnet_process_owns(process))
		return -EBADF;
	if (copy_from_user(&io.arg, ptr, _IOC_SIZE(cmd)))
		return -EFAULT;
	io.file = NULL;
	err = call->func(process, &io.arg);
	if (err)
		return err;
	if ((_IOC_DIR(cmd) & _IOC_READ) && copy_to_user(ptr, &io.arg, _IOC_SIZE(cmd))) {
		qnet_family_undo(process, &io, cmd);
		return -EFAULT;
	}
	if (io.file)
		fd_install(io.fd, io.file);
	return 0;
}

#ifdef CONFIG_COMPAT
static int qnet_family_compat_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	return qnet_family_ioctl(sock, cmd, (unsigned long)compat_ptr(arg));
}
#endif

static int qnet_family_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (!sk)
		return 0;
	sock_orphan(sk);
	sock->sk = NULL;
	qnet_process_put(container_of(sk, struct qnet_sock, sk)->process);
	sock_put(sk);
	return 0;
}

static const struct proto_ops qnet_family_ops = {
	.owner = THIS_MODULE,
	.release = qnet_family_release,
	.bind = sock_no_bind,
	.connect = sock_no_connect,
	.socketpair = sock_no_socketpair,
	.accept = sock_no_accept,
	.getname = sock_no_getname,
	.ioctl = qnet_family_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = qnet_family_compat_ioctl,
#endif
	.listen = sock_no_listen,
	.shutdown = sock_no_shutdown,
	.sendmsg = sock_no_sendmsg,
	.recvmsg = sock_no_recvmsg,
	.mmap = sock_no_mmap,
};

static struct proto qnet_family_proto = {
	.name = "QNET",
	.owner = THIS_MODULE,
	.obj_size = sizeof(struct qnet_sock),
};

static int qnet_family_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	struct qnet_process *process;
	struct sock *sk;

	if (sock->type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	if (protocol)
		return -EPROTONOSUPPORT;
	process = qnet_process_current(qnet_net(net));
	if (IS_ERR(process))
		return PTR_ERR(process);
	sk = sk_alloc(net, qnet_family, GFP_KERNEL, &qnet_family_proto, kern);
	if (!sk) {
		qnet_process_put(process);
		return -ENOMEM;
	}
	sock_init_data(sock, sk);
	sock->ops = &qnet_family_ops;
	container_of(sk, struct qnet_sock, sk)->process = process;
	return 0;
}

static struct net_proto_family qnet_family_family = {
	.create = qnet_family_create,
	.owner = THIS_MODULE,
};

int qnet_family_number(void)
{
	return qnet_family;
}

int qnet_family_init(void)
{
	int err;

	if (qnet_family < 1 || qnet_family >= AF_MAX) {
		pr_err("qnet: family=%d is not in 1..%d\n", qnet_family, AF_MAX - 1);
		return -EINVAL;
	}
	err = proto_register(&qnet_family_proto, 0);
	if (err)
		return err;
	qnet_family_family.family = qnet_family;
	err = sock_register(&qnet_family_family);
	if (err) {
		pr_err("qnet: socket family %d is taken; load with family=N, N another number\n",
		       qnet_family);
		proto_unregister(&qnet_family_proto);
	}
	return err;
}

void qnet_family_exit(void)
{
	sock_unregister(qnet_family);
	proto_unregister(&qnet_family_proto);
}
