/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the messages between the digest client and the digest server
 */
#ifndef _EXAMPLES_DIGEST_H
#define _EXAMPLES_DIGEST_H

#include <stdint.h>
#include <sys/iomsg.h>

#define DIGEST_NAME	"digest"
#define DIGEST_CHUNK	(64 * 1024)

/* Message types of our own begin where Neutrino's end. */
#define DIGEST_DATA	(_IO_MAX + 1)

#define DIGEST_FIRST	0x01	/* a new file begins */
#define DIGEST_LAST	0x02	/* it ends: the reply is its SHA-256 */

/* Leads every message; the file's bytes follow it. */
struct digest_header {
	uint16_t type;
	uint16_t flags;
	uint32_t bytes;
};

#endif
