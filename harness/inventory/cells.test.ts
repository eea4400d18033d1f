import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import type { LabHostConfig } from './config.ts';
import { loadInventory } from './load.ts';
import { InventoryError } from './problem.ts';

/** The only host of an inventory whose host has these lines besides the least it must have. */
async function load(lines: string, ssh = '{ virtualLab: bench }'): Promise<LabHostConfig> {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'lab.yaml');
  const text = `hosts:
  bench:
    ssh: ${ssh}
    vm: { manager: proxmox, id: 100 }
    functions: [{ address: '2b:00.0', id: '10de:1c82', role: gpu }]
    hostpci: ['2b:00.0']
${lines}
`;
  await writeFile(path, text);
  const [host] = (await loadInventory(path, { home: '/home/ada' })).hosts;
  if (host === undefined) throw new Error('no host');
  return host;
}

async function problems(lines: string, ssh?: string): Promise<string[]> {
  const error: unknown = await load(lines, ssh).catch((thrown: unknown) => thrown);
  if (!(error instanceof InventoryError)) throw new Error('the inventory was accepted', { cause: error });
  return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

const board = '    identity: { board: ROG }';

it('are read in order, with absolute paths', async () => {
  const { cells, bios } = await load(`${board}
    bios: { driver: manual, images: { '2304': ~/2304.cap } }
    cells:
      unsplit: { commandLine: -pcie_acs_override, description: lumped }
      old-bios: { bios: '2304' }
      6.8-bridgefix: { kernel: 6.8.12-4-bridgefix+, kernelPackage: /k/linux.deb }`);
  expect(cells).toEqual([
    { name: 'unsplit', commandLine: '-pcie_acs_override', description: 'lumped' },
    { name: 'old-bios', bios: '2304' },
    { name: '6.8-bridgefix', kernel: '6.8.12-4-bridgefix+', kernelPackage: '/k/linux.deb' },
  ]);
  expect(bios).toMatchObject({ images: { '2304': '/home/ada/2304.cap' } });
});

it.each([
  ['x: {}', '8:17 hosts.bench.cells.x: asks for nothing: give it a kernel, a commandLine or a bios'],
  ['x: { description: y }', '8:17 hosts.bench.cells.x: asks for nothing: give it a kernel, a commandLine or a bios'],
  ['X: { bios: "1" }', '8:14 hosts.bench.cells.X: a cell name is lower-case letters, digits, ".", "_" and "-"'],
  ['x: { cmdline: a }', '8:19 hosts.bench.cells.x.cmdline: unknown key; known here: '],
  ['x: { kernl: "6.1" }', '8:19 hosts.bench.cells.x.kernl: unknown key; did you mean "kernel"?'],
  ['x: { bios: 2304 }', '8:25 hosts.bench.cells.x.bios: must be text: YAML reads it as the number 2304'],
  ['x: { kernel: Linux 6 }', '8:27 hosts.bench.cells.x.kernel: must be a kernel release as "uname -r" prints it'],
  ['x: { kernelPackage: k.deb }', '8:34 hosts.bench.cells.x.kernelPackage: does not say which kernel it brings'],
  ['x: { kernel: "6", kernelPackage: k.rpm }', '8:47 hosts.bench.cells.x.kernelPackage: must be a .deb'],
  ['x: { commandLine: "  " }', '8:32 hosts.bench.cells.x.commandLine: holds no word'],
  ['x: { commandLine: "a -- b" }', '8:32 hosts.bench.cells.x.commandLine: cannot be asked for: what follows "--"'],
  ['x: { commandLine: a=1 -a }', '8:32 hosts.bench.cells.x.commandLine: cannot be asked for: a=1 is asked both on'],
])('{%s} is refused at its place', async (cell, expected) => {
  expect(await problems(`${board}\n    cells: { ${cell} }`)).toEqual([expect.stringContaining(expected)]);
});

it.each([
  [
    `    identity: { board: ROG, bios: ['2901'] }\n    cells: { x: { bios: '2304' } }`,
    '8:25 hosts.bench.cells.x.bios: "2304" is not in identity.bios, so the host would be refused with it: add it there',
  ],
  [
    `    identity: { board: ROG, kernel: 6.8.12-4-pve }\n    cells: { x: { kernel: 5.4.44-2-pve } }`,
    '8:27 hosts.bench.cells.x.kernel: "5.4.44-2-pve" is not identity.kernel',
  ],
  [
    `${board}\n    cells: { x: { bios: '2304' } }\n    bios: { driver: manual, images: { '2901': a } }`,
    '8:25 hosts.bench.cells.x.bios: bios.images has no file for "2304"',
  ],
])('%j contradicts itself', async (lines, expected) => {
  expect(await problems(lines)).toEqual([expect.stringContaining(expected)]);
});

it('agree with an identity that allows them, or says nothing', async () => {
  const cells = `    cells: { x: { bios: '2304', kernel: 6.8.12-4-pve } }`;
  await expect(load(`${board}\n${cells}`)).resolves.toBeDefined();
  const identity = `    identity: { board: ROG, bios: ['2901', '2304'], kernel: 6.8.12-4-pve }`;
  await expect(load(`${identity}\n${cells}`)).resolves.toBeDefined();
});

it.each([
  ['power: { driver: virtual-lab }', '8:22 hosts.bench.power.driver'],
  ['console: { source: virtual-lab }', '8:24 hosts.bench.console.source'],
  ['bios: { driver: virtual-lab }', '8:21 hosts.bench.bios.driver'],
])('%s is refused where the host is a real one', async (part, place) => {
  const real = '{ address: bench.lan, key: { env: KEY }, hostKey: { knownHosts: k } }';
  expect(await problems(`${board}\n    ${part}`, real)).toEqual([
    `${place}: virtual-lab is for a host that is reached by ssh: {virtualLab: NAME}`,
  ]);
  await expect(load(`${board}\n    ${part}`)).resolves.toBeDefined();
});
