import { requireOpenUnit } from './errors.ts';
import { normalHalfWidth } from './quantiles.ts';
import type { Lives } from './trial-count.ts';

/** One step of a survival curve: the part of all lives that outlasts so many trials. */
export interface SurvivalStep {
  readonly trials: number;
  readonly surviving: number;
  /** Greenwood's sum, the relative variance of `surviving`; infinite where none is left. */
  readonly variance: number;
}

/** After how many trials half of all lives have ended; undefined is a limit that the data do not reach. */
export interface MedianLife {
  readonly median: number | undefined;
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

/**
 * Survival curve of Kaplan and Meier (J. Am. Statist. Assoc. 53 (1958) 457), one step for each length at which lives failed. A life that was cut
 * short counts for as long as it lasted.
 */
export function survivalCurve(lives: readonly Lives[]): readonly SurvivalStep[] {
  let atRisk = lives.reduce((sum, { failed, cutShort }) => sum + failed + cutShort, 0);
  let surviving = 1;
  let variance = 0;
  const steps: SurvivalStep[] = [];
  for (const { trials, failed, cutShort } of [...lives].sort((one, other) => one.trials - other.trials)) {
    if (failed > 0) {
      surviving *= 1 - failed / atRisk;
      variance += failed / (atRisk * (atRisk - failed));
      steps.push({ trials, surviving, variance });
    }
    atRisk -= failed + cutShort;
  }
  return steps;
}

/**
 * The median of {@link survivalCurve} and its interval by Brookmeyer and Crowley (Biometrics 38 (1982) 29) on the log-log scale, as
 * `survfit(conf.type = "log-log")` of R and PROC LIFETEST of SAS give it. An approximation for many lives; it says little of two or three.
 */
export function medianLife(lives: readonly Lives[], confidence: number): MedianLife {
  requireOpenUnit('a confidence', confidence);
  const halfWidth = normalHalfWidth(confidence);
  const steps = survivalCurve(lives);
  const firstBelowHalf = (curve: (step: SurvivalStep) => number): number | undefined =>
    steps.find((step) => curve(step) <= 0.5)?.trials;
  const shifted = (sign: 1 | -1) =>
    firstBelowHalf(({ surviving, variance }) => {
      // Of the last step, after which none is left, the scale knows no width.
      if (surviving === 0) return Infinity;
      return surviving ** Math.exp((sign * halfWidth * Math.sqrt(variance)) / -Math.log(surviving));
    });
  return { median: firstBelowHalf(({ surviving }) => surviving), lower: shifted(1), upper: shifted(-1) };
}
