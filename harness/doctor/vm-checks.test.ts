import { expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import { domainSight, elysium, vmSight } from './fixtures/sights.ts';
import { vmChecks, type VmSight } from './vm-checks.ts';

function findings(sight: VmSight): string[] {
  return vmChecks(elysium, sight)
    .filter(({ status }) => status !== 'ok')
    .map(({ check, status, says, mend }) => `${check} ${status}: ${says} | ${mend ?? ''}`);
}

const { status } = vmSight();
const holder = { pid: 7, command: 'kvm', file: '/dev/vfio/22', functions: [addressOf('2b:00.0')] };

it.each<[string, VmSight]>([
  ['the seed’s', vmSight()],
  ['one of a fixed version', vmSight({ machine: 'pc-q35-8.1' })],
  ['one of a newer release', vmSight({ machine: 'type=q35', memory: 'current=8192', balloon: '8192' })],
  ['one without a balloon', vmSight({ balloon: '0', onboot: '0' })],
  ['one whose address is written in full', vmSight({ hostpci1: 'host=0000:2c:00.3,pcie=1' })],
])('nothing is wrong with a VM like %s', (_, sight) => expect(findings(sight)).toEqual([]));

it.each<[string, VmSight, string[]]>([
  [
    'that runs',
    vmSight({}, { status: { ...status, state: 'running', word: 'running' }, holders: [holder] }),
    ['state stops-a-run: VM 100 is running'],
  ],
  [
    'that is locked',
    vmSight({}, { status: { ...status, lock: 'backup' } }),
    ['lock stops-a-run: VM 100 is locked (backup).'],
  ],
  [
    'that is stopped, and whose functions somebody has',
    vmSight({}, { holders: [holder] }),
    ['holders stops-a-run: VM 100 is stopped, but kvm (process 7) has /dev/vfio/22 open'],
  ],
  [
    'that does not get a function',
    vmSight({ hostpci3: '' }),
    ['passthrough stops-a-run: no hostpci line of VM 100 hands over 03:00.0.'],
  ],
  [
    'that gets one too many',
    vmSight({ hostpci4: '01:00.0,pcie=1' }),
    ['passthrough stops-a-run: hostpci4 of VM 100 hands over 0000:01:00.0'],
  ],
  [
    'with other options than the inventory says',
    vmSight({ hostpci0: '2b:00,pcie=1,rombar=0' }),
    ['hostpci warning: hostpci0 of VM 100 is "2b:00,pcie=1,rombar=0"', "qm set 100 --hostpci0 '2b:00,pcie=1'"],
  ],
  ['without pcie=1', vmSight({ hostpci1: '2c:00.3' }), ['hostpci warning: hostpci1 of VM 100 is "2c:00.3"']],
  [
    'that is no q35',
    vmSight({ machine: '' }),
    ['machine stops-a-run: VM 100 is no q35 machine', 'qm set 100 --machine q35'],
  ],
  ['that balloons', vmSight({ balloon: '2048' }), ['ballooning warning: VM 100 balloons between 2048 and 8192 MiB']],
  ['that starts by itself', vmSight({ onboot: '1' }), ['onboot warning: ', 'qm set 100 --onboot 0']],
])('a VM %s', (_, sight, said) => {
  const [finding, ...others] = findings(sight);
  expect(others).toEqual([]);
  for (const text of said) expect(finding).toContain(text);
});

it('warns of conventional PCI where the inventory wants no more', () => {
  const hostpci = elysium.hostpci?.map((line) =>
    line.line.startsWith('2c') ? { ...line, line: '2c:00.3', options: new Map<string, string>() } : line,
  );
  const checks = vmChecks({ ...elysium, hostpci }, vmSight({ hostpci1: '2c:00.3' }));
  expect(checks.filter((one) => one.status !== 'ok')).toMatchObject([
    {
      check: 'pcie',
      status: 'warning',
      mend: "qm set 100 --hostpci1 '2c:00.3,pcie=1', and the same in the inventory.",
    },
  ]);
  const old = vmSight({
    machine: '',
    hostpci0: '2b:00',
    hostpci1: '2c:00.3',
    hostpci2: '2d:00.3',
    hostpci3: '03:00.0',
  });
  expect(vmChecks(elysium, old).find(({ check }) => check === 'machine')).toMatchObject({ status: 'warning' });
});

it.each<[string, VmSight, string[]]>([
  ['as it should be', domainSight(), []],
  [
    'that lacks a function',
    domainSight({}, { passthrough: [] }),
    expect.arrayContaining([
      expect.stringContaining('passthrough stops-a-run: no hostdev of domain games hands over 2b:00.0.'),
    ]),
  ],
  [
    'of which a state is saved',
    domainSight({}, { lock: 'managed save' }),
    [expect.stringMatching(/^lock stops-a-run: domain games is locked \(managed save\).* virsh managedsave-remove/)],
  ],
  ['that is no q35', domainSight({ machine: 'pc-i440fx-7.2' }), [expect.stringContaining('machine warning: ')]],
  ['that balloons', domainSight({ currentMemoryKib: 1024 }), [expect.stringContaining('ballooning warning: ')]],
  [
    'that starts by itself',
    domainSight({ startsAtBoot: true }),
    [expect.stringMatching(/^autostart warning: .*virsh autostart --disable games$/)],
  ],
])('a domain of libvirt %s', (_, sight, said) => expect(findings(sight)).toEqual(said));
