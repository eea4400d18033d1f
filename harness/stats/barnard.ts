import { requireTally, type TrialTally } from './rate-bounds.ts';
import { logChoose } from './special-functions.ts';

/** Points of the nuisance rate that are tried for each standard deviation of the larger cell. */
const pointsPerDeviation = 8;
/** Of the peaks between them, the highest so many are climbed to the top. */
const peaksTried = 3;
/** Beyond so many standard deviations, and some failures more, a binomial has nothing left that a double would show. */
const window = { deviations: 10, more: 50 };

/**
 * Barnard's unconditional exact test of two cells (Biometrika 34 (1947) 123), two-sided, ordered by the pooled score statistic as
 * `barnard_exact` of SciPy and `Barnard::barnard.test(pooled = TRUE)` of R: the largest probability, over all rates that both cells may share, of a
 * table at least as far apart. It takes the numbers of trials as settled before, and not the failures, and so sees more than Fisher's.
 */
export function barnardExact(one: TrialTally, other: TrialTally): number {
  requireTally(one);
  requireTally(other);
  const observed = Math.abs(pooledScore(one.failures, one.trials, other.failures, other.trials));
  if (observed === 0) return 1;
  const region = extremeTables(one.trials, other.trials, observed * (1 - 1e-10));
  const chooseOne = logChooses(one.trials);
  const chooseOther = logChooses(other.trials);
  const probabilityAt = (angle: number): number => {
    const rate = Math.sin(angle) ** 2;
    const inOne = binomial(chooseOne, rate);
    const atMost = cumulated(binomial(chooseOther, rate));
    return inOne.chances.reduce((sum, chance, index) => {
      const { below, from } = region[inOne.first + index] ?? { below: 0, from: Infinity };
      return sum + chance * (atMost(below - 1) + 1 - atMost(from - 1));
    }, 0);
  };
  return Math.min(1, highest(probabilityAt, Math.max(one.trials, other.trials)));
}

/** How many standard deviations two cells are apart under the rate that both share; 0 where neither or everything failed. */
export function pooledScore(failures: number, trials: number, otherFailures: number, otherTrials: number): number {
  const shared = (failures + otherFailures) / (trials + otherTrials);
  const variance = shared * (1 - shared) * (1 / trials + 1 / otherTrials);
  return variance > 0 ? (failures / trials - otherFailures / otherTrials) / Math.sqrt(variance) : 0;
}

/** For each number of failures in one cell those of the other that are as far away: fewer than `below`, or `from` on. */
function extremeTables(trials: number, otherTrials: number, score: number): { below: number; from: number }[] {
  let below = 0;
  let from = 0;
  return Array.from({ length: trials + 1 }, (_none, failures) => {
    // The score grows with the failures of the one and falls with those of the other, so both limits only go up.
    while (below <= otherTrials && pooledScore(failures, trials, below, otherTrials) >= score) below += 1;
    while (from <= otherTrials && pooledScore(failures, trials, from, otherTrials) > -score) from += 1;
    return { below, from };
  });
}

function logChooses(trials: number): readonly number[] {
  return Array.from({ length: trials + 1 }, (_none, failures) => logChoose(trials, failures));
}

/** The chances of so many failures, where they are not next to nothing. */
interface Binomial {
  /** The number of failures that the first of the chances is for. */
  readonly first: number;
  readonly chances: readonly number[];
}

function binomial(chooses: readonly number[], rate: number): Binomial {
  const trials = chooses.length - 1;
  const reach = window.deviations * Math.sqrt(trials * rate * (1 - rate)) + window.more;
  const first = Math.max(0, Math.floor(trials * rate - reach));
  const last = Math.min(trials, Math.ceil(trials * rate + reach));
  const chances = chooses.slice(first, last + 1).map((choose, index) => {
    const failures = first + index;
    return Math.exp(choose + failures * Math.log(rate) + (trials - failures) * Math.log1p(-rate));
  });
  return { first, chances };
}

/** The chance of at most so many failures. */
function cumulated({ first, chances }: Binomial): (failures: number) => number {
  let sum = 0;
  const sums = chances.map((chance) => (sum += chance));
  return (failures) => (failures < first ? 0 : (sums[failures - first] ?? 1));
}

/** The highest value over all rates, sin² of an angle: in angles a binomial is about as wide everywhere. */
function highest(valueAt: (angle: number) => number, trials: number): number {
  const points = Math.ceil(Math.PI * Math.sqrt(trials) * pointsPerDeviation);
  const step = Math.PI / 2 / points;
  const values = Array.from({ length: points - 1 }, (_none, index) => valueAt((index + 1) * step));
  const peaks = values
    .map((value, index) => ({ value, angle: (index + 1) * step }))
    .filter(({ value }, index) => value >= (values[index - 1] ?? 0) && value >= (values[index + 1] ?? 0))
    .sort((one, other) => other.value - one.value)
    .slice(0, peaksTried);
  return Math.max(...peaks.map(({ angle }) => peak(valueAt, angle - step, angle + step)));
}

const golden = (Math.sqrt(5) - 1) / 2;

/** The highest value between two angles that have one peak between them. */
function peak(valueAt: (angle: number) => number, low: number, high: number): number {
  let from = low;
  let to = high;
  let best = 0;
  for (let turn = 0; turn < 30; turn += 1) {
    const left = to - golden * (to - from);
    const right = from + golden * (to - from);
    const [atLeft, atRight] = [valueAt(left), valueAt(right)];
    best = Math.max(best, atLeft, atRight);
    if (atLeft < atRight) from = left;
    else to = right;
  }
  return best;
}
