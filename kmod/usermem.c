// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the callers' memory: vectors, pinned pages, copies
 *
 * Only the blocked client's own thread ever touches its memory map; others see the pages it
 * pinned.  A server can so never be held up by a page fault of a client's.
 */
#include "usermem.h"

#include <linux/capability.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "chunk.h"
#include "net.h"

int qnet_iter_import(struct qnet_iter *it, unsigned int direction, u64 base, u64 len, bool vector)
{
	void __user *ptr = u64_to_user_ptr(base);
	ssize_t bytes;

	it->iov = NULL;
	if (!vector) {
		if (len > MAX_RW_COUNT)
			return -EMSGSIZE;
		iov_iter_ubuf(&it->iter, direction, ptr, len);
		return 0;
	}
	if (len > UIO_MAXIOV)
		return -EMSGSIZE;
	it->iov = it->fast;
	bytes = import_iovec(direction, ptr, len, ARRAY_SIZE(it->fast), &it->iov, &it->iter);
	return bytes < 0 ? bytes : 0;
}

void qnet_iter_free(struct qnet_iter *it)
{
	kfree(it->iov);
}

static struct qnet_pin *qnet_pin_alloc(struct qnet_net *qn, u32 nvecs, u32 offset)
{
	struct qnet_pin *pin;

	pin = kvzalloc(struct_size(pin, vecs, nvecs), GFP_KERNEL_ACCOUNT);
	if (!pin)
		return NULL;
	refcount_set(&pin->refs, 1);
	pin->offset = offset;
	pin->qn = qn;
	qnet_stat_inc(qn, pins_made);
	return pin;
}

/* Where @iter stands, and how many bytes of one segment follow. */
static unsigned long qnet_pin_address(const struct iov_iter *iter, size_t *len)
{
	const struct iovec *iov;

	if (iter_is_ubuf(iter)) {
		*len = iov_iter_count(iter);
		return (unsigned long)iter->ubuf + iter->iov_offset;
	}
	iov = iter_iov(iter);
	*len = min_t(size_t, iov->iov_len - iter->iov_offset, iov_iter_count(iter));
	return (unsigned long)iov->iov_base + iter->iov_offset;
}

/* Pins what it can of one segment; appends to @pin->vecs. Returns bytes or -errno. */
static int qnet_pin_segment(struct qnet_pin *pin, u32 room, unsigned long addr, size_t len)
{
	unsigned int offset = offset_in_page(addr), n, i;
	struct page *pages[32];
	u32 done = 0;
	int got;

	n = min3(DIV_ROUND_UP(offset + len, PAGE_SIZE), (unsigned long)room,
		 (unsigned long)ARRAY_SIZE(pages));
	got = pin_user_pages_fast(addr & PAGE_MASK, n, FOLL_LONGTERM, pages);
	if (got <= 0)
		return got ?: -EFAULT;
	for (i = 0; i < got; i++) {
		u32 part = min_t(size_t, PAGE_SIZE - offset, len - done);

		bvec_set_page(&pin->vecs[pin->nvecs++], pages[i], part, offset);
		done += part;
		offset = 0;
	}
	return done;
}

/* To the user, as io_uring does: no lock, no map, so that the last put may come in any context. */
static bool qnet_pin_charge(u32 pages)
{
	struct user_struct *user = current_user();

	if (atomic_long_add_return(pages, &user->locked_vm) <=
	    rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT || capable(CAP_IPC_LOCK))
		return true;
	atomic_long_sub(pages, &user->locked_vm);
	return false;
}

static struct qnet_pin *qnet_pin_pages(struct qnet_net *qn, const struct iov_iter *src,
				       u32 offset, u32 len)
{
	u32 npages = len / PAGE_SIZE + 2 + min_t(u32, src->nr_segs, 64);
	struct iov_iter iter = *src;
	struct qnet_pin *pin;
	int got, err;

	pin = qnet_pin_alloc(qn, npages, offset);
	if (!pin)
		return ERR_PTR(-ENOMEM);
	err = -ENOMEM;
	if (!qnet_pin_charge(npages))
		goto err_put;
	pin->user = get_uid(current_user());
	pin->locked = npages;

	while (pin->len < len && pin->nvecs < npages) {
		size_t part;
		unsigned long addr = qnet_pin_address(&iter, &part);

		part = min_t(size_t, part, len - pin->len);
		if (!part)
			break;
		got = qnet_pin_segment(pin, npages - pin->nvecs, addr, part);
		if (got < 0) {
			err = got;
			if (pin->len)
				break;
			goto err_put;
		}
		pin->len += got;
		iov_iter_advance(&iter, got);
	}
	err = -EFAULT;
	if (!pin->len)
		goto err_put;
	return pin;

err_put:
	qnet_pin_put(pin);
	return ERR_PTR(err);
}

