/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the callers' memory: vectors, pinned pages, copies
 */
#ifndef _QNET_USERMEM_H
#define _QNET_USERMEM_H

#include <linux/bvec.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/uio.h>

#include "param.h"

struct qnet_net;
struct user_struct;

/* Most of one client's memory that is pinned at a time. */
#define QNET_PIN_MAX	QNET_FIXED(pinned)

/* A user's buffer or vector; qnet_iter_free() after use. */
struct qnet_iter {
	struct iov_iter iter;
	struct iovec fast[UIO_FASTIOV];
	struct iovec *iov;
};

int qnet_iter_import(struct qnet_iter *it, unsigned int direction, u64 base, u64 len, bool vector);
void qnet_iter_free(struct qnet_iter *it);

/*
 * A range of a blocked client's message, readable from any context.
 * Lifetime: counted; the last put may come in any context.  Immutable but for the count.
 */
struct qnet_pin {
	refcount_t refs;
	u32 offset;			/* in the message */
	u32 len;
	u32 nvecs;
	u32 locked;			/* pages accounted to user */
	bool copied;
	bool flat;			/* all vecs but the first and the last are whole pages */
	struct qnet_net *qn;
	struct user_struct *user;	/* NULL: the pages are copies */
	struct bio_vec vecs[];
};

/*
 * Pin (or, where that can't be, copy) up to QNET_PIN_MAX bytes at @offset of the message @src
 * describes.  The caller's own memory; may be shorter than asked for, but not empty.
 */
struct qnet_pin *qnet_pin_make(struct qnet_net *qn, const struct iov_iter *src, u32 offset,
			       u32 len);
struct qnet_pin *qnet_pin_get(struct qnet_pin *pin);
void qnet_pin_put(struct qnet_pin *pin);
/* Bytes copied; fewer than @len: @to faulted. */
size_t qnet_pin_copy(const struct qnet_pin *pin, u32 offset, u32 len, struct iov_iter *to);
/* To kernel memory, any context. */
void qnet_pin_read(const struct qnet_pin *pin, u32 offset, u32 len, void *to);

static inline bool qnet_pin_covers(const struct qnet_pin *pin, u32 offset)
{
	return pin && offset >= pin->offset && offset - pin->offset < pin->len;
}

#endif
