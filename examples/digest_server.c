// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - digest server: computes the SHA-256 of files that clients send it piece by piece
 *
 * Any number of clients, on this machine or on others; it cannot tell the difference and need not.
 */
#include <stdio.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>

#include "digest.h"
#include "sha256.h"

union message {
	struct _pulse pulse;
	struct digest_header header;
};

/* One file under way; a client is known by its scoid. */
struct file {
	struct file *next;
	int scoid;
	struct sha256 sha;
};

static struct file *files;
static char data[DIGEST_CHUNK];

static void file_drop(int scoid)
{
	struct file **link = &files;
	struct file *file;

	while (*link && (*link)->scoid != scoid)
		link = &(*link)->next;
	file = *link;
	if (file) {
		*link = file->next;
		free(file);
	}
}

static struct file *file_find(int scoid)
{
	struct file *file = files;

	while (file && file->scoid != scoid)
		file = file->next;
	return file;
}

static struct file *file_new(int scoid)
{
	struct file *file = malloc(sizeof(*file));

	file_drop(scoid);
	if (!file)
		return NULL;
	file->scoid = scoid;
	file->next = files;
	files = file;
	sha256_start(&file->sha);
	return file;
}

static void serve_data(int rcvid, const struct digest_header *header, const struct _msg_info *info)
{
	uint8_t digest[SHA256_SIZE];
	struct file *file;

	if (header->bytes > sizeof(data) ||
	    info->msglen != (int64_t)(sizeof(*header) + header->bytes)) {
		MsgError(rcvid, EBADMSG);
		return;
	}
	if (header->flags & DIGEST_FIRST)
		file = file_new(info->scoid);
	else
		file = file_find(info->scoid);
	if (!file) {
		MsgError(rcvid, header->flags & DIGEST_FIRST ? ENOMEM : EPROTO);
		return;
	}
	sha256_add(&file->sha, data, header->bytes);
	if (!(header->flags & DIGEST_LAST)) {
		MsgReply(rcvid, EOK, NULL, 0);
		return;
	}
	sha256_finish(&file->sha, digest);
	file_drop(info->scoid);
	MsgReply(rcvid, EOK, digest, sizeof(digest));
}

static void serve_pulse(const struct _pulse *pulse)
{
	switch (pulse->code) {
	case _PULSE_CODE_DISCONNECT:
		file_drop(pulse->scoid);
		ConnectDetach(pulse->scoid);
		break;
	case _PULSE_CODE_UNBLOCK:
		/* Every client has its answer before the next receive. */
		break;
	}
}

static int serve(int chid)
{
	union message message;
	struct _msg_info info;
	iov_t parts[2];
	int rcvid;

	SETIOV(&parts[0], &message, sizeof(message.header));
	SETIOV(&parts[1], data, sizeof(data));
	for (;;) {
		/* A pulse is longer than a header: its tail lands in data. */
		memset(&message, 0, sizeof(message));
		rcvid = MsgReceivev(chid, parts, 2, &info);
		if (rcvid < 0)
			return rcvid;
		if (rcvid == 0) {
			memcpy((char *)&message + sizeof(message.header), data,
			       sizeof(message) - sizeof(message.header));
			serve_pulse(&message.pulse);
		} else if (message.header.type == DIGEST_DATA) {
			serve_data(rcvid, &message.header, &info);
		} else if (message.header.type == _IO_CONNECT) {
			MsgReply(rcvid, EOK, NULL, 0);
		} else {
			MsgError(rcvid, EBADMSG);
		}
	}
}

static const char *cure(int err)
{
	switch (err) {
	case EAFNOSUPPORT:
		return "load the module: modprobe qnet";
	case EBUSY:
		return "another server here has this name: stop it, or give another name";
	case EINVAL:
		return "a name does not begin with '/'";
	default:
		return "see qnet(7)";
	}
}

int main(int argc, char **argv)
{
	const char *name = argc == 2 ? argv[1] : DIGEST_NAME;
	name_attach_t *attach;

	if (argc > 2 || name[0] == '-') {
		fprintf(stderr, "usage: digest_server [NAME]\n"
			"  computes SHA-256 for digest_client; NAME is its name on this node\n"
			"  (default %s), found from others as /net/NODE/dev/name/local/NAME\n",
			DIGEST_NAME);
		return 2;
	}
	attach = name_attach(NULL, name, 0);
	if (!attach) {
		fprintf(stderr, "digest_server: name \"%s\": %s (%s)\n", name, strerror(errno),
			cure(errno));
		return 1;
	}
	printf("digest_server: serving \"%s\"\n", name);
	fflush(stdout);
	serve(attach->chid);
	fprintf(stderr, "digest_server: receive on \"%s\": %s\n", name, strerror(errno));
	return 1;
}
