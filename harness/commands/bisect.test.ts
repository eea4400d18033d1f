import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandResult, comeback } from '../test/comeback-process.ts';
import { killedAt } from '../test/killed-run.ts';
import { type InventoryTwist, TwinBench } from '../test/twin-bench.ts';
import { TwinFlasher } from '../test/twin-flasher.ts';
import { TwinOutlet } from '../test/twin-outlet.ts';
import { parseTwinFaults } from '../twin/faults/load.ts';
import { startTwin, type Twin } from '../twin/twin.ts';

/** Oldest first; the last is the one that the twin runs. */
const kernels = ['6.1.0-9-amd64', '6.1.0-50-amd64', '6.5.13-6-pve', '6.8.12-4-pve'] as const;
const boot = { loader: 'grub', kernels: kernels.slice(0, 3) } as const;
const limits = { rebootsPerHour: 1000 };
/** Seldom faults are not what these tests are about. */
const quick = ['--for-role', 'usb', '--rate-floor', '30%', '--cycle-time', '10s', '--boot-time', '20s'] as const;

const losingUsb = (only: string) =>
  parseTwinFaults(`faults: [{ what: link-down, when: vm-stop, where: '2c:00.3', only: ${only} }]`);

interface Told {
  readonly bisect: string;
  readonly boots: number;
  readonly verdict: {
    readonly outcome: string;
    readonly roles: readonly { finding: string; rule: unknown; words: string }[];
  };
  readonly visits: readonly { readonly cell: string; readonly run: string; readonly seen: unknown }[];
  readonly untestable: readonly { readonly words: string }[];
}

const toldBy = ({ stdout }: CommandResult): Told => JSON.parse(stdout) as Told;

const bisect = (bench: TwinBench, ...args: readonly string[]): string[] => [
  ...['bisect', ...bench.hostArgs, ...bench.reportsArgs, ...quick, '--json', ...args],
];
const resumeLast = (bench: TwinBench): string[] => [
  ...['bisect', '--resume', 'last', '--inventory', bench.inventory, ...bench.reportsArgs, '--json'],
];
const benchOf = (twin: Twin, twist: InventoryTwist = {}): Promise<TwinBench> =>
  TwinBench.create(twin, { limits, ...twist });

/** Calls back when something has happened so often. */
const atNth =
  (twin: Twin, nth: number, isIt: (event: Parameters<Parameters<Twin['record']['subscribe']>[0]>[0]) => boolean) =>
  (now: () => void): Disposable => {
    let times = 0;
    return twin.record.subscribe((event) => {
      if (isIt(event) && ++times === nth) now();
    });
  };

it('names the kernel that broke it, killed twice on the way, and counts nothing twice', async () => {
  await using twin = await startTwin({ boot, faults: losingUsb('{ kernels: [6.5.*, 6.8.*] }') });
  await using bench = await benchOf(twin);

  await killedAt(
    bisect(bench, '--kernels', `${kernels[0]}..${kernels[3]}`),
    atNth(twin, 2, (event) => event.kind === 'exec' && event.command.startsWith('qm stop')),
  );
  await twin.commandsEnded();
  await killedAt(
    resumeLast(bench),
    atNth(twin, 1, (event) => event.kind === 'booted'),
  );
  const name = (await bench.runs()).find((run) => run.startsWith('bisect-')) ?? '';
  await appendFile(join(bench.reports, name, 'journal.ndjson'), '{"n":99,"at":17000');
  const result = await comeback(resumeLast(bench));

  expect(result.exitCode, result.stderr).toBe(0);
  const { verdict, visits } = toldBy(result);
  expect(verdict).toMatchObject({
    outcome: 'decided',
    roles: [{ finding: 'culprit', rule: { terms: [{ axis: 'kernel', lastGood: kernels[1], firstBad: kernels[2] }] } }],
  });
  expect(visits.every(({ seen }) => seen !== null)).toBe(true);
  const page = await readFile(join(bench.reports, name, 'bisect.html'), 'utf8');
  expect(page).toContain(`kernel ${kernels[2]} is the first bad for usb`);
});
