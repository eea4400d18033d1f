import { clopperPearson } from '../../harness/stats/rate-bounds.ts';
import type { Claim, Method } from './method.ts';
import type { BootOutcome, SimulatedHost } from './simulated-host.ts';

/** Halving with up to k cycles at each cell: one loss is bad, k without are good. In a grid the corners come first. */
export function fixedK(
  name: string,
  cyclesOf: (host: SimulatedHost, calibration: readonly BootOutcome[]) => number,
): Method {
  return {
    name,
    run: (host, calibration) => {
      const cycles = cyclesOf(host, calibration);
      return halving(host, (cell) => {
        const seen = host.visit(cell, cycles, false);
        return seen === undefined ? 'skip' : seen.lost ? 'bad' : 'good';
      });
    },
  };
}

/** The fewest cycles that miss a fault of this rate so seldom that all steps together miss none with 95 %. */
export function cyclesFor(host: SimulatedHost, rate: number): number {
  const risk = 1 - 0.95 ** (1 / stepsOf(host));
  return rate >= 1 ? 1 : Math.max(1, Math.ceil(Math.log(risk) / Math.log1p(-rate)));
}

/** As few as keep that promise where cells differ as well: each bad one has some part of the rate, any from the least part on. */
export function cyclesWhereCellsDiffer(host: SimulatedHost, rate: number, leastPart: number): number {
  const risk = 1 - 0.95 ** (1 / stepsOf(host));
  const parts = Array.from({ length: 100 }, (_none, index) => leastPart + (1 - leastPart) * ((index + 0.5) / 100));
  const missed = (cycles: number): number =>
    parts.reduce((sum, part) => sum + (1 - rate * part) ** cycles, 0) / parts.length;
  let cycles = 1;
  while (missed(cycles) > risk) cycles += 1;
  return cycles;
}

/** Steps that halving takes, corners included. */
export function stepsOf({ world }: SimulatedHost): number {
  const { kernels, biosVersions, flags } = world.grid.space;
  const halvings = (count: number): number => Math.ceil(Math.log2(Math.max(1, count - 1)));
  const corners = biosVersions.length > 1 ? 2 : 0;
  return halvings(kernels.length) + halvings(biosVersions.length) + corners + flags.length;
}

export const observedRate = (calibration: readonly BootOutcome[]): number => {
  const { trials, failures } = tallyOf(calibration);
  return failures / trials;
};

/** The rate that is exceeded with so much confidence. */
export function lowerRate(calibration: readonly BootOutcome[], confidence: number): number {
  return clopperPearson(tallyOf(calibration), 2 * confidence - 1).lower;
}

function tallyOf(calibration: readonly BootOutcome[]): { trials: number; failures: number } {
  const failures = calibration.filter(({ lost }) => lost).length;
  return { failures, trials: calibration.reduce((sum, { survived }) => sum + survived, 0) + failures };
}

export type CellWord = 'good' | 'bad' | 'skip';

/** Classic halving by what a test says of a cell; a grid by its corners first. */
export function halving(host: SimulatedHost, test: (cell: number) => CellWord): Claim {
  const { grid } = host.world;
  const { kernels, biosVersions, flags } = grid.space;
  const [lastKernel, lastBios, allFlags] = [kernels.length - 1, biosVersions.length - 1, (1 << flags.length) - 1];
  const cellAt = (kernel: number, bios: number, flag = allFlags): number => grid.indexOf({ kernel, bios, flags: flag });
  const isOf = (holds: (kernel: number, bios: number, flag: number) => boolean): Claim => ({
    kind: 'bad-cells',
    confidence: 0.95,
    isBad: (cell) => {
      const at = grid.cellAt(cell);
      return holds(at.kernel, at.bios, at.flags);
    },
  });
  for (let flag = 0; flag < flags.length; flag += 1) {
    if (test(cellAt(lastKernel, lastBios, allFlags & ~(1 << flag))) !== 'good') continue;
    return isOf((_kernel, _bios, on) => ((on >> flag) & 1) === 1);
  }
  const kernelAt = (bios: number): number | undefined => firstBad(lastKernel, (kernel) => test(cellAt(kernel, bios)));
  const biosAt = (kernel: number): number | undefined => firstBad(lastBios, (bios) => test(cellAt(kernel, bios)));
  if (lastBios === 0) {
    const first = kernelAt(0);
    return first === undefined ? { kind: 'inconclusive' } : isOf((kernel) => kernel >= first);
  }
  const isKernelEnough = test(cellAt(lastKernel, 0)) === 'bad';
  const isBiosEnough = test(cellAt(0, lastBios)) === 'bad';
  const kernel = isBiosEnough && !isKernelEnough ? 0 : kernelAt(isKernelEnough ? 0 : lastBios);
  const bios = isKernelEnough && !isBiosEnough ? 0 : biosAt(isBiosEnough ? 0 : lastKernel);
  if (kernel === undefined || bios === undefined) return { kind: 'inconclusive' };
  if (isKernelEnough && isBiosEnough) return isOf((atKernel, atBios) => atKernel >= kernel || atBios >= bios);
  return isOf((atKernel, atBios) => atKernel >= kernel && atBios >= bios);
}

/** The first bad one of 1..last, where 0 is good and the last is bad; what cannot be told is stepped around. */
function firstBad(last: number, test: (step: number) => CellWord): number | undefined {
  let good = 0;
  let bad = last;
  const skipped = new Set<number>();
  for (;;) {
    const middle = (good + bad) / 2;
    const left = Array.from({ length: bad - good - 1 }, (_none, index) => good + 1 + index)
      .filter((step) => !skipped.has(step))
      .sort((one, other) => Math.abs(one - middle) - Math.abs(other - middle));
    const step = left[0];
    if (step === undefined) return bad;
    const word = test(step);
    if (word === 'skip') skipped.add(step);
    else if (word === 'bad') bad = step;
    else good = step;
  }
}
