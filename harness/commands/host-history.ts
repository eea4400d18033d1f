import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostLeftovers } from '../cycle/host-leftovers.ts';
import { RebootLedger } from '../cycle/reboot-ledger.ts';
import { budgetWindowMs } from '../host/power/budget.ts';
import { type HistoryEvent, readHistory } from '../journal/history.ts';
import { runFiles } from '../report/write-reports.ts';
import { isUnderWay } from './run-lease.ts';

/** What earlier runs did to a host, as far as it matters to the next one. */
export interface HostHistory {
  /** Cuts of its power in the last hour, in controller time. */
  readonly cutsMs: readonly number[];
  readonly leftovers: HostLeftovers;
  /** Reboots by other runs of it, as far back as their journals were read. */
  readonly others: Pick<RebootLedger, 'orderedMs' | 'unaskedMs'>;
  /** What the run that asks did before. */
  readonly own: RebootLedger;
}

type RunHistory = HistoryEvent & { readonly run: string };

/**
 * Reads what the journals of one reports directory tell about a host. A journal that cannot be read tells nothing.
 *
 * @param host as the names of its runs end.
 * @param now.ownRun the run that asks, which is alive.
 */
export async function hostHistory(
  reports: string,
  host: string,
  { nowMs, ownRun }: { readonly nowMs: number; readonly ownRun: string },
): Promise<HostHistory> {
  const events: RunHistory[] = [];
  const own = new RebootLedger();
  const others: RebootLedger[] = [];
  let isOver = false;
  let underWay: string | undefined;
  for (const { run, mtimeMs } of await runsOf(reports, host)) {
    // However long ago it was parked or killed, what a run did counts for it.
    if (isOver && run !== ownRun) continue;
    if (run !== ownRun && (await isUnderWay(join(reports, run)))) underWay = run;
    const told = await eventsOf(reports, run);
    const ledger = run === ownRun ? own : new RebootLedger();
    for (const event of told) ledger.push(event);
    if (run !== ownRun) others.push(ledger);
    if (isOver) continue;
    events.push(...told);
    // A run that had the host took up whatever was left before it; only the budget looks further back, and only for an hour.
    if (told.some(({ t }) => t === 'host-identified') && mtimeMs <= nowMs - budgetWindowMs) isOver = true;
  }
  events.sort((a, b) => a.at - b.at);
  const cuts = events.filter((event) => event.t === 'power-intent' && event.act === 'off');
  return {
    cutsMs: cuts.map(({ at }) => at).filter((at) => at > nowMs - budgetWindowMs),
    leftovers: { underWay, ...events.reduce(afterEvent, {}) },
    others: {
      orderedMs: others.flatMap(({ orderedMs }) => orderedMs),
      unaskedMs: others.flatMap(({ unaskedMs }) => unaskedMs),
    },
    own,
  };
}

/** Whoever sees the host has its power and its boot explained. */
const seen: HostLeftovers = { cutAtMs: undefined, boot: undefined, lastSeenOff: undefined };

function afterEvent(left: HostLeftovers, event: RunHistory): HostLeftovers {
  const { run, at } = event;
  switch (event.t) {
    case 'power-intent':
      return event.act === 'off' ? { ...left, cutAtMs: at, lastSeenOff: run } : left;
    case 'power-done':
      // An intent to switch on is not enough: its controller may have died before the device heard of it.
      return event.act === 'on' && event.failure === undefined ? { ...left, cutAtMs: undefined } : left;
    case 'boot-intent': {
      const { cell, kernel, bootIdBefore } = event;
      return { ...left, boot: { run, cell, kernel, bootIdBefore }, lastSeenOff: run };
    }
    case 'boot-done':
      return event.bootIdAfter === null ? { ...left, boot: undefined } : { ...left, ...seen };
    case 'bios-intent': {
      // The other drivers write nothing once their controller is gone: a person does, or the virtual lab's own power switch.
      const { to, driver } = event;
      return driver === 'command' ? { ...left, flash: { run, to, driver, startedAtMs: at } } : left;
    }
    case 'bios-done':
    case 'flash-over':
      return { ...left, flash: undefined };
    case 'host-identified':
    case 'lab-back':
      return { ...left, ...seen };
  }
}

/** The runs of a host, the one that was written to last before all others. */
async function runsOf(reports: string, host: string): Promise<{ readonly run: string; readonly mtimeMs: number }[]> {
  const names = await readdir(reports).catch(() => []);
  const found: { readonly run: string; readonly mtimeMs: number }[] = [];
  for (const run of names.filter((name) => name.endsWith(`Z-${host}`))) {
    const state = await stat(journalOf(reports, run)).catch(() => undefined);
    if (state !== undefined) found.push({ run, mtimeMs: state.mtimeMs });
  }
  return found.sort((a, b) => b.mtimeMs - a.mtimeMs);
}

async function eventsOf(reports: string, run: string): Promise<RunHistory[]> {
  return (await readHistory(journalOf(reports, run))).map((event) => ({ ...event, run }));
}

function journalOf(reports: string, run: string): string {
  return runFiles(join(reports, run)).journal;
}
