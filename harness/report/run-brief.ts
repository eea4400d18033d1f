import { z } from 'zod';
import { address, cell, functionRole } from '../journal/event-parts.ts';
import type { RunSummary } from './summary.ts';

const count = z.int().nonnegative();

/** What lists of runs tell of one. A stored `summary.json` has it, unless a comeback wrote it that did not know of lists yet. */
export const runBrief = z.object({
  run: z.string(),
  host: z.string(),
  beganAtMs: count,
  lastAtMs: count,
  cell: cell.nullable(),
  outcome: z.enum(['pass', 'fail', 'infra', 'aborted', 'refused', 'parked']),
  end: z.enum(['cycles-done', 'stop-rule', 'interrupted', 'infra', 'refused', 'parked']).nullable(),
  plannedCycles: count.nullable(),
  cycles: count,
  cycleOutcomes: z.object({ pass: count, fail: count, infra: count, aborted: count }),
  hostReboots: count,
  functions: z.array(z.object({ address, role: functionRole, lost: count, degraded: count })),
});
export type RunBrief = z.infer<typeof runBrief>;

/** The brief of a run that was just judged. */
export function briefOf(summary: RunSummary): RunBrief {
  return runBrief.parse(summary);
}

/** The brief in a stored summary; undefined where it is not one, or an older one. */
export function storedBrief(text: string): RunBrief | undefined {
  try {
    return runBrief.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A function did not come back in it, whatever else befell the run. */
export function hasFailed({ cycleOutcomes }: Pick<RunBrief, 'cycleOutcomes'>): boolean {
  return cycleOutcomes.fail > 0;
}

/** It has cycles before it: it is parked, was interrupted, lost its lab, or its controller died. */
export function isUnfinished({ end, plannedCycles }: Pick<RunBrief, 'end' | 'plannedCycles'>): boolean {
  if (plannedCycles === 0) return end === 'parked';
  return end === null || end === 'parked' || end === 'interrupted' || end === 'infra';
}
