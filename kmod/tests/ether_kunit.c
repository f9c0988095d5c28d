// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames as the network stack hands them on, under KUnit: in one piece, in pages, in a list
 *
 * Whatever its shape, the bytes of a frame that is right reach the layer above, once; and the CRC
 * and the length are those of all its pieces.
 */
#include "../ether.c"
#include "../gso.c"

#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/mm.h>

#define ETHER_LENGTH	4000		/* of a frame: header, body and CRC */
#define ETHER_PIECE	1000		/* of a list */
#define ETHER_ROOM	64		/* before the first byte */
#define ETHER_JOINED	3

/* What the layers above were handed. */
static struct {
	unsigned int frames;
	bool pieces;
	u32 length;
	u8 bytes[ETHER_LENGTH];
	u64 stats[QNET_STAT_MAX];
} qnet_ether_kunit_seen;

void qnet_stat_add(struct qnet_net *qn, enum qnet_stat stat, u64 n)
{
	qnet_ether_kunit_seen.stats[stat] += n;
}

/* No device has these frames. */
void qnet_backlog_join(struct sk_buff **skb, unsigned int count)
{
}

void qnet_backlog_split(struct sk_buff *first, struct sk_buff *list)
{
}

void qnet_hello_queue(struct qnet_bearer *bearer, struct sk_buff *skb)
{
	kfree_skb(skb);
}

enum qnet_wire_fault qnet_receive_frame(struct qnet_bearer *bearer, struct sk_buff *skb,
					const struct qnet_frame *frame)
{
	qnet_ether_kunit_seen.frames++;
	qnet_ether_kunit_seen.pieces = skb_is_nonlinear(skb);
	qnet_ether_kunit_seen.length = frame->length;
	if (frame->length > ETHER_LENGTH ||
	    skb_copy_bits(skb, 0, qnet_ether_kunit_seen.bytes, frame->length))
		qnet_ether_kunit_seen.length = 0;
	consume_skb(skb);
	return QNET_WIRE_OK;
}

/* @head bytes in one piece, then @pages bytes in pages, the rest in a list. */
struct qnet_ether_kunit_shape {
	const char *name;
	u32 head;
	u32 pages;
	bool two;	/* segments: they are looked at in one piece */
	bool nested;	/* half of each in the list is in a page */
	bool cloned;
	bool shared;
	bool pieces;	/* its bytes stay where they are */
};

static const struct qnet_ether_kunit_shape qnet_ether_kunit_shapes[] = {
	{ .name = "one piece", .head = ETHER_LENGTH },
	{ .name = "pages", .head = 20, .pages = ETHER_LENGTH - 20, .pieces = true },
	{ .name = "pages only", .pages = ETHER_LENGTH, .pieces = true },
	{ .name = "pages, two segments", .head = 20, .pages = ETHER_LENGTH - 20, .two = true },
	{ .name = "pages, cloned", .pages = ETHER_LENGTH, .cloned = true, .pieces = true },
	{ .name = "a list", .head = 1460 },
	{ .name = "a list, two segments", .head = 1460, .two = true },
	{ .name = "a list only" },
	{ .name = "a list after its header", .head = 20 },
	{ .name = "the CRC alone in a list", .head = ETHER_LENGTH - 4 },
	{ .name = "a part of the CRC in a list", .head = ETHER_LENGTH - 3 },
	{ .name = "pages and a list", .head = 100, .pages = 1900 },
	{ .name = "a list of pages", .head = 500, .nested = true },
	{ .name = "a list, cloned", .head = 500, .cloned = true },
	{ .name = "a list, shared", .head = 500, .shared = true },
	{ .name = "a list of pages, cloned and shared", .head = 10, .pages = 90, .nested = true,
	  .cloned = true, .shared = true },
};

