// SPDX-License-Identifier: GPL-2.0-only
/*
 * pcie_acs_override= for a kernel without the ACS override patch that Proxmox carries
 * ("PCI: Enable overrides for missing ACS capabilities").
 *
 * The patch adds a last entry to the table behind pci_dev_specific_acs_enabled(), so a kretprobe on that function, which
 * answers where the kernel has no opinion (-ENOTTY), is the same thing from outside. Two differences, both needed
 * because functions of QEMU stand in for those of a board:
 *  - the patch leaves functions without an Express capability alone; here a multifunction device below an Express port
 *    counts, since QEMU's ich9-ahci and intel-hda are conventional;
 *  - the patch is an early parameter; a module can have none, so the functions present at load are added again.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "comeback_lab.h"

static bool override_downstream;
static bool override_multifunction;

static bool below_express_port(struct pci_dev *dev)
{
	return dev->bus->self && pci_is_pcie(dev->bus->self);
}

static bool override_applies(struct pci_dev *dev)
{
	/* A function that implements ACS speaks for itself, as in the patch. */
	if (pci_find_ext_capability(dev, PCI_EXT_CAP_ID_ACS))
		return false;

	if (!pci_is_pcie(dev))
		return override_multifunction && dev->multifunction && below_express_port(dev);

	switch (pci_pcie_type(dev)) {
	case PCI_EXP_TYPE_DOWNSTREAM:
	case PCI_EXP_TYPE_ROOT_PORT:
		return override_downstream;
	case PCI_EXP_TYPE_ENDPOINT:
	case PCI_EXP_TYPE_UPSTREAM:
	case PCI_EXP_TYPE_LEG_END:
	case PCI_EXP_TYPE_RC_END:
		return override_multifunction && dev->multifunction;
	default:
		return false;
	}
}

struct acs_call {
	struct pci_dev *dev;
};

static int acs_enabled_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct acs_call *call = (struct acs_call *)instance->data;

	call->dev = (struct pci_dev *)regs_get_kernel_argument(regs, 0);
	return 0;
}

static int acs_enabled_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct acs_call *call = (struct acs_call *)instance->data;

	if ((int)regs_return_value(regs) == -ENOTTY && override_applies(call->dev))
		regs_set_return_value(regs, 1);
	return 0;
}

static struct kretprobe acs_enabled_probe = {
	.kp.symbol_name = "pci_dev_specific_acs_enabled",
	.entry_handler = acs_enabled_entry,
	.handler = acs_enabled_return,
	.data_size = sizeof(struct acs_call),
	/* Groups are built under one lock, yet a few boot paths may ask at once. */
	.maxactive = 16,
};

/* Same words and the same tolerance for unknown ones as pcie_acs_override_setup() of the patch. */
static void parse_value(char *value)
{
	char *word;

	while ((word = strsep(&value, ",")) != NULL) {
		if (!strcmp(word, "downstream"))
			override_downstream = true;
		else if (!strcmp(word, "multifunction"))
			override_multifunction = true;
	}
}

/* Handed over by the initramfs, which reads /proc/cmdline: saved_command_line is not exported to modules. */
static char *pcie_acs_override = "";
module_param(pcie_acs_override, charp, 0444);
MODULE_PARM_DESC(pcie_acs_override, "The value of pcie_acs_override= on the kernel command line");

int acs_override_init(void)
{
	char *copy = kstrdup(pcie_acs_override, GFP_KERNEL);
	int error;

	if (!copy)
		return -ENOMEM;
	parse_value(copy);
	kfree(copy);
	if (!override_downstream && !override_multifunction)
		return 0;

	error = register_kretprobe(&acs_enabled_probe);
	if (error)
		return error;
	printk(KERN_WARNING "Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA\n");
	return 0;
}
