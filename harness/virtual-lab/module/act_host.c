// SPDX-License-Identifier: GPL-2.0-only
/* Faults of the whole host, in the words that the kernel has for their like. */
#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "rules.h"

/* Not even a signal ends it: the task, and whoever waits for the locks it holds, sleep on. */
void act_hang(const struct rule *rule)
{
	if (rule->seconds) {
		schedule_timeout_uninterruptible(rule->seconds * HZ);
		return;
	}
	for (;;)
		schedule_timeout_uninterruptible(MAX_SCHEDULE_TIMEOUT);
}

void act_kernel_panic(const struct rule *rule)
{
	panic_timeout = rule->reboots ? 1 : 0;
	panic("Fatal exception");
}

/* The listener, and with it every session. */
void act_sshd_dies(const struct rule *rule)
{
	struct task_struct *task;

	rcu_read_lock();
	for_each_process(task)
		if (!strncmp(task->comm, "sshd", 4))
			send_sig(SIGKILL, task, 1);
	rcu_read_unlock();
}

void act_reboot(const struct rule *rule)
{
	emergency_restart();
}

/* mount_root_generic() in init/do_mounts.c, of a kernel that has no driver for its root disk. */
void act_no_boot(const struct rule *rule)
{
	pr_err("VFS: Cannot open root device \"vda\" or unknown-block(0,0): error -6\n");
	pr_err("Please append a correct \"root=\" boot option; here are the available partitions:\n");
	panic("VFS: Unable to mount root fs on unknown-block(0,0)");
}
