import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { comeback } from '../test/comeback-process.ts';
import { type InventoryTwist, TwinBench } from '../test/twin-bench.ts';
import { startTwin, type TwinOptions } from '../twin/twin.ts';

interface Refusal {
  readonly twin?: TwinOptions;
  readonly inventory?: InventoryTwist;
  readonly exitCode: number;
  readonly says: readonly (string | RegExp)[];
}

const wrongKey = `SHA256:${'A'.repeat(43)}`;
const lumped = 'BOOT_IMAGE=/boot/vmlinuz root=/dev/sda2 ro quiet';

const refusals: Readonly<Record<string, Refusal>> = {
  'a host that shows another key': {
    inventory: { hostKeySha256: wrongKey },
    exitCode: 4,
    says: [wrongKey, 'SHA256:'],
  },
  'another board than the inventory names': {
    twin: { boardName: 'PRIME X470-PRO' },
    exitCode: 4,
    says: ['PRIME X470-PRO', 'ROG CROSSHAIR VII HERO'],
  },
  'another device at an address': {
    inventory: {
      functions: [
        { address: '2b:00.0', id: '10de:1b81', role: 'gpu' },
        { address: '2b:00.1', id: '10de:0fb9', role: 'gpu' },
        { address: '2c:00.3', id: '1022:145f', role: 'usb' },
        { address: '2d:00.3', id: '1022:1457', role: 'audio' },
        { address: '03:00.0', id: '1022:43d0', role: 'usb' },
      ],
    },
    exitCode: 4,
    says: ['2b:00.0 is 10de:1c82, the inventory says 10de:1b81'],
  },
  'a VM that the host does not have': { inventory: { vmid: 101 }, exitCode: 2, says: ['VM 101', 'inventory'] },
  'a VM that runs': { twin: { vm: { running: true } }, exitCode: 4, says: ['VM 100 is running'] },
  'a VM that is locked': { twin: { vm: { lock: 'backup' } }, exitCode: 4, says: ['VM 100 is locked (backup)'] },
  'a VM that hands over something else': {
    twin: { vm: { hostpci: ['2b:00,pcie=1', '2c:00.3,pcie=1', '03:00.0,pcie=1', '01:00.0,pcie=1'] } },
    exitCode: 4,
    says: ['hands over 2d:00.3', 'hands over 0000:01:00.0'],
  },
  'a VM that hands over what cannot be told': {
    twin: {
      vm: { hostpci: ['2b:00,pcie=1', '2c:00.3,pcie=1', '2d:00.3,pcie=1', '03:00.0,pcie=1', 'mapping=sata,pcie=1'] },
    },
    exitCode: 4,
    says: ['it cannot be told what "hostpci4: mapping=sata,pcie=1" of VM 100 hands over'],
  },
  'a VM that hands over a whole slot with a function of the host in it': {
    twin: { vm: { hostpci: ['2b:00,pcie=1', '2c:00,pcie=1', '2d:00.3,pcie=1', '03:00.0,pcie=1'] } },
    exitCode: 4,
    says: ['hands over 2c:00.0 too', 'hands over 2c:00.2 too'],
  },
  'groups without the override': {
    twin: { commandLine: lumped },
    exitCode: 4,
    says: [/03:00\.0 shares IOMMU group \d+ with 03:00\.1/, 'SATA', 'ahci', 'mounted at /', 'booted without'],
  },
  'groups with half of the override': {
    twin: { commandLine: `${lumped} pcie_acs_override=downstream` },
    exitCode: 4,
    says: [/03:00\.0 shares IOMMU group \d+ with 03:00\.1/, 'pcie_acs_override is "downstream"'],
  },
};

describe('soak refuses, says why once, and changes nothing', () => {
  it.each(Object.entries(refusals))('%s', async (_title, { twin: options, inventory, exitCode, says }) => {
    await using twin = await startTwin(options ?? {});
    await using bench = await TwinBench.create(twin, inventory);
    const changesBefore = twin.record.changes.length;

    const result = await comeback([...bench.soakArgs, '--cycles', '2']);

    expect(result.exitCode, result.stderr).toBe(exitCode);
    for (const text of says) expect(result.stderr).toMatch(text);
    expect(result.stderr.split('\n').filter((line) => line.startsWith('comeback: '))).toHaveLength(1);
    expect(result.stderr).not.toMatch(/^\s+at /m);
    expect(twin.record.changes).toHaveLength(changesBefore);
  });

  it('an address where nobody listens', async () => {
    await using twin = await startTwin({});
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const address = closed.address();
    await new Promise((resolve) => closed.close(resolve));
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await using bench = await TwinBench.create(twin, { port });

    const result = await comeback(bench.soakArgs);

    expect(result.exitCode, result.stderr).toBe(3);
    expect(result.stderr).toContain(`127.0.0.1:${port}`);
    expect(twin.record.events).toEqual([]);
  });

  it('a host that another run has', async () => {
    await using twin = await startTwin({});
    await using first = await TwinBench.create(twin);
    await using second = await TwinBench.create(twin);
    const held = twin.qm.hold('start');
    const running = comeback([...first.soakArgs, '--cycles', '1']);
    await held.reached;

    const result = await comeback(second.soakArgs);
    const beside = await comeback(first.soakArgs);
    held.release();

    expect(result.exitCode, result.stderr).toBe(4);
    expect(result.stderr).toMatch(/another run has this lab: run .*-twin of /);
    expect(beside.exitCode, beside.stderr).toBe(4);
    expect(beside.stderr).toMatch(/the run \S+-twin of this controller is under way/);
    expect((await running).exitCode).toBe(0);
  });

  it('an inventory that is no YAML', async () => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);
    await writeFile(bench.inventory, 'hosts:\n  twin: [unclosed\n');

    const result = await comeback(bench.soakArgs);

    expect(result.exitCode, result.stderr).toBe(2);
    expect(result.stderr).toMatch(/lab-inventory\.yaml:\d+:\d+ /);
    expect(twin.record.events).toEqual([]);
  });
});
