import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type CommandResult, comeback } from '../test/comeback-process.ts';
import { killedAt } from '../test/killed-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
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
  readonly visits: readonly {
    readonly cell: string;
    readonly run: string;
    readonly seen: readonly { role: string; survived: number; lost: number }[] | null;
  }[];
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
  const [, older, newer, newest] = kernels;
  await using twin = await startTwin({ boot, faults: losingUsb('{ kernels: [6.5.*, 6.8.*] }') });
  await using bench = await benchOf(twin);

  await killedAt(
    bisect(bench, '--kernels', `${older}..${newest}`),
    atNth(twin, 1, (event) => event.kind === 'exec' && event.command.startsWith('qm stop')),
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
    roles: [{ finding: 'culprit', rule: { terms: [{ axis: 'kernel', lastGood: older, firstBad: newer }] } }],
  });
  expect(visits.every(({ seen }) => seen !== null)).toBe(true);
  // Each judged cycle of each run is counted once.
  const counted = visits
    .flatMap(({ seen }) => seen?.filter(({ role }) => role === 'usb') ?? [])
    .reduce((sum, { survived, lost }) => sum + survived + lost, 0);
  let judged = 0;
  for (const run of new Set(visits.map((visit) => visit.run))) {
    const summary = await readFile(join(bench.reports, run, 'summary.json'), 'utf8');
    const { cycleOutcomes } = JSON.parse(summary) as {
      readonly cycleOutcomes: { readonly pass: number; readonly fail: number };
    };
    judged += cycleOutcomes.pass + cycleOutcomes.fail;
  }
  expect(counted).toBe(judged);
  const page = await readFile(join(bench.reports, name, 'bisect.html'), 'utf8');
  expect(page).toContain(`kernel ${newer} is the first bad for usb`);
});

it('parks for a BIOS that a person must flash, and goes on once it runs', async () => {
  await using twin = await startTwin({ boot, biosVersion: '2901', faults: losingUsb("{ bios: ['5007'] }") });
  await using bench = await benchOf(twin, { bios: { driver: 'manual' } });

  let result = await comeback(bisect(bench, '--bios', '2901,5007', '--flash-time', '20s'));
  const flashed: string[] = [];
  for (; result.exitCode === 75 && flashed.length < 5; result = await comeback(resumeLast(bench))) {
    expect(result.stderr).toMatch(/Then go on with it: comeback bisect --resume bisect-twin-/);
    const [, version = ''] = /Flash BIOS (\d+) onto twin/.exec(result.stderr) ?? [];
    flashed.push(version);
    twin.flashBios(version);
    await twin.reboot();
  }

  expect(result.exitCode, result.stderr).toBe(0);
  expect(flashed).toContain('5007');
  expect(toldBy(result).verdict.roles[0]?.words).toContain('BIOS 5007 is the first bad for usb');
});

it('leaves out a kernel that does not boot, and says between which the change lies', async () => {
  await using twin = await startTwin({ boot, faults: losingUsb(`{ kernels: ['${kernels[3]}'] }`) });
  twin.loader.deadKernels.add(kernels[2]);
  await using outlet = await TwinOutlet.start(twin);
  const timeouts = { bootMs: 6000 };
  await using bench = await benchOf(twin, { power: outlet.power, timeouts });

  const result = await comeback(bisect(bench, '--kernels', kernels.slice(1).join(',')));

  expect(result.exitCode, result.stderr).toBe(0);
  const { untestable, verdict } = toldBy(result);
  expect(untestable).toMatchObject([{ words: kernels[2] }]);
  expect(verdict.roles[0]?.words).toContain(`(or one of ${kernels[2]}, which could not be tested)`);
});

it('tells a kernel and a BIOS that lose it only together', async () => {
  const [, , older, newer] = kernels;
  const faults = losingUsb("{ kernels: [6.8.*], bios: ['5007'] }");
  await using twin = await startTwin({ boot, biosVersion: '5007', faults });
  await using folder = await temporaryDirectory();
  using flasher = new TwinFlasher(twin, folder.path);
  await using bench = await benchOf(twin, { bios: flasher.bios });

  const times = ['--bios', '2901,5007', '--flash-time', '30s'];
  const result = await comeback(bisect(bench, '--kernels', `${older}..${newer}`, ...times));

  expect(result.exitCode, result.stderr).toBe(0);
  const kernel = { axis: 'kernel', lastGood: older, firstBad: newer };
  const bios = { axis: 'bios', lastGood: '2901', firstBad: '5007' };
  expect(toldBy(result).verdict.roles).toMatchObject([
    { finding: 'culprit', rule: { join: 'all', terms: [kernel, bios] } },
  ]);
  expect(flasher.flashed[0]).toBe('2901');
});

