import { CellLikelihood, logSum, sumOf } from './cell-likelihood.ts';
import type { FaultModel } from './fault-model.ts';
import type { Hypothesis } from './hypotheses.ts';
import type { BootStep } from './ledger.ts';

/** Hypotheses that call every visited cell the same: nothing seen so far can tell them apart. */
export interface Group {
  readonly members: readonly number[];
  readonly prior: number;
  /** By cell: prior of the members that call it bad. */
  readonly priorBad: Float64Array;
}

/** Prior of "no rule that is looked for", where each cell is bad or good by itself: along one axis, and where several could make a staircase. */
const irregularPriors = { line: 0.002, several: 0.01 };

/**
 * What is believed of one role: a likelihood for each group of hypotheses at each point of the fault model, in logarithms.
 * The prior within a group never changes, so an observation costs groups times points, however many hypotheses there are.
 */
export class Beliefs {
  readonly hypotheses: readonly Hypothesis[];
  readonly model: FaultModel;
  readonly groups: Group[];
  private readonly calls: Uint8Array;
  private readonly cells: number;
  private readonly likelihoods: Float64Array[];
  private readonly visited = new Map<number, CellLikelihood>();
  private readonly irregular: Float64Array;
  private readonly irregularPrior: number;
  private view: BeliefView | undefined;

  constructor(hypotheses: readonly Hypothesis[], calls: Uint8Array, cells: number, model: FaultModel) {
    this.hypotheses = hypotheses;
    this.model = model;
    this.calls = calls;
    this.cells = cells;
    this.groups = [this.groupOf(hypotheses.map((_hypothesis, index) => index))];
    this.likelihoods = [new Float64Array(model.size)];
    this.irregular = new Float64Array(model.size);
    const axes = new Set(hypotheses.flatMap(({ rule }) => Object.keys(rule).filter((key) => key !== 'join')));
    this.irregularPrior = axes.size > 1 ? irregularPriors.several : irregularPriors.line;
  }

  /** Takes in some cycles of one boot in a cell. */
  observe(cell: number, step: BootStep): void {
    if (!this.visited.has(cell)) this.split(cell);
    const { model, irregular } = this;
    const seen = this.seenIn(cell);
    this.visited.set(cell, seen);
    const [badBefore, goodBefore] = [Float64Array.from(seen.bad), Float64Array.from(seen.good)];
    seen.observe(step);
    const badNews = seen.bad.map((after, point) => after - (badBefore[point] ?? 0));
    const goodNews = seen.good.map((after, point) => after - (goodBefore[point] ?? 0));
    for (let point = 0; point < model.size; point += 1)
      irregular[point] =
        (irregular[point] ?? 0) +
        logSum(seen.bad[point] ?? 0, seen.good[point] ?? 0) -
        logSum(badBefore[point] ?? 0, goodBefore[point] ?? 0);
    this.groups.forEach((group, index) => {
      const likelihood = this.likelihoods[index];
      if (likelihood === undefined) return;
      const news = (group.priorBad[cell] ?? 0) > 0 ? badNews : goodNews;
      for (let point = 0; point < model.size; point += 1)
        likelihood[point] = (likelihood[point] ?? 0) + (news[point] ?? 0);
    });
    this.view = undefined;
  }

  /** What was seen in a cell. */
  seenIn(cell: number): CellLikelihood {
    return this.visited.get(cell) ?? new CellLikelihood(this.model);
  }

  current(): BeliefView {
    return (this.view ??= this.viewNow());
  }

  /** Posterior of every hypothesis. */
  posterior(): Float64Array {
    const { masses } = this.current();
    const result = new Float64Array(this.hypotheses.length);
    this.groups.forEach(({ members, prior }, index) => {
      const mass = (masses[index] ?? 0) / prior;
      for (const member of members) result[member] = mass * (this.hypotheses[member]?.prior ?? 0);
    });
    return result;
  }

