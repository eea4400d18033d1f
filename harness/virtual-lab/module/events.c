// SPDX-License-Identifier: GPL-2.0-only
/*
 * The moments at which faults happen:
 *
 *  - a bus reset, inside the reset itself, where the firmware of the board spoils it;
 *  - the start of the VM, before the first of its functions is enabled, and its stop, after the last one is disabled.
 *    Both are in the path of the task that opens and closes the functions, so what a stop brings is there before the
 *    VM's process is gone;
 *  - the end of the initramfs, which is when it unloads the driver that the rules came through.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/pci.h>

#include "comeback_lab.h"
#include "rules.h"
#include "wrap.h"

static atomic_t open_functions = ATOMIC_INIT(0);
/* VM stops since the boot. */
static atomic_t cycles = ATOMIC_INIT(0);

static void moment_comes(enum moment moment, struct pci_dev *port)
{
	rules_at(moment, port, atomic_read(&cycles));
	if (!atomic_read(&open_functions))
		remove_pending_functions();
}

static void reset_secondary_bus(struct pci_dev *port);
static struct wrap bus_reset = { .function = "pci_reset_secondary_bus", .replacement = reset_secondary_bus };

static void reset_secondary_bus(struct pci_dev *port)
{
	void (*really)(struct pci_dev *port) = wrapped_function(&bus_reset);
	struct bridge_config *saved = bridge_restore_wanted() ? bridge_config_save(port) : NULL;

	really(port);
	moment_comes(MOMENT_BUS_RESET, port);
	bridge_config_restore(port, saved);
}

struct vfio_pci_core_device;

static int vfio_enable(struct vfio_pci_core_device *device);
static struct wrap enable = { .function = "vfio_pci_core_enable", .replacement = vfio_enable };

static int vfio_enable(struct vfio_pci_core_device *device)
{
	int (*really)(struct vfio_pci_core_device *device) = wrapped_function(&enable);
	int error;

	if (atomic_inc_return(&open_functions) == 1)
		moment_comes(MOMENT_VM_START, NULL);
	error = really(device);
	/* A function that does not open is never closed. */
	if (error)
		atomic_dec(&open_functions);
	return error;
}

static void vfio_disable(struct vfio_pci_core_device *device);
static struct wrap disable = { .function = "vfio_pci_core_disable", .replacement = vfio_disable };

static void vfio_disable(struct vfio_pci_core_device *device)
{
	void (*really)(struct vfio_pci_core_device *device) = wrapped_function(&disable);

	really(device);
	if (!atomic_dec_and_test(&open_functions))
		return;
	moment_comes(MOMENT_VM_STOP, NULL);
	atomic_inc(&cycles);
}

static void vfio_comes(void)
{
	int error = wrap_function(&enable) ?: wrap_function(&disable);

	if (error)
		pr_err("cannot follow vfio-pci: %d\n", error);
}

static void vfio_goes(void)
{
	unwrap_function(&enable);
	unwrap_function(&disable);
}

static int module_changes(struct notifier_block *block, unsigned long state, void *data)
{
	struct module *module = data;

	if (!strcmp(module->name, "vfio_pci_core")) {
		if (state == MODULE_STATE_COMING)
			vfio_comes();
		else if (state == MODULE_STATE_GOING)
			vfio_goes();
	} else if (!strcmp(module->name, "qemu_fw_cfg") && state == MODULE_STATE_GOING) {
		moment_comes(MOMENT_BOOT, NULL);
	}
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = { .notifier_call = module_changes };

int events_init(void)
{
	int error;

	if (!rules_exist() && !bridge_restore_wanted())
		return 0;
	error = wrap_function(&bus_reset);
	if (!error && rules_exist())
		error = register_module_notifier(&module_notifier);
	if (error)
		unwrap_function(&bus_reset);
	return error;
}

void events_exit(void)
{
	if (rules_exist())
		unregister_module_notifier(&module_notifier);
	vfio_goes();
	unwrap_function(&bus_reset);
}