it('builds the commits of a range, leaves out one that does not build, and names the one that broke it', async () => {
  await using directory = await temporaryDirectory();
  const linux = join(directory.path, 'linux');
  await mkdir(linux);
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', linux, '-c', 'user.name=t', '-c', 'user.email=t@t', ...words], {
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet');
  const commits: string[] = [];
  for (const state of ['good', 'unbuildable', 'bad']) {
    await writeFile(join(linux, 'state'), `${commits.length} ${state}`);
    git('add', '.');
    git('commit', '--quiet', '-m', state);
    commits.push(git('rev-parse', '--short=12', 'HEAD'));
  }
  const build =
    'read -r number state <state; [ "$state" != unbuildable ] || exit 125; version="6.9.0-$number-$state"; ' +
    'package="$COMEBACK_OUTPUT/linux-image-${version}_1_amd64.deb"; ' +
    'printf "!<arch>\\ndebian-binary\\nkernel: %s\\n" "$version" >"$package"; echo "$package"';
  await using twin = await startTwin({ boot, faults: losingUsb("{ kernels: ['*-bad'] }") });
  await using bench = await benchOf(twin);

  const range = `git:${linux} HEAD~2..HEAD`;
  const result = await comeback(bisect(bench, '--kernels', range, '--build', build));

  expect(result.exitCode, result.stderr).toBe(0);
  const [lastGood, unbuildable, firstBad] = commits;
  expect(toldBy(result)).toMatchObject({
    untestable: [{ words: unbuildable }],
    verdict: {
      roles: [{ rule: { terms: [{ axis: 'kernel', lastGood, firstBad, untestable: [unbuildable] }] } }],
    },
  });
  expect(git('worktree', 'list').split('\n')).toHaveLength(1);
});

it('says that nothing in the range loses it', async () => {
  await using twin = await startTwin({ boot });
  await using bench = await benchOf(twin);
  const result = await comeback(bisect(bench, '--kernels', kernels.slice(2).join(',')));
  expect(result.exitCode, result.stderr).toBe(0);
  expect(toldBy(result).verdict.roles).toMatchObject([{ finding: 'no-culprit' }]);
});

it('ends where the host was booted often enough, and goes on once it may be booted more', async () => {
  await using twin = await startTwin({ boot, faults: losingUsb(`{ kernels: ['${kernels[3]}'] }`) });
  await using bench = await benchOf(twin);

  const limited = await comeback(bisect(bench, '--kernels', kernels.slice(2).join(','), '--max-reboots', '1'));

  expect(limited.exitCode, limited.stderr).toBe(1);
  expect(toldBy(limited)).toMatchObject({ boots: 1, verdict: { outcome: 'inconclusive' } });
  const visit = toldBy(limited).visits[0]?.run ?? '';
  const soak = await comeback([...bench.soakArgs, '--resume', visit]);
  expect([soak.exitCode, soak.stderr]).toEqual([2, expect.stringContaining('comeback bisect --resume bisect-twin-')]);

  const on = await comeback(resumeLast(bench));
  expect(on.exitCode, on.stderr).toBe(0);
  expect(toldBy(on).verdict.roles).toMatchObject([{ finding: 'culprit' }]);
  const name = toldBy(on).bisect;
  const reported = await comeback(['report', name, ...bench.reportsArgs, '--json']);
  expect([reported.exitCode, JSON.parse(reported.stdout)]).toEqual([0, JSON.parse(on.stdout)]);
  const over = await comeback(resumeLast(bench));
  expect([over.exitCode, over.stderr]).toEqual([2, expect.stringContaining('is over: its verdict is in')]);
});

it('makes a plan with no host', async () => {
  await using twin = await startTwin({});
  await using bench = await benchOf(twin, { cells: { old: { kernel: kernels[0] }, new: { kernel: kernels[3] } } });
  const result = await comeback([...bisect(bench, '--kernels', 'old..new'), '--plan', '--for-role', 'usb']);
  expect(result.exitCode, result.stderr).toBe(0);
  expect(JSON.parse(result.stdout)).toMatchObject({ forecast: { flashes: { mean: 0 }, inconclusive: 0 } });
  expect(twin.record.events).toEqual([]);
});
