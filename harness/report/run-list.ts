import type { Cell } from '../journal/events.ts';
import { functionName } from '../judge/function-name.ts';
import type { RunOutcome } from '../judge/run-outcome.ts';
import { plainLine } from './plain-line.ts';
import { isUnfinished, type RunBrief } from './run-brief.ts';

/** One line of a list of runs. */
export interface RunListing {
  readonly run: string;
  readonly directory: string;
  readonly host: string | null;
  readonly beganAtMs: number;
  readonly lastAtMs: number | null;
  readonly cell: Cell | null;
  readonly cycles: number | null;
  readonly plannedCycles: number | null;
  /** `unreadable`: its journal is damaged, or another comeback's. */
  readonly outcome: RunOutcome | 'under-way' | 'unreadable';
  /** It did not come to its end, and can be gone on with. */
  readonly isUnfinished: boolean;
  readonly failedCycles: number | null;
  /** The functions that were lost, with the number of cycles. */
  readonly lost: readonly { readonly address: string; readonly name: string; readonly cycles: number }[];
  readonly sizeBytes: number;
  /** Why its journal cannot be read. */
  readonly problem?: string;
}

/** What the file system says of a run. */
export interface RunPlace extends Pick<RunListing, 'run' | 'directory' | 'beganAtMs' | 'sizeBytes'> {
  readonly isUnderWay: boolean;
}

/** @param told what its journal or summary tells, or why it does not. */
export function listingOf(
  { isUnderWay, ...place }: RunPlace,
  told: { readonly brief: RunBrief } | { readonly problem: string },
): RunListing {
  if ('problem' in told) {
    return {
      ...{ ...place, host: null, lastAtMs: null, cell: null, cycles: null, plannedCycles: null },
      ...{ outcome: isUnderWay ? 'under-way' : 'unreadable', isUnfinished: false, failedCycles: null, lost: [] },
      problem: told.problem,
    };
  }
  const { host, lastAtMs, cell, cycles, plannedCycles, outcome, cycleOutcomes, functions } = told.brief;
  return {
    ...{ ...place, host, lastAtMs, cell, cycles, plannedCycles },
    outcome: isUnderWay ? 'under-way' : outcome,
    isUnfinished: !isUnderWay && isUnfinished(told.brief),
    failedCycles: cycleOutcomes.fail,
    lost: functions.flatMap(({ address, role, lost }) =>
      lost === 0 ? [] : [{ address, name: functionName(role, address), cycles: lost }],
    ),
  };
}

/** The list for a person at a terminal, one line a run. */
export function runListText(listings: readonly RunListing[]): string {
  const header = ['RUN', 'HOST', 'CELL', 'CYCLES', 'OUTCOME', 'LOST', 'SIZE'];
  const rows = listings.map((listing) => [
    plainLine(listing.run),
    plainLine(listing.host ?? '?', 40),
    plainLine(cellWords(listing.cell), 60),
    cycleWords(listing),
    outcomeWords(listing),
    plainLine(listing.lost.map(({ name, cycles }) => `${name} in ${cycles}`).join(', ') || '-', 120),
    sizeWords(listing.sizeBytes),
  ]);
  const table = [header, ...rows];
  const widths = header.map((_title, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellWords(cell: Cell | null): string {
  return cell === null ? '-' : `BIOS ${cell.bios}, Linux ${cell.kernel}`;
}

function cycleWords({ cycles, plannedCycles }: RunListing): string {
  if (cycles === null) return '?';
  return plannedCycles === null ? String(cycles) : `${cycles}/${plannedCycles}`;
}

function outcomeWords({ outcome, isUnfinished: canGoOn }: RunListing): string {
  const words = outcome === 'under-way' ? 'under way' : outcome;
  return canGoOn && outcome !== 'parked' ? `${words}, unfinished` : words;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `34.1 MiB`. */
export function sizeWords(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ''}`;
}