static void qnet_ether_kunit_describe(const struct qnet_ether_kunit_shape *shape, char *text)
{
	strscpy(text, shape->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(qnet_ether_kunit, qnet_ether_kunit_shapes, qnet_ether_kunit_describe);

static void *qnet_ether_kunit_segment(u8 *to, size_t len)
{
	const struct qnet_segment_info info = {
		.kind = QNET_SEG_DATA,
		.xid = 7,
		.pull = 1,
		.payload_len = len - sizeof(struct qnet_wire_data),
	};
	u8 *payload = qnet_wire_put_segment(to, &info);
	u32 i;

	for (i = 0; i < info.payload_len; i++)
		payload[i] = i * 7 + i / 256;
	return payload + info.payload_len;
}

static u8 *qnet_ether_kunit_frame(struct kunit *test, bool two)
{
	const struct qnet_frame frame = {
		.type = QNET_FRAME_DATA,
		.length = ETHER_LENGTH,
		.index = 1,
		.number = 1,
	};
	size_t body = ETHER_LENGTH - sizeof(struct qnet_wire_header) - QNET_WIRE_CRC_SIZE;
	size_t first = two ? body / 3 : body;
	u8 *buf = kunit_kzalloc(test, ETHER_LENGTH, GFP_KERNEL), *at;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, buf);
	qnet_wire_build(buf, &frame);
	at = qnet_ether_kunit_segment(buf + sizeof(struct qnet_wire_header), first);
	if (two)
		qnet_ether_kunit_segment(at, body - first);
	qnet_wire_finish(buf, &frame);
	return buf;
}

static void qnet_ether_kunit_pages(struct kunit *test, struct sk_buff *skb, const u8 *from,
				   u32 len)
{
	struct page *page;
	u32 part;

	for (; len; len -= part, from += part) {
		part = min_t(u32, len, PAGE_SIZE / 4);
		page = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, page);
		memcpy(page_address(page), from, part);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, part, PAGE_SIZE);
	}
}

static void qnet_ether_kunit_list(struct kunit *test, struct sk_buff *skb, const u8 *from,
				  u32 len, bool nested)
{
	struct sk_buff **next = &skb_shinfo(skb)->frag_list, *piece;
	u32 part, linear;

	for (; len; len -= part, from += part) {
		part = min_t(u32, len, ETHER_PIECE);
		linear = nested ? part / 2 : part;
		piece = alloc_skb(part, GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, piece);
		skb_put_data(piece, from, linear);
		qnet_ether_kunit_pages(test, piece, from + linear, part - linear);
		*next = piece;
		next = &piece->next;
		skb->len += piece->len;
		skb->data_len += piece->len;
		skb->truesize += piece->truesize;
	}
}

/* The first @len bytes of @frame, as a device that has it in that shape hands it on. */
static struct sk_buff *qnet_ether_kunit_skb(struct kunit *test, const u8 *frame, u32 len,
					    const struct qnet_ether_kunit_shape *shape)
{
	u32 head = min(shape->head, len), pages = min(shape->pages, len - head);
	struct sk_buff *skb = alloc_skb(ETHER_ROOM + ETH_HLEN + head, GFP_KERNEL);
	struct ethhdr *eth;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	skb_reserve(skb, ETHER_ROOM);
	eth = skb_put_zero(skb, ETH_HLEN);
	eth->h_source[0] = 2;
	skb_reset_mac_header(skb);
	skb_pull(skb, ETH_HLEN);
	skb->pkt_type = PACKET_HOST;
	skb_put_data(skb, frame, head);
	qnet_ether_kunit_pages(test, skb, frame + head, pages);
	qnet_ether_kunit_list(test, skb, frame + head + pages, len - head - pages, shape->nested);
	KUNIT_ASSERT_EQ(test, len, skb->len);
	return skb;
}

