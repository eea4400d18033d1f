// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of one function. The emulated board cannot raise the two errors, so their lines are printed as the kernel of
 * this version prints them, for the same device.
 */
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/task_work.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "rules.h"

/* Its domains count from 1, as its groups do from 0. */
static int domain_of(struct pci_dev *dev)
{
	struct iommu_group *group = iommu_group_get(&dev->dev);
	int id = group ? iommu_group_id(group) : 0;

	iommu_group_put(group);
	return id + 1;
}

/* amd_iommu_report_page_fault() in drivers/iommu/amd/iommu.c; the flag is a write that was not allowed. */
void act_iommu_fault(const struct rule *rule)
{
	struct pci_dev *dev = place_device(&rule->function);

	if (!dev)
		return;
	pci_err(dev, "AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x%04x address=0x%llx flags=0x%04x]\n", domain_of(dev),
		0xfffdf800000ULL, 0x0020);
	pci_dev_put(dev);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define SEVERITY "Uncorrectable (Non-Fatal)"
#else
#define SEVERITY "Uncorrected (Non-Fatal)"
#endif

/* aer_print_port_info(), aer_print_error() and pcie_do_recovery() in drivers/pci/pcie: an Unsupported Request. */
void act_aer_uncorrectable(const struct rule *rule)
{
	struct pci_dev *dev = place_device(rule->function.named ? &rule->function : &rule->port);
	struct pci_dev *port = place_device(&rule->port);

	if (dev && port) {
		pci_info(port, "AER: " SEVERITY " error message received from %04x:%02x:%02x.%d\n",
			 pci_domain_nr(dev->bus), dev->bus->number, PCI_SLOT(dev->devfn), PCI_FUNC(dev->devfn));
		pci_err(dev, "PCIe Bus Error: severity=" SEVERITY ", type=Transaction Layer, (Requester ID)\n");
		pci_err(dev, "  device [%04x:%04x] error status/mask=%08x/%08x\n", dev->vendor, dev->device, 0x00100000, 0);
		pci_err(dev, "   [%2d] %-22s%s\n", 20, "UnsupReq", " (First)");
		pci_info(port, "AER: device recovery successful\n");
	}
	pci_dev_put(dev);
	pci_dev_put(port);
}

/*
 * A function is removed by the task that brought it about, on its way out of the kernel: there it holds no lock of PCI
 * or vfio any more, and what it does is done before its process is gone.
 */
struct removal {
	struct list_head list;
	struct place function;
};

static LIST_HEAD(removals);
static DEFINE_SPINLOCK(removals_lock);

void act_function_removed(const struct rule *rule)
{
	struct removal *removal = kzalloc(sizeof(*removal), GFP_KERNEL);

	if (!removal)
		return;
	removal->function = rule->function;
	spin_lock(&removals_lock);
	list_add_tail(&removal->list, &removals);
	spin_unlock(&removals_lock);
}

static struct removal *next_removal(void)
{
	struct removal *removal;

	spin_lock(&removals_lock);
	removal = list_first_entry_or_null(&removals, struct removal, list);
	if (removal)
		list_del(&removal->list);
	spin_unlock(&removals_lock);
	return removal;
}

static void remove_functions(void)
{
	struct removal *removal;
	struct pci_dev *dev;

	while ((removal = next_removal()) != NULL) {
		dev = place_device(&removal->function);
		if (dev)
			pci_stop_and_remove_bus_device_locked(dev);
		pci_dev_put(dev);
		kfree(removal);
	}
}

static void remove_from_task(struct callback_head *work)
{
	kfree(work);
	remove_functions();
}

static void remove_from_worker(struct work_struct *work)
{
	remove_functions();
}

static DECLARE_WORK(remove_work, remove_from_worker);

void remove_pending_functions(void)
{
	struct callback_head *work;

	if (list_empty(&removals))
		return;
	/* A thread of the kernel never leaves it. */
	work = current->flags & PF_KTHREAD ? NULL : kzalloc(sizeof(*work), GFP_KERNEL);
	if (work) {
		init_task_work(work, remove_from_task);
		if (!task_work_add(current, work, TWA_RESUME))
			return;
		kfree(work);
	}
	schedule_work(&remove_work);
}
