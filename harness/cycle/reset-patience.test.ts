import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../journal/events.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import { soakTwin, twinPlan, type TwinRun } from './fixtures/twin-soak.ts';

const pid = 4242;
const stack =
  '[<0>] pci_dev_wait+0x61/0x100\n[<0>] pci_reset_bus_function+0x5c/0x90\n[<0>] vfio_pci_core_disable+0x2a7/0x380\n';

/** Has a task of the host sleep where no signal reaches it, in a reset of a function (proc(5)). */
async function sleepInReset(twin: Twin): Promise<void> {
  const folder = join(twin.root, `proc/${pid}/task/${pid}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'stat'), `${pid} (kvm) D 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 3 0 1\n`);
  await writeFile(join(folder, 'stack'), stack);
}

/** A run of one cycle whose VM start goes on until this event of the run. */
async function slowStart(twin: Twin, wedgeMs: number, until: JournalEvent['t']): Promise<TwinRun> {
  const { release } = twin.qm.hold('start');
  const timeouts = { ...twinPlan.timeouts, vmStartMs: 500, wedgeMs };
  return await soakTwin(twin, {
    plan: { cycles: 1, timeouts },
    onEvent: ({ t }) => {
      if (t === until) release();
    },
  });
}

describe('an act on the VM that takes longer than it may', () => {
  it('is waited for as long as a task of the host sits in a reset, and the journal says which', async () => {
    await using twin = await startTwin();
    await sleepInReset(twin);
    const { events, error } = await slowStart(twin, 60_000, 'reset-awaited');
    expect(error).toBeUndefined();
    expect(events.filter(({ t }) => t === 'reset-awaited')).toMatchObject([
      { act: 'vm-start', cycle: 1, untilMs: 60_000, stuck: [{ pid, command: 'kvm', where: 'pci_dev_wait' }] },
    ]);
    expect(judged(events)).toMatchObject({ outcome: 'pass' });
  });

  it.each([
    ['where nothing explains it', 60_000, false],
    ['once the host counts as wedged', 1500, true],
  ])('is given up %s, and that is the lab’s failure', async (_when, wedgeMs, isStuck) => {
    await using twin = await startTwin();
    if (isStuck) await sleepInReset(twin);
    const { events } = await slowStart(twin, wedgeMs, 'lab-lost');
    expect(events.some(({ t }) => t === 'reset-awaited')).toBe(isStuck);
    expect(judged(events)).toMatchObject({ outcome: 'infra', cycles: { fail: 0, infra: 1 } });
  });
});

function judged(events: readonly JournalEvent[]): RunJudgement {
  const judge = new RunJudge();
  for (const event of events) judge.push(event);
  return judge.result();
}
