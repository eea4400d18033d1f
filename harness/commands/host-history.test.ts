import { appendFile, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HostLeftovers } from '../cycle/host-leftovers.ts';
import type { JournalEventBody } from '../journal/events.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { type HostHistory, hostHistory } from './host-history.ts';
import { holdRun } from './run-lease.ts';

const nowMs = Date.UTC(2026, 10, 22, 12);
const now = { nowMs, ownRun: '2026-11-22T12-00-00Z-elysium' };
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const [first, second, third] = [
  '2026-11-20T01-00-00Z-elysium',
  '2026-11-21T01-00-00Z-elysium',
  '2026-11-22T01-00-00Z-elysium',
];

const cell = 'old kernel';
const off: JournalEventBody = { t: 'power-intent', act: 'off' };
const on: JournalEventBody = { t: 'power-intent', act: 'on' };
const done = (act: 'on' | 'off', failure?: string): JournalEventBody => ({
  ...{ t: 'power-done', act, verified: failure === undefined, readBack: act },
  ...(failure === undefined ? {} : { failure }),
});
const bootIntent: JournalEventBody = {
  ...{
    t: 'boot-intent',
    cell,
    loader: 'grub',
    kernel: '6.5.13-6-pve',
    commandLine: null,
    bios: null,
    bootIdBefore: 'b1',
  },
};
const bootDone = (bootIdAfter: string | null): JournalEventBody => ({
  ...{ t: 'boot-done', cell, ok: bootIdAfter !== null, kernel: null, bootIdAfter, findings: [], durationMs: 1 },
});
const flash = (driver: string): JournalEventBody => ({ t: 'bios-intent', cell, from: '2901', to: '3103', driver });
const flashed: JournalEventBody = { t: 'bios-done', cell, to: '3103', driver: 'command', ok: false, durationMs: 1 };
const identified: JournalEventBody = {
  t: 'host-identified',
  identity: {
    ...{ hostname: 'elysium', bootId: 'b2', kernel: '6.8.12-4-pve', commandLine: '', boardVendor: null, board: null },
    ...{ biosVendor: null, bios: null, biosDate: null, acsOverrideWarning: null },
  },
};

/** Stores runs whose events come a second after one another and end so long ago, and asks what they left. */
async function historyOf(
  runs: readonly {
    readonly name?: string;
    readonly endedAgoMs?: number;
    readonly tells: readonly JournalEventBody[];
  }[],
): Promise<HostHistory> {
  await using directory = await temporaryDirectory();
  for (const { name = first, endedAgoMs = minuteMs, tells } of runs) {
    const endMs = nowMs - endedAgoMs;
    const events = tells.map((body, index) => ({
      ...body,
      n: index + 1,
      at: endMs - 1000 * (tells.length - 1 - index),
    }));
    await storeRun(join(directory.path, name), events);
    await utimes(join(directory.path, name, 'journal.ndjson'), endMs / 1000, endMs / 1000);
  }
  return await hostHistory(directory.path, 'elysium', now);
}

const boot = { run: first, cell, kernel: '6.5.13-6-pve', bootIdBefore: 'b1' };
const cutAtMs = nowMs - minuteMs;

describe('a controller that died', () => {
  it.each<[string, readonly JournalEventBody[], HostLeftovers]>([
    ['before it did anything', [identified], {}],
    ['with the power to be cut', [identified, off], { cutAtMs, lastSeenOff: first }],
    ['with the power off', [off, done('off')], { cutAtMs: cutAtMs - 1000, lastSeenOff: first }],
    ['with the power to be given back', [off, done('off'), on], { cutAtMs: cutAtMs - 2000, lastSeenOff: first }],
    ['with the power back and the host booting', [off, done('off'), on, done('on')], { lastSeenOff: first }],
    ['after the power did not come back', [off, on, done('on', 'no')], { cutAtMs: cutAtMs - 2000, lastSeenOff: first }],
    ['once it had the host again', [off, done('off'), on, done('on'), { t: 'lab-back', bootId: 'b2' }], {}],
    ['in a boot', [identified, bootIntent], { boot, lastSeenOff: first }],
    ['in a boot, with the power off', [bootIntent, off], { boot, cutAtMs, lastSeenOff: first }],
    ['after a boot', [bootIntent, bootDone('b2')], {}],
    ['after a boot that brought nothing back', [bootIntent, bootDone(null)], { lastSeenOff: first }],
    ['in a flash', [flash('command')], { flash: { run: first, to: '3103', driver: 'command', startedAtMs: cutAtMs } }],
    ['after a flash', [flash('command'), flashed], {}],
    ['before a person flashed', [flash('manual')], {}],
    [
      'in a flash of the virtual lab, which only switches',
      [flash('virtual-lab'), off],
      { cutAtMs, lastSeenOff: first },
    ],
  ])('%s', async (_when, tells, leftovers) => {
    expect((await historyOf([{ tells }])).leftovers).toEqual(leftovers);
  });
});