/* For memory that cannot be pinned, or not more of it: pages of our own. */
static struct qnet_pin *qnet_pin_copies(struct qnet_net *qn, const struct iov_iter *src,
					u32 offset, u32 len)
{
	struct iov_iter iter = *src;
	struct qnet_pin *pin;
	struct page *page;
	u32 part;

	len = min_t(u32, len, QNET_CHUNK_MAX);
	pin = qnet_pin_alloc(qn, DIV_ROUND_UP(len, PAGE_SIZE), offset);
	if (!pin)
		return ERR_PTR(-ENOMEM);
	pin->copied = true;
	while (pin->len < len) {
		page = alloc_page(GFP_KERNEL_ACCOUNT);
		if (!page) {
			qnet_pin_put(pin);
			return ERR_PTR(-ENOMEM);
		}
		part = min_t(u32, PAGE_SIZE, len - pin->len);
		bvec_set_page(&pin->vecs[pin->nvecs++], page, part, 0);
		if (copy_page_from_iter(page, 0, part, &iter) != part) {
			qnet_pin_put(pin);
			return ERR_PTR(-EFAULT);
		}
		pin->len += part;
	}
	return pin;
}

struct qnet_pin *qnet_pin_make(struct qnet_net *qn, const struct iov_iter *src, u32 offset, u32 len)
{
	struct iov_iter iter = *src;
	struct qnet_pin *pin;
	u32 i;

	iov_iter_advance(&iter, offset);
	len = min_t(u32, len, QNET_PIN_MAX);
	pin = qnet_pin_pages(qn, &iter, offset, len);
	if (IS_ERR(pin))
		pin = qnet_pin_copies(qn, &iter, offset, len);
	if (IS_ERR(pin))
		return pin;
	for (i = 1; i + 1 < pin->nvecs && pin->vecs[i].bv_len == PAGE_SIZE; i++)
		;
	pin->flat = i + 1 >= pin->nvecs;
	return pin;
}

struct qnet_pin *qnet_pin_get(struct qnet_pin *pin)
{
	refcount_inc(&pin->refs);
	return pin;
}

void qnet_pin_put(struct qnet_pin *pin)
{
	u32 i;

	if (!pin || !refcount_dec_and_test(&pin->refs))
		return;
	for (i = 0; i < pin->nvecs; i++) {
		if (pin->copied)
			__free_page(pin->vecs[i].bv_page);
		else
			unpin_user_page(pin->vecs[i].bv_page);
	}
	if (pin->user) {
		atomic_long_sub(pin->locked, &pin->user->locked_vm);
		free_uid(pin->user);
	}
	qnet_stat_inc(pin->qn, pins_freed);
	kvfree(pin);
}

/* The vector that holds @offset of the message; *skip: how far into it. */
static u32 qnet_pin_seek(const struct qnet_pin *pin, u32 offset, u32 *skip)
{
	u32 i = 0;

	offset -= pin->offset;
	if (pin->flat && offset >= pin->vecs[0].bv_len) {
		offset -= pin->vecs[0].bv_len;
		i = 1 + offset / PAGE_SIZE;
		offset %= PAGE_SIZE;
	}
	for (; i < pin->nvecs && offset >= pin->vecs[i].bv_len; i++)
		offset -= pin->vecs[i].bv_len;
	*skip = offset;
	return i;
}

size_t qnet_pin_copy(const struct qnet_pin *pin, u32 offset, u32 len, struct iov_iter *to)
{
	size_t done = 0, part, got;
	u32 skip, i;

	for (i = qnet_pin_seek(pin, offset, &skip); i < pin->nvecs && done < len; i++) {
		const struct bio_vec *vec = &pin->vecs[i];

		part = min_t(size_t, vec->bv_len - skip, len - done);
		got = copy_page_to_iter(vec->bv_page, vec->bv_offset + skip, part, to);
		done += got;
		if (got < part)
			break;
		skip = 0;
	}
	return done;
}

void qnet_pin_read(const struct qnet_pin *pin, u32 offset, u32 len, void *to)
{
	u32 skip, i, part;

	for (i = qnet_pin_seek(pin, offset, &skip); i < pin->nvecs && len; i++) {
		const struct bio_vec *vec = &pin->vecs[i];

		part = min(vec->bv_len - skip, len);
		memcpy_from_page(to, vec->bv_page, vec->bv_offset + skip, part);
		to += part;
		len -= part;
		skip = 0;
	}
}
