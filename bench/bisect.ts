/**
 * Which way to bisect an intermittent reset fault is right most often, and soonest? Simulated worlds with seeded faults, the same for every
 * method: time is what cycles, boots, flashes and losses cost, not the machine's. The tables of docs/bisect.md are what this prints.
 *
 *     npm run -s bench:bisect [-- --quick] [--trials 2000] [--seed 1] [--only grid]
 */
import { parseArgs } from 'node:util';
import { suites } from './bisect/suites.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    trials: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const trials = values.trials === undefined ? undefined : Number(values.trials);
const chosen = suites.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) throw new Error(`--only takes one of ${suites.map(({ name }) => name).join(', ')}`);
for (const suite of chosen) suite.run({ isQuick: values.quick, trials, seed: Number(values.seed), print });