/* Received; who else has it, has it as it was. */
static void qnet_ether_kunit_receive(struct kunit *test, const u8 *frame, u32 len)
{
	const struct qnet_ether_kunit_shape *shape = test->param_value;
	struct sk_buff *skb = qnet_ether_kunit_skb(test, frame, len, shape);
	struct sk_buff *other = NULL, *again = NULL;
	struct qnet_bearer *bearer = test->priv;
	u8 *bytes;

	memset(&qnet_ether_kunit_seen, 0, sizeof(qnet_ether_kunit_seen));
	if (shape->cloned) {
		other = skb;
		skb = skb_clone(other, GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	}
	if (shape->shared)
		again = skb_get(skb);
	local_bh_disable();
	qnet_ether_receive(skb, NULL, &bearer->packet, NULL);
	local_bh_enable();

	bytes = kunit_kzalloc(test, ETHER_LENGTH, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, bytes);
	if (other)
		KUNIT_EXPECT_EQ(test, 0, skb_copy_bits(other, 0, bytes, len));
	if (again)
		KUNIT_EXPECT_EQ(test, 0, skb_copy_bits(again, 0, bytes, len));
	if (other || again)
		KUNIT_EXPECT_EQ(test, 0, memcmp(bytes, frame, len));
	kfree_skb(other);
	kfree_skb(again);
}

static u64 qnet_ether_kunit_stat(enum qnet_stat stat)
{
	return qnet_ether_kunit_seen.stats[stat];
}

static void qnet_ether_kunit_whole(struct kunit *test)
{
	const struct qnet_ether_kunit_shape *shape = test->param_value;
	u8 *frame = qnet_ether_kunit_frame(test, shape->two);

	qnet_ether_kunit_receive(test, frame, ETHER_LENGTH);
	KUNIT_EXPECT_EQ(test, 1, qnet_ether_kunit_seen.frames);
	KUNIT_EXPECT_EQ(test, shape->pieces, qnet_ether_kunit_seen.pieces);
	KUNIT_EXPECT_EQ(test, ETHER_LENGTH, qnet_ether_kunit_seen.length);
	KUNIT_EXPECT_EQ(test, 0, memcmp(frame, qnet_ether_kunit_seen.bytes, ETHER_LENGTH));
	KUNIT_EXPECT_EQ(test, 1, qnet_ether_kunit_stat(QNET_STAT_rx_frames));
	KUNIT_EXPECT_EQ(test, ETHER_LENGTH + ETH_HLEN, qnet_ether_kunit_stat(QNET_STAT_rx_bytes));
}

/* Frames that crossed the stack as one, and that nobody split. */
static struct sk_buff *qnet_ether_kunit_join(struct kunit *test)
{
	struct net_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	u8 *frame = qnet_ether_kunit_frame(test, false);
	struct sk_buff *skb[ETHER_JOINED + 1];
	struct ethhdr *eth;
	u32 i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	for (i = 0; i < ARRAY_SIZE(skb); i++) {
		skb[i] = alloc_skb(ETHER_ROOM + ETHER_LENGTH, GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb[i]);
		skb_reserve(skb[i], ETHER_ROOM);
		skb_put_data(skb[i], frame, ETHER_LENGTH);
	}
	/* as many, and as much, as its owner wants */
	dev->gso_max_segs = ARRAY_SIZE(skb);
	dev->gso_max_size = ETHER_JOINED * ETHER_LENGTH + ETH_HLEN + 1;
	KUNIT_EXPECT_EQ(test, 1, qnet_gso_join(dev, skb, ARRAY_SIZE(skb)));
	dev->features = NETIF_F_GSO;
	KUNIT_EXPECT_EQ(test, ETHER_JOINED, qnet_gso_join(dev, skb, ARRAY_SIZE(skb)));
	kfree_skb(skb[ETHER_JOINED]);
	KUNIT_EXPECT_EQ(test, ETHER_JOINED * ETHER_LENGTH, skb[0]->len);

	eth = skb_push(skb[0], ETH_HLEN);
	memset(eth, 0, ETH_HLEN);
	eth->h_source[0] = 2;
	skb_reset_mac_header(skb[0]);
	skb_pull(skb[0], ETH_HLEN);
	skb_reset_network_header(skb[0]);
	skb[0]->pkt_type = PACKET_HOST;
	return skb[0];
}

static void qnet_ether_kunit_take_joined(struct kunit *test, struct sk_buff *skb)
{
	struct qnet_bearer *bearer = test->priv;

	memset(&qnet_ether_kunit_seen, 0, sizeof(qnet_ether_kunit_seen));
	local_bh_disable();
	qnet_ether_receive(skb, NULL, &bearer->packet, NULL);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, ETHER_JOINED, qnet_ether_kunit_seen.frames);
	KUNIT_EXPECT_EQ(test, ETHER_LENGTH, qnet_ether_kunit_seen.length);
	KUNIT_EXPECT_EQ(test, ETHER_JOINED * (ETHER_LENGTH + ETH_HLEN),
			qnet_ether_kunit_seen.stats[QNET_STAT_rx_bytes]);
}

