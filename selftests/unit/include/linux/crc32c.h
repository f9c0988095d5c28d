/* SPDX-License-Identifier: GPL-2.0 */
/* qnet - <linux/crc32c.h> for pure files in user space; bit by bit, no table to get wrong */
#ifndef _QNET_UNIT_LINUX_CRC32C_H
#define _QNET_UNIT_LINUX_CRC32C_H

#include <linux/types.h>

#define QNET_UNIT_CRC32C_POLYNOMIAL	0x82f63b78

static inline u32 crc32c(u32 crc, const void *data, size_t length)
{
	const u8 *p = data;
	int bit;

	while (length--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? QNET_UNIT_CRC32C_POLYNOMIAL : 0);
	}
	return crc;
}

#endif
