import { expect, it } from 'vitest';
import { elysium } from '../test/elysium.ts';
import { overrideAdvice } from './acs-override.ts';

const wanted = 'downstream,multifunction';

it.each([
  ['not given', 'quiet', false, /booted without pcie_acs_override=downstream,multifunction/],
  ['half given', 'quiet pcie_acs_override=downstream', true, /is "downstream", the inventory expects/],
  ['ignored by the kernel', `pcie_acs_override=${wanted}`, false, /lacks the ACS override patch/],
  [
    'given twice: the last one counts',
    `pcie_acs_override=${wanted} pcie_acs_override=id:1022:43d0`,
    true,
    /id:1022:43d0/,
  ],
  ['spelt as the patch documents it', `pci_acs_override=${wanted}`, false, /booted without pcie_acs_override/],
])('%s', (_title, commandLine, acsOverrideWarning, advice) => {
  expect(overrideAdvice(wanted, { ...elysium, commandLine, acsOverrideWarning }).join()).toMatch(advice);
});

it.each([
  ['in force', true],
  ['the log no longer reaches back to the boot', null],
])('has nothing to say where the override is there: %s', (_title, acsOverrideWarning) => {
  const commandLine = `quiet pcie_acs_override=${wanted} iommu=pt`;
  expect(overrideAdvice(wanted, { ...elysium, commandLine, acsOverrideWarning })).toEqual([]);
});

it('has nothing to say where no override is expected', () => {
  expect(overrideAdvice(undefined, elysium)).toEqual([]);
});
