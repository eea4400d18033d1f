import type { FunctionRole } from '../journal/events.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { PciAddress } from '../pci/address.ts';
import { rateInterval } from '../stats/proof.ts';
import type { RateInterval } from '../stats/rate-bounds.ts';
import { cellOf } from './cell-words.ts';
import { commandLineLabels } from './command-line-words.ts';
import { type MatrixFunction, matrixFunctions } from './matrix-functions.ts';
import { byVersion } from './version-order.ts';

/** Of the bounds of each rate by itself. */
export const matrixConfidence = 0.95;

/** How one function did in one cell, over all runs of it. */
export interface MatrixEntry {
  readonly address: PciAddress;
  readonly id: string;
  readonly bios: string;
  readonly kernel: string;
  /** What tells its command line from the others; '' where nothing does. */
  readonly commandLine: string;
  /** Independent trials: cycles after a loss that lasts, lab failures and cycles that nobody saw are none. Never 0. */
  readonly trials: number;
  /** Trials after which it was not usable. */
  readonly lost: number;
  /** Trials after which it was usable, but not as before. */
  readonly degraded: number;
  /** Of a loss, a cycle; valid whenever one looks. */
  readonly rate: RateInterval;
  readonly runs: readonly string[];
}

/** The functions of one machine over all its cells. */
export interface BoardMatrix {
  readonly host: string;
  readonly board: string;
  readonly functions: readonly MatrixFunction[];
  /** Oldest first. */
  readonly bioses: readonly string[];
  readonly kernels: readonly string[];
  /** What tells the command lines apart; one '' where all are the same. */
  readonly commandLines: readonly string[];
  readonly entries: readonly MatrixEntry[];
  readonly runs: readonly string[];
}

export interface Matrix {
  readonly confidence: number;
  readonly boards: readonly BoardMatrix[];
  /** Runs that say nothing of any cell, and why. */
  readonly leftOut: readonly { readonly run: string; readonly why: string }[];
}

export const matrixRoles: readonly FunctionRole[] = ['gpu', 'usb', 'audio'];

/** One run of which the host told what it is. */
interface PlacedRun {
  readonly run: RunJudgement;
  readonly board: string;
  readonly cell: { readonly bios: string; readonly kernel: string; readonly commandLine: string };
}

/**
 * Puts runs into one grid of BIOS and kernel for each machine. What several runs tell of a cell is added up: a rate's bounds hold whenever one looks, so
 * also after one run more.
 */
export function matrixOf(runs: readonly RunJudgement[]): Matrix {
  const placed: PlacedRun[] = [];
  const leftOut: { run: string; why: string }[] = [];
  for (const run of runs) {
    const cell = cellOf(run);
    const judged = Object.values(run.cycles).reduce((sum, count) => sum + count, 0);
    if (cell === undefined) leftOut.push({ run: run.start.run, why: 'its host never told what it runs' });
    else if (judged === 0) leftOut.push({ run: run.start.run, why: 'it has no cycle' });
    else placed.push({ run, board: run.identity?.board ?? 'unknown board', cell });
  }
  const machines = new Map<string, PlacedRun[]>();
  for (const one of placed) {
    const machine = JSON.stringify([one.board, one.run.start.host]);
    machines.set(machine, [...(machines.get(machine) ?? []), one]);
  }
  return {
    confidence: matrixConfidence,
    boards: [...machines.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, of]) => boardMatrix(of)),
    leftOut,
  };
}

function boardMatrix(placed: readonly PlacedRun[]): BoardMatrix {
  const labels = commandLineLabels(placed.map(({ cell }) => cell.commandLine));
  const labelled = placed.map((run, index) => ({ ...run, commandLine: labels[index] ?? '' }));
  const [first] = placed;
  return {
    host: first?.run.start.host ?? '',
    board: first?.board ?? '',
    functions: matrixFunctions(placed.map(({ run }) => run)),
    bioses: distinct(placed.map(({ cell }) => cell.bios)).sort(byVersion),
    kernels: distinct(placed.map(({ cell }) => cell.kernel)).sort(byVersion),
    commandLines: distinct(labels).sort((a, b) => a.length - b.length || (a < b ? -1 : 1)),
    entries: entriesOf(labelled),
    runs: placed.map(({ run }) => run.start.run),
  };
}

function entriesOf(runs: readonly (PlacedRun & { readonly commandLine: string })[]): readonly MatrixEntry[] {
  const entries = new Map<string, MatrixEntry>();
  for (const { run, cell, commandLine } of runs) {
    for (const { address, id } of run.start.functions) {
      const told = run.functions.get(address)?.trials;
      if (told === undefined || told.usable.trials === 0) continue;
      const key = JSON.stringify([address, id, cell.bios, cell.kernel, commandLine]);
      const before = entries.get(key);
      const trials = (before?.trials ?? 0) + told.usable.trials;
      const lost = (before?.lost ?? 0) + told.usable.failures;
      entries.set(key, {
        ...{ address, id, bios: cell.bios, kernel: cell.kernel, commandLine, trials, lost },
        degraded: (before?.degraded ?? 0) + told.degraded,
        rate: rateInterval({ trials, failures: lost }, matrixConfidence),
        runs: [...(before?.runs ?? []), run.start.run],
      });
    }
  }
  return [...entries.values()];
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
