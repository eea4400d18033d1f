import { describe, expect, it } from 'vitest';
import { defaultAfterPowerCuts } from '../host/boot/fixtures/boot-bench.ts';
import { killedAt } from '../test/killed-run.ts';
import { comeback } from '../test/comeback-process.ts';
import { TwinBench } from '../test/twin-bench.ts';
import { TwinOutlet } from '../test/twin-outlet.ts';
import type { TwinBootOptions } from '../twin/loaders/options.ts';
import { startTwin, type Twin } from '../twin/twin.ts';

const own = '6.8.12-4-pve';
const other = '6.5.13-6-pve';

const hosts = {
  grub: { loader: 'grub', kernels: [other] },
  'systemd-boot': { loader: 'systemd-boot', kernels: [other] },
  'proxmox-boot-tool over GRUB': { loader: 'grub', proxmox: true, kernels: [other] },
  'a pin': { loader: 'grub', proxmox: true, abstraction: 'lvm', kernels: [other] },
} as const satisfies Record<string, TwinBootOptions>;

const atCommand =
  (pattern: RegExp) =>
  (twin: Twin, now: () => void): Disposable =>
    twin.record.subscribe((event) => {
      if (event.kind === 'exec' && pattern.test(event.command)) now();
    });
const atBoot = (twin: Twin, now: () => void): Disposable =>
  twin.record.subscribe((event) => {
    if (event.kind === 'booted') now();
  });

interface Case {
  readonly host: keyof typeof hosts;
  readonly when: string;
  readonly moment: (twin: Twin, now: () => void) => Disposable;
  readonly cell?: readonly string[];
  /** What the next run finds. */
  readonly armed?: string;
  readonly rebooted?: boolean;
}

const withWords = ['--kernel', other, '--cmdline', 'comeback.test=1'];
const cases: readonly Case[] = [
  {
    host: 'grub',
    when: 'while the entry is written',
    moment: atCommand(/custom\.cfg.*comeback-new|comeback-new.*custom\.cfg/),
  },
  { host: 'grub', when: 'while it arms', moment: atCommand(/^grub-reboot/), armed: 'next_entry' },
  { host: 'grub', when: 'when the host is booted', moment: atBoot, rebooted: true },
  {
    ...{ host: 'systemd-boot', when: 'while it arms an entry of ours', moment: atCommand(/set-oneshot comeback/) },
    ...{ cell: withWords, armed: 'LoaderEntryOneShot' },
  },
  {
    ...{ host: 'systemd-boot', when: 'while it arms an entry of the host', moment: atCommand(/set-oneshot proxmox/) },
    armed: 'LoaderEntryOneShot',
  },
  {
    host: 'proxmox-boot-tool over GRUB',
    when: 'while it arms',
    moment: atCommand(/^grub-reboot/),
    armed: 'next_entry',
  },
  {
    ...{ host: 'a pin', when: 'while it arms', moment: atCommand(/proxmox-boot-tool refresh/) },
    ...{ cell: ['--kernel', other, '--accept-lasting-pin'], armed: 'next-boot-pin' },
  },
];

describe('comeback is killed in a boot', () => {
  it.each(cases)('$host: $when', async ({ host, moment, cell = ['--kernel', other], armed, rebooted = false }) => {
    await using twin = await startTwin({ boot: hosts[host] });
    await using bench = await TwinBench.create(twin);
    const lasting = twin.loader.lastingFiles;

    await killedAt([...bench.soakArgs, ...cell], (now) => moment(twin, now));
    await twin.commandsEnded();
    expect(twin.loader.armed === null).toBe(armed === undefined);

    const next = await comeback([...bench.soakArgs, '--cycles', '1']);

    expect(next.exitCode, next.stderr).toBe(0);
    const [dead = ''] = await bench.runs();
    const events = await bench.lastEvents();
    expect(events.filter(({ t }) => t === 'boot-unfinished')).toMatchObject([
      { run: dead, rebooted, kernel: rebooted ? other : own },
    ]);
    expect(next.stderr).toContain(`the run ${dead} died while it booted the host`);
    const leftovers = events.filter(({ t }) => t === 'boot-leftover');
    expect(leftovers).toMatchObject(armed === undefined ? [] : [{ means: armed, kernel: other, takenBack: true }]);
    expect(next.stderr.includes('armed; taken back')).toBe(armed !== undefined);
    expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
    expect(await defaultAfterPowerCuts(twin)).toBe(own);
  });

  it('whose kernel is dead: the next run gives it time, cuts its power, and has the default', async () => {
    await using twin = await startTwin({ boot: hosts.grub });
    await using bench = await TwinBench.create(twin);
    const lasting = twin.loader.lastingFiles;
    twin.loader.deadKernels.add(other);
    await killedAt([...bench.soakArgs, '--kernel', other], (now) => atBoot(twin, now));
    expect(twin.isUp).toBe(false);

    await using outlet = await TwinOutlet.start(twin);
    await bench.describe(twin, { power: outlet.power, timeouts: { wedgeMs: 3000, bootMs: 4000 } });
    const next = await comeback([...bench.soakArgs, '--cycles', '1']);

    expect(next.exitCode, next.stderr).toBe(0);
    const events = await bench.lastEvents();
    expect(events.map(({ t }) => t)).toEqual(
      expect.arrayContaining(['lab-lost', 'host-wedged', 'power-intent', 'power-done', 'lab-back', 'boot-unfinished']),
    );
    expect(next.stderr).toMatch(/LAB LOST: The run \S+ rebooted it or cut its power and has not seen it since/);
    expect(events.find(({ t }) => t === 'host-identified')).toMatchObject({ identity: { kernel: own } });
    expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
  });
});
