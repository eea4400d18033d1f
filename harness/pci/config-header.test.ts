import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceIdText, headerBytes, isDeadConfig, parseConfigHeader } from './config-header.ts';

const hexOf = (bytes: readonly number[]): string => Buffer.from(bytes).toString('hex');
const anyHeader = fc.array(fc.integer({ min: 0, max: 0xff }), { minLength: headerBytes, maxLength: headerBytes });
const header = (bytes: Record<number, number>): string => {
  const all = new Array<number>(headerBytes).fill(0);
  for (const [offset, value] of Object.entries(bytes)) all[Number(offset)] = value;
  return hexOf(all);
};

describe('a config header', () => {
  it('gives back every field that was put in, whatever stands around it', () => {
    const word = fc.integer({ min: 0, max: 0xffff });
    const bus = fc.integer({ min: 0, max: 0xff });
    fc.assert(
      fc.property(
        anyHeader,
        word,
        word,
        fc.integer({ min: 0, max: 0x7f }),
        fc.boolean(),
        bus,
        bus,
        bus,
        (bytes, vendorId, deviceId, headerType, multifunction, primary, secondary, subordinate) => {
          const put = bytes.slice();
          put.splice(0, 4, vendorId & 0xff, vendorId >> 8, deviceId & 0xff, deviceId >> 8);
          put[0x0e] = headerType | (multifunction ? 0x80 : 0);
          put.splice(0x18, 3, primary, secondary, subordinate);
          expect(parseConfigHeader(hexOf(put))).toEqual({
            vendorId,
            deviceId,
            headerType,
            busNumbers: headerType === 1 ? { primary, secondary, subordinate } : null,
          });
        },
      ),
    );
  });

  it.each(['', 'ff', 'f'.repeat(headerBytes * 2 - 1), `${'0'.repeat(headerBytes * 2 - 1)}g`, `0x${'0'.repeat(126)}`])(
    'is not %j',
    (text) => expect(parseConfigHeader(text)).toBeUndefined(),
  );

  it.each<[string, string, boolean]>([
    ['all ones', 'ff'.repeat(headerBytes), true],
    ['a vendor of all ones alone', header({ 0: 0xff, 1: 0xff }), true],
    ['header type 7f', header({ 0: 0x22, 1: 0x10, 0x0e: 0x7f }), true],
    ['header type ff, which is 7f with the multifunction bit', header({ 0: 0x22, 1: 0x10, 0x0e: 0xff }), true],
    ['an endpoint', header({ 0: 0xde, 1: 0x10 }), false],
    ['a multifunction endpoint', header({ 0: 0xde, 1: 0x10, 0x0e: 0x80 }), false],
    ['a bridge', header({ 0: 0x22, 1: 0x10, 0x0e: 0x81 }), false],
    ['a vendor with one half of ones', header({ 0: 0xff, 1: 0x10 }), false],
  ])('of %s is dead: %s %s', (_what, hex, dead) => {
    const parsed = parseConfigHeader(hex);
    expect(parsed === undefined ? undefined : isDeadConfig(parsed)).toBe(dead);
  });

  it('prints its id as lspci -n does', () => {
    const parsed = parseConfigHeader(header({ 0: 0x22, 1: 0x10, 2: 0x5f, 3: 0x14 }));
    expect(parsed === undefined ? undefined : deviceIdText(parsed)).toBe('1022:145f');
    const small = parseConfigHeader(header({ 0: 0xde, 2: 0x01 }));
    expect(small === undefined ? undefined : deviceIdText(small)).toBe('00de:0001');
  });
});
