import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import type { PciAddress } from './address.ts';
import { type PciTree, portAbove, resetScope } from './reset-scope.ts';

/** The ports of a Crosshair VII Hero and what hangs below each (linux-hardware.org probes 28738FC201 and 609C071902). */
const below: Readonly<Record<string, readonly string[]>> = {
  '00:01.1': ['01:00.0'],
  '00:01.3': ['03:00.0', '03:00.1', '03:00.2'],
  '03:00.2': ['20:00.0', '20:01.0', '20:04.0'],
  '20:00.0': ['21:00.0'],
  '21:00.0': ['22:00.0'],
  '20:01.0': ['23:00.0'],
  '00:03.1': ['2b:00.0', '2b:00.1'],
  '00:07.1': ['2c:00.0', '2c:00.2', '2c:00.3'],
  '00:08.1': ['2d:00.0', '2d:00.2', '2d:00.3'],
};
const one = (address: string, parent: string | null): PciTree[number] => ({
  address: addressOf(address),
  parent: parent === null ? null : addressOf(parent),
  vendorDevice: '1022:1453',
  classCode: '0x060400',
  driver: null,
});
const tree: PciTree = [
  ...['00:01.1', '00:01.3', '00:03.1', '00:07.1', '00:08.1'].map((port) => one(port, null)),
  ...Object.entries(below).flatMap(([port, functions]) => functions.map((address) => one(address, port))),
];
const seed = new Set(['2b:00.0', '2b:00.1', '2c:00.3', '2d:00.3', '03:00.0'].map(addressOf));

function ofPort(port: string): { ours: readonly PciAddress[]; host: readonly PciAddress[] } {
  const { passedThrough, hostOwned } = resetScope(tree, addressOf(port), seed);
  return { ours: passedThrough, host: hostOwned.map(({ address }) => address) };
}

describe('the scope of a bus reset', () => {
  it('is the GPU alone below its slot', () => {
    expect(ofPort('00:03.1')).toEqual({ ours: [addressOf('2b:00.0'), addressOf('2b:00.1')], host: [] });
  });

  it.each([
    ['00:07.1', ['2c:00.0', '2c:00.2']],
    ['00:08.1', ['2d:00.0', '2d:00.2']],
    // The whole chipset: its SATA, and through its downstream ports the network and the graphics of the BMC.
    ['00:01.3', ['03:00.1', '03:00.2', '20:00.0', '20:01.0', '20:04.0', '21:00.0', '23:00.0', '22:00.0']],
    ['00:01.1', ['01:00.0']],
  ])('holds devices of the host below %s', (port, host) => {
    expect(new Set(ofPort(port).host)).toEqual(new Set(host.map(addressOf)));
  });

  it('knows the port above a function', () => {
    expect(portAbove(tree, addressOf('22:00.0'))).toBe(addressOf('21:00.0'));
    expect(portAbove(tree, addressOf('00:01.3'))).toBeUndefined();
    expect(portAbove(tree, addressOf('7f:00.0'))).toBeUndefined();
  });

  it('has every function once, and ends, whatever the tree', () => {
    const address = fc.integer({ min: 0, max: 12 }).map((n) => addressOf(`${n.toString(16).padStart(2, '0')}:00.0`));
    const anyTree = fc.array(
      fc.record({
        address,
        parent: fc.option(address),
        vendorDevice: fc.constant('1:2'),
        classCode: fc.constant('0x0'),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(anyTree, address, fc.uniqueArray(address), (functions, port, ours) => {
        const any = functions.map((any) => ({ ...any, driver: null }));
        const { passedThrough, hostOwned } = resetScope(any, port, new Set(ours));
        const children = any.filter(({ parent }) => parent === port);
        for (const child of children) {
          expect(passedThrough.includes(child.address) || hostOwned.includes(child)).toBe(true);
        }
        expect(passedThrough.length + hostOwned.length).toBeLessThanOrEqual(any.length);
      }),
    );
  });
});
