import { describe, expect, it } from 'vitest';
import { shortAddress } from '../pci/address.ts';
import { comeback } from '../test/comeback-process.ts';
import { seedFunctions, TwinBench } from '../test/twin-bench.ts';
import { hostLifelines } from '../twin/board.ts';
import { startTwin } from '../twin/twin.ts';

/** A run without any option that makes it bolder, and with all of them. */
const bold: readonly (readonly string[])[] = [
  [],
  ['--recover', 'power-cycle', '--accept-lasting-pin', '--flash-is-over', '--stop-at', 'still-lost', '--json'],
];

describe('what the host lives on', () => {
  it.each([
    ['its root disk', hostLifelines.rootDisk, '1022:43c8', 'mounted at /'],
    ['its network', hostLifelines.network, '8086:1539', 'network interface'],
  ])('%s is never handed over, whatever the inventory and the options say', async (_what, address, id, lifeline) => {
    const functions = [...seedFunctions, { address, id, role: 'usb' }];
    const hostpci = [
      '2b:00,pcie=1',
      '2c:00.3,pcie=1',
      '2d:00.3,pcie=1',
      '03:00.0,pcie=1',
      `${shortAddress(address)},pcie=1`,
    ];
    await using twin = await startTwin({ vm: { hostpci } });
    await using bench = await TwinBench.create(twin, { functions, hostpci });
    for (const options of bold) {
      const result = await comeback([...bench.soakArgs, '--cycles', '1', ...options]);
      expect(result.exitCode, options.join(' ')).toBe(4);
      expect(result.stderr).toContain(`hands over ${shortAddress(address)}, but the host lives on it`);
      expect(result.stderr).toContain(lifeline);
    }
    expect(twin.record.changes).toEqual([]);
    expect(twin.record.commands.filter((line) => line.startsWith('perl - '))).toEqual([]);
  });
});
