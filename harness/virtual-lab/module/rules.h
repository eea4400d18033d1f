/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMEBACK_LAB_RULES_H
#define COMEBACK_LAB_RULES_H

#include <linux/list.h>
#include <linux/types.h>

#include "draw.h"

struct pci_dev;

enum moment { MOMENT_BUS_RESET, MOMENT_VM_START, MOMENT_VM_STOP, MOMENT_BOOT };

struct place {
	bool named;
	unsigned int domain;
	unsigned int bus;
	unsigned int devfn;
};

struct rule {
	struct list_head list;
	enum moment moment;
	void (*act)(const struct rule *rule);
	struct place port;
	struct place function;
	u64 chance;
	u32 after;
	/* 0: as often as it comes. */
	u32 times;
	/* 0: for ever. */
	u32 seconds;
	bool reboots;
	/* Whether the kernel waits for the functions of a reset bus. */
	bool waits;

	struct draw draw;
	u32 happened;
};

/* What decides whether a rule holds in this boot. */
struct boot_facts {
	const char *bios;
	const char *kernel;
	/* Each word ended by a zero byte, an empty one at the end. */
	const char *words;
	u32 boot;
};

/* Adds the rules of the text that hold in this boot; 0 or -errno. The text is cut up. */
int rules_parse(char *text, const struct boot_facts *facts, struct list_head *rules);

bool rules_exist(void);

/* Lets happen what the rules say of a moment, in their order. The port only counts at a bus reset. */
void rules_at(enum moment moment, struct pci_dev *port, u32 cycles);

/* A reference to the function or port of a place, or NULL. */
struct pci_dev *place_device(const struct place *place);

/* act_port.c */
void act_bridge_config_lost(const struct rule *rule);
void act_slot_power_off(const struct rule *rule);

/* link_down.c */
void act_link_down(const struct rule *rule);

/* act_host.c */
void act_hang(const struct rule *rule);
void act_kernel_panic(const struct rule *rule);
void act_sshd_dies(const struct rule *rule);
void act_reboot(const struct rule *rule);
void act_no_boot(const struct rule *rule);

/* act_function.c */
void act_iommu_fault(const struct rule *rule);
void act_aer_uncorrectable(const struct rule *rule);
void act_function_removed(const struct rule *rule);

/* Removes what act_function_removed() was told to, once the running task leaves the kernel. */
void remove_pending_functions(void);

#endif
