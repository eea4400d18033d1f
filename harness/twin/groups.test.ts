import { describe, expect, it } from 'vitest';
import { shortAddress } from '../pci/address.ts';
import { crosshairViiHero, pci } from './board.ts';
import { acsOverride, iommuGroups } from './groups.ts';

const membersWith = (commandLine: string) => {
  const groups = iommuGroups(crosshairViiHero, acsOverride(commandLine));
  return {
    of: (address: string): readonly string[] => {
      const group = groups.get(pci(address));
      return [...groups].filter(([, other]) => other === group).map(([member]) => shortAddress(member));
    },
    numbers: [...new Set(groups.values())],
    groups,
  };
};

const chipset = ['03:00.0', '03:00.1', '03:00.2', '20:00.0', '20:01.0', '20:04.0', '21:00.0', '22:00.0', '23:00.0'];

describe('IOMMU groups of the board', () => {
  it.each([
    ['no override', 'quiet'],
    ['downstream alone', 'quiet pcie_acs_override=downstream'],
    ['a misspelt option', 'pci_acs_override=downstream,multifunction'],
  ])('%s leaves the chipset in one group, with its SATA and the network card', (_title, commandLine) => {
    const { of } = membersWith(commandLine);
    expect(of('03:00.0')).toEqual(chipset);
    expect(of('2b:00.0')).toEqual(['2b:00.0', '2b:00.1']);
  });

  it('multifunction alone frees 03:00.0 but not what hangs below the chipset', () => {
    const { of } = membersWith('pcie_acs_override=multifunction');
    expect(of('03:00.0')).toEqual(['03:00.0']);
    expect(of('23:00.0')).toContain('20:01.0');
  });

  it('downstream,multifunction gives every PCI Express function a group of its own', () => {
    const { of, groups } = membersWith('quiet pcie_acs_override=downstream,multifunction iommu=pt');
    for (const fn of crosshairViiHero) {
      if (fn.grouped && fn.type !== 'conventional' && fn.type !== 'pcie-to-pci-bridge') {
        expect(of(fn.address)).toEqual([shortAddress(fn.address)]);
      }
    }
    expect(groups.has(pci('00:00.2'))).toBe(false);
  });

  it.each(['quiet', 'pcie_acs_override=downstream,multifunction'])(
    'CPU functions stand alone and conventional ones share their slot, with %s',
    (commandLine) => {
      const { of, numbers } = membersWith(commandLine);
      for (const alone of ['2c:00.3', '2d:00.3', '01:00.0', '00:03.1']) expect(of(alone)).toEqual([alone]);
      expect(of('00:14.3')).toEqual(['00:14.0', '00:14.3']);
      expect(of('00:18.5')).toHaveLength(8);
      expect(of('22:00.0')).toContain('21:00.0');
      expect(numbers).toEqual(numbers.map((_, index) => index));
    },
  );
});
