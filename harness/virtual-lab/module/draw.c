// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draws that can be repeated: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
 * Each rule has a stream of its own in each boot, so that one rule's draws do not move another's.
 */
#include "draw.h"

static u64 mixed(u64 value)
{
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
	return value ^ (value >> 31);
}

void draw_seed(struct draw *draw, u32 seed, u32 rule, u32 boot)
{
	draw->state = mixed(mixed(mixed(seed) + rule) + boot);
}

bool draw_happens(struct draw *draw, u64 chance)
{
	draw->state += 0x9e3779b97f4a7c15ULL;
	return mixed(draw->state) >> 32 < chance;
}
