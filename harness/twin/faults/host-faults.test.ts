import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../clock.ts';
import { twinPlan } from '../../cycle/fixtures/twin-soak.ts';
import { gate } from '../gate.ts';
import { RawClient } from '../raw-client.ts';
import type { TwinEvent } from '../record.ts';
import { startTwin, type Twin, type TwinOptions } from '../twin.ts';
import { befallen, scriptedRun, shortTimeouts } from './fixtures/scripted-run.ts';
import { parseTwinFaults } from './load.ts';

/** A twin whose own waits take no time. */
const hasty: Clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
const silent = { stdout: () => undefined, stderr: () => undefined };

const scripted = (script: string, options: TwinOptions = {}): Promise<Twin> =>
  startTwin({ clock: hasty, ...options, faults: parseTwinFaults(script) });
const qm = (twin: Twin, verb: string): Promise<number> => twin.qm.run([verb, '100'], silent);
const kernelLog = (twin: Twin): string => readFileSync(join(twin.root, 'dev/kmsg'), 'utf8');

async function cycle(twin: Twin): Promise<void> {
  expect(await qm(twin, 'start')).toBe(0);
  expect(await qm(twin, 'stop')).toBe(0);
}

/** Each function of the VM that was not well once it had stopped, cycle by cycle, as `2b:00.0 link-down`. */
function ails(truth: readonly TwinEvent[]): string[][] {
  return truth.flatMap((event) =>
    event.kind === 'cycle-truth'
      ? [
          event.functions
            .filter(({ present, deadOf }) => !present || deadOf.length > 0)
            .map(({ function: address, present, deadOf }) =>
              [address.slice('0000:'.length), ...deadOf, ...(present ? [] : ['gone'])].join(' '),
            ),
        ]
      : [],
  );
}

describe('what befalls a function', () => {
  it('is seen by the engine as what it is, in the cycle in which it truly happened', async () => {
    const { failures, truth, passed, error } = await scriptedRun(
      `
faults:
  - { what: iommu-fault, when: vm-stop, where: '2d:00.3', after: 1, times: 1 }
  - { what: aer-uncorrectable, when: vm-start, where: '03:00.0', after: 1, times: 1 }
  - { what: bridge-config-lost, when: bus-reset, where: '2b:00.0', after: 2, times: 1 }
  - { what: link-down, when: vm-stop, where: '2c:00.3', after: 2 }
  - { what: slot-power-off, when: vm-stop, where: '03:00.0', after: 2 }
  - { what: function-removed, when: vm-start, where: '2d:00.3', after: 2 }`,
      { cycles: 3 },
    );
    expect(error).toBeUndefined();
    expect(passed).toBe(1);
    expect(failures).toEqual([
      ['2 fail', '2d:00.3 degraded iommu-fault', '03:00.0 degraded aer-uncorrectable'],
      [
        '3 fail',
        '2b:00.0 lost bridge-config-lost config-dead',
        '2b:00.1 lost bridge-config-lost config-dead',
        '2c:00.3 lost link-down config-dead',
        '2d:00.3 lost missing',
        '03:00.0 lost slot-power-off link-down config-dead',
      ],
    ]);
    expect(befallen(truth)).toEqual([
      'aer-uncorrectable 0000:03:00.0 in cycle 2 of boot 1',
      'iommu-fault 0000:2d:00.3 in cycle 2 of boot 1',
      'function-removed 0000:2d:00.3 in cycle 3 of boot 1',
      'bridge-config-lost 0000:2b:00.0 0000:2b:00.1 in cycle 3 of boot 1',
      'link-down 0000:2c:00.0 0000:2c:00.2 0000:2c:00.3 in cycle 3 of boot 1',
      expect.stringMatching(/^slot-power-off 0000:03:00\.0 .* in cycle 3 of boot 1$/),
    ]);
    expect(ails(truth)).toEqual([
      [],
      [],
      [
        '2b:00.0 bridge-config-lost',
        '2b:00.1 bridge-config-lost',
        '2c:00.3 link-down',
        '2d:00.3 gone',
        '03:00.0 slot-power-off',
      ],
    ]);
  });

  it('comes in both bus resets of a cycle, as the seed draws it, and never in those of others', async () => {
    await using twin = await scripted(`
seed: 42
faults:
  - { what: iommu-fault, when: bus-reset, where: '2b:00.1', probability: 0.5 }
  - { what: iommu-fault, when: bus-reset, where: '2c:00.3' }`);
    for (let count = 0; count < 3; count++) await cycle(twin);
    // The draws of the lab for this seed, rule and boot: 3748763702 2431773947 1727718268 3254263167 1509363475 1194984348, below 2^31.
    expect(befallen(twin.record.events)).toEqual([
      'iommu-fault 0000:2b:00.1 in cycle 2 of boot 1',
      'iommu-fault 0000:2b:00.1 in cycle 3 of boot 1',
      'iommu-fault 0000:2b:00.1 in cycle 3 of boot 1',
    ]);
  });

  it('is undone by a kernel that restores the port after the reset', async () => {
    const script = "faults: [{ what: bridge-config-lost, when: bus-reset, where: '2b:00.0' }]";
    await using twin = await scripted(script, { kernelRelease: '6.8.12-4-pve-bridgefix' });
    await cycle(twin);
    expect(ails(twin.record.events)).toEqual([[]]);
    expect(twin.record.count('port-restored')).toBe(2);
  });

  it('keeps the kernel waiting after each reset where the rule says so', async () => {
    await using twin = await scripted(
      "faults: [{ what: bridge-config-lost, when: bus-reset, where: '2b:00.0', kernelWaits: true, times: 1 }]",
    );
    await cycle(twin);
    const said = kernelLog(twin).match(/vfio-pci 0000:2b:00\.0: not ready \d+ms after bus reset; [a-z ]+/g);
    expect(said).toHaveLength(14);
    expect(said?.slice(-2)).toEqual([
      'vfio-pci 0000:2b:00.0: not ready 32767ms after bus reset; waiting',
      'vfio-pci 0000:2b:00.0: not ready 65535ms after bus reset; giving up',
    ]);
  });

  it('refuses the next start, of which the record knows why', async () => {
    await using twin = await scripted("faults: [{ what: link-down, when: vm-stop, where: '2c:00.3' }]");
    await cycle(twin);
    expect(await qm(twin, 'start')).toBe(255);
    const [, refused] = twin.record.events.filter(({ kind }) => kind === 'cycle-truth');
    expect(refused).toMatchObject({ vm: 'refused', cycle: 2 });
    // What was opened before it was closed again, which is the end of a VM.
    expect(befallen(twin.record.events).at(-1)).toMatch(/^link-down .* in cycle 2 of boot 1$/);
  });
});

