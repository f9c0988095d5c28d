/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - SHA-256 (FIPS 180-4), small rather than fast
 */
#ifndef _EXAMPLES_SHA256_H
#define _EXAMPLES_SHA256_H

#include <stdint.h>
#include <string.h>

#define SHA256_SIZE	32
#define SHA256_BLOCK	64

struct sha256 {
	uint32_t state[8];
	uint64_t length;		/* bytes so far */
	uint8_t block[SHA256_BLOCK];	/* those that fill no block yet */
};

/* Of the cube roots of the first 64 primes, the first 32 bits behind the point. */
static const uint32_t sha256_rounds[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The same of the square roots of the first 8. */
static const uint32_t sha256_initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static inline uint32_t sha256_rotate(uint32_t x, unsigned int bits)
{
	return x >> bits | x << (32 - bits);
}

static void sha256_schedule(uint32_t *w, const uint8_t *block)
{
	uint32_t a, b;
	int i;

	for (i = 0; i < 16; i++, block += 4)
		w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
		       (uint32_t)block[2] << 8 | block[3];
	for (; i < 64; i++) {
		a = sha256_rotate(w[i - 15], 7) ^ sha256_rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
		b = sha256_rotate(w[i - 2], 17) ^ sha256_rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
		w[i] = w[i - 16] + a + w[i - 7] + b;
	}
}

static void sha256_compress(uint32_t *state, const uint8_t *block)
{
	uint32_t w[64], v[8], t1, t2;
	int i;

	sha256_schedule(w, block);
	memcpy(v, state, sizeof(v));
	for (i = 0; i < 64; i++) {
		t1 = sha256_rotate(v[4], 6) ^ sha256_rotate(v[4], 11) ^ sha256_rotate(v[4], 25);
		t1 += v[7] + ((v[4] & v[5]) ^ (~v[4] & v[6])) + sha256_rounds[i] + w[i];
		t2 = sha256_rotate(v[0], 2) ^ sha256_rotate(v[0], 13) ^ sha256_rotate(v[0], 22);
		t2 += (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		state[i] += v[i];
}

static void sha256_start(struct sha256 *sha)
{
	memcpy(sha->state, sha256_initial, sizeof(sha->state));
	sha->length = 0;
}

static void sha256_add(struct sha256 *sha, const void *data, size_t len)
{
	size_t used = sha->length % SHA256_BLOCK;
	const uint8_t *bytes = data;
	size_t n;

	sha->length += len;
	while (len) {
		n = SHA256_BLOCK - used < len ? SHA256_BLOCK - used : len;
		memcpy(sha->block + used, bytes, n);
		used += n;
		bytes += n;
		len -= n;
		if (used == SHA256_BLOCK) {
			sha256_compress(sha->state, sha->block);
			used = 0;
		}
	}
}

static void sha256_finish(struct sha256 *sha, uint8_t *digest)
{
	uint64_t bits = sha->length * 8;
	uint8_t last[8];
	int i;

	for (i = 0; i < 8; i++)
		last[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha256_add(sha, "\x80", 1);
	while (sha->length % SHA256_BLOCK != SHA256_BLOCK - sizeof(last))
		sha256_add(sha, "", 1);
	sha256_add(sha, last, sizeof(last));
	for (i = 0; i < SHA256_SIZE; i++)
		digest[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}

#endif
