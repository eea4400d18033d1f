import { Command } from '@commander-js/extra-typings';
import { expect, it } from 'vitest';
import type { AskedCell } from '../host/boot/boot-cell.ts';
import { askedCell } from './asked-cell.ts';
import { biosOption, cellOption, cmdlineOption, kernelOption } from './options.ts';

const host = {
  name: 'bench',
  cells: [
    { name: 'unsplit', description: 'lumped', commandLine: '-pcie_acs_override' },
    { name: 'old-bios', bios: '2304' },
    { name: 'bridgefix', kernel: '6.8.12-4-bridgefix', kernelPackage: '/k/fix.deb', bios: '2901' },
  ],
};

/** What a command with these words on its command line is asked for. */
function asked(words: readonly string[]): AskedCell | undefined {
  const command = new Command()
    .addOption(cellOption)
    .addOption(kernelOption)
    .addOption(cmdlineOption)
    .addOption(biosOption)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return askedCell(host, command.parse(words, { from: 'user' }).opts());
}

it.each([
  ['nothing', [], undefined],
  ['a cell', ['--cell', 'unsplit'], { name: 'unsplit', commandLine: '-pcie_acs_override' }],
  [
    'a cell with a package',
    ['--cell', 'bridgefix'],
    { name: 'bridgefix', kernel: '6.8.12-4-bridgefix', kernelPackage: '/k/fix.deb', bios: '2901' },
  ],
  ['a kernel', ['--kernel', '6.1.0-56-amd64'], { name: 'Linux 6.1.0-56-amd64', kernel: '6.1.0-56-amd64' }],
  ['a BIOS', ['--bios', ' 2304 '], { name: 'BIOS 2304', bios: '2304' }],
  ['a parameter left out', ['--cmdline', '-quiet'], { name: '-quiet', commandLine: '-quiet' }],
  [
    'all of it',
    ['--kernel', '6.1', '--cmdline', 'pci=noaer iommu=pt', '--bios', '2304'],
    {
      name: 'Linux 6.1, pci=noaer iommu=pt, BIOS 2304',
      kernel: '6.1',
      commandLine: 'pci=noaer iommu=pt',
      bios: '2304',
    },
  ],
  [
    'a cell and what it does not say',
    ['--cell', 'old-bios', '--cmdline', 'quiet'],
    { name: 'old-bios, quiet', commandLine: 'quiet', bios: '2304' },
  ],
  [
    'a cell and another kernel, which its package does not bring',
    ['--cell', 'bridgefix', '--kernel', '6.1'],
    { name: 'bridgefix, Linux 6.1', kernel: '6.1', bios: '2901' },
  ],
  [
    'a cell and the same again',
    ['--cell', 'bridgefix', '--kernel', '6.8.12-4-bridgefix', '--bios', '2901'],
    { name: 'bridgefix', kernel: '6.8.12-4-bridgefix', kernelPackage: '/k/fix.deb', bios: '2901' },
  ],
])('%s', (_what, words, expected) => {
  expect(asked(words)).toEqual(expected);
});

it.each([
  [
    ['--cell', 'old-boys'],
    'has no cell "old-boys"; did you mean "old-bios"? Known cells: unsplit, old-bios, bridgefix.',
  ],
  [['--cell', 'constructor'], 'The host "bench" of the inventory has no cell "constructor". Known cells: unsplit, '],
  [['--cmdline', ''], 'It holds no word.'],
  [['--cmdline', 'init=/bin/sh -- x'], 'It cannot be asked for: what follows "--" is for init'],
  [['--kernel', '/boot/vmlinuz'], 'It must be a kernel release'],
  [['--kernel', '-6.1'], 'It must be a kernel release'],
  [['--bios', ''], 'It must be a BIOS version'],
  [['--bios', '23\u001b04'], 'It must be a BIOS version'],
])('%j is refused', (words, message) => {
  expect(() => asked(words)).toThrow(message);
});

it('a host without cells says where they go', () => {
  expect(() => askedCell({ name: 'bench', cells: [] }, { cell: 'x' })).toThrow(
    expect.objectContaining({
      code: 'INVENTORY_UNKNOWN_CELL',
      exitCode: 2,
      message: 'The host "bench" of the inventory has no cell "x". It has none: describe them under "cells".',
    }),
  );
});
