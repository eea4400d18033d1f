import { describe, expect, it } from 'vitest';
import type { HostIdentity } from '../../journal/events.ts';
import { type AskedBoot, bootDepartures } from './boot-proof.ts';

const identity: HostIdentity = {
  hostname: 'elysium',
  bootId: 'new',
  kernel: '6.8.12-4-pve',
  commandLine:
    'BOOT_IMAGE=/boot/vmlinuz-6.8.12-4-pve root=/dev/sda2 ro pcie_acs_override=downstream,multifunction iommu=pt',
  boardVendor: null,
  board: null,
  biosVendor: null,
  bios: '2901',
  biosDate: null,
  acsOverrideWarning: true,
};
const override = 'pcie_acs_override=downstream,multifunction';

describe('what a boot was asked for', () => {
  it.each<[string, AskedBoot, Partial<HostIdentity>, string[]]>([
    ['nothing', {}, {}, []],
    ['everything, and it is so', { kernel: '6.8.12-4-pve', commandLine: `${override} iommu=pt`, bios: '2901' }, {}, []],
    ['a new boot', {}, { bootId: 'old' }, ['boot']],
    ['another kernel', { kernel: '6.5' }, {}, ['kernel']],
    ['another BIOS', { bios: '5007' }, {}, ['bios']],
    ['a BIOS, and DMI is silent', { bios: '2901' }, { bios: null }, ['bios']],
    ['a word that is not there', { commandLine: 'quiet' }, {}, ['command-line']],
    ['another value', { commandLine: 'iommu=off' }, {}, ['command-line', 'command-line']],
    [
      'a value that a later one undoes',
      { commandLine: 'iommu=pt' },
      { commandLine: 'iommu=pt iommu=off' },
      ['command-line'],
    ],
    [
      'a word with a dash, set with an underscore',
      { commandLine: '-pcie-acs-override' },
      { acsOverrideWarning: false },
      ['command-line'],
    ],
    ['no override, and it is there', { commandLine: '-pcie_acs_override' }, {}, ['command-line', 'override']],
    [
      'the override, on a kernel without the patch',
      { commandLine: override },
      { acsOverrideWarning: false },
      ['override'],
    ],
    ['the override, and the log is too short', { commandLine: override }, { acsOverrideWarning: null }, ['override']],
  ])('%s', (_what, asked, seen, departures) => {
    expect(bootDepartures(asked, 'old', { ...identity, ...seen }).map(({ what }) => what)).toEqual(departures);
  });
});
