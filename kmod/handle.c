// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the files that channels and connections are
 *
 * A handle belongs to the thread group that made it. It is gone when that group closes its last
 * descriptor of it, whoever else got a copy by fork() or SCM_RIGHTS: flush() tells who closes.
 */
#include "handle.h"

#include <linux/anon_inodes.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "call.h"
#include "channel.h"
#include "client.h"
#include "connection.h"
#include "message.h"
#include "net.h"
#include "process.h"
#include "usermem.h"

static int qnet_handle_same(const void *file, struct file *other, unsigned int fd)
{
	return other == file;
}

/* Does this close leave the closing thread group no descriptor of @file? */
static bool qnet_handle_last(struct file *file, fl_owner_t id)
{
	if (file_count(file) == 1)
		return true;
	/* a thread that ends with a table of its own ends no process */
	if (current->flags & PF_EXITING)
		return !atomic_read(&current->signal->live);
	return !iterate_fd(id, 0, qnet_handle_same, file);
}

/* Channels ---------------------------------------------------------------------------------- */

static int qnet_handle_channel_flush(struct file *file, fl_owner_t id)
{
	struct qnet_channel *channel = file->private_data;

	if (qnet_process_owns(channel->process) && qnet_handle_last(file, id))
		qnet_channel_kill(channel);
	return 0;
}

static int qnet_handle_channel_release(struct inode *inode, struct file *file)
{
	struct qnet_channel *channel = file->private_data;

	qnet_channel_kill(channel);
	qnet_channel_put(channel);
	return 0;
}

static __poll_t qnet_handle_channel_poll(struct file *file, poll_table *table)
{
	return qnet_channel_poll(file->private_data, file, table);
}

static void qnet_handle_channel_fdinfo(struct seq_file *seq, struct file *file)
{
	struct qnet_channel *channel = file->private_data;

	seq_printf(seq, "qnet-channel:\t%d\npid:\t%d\nchannel-flags:\t%#x\n", channel->chid,
		   channel->process->pid, channel->flags);
}

static const struct file_operations qnet_handle_channel_fops = {
	.owner = THIS_MODULE,
	.flush = qnet_handle_channel_flush,
	.release = qnet_handle_channel_release,
	.poll = qnet_handle_channel_poll,
	.show_fdinfo = qnet_handle_channel_fdinfo,
	.llseek = noop_llseek,
};

struct file *qnet_handle_channel(struct qnet_channel *channel)
{
	return anon_inode_getfile("[qnet-channel]", &qnet_handle_channel_fops, channel, O_RDWR);
}

/* Connections ------------------------------------------------------------------------------- */

static int qnet_handle_connection_flush(struct file *file, fl_owner_t id)
{
	struct qnet_connection *conn = file->private_data;

	if (qnet_process_owns(conn->process) && qnet_handle_last(file, id))
		qnet_connection_close(conn);
	return 0;
}

static int qnet_handle_connection_release(struct inode *inode, struct file *file)
{
	struct qnet_connection *conn = file->private_data;

	qnet_connection_close(conn);
	qnet_connection_put(conn);
	return 0;
}

static __poll_t qnet_handle_connection_poll(struct file *file, poll_table *table)
{
	return qnet_connection_poll(file->private_data, file, table);
}

static void qnet_handle_connection_fdinfo(struct seq_file *seq, struct file *file)
{
	struct qnet_connection *conn = file->private_data;

	seq_printf(seq, "qnet-connection:\t%#x\nnd:\t%u\npid:\t%d\nchid:\t%d\nstate:\t%s\n",
		   conn->coid, conn->nd, conn->pid, conn->chid,
		   READ_ONCE(conn->dead) ? "dead" : "alive");	/* under conn->lock elsewhere */
}

