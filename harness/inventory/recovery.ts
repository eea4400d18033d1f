import { z } from 'zod';
import { rungNames } from '../journal/events.ts';
import { milliseconds } from './fields.ts';

const rung = z.enum(rungNames);

/** What is done about a function that a cycle lost; absent: nothing, the next cycle meets it as it is. */
export const recovery = z
  .strictObject({
    upTo: rung.describe('Climb the ladder to this rung, weakest first, until every function is back.'),
    skip: z.array(rung).default([]).describe('Rungs that are never taken on this host.'),
    waitMs: milliseconds(70_000, 'How long the rung "wait" gives a function to answer by itself', 0),
    stopAt: z
      .enum([...rungNames, 'still-lost'])
      .optional()
      .describe(
        'End the run after a cycle that needed this rung or a stronger one, or that nothing mended; absent: it goes on to its last cycle.',
      ),
  })
  .refine(({ upTo, skip }) => !skip.includes(upTo), { path: ['skip'], error: 'leaves out the rung that upTo names' })
  .describe('How far to climb to bring a lost function back, and when to end the run.');

export type RecoveryConfig = z.output<typeof recovery>;