  /** What is believed of the fault where this hypothesis is right. */
  pointsOf(hypothesis: number): Float64Array {
    const index = this.groups.findIndex(({ members }) => members.includes(hypothesis));
    return this.current().points[index] ?? new Float64Array(this.model.size);
  }

  private viewNow(): BeliefView {
    const { model } = this;
    const logs: number[] = [];
    const points: Float64Array[] = [];
    const add = (likelihood: Float64Array, prior: number): void => {
      const { logTotal, normal } = normalized(likelihood, model.logPrior);
      logs.push(logTotal + Math.log(prior));
      points.push(normal);
    };
    this.groups.forEach(({ prior }, index) =>
      add(this.likelihoods[index] ?? this.irregular, prior * (1 - this.irregularPrior)),
    );
    add(this.irregular, this.irregularPrior);
    const highest = Math.max(...logs);
    const masses = Float64Array.from(logs, (log) => Math.exp(log - highest));
    const total = sumOf(masses);
    masses.forEach((mass, index) => (masses[index] = mass / total));
    const irregular = points.at(-1) ?? new Float64Array(model.size);
    const unseen = irregular.map((weight) => weight / 2);
    return {
      masses,
      points,
      irregularMass: masses.at(-1) ?? 0,
      irregularBad: (cell) => {
        const seen = this.visited.get(cell);
        if (seen === undefined) return unseen;
        return irregular.map(
          (weight, point) => weight / (1 + Math.exp((seen.good[point] ?? 0) - (seen.bad[point] ?? 0))),
        );
      },
    };
  }

  private split(cell: number): void {
    const before = [...this.groups];
    before.forEach(({ members }, index) => {
      const bad = members.filter((member) => this.isCalledBad(cell, member));
      if (bad.length === 0 || bad.length === members.length) return;
      this.groups[index] = this.groupOf(bad);
      this.groups.push(this.groupOf(members.filter((member) => !this.isCalledBad(cell, member))));
      this.likelihoods.push(Float64Array.from(this.likelihoods[index] ?? []));
    });
  }

  private isCalledBad(cell: number, hypothesis: number): boolean {
    return this.calls[cell * this.hypotheses.length + hypothesis] === 1;
  }

  private groupOf(members: readonly number[]): Group {
    const priorBad = new Float64Array(this.cells);
    let prior = 0;
    for (const member of members) {
      const own = this.hypotheses[member]?.prior ?? 0;
      prior += own;
      for (let cell = 0; cell < this.cells; cell += 1)
        if (this.isCalledBad(cell, member)) priorBad[cell] = (priorBad[cell] ?? 0) + own;
    }
    return { members, prior, priorBad };
  }
}

/** Beliefs as numbers, until the next observation. The last of masses and points is "irregular". */
export interface BeliefView {
  /** Posterior by group. */
  readonly masses: Float64Array;
  /** By group: posterior of the points of the fault model. */
  readonly points: readonly Float64Array[];
  readonly irregularMass: number;
  /** By point: how likely it is so and the cell bad, if no rule holds; one array for all cells that were never seen. What a cell showed speaks on both at once: a clean one is good, or the fault is rare. */
  readonly irregularBad: (cell: number) => Float64Array;
}

function normalized(likelihood: Float64Array, logPrior: Float64Array): { logTotal: number; normal: Float64Array } {
  let highest = -Infinity;
  const normal = new Float64Array(likelihood.length);
  for (let point = 0; point < normal.length; point += 1) {
    const log = (likelihood[point] ?? 0) + (logPrior[point] ?? 0);
    normal[point] = log;
    if (log > highest) highest = log;
  }
  let total = 0;
  for (let point = 0; point < normal.length; point += 1) {
    const weight = Math.exp((normal[point] ?? 0) - highest);
    normal[point] = weight;
    total += weight;
  }
  for (let point = 0; point < normal.length; point += 1) normal[point] = (normal[point] ?? 0) / total;
  return { logTotal: highest + Math.log(total), normal };
}
