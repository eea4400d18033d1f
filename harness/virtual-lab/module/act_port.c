// SPDX-License-Identifier: GPL-2.0-only
/* Faults of a root port: what is below it no longer answers. */
#include <linux/pci.h>

#include "rules.h"

/*
 * The kernel waits after a bus reset for functions that have power management, as all real ones do, and fails at once
 * where a port claims to report its link and shows none (pci_bridge_wait_for_secondary_bus()). QEMU's functions and
 * ports are neither. What is set here makes the kernel wait as it does on a real board.
 */
static void kernel_waits(struct pci_dev *port)
{
	struct pci_dev *dev;

	port->link_active_reporting = 0;
	list_for_each_entry(dev, &port->subordinate->devices, bus_list)
		dev->d3cold_delay = 100;
}

/*
 * What AGESA 0.0.7.2 and later of the board do in a bus reset: the bridge forgets the numbers of the buses below it and
 * forwards nothing any more. Writing them back is all it takes.
 */
void act_bridge_config_lost(const struct rule *rule)
{
	struct pci_dev *port = place_device(&rule->port);

	if (!port)
		return;
	pci_write_config_byte(port, PCI_SECONDARY_BUS, 0);
	pci_write_config_byte(port, PCI_SUBORDINATE_BUS, 0);
	if (rule->waits && port->subordinate)
		kernel_waits(port);
	pci_dev_put(port);
}

/* Power Controller Control: 1 is off. What is below comes back without its configuration. */
void act_slot_power_off(const struct rule *rule)
{
	struct pci_dev *port = place_device(&rule->port);

	if (!port)
		return;
	pcie_capability_set_word(port, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_PCC);
	pci_dev_put(port);
}
