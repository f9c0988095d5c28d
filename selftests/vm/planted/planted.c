// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a module that does wrong when asked, so that the runner is seen red
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

static char *fault = "none";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "none, warn, leak, race or panic");

static void *lost;
static int shared;

static void planted_count(struct work_struct *work)
{
	int i;

	for (i = 0; i < 100000; i++) {
		shared++;
		barrier();
	}
}

static DECLARE_WORK(planted_one, planted_count);
static DECLARE_WORK(planted_other, planted_count);

/* On two CPUs, and no lock. */
static void planted_race(void)
{
	schedule_work_on(0, &planted_one);
	schedule_work_on(1, &planted_other);
	flush_work(&planted_one);
	flush_work(&planted_other);
}

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
	if (!strcmp(fault, "race"))
		planted_race();
	return 0;
}
module_init(planted_init);

static void __exit planted_exit(void)
{
}
module_exit(planted_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("planted faults for the guest runner's self-test");