static void qnet_ether_kunit_joined(struct kunit *test)
{
	struct sk_buff *skb, *other;

	qnet_ether_kunit_take_joined(test, qnet_ether_kunit_join(test));
	/* a clone has the same frames, before or after it */
	skb = qnet_ether_kunit_join(test);
	other = skb_clone(skb, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	qnet_ether_kunit_take_joined(test, skb);
	qnet_ether_kunit_take_joined(test, other);
	/* and if somebody has one of those of the list */
	skb = qnet_ether_kunit_join(test);
	other = skb_get(skb_shinfo(skb)->frag_list);
	qnet_ether_kunit_take_joined(test, skb);
	KUNIT_EXPECT_EQ(test, ETHER_LENGTH, other->len);
	kfree_skb(other);
}

static void qnet_ether_kunit_spoilt(struct kunit *test)
{
	static const u32 at[] = { 50, ETHER_LENGTH / 2, ETHER_LENGTH - 5, ETHER_LENGTH - 1 };
	const struct qnet_ether_kunit_shape *shape = test->param_value;
	u8 *frame = qnet_ether_kunit_frame(test, shape->two);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		frame[at[i]] ^= 0x10;
		qnet_ether_kunit_receive(test, frame, ETHER_LENGTH);
		KUNIT_EXPECT_EQ(test, 0, qnet_ether_kunit_seen.frames);
		KUNIT_EXPECT_EQ(test, 1, qnet_ether_kunit_stat(QNET_STAT_rx_bad_crc));
		frame[at[i]] ^= 0x10;
	}
}

static void qnet_ether_kunit_cut(struct kunit *test)
{
	static const u32 len[] = { 0, 3, 20, 23, 35, 36, 2000, ETHER_LENGTH - 1 };
	const struct qnet_ether_kunit_shape *shape = test->param_value;
	u8 *frame = qnet_ether_kunit_frame(test, shape->two);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		qnet_ether_kunit_receive(test, frame, len[i]);
		KUNIT_EXPECT_EQ(test, 0, qnet_ether_kunit_seen.frames);
		KUNIT_EXPECT_EQ(test, 1, qnet_ether_kunit_stat(QNET_STAT_rx_bad_short));
	}
}

static int qnet_ether_kunit_init(struct kunit *test)
{
	struct qnet_bearer *bearer = kunit_kzalloc(test, sizeof(*bearer), GFP_KERNEL);

	if (!bearer)
		return -ENOMEM;
	bearer->counters = alloc_percpu(struct qnet_bearer_counters);
	test->priv = bearer;
	return bearer->counters ? 0 : -ENOMEM;
}

static void qnet_ether_kunit_exit(struct kunit *test)
{
	struct qnet_bearer *bearer = test->priv;

	if (bearer)
		free_percpu(bearer->counters);
}

static struct kunit_case qnet_ether_kunit_cases[] = {
	KUNIT_CASE_PARAM(qnet_ether_kunit_whole, qnet_ether_kunit_gen_params),
	KUNIT_CASE(qnet_ether_kunit_joined),
	KUNIT_CASE_PARAM(qnet_ether_kunit_spoilt, qnet_ether_kunit_gen_params),
	KUNIT_CASE_PARAM(qnet_ether_kunit_cut, qnet_ether_kunit_gen_params),
	{ }
};

static struct kunit_suite qnet_ether_kunit_suite = {
	.name = "qnet-ether",
	.init = qnet_ether_kunit_init,
	.exit = qnet_ether_kunit_exit,
	.test_cases = qnet_ether_kunit_cases,
};

kunit_test_suite(qnet_ether_kunit_suite);
