import { defaultCosts } from '../../harness/bisect/costs.ts';
import { lowerBoundMinutes } from './lower-bound.ts';
import type { Method } from './method.ts';
import { allMethods, comeback, leastPart, oracle, rivals, safeOracle } from './methods.ts';
import { ours } from './ours.ts';
import { selectorTime } from './selector-time.ts';
import { resultHead, resultRow, stressHead, stressRow } from './tables.ts';
import { type Result, runTrials } from './trials.ts';
import type { WorldKind } from './world.ts';

/** How much is run. */
export interface Effort {
  readonly isQuick: boolean;
  /** Trials of each kind of world, where somebody said so. */
  readonly trials: number | undefined;
  readonly seed: number;
  readonly print: (line: string) => void;
}

export interface Suite {
  readonly name: string;
  readonly run: (effort: Effort) => void;
}

const line: Omit<WorldKind, 'rate'> = { name: 'line', kernels: 16, biosVersions: 1, flags: 0, culprits: 'kernel' };
const square: Omit<WorldKind, 'rate'> = { name: 'grid', kernels: 15, biosVersions: 6, flags: 0, culprits: 'grid' };

function trialsOf(method: Method, kind: WorldKind, effort: Effort, trials: number): Result {
  const plan = { trials: effort.trials ?? trials, seed: effort.seed, costs: defaultCosts };
  return runTrials(method, kind, { ...plan, calibration: kind.culprits === 'none' ? 0 : 3 });
}

/** The methods side by side, by rate. */
function compare(
  kind: Omit<WorldKind, 'rate'>,
  rates: readonly number[],
  methods: readonly Method[],
  trials: number,
  effort: Effort,
): void {
  effort.print(resultHead);
  for (const rate of rates) {
    const results = methods.map((method) => trialsOf(method, { ...kind, rate }, effort, trials));
    const base = results.find(({ method }) => method === oracle.name);
    for (const result of results) effort.print(resultRow(result, base));
    if (kind.culprits !== 'kernel') continue;
    const least = lowerBoundMinutes(
      kind.kernels,
      rate,
      defaultCosts.cycleMs / 60_000,
      defaultCosts.kernelBootMs / 60_000,
    );
    effort.print(`| ${rate} | lower bound, true rate known | ${least.toFixed(1)} | | | | | | | | | |`);
  }
}

const lines: Suite = {
  name: 'line',
  run: (effort) => {
    const { print, isQuick } = effort;
    print('\n## 16 kernels to choose from, one BIOS\n');
    compare(
      line,
      isQuick ? [1, 0.1] : [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005],
      isQuick ? rivals : allMethods,
      isQuick ? 100 : 2000,
      effort,
    );
    for (const kernels of isQuick ? [64] : [8, 64, 256]) {
      print(`\n## ${kernels} kernels to choose from, one BIOS\n`);
      compare({ ...line, kernels }, isQuick ? [0.1] : [1, 0.5, 0.1, 0.02], rivals, isQuick ? 50 : 1000, effort);
    }
  },
};

const grids: Suite = {
  name: 'grid',
  run: (effort) => {
    const { print, isQuick } = effort;
    print('\n## 6 BIOS versions, 16 kernels\n');
    compare(
      square,
      isQuick ? [0.5] : [1, 0.5, 0.1, 0.02],
      isQuick ? rivals : allMethods.slice(0, 6),
      isQuick ? 30 : 300,
      effort,
    );
    if (isQuick) return;
    print('\n## 4 BIOS versions, 32 kernels\n');
    compare({ ...square, kernels: 31, biosVersions: 4 }, [1, 0.5, 0.1], rivals, 300, effort);
    print('\n## 6 BIOS versions, 16 kernels, one flag that is the culprit\n');
    compare({ ...square, flags: 1, culprits: 'flag' }, [0.5, 0.1], [comeback, oracle], 300, effort);
  },
};

const stressRates = [0.5, 0.1, 0.02, 0.01];

/** Comeback and both oracles in worlds of one kind, by rate. */
function stressed(
  name: string,
  change: Partial<WorldKind>,
  effort: Effort,
  { rates = stressRates, trials = 2000 } = {},
): void {
  for (const rate of effort.isQuick ? rates.slice(1, 2) : rates) {
    const of = (each: Method): Result =>
      trialsOf(each, { ...line, rate, ...change }, effort, effort.isQuick ? 40 : trials);
    effort.print(stressRow(name, of(comeback), of(oracle), of(safeOracle)));
  }
}

const cells: Suite = {
  name: 'cells',
  run: (effort) => {
    const { print, isQuick } = effort;
    print(`\n## Cells that are not as the model says\n\n${stressHead}`);
    stressed(`rate of each cell ${leastPart} to 1 of p`, { leastPart }, effort);
    stressed('10 % of cells cannot boot', { untestable: 0.1 }, effort);
    stressed('0.1 % false failures', { falseFailures: 0.001 }, effort);
    for (const rate of isQuick ? [0.5] : [1, 0.5, 0.1]) {
      const kind: WorldKind = { ...square, rate, culprits: 'staircase' };
      print(stressRow('a staircase of two corners, 6 x 16', trialsOf(comeback, kind, effort, isQuick ? 20 : 500)));
    }
    if (!isQuick) stressed('rate below the floor', {}, effort, { rates: [0.001], trials: 300 });
  },
};

const boots: Suite = {
  name: 'boots',
  run: (effort) => {
    effort.print(`\n## Boots that differ\n\n${stressHead}`);
    stressed('boots correlated, rho 0.1', { bootCorrelation: 0.1 }, effort);
    const often = effort.isQuick ? stressRates : [0.5, 0.1];
    stressed('boots correlated, rho 0.3', { bootCorrelation: 0.3 }, effort, { rates: often });
    if (effort.isQuick) return;
    // Each of these takes hundreds of boots.
    stressed('boots correlated, rho 0.3', { bootCorrelation: 0.3 }, effort, { rates: [0.02, 0.01], trials: 300 });
  },
};

const noCulprit: Suite = {
  name: 'no-culprit',
  run: (effort) => {
    const { print, isQuick } = effort;
    print(`\n## Nothing in the range loses it; no soak before\n\n${stressHead}`);
    const kinds = [['16 kernels', line] as const, ['6 BIOS versions, 16 kernels', square] as const];
    for (const [name, kind] of isQuick ? kinds.slice(0, 1) : kinds)
      print(stressRow(name, trialsOf(comeback, { ...kind, rate: 0, culprits: 'none' }, effort, isQuick ? 20 : 60)));
  },
};

const calibration: Suite = {
  name: 'calibration',
  run: (effort) => {
    const { print, isQuick } = effort;
    print(
      '\n## Asked for and achieved: 16 kernels, p = 0.1\n\n| asked for | claimed | right | wrong at most |\n|---|---|---|---|',
    );
    for (const confidence of [0.8, 0.9, 0.95, 0.99]) {
      const method = ours('comeback', defaultCosts, { confidence });
      const { wrong, trials, wrongBelow, meanConfidence } = trialsOf(
        method,
        { ...line, rate: 0.1 },
        effort,
        isQuick ? 50 : 1000,
      );
      const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
      print(
        `| ${percent(confidence)} | ${percent(meanConfidence)} | ${percent(1 - wrong / trials)} | ${percent(wrongBelow)} |`,
      );
    }
  },
};

export const suites: readonly Suite[] = [
  lines,
  grids,
  cells,
  boots,
  noCulprit,
  calibration,
  { name: 'selector', run: ({ print }) => selectorTime(print) },
];
