// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replacing a function of the kernel by one of ours that can call it.
 *
 * A kprobe at the entry of a function sits on ftrace's call there. Its handler sends the task to the replacement, which
 * then runs as if it had been called: it may sleep, and returns to the caller. Calling the function past ftrace's call
 * passes no probe a second time; whoever else traces it, as the harness' observer does, sees one call, which is what
 * there is.
 */
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

#include "wrap.h"

static int to_replacement(struct kprobe *probe, struct pt_regs *regs)
{
	struct wrap *wrap = container_of(probe, struct wrap, probe);

	instruction_pointer_set(regs, (unsigned long)wrap->replacement);
	return 1;
}

/* Empty, yet needed: it tells kprobes that the instruction pointer changes, and puts this probe behind all others. */
static void post_handler(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

int wrap_function(struct wrap *wrap)
{
	int error;

	memset(&wrap->probe, 0, sizeof(wrap->probe));
	wrap->probe.symbol_name = wrap->function;
	wrap->probe.pre_handler = to_replacement;
	wrap->probe.post_handler = post_handler;
	error = register_kprobe(&wrap->probe);
	if (error)
		return error;
	if (!kprobe_ftrace(&wrap->probe)) {
		unregister_kprobe(&wrap->probe);
		return -EOPNOTSUPP;
	}
	wrap->active = true;
	return 0;
}

void unwrap_function(struct wrap *wrap)
{
	if (wrap->active)
		unregister_kprobe(&wrap->probe);
	wrap->active = false;
}

void *wrapped_function(const struct wrap *wrap)
{
	return (void *)((unsigned long)wrap->probe.addr + MCOUNT_INSN_SIZE);
}
