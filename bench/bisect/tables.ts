import type { Result } from './trials.ts';

const one = (value: number): string => value.toFixed(value < 20 ? 1 : 0);
const share = (count: number, of: number): string => `${((100 * count) / of).toFixed(1)} %`;

export const resultHead =
  '| p | method | minutes | x oracle | p95 | x its p95 | cycles | switches | flashes | wrong | at most | inconclusive |\n|---|---|---|---|---|---|---|---|---|---|---|---|';

/** One row: times beside those of the oracle in the same worlds. */
export function resultRow(result: Result, oracle: Result | undefined): string {
  const ratio = (of: (each: Result) => number): string =>
    oracle === undefined ? '' : (of(result) / of(oracle)).toFixed(2);
  const cells = [
    String(result.world.rate),
    result.method,
    one(result.meanMinutes),
    ratio(({ meanMinutes }) => meanMinutes),
    one(result.p95Minutes),
    ratio(({ p95Minutes }) => p95Minutes),
    one(result.meanCycles),
    one(result.meanSwitches),
    one(result.meanFlashes),
    share(result.wrong, result.trials),
    share(result.wrongBelow, 1),
    share(result.inconclusive, result.trials),
  ];
  return `| ${cells.join(' | ')} |`;
}

export const stressHead =
  '| world | p | minutes | p95 | boots | wrong | at most | inconclusive | oracle wrong | safe oracle minutes | wrong |\n|---|---|---|---|---|---|---|---|---|---|---|';

export function stressRow(name: string, result: Result, oracle?: Result, safeOracle?: Result): string {
  const cells = [
    name,
    String(result.world.rate),
    one(result.meanMinutes),
    one(result.p95Minutes),
    one(result.meanReboots),
    share(result.wrong, result.trials),
    share(result.wrongBelow, 1),
    share(result.inconclusive, result.trials),
    oracle === undefined ? '' : share(oracle.wrong, oracle.trials),
    safeOracle === undefined ? '' : one(safeOracle.meanMinutes),
    safeOracle === undefined ? '' : share(safeOracle.wrong, safeOracle.trials),
  ];
  return `| ${cells.join(' | ')} |`;
}
