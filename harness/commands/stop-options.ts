import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { ComebackError } from '../errors.ts';
import type { StopRules } from '../journal/events.ts';
import { percent } from '../stats/percent.ts';
import type { RateClaim } from '../stats/proof.ts';
import { zeroFailureTrials } from '../stats/rate-bounds.ts';
import { positiveInteger } from './options.ts';

const defaultCycles = 5;
const defaultConfidence = 0.95;

/** So few cycles were asked for that not even good ones alone would prove what was asked for. */
export class UnprovableError extends ComebackError {
  override readonly code = 'RUN_UNPROVABLE';
  override readonly kind = 'usage';

  constructor(cycles: number, { rate, confidence }: RateClaim, needed: number) {
    super(
      `${cycles} cycles cannot prove a failure rate below ${percent(rate)} at ${percent(confidence)} confidence: ` +
        `that takes ${needed} without a failure. Leave out --cycles, or ask for less.`,
    );
  }
}

/** What ends a run; any of them together, and the first that is met does. */
export const cyclesOption = new Option(
  '--cycles <number>',
  `end after so many cycles (default: ${defaultCycles}, where nothing else is to end the run)`,
).argParser(positiveInteger);
export const forOption = new Option(
  '--for <time>',
  'end after the cycle in which this time is up: 90s, 30m, 1h30m, 8h, 2d',
).argParser(durationMs);
export const untilLostOption = new Option(
  '--until-lost',
  'end after the cycle, and its recovery, in which a function was lost',
);
export const proveOption = new Option(
  '--prove <rate>',
  'end once every function is proven to fail in fewer cycles than this: 0.5%, or 0.5%@99% for another confidence than 95%',
).argParser(rateClaim);

/**
 * How the run ends, by what was asked for.
 *
 * @throws UnprovableError
 */
export function askedEnd(asked: {
  readonly cycles?: number | undefined;
  readonly for?: number | undefined;
  readonly untilLost?: true | undefined;
  readonly prove?: RateClaim | undefined;
}): { cycles: number | undefined; stopRules: StopRules } {
  const { cycles, for: forMs, untilLost, prove } = asked;
  if (cycles !== undefined && prove !== undefined) {
    const needed = zeroFailureTrials(prove.rate, prove.confidence);
    if (cycles < needed) throw new UnprovableError(cycles, prove, needed);
  }
  const stopRules: StopRules = {
    ...(forMs === undefined ? {} : { forMs }),
    ...(untilLost === undefined ? {} : { untilLost }),
    ...(prove === undefined ? {} : { prove }),
  };
  const isOpen = cycles === undefined && Object.keys(stopRules).length === 0;
  return { cycles: isOpen ? defaultCycles : cycles, stopRules };
}

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** commander's parser of `1h30m`. */
export function durationMs(text: string): number {
  const match = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/.exec(text);
  const [, d = 0, h = 0, m = 0, s = 0] = match ?? [];
  const ms = Number(d) * unitMs.d + Number(h) * unitMs.h + Number(m) * unitMs.m + Number(s) * unitMs.s;
  if (ms > 0) return ms;
  throw new InvalidArgumentError('It must be a time as in 90s, 30m, 1h30m, 8h or 2d.');
}

/** commander's parser of `0.5%@95%`. */
function rateClaim(text: string): RateClaim {
  const [, rate, confidence] = /^(\d{1,3}(?:\.\d{1,6})?)%(?:@(\d{1,3}(?:\.\d{1,6})?)%)?$/.exec(text) ?? [];
  // As a decimal, for 99.9 / 100 is not 0.999.
  const claim = {
    rate: Number(`${rate}e-2`),
    confidence: confidence === undefined ? defaultConfidence : Number(`${confidence}e-2`),
  };
  if (!(claim.rate > 0 && claim.rate < 1)) {
    throw new InvalidArgumentError('It must be a rate between 0 and 100 %, as in 0.5% or 0.5%@99%.');
  }
  // Somebody who writes 5% means the risk, and would believe in a proof that is next to none.
  if (!(claim.confidence >= 0.5 && claim.confidence < 1)) {
    throw new InvalidArgumentError('Its confidence must be at least 50% and below 100%, as in 0.5%@99%.');
  }
  return claim;
}
