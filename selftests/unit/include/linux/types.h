/* SPDX-License-Identifier: GPL-2.0 */
/* qnet - <linux/types.h> for pure files in user space */
#ifndef _QNET_UNIT_LINUX_TYPES_H
#define _QNET_UNIT_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

#define __packed	__attribute__((__packed__))
#define __aligned(n)	__attribute__((__aligned__(n)))

#define U32_MAX	UINT32_MAX
#define S32_MAX	INT32_MAX
#define S8_MIN	INT8_MIN
#define S8_MAX	INT8_MAX

#endif
