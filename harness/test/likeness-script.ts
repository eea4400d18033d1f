import { fileURLToPath } from 'node:url';
import { recoveryPolicy } from '../commands/recovery-policy.ts';
import type { PlanOptions } from '../commands/soak-plan.ts';
import { soakTwin } from '../cycle/fixtures/twin-soak.ts';
import { RunJudge } from '../judge/run-judge.ts';
import { loadTwinFaults } from '../twin/faults/load.ts';
import { startTwin } from '../twin/twin.ts';
import type { LikenessRun } from './likeness.ts';

/** The script that both hosts run. */
export const likenessScript = fileURLToPath(new URL('../virtual-lab/fixtures/likeness.yaml', import.meta.url));

/** How both hosts run it. What befell a port does not pass by waiting, so nobody waits for it. */
export const likenessPlan = {
  cycles: 6,
  recovery: { recover: 'restore-bridge', skip: ['wait'] },
} as const satisfies PlanOptions;

/** The script on a twin of its own, over SSH. */
export async function likenessOnTwin(): Promise<LikenessRun> {
  await using twin = await startTwin({ faults: await loadTwinFaults(likenessScript) });
  const { cycles, recovery } = likenessPlan;
  const { events, error } = await soakTwin(twin, {
    plan: { cycles, recovery: recoveryPolicy({ recovery: undefined }, recovery) },
  });
  if (error !== undefined) throw new Error('the run on the twin did not come to its end', { cause: error });
  const judge = new RunJudge();
  for (const event of events) judge.push(event);
  return { judgement: judge.result(), events };
}
