import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { labTarget } from '../commands/lab-target.ts';
import { labWorld } from '../commands/lab-world.ts';
import { type PlanOptions, soakPlan } from '../commands/soak-plan.ts';
import { runSoak } from '../cycle/soak.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import type { JournalEvent } from '../journal/events.ts';
import { RunJournal } from '../cycle/run-journal.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { LabBench } from './lab-bench.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What a test does to the host in the rests of a cycle, before health is read. */
export interface Rests {
  /** After the VM has started. */
  readonly running?: (cycle: number) => Promise<unknown>;
  /** After the VM has stopped. */
  readonly stopped?: (cycle: number) => Promise<unknown>;
}

/** Rests that are nobody else's, so that they can be told from all other sleeps. */
const settle = { afterStartMs: 501, afterStopMs: 502 };

/** A run in the virtual lab by the engine itself, so that a test can act between its steps and needs no sleeps. */
export async function soakLab(
  lab: LabBench,
  options: PlanOptions,
  rests: Rests = {},
  hostName = 'virtual',
): Promise<{ readonly judgement: RunJudgement; readonly events: readonly JournalEvent[] }> {
  const events: JournalEvent[] = [];
  const host = hostByName(await loadInventory(lab.inventory), hostName);
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'journal.ndjson');
  await using run = await RunJournal.create(path, systemClock, { onEvent: (event) => events.push(event) });
  const { writer: journal, judge } = run;
  const plan = soakPlan({ ...host, settle }, 'test', options);
  const cycleNow = (): number => events.findLast((event) => event.t === 'cycle-started')?.cycle ?? 0;
  const clock = {
    nowMs: () => systemClock.nowMs(),
    sleep: async (durationMs: number, signal?: AbortSignal) => {
      if (durationMs === settle.afterStartMs) await rests.running?.(cycleNow());
      if (durationMs === settle.afterStopMs) await rests.stopped?.(cycleNow());
      await systemClock.sleep(durationMs, signal);
    },
  };
  const { signal } = new AbortController();
  await using world = await labWorld(host, await labTarget(host), {
    ...{ directory: directory.path, reports: directory.path, journal, judge, clock, stop: signal },
  });
  await runSoak(plan, world.world);
  return { judgement: judge.result(), events };
}