static int qnet_handle_send(struct qnet_connection *conn, struct qnet_ioc_send __user *uarg)
{
	struct qnet_deadline deadline;
	struct qnet_iter from, to;
	struct qnet_ioc_send arg;
	s64 status = 0;
	int err;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	err = qnet_call_check(conn->process->qn, &arg.call, QNET_F_SEND_IOV | QNET_F_RECV_IOV,
			      QNET_STATE_SEND | QNET_STATE_REPLY, &deadline);
	if (err)
		return err;
	err = qnet_iter_import(&from, ITER_SOURCE, arg.send, arg.send_len,
			       arg.call.flags & QNET_F_SEND_IOV);
	if (err)
		return err;
	err = qnet_iter_import(&to, ITER_DEST, arg.recv, arg.recv_len,
			       arg.call.flags & QNET_F_RECV_IOV);
	if (!err) {
		err = qnet_message_send(conn, &arg.call, &deadline, &from, &to, &status);
		qnet_iter_free(&to);
	}
	qnet_iter_free(&from);
	if (!err && put_user(status, &uarg->status))
		err = -EFAULT;
	return err;
}

static int qnet_handle_pulse(struct qnet_connection *conn, struct qnet_ioc_pulse __user *uarg)
{
	struct qnet_net *qn = conn->process->qn;
	struct qnet_deadline deadline;
	struct qnet_ioc_pulse arg;
	int err;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	err = qnet_call_check(qn, &arg.call, 0, 0, &deadline);
	if (err)
		return err;
	if (arg.code < -128 || arg.code > 127)
		return -EINVAL;
	if (arg.priority == -1)
		arg.priority = arg.call.priority;
	else if (!arg.priority)
		arg.priority = QNET_PRIO_MIN;
	err = qnet_call_priority(qn, arg.priority);
	if (err)
		return err;
	return conn->ops->pulse(conn, arg.priority, arg.code, arg.value, &arg.call);
}

static int qnet_handle_describe(struct qnet_connection *conn,
				struct qnet_ioc_connection __user *uarg)
{
	struct qnet_ioc_connection arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.flags)
		return -EINVAL;
	arg = (struct qnet_ioc_connection) {
		.flags = READ_ONCE(conn->dead) ? QNET_CONN_DEAD : 0,	/* under conn->lock */
		.nd = conn->nd,
		.pid = conn->pid,
		.chid = conn->chid,
		.scoid = conn->scoid,
		.coid = conn->coid,
	};
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long qnet_handle_connection_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct qnet_connection *conn = file->private_data;
	void __user *uarg = (void __user *)arg;
	int err;

	if (cmd == QNET_IOC_CONNECTION)
		return qnet_process_owns(conn->process) ? qnet_handle_describe(conn, uarg) : -EBADF;
	if (cmd != QNET_IOC_SEND && cmd != QNET_IOC_PULSE)
		return -ENOTTY;
	err = qnet_connection_enter(conn);
	if (err)
		return err;
	if (cmd == QNET_IOC_SEND)
		err = qnet_handle_send(conn, uarg);
	else
		err = qnet_handle_pulse(conn, uarg);
	qnet_connection_leave(conn);
	return err;
}

static const struct file_operations qnet_handle_connection_fops = {
	.owner = THIS_MODULE,
	.flush = qnet_handle_connection_flush,
	.release = qnet_handle_connection_release,
	.unlocked_ioctl = qnet_handle_connection_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = qnet_handle_connection_poll,
	.show_fdinfo = qnet_handle_connection_fdinfo,
	.llseek = noop_llseek,
};

struct file *qnet_handle_connection(struct qnet_connection *conn)
{
	return anon_inode_getfile("[qnet-connection]", &qnet_handle_connection_fops, conn, O_RDWR);
}

int qnet_handle_reserve(u32 from, unsigned int flags)
{
	int *low, fd;
	u32 n = 0;

	if (from >= rlimit(RLIMIT_NOFILE))
		return -EMFILE;
	low = kvmalloc_array(from, sizeof(*low), GFP_KERNEL_ACCOUNT);
	if (!low)
		return -ENOMEM;
	/* the kernel offers only the lowest of all: hold those below until one fits */
	for (;;) {
		fd = get_unused_fd_flags(flags);
		if (fd < 0 || fd >= from)
			break;
		low[n++] = fd;
	}
	while (n)
		put_unused_fd(low[--n]);
	kvfree(low);
	return fd;
}
