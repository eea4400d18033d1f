/**
 * How a bad cell fails: with a rate p per cycle that nobody knows, and that may differ between boots. Within a boot the cycles to the first
 * loss are beta-geometric: p of a boot is drawn from a beta distribution with mean p and intra-class correlation rho (Skellam, J. R. Statist. Soc. B 10
 * (1948) 257); rho = 0 is the same p in every boot. Only the first loss of a boot counts, so survival S(n) of n cycles is all that is needed.
 */
export class FaultModel {
  /** Rate and correlation of each point of the grid. */
  readonly rates: Float64Array;
  readonly correlations: Float64Array;
  /** At each point, in how many cycles a good cell is said to have failed all the same. */
  readonly falseRates: Float64Array;
  readonly logPrior: Float64Array;
  private logSurvivals: Float64Array[];
  private length = 0;

  constructor(rateFloor: number, falseFailureRate: number, shape: GridShape = gridShape) {
    const rates = ratesFrom(rateFloor, shape);
    const points = rates.flatMap(({ rate, weight }) =>
      shape.correlations.flatMap(({ rho, part }) =>
        shape.falseFailures.map((each) => ({
          ...{ rate, rho, falseRate: falseFailureRate * each.share },
          weight: weight * part * each.part,
        })),
      ),
    );
    this.falseRates = Float64Array.from(points, ({ falseRate }) => falseRate);
    this.rates = Float64Array.from(points, ({ rate }) => rate);
    this.correlations = Float64Array.from(points, ({ rho }) => rho);
    this.logPrior = Float64Array.from(points, ({ weight }) => Math.log(weight));
    this.logSurvivals = points.map(() => new Float64Array(0));
    this.grow(1024);
  }

  /** Points of the grid. */
  get size(): number {
    return this.rates.length;
  }

  /** ln S(n) at a point: no loss in the first n cycles of a boot. */
  logSurvival(point: number, cycles: number): number {
    if (cycles >= this.length) this.grow(cycles + 1);
    return this.logSurvivals[point]?.[cycles] ?? 0;
  }

  /** ln of the chance that a good cell shows these cycles, and a loss after them that is none. */
  logFalse(point: number, cycles: number, lost: boolean): number {
    const rate = this.falseRates[point] ?? 0;
    return cycles * Math.log1p(-rate) + (lost ? Math.log(Math.max(rate, 1e-12)) : 0);
  }

  /** ln of the chance that the first loss of a boot is in the cycle after n good ones. */
  logLossAfter(point: number, cycles: number): number {
    const before = this.logSurvival(point, cycles);
    return before + Math.log(-Math.expm1(this.logSurvival(point, cycles + 1) - before));
  }

  private grow(cycles: number): void {
    const length = Math.max(cycles, this.length * 2);
    this.logSurvivals = this.logSurvivals.map((_old, point) => {
      const table = new Float64Array(length);
      const rate = this.rates[point] ?? 0;
      const rho = this.correlations[point] ?? 0;
      const draws = rho > 0 ? 1 / rho - 1 : Infinity;
      for (let n = 1; n < length; n += 1) {
        // The chance of another good cycle after n - 1 good ones: (b + n - 1) / (a + b + n - 1).
        const step = rho > 0 ? Math.log1p((-rate * draws) / (draws + n - 1)) : Math.log1p(-rate);
        table[n] = (table[n - 1] ?? 0) + step;
      }
      return table;
    });
    this.length = length;
  }
}

/** The grid of rates and correlations, and what is believed of them at first. */
export interface GridShape {
  readonly rates: number;
  /** Part of belief that a bad cell fails always. */
  readonly always: number;
  readonly correlations: readonly { readonly rho: number; readonly part: number }[];
  /** How often good cells fail, as a share of what was said, and how much of belief it has. */
  readonly falseFailures: readonly { readonly share: number; readonly part: number }[];
}

const gridShape: GridShape = {
  rates: 24,
  always: Number(process.env.ALW ?? 0.1),
  correlations: [
    { rho: 0, part: 0.75 },
    { rho: 0.1, part: 0.15 },
    { rho: 0.3, part: 0.1 },
  ],
  falseFailures: [
    { share: 0.2, part: Number(process.env.FFQ ?? 0.5) },
    { share: 1, part: 1 - Number(process.env.FFQ ?? 0.5) },
  ],
};

/** "Always" leaves one cycle in a thousand, so that one good cycle is much against it and not the end of all arithmetic. */
const alwaysRate = 0.999;

function ratesFrom(floor: number, { rates, always }: GridShape): { rate: number; weight: number }[] {
  const ratio = Math.log(alwaysRate / floor) / (rates - 1);
  return Array.from({ length: rates }, (_none, index) => ({
    rate: Math.min(alwaysRate, floor * Math.exp(ratio * index)),
    weight: (1 - always) / rates + (index === rates - 1 ? always : 0),
  }));
}

const models = new Map<string, FaultModel>();

/** One model serves every bisect with the same floor: its tables are the dearest part of it. */
export function faultModel(rateFloor: number, falseFailureRate: number): FaultModel {
  const key = `${rateFloor} ${falseFailureRate}`;
  let model = models.get(key);
  if (model === undefined) models.set(key, (model = new FaultModel(rateFloor, falseFailureRate)));
  return model;
}
