import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { labEndpoint } from '../endpoint.ts';
import { LabNameError } from '../errors.ts';
import { downLab, labStatus } from '../instance.ts';
import { labMachine } from '../outside.ts';
import { instanceFiles } from './instance-files.ts';
import { identifyProcess, type ProcessIdentity, startTicks } from './process-identity.ts';
import { type InstanceState, instanceCondition, parseState, writeState } from './state.ts';

let stateHome: string;
beforeEach(async () => {
  stateHome = await mkdtemp(join(tmpdir(), 'comeback-state-'));
  vi.stubEnv('XDG_STATE_HOME', stateHome);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(stateHome, { recursive: true });
});

async function self(): Promise<ProcessIdentity> {
  const identity = await identifyProcess(process.pid);
  if (identity === undefined) throw new Error('this process does not run');
  return identity;
}

/** Writes down an instance whose QEMU is this test's own process, unless another is named. */
async function written(change: Partial<InstanceState>, qemu?: ProcessIdentity): Promise<void> {
  const files = instanceFiles('virtual');
  await mkdir(files.directory, { recursive: true });
  const { pid, startTicks: ticks, bootId } = qemu ?? (await self());
  await writeFile(files.qemuProcess, `${bootId}\n${pid} (qemu) S ${'0 '.repeat(18)}${ticks} 0\n`);
  await writeState(files, {
    version: 2,
    phase: 'ready',
    sshPort: 2222,
    hostKeySha256: 'SHA256:abc',
    commandLine: '',
    bios: '2304',
    flashedBios: '2304',
    faults: '',
    memoryMib: 2048,
    accelerator: 'tcg',
    kernel: '6.1.0-56-amd64',
    kernelIsDefault: true,
    imageHash: 'ab',
    machineHash: 'cd',
    startedAt: '2026-11-22T07:28:09.000Z',
    ...change,
  });
}

describe('the condition of a lab', () => {
  test('is stopped where nothing is written down', async () => {
    expect(await labStatus('virtual')).toEqual({ name: 'virtual', condition: 'stopped' });
    expect(await downLab('virtual')).toBeUndefined();
  });

  test('is running while the very process runs', async () => {
    await written({});
    expect(await labStatus('virtual')).toMatchObject({ condition: 'running', pid: process.pid, sshPort: 2222 });
    expect(await labEndpoint('virtual')).toMatchObject({ port: 2222, hostKeySha256: 'SHA256:abc', user: 'root' });
  });

  test('is starting until SSH answered', async () => {
    await written({ phase: 'starting' });
    expect(await labStatus('virtual')).toMatchObject({ condition: 'starting' });
    expect(await labEndpoint('virtual')).toMatchObject({ port: 2222 });
  });

  test.each<[string, Partial<ProcessIdentity>]>([
    ['another process has its number now', { startTicks: 1 }],
    ['it was written before the controller booted', { bootId: 'an older boot' }],
    ['there is no such process', { pid: 2 ** 22 + 1 }],
  ])('is off where %s, and keeps its port', async (_case, change) => {
    await written({}, { ...(await self()), ...change });
    expect(await labStatus('virtual')).toMatchObject({ condition: 'off', pid: null });
    expect(await labEndpoint('virtual')).toMatchObject({ port: 2222 });
    expect(await downLab('virtual')).toBeUndefined();
    expect(await labStatus('virtual')).toMatchObject({ condition: 'stopped' });
    await expect(labEndpoint('virtual')).rejects.toThrow('comeback lab up');
  });

  test('is refused where a QEMU runs of which nothing is written down', async () => {
    await written({});
    await rm(instanceFiles('virtual').state);
    await expect(labStatus('virtual')).rejects.toThrow(`kill ${process.pid}`);
  });

  test('is stopped where what another version wrote down names no process that lives', async () => {
    const files = instanceFiles('virtual');
    await mkdir(files.directory, { recursive: true });
    for (const text of [
      '{"version":0}',
      JSON.stringify({ version: 0, process: { ...(await self()), startTicks: 1 } }),
    ]) {
      await writeFile(files.state, text);
      expect(await instanceCondition(files)).toEqual({ condition: 'stopped' });
    }
  });

  test('is refused where the QEMU of another version still runs, for it would be left behind unseen', async () => {
    const files = instanceFiles('virtual');
    await mkdir(files.directory, { recursive: true });
    await writeFile(files.state, JSON.stringify({ version: 0, process: await self() }));
    await expect(instanceCondition(files)).rejects.toThrow(`kill ${process.pid}`);
  });
});

describe('a BIOS that is flashed', () => {
  test('is that of the next start, and says so only then', async () => {
    await written({});
    await labMachine('virtual').setBios('5809', { timeoutMs: 10_000 });
    expect(await labStatus('virtual')).toMatchObject({ bios: '2304' });
    const text = await readFile(instanceFiles('virtual').state, 'utf8');
    expect(parseState(text)).toMatchObject({ bios: '2304', flashedBios: '5809' });
  });

  test('needs a lab that is there', async () => {
    await expect(labMachine('virtual').setBios('5809', { timeoutMs: 10_000 })).rejects.toThrow('comeback lab up');
  });
});

describe('a lab as a machine', () => {
  test('is not started twice', async () => {
    await written({});
    await labMachine('virtual').start({ timeoutMs: 10_000 });
    expect(await labStatus('virtual')).toMatchObject({ condition: 'running', pid: process.pid });
  });

  test('cannot be started before its lab is up', async () => {
    await expect(labMachine('virtual').start({ timeoutMs: 10_000 })).rejects.toThrow('comeback lab up');
  });
});

test.each(['', '{', '{}', '[]', 'null'])('%j is no state', (text) => {
  expect(parseState(text)).toBeUndefined();
});

test('the name of a process does not shift the fields behind it', () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  expect(startTicks(`17 (a ) S 1 (b) S ${fields.slice(1).join(' ')}`)).toBe(22);
});

test.each(['', '../x', 'a/b', '-x', 'x'.repeat(33)])('%j names no lab', (name) => {
  expect(() => instanceFiles(name)).toThrow(LabNameError);
});
