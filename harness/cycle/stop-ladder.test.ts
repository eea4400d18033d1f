import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../journal/events.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { junitOf } from '../report/junit.ts';
import { summaryOf, summaryText } from '../report/summary.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import { soakTwin, twinPlan, type Twist } from './fixtures/twin-soak.ts';

const timeouts = { ...twinPlan.timeouts, vmStopMs: 1000, vmShutdownMs: 400, vmKillMs: 400, wedgeMs: 1500 };
const plan = { cycles: 1, timeouts };
const stack = '[<0>] pci_dev_wait+0x61/0x100\n[<0>] vfio_pci_core_disable+0x2a7/0x380\n';

function judged(events: readonly JournalEvent[]): RunJudgement {
  const judge = new RunJudge();
  for (const event of events) judge.push(event);
  return judge.result();
}

/** Every step that was taken to end the VM, as the journal has it: its intent, and how it ended. */
function steps(events: readonly JournalEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.t === 'stop-intent') return [`${event.step}?`];
    return event.t === 'stop-done' ? [`${event.step}: ${event.standing}`] : [];
  });
}

/** Of the first function of the first cycle that did not pass. */
function symptoms({ failures }: RunJudgement): string[] {
  return failures[0]?.functions[0]?.departures.map(({ symptom }) => symptom) ?? [];
}

/** Has a task of the VM sleep where no signal reaches it, in a reset of a function (proc(5)), once it is up. */
function stuckOnceUp(twin: Twin): Disposable {
  return twin.record.subscribe(({ kind }) => {
    if (kind !== 'vm-started') return;
    const folder = join(twin.root, `proc/${process.pid}/task/${process.pid}`);
    void mkdir(folder, { recursive: true }).then(async () => {
      await writeFile(join(folder, 'stat'), `${process.pid} (kvm) D 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 3 0 1\n`);
      await writeFile(join(folder, 'stack'), stack);
    });
  });
}

describe('a VM that its manager does not stop', () => {
  it.each<[string, (twin: Twin) => Twist, string[], string]>([
    [
      'is ended by its guest where the manager says that it is down and is wrong',
      (twin) => {
        twin.qm.liesAboutStop = true;
        return {
          onEvent: (event) => {
            if (event.t === 'stop-intent') twin.qm.liesAboutStop = false;
          },
        };
      },
      ['stop: still-there', 'shutdown?', 'shutdown: gone'],
      'shutdown',
    ],
    [
      'is killed where the manager is wrong twice and SIGTERM does nothing',
      (twin) => {
        twin.qm.liesAboutStop = true;
        twin.qm.ownProcess = { ignoresTerm: true };
        return {};
      },
      [
        'stop: still-there',
        ...['shutdown?', 'shutdown: still-there'],
        ...['terminate?', 'terminate: still-there'],
        ...['kill?', 'kill: gone'],
      ],
      'kill',
    ],
    [
      'is terminated, and its guest not asked, where the manager hangs in its stop',
      (twin) => {
        const { release } = twin.qm.hold('stop');
        twin.qm.ownProcess = { ignoresTerm: false };
        return {
          onEvent: (event) => {
            if (event.t === 'stop-done' && event.step === 'terminate') release();
          },
        };
      },
      ['stop: still-there', 'shutdown: skipped', 'terminate?', 'terminate: gone'],
      'terminate',
    ],
  ])('%s', async (_what, arrange, expected, by) => {
    await using twin = await startTwin();
    const { events, error } = await soakTwin(twin, { plan, ...arrange(twin) });
    expect(error).toBeUndefined();
    expect(steps(events)).toEqual(expected);
    expect(twin.vmRunning).toBe(false);
    const judgement = judged(events);
    expect(judgement).toMatchObject({
      outcome: 'pass',
      cycles: { pass: 1 },
      forcedStops: { [by]: { times: 1, firstCycle: 1 } },
    });
    expect(summaryText(judgement)).toContain('The VM did not stop when its manager was asked to');
    expect(summaryOf(judgement).forcedStops).toEqual({ [by]: 1 });
    expect(junitOf(judgement)).toContain(`<property name="forcedStops" value="${by} 1"/>`);
  });

  it('is never signalled where the process in its pid file is not that of the VM', async () => {
    await using twin = await startTwin();
    twin.qm.liesAboutStop = true;
    twin.qm.ownProcess = { ignoresTerm: false, argv: ['/usr/bin/kvm', '-id', '1001'] };
    const { events, error } = await soakTwin(twin, { plan });
    expect(error).toMatchObject({
      code: 'VM_WONT_STOP',
      message: expect.stringContaining('"/usr/bin/kvm -id 1001"') as unknown,
    });
    expect(steps(events).slice(3)).toEqual(['terminate: skipped', 'kill: skipped', 'power: skipped']);
    expect(twin.vmRunning).toBe(true);
    expect(judged(events)).toMatchObject({ outcome: 'infra', cycles: { infra: 1 } });
    expect(events.at(-2)).toMatchObject({ t: 'lab-lost', code: 'VM_MAY_BE_UP' });
  });
});

describe('a VM that sits in a reset for good', () => {
  it('is ended with its host: its power is cut, and the run goes on', async () => {
    await using twin = await startTwin();
    twin.qm.liesAboutStop = true;
    using stuck = stuckOnceUp(twin);
    const { events, error } = await soakTwin(twin, {
      plan: { ...plan, cycles: 2 },
      onEvent: ({ t }) => {
        if (t === 'host-wedged') twin.qm.liesAboutStop = false;
        if (t === 'lab-back') stuck[Symbol.dispose]();
      },
    });
    expect(error).toBeUndefined();
    expect(steps(events)).toEqual([
      'stop: still-there',
      ...['shutdown: skipped', 'terminate: skipped', 'kill: skipped'],
      ...['power?', 'power: gone'],
    ]);
    const judgement = judged(events);
    expect(judgement.cycles).toMatchObject({ infra: 1, pass: 1 });
    expect(symptoms(judgement)).toEqual(['host-wedged', 'host-rebooted']);
  });

  it.each<[string, NonNullable<Twist['world']>, string]>([
    ['without a power device', { power: undefined }, 'the inventory has no power device'],
    ['while another guest runs', {}, 'other guests of the host run: lxc-start (pid 77)'],
  ])('ends the run %s, and leaves the power alone', async (_when, world, why) => {
    await using twin = await startTwin();
    twin.qm.liesAboutStop = true;
    using _stuck = stuckOnceUp(twin);
    if (why.startsWith('other')) {
      await mkdir(join(twin.root, 'proc/77'), { recursive: true });
      await writeFile(join(twin.root, 'proc/77/comm'), 'lxc-start\n');
    }
    const { events, error } = await soakTwin(twin, { plan: { ...plan, cycles: 2 }, world });
    expect(error).toMatchObject({ code: 'VM_WONT_STOP', message: expect.stringContaining(why) as unknown });
    expect(events.filter(({ t }) => t === 'cycle-started')).toHaveLength(1);
    expect(twin.record.count('booted')).toBe(0);
    const judgement = judged(events);
    expect(judgement.outcome).toBe('infra');
    expect(symptoms(judgement)).toEqual(['host-wedged']);
  });
});
