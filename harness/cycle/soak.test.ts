import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { biosFlasherOf } from '../host/bios/bios-flasher-of.ts';
import { GateRefusedError } from '../host/gate.ts';
import { LabHost } from '../host/lab-host.ts';
import type { JournalEvent } from '../journal/events.ts';
import { JournalWriter } from '../journal/writer.ts';
import { addressOf } from '../test/known-address.ts';
import { twinTarget } from '../test/twin-target.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import { ProxmoxVm } from '../vm/proxmox.ts';
import type { SoakPlan } from './plan.ts';
import { runSoak } from './soak.ts';

const afterStopMs = 1;
const plan: SoakPlan = {
  run: 'test',
  host: 'twin',
  comebackVersion: '0.0.0',
  identity: { board: 'ROG CROSSHAIR VII HERO' },
  acsOverride: 'downstream,multifunction',
  functions: [
    { address: addressOf('2b:00.0'), id: '10de:1c82', role: 'gpu' },
    { address: addressOf('2b:00.1'), id: '10de:0fb9', role: 'gpu' },
    { address: addressOf('2c:00.3'), id: '1022:145f', role: 'usb' },
    { address: addressOf('2d:00.3'), id: '1022:1457', role: 'audio' },
    { address: addressOf('03:00.0'), id: '1022:43d0', role: 'usb' },
  ],
  vm: { manager: 'proxmox', id: '100', driverAfterStop: 'vfio-pci' },
  owner: 'a test',
  cycles: 3,
  settle: { afterStartMs: 0, afterStopMs },
  timeouts: {
    ...{ connectMs: 10_000, commandMs: 10_000, vmStartMs: 10_000, vmStopMs: 10_000 },
    ...{ bootMs: 30_000, powerMs: 10_000, flashMs: 10_000, wedgeMs: 30_000 },
  },
  cell: undefined,
  resumes: false,
  acceptLastingPin: false,
  recoverUpTo: undefined,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comeback-soak-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Runs the plan on the twin; `atRest` is what happens on the host while the engine rests after a VM stop. */
async function soak(twin: Twin, atRest: () => Promise<unknown>): Promise<JournalEvent[]> {
  const events: JournalEvent[] = [];
  await using journal = await JournalWriter.create(join(folder, 'journal.ndjson'), systemClock, (event) => {
    events.push(event);
  });
  const clock: Clock = {
    nowMs: () => Date.now(),
    sleep: async (durationMs) => {
      if (durationMs === afterStopMs) await atRest();
    },
  };
  await runSoak(plan, {
    connect: (wait) => LabHost.connect(twinTarget(twin), wait),
    reconnect: (wait) => LabHost.reconnect(twinTarget(twin), wait),
    vmOn: ({ session }) => new ProxmoxVm(session, 100),
    bios: biosFlasherOf(undefined, { host: 'twin' }),
    journal,
    clock,
    stop: new AbortController().signal,
  });
  return events;
}

it('leaves a VM alone that somebody else started between two cycles', async () => {
  await using twin = await startTwin();
  const quiet = { stdout: () => undefined, stderr: () => undefined };

  const run = soak(twin, () => twin.qm.run(['start', '100'], quiet));

  await expect(run).rejects.toThrow(GateRefusedError);
  await expect(run).rejects.toThrow('somebody else started VM 100');
  expect(twin.record.count('vm-stopped')).toBe(1);
  expect(twin.vmRunning).toBe(true);
});

it('takes a new baseline after a reboot of the host, and no VM of an earlier boot for its own', async () => {
  await using twin = await startTwin();
  let rests = 0;

  const events = await soak(twin, async () => {
    rests += 1;
    if (rests === 1) await twin.reboot();
  });

  const baselines = events.filter((event) => event.t === 'edge' && event.edge === 'baseline');
  expect(baselines).toHaveLength(2);
  expect(events.map(({ t }) => t)).toContain('lab-back');
  expect(twin.record.count('vm-started')).toBe(3);
  expect(twin.record.count('vm-stopped')).toBe(3);
  expect(twin.vmRunning).toBe(false);
});
