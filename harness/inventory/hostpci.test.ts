import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePciAddress } from '../pci/address.ts';
import { hostpciCovers, parseHostpci } from './hostpci.ts';

describe('parseHostpci', () => {
  it.each([
    ['2b:00', ['0000:2b:00'], []],
    ['2b:00,pcie=1', ['0000:2b:00'], [['pcie', '1']]],
    [
      '0000:2c:00.3,pcie=1,rombar=0',
      ['0000:2c:00.3'],
      [
        ['pcie', '1'],
        ['rombar', '0'],
      ],
    ],
    ['pcie=1,host=0001:2c:00.3', ['0001:2c:00.3'], [['pcie', '1']]],
    ['2b:00.0;2b:00.1,x-vga=1', ['0000:2b:00.0', '0000:2b:00.1'], [['x-vga', '1']]],
    ['2b:00,romfile=GTX=1050.rom', ['0000:2b:00'], [['romfile', 'GTX=1050.rom']]],
  ])('%s', (line, prefixes, options) => {
    expect(parseHostpci(line)).toEqual({
      line,
      prefixes,
      options: new Map(options.map(([key = '', value = '']) => [key, value])),
    });
  });

  it.each([
    ['', '"" is no address: write it as lspci does, in lower case, as in "2b:00" or "2c:00.3"'],
    ['2B:00', '"2B:00" is no address: write it as lspci does, in lower case, as in "2b:00" or "2c:00.3"'],
    ['2b', '"2b" is no address: write it as lspci does, in lower case, as in "2b:00" or "2c:00.3"'],
    ['2b:00;', '"" is no address: write it as lspci does, in lower case, as in "2b:00" or "2c:00.3"'],
    ['2b:00, pcie=1', '" pcie=1" is not of the form option=value'],
    ['2b:00,pcie', '"pcie" is not of the form option=value'],
    ['2b:00,2c:00', '"2c:00" is not of the form option=value'],
    ['2b:00,pcie=1,pcie=0', '"pcie" is given twice'],
    ['2b:00,host=2c:00', '"host" is given twice'],
    ['pcie=1', 'no address: begin with one, as in "2b:00,pcie=1"'],
    ['mapping=gpu,pcie=1', 'a mapping hides which functions the VM gets: write the address that it stands for'],
  ])('%j is refused', (line, reason) => {
    expect(parseHostpci(line)).toEqual({ reason });
  });
});

describe('hostpciCovers', () => {
  it.each([
    ['2b:00', '2b:00.0', true],
    ['2b:00', '2b:00.7', true],
    ['2b:00', '2b:01.0', false],
    ['2b:00', '0001:2b:00.0', false],
    ['2c:00.3', '2c:00.3', true],
    ['2c:00.3', '2c:00.0', false],
    ['2b:00.0;2c:00.3', '2c:00.3', true],
  ])('%s and %s: %s', (text, addressText, expected) => {
    const line = parseHostpci(text);
    const address = parsePciAddress(addressText);
    if ('reason' in line || address === undefined) throw new Error('the table is wrong');
    expect(hostpciCovers(line, address)).toBe(expected);
  });

  it('the line of a function covers this function and no other', () => {
    const hex = (max: number, digits: number) =>
      fc.integer({ min: 0, max }).map((value) => value.toString(16).padStart(digits, '0'));
    const anyAddress = fc
      .tuple(hex(1, 4), hex(3, 2), hex(1, 2), hex(7, 1))
      .map(([domain, bus, slot, fn]) => `${domain}:${bus}:${slot}.${fn}`);
    fc.assert(
      fc.property(anyAddress, anyAddress, (own, other) => {
        const line = parseHostpci(`${own},pcie=1`);
        const address = parsePciAddress(other);
        if ('reason' in line || address === undefined) throw new Error(`${own} and ${other} are addresses`);
        expect(hostpciCovers(line, address)).toBe(own === other);
      }),
      { examples: [['0000:00:00.0', '0000:00:00.0']] },
    );
  });
});
