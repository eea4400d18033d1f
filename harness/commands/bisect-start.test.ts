import { expect, it } from 'vitest';
import { BisectLog } from '../bisect-run/bisect-log.ts';
import { cellRequestOf } from '../bisect-run/cell-request.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import { nextTimeOfDay } from './bisect-options.ts';
import { type AskedBisect, bisectStart } from './bisect-start.ts';

const plain: AskedBisect = { fixed: false, confidence: 0.95, rateFloor: 0.003 };
const host = hostByName(await loadInventory('lab-inventory.yaml'), 'virtual');
const about = {
  bisect: 'b',
  nowMs: 0,
  installed: ['6.1.0-9-amd64', '6.8.12-4-pve'],
  stop: new AbortController().signal,
};

async function logOf(asked: Partial<AskedBisect>, on = host): Promise<BisectLog> {
  return new BisectLog({ n: 1, at: 0, ...(await bisectStart({ ...plain, ...asked }, on, about)) });
}

it.each<[string, Partial<AskedBisect>, string]>([
  ['nothing to search', {}, 'There is one cell only'],
  ['one kernel', { kernels: '6.8.12-4-pve' }, 'There is one cell only'],
  ['a kernel twice', { kernels: '6.8.12-4-pve,6.8.12-4-pve' }, 'is named twice'],
  ['one parameter in two flags', { cmdline: ['iommu=pt'], mends: ['iommu=off'] }, 'about the same parameter'],
  ['a build without commits', { kernels: '6.1.0-9-amd64,6.8.12-4-pve', build: 'make' }, '--build is for commits'],
  ['a person where none flashes', { bios: ['1', '2'], notBefore: { hours: 8, minutes: 0 } }, 'is not flashed by hand'],
  ['no confidence', { bios: ['1', '2'], confidence: 0.2 }, 'give one from 50 %'],
])('%s is refused', async (_what, asked, says) => {
  await expect(logOf(asked)).rejects.toThrow(says);
});

it('a BIOS that nothing flashes, and a role that nothing has, are refused', async () => {
  await expect(logOf({ bios: ['1', '2'] }, { ...host, bios: undefined })).rejects.toThrow('does not say how the BIOS');
  const gpuOnly = { ...host, functions: host.functions.filter(({ role }) => role === 'gpu') };
  await expect(logOf({ bios: ['1', '2'], forRole: ['usb'] }, gpuOnly)).rejects.toThrow(
    'No function of virtual has the role usb',
  );
});

it('a cell is booted with its words, and without those of flags that are off', async () => {
  const log = await logOf({
    kernels: '6.1.0-9-amd64,6.8.12-4-pve',
    cmdline: ['pcie_aspm=off'],
    mends: ['-quiet', 'a=1 b'],
  });
  expect(cellRequestOf(log, { kernel: 1, bios: 0, flags: 0b011 })).toEqual({
    name: '6.8.12-4-pve, with pcie_aspm=off, with -quiet, without a=1 b',
    kernel: '6.8.12-4-pve',
    commandLine: 'pcie_aspm=off -quiet -a -b',
  });
  expect(cellRequestOf(log, { kernel: 0, bios: 0, flags: 0b100 }).commandLine).toBe('-pcie_aspm a=1 b');
});

it('a time of the day is the next one', () => {
  const noon = new Date(2026, 10, 28, 12, 0).getTime();
  expect(new Date(nextTimeOfDay({ hours: 8, minutes: 30 }, noon))).toEqual(new Date(2026, 10, 29, 8, 30));
  expect(new Date(nextTimeOfDay({ hours: 17, minutes: 5 }, noon))).toEqual(new Date(2026, 10, 28, 17, 5));
});
