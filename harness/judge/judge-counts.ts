import { z } from 'zod';
import { address } from '../journal/event-parts.ts';
import { type FunctionTotals, type Tally, unjudged } from './totals.ts';
import { storedTrials } from './function-trials.ts';

const count = z.int().nonnegative();

/**
 * What a judge has counted so far, as a checkpoint keeps it: enough to go on and to know when a rule of the plan is met. How the cycles before
 * went one by one only the whole journal tells.
 */
export const judgeCounts = z.strictObject({
  cycles: z.strictObject({ pass: count, fail: count, infra: count, aborted: count }),
  functions: z.array(
    z.strictObject({
      address,
      counts: z.strictObject({ survived: count, degraded: count, lost: count, unobserved: count }),
      exercised: count,
      trials: storedTrials,
    }),
  ),
  kernelNoise: z.array(z.string()),
  hostReboots: count,
  rebootsCounted: count,
  bootId: z.string().optional(),
});
export type JudgeCounts = z.infer<typeof judgeCounts>;

export function countsOf({ cycles, functions }: Tally): Pick<JudgeCounts, 'cycles' | 'functions'> {
  return {
    cycles: { ...cycles },
    functions: [...functions].map(([of, { counts, exercised, trials }]) => ({
      address: of,
      counts: { ...counts },
      exercised,
      trials,
    })),
  };
}

/** @param begun has the functions of the run, and nothing counted. */
export function tallyOf({ cycles, functions }: JudgeCounts, begun: Tally): Tally {
  const counted = new Map(functions.map((of) => [of.address, of]));
  const totals = [...begun.functions].map(([of, { role }]): [typeof of, FunctionTotals] => {
    const { counts, exercised, trials } = counted.get(of) ?? {};
    const blank = unjudged(role);
    return [
      of,
      { ...blank, counts: counts ?? blank.counts, exercised: exercised ?? 0, trials: trials ?? blank.trials },
    ];
  });
  return { cycles, functions: new Map(totals) };
}
