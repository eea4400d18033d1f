import { BootCurve } from './boot-curve.ts';

/**
 * How cells fail: a bad one with a rate p per cycle that nobody knows and that may differ between boots; a good one now and then, by the harness's fault.
 * None of that is known, so each point of a grid is one way how it may be, with what is believed of it.
 */
export class FaultModel {
  /** Rate of each point. */
  readonly rates: Float64Array;
  /** In how many cycles a good cell is said to have failed all the same, at most. */
  readonly falseFailureRate: number;
  /** At each point, in how many cycles a good cell is said to have failed all the same. */
  readonly falseRates: Float64Array;
  readonly logPrior: Float64Array;
  /** At each point, how boots go on in bad cells. */
  readonly curves: readonly BootCurve[];
  /** At each point, how they go on in a bad cell that is milder than those the rate was learned from. */
  readonly mildCurves: readonly BootCurve[];

  constructor(rateFloor: number, falseFailureRate: number, shape: GridShape = gridShape) {
    const points = ratesFrom(rateFloor, shape).flatMap(({ rate, weight }) =>
      shape.correlations.flatMap(({ rho, part }) =>
        shape.falseFailures.map(({ share, part: ofShare }) => {
          const falseRate = falseFailureRate * share;
          return { rate, rho, falseRate, weight: weight * part * ofShare };
        }),
      ),
    );
    // What always fails does so in every bad cell.
    const mildRate = (rate: number): number => (rate < alwaysRate ? rate * mildCell : rate);
    this.curves = points.map(({ rate, rho, falseRate }) => new BootCurve(rate, rho, falseRate));
    this.mildCurves = points.map(({ rate, rho, falseRate }) => new BootCurve(mildRate(rate), rho, falseRate));
    this.falseFailureRate = falseFailureRate;
    this.rates = Float64Array.from(points, ({ rate }) => rate);
    this.falseRates = Float64Array.from(points, ({ falseRate }) => falseRate);
    this.logPrior = Float64Array.from(points, ({ weight }) => Math.log(weight));
  }

  /** Points of the grid. */
  get size(): number {
    return this.rates.length;
  }

  /** At a point, ln of the chance that a good cell shows so many good cycles, and a loss after them that is none. */
  logFalse(point: number, cycles: number, lost: boolean): number {
    const rate = this.falseRates[point] ?? 0;
    return cycles * Math.log1p(-rate) + (lost ? Math.log(Math.max(rate, 1e-12)) : 0);
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
  always: 0.1,
  correlations: [
    { rho: 0, part: 0.63 },
    { rho: 0.1, part: 0.25 },
    { rho: 0.3, part: 0.12 },
  ],
  falseFailures: [
    { share: 0.2, part: 0.75 },
    { share: 1, part: 0.25 },
  ],
};

/** What part of the rate a mild cell has. */
const mildCell = 0.5;

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
