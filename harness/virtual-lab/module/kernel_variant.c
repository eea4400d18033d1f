// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stock kernel as a patched one: with the save and restore of the bridge around a secondary bus reset, which heals
 * boards whose firmware loses the bridge's configuration in it, and with a release name of its own.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "comeback_lab.h"

static bool bridge_restore;
module_param(bridge_restore, bool, 0);
MODULE_PARM_DESC(bridge_restore, "Save a bridge's configuration before a reset of its secondary bus, restore it after");

static char *uts_release;
module_param(uts_release, charp, 0);
MODULE_PARM_DESC(uts_release, "Release name of this kernel");

int kernel_variant_init(void)
{
	struct new_utsname *name = &init_uts_ns.name;

	/* Only the initramfs runs yet, so nobody reads it half written. */
	if (uts_release && strscpy(name->release, uts_release, sizeof(name->release)) < 0)
		return -EINVAL;
	return 0;
}

bool bridge_restore_wanted(void)
{
	return bridge_restore;
}

#define CONFIG_DWORDS (PCI_CFG_SPACE_SIZE / sizeof(u32))

struct bridge_config {
	u32 dwords[CONFIG_DWORDS];
};

struct bridge_config *bridge_config_save(struct pci_dev *port)
{
	struct bridge_config *saved = kzalloc(sizeof(*saved), GFP_KERNEL);
	int i;

	for (i = 0; saved && i < CONFIG_DWORDS; i++)
		pci_read_config_dword(port, i * sizeof(u32), &saved->dwords[i]);
	return saved;
}

/* From the end, as pci_restore_config_space() does, so that windows and bus numbers are there before Command opens them. */
void bridge_config_restore(struct pci_dev *port, struct bridge_config *saved)
{
	u32 now;
	int i;

	for (i = CONFIG_DWORDS - 1; saved && i >= 0; i--) {
		pci_read_config_dword(port, i * sizeof(u32), &now);
		if (now != saved->dwords[i])
			pci_write_config_dword(port, i * sizeof(u32), saved->dwords[i]);
	}
	kfree(saved);
}
