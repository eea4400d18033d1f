// SPDX-License-Identifier: GPL-2.0-only
/*
 * comeback_lab: what the virtual lab host has and a stock Debian kernel has not.
 *
 * It is loaded by the lab's initramfs before udev binds drivers, because IOMMU groups are decided when a function is
 * added. It changes kernel behaviour only; the harness must find that out as it would on a real host.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "comeback_lab.h"

static int __init comeback_lab_init(void)
{
	/* The release name comes first: rules may ask for it. */
	int error = kernel_variant_init() ?: rules_init();

	if (error)
		return error;
	error = events_init();
	if (error)
		goto no_events;
	error = acs_override_init();
	if (error)
		goto no_override;
	return 0;

no_override:
	events_exit();
no_events:
	rules_exit();
	return error;
}

/* It has no exit: a replaced function may be running, and no host of the lab ever unloads it. */
module_init(comeback_lab_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Kernel behaviour of the virtual lab host of comeback");
