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
	return acs_override_init();
}

static void __exit comeback_lab_exit(void)
{
	acs_override_exit();
}

module_init(comeback_lab_init);
module_exit(comeback_lab_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Kernel behaviour of the virtual lab host of comeback");