describe('of several runs', () => {
  const days = [
    { name: first, endedAgoMs: 50 * hourMs },
    { name: second, endedAgoMs: 25 * hourMs },
    { name: third, endedAgoMs: 0 },
  ] as const;
  const tell = (...tells: readonly JournalEventBody[][]): Parameters<typeof historyOf>[0] =>
    days.map((day, index) => ({ ...day, tells: tells[index] ?? [] }));

  it('a cut is found behind the new run’s own journal and behind one that never had the host', async () => {
    const { leftovers } = await historyOf(tell([identified, off], [{ t: 'lab-lost', code: 'X', message: '' }], []));
    expect(leftovers).toMatchObject({ lastSeenOff: first, cutAtMs: nowMs - 50 * hourMs });
  });

  it('one that had the host has taken up what was left', async () => {
    expect((await historyOf(tell([off, bootIntent], [identified], []))).leftovers).toEqual({});
  });

  it('a flash that somebody said is over is over for good', async () => {
    const over: JournalEventBody = { t: 'flash-over', run: first, to: '3103', driver: 'command' };
    expect((await historyOf(tell([flash('command')], [], []))).leftovers.flash).toMatchObject({ run: first });
    expect((await historyOf(tell([flash('command')], [over], []))).leftovers.flash).toBeUndefined();
  });

  it('every cut of the last hour counts, whoever made it, and no older one', async () => {
    const { cutsMs } = await historyOf([
      { name: first, endedAgoMs: 2 * hourMs, tells: [off, identified] },
      { name: second, endedAgoMs: 40 * minuteMs, tells: [off, off, identified] },
      { name: third, endedAgoMs: minuteMs, tells: [off] },
      { name: '2026-11-22T02-00-00Z-other', endedAgoMs: minuteMs, tells: [off] },
    ]);
    const ago = cutsMs.map((atMs) => Math.round((nowMs - atMs) / minuteMs));
    expect(ago).toEqual([40, 40, 1]);
  });
});

it('reboots are counted apart for the run that asks and for the others, whatever else was done meanwhile', async () => {
  const { ownRun } = now;
  const back = (bootId: string): JournalEventBody => ({ t: 'lab-back', bootId });
  const { own, others } = await historyOf([
    { name: ownRun, endedAgoMs: 3 * hourMs, tells: [bootIntent, bootDone('b2'), back('b3'), off] },
    { name: first, tells: [identified, back('b3'), back('b3'), bootIntent] },
    { name: third, endedAgoMs: 2 * hourMs, tells: [identified] },
  ]);
  expect([own.orderedMs, own.unaskedMs, own.cutsMs].map(({ length }) => length)).toEqual([1, 1, 1]);
  expect([others.orderedMs, others.unaskedMs].map(({ length }) => length)).toEqual([1, 2]);
});

it('a run whose process is alive is under way, unless it is the one that asks', async () => {
  await using directory = await temporaryDirectory();
  await storeRun(join(directory.path, first), [{ ...off, n: 1, at: nowMs }]);
  await using _lease = await holdRun(join(directory.path, first));
  expect((await hostHistory(directory.path, 'elysium', now)).leftovers.underWay).toBe(first);
  expect((await hostHistory(directory.path, 'elysium', { nowMs, ownRun: first })).leftovers.underWay).toBeUndefined();
});

it('a torn line, a damaged journal and a directory without one tell nothing', async () => {
  await using directory = await temporaryDirectory();
  expect(await hostHistory(join(directory.path, 'nowhere'), 'elysium', now)).toMatchObject({
    cutsMs: [],
    leftovers: {},
  });
  await storeRun(join(directory.path, first), [{ ...off, n: 1, at: nowMs - minuteMs }]);
  await appendFile(join(directory.path, first, 'journal.ndjson'), '{"n":2,"at":3,"t":"power-done","act":"on","ver');
  await mkdir(join(directory.path, second));
  await mkdir(join(directory.path, third));
  await writeFile(join(directory.path, third, 'journal.ndjson'), Buffer.alloc(100));
  expect((await hostHistory(directory.path, 'elysium', now)).leftovers).toEqual({ cutAtMs, lastSeenOff: first });
});
