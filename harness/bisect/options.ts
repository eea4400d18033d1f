import { BisectDomainError } from './errors.ts';

/** What a bisect assumes and how sure it must be. */
export interface BisectOptions {
  /** How sure the verdict must be, of all roles together; 0.95 for 95 %. */
  readonly confidence: number;
  /** The lowest failure rate per cycle that is looked for. A fault below it may pass for good: with one-sided noise no finite test is without such a floor. */
  readonly rateFloor: number;
  /** In how many cycles a good cell is said to have failed all the same, at most: harness faults that passed for the device's. Believed as much is a fifth of it. */
  readonly falseFailureRate: number;
  /** Whether a fix is looked for: the old side is the bad one. */
  readonly isFix: boolean;
  readonly priors: Priors;
}

/** How likely each kind of culprit is before anything was seen; only their ratios matter. A kind that the space cannot have is left out. */
export interface Priors {
  readonly kernelOnly: number;
  readonly biosOnly: number;
  /** Newer kernel and newer BIOS must come together. */
  readonly bothNeeded: number;
  /** A newer kernel breaks it, and a newer BIOS does too. */
  readonly eitherSuffices: number;
  /** A flag alone. */
  readonly flag: number;
  /** A flag together with a newer kernel or BIOS. */
  readonly flagWithOther: number;
  /** Nothing in the range loses it. */
  readonly noCulprit: number;
  /** The good corner is bad as well: the change lies before the range. */
  readonly allBad: number;
}

const defaults: Omit<BisectOptions, 'falseFailureRate'> = {
  confidence: 0.95,
  rateFloor: 0.003,
  isFix: false,
  priors: {
    kernelOnly: 0.4,
    biosOnly: 0.18,
    bothNeeded: 0.22,
    eitherSuffices: 0.1,
    flag: 0.3,
    flagWithOther: 0.2,
    noCulprit: 0.1,
    allBad: 0.015,
  },
};

/** What a poor lab makes up; less where the faults that are looked for are so rare that it would drown them. */
const mostFalseFailures = { rate: 1e-3, partOfFloor: 1 / 3 };

/** What was said, and the usual for the rest. @throws BisectDomainError where a number has no meaning. */
export function optionsOf(said: Partial<BisectOptions>): BisectOptions {
  const { rateFloor = defaults.rateFloor } = said;
  const falseFailureRate = Math.min(mostFalseFailures.rate, rateFloor * mostFalseFailures.partOfFloor);
  const options = { falseFailureRate, ...defaults, ...said };
  requireOptions(options);
  return options;
}

function requireOptions(options: BisectOptions): void {
  const { confidence, rateFloor, falseFailureRate, priors } = options;
  const inside = (value: number, low: number, high: number): boolean => value >= low && value < high;
  if (!inside(confidence, 0.5, 1))
    throw new BisectDomainError(`A confidence of ${confidence} is none: give one from 50 % to below 100 %.`);
  if (!inside(rateFloor, 1e-5, 0.5))
    throw new BisectDomainError(
      `A rate of ${rateFloor} cannot be the lowest that is looked for: give one from 0.001 % to 50 %.`,
    );
  if (!inside(falseFailureRate, 0, rateFloor))
    throw new BisectDomainError(
      `False failures (${falseFailureRate} of cycles) must be rarer than the faults that are looked for (${rateFloor}).`,
    );
  if (Object.values(priors).some((weight: number) => !(weight >= 0 && weight < Infinity)))
    throw new BisectDomainError('A prior weight is a number that is not negative.');
}
