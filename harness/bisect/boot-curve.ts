import type { BootStep } from './ledger.ts';

/**
 * How a boot goes on in a bad cell with some mean rate p per cycle. The cycles to its first loss are beta-geometric: p of a boot is drawn from a beta
 * distribution with mean p and intra-class correlation rho (Skellam, J. R. Statist. Soc. B 10 (1948) 257); rho = 0 is the same p in every boot.
 * Only the first loss of a boot counts, so survival S(n) of n cycles is all that is needed. The harness's own faults come on top, as in a good cell:
 * without them a bad cell, deep in one boot, would be believed to fail more seldom than a good one, and clean cycles would speak for a culprit.
 */
export class BootCurve {
  private readonly rate: number;
  private readonly rho: number;
  private readonly falseRate: number;
  private logSurvivals = new Float64Array(0);

  constructor(rate: number, rho: number, falseRate = 0) {
    this.rate = rate;
    this.rho = rho;
    this.falseRate = falseRate;
    this.grow(1024);
  }

  /** ln S(n). */
  logSurvival(cycles: number): number {
    if (cycles >= this.logSurvivals.length) this.grow(cycles + 1);
    return this.logSurvivals[cycles] ?? 0;
  }

  /** The chance of a loss within the next cycles of a boot that had so many good ones. */
  lossWithin(survived: number, cycles: number): number {
    return -Math.expm1(this.logSurvival(survived + cycles) - this.logSurvival(survived));
  }

  /** ln of the chance of some cycles of a boot, given those before them. */
  logChance({ from, to, lost }: BootStep): number {
    return this.logSurvival(to) - this.logSurvival(from) + (lost ? Math.log(this.lossWithin(to, 1)) : 0);
  }

  private grow(cycles: number): void {
    const { rate, rho } = this;
    const noFalseLoss = Math.log1p(-this.falseRate);
    const draws = 1 / rho - 1;
    const table = new Float64Array(Math.max(cycles, this.logSurvivals.length * 2));
    for (let n = 1; n < table.length; n += 1) {
      // The chance of another good cycle after n - 1 good ones: (b + n - 1) / (a + b + n - 1).
      const step = rho > 0 ? Math.log1p((-rate * draws) / (draws + n - 1)) : Math.log1p(-rate);
      table[n] = (table[n - 1] ?? 0) + step + noFalseLoss;
    }
    this.logSurvivals = table;
  }
}