describe('what befalls the host', () => {
  it('is a reset that hangs: a task in it is seen, the kernel complains, and the lab is lost, no device', async () => {
    const lost = gate();
    const { failures, events } = await scriptedRun(
      "faults: [{ what: hang-on-reset, when: bus-reset, where: '2b:00.0', seconds: 600, times: 1 }]",
      {
        // The two minutes until the kernel complains pass at once, the rest once the engine has given up.
        twin: { clock: { nowMs: () => 0, sleep: (ms) => (ms === 120_000 ? Promise.resolve() : lost.opened) } },
        plan: { timeouts: shortTimeouts },
        onEvent: ({ t }) => {
          if (t === 'lab-lost') lost.open();
        },
      },
    );
    // The kernel said that a task hangs, so the host is wedged.
    expect(failures).toEqual([['1 infra host-wedged']]);
    expect(events.find(({ t }) => t === 'reset-awaited')).toMatchObject({
      stuck: [{ command: 'kvm', where: 'pci_reset_secondary_bus' }],
    });
    expect(events.find(({ t }) => t === 'kernel')).toMatchObject({
      text: expect.stringMatching(/^INFO: task kvm:\d+ blocked for more than 120 seconds\.$/) as unknown,
    });
  });

  it('is a panic, silent or with a reboot after it, and a reboot out of the blue: no device is accused', async () => {
    const { failures, truth, passed, error } = await scriptedRun(
      `
faults:
  - { what: kernel-panic, when: vm-stop, only: { boots: [1] } }
  - { what: kernel-panic, when: vm-stop, after: 1, thenReboots: true, only: { boots: [2] } }
  - { what: spontaneous-reboot, when: bus-reset, where: '2b:00.0', after: 1, only: { boots: [3] } }`,
      {
        ...{ cycles: 6, twin: { clock: hasty } },
        plan: { timeouts: { ...twinPlan.timeouts, vmStopMs: 2000, wedgeMs: 2000 } },
      },
    );
    expect(error).toBeUndefined();
    expect(failures).toEqual([
      ['1 infra host-wedged host-rebooted'],
      ['3 infra host-rebooted'],
      ['5 infra host-rebooted'],
    ]);
    expect(passed).toBe(3);
    expect(befallen(truth)).toEqual([
      'kernel-panic in cycle 1 of boot 1',
      'kernel-panic in cycle 3 of boot 2',
      'spontaneous-reboot in cycle 5 of boot 3',
    ]);
  });

  it('is a kernel that never comes up, until the next boot', async () => {
    await using twin = await scripted('faults: [{ what: no-boot, when: boot, only: { boots: [1] } }]');
    expect(twin.isUp).toBe(false);
    expect(kernelLog(twin)).toMatch(/Kernel panic - not syncing: VFS: Unable to mount root fs/);
    await expect(RawClient.connect(twin)).rejects.toThrow(/ECONNREFUSED/);
    await twin.reboot();
    await using client = await RawClient.connect(twin);
    expect((await client.exec('true')).exitCode).toBe(0);
  });

  it('is gone with its boot: nobody who waited in it comes back', async () => {
    await using twin = await scripted(
      'faults: [{ what: hang-on-reset, when: bus-reset, seconds: 600, only: { boots: [1] } }]',
      {
        clock: systemClock,
      },
    );
    void qm(twin, 'start');
    await twin.reboot();
    await cycle(twin);
    expect(twin.record.count('vm-started')).toBe(1);
  });
});

describe('the record', () => {
  it('of a long run remembers the latest events only, and counts all of them', async () => {
    await using twin = await startTwin({ recordedEvents: 50 });
    for (let count = 0; count < 20; count++) await cycle(twin);
    expect(twin.record.events).toHaveLength(50);
    expect(twin.record.count('cycle-truth')).toBe(20);
    expect(twin.record.events.at(-1)).toMatchObject({ kind: 'cycle-truth', cycle: 20, boot: 1 });
  });
});
