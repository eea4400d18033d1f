import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectLoader } from '../host/boot/detect-loader.ts';
import { LabHost } from '../host/lab-host.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { JournalEvent } from '../journal/events.ts';
import { twinTarget } from '../test/twin-target.ts';
import { twinPower } from '../twin/loaders/power-switch.ts';
import type { TwinBootOptions } from '../twin/loaders/options.ts';
import { summaryText } from '../report/summary.ts';
import { addressOf } from '../test/known-address.ts';
import { startTwin } from '../twin/twin.ts';
import { soakTwin, twinPlan } from './fixtures/twin-soak.ts';

const other = '6.5.13-6-pve';
const boot: TwinBootOptions = { loader: 'grub', kernels: [other] };
const cell = { name: 'old kernel', kernel: other };
const gpu = addressOf('2b:00.0');

function judged(events: readonly JournalEvent[]): RunJudgement {
  const judge = new RunJudge();
  for (const event of events) judge.push(event);
  return judge.result();
}

function kinds(events: readonly JournalEvent[], ...wanted: readonly JournalEvent['t'][]): string[] {
  return events.filter(({ t }) => wanted.includes(t)).map(({ t }) => t);
}

/** Does something at the n-th rest after a VM stop. */
function atRest(n: number, act: () => unknown): () => Promise<void> {
  let rests = 0;
  return async () => {
    rests += 1;
    if (rests === n) await act();
  };
}

describe('a run that asks for a cell', () => {
  it('boots it first, and its boot is no reboot of the host', async () => {
    await using twin = await startTwin({ boot });
    const { events, error } = await soakTwin(twin, { plan: { cell } });
    expect(error).toBeUndefined();
    expect(judged(events)).toMatchObject({ outcome: 'pass', hostReboots: 0, cell: { kernel: other } });
    expect(kinds(events, 'boot-intent', 'boot-done', 'cell-started')).toEqual([
      'boot-intent',
      'boot-done',
      'cell-started',
    ]);
  });

  it('ends infra with the host in its default kernel where the cell does not boot, and starts no VM', async () => {
    await using twin = await startTwin({ boot });
    twin.loader.deadKernels.add(other);
    const timeouts = { ...twinPlan.timeouts, bootMs: 3000 };
    const { events, error } = await soakTwin(twin, { plan: { cell, timeouts } });
    expect(error).toMatchObject({ code: 'BOOT_FAILED' });
    expect(judged(events).outcome).toBe('infra');
    expect(twin.record.count('vm-started')).toBe(0);
    expect([twin.isUp, twin.loader.armed]).toEqual([true, null]);
  });

  it('boots it again after the power of a silent host was cut, and goes on', async () => {
    await using twin = await startTwin({ boot });
    const timeouts = { ...twinPlan.timeouts, wedgeMs: 1500 };
    const { events, error } = await soakTwin(twin, {
      plan: { cell, timeouts },
      atRest: atRest(1, () => twin.powerOff()),
    });
    expect(error).toBeUndefined();
    const judgement = judged(events);
    expect(judgement).toMatchObject({ cycles: { pass: 2, infra: 1 }, hostReboots: 1, cell: { kernel: other } });
    expect(judgement.failures[0]?.functions[0]).toMatchObject({
      verdict: 'unobserved',
      departures: [{ symptom: 'host-wedged' }, { symptom: 'host-rebooted' }],
    });
    expect(kinds(events, 'host-wedged', 'boot-intent', 'boot-done')).toEqual([
      'boot-intent',
      'boot-done',
      'host-wedged',
      'boot-intent',
      'boot-done',
    ]);
  });

  it('brings a host back that dies while it is looked at, before the first cycle', async () => {
    await using twin = await startTwin({ boot });
    let died: Promise<void> | undefined;
    let isInCell = false;
    twin.record.subscribe((event) => {
      if (event.kind === 'booted') isInCell = true;
      if (isInCell && event.kind === 'exec' && event.command.startsWith('qm config')) died ??= twin.powerOff();
    });
    const timeouts = { ...twinPlan.timeouts, wedgeMs: 1500 };
    const { events, error } = await soakTwin(twin, { plan: { cell, timeouts } });
    await died;
    expect(error).toBeUndefined();
    expect(judged(events)).toMatchObject({ outcome: 'pass', cell: { kernel: other } });
    const told = ['boot-done', 'lab-lost', 'host-wedged', 'lab-back', 'cell-started', 'cycle-started'] as const;
    expect(kinds(events, ...told).slice(0, 7)).toEqual([
      ...['boot-done', 'lab-lost', 'host-wedged', 'lab-back', 'boot-done', 'cell-started', 'cycle-started'],
    ]);
  });

  it('refuses to reboot a host whose VM runs', async () => {
    await using twin = await startTwin({ boot, vm: { running: true } });
    const { bootId } = twin;
    const { error } = await soakTwin(twin, { plan: { cell } });
    expect(error).toMatchObject({
      code: 'GATE_REFUSED',
      message: expect.stringMatching(/Refused to reboot the host.*VM 100 is running/s) as unknown,
    });
    expect(twin.bootId).toBe(bootId);
  });

  it('refuses to reboot a host on which another guest runs, and no rung reboots it either', async () => {
    await using twin = await startTwin({ boot });
    await mkdir(join(twin.root, 'proc/7'));
    await writeFile(join(twin.root, 'proc/7/comm'), 'kvm\n');
    const { bootId } = twin;
    const refused = await soakTwin(twin, { plan: { cell: { name: 'other', kernel: other } } });
    expect(refused.error).toMatchObject({
      message: expect.stringContaining('kvm (pid 7) runs on the host') as unknown,
    });
    const { events } = await soakTwin(twin, {
      plan: { cycles: 1, recovery: { rungs: ['host-reboot', 'power-cycle'], waitMs: 0, stopAt: undefined } },
      atRest: atRest(1, () => twin.kill(gpu)),
    });
    expect(events.flatMap((event) => (event.t === 'rung-done' ? [event.standing] : []))).toEqual([
      'forbidden',
      'forbidden',
    ]);
    expect(twin.bootId).toBe(bootId);
  });
});

