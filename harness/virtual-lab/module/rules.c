// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fault rules of this boot: read once, from a file that is gone when the host runs, and asked at each moment at
 * which something could happen.
 */
#include <linux/dmi.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "comeback_lab.h"
#include "rules.h"

static char *faults;
module_param(faults, charp, 0);
MODULE_PARM_DESC(faults, "File with the fault rules");

static unsigned int boot;
module_param(boot, uint, 0);
MODULE_PARM_DESC(boot, "Number of this boot, counted from 1");

static LIST_HEAD(rules);
static DEFINE_SPINLOCK(rules_lock);

bool rules_exist(void)
{
	return !list_empty(&rules);
}

static bool same_place(const struct place *place, struct pci_dev *dev)
{
	return place->domain == pci_domain_nr(dev->bus) && place->bus == dev->bus->number && place->devfn == dev->devfn;
}

struct pci_dev *place_device(const struct place *place)
{
	return pci_get_domain_bus_and_slot(place->domain, place->bus, place->devfn);
}

static bool rule_happens(struct rule *rule, u32 cycles)
{
	bool happens;

	spin_lock(&rules_lock);
	happens = cycles >= rule->after && !(rule->times && rule->happened >= rule->times) &&
		  draw_happens(&rule->draw, rule->chance);
	if (happens)
		rule->happened++;
	spin_unlock(&rules_lock);
	return happens;
}

void rules_at(enum moment moment, struct pci_dev *port, u32 cycles)
{
	struct rule *rule;

	list_for_each_entry(rule, &rules, list) {
		if (rule->moment != moment)
			continue;
		if (port && rule->port.named && !same_place(&rule->port, port))
			continue;
		if (rule_happens(rule, cycles))
			rule->act(rule);
	}
}

/* The command line with its words apart. Quotes stay part of a word, as /proc/cmdline shows them. */
static char *command_line_words(void)
{
	char *words = read_text_file("/proc/cmdline");
	char *letter;

	if (!words)
		return ERR_PTR(-ENOENT);
	for (letter = words; !IS_ERR(words) && *letter; letter++)
		if (*letter == ' ' || *letter == '\n')
			*letter = '\0';
	return words;
}

static int rules_read(char *text)
{
	struct boot_facts facts = { .kernel = init_uts_ns.name.release, .boot = boot };
	char *words = command_line_words();
	int error;

	if (IS_ERR(words))
		return PTR_ERR(words);
	facts.words = words;
	facts.bios = dmi_get_system_info(DMI_BIOS_VERSION) ?: "";
	error = rules_parse(text, &facts, &rules);
	kvfree(words);
	return error;
}

int rules_init(void)
{
	char *text = faults ? read_text_file(faults) : NULL;
	int error = 0;

	if (IS_ERR(text))
		return PTR_ERR(text);
	if (text)
		error = rules_read(text);
	kvfree(text);
	if (error)
		rules_exit();
	return error;
}

void rules_exit(void)
{
	struct rule *rule, *next;

	list_for_each_entry_safe(rule, next, &rules, list) {
		list_del(&rule->list);
		kfree(rule);
	}
}
