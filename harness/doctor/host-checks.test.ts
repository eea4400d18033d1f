import { describe, expect, it } from 'vitest';
import type { LabHostConfig } from '../inventory/config.ts';
import { elysium, hostSight } from './fixtures/sights.ts';
import { hostChecks, type HostSight } from './host-checks.ts';

const { readiness, identity } = hostSight();
const cell = { name: 'bridgefix', kernel: '6.8.12-4-bridgefix' };
const armed = { means: 'next_entry', entry: 'comeback-once', kernel: '6.1.0', commandLine: null } as const;

/** `name status` of all that is not well, with a part of what is said or of the mend. */
function findings(sight: Partial<HostSight>, host: LabHostConfig = elysium): string[] {
  return hostChecks(host, hostSight(sight))
    .filter(({ status }) => status !== 'ok')
    .map(({ check, status, says, mend }) => `${check} ${status}: ${says} | ${mend ?? ''}`);
}

it('says of a host that is well what it is, and nothing else', () => {
  expect(findings({})).toEqual([]);
  expect(hostChecks(elysium, hostSight()).map(({ check, says }) => `${check}: ${says}`)).toEqual(
    expect.arrayContaining([
      'bios: BIOS 2901 of 10/16/2019',
      'kernel: Linux 6.8.12-4-pve',
      'acs-override: pcie_acs_override=downstream,multifunction, and the kernel says that it is on',
    ]),
  );
});

describe('a host', () => {
  it.each<[string, Partial<HostSight>, string[]]>([
    ['without root', { readiness: { ...readiness, root: false } }, ['root stops-a-run: ', 'ssh.user']],
    ['without a kernel log', { kernelLog: false }, ['kernel-log warning: ']],
    ['without uevents', { uevents: false }, ['uevents warning: ']],
    ['without tracefs', { readiness: { ...readiness, tracefs: null } }, ['tracefs warning: ', 'mount -t tracefs']],
    [
      'that is another board',
      { identity: { ...identity, board: 'PRIME X470-PRO' } },
      ['identity stops-a-run: Board is "PRIME X470-PRO", the inventory says "ROG CROSSHAIR VII HERO".'],
    ],
    [
      'whose IOMMU is off',
      { groups: [], readiness: { ...readiness, iommus: [] } },
      ['iommu stops-a-run: The IOMMU is off', 'BIOS'],
    ],
    [
      'whose IOMMU has no groups',
      { groups: [] },
      ['iommu stops-a-run: ivhd0 is there, but no function is in a group.'],
    ],
    [
      'without vfio-pci',
      { readiness: { ...readiness, modules: { vfio_pci: 'absent', vfio_iommu_type1: 'installed' } } },
      ['vfio-modules stops-a-run: The kernel has no module vfio-pci.'],
    ],
    [
      'that does not list its modules',
      { readiness: { ...readiness, modules: { vfio_pci: null, vfio_iommu_type1: 'loaded' } } },
      ['vfio-modules not-checked: ', 'modprobe vfio-pci'],
    ],
    [
      'that was booted without the override',
      { identity: { ...identity, commandLine: 'quiet', acsOverrideWarning: false } },
      ['acs-override warning: The kernel was booted without', 'verify --host elysium --cmdline'],
    ],
    [
      'whose kernel lacks the patch',
      { identity: { ...identity, acsOverrideWarning: false } },
      ['acs-override warning: ', 'it lacks the ACS override patch', 'Boot a kernel that carries'],
    ],
    [
      'that another run has',
      {
        lockHolder: { owner: 'run x of y', pid: 7, heldSeconds: 7500, sinceEpoch: 1_764_000_000, silentSeconds: 30 },
      },
      [
        "lab-lock stops-a-run: Another run has this lab: run x of y, since 2025-11-24T16:00:00Z by the host's clock, for 2 h 5 min; its controller has said nothing for 30 s, and the lock is free 90 s after its last word.",
      ],
    ],
    [
      'with a task that hangs',
      { stuck: [{ pid: 7, command: 'kvm', where: 'pci_dev_wait' }] },
      ['stuck-tasks warning: kvm (process 7) waits in pci_dev_wait', 'six minutes'],
    ],
    [
      'with a boot that a run left armed',
      { boot: { loader: 'grub', endsBy: 'loader', kernels: [], armed } },
      ['armed-boot warning: A run of comeback left a boot armed: next_entry "comeback-once", kernel 6.1.0.'],
    ],
    [
      'with a boot that somebody armed',
      { boot: { loader: 'grub', endsBy: 'loader', kernels: [], armed: { ...armed, entry: '1>2' } } },
      ['armed-boot warning: Somebody else has armed the next boot'],
    ],
    ['whose loader is unknown', { boot: { unknown: 'none is known.' } }, ['boot-loader not-checked: ']],
  ])('%s', (_, sight, said) => {
    const [finding, ...others] = findings(sight);
    expect(others).toEqual([]);
    for (const text of said) expect(finding).toContain(text);
  });
});

describe('a host with cells', () => {
  it.each<[string, LabHostConfig, Partial<HostSight>, string[]]>([
    ['whose kernel is missing', { ...elysium, cells: [cell] }, {}, ['cell-kernels warning: ', 'kernelPackage']],
    [
      'that nothing can boot',
      { ...elysium, cells: [{ name: 'split', commandLine: 'quiet' }] },
      { boot: { unknown: 'none is known.' } },
      ['boot-loader warning: '],
    ],
    [
      'whose loader keeps them armed',
      { ...elysium, cells: [{ name: 'split', commandLine: 'quiet' }] },
      { boot: { loader: 'proxmox-boot-tool', endsBy: 'good-boot', kernels: [], armed: null } },
      ['boot-loader warning: ', '--accept-lasting-pin'],
    ],
    [
      'whose BIOS nobody can flash',
      { ...elysium, cells: [{ name: 'old', bios: '2304' }] },
      {},
      ['bios warning: The cell old wants BIOS 2304, 2901 runs'],
    ],
  ])('%s', (_, host, sight, said) => {
    const [finding, ...others] = findings(sight, host);
    expect(others).toEqual([]);
    for (const text of said) expect(finding).toContain(text);
  });

  it('that bring their kernel, or can be flashed, are well', () => {
    const bios = { driver: 'manual' } as const;
    const cells = [
      { ...cell, kernelPackage: '/k.deb' },
      { name: 'old', bios: '2304' },
    ];
    expect(findings({}, { ...elysium, bios, cells })).toEqual([]);
  });
});
