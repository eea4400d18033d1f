import { describe, expect, it } from 'vitest';
import type { LabHostConfig } from '../inventory/config.ts';
import { addressOf } from '../test/known-address.ts';
import { elysium, functionSight } from './fixtures/sights.ts';
import { functionChecks, type FunctionSight } from './function-checks.ts';

const chipsetUsb = addressOf('03:00.0');
const sata = addressOf('03:00.1');
const healthy = functionSight();

function said(address: string, check: string, sight: Partial<FunctionSight> = {}, host: LabHostConfig = elysium) {
  const found = functionChecks(host, functionSight(sight)).filter(
    (one) => one.function === addressOf(address) && one.check === check,
  );
  expect(found).toHaveLength(1);
  const [{ status, says, mend } = { status: '', says: '', mend: null }] = found;
  return { status, says, mend };
}

it('says nothing worse of the seed than that two functions are never reset', () => {
  const bad = functionChecks(elysium, healthy).filter(({ status }) => status !== 'ok');
  expect(bad.map((one) => [one.function, one.check, one.status])).toEqual([
    [addressOf('2d:00.3'), 'reset-methods', 'warning'],
    [chipsetUsb, 'reset-methods', 'warning'],
  ]);
});

describe('a function', () => {
  const without = healthy.tree.filter(({ address }) => address !== chipsetUsb);
  it('that is not there stops a run, and one with its id elsewhere is named', () => {
    expect(said('03:00.0', 'id', { tree: without })).toMatchObject({
      status: 'stops-a-run',
      says: '03:00.0 [1022:43d0] is not on the host.',
      mend: expect.stringContaining('rescan') as string,
    });
    const moved = [...without, { ...healthy.tree[0], address: addressOf('04:00.0'), vendorDevice: '1022:43d0' }];
    expect(said('03:00.0', 'id', { tree: moved as FunctionSight['tree'] }).mend).toContain('at 04:00.0: correct');
  });

  it('that is another one stops a run, and nothing else is said of it', () => {
    const tree = healthy.tree.map((one) => (one.address === chipsetUsb ? { ...one, vendorDevice: '1b21:2142' } : one));
    const checks = functionChecks(elysium, functionSight({ tree })).filter((one) => one.function === chipsetUsb);
    expect(checks).toMatchObject([
      { check: 'id', status: 'stops-a-run', says: '03:00.0 is 1b21:2142, the inventory says 1022:43d0.' },
    ]);
  });

  it('that shares its group with the host stops a run, once', () => {
    const group = healthy.groups.find(({ address }) => address === chipsetUsb)?.group ?? -1;
    const together = healthy.groups.map((one) => (/^0000:(?:03:00|23:00)/.test(one.address) ? { ...one, group } : one));
    const { status, says, mend } = said('03:00.0', 'group', { groups: together });
    expect(status).toBe('stops-a-run');
    expect(says).toMatch(/03:00\.1 \[1022:43c8\] SATA controller, driver ahci.*; and with 23:00\.0 /);
    expect(mend).toContain('another slot');
    const identity = { ...healthy.identity, commandLine: 'quiet' };
    expect(said('03:00.0', 'group', { groups: together, identity }).mend).toContain('acs-override');
  });

  it('that is in no group stops a run', () =>
    expect(said('03:00.0', 'group', { groups: [] })).toMatchObject({ status: 'stops-a-run' }));

  it('that the host has a disk on is warned of', () => {
    const disk = {
      ...{ name: 'sdb', partitions: ['sdb1'], slaves: [], mapperName: null },
      sysfsPath: `/sys/devices/pci0000:00/0000:00:01.3/${chipsetUsb}/usb2/block/sdb`,
    };
    const usage = { ...healthy.usage, blockDevices: [disk], mounts: [{ source: '/dev/sdb1', target: '/backup' }] };
    expect(said('03:00.0', 'host-use', { usage })).toMatchObject({
      status: 'warning',
      says: 'The host uses it: disk sdb, mounted at /backup. It loses that when the VM starts.',
    });
  });
});

describe('the reset of a function', () => {
  const usb = addressOf('2c:00.3');
  const resets = (reading: FunctionSight['resets'][string]): Partial<FunctionSight> => ({
    resets: { ...healthy.resets, [usb]: reading },
  });
  it.each<[string, string, Partial<FunctionSight>, string, string]>([
    ['is what the kernel says', '2c:00.3', {}, 'ok', 'reset by pm'],
    [
      'is told in order',
      '2c:00.3',
      resets({ resettable: true, methods: ['flr', 'pm', 'bus'] }),
      'ok',
      'reset by flr, then pm',
    ],
    ['is unknown before 5.15', '2c:00.3', resets({ resettable: true, methods: null }), 'ok', 'before 5.15'],
    ['can be switched off', '2c:00.3', resets({ resettable: true, methods: [] }), 'warning', 'switched its resets off'],
    [
      'is no bus where others are on it, though the kernel lists it',
      '03:00.0',
      { resets: { [chipsetUsb]: { resettable: true, methods: ['bus'] } } },
      'warning',
      'the kernel lists bus and refuses it, for 03:00.1, 03:00.2 is on the same bus',
    ],
    ['of a whole card is the bus', '2b:00.0', {}, 'ok', 'the bus below 00:03.1 together with 2b:00.1'],
    ['does not exist on a shared bus', '03:00.0', {}, 'warning', 'never reset between guests'],
  ])('%s', (_, address, sight, status, says) => {
    const found = said(address, 'reset-methods', sight);
    expect(found).toMatchObject({ status, says: expect.stringContaining(says) as string });
    expect(found.mend === null).toBe(status === 'ok');
  });
});

describe('the scope of a bus reset', () => {
  it('is free below the slot of the GPU', () =>
    expect(said('2b:00.1', 'reset-scope').says).toBe('a bus reset through 00:03.1 hits nothing of the host'));

  it('is forbidden where it holds functions of the host: what it would miss most comes first', () => {
    const disk = {
      ...{ name: 'sda', partitions: ['sda1'], slaves: [], mapperName: null },
      sysfsPath: `/sys/devices/pci0000:00/0000:00:01.3/${sata}/ata1/block/sda`,
    };
    const usage = { ...healthy.usage, blockDevices: [disk], mounts: [{ source: '/dev/sda1', target: '/' }] };
    expect(said('03:00.0', 'reset-scope', { usage }).says).toBe(
      'a bus reset through 00:01.3 is forbidden: of the host it would hit 03:00.1 (driver ahci, disk sda, mounted at /), ' +
        '22:00.0 (driver ast), 23:00.0 (driver igb), 5 ports',
    );
  });

  it('is named for no other port than the one above, and for none on a root bus', () => {
    expect(said('2d:00.3', 'reset-scope').says).toContain('through 00:08.1 is forbidden');
    const tree = healthy.tree.map((one) => (one.address === addressOf('2c:00.3') ? { ...one, parent: null } : one));
    expect(said('2c:00.3', 'reset-scope', { tree }).says).toContain('root bus');
  });
});
