/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the places where an errno is made, for scripts/calls-reached.py
 *
 * KCOV tells of basic blocks, and a "return -EINVAL" alone is none by then: the optimizer has made
 * it a jump into the function's end.  On kernels with KCOV this comes before each source file: an
 * errno leaves a label and a record of file and line in a section that is not loaded, and no
 * instruction, but what is volatile keeps its block apart.
 *
 * checkpatch: MACRO_ARG_REUSE - the number is written twice, and has no side effect
 */
#ifndef _QNET_POINTS_H
#define _QNET_POINTS_H

#include <linux/errno.h>

#define QNET_POINT(number) ({ \
	asm volatile("771:\n" \
		     ".pushsection .debug_qnet,\"\",@progbits\n" \
		     ".quad 771b\n" \
		     ".long %c0, %c1\n" \
		     ".asciz \"" __FILE__ "\"\n" \
		     ".popsection" \
		     : : "i" (__LINE__), "i" (number)); \
	(number); \
})

#undef EPERM
#define EPERM		QNET_POINT(1)
#undef ENOENT
#define ENOENT		QNET_POINT(2)
#undef ESRCH
#define ESRCH		QNET_POINT(3)
#undef EINTR
#define EINTR		QNET_POINT(4)
#undef EBADF
#define EBADF		QNET_POINT(9)
#undef EAGAIN
#define EAGAIN		QNET_POINT(11)
#undef ENOMEM
#define ENOMEM		QNET_POINT(12)
#undef EFAULT
#define EFAULT		QNET_POINT(14)
#undef EBUSY
#define EBUSY		QNET_POINT(16)
#undef EEXIST
#define EEXIST		QNET_POINT(17)
#undef ENODEV
#define ENODEV		QNET_POINT(19)
#undef EINVAL
#define EINVAL		QNET_POINT(22)
#undef EMFILE
#define EMFILE		QNET_POINT(24)
#undef ENOTTY
#define ENOTTY		QNET_POINT(25)
#undef ENOSPC
#define ENOSPC		QNET_POINT(28)
#undef ERANGE
#define ERANGE		QNET_POINT(34)
#undef EPROTO
#define EPROTO		QNET_POINT(71)
#undef ETIME
#define ETIME		QNET_POINT(62)
#undef EMSGSIZE
#define EMSGSIZE	QNET_POINT(90)
#undef EPROTONOSUPPORT
#define EPROTONOSUPPORT	QNET_POINT(93)
#undef ESOCKTNOSUPPORT
#define ESOCKTNOSUPPORT	QNET_POINT(94)
#undef ENOBUFS
#define ENOBUFS		QNET_POINT(105)
#undef ETIMEDOUT
#define ETIMEDOUT	QNET_POINT(110)
#undef EHOSTDOWN
#define EHOSTDOWN	QNET_POINT(112)
#undef EHOSTUNREACH
#define EHOSTUNREACH	QNET_POINT(113)
#undef ECANCELED
#define ECANCELED	QNET_POINT(125)

#endif
