import type { EdgeName, JournalEventOf } from '../journal/events.ts';
import type { CellBaseline, CycleRecord } from './cycle-record.ts';
import { judgeCycle } from './judge-cycle.ts';
import type { CycleJudgement } from './verdict.ts';

/**
 * Judges the cycles of one run, each as `judgeCycle` does. A good cycle that shows the very same as the good one before it is judged like
 * it, without looking at every byte again: a night has a hundred thousand of them.
 */
export class CycleJudge {
  #good:
    { readonly baseline: CellBaseline; readonly record: CycleRecord; readonly judgement: CycleJudgement } | undefined;

  judge(baseline: CellBaseline, record: CycleRecord): CycleJudgement {
    const good = this.#good;
    if (
      good !== undefined &&
      isSameBaseline(good.baseline, baseline) &&
      isPlain(record) &&
      showsSame(good.record, record)
    ) {
      return likeThat(good.judgement, good.record, record);
    }
    const judgement = judgeCycle(baseline, record);
    if (judgement.outcome === 'pass' && isPlain(record)) this.#good = { baseline, record, judgement };
    return judgement;
  }
}

const lookedAt = ['before', 'running', 'after'] as const satisfies readonly EdgeName[];

function isSameBaseline(one: CellBaseline, other: CellBaseline): boolean {
  return one.functions === other.functions && one.driverAfterStop === other.driverAfterStop && one.edge === other.edge;
}

/** Nothing was said in it beside what every cycle has. */
function isPlain(record: CycleRecord): boolean {
  const { reboot, kernel, guest, wedged, hang, vmGone, stopped, labLosses, finished } = record;
  return (
    kernel.length === 0 &&
    labLosses.length === 0 &&
    finished?.complete === true &&
    [reboot, guest, wedged, hang, vmGone, stopped].every((odd) => odd === undefined)
  );
}

/** Both are plain. What the journal gives as the same object is the same. */
function showsSame(one: CycleRecord, other: CycleRecord): boolean {
  return (
    one.bootId === other.bootId &&
    lookedAt.every((name) => isSameEdge(one.edges[name], other.edges[name])) &&
    isSameAct(one.acts['vm-start'], other.acts['vm-start']) &&
    isSameAct(one.acts['vm-stop'], other.acts['vm-stop'])
  );
}

function isSameEdge(one: JournalEventOf<'edge'> | undefined, other: JournalEventOf<'edge'> | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const isHeld = [one.holders, other.holders].some((holders) => holders !== undefined && holders.length > 0);
  return one.functions === other.functions && one.bootId === other.bootId && !isHeld;
}

function isSameAct(
  one: JournalEventOf<'act-done'> | undefined,
  other: JournalEventOf<'act-done'> | undefined,
): boolean {
  return one?.ok === other?.ok && one?.exitCode === other?.exitCode && one?.output === other?.output;
}

function likeThat(judgement: CycleJudgement, old: CycleRecord, record: CycleRecord): CycleJudgement {
  const renumbered = new Map<number, number>();
  const note = (was: { readonly n: number } | undefined, is: { readonly n: number } | undefined): void => {
    if (was !== undefined && is !== undefined) renumbered.set(was.n, is.n);
  };
  for (const name of lookedAt) note(old.edges[name], record.edges[name]);
  note(old.acts['vm-start'], record.acts['vm-start']);
  note(old.acts['vm-stop'], record.acts['vm-stop']);
  return {
    cycle: record.cycle,
    outcome: judgement.outcome,
    because: judgement.because,
    startedAtMs: record.startedAtMs,
    durationMs: Math.max(0, record.lastAtMs - record.startedAtMs),
    functions: judgement.functions.map((verdict) => ({
      ...verdict,
      evidence: verdict.evidence.map((n) => renumbered.get(n) ?? n),
    })),
  };
}
