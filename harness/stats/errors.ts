import { ComebackError } from '../errors.ts';

/** A number that no statistic can be made of: a defect of the caller, who has judged cycles and not arbitrary numbers. */
export class StatisticsDomainError extends ComebackError {
  override readonly code = 'STATS_DOMAIN';
  override readonly kind = 'internal';

  constructor(what: string, value: number) {
    super(`${what}, not ${value}: this comeback is broken.`);
  }
}

/** @throws StatisticsDomainError unless 0 < value < 1 */
export function requireOpenUnit(what: string, value: number): void {
  if (!(value > 0 && value < 1)) throw new StatisticsDomainError(`${what} must lie between 0 and 1`, value);
}

/** @throws StatisticsDomainError unless the value is a whole number from `least` on */
export function requireCount(what: string, value: number, least = 0): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new StatisticsDomainError(`${what} must be a whole number from ${least} on`, value);
  }
}
