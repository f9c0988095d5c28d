/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - which attribute is which member of the plain structs
 */
#ifndef QNETCTL_FIELD_H
#define QNETCTL_FIELD_H

#include <netlink/attr.h>
#include <stddef.h>
#include <stdint.h>

#define QNL_TEXT	0x80000000U

/* A table of these ends with one whose size is 0. */
struct qnl_field {
	int type;
	size_t offset;
	unsigned int size;	/* in bytes, with QNL_TEXT that of a string's room */
};

extern const struct qnl_field qnl_node_fields[];
extern const struct qnl_field qnl_bearer_fields[];
extern const struct qnl_field qnl_stat_fields[];
extern const struct qnl_field qnl_version_fields[];
extern const struct qnl_field qnl_param_fields[];

/* Members of @object from @attrs; returns which there were, as QNL_HAS() bits. */
uint32_t qnl_parse(struct nlattr **attrs, const struct qnl_field *field, void *object);
/* The members of @object that @has names become attributes of @msg. */
int qnl_put(struct nl_msg *msg, const struct qnl_field *field, uint32_t has, const void *object);

#endif