describe('a run that takes the host as it is', () => {
  it('stops where the host comes back with another kernel', async () => {
    await using twin = await startTwin({ boot });
    const { error } = await soakTwin(twin, {
      atRest: atRest(1, async () => {
        twin.loader.startsInstead.set('6.8.12-4-pve', other);
        await twin.reboot();
      }),
    });
    expect(error).toMatchObject({ code: 'CELL_CHANGED' });
  });

  it('says what a run that died had armed, and takes it back', async () => {
    await using twin = await startTwin({ boot });
    await using host = await LabHost.connect(twinTarget(twin), { timeoutMs: 10_000 });
    const loader = await detectLoader(host.session, { timeoutMs: 10_000 });
    await loader.arm({ kernel: other }, { timeoutMs: 10_000 });
    const { events, error } = await soakTwin(twin);
    expect(error).toBeUndefined();
    expect(events.find(({ t }) => t === 'boot-leftover')).toMatchObject({ kernel: other, takenBack: true });
    expect(twin.loader.armed).toBeNull();
  });
});

describe('a lost function', () => {
  it('comes back by a reboot of the host, which is the rung that the journal names', async () => {
    await using twin = await startTwin({ boot });
    const { events, error } = await soakTwin(twin, {
      plan: { recovery: { rungs: ['wait', 'restore-bridge', 'host-reboot'], waitMs: 0, stopAt: undefined } },
      atRest: atRest(1, () => twin.kill(gpu)),
    });
    expect(error).toBeUndefined();
    const judgement = judged(events);
    expect(judgement).toMatchObject({ cycles: { pass: 2, fail: 1 }, hostReboots: 1 });
    expect(events.filter((event) => event.t === 'rung-done')).toMatchObject([
      { rung: 'wait', revived: [] },
      { rung: 'restore-bridge', revived: [] },
      { rung: 'host-reboot', revived: [gpu] },
    ]);
    expect(judgement.functions.get(gpu)?.recoveries).toEqual({ 'host-reboot': 1 });
    expect(judgement.failures[0]?.functions[0]).toMatchObject({ verdict: 'lost', recoveredBy: 'host-reboot' });
    expect(summaryText(judgement)).toContain('brought back by host-reboot');
  });

  it.each([
    ['that nothing brings back', { rungs: ['wait'], stopAt: 'still-lost' }, /^2b:00\.0 could not be brought back$/],
    ['that takes a reboot', { rungs: ['host-reboot'], stopAt: 'rescan' }, /^it took host-reboot .* ends at rescan$/],
  ] as const)('%s ends the run where its stop rule says so', async (_what, rules, why) => {
    await using twin = await startTwin({ boot });
    const { events, error } = await soakTwin(twin, {
      plan: { recovery: { waitMs: 0, ...rules } },
      atRest: atRest(1, () => twin.kill(gpu)),
    });
    expect(error).toBeUndefined();
    expect(events.at(-1)).toMatchObject({
      t: 'run-finished',
      reason: 'stop-rule',
      message: expect.stringMatching(why) as unknown,
    });
    expect(judged(events)).toMatchObject({ outcome: 'fail', cycles: { pass: 0, fail: 1 } });
  });

  it('that only was slow comes back while it is waited for', async () => {
    await using twin = await startTwin({ boot });
    const { events } = await soakTwin(twin, {
      plan: { recovery: { rungs: ['wait', 'host-reboot'], waitMs: 1000, stopAt: undefined } },
      atRest: atRest(1, () => twin.kill(gpu)),
      onEvent: ({ t }) => {
        if (t === 'rung-intent') twin.revive(gpu);
      },
    });
    expect(events.filter((event) => event.t === 'rung-done')).toMatchObject([{ rung: 'wait', revived: [gpu] }]);
  });

  it('is met as it is by the next cycle where no recovery was asked for', async () => {
    await using twin = await startTwin({ boot });
    const { events } = await soakTwin(twin, { atRest: atRest(1, () => twin.kill(gpu)) });
    expect(judged(events).functions.get(gpu)?.counts.lost).toBe(3);
    expect(kinds(events, 'rung-intent')).toEqual([]);
  });
});

it('gives a host its power back that a run which died had cut', async () => {
  await using twin = await startTwin({ boot });
  await twin.powerOff();
  const cutMs = 1_700_000_000_000;
  const { events, error } = await soakTwin(twin, {
    world: { leftovers: { cutAtMs: cutMs }, power: twinPower(twin, 'off') },
  });
  expect(error).toBeUndefined();
  expect(events.find(({ t }) => t === 'power-found-off')).toMatchObject({ cutAtMs: cutMs });
  expect(judged(events).outcome).toBe('pass');
});

it('leaves a host alone that somebody else switched off', async () => {
  await using twin = await startTwin({ boot });
  await twin.powerOff();
  const power = twinPower(twin, 'off');
  const { error } = await soakTwin(twin, { world: { power } });
  expect(error).toMatchObject({ code: 'HOST_IS_OFF' });
  expect(await power.state({ timeoutMs: 1000 })).toBe('off');
});
