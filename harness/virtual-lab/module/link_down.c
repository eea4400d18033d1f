// SPDX-License-Identifier: GPL-2.0-only
/*
 * A link that goes down: Link Disable of the port is set, its Link Status shows no link, and what is below answers
 * nothing. Clearing Link Disable trains the link again; what is below then has lost its configuration, as after any
 * time without a link.
 *
 * QEMU's ports do not implement Link Disable. So the power of the slot is cut instead, which makes QEMU drop the functions
 * below from config and memory space, and the accesses of the kernel to the config space of the board are looked at on
 * their way: those of the port see the link's registers as a real port has them, and the slot's as they were.
 */
#include <linux/pci.h>
#include <linux/spinlock.h>

#include "rules.h"

#define MOST_LINKS 8

struct link {
	struct pci_dev *port;
	/* What is written and read while the power is cut on the link's behalf. */
	u16 slot_control;
	bool down;
};

static struct link links[MOST_LINKS];
static int link_count;
static DEFINE_SPINLOCK(links_lock);
static struct pci_ops *real_ops;

static struct link *link_of(struct pci_bus *bus, unsigned int devfn)
{
	int i;

	for (i = 0; i < link_count; i++)
		if (links[i].down && links[i].port->bus == bus && links[i].port->devfn == devfn)
			return &links[i];
	return NULL;
}

static bool below_a_link_that_is_down(struct pci_bus *bus)
{
	for (; bus->self; bus = bus->parent)
		if (link_of(bus->self->bus, bus->self->devfn))
			return true;
	return false;
}

/* Offset of the 32 bits at a place of config space from the port's Express capability. */
static int register_of(const struct link *link, int where)
{
	return (where & ~3) - link->port->pcie_cap;
}

static u32 as_shown(const struct link *link, int where, u32 value)
{
	switch (register_of(link, where)) {
	case PCI_EXP_LNKCTL:
		value &= ~((PCI_EXP_LNKSTA_CLS | PCI_EXP_LNKSTA_NLW | PCI_EXP_LNKSTA_DLLLA) << 16);
		return value | PCI_EXP_LNKCTL_LD;
	case PCI_EXP_SLTCTL:
		return (value & 0xffff0000) | link->slot_control;
	default:
		return value;
	}
}

static int link_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	const struct link *link;
	u32 mask = ~0U >> (32 - 8 * size);
	int error;

	if (below_a_link_that_is_down(bus)) {
		*value = mask;
		return PCIBIOS_SUCCESSFUL;
	}
	link = link_of(bus, devfn);
	if (!link)
		return real_ops->read(bus, devfn, where, size, value);
	error = real_ops->read(bus, devfn, where & ~3, 4, value);
	*value = as_shown(link, where, *value) >> (8 * (where & 3)) & mask;
	return error;
}

static void link_up(struct link *link)
{
	link->down = false;
	real_ops->write(link->port->bus, link->port->devfn, link->port->pcie_cap + PCI_EXP_SLTCTL, 2, link->slot_control);
}

static u32 as_written(struct link *link, int where, int size, u32 value)
{
	int shift = 8 * (where & 3);
	u32 mask = (~0U >> (32 - 8 * size)) << shift;

	switch (register_of(link, where)) {
	case PCI_EXP_LNKCTL:
		if (mask & PCI_EXP_LNKCTL_LD && !(value << shift & PCI_EXP_LNKCTL_LD))
			link_up(link);
		return value;
	case PCI_EXP_SLTCTL:
		link->slot_control = (link->slot_control & ~mask) | (value << shift & mask);
		return value | (PCI_EXP_SLTCTL_PCC & mask) >> shift;
	default:
		return value;
	}
}

static int link_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct link *link;

	if (below_a_link_that_is_down(bus))
		return PCIBIOS_SUCCESSFUL;
	link = link_of(bus, devfn);
	if (link)
		value = as_written(link, where, size, value);
	return real_ops->write(bus, devfn, where, size, value);
}

static struct pci_ops link_ops;

/* Buses that are added below later take the operations of their parent. */
static void look_at_accesses(struct pci_dev *port)
{
	if (!real_ops) {
		real_ops = port->bus->ops;
		link_ops = *real_ops;
		link_ops.read = link_read;
		link_ops.write = link_write;
	}
	pci_bus_set_ops(port->bus, &link_ops);
	if (port->subordinate)
		pci_bus_set_ops(port->subordinate, &link_ops);
}

static struct link *link_for(struct pci_dev *port)
{
	int i;

	for (i = 0; i < link_count; i++)
		if (links[i].port == port)
			return &links[i];
	if (link_count == MOST_LINKS)
		return NULL;
	links[link_count].port = pci_dev_get(port);
	return &links[link_count++];
}

void act_link_down(const struct rule *rule)
{
	struct pci_dev *port = place_device(&rule->port);
	struct link *link;

	if (!port)
		return;
	spin_lock(&links_lock);
	link = link_for(port);
	if (link && !link->down) {
		look_at_accesses(port);
		pcie_capability_read_word(port, PCI_EXP_SLTCTL, &link->slot_control);
		pcie_capability_set_word(port, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_PCC);
		link->down = true;
	}
	spin_unlock(&links_lock);
	pci_dev_put(port);
}
