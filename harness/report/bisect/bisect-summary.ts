import type { RolePosterior } from '../../bisect/decision.ts';
import type { BisectVerdict } from '../../bisect/verdict.ts';
import type { BisectLog, LoggedVisit, Untestable } from '../../bisect-run/bisect-log.ts';
import type { JournalEvent } from '../../journal/events.ts';

/** A bisect as one JSON object, for machines; a function of its journal. */
export interface BisectSummary {
  readonly bisect: string;
  readonly host: string;
  /** How its last session ended; null where the journal ends before it did. */
  readonly ended: string | null;
  readonly verdict: BisectVerdict;
  readonly posterior: readonly RolePosterior[];
  readonly visits: readonly VisitSummary[];
  readonly cells: readonly CellSummary[];
  readonly untestable: readonly Untestable[];
  readonly boots: number;
  readonly flashes: number;
  readonly cycles: number;
  readonly spent: readonly TimeSpent[];
}

interface VisitSummary {
  readonly visit: number;
  readonly cell: string;
  readonly run: string;
  readonly why: string;
  readonly switch: string;
  /** Cycles that it was to have at most. */
  readonly cycles: number;
  readonly expectedMs: number;
  /** Null while it is under way. */
  readonly seen: readonly RoleSeen[] | null;
  readonly failure: string | null;
}

interface RoleSeen {
  readonly role: string;
  readonly survived: number;
  readonly lost: number;
}

export interface CellSummary {
  readonly cell: string;
  readonly visits: number;
  readonly roles: readonly RoleSeen[];
}

interface TimeSpent {
  readonly kind: string;
  readonly count: number;
  readonly durationMs: number;
}

export function bisectSummary(log: BisectLog, events: readonly JournalEvent[]): BisectSummary {
  const { start, visits, bisector, end } = log;
  const spent = spentOn(events);
  const times = (of: string): number => spent.find(({ kind }) => kind === of)?.count ?? 0;
  return {
    bisect: start.bisect,
    host: start.host,
    ended: end?.reason ?? null,
    verdict: bisector.verdict(end?.message),
    posterior: bisector.posterior(),
    visits: visits.map(({ decided, over }) => ({
      visit: decided.visit,
      cell: log.words(decided.cell),
      ...{ run: decided.run, why: decided.why, switch: decided.switch },
      cycles: decided.toCycle - decided.fromCycle,
      expectedMs: decided.expected.durationMs,
      seen: over === undefined ? null : seenIn([over]),
      failure: over?.failure?.message ?? null,
    })),
    cells: cellsOf(log),
    untestable: log.untestable,
    boots: log.boots,
    // Those that took place: at the first visit nobody knows yet which BIOS the host has.
    flashes: times('flash'),
    cycles: times('cycle'),
    spent,
  };
}

function cellsOf(log: BisectLog): CellSummary[] {
  const byCell = new Map<string, LoggedVisit[]>();
  for (const visit of log.visits) {
    const words = log.words(visit.decided.cell);
    byCell.set(words, [...(byCell.get(words) ?? []), visit]);
  }
  return [...byCell].map(([cell, visits]) => ({
    cell,
    visits: visits.length,
    roles: seenIn(visits.flatMap(({ over }) => (over === undefined ? [] : [over]))),
  }));
}

type Over = NonNullable<LoggedVisit['over']>;

function seenIn(visits: readonly Over[]): RoleSeen[] {
  const totals = new Map<string, { survived: number; lost: number }>();
  for (const { boots } of visits) {
    for (const { roles } of boots) {
      for (const [role, { survived, lost }] of Object.entries(roles)) {
        const total = totals.get(role) ?? { survived: 0, lost: 0 };
        totals.set(role, { survived: total.survived + survived, lost: total.lost + (lost ? 1 : 0) });
      }
    }
  }
  return [...totals].map(([role, total]) => ({ role, ...total }));
}

/** What visits took, and what was built for them. */
function spentOn(events: readonly JournalEvent[]): TimeSpent[] {
  const totals = new Map<string, { count: number; durationMs: number }>();
  const add = (kind: string, count: number, durationMs: number): void => {
    const total = totals.get(kind) ?? { count: 0, durationMs: 0 };
    totals.set(kind, { count: total.count + count, durationMs: total.durationMs + durationMs });
  };
  for (const event of events) {
    if (event.t === 'kernel-built') add('build', 1, event.durationMs);
    if (event.t !== 'visit-over') continue;
    for (const { kind, count, durationMs } of event.took) add(kind, count, count * durationMs);
  }
  return [...totals].map(([kind, total]) => ({ kind, ...total }));
}
