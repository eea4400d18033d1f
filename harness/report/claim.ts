import type { RunJudgement } from '../judge/run-judge.ts';

const confidence = 0.95;

/**
 * The highest failure rate a cycle that so many cycles without a failure still allow, at 95 % confidence:
 * one-sided Clopper-Pearson bound for zero failures, 1 - 0.05^(1/n); for large n the "rule of three", 3/n.
 */
export function rateBoundWithoutFailure(cycles: number): number {
  return 1 - (1 - confidence) ** (1 / cycles);
}

/** What this run entitles one to say, and no more than that. */
export function claimOf({ functions, outcome, end }: RunJudgement): string {
  const bad = [...functions].filter(([, { counts }]) => counts.lost + counts.degraded > 0);
  if (bad.length > 0) {
    const words = bad.map(([address, { counts }]) => {
      const cycles = counts.survived + counts.degraded + counts.lost + counts.unobserved;
      return `${address} ${counts.lost > 0 ? 'did not come back' : 'came back changed'} in ${counts.lost || counts.degraded} of ${cycles} cycles`;
    });
    return `Shown: ${words.join('; ')}.`;
  }
  if (outcome === 'refused') return 'Shown: nothing; the VM was never started.';
  const survived = Math.min(...[...functions.values()].map(({ counts }) => counts.survived));
  if (functions.size === 0 || survived === 0) return 'Shown: nothing; no cycle saw every function come back.';
  const bound = (rateBoundWithoutFailure(survived) * 100).toPrecision(3);
  const cut = end?.reason === 'cycles-done' ? '' : ', before the run was cut short';
  return (
    `Shown: every function came back ${survived} times${cut}. That alone rules out only ` +
    `failure rates above ${bound} % a cycle (95 % confidence); more cycles rule out more.`
  );
}
