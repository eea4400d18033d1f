/**
 * The chaos suite: random faults of devices, host and wire, and controllers that are killed at any byte of their journal, over the twin. An oracle that
 * knows the true faults compares every verdict.
 *
 *     npm run -s chaos [-- --seed 1 --trials 300 --json]     npm run -s chaos -- --seed 1 --trial 17
 */
import { parseArgs } from 'node:util';
import { Controllers, runTrial, type TrialResult } from './trial.ts';
import { trialPlan } from './trial-plan.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    trials: { type: 'string', default: '300' },
    trial: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
/** Trials of one master seed do not meet those of another. */
const apart = 1_000_000;
const lanes = 2;
const seed = Number(values.seed);
const say = (words: string): void => void process.stderr.write(`${words}\n`);

const numbers =
  values.trial === undefined
    ? Array.from({ length: Number(values.trials) }, (_trial, index) => index)
    : [Number(values.trial)];
if (values.trial !== undefined) say(JSON.stringify(trialPlan(seed * apart + Number(values.trial)), null, 2));
const results: TrialResult[] = [];
const startedMs = performance.now();

async function lane(): Promise<void> {
  using controllers = await Controllers.start();
  for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
    const result = await runTrial(seed * apart + number, controllers);
    results.push(result);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0).padStart(4);
    const befell = result.befell.length === 0 ? '' : `, ${result.befell.join(' ')}`;
    say(`${seconds} s  trial ${number}: ${result.cycles} cycles, ${result.deaths} deaths${befell}`);
    for (const wrong of result.wrongs) say(`        WRONG: ${wrong}`);
    if (result.wrongs.length > 0) {
      say(`        its journal: ${result.directory}; again: npm run -s chaos -- --seed ${seed} --trial ${number}`);
    }
  }
}

await Promise.all(Array.from({ length: Math.min(lanes, numbers.length) }, lane));
const sum = (of: (result: TrialResult) => number): number => results.reduce((total, result) => total + of(result), 0);
const summary = {
  seed,
  trials: results.length,
  seconds: Math.round((performance.now() - startedMs) / 1000),
  cycles: sum(({ cycles }) => cycles),
  deaths: sum(({ deaths }) => deaths),
  faults: Object.fromEntries(
    [...new Set(results.flatMap(({ befell }) => befell))]
      .sort()
      .map((what) => [what, sum(({ befell }) => befell.filter((one) => one === what).length)]),
  ),
  verdicts: sum(({ verdicts }) => verdicts),
  wrong: sum(({ wrongs }) => wrongs.length),
};
process.stdout.write(
  values.json ? `${JSON.stringify({ ...summary, results })}\n` : `${JSON.stringify(summary, null, 2)}\n`,
);
process.exitCode = summary.wrong === 0 ? 0 : 1;
