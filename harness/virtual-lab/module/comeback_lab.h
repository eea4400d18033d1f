/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMEBACK_LAB_H
#define COMEBACK_LAB_H

#include <linux/types.h>

struct pci_dev;

/* One file per behaviour that the stock kernel lacks. Each has an init (0 or -errno); an exit undoes it if a later one fails. */
int acs_override_init(void);

int kernel_variant_init(void);

int rules_init(void);
void rules_exit(void);

int events_init(void);
void events_exit(void);

/* The save and restore of the seed's patch; see kernel_variant.c. */
struct bridge_config;
bool bridge_restore_wanted(void);
struct bridge_config *bridge_config_save(struct pci_dev *port);
void bridge_config_restore(struct pci_dev *port, struct bridge_config *saved);

/*
 * The text of a file, ended by a zero byte, to be freed with kvfree(); NULL where there is no such file.
 * -EFBIG beyond 64 KiB.
 */
char *read_text_file(const char *path);

#endif
