/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMEBACK_LAB_H
#define COMEBACK_LAB_H

/* One file per behaviour that the stock kernel lacks. Each has an init (0 or -errno) and an exit. */
int acs_override_init(void);
void acs_override_exit(void);

#endif
