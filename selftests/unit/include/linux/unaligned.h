/* SPDX-License-Identifier: GPL-2.0 */
/* qnet - <linux/unaligned.h> for pure files in user space */
#ifndef _QNET_UNIT_LINUX_UNALIGNED_H
#define _QNET_UNIT_LINUX_UNALIGNED_H

#include <endian.h>
#include <linux/types.h>
#include <string.h>

static inline u16 get_unaligned_be16(const void *p)
{
	u16 value;

	memcpy(&value, p, sizeof(value));
	return be16toh(value);
}

static inline u32 get_unaligned_be32(const void *p)
{
	u32 value;

	memcpy(&value, p, sizeof(value));
	return be32toh(value);
}

static inline u64 get_unaligned_be64(const void *p)
{
	u64 value;

	memcpy(&value, p, sizeof(value));
	return be64toh(value);
}

static inline void put_unaligned_be16(u16 value, void *p)
{
	value = htobe16(value);
	memcpy(p, &value, sizeof(value));
}

static inline void put_unaligned_be32(u32 value, void *p)
{
	value = htobe32(value);
	memcpy(p, &value, sizeof(value));
}

static inline void put_unaligned_be64(u64 value, void *p)
{
	value = htobe64(value);
	memcpy(p, &value, sizeof(value));
}

#endif
