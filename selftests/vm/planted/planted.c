// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a module that does wrong when asked, so that the runner is seen red
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>

static char *fault = "none";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "none, warn, leak or panic");

static void *lost;

static int __init planted_init(void)
{
	if (!strcmp(fault, "warn"))
		WARN(1, "planted\n");
	if (!strcmp(fault, "panic"))
		panic("planted");
	/* The only pointer is overwritten: nothing on the stack may still hold it. */
	if (!strcmp(fault, "leak")) {
		lost = kmalloc(200, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
		lost = NULL;
	}
	return 0;
}
module_init(planted_init);

static void __exit planted_exit(void)
{
}
module_exit(planted_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("planted faults for the guest runner's self-test");
