import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { power as powerSchema } from '../../inventory/power.ts';
import { FakeQemu } from './fixtures/fake-qemu.ts';
import { GuardedPower } from './guarded-power.ts';
import { powerSwitchOf } from './power-switch-of.ts';
import { QmpPower } from './qmp.ts';

const wait = { timeoutMs: 5000 };
let directory: string;
let qemu: FakeQemu;
let driver: QmpPower;
let power: GuardedPower;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'comeback-qmp-'));
  qemu = new FakeQemu(join(directory, 'qmp'));
  await qemu.start();
  driver = new QmpPower({ description: 'virtual lab bench', qmpSocket: qemu.path, start: () => qemu.start() });
  const limits = { cyclesPerHour: 100, minimumOffMs: 0 };
  power = new GuardedPower(driver, { limits, clock: systemClock, pollMs: 10 });
});

afterEach(async () => {
  await qemu.stop();
  await rm(directory, { recursive: true });
});

it('pulls the plug, sees it gone, and has it started anew', async () => {
  expect(await power.state(wait)).toBe('on');
  expect(await power.off(wait)).toMatchObject({ verified: true, readBack: 'off' });
  expect(qemu.runs).toBe(false);
  expect(await power.on(wait)).toMatchObject({ verified: true, readBack: 'on' });
  expect(await power.cycle(wait)).toMatchObject({ verified: true, readBack: 'on' });
  expect(qemu.runs).toBe(true);
});

it('takes a machine that switched itself off for off', async () => {
  qemu.status = 'shutdown';
  expect(await power.state(wait)).toBe('off');
});

it('does nothing to a machine that is as asked', async () => {
  await driver.on(wait);
  expect(qemu.commands).not.toContain('system_reset');
  await qemu.stop();
  await driver.off(wait);
});

it('presses the reset button', async () => {
  await driver.reset(wait);
  expect(qemu.commands).toContain('system_reset');
  await qemu.stop();
  await expect(driver.reset(wait)).rejects.toThrow('it is not running');
});

it('says that QEMU does not quit', async () => {
  qemu.deafTo = 'quit';
  await expect(power.off({ timeoutMs: 200 })).rejects.toMatchObject({ kind: 'infra' });
  expect(qemu.runs).toBe(true);
});

it('does not wait for ever where another client holds the control socket', async () => {
  qemu.greets = false;
  await expect(power.state({ timeoutMs: 100 })).rejects.toThrow('no greeting came within 0.1 s');
});

it('belongs to virtual labs only', () => {
  const config = powerSchema.parse({ driver: 'virtual-lab' });
  expect(() => powerSwitchOf(config, { host: 'elysium', clock: systemClock })).toThrow(/elysium is none/);
});
