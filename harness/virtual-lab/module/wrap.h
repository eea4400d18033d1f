/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMEBACK_LAB_WRAP_H
#define COMEBACK_LAB_WRAP_H

#include <linux/kprobes.h>

/* A function of the kernel, by its name, and ours of the same type that runs in its place. */
struct wrap {
	const char *function;
	void *replacement;
	struct kprobe probe;
	bool active;
};

/* Puts the replacement in place; 0 or -errno. The module that holds the function must be there, or just coming. */
int wrap_function(struct wrap *wrap);
void unwrap_function(struct wrap *wrap);

/* The function itself; call it from the replacement only. */
void *wrapped_function(const struct wrap *wrap);

#endif
