/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMEBACK_LAB_DRAW_H
#define COMEBACK_LAB_DRAW_H

#include <linux/types.h>

/* Chance of what always happens. */
#define CHANCE_ALWAYS (1ULL << 32)

/* A stream of draws; the same three numbers give the same stream. */
struct draw {
	u64 state;
};

void draw_seed(struct draw *draw, u32 seed, u32 rule, u32 boot);

/* Whether something of this chance, in 2^-32, happens this time. */
bool draw_happens(struct draw *draw, u64 chance);

#endif
