// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of the rules, as harness/virtual-lab/faults/compile.ts writes it:
 *
 *	seed<TAB>42
 *	rule<TAB>what=bridge-config-lost<TAB>when=bus-reset<TAB>chance=4294967296<TAB>port=0000:00:03.0<TAB>bios=29*
 *
 * Whoever wrote the rules saw every mistake there, so here a mistake is only refused.
 */
#include <linux/glob.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rules.h"

static const struct {
	const char *name;
	void (*act)(const struct rule *rule);
} acts[] = {
	{ "bridge-config-lost", act_bridge_config_lost },
	{ "slot-power-off", act_slot_power_off },
	{ "link-down", act_link_down },
	{ "hang-on-reset", act_hang },
	{ "kernel-panic", act_kernel_panic },
	{ "sshd-dies", act_sshd_dies },
	{ "spontaneous-reboot", act_reboot },
	{ "no-boot", act_no_boot },
	{ "iommu-fault", act_iommu_fault },
	{ "aer-uncorrectable", act_aer_uncorrectable },
	{ "function-removed", act_function_removed },
};

static const char *const moments[] = {
	[MOMENT_BUS_RESET] = "bus-reset",
	[MOMENT_VM_START] = "vm-start",
	[MOMENT_VM_STOP] = "vm-stop",
	[MOMENT_BOOT] = "boot",
};

/* Lists of the key "only". In a list one pattern must match and none with "!" may; a list that is not there matches. */
enum list { LIST_BIOS, LIST_KERNEL, LIST_WORD, LIST_BOOT, LISTS };

struct match {
	bool wanted;
	bool found;
	bool refused;
};

static bool words_match(const char *pattern, const char *words)
{
	for (; *words; words += strlen(words) + 1)
		if (glob_match(pattern, words))
			return true;
	return false;
}

static bool pattern_matches(enum list list, const char *pattern, const struct boot_facts *facts)
{
	char number[12];

	switch (list) {
	case LIST_BIOS:
		return glob_match(pattern, facts->bios);
	case LIST_KERNEL:
		return glob_match(pattern, facts->kernel);
	case LIST_WORD:
		return words_match(pattern, facts->words);
	default:
		snprintf(number, sizeof(number), "%u", facts->boot);
		return !strcmp(pattern, number);
	}
}

static void look_up(struct match *match, enum list list, const char *pattern, const struct boot_facts *facts)
{
	bool not = *pattern == '!';
	bool matches = pattern_matches(list, pattern + not, facts);

	match[list].wanted |= !not;
	match[list].found |= !not && matches;
	match[list].refused |= not && matches;
}

static bool holds(const struct match *match)
{
	int list;

	for (list = 0; list < LISTS; list++)
		if (match[list].refused || (match[list].wanted && !match[list].found))
			return false;
	return true;
}

static int parse_place(const char *text, struct place *place)
{
	unsigned int slot, number;

	if (sscanf(text, "%x:%x:%x.%u", &place->domain, &place->bus, &slot, &number) != 4)
		return -EINVAL;
	place->devfn = PCI_DEVFN(slot, number);
	place->named = true;
	return 0;
}

static int parse_word(struct rule *rule, struct match *match, char *word, const struct boot_facts *facts)
{
	char *key = strsep(&word, "=");
	int found;

	if (!word)
		return -EINVAL;
	if (!strcmp(key, "what")) {
		for (found = 0; found < ARRAY_SIZE(acts); found++)
			if (!strcmp(acts[found].name, word))
				rule->act = acts[found].act;
		return rule->act ? 0 : -EINVAL;
	}
	if (!strcmp(key, "when")) {
		found = match_string(moments, ARRAY_SIZE(moments), word);
		rule->moment = found;
		return found < 0 ? found : 0;
	}
	if (!strcmp(key, "chance"))
		return kstrtou64(word, 10, &rule->chance);
	if (!strcmp(key, "port"))
		return parse_place(word, &rule->port);
	if (!strcmp(key, "function"))
		return parse_place(word, &rule->function);
	if (!strcmp(key, "after"))
		return kstrtou32(word, 10, &rule->after);
	if (!strcmp(key, "times"))
		return kstrtou32(word, 10, &rule->times);
	if (!strcmp(key, "seconds"))
		return kstrtou32(word, 10, &rule->seconds);
	if (!strcmp(key, "reboots"))
		return kstrtobool(word, &rule->reboots);
	if (!strcmp(key, "waits"))
		return kstrtobool(word, &rule->waits);
	if (!strcmp(key, "bios"))
		look_up(match, LIST_BIOS, word, facts);
	else if (!strcmp(key, "kernel"))
		look_up(match, LIST_KERNEL, word, facts);
	else if (!strcmp(key, "word"))
		look_up(match, LIST_WORD, word, facts);
	else if (!strcmp(key, "boot"))
		look_up(match, LIST_BOOT, word, facts);
	else
		return -EINVAL;
	return 0;
}

static int parse_rule(char *words, const struct boot_facts *facts, u32 seed, u32 index, struct list_head *rules)
{
	struct match match[LISTS] = {};
	struct rule *rule = kzalloc(sizeof(*rule), GFP_KERNEL);
	int error = rule ? 0 : -ENOMEM;
	char *word;

	while (!error && (word = strsep(&words, "\t")) != NULL)
		error = parse_word(rule, match, word, facts);
	if (!error && !rule->act)
		error = -EINVAL;
	if (error || !holds(match)) {
		kfree(rule);
		return error;
	}
	draw_seed(&rule->draw, seed, index, facts->boot);
	list_add_tail(&rule->list, rules);
	return 0;
}

int rules_parse(char *text, const struct boot_facts *facts, struct list_head *rules)
{
	u32 seed = 0, index = 0;
	char *line, *kind;
	int error = 0;

	while (!error && (line = strsep(&text, "\n")) != NULL) {
		if (!*line)
			continue;
		kind = strsep(&line, "\t");
		if (!line)
			error = -EINVAL;
		else if (!strcmp(kind, "seed"))
			error = kstrtou32(line, 10, &seed);
		else if (!strcmp(kind, "rule"))
			error = parse_rule(line, facts, seed, index++, rules);
		else
			error = -EINVAL;
	}
	return error;
}
