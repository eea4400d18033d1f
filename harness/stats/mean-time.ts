import { requireCount, requireOpenUnit, StatisticsDomainError } from './errors.ts';
import { chiSquareQuantile } from './quantiles.ts';

/** Time that was watched, and the failures in it. */
export interface TimeOnTest {
  readonly durationMs: number;
  readonly failures: number;
  /** Whether the watching was to end after a time, or with the last of its failures. */
  readonly endedBy: 'time' | 'failure';
}

/** Mean times between failures, in milliseconds; undefined where nothing limits it. */
export interface MeanTimeInterval {
  readonly lowerMs: number;
  readonly upperMs: number | undefined;
}

/**
 * Chi-square interval of the mean time between failures (MTBF) for a failure rate that is the same at all times: 2T/χ²(1-α/2; 2r+2) to
 * 2T/χ²(α/2; 2r), with 2r in both where the last failure ended it. NIST/SEMATECH e-Handbook 8.4.5.1; MIL-HDBK-338B 8.3.2.5.2.
 * Its error is at most half of 1 - confidence on either side. Faults of a reset go by cycles rather than by hours, so rates a cycle come first.
 */
export function meanTimeInterval(test: TimeOnTest, confidence: number): MeanTimeInterval {
  requireOpenUnit('a confidence', confidence);
  const oneSided = (1 + confidence) / 2;
  const lowerMs = meanTimeLowerBound(test, oneSided);
  const { durationMs, failures } = test;
  return {
    lowerMs,
    upperMs: failures === 0 ? undefined : (2 * durationMs) / chiSquareQuantile(1 - oneSided, 2 * failures),
  };
}

/** One-sided lower bound of the mean time between failures, in milliseconds; without a failure T / -ln α. */
export function meanTimeLowerBound({ durationMs, failures, endedBy }: TimeOnTest, confidence: number): number {
  requireCount('a number of failures', failures, endedBy === 'failure' ? 1 : 0);
  if (!(durationMs >= 0)) throw new StatisticsDomainError('a time must not be negative', durationMs);
  return (2 * durationMs) / chiSquareQuantile(confidence, 2 * failures + (endedBy === 'time' ? 2 : 0));
}
