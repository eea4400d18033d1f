import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HostLeftovers } from '../cycle/host-leftovers.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { controllerChecks, needsOf, nodeFinding } from './controller-checks.ts';
import { missingOf } from './controller-reading.ts';
import { elysium } from './fixtures/sights.ts';

it.each([
  ['v20.19.0', 'ok'],
  ['v22.0.1', 'ok'],
  ['v20.18.3', 'stops-a-run'],
  ['v18.20.0', 'stops-a-run'],
])('Node %s: %s', (version, status) => expect(nodeFinding(version).status).toBe(status));

it('finds what the inventory asks of the controller and the controller does not have', async () => {
  await using folder = await temporaryDirectory();
  const there = join(folder.path, 'there.deb');
  await writeFile(there, '');
  const limits = { cyclesPerHour: 6, minimumOffMs: 0 };
  const host: LabHostConfig = {
    ...elysium,
    power: {
      driver: 'command',
      on: ['ls', '-l'],
      off: ['no-such-program', 'off'],
      environment: { IPMI_PASSWORD: { env: 'SET' }, OTHER: { env: 'UNSET' } },
      limits,
    },
    console: { source: 'command', command: [join(folder.path, 'no-console')] },
    cells: [
      { name: 'here', kernel: '6.1', kernelPackage: there },
      { name: 'gone', kernel: '6.2', kernelPackage: join(folder.path, 'gone.deb') },
    ],
  };
  const missing = await missingOf(needsOf(host), { PATH: '/nowhere:/bin:/usr/bin', SET: 'x' });
  const checks = controllerChecks(host, missing, {}).filter(({ status }) => status !== 'ok');
  expect(checks.map(({ check, says }) => `${check}: ${says}`)).toEqual([
    'tools: The power switch needs the program no-such-program, which is not on this machine.',
    'tools: The secret of the power switch is missing.',
    `tools: The console needs the program ${join(folder.path, 'no-console')}, which is not on this machine.`,
    `tools: The cell gone needs the file ${join(folder.path, 'gone.deb')}, which cannot be read.`,
  ]);
});

describe('what earlier runs left', () => {
  const flash = { run: 'r1', to: '2304', driver: 'command', startedAtMs: 0 };
  it.each<[string, HostLeftovers, string | undefined, string]>([
    ['nothing', {}, undefined, ''],
    ['a run under way', { underWay: 'r1', flash }, 'stops-a-run', 'The run r1 of this controller is under way.'],
    ['a flash without its end', { flash }, 'stops-a-run', 'The run r1 began to flash BIOS 2304'],
    [
      'a boot without its end',
      { boot: { run: 'r1', cell: 'c', kernel: null, bootIdBefore: 'x' } },
      'warning',
      'died while it booted',
    ],
    ['a host without power', { cutAtMs: 0 }, 'warning', 'cut the power at 1970-01-01T00:00:00.000Z'],
  ])('%s', (_, leftovers, status, says) => {
    const bad = controllerChecks(elysium, [], leftovers).filter((one) => one.status !== 'ok');
    expect(bad.map((one) => one.status)).toEqual(status === undefined ? [] : [status]);
    for (const one of bad) expect(one.says).toContain(says);
  });
});
