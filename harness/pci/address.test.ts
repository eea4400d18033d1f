import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePciAddress, shortAddress } from './address.ts';

const hex = (digits: number) => (value: number) => value.toString(16).padStart(digits, '0');
const anyAddress = fc
  .tuple(
    fc.integer({ min: 0, max: 0xffff }).map(hex(4)),
    fc.integer({ min: 0, max: 0xff }).map(hex(2)),
    fc.integer({ min: 0, max: 0x1f }).map(hex(2)),
    fc.integer({ min: 0, max: 7 }),
  )
  .map(([domain, bus, slot, fn]) => `${domain}:${bus}:${slot}.${fn}`);

describe('PCI addresses', () => {
  it.each([
    ['2b:00.0', '0000:2b:00.0'],
    ['0000:2B:00.1', '0000:2b:00.1'],
    ['10000:e1:00.0', '10000:e1:00.0'],
  ])('%s is %s', (text, address) => expect(parsePciAddress(text)).toBe(address));

  it.each(['', '2b:00', '2b:00.8', '2b:20.0', 'zz:00.0', '0000:2b:00.0 ', '000:2b:00.0', '0000:2b:00.0\n'])(
    'refuses %j',
    (text) => expect(parsePciAddress(text)).toBeUndefined(),
  );

  it.each([
    ['0000:2b:00.0', '2b:00.0'],
    ['0001:2b:00.0', '0001:2b:00.0'],
    ['10000:e1:00.0', '10000:e1:00.0'],
  ])('%s is %s in short', (text, short) => {
    const address = parsePciAddress(text);
    expect(address === undefined ? undefined : shortAddress(address)).toBe(short);
  });

  it('reads its own short form back', () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        const address = parsePciAddress(text);
        return address !== undefined && parsePciAddress(shortAddress(address)) === address;
      }),
    );
  });
});
