import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { performedResets, resetCalls, resetErrorWords, resetMethods, resetWords } from './reset-names.ts';

it.each([
  [-5, 'input or output error (EIO)'],
  [-11, 'somebody else has it locked (EAGAIN)'],
  [-12, 'no memory (ENOMEM)'],
  [-16, 'in use (EBUSY)'],
  [-19, 'no such device (ENODEV)'],
  [-22, 'invalid (EINVAL)'],
  [-25, 'no reset method of its own (ENOTTY)'],
  [-110, 'timed out (ETIMEDOUT)'],
  [-999, 'error 999'],
])('what %i means', (returned, words) => {
  expect(resetErrorWords(returned)).toBe(words);
});

it('has the names of reset_method in the order of the kernel, and two for what is none of them', () => {
  // pci_reset_fn_methods of 6.18 begins with an empty entry: method 0 means the end of a list.
  expect(resetMethods).toEqual(['device_specific', 'acpi', 'flr', 'af_flr', 'pm', 'bus', 'cxl_bus']);
  expect(performedResets).toEqual([...resetMethods, 'none', 'unknown']);
});

it('has a noun for every one', () => {
  expect(performedResets.map((method) => [method, resetWords[method]])).toEqual([
    ['device_specific', 'reset of its own kind (device specific)'],
    ['acpi', 'reset by ACPI'],
    ['flr', 'function level reset (FLR)'],
    ['af_flr', 'function level reset (AF FLR)'],
    ['pm', 'power management reset (D3hot and back)'],
    ['bus', 'bus reset'],
    ['cxl_bus', 'CXL bus reset'],
    ['none', 'no reset'],
    ['unknown', 'reset by a method that nobody saw'],
  ]);
});

describe('a call of the kernel', () => {
  it('is known for every function that the observer probes, and the observer probes every function that is known', async () => {
    const program = await readFile(new URL('../observer/perl/reset-probes.pl', import.meta.url), 'utf8');
    const lists = [...program.matchAll(/(?:@OF_A_FUNCTION\w* = |vfio_pci\w* => \[)qw\(([^)]+)\)/g)];
    const probed = lists.flatMap(([, words = '']) => words.trim().split(/\s+/));
    expect(probed.sort()).toEqual([...resetCalls.keys()].sort());
  });

  it.each([
    ['pci_try_reset_function', { kind: 'request' }],
    ['pci_reset_function', { kind: 'request' }],
    ['__pci_reset_function_locked', { kind: 'request' }],
    ['pci_reset_bus', { kind: 'request' }],
    // These two call what would pass for a method of its own.
    ['pci_dev_specific_reset', { kind: 'method', method: 'device_specific', whole: true }],
    ['pci_dev_acpi_reset', { kind: 'method', method: 'acpi', whole: true }],
    // pcie_flr() asks nobody whether the function can; pcie_reset_flr() does.
    ['pcie_flr', { kind: 'method', method: 'flr', always: true }],
    ['pcie_reset_flr', { kind: 'method', method: 'flr' }],
    ['pci_af_flr', { kind: 'method', method: 'af_flr' }],
    ['pci_pm_reset', { kind: 'method', method: 'pm' }],
    ['pci_bridge_secondary_bus_reset', { kind: 'bus' }],
    ['pci_reset_bridge_secondary_bus', { kind: 'bus', returnsNothing: true }],
    ['pci_reset_secondary_bus', { kind: 'bus', returnsNothing: true }],
    ['vfio_pci_core_enable', { kind: 'vfio', during: 'open' }],
    ['vfio_pci_core_disable', { kind: 'vfio', during: 'close' }],
    ['vfio_pci_enable', { kind: 'vfio', during: 'open' }],
    ['vfio_pci_disable', { kind: 'vfio', during: 'close' }],
  ])('%s says %j', (symbol, says) => expect(resetCalls.get(symbol)).toEqual(says));
});
