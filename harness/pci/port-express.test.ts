import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { syntheticExpress } from '../judge/synthetic-journal.ts';
import { expressBytes, parsePortExpress } from './port-express.ts';

describe('the PCI Express capability of a port', () => {
  it.each([
    ['x16, told to nobody', {}, { linkDisabled: false, linkActive: true, linkWidth: 16, slotPoweredOff: false }],
    ['disabled', { linkDisabled: true }, { linkDisabled: true }],
    ['not active', { linkActive: false }, { linkActive: false }],
    ['not able to say whether it is active', { reportsActive: false, linkActive: false }, { linkActive: undefined }],
    ['without lanes', { linkWidth: 0 }, { linkWidth: 0 }],
    ['without power', { powerOff: true }, { slotPoweredOff: true }],
    ['of a slot without a power switch', { powerOff: true, powerController: false }, { slotPoweredOff: undefined }],
    ['of a port without a slot', { powerOff: true, slot: false }, { slotPoweredOff: undefined }],
    ['of a downstream port', { type: 0x6, linkDisabled: true }, { linkDisabled: true }],
    ['of a bridge from PCI to PCI Express', { type: 0x8 }, { linkActive: true }],
  ])('tells of a link %s', (_what, change, expected) =>
    expect(parsePortExpress(syntheticExpress(change))).toMatchObject(expected),
  );

  it.each([
    ['an endpoint', 0x0],
    ['the upstream port of a switch', 0x5],
    ['a bridge to conventional PCI', 0x7],
  ])('tells nothing of a link below %s', (_what, type) =>
    expect(parsePortExpress(syntheticExpress({ type }))).toBeUndefined(),
  );

  it('is nothing where it is cut short or no hex', () => {
    const whole = syntheticExpress();
    expect(parsePortExpress(whole.slice(2))).toBeUndefined();
    expect(parsePortExpress(whole.slice(0, 30))).toBeUndefined();
    expect(parsePortExpress(`zz${whole}`)).toBeUndefined();
    expect(parsePortExpress(`${whole}zz`)).toBeUndefined();
    expect(parsePortExpress('')).toBeUndefined();
    expect(parsePortExpress(`${whole.slice(2)}zz`)).toBeUndefined();
  });

  it('is read whatever the other bits say', () => {
    const bytes = fc.uint8Array({ minLength: expressBytes, maxLength: expressBytes });
    fc.assert(
      fc.property(bytes, fc.boolean(), fc.boolean(), fc.integer({ min: 0, max: 63 }), (noise, disabled, off, width) => {
        const mixed = Buffer.from(noise);
        const put = (offset: number, mask: number, bits: number): void => {
          mixed.writeUInt16LE((mixed.readUInt16LE(offset) & ~mask) | bits, offset);
        };
        put(0x02, 0x01f0, 0x0140);
        put(0x10, 0x0010, disabled ? 0x0010 : 0);
        put(0x12, 0x03f0, width << 4);
        put(0x14, 0x0002, 0x0002);
        put(0x18, 0x0400, off ? 0x0400 : 0);
        expect(parsePortExpress(mixed.toString('hex'))).toMatchObject({
          linkDisabled: disabled,
          linkWidth: width,
          slotPoweredOff: off,
        });
      }),
    );
  });
});
