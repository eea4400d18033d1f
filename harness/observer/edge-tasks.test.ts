import { mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import { twinSession } from '../test/twin-target.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import { startObserver } from './client.ts';

const wait = { timeoutMs: 10_000 };
const gpu = addressOf('2b:00.0');
const usb = addressOf('2c:00.3');

/** A process of the host that has these files open (proc(5)). */
async function processWith(twin: Twin, pid: number, command: string, files: readonly string[]): Promise<void> {
  const folder = join(twin.root, 'proc', String(pid));
  await mkdir(join(folder, 'fd'), { recursive: true });
  await writeFile(join(folder, 'comm'), `${command}\n`);
  for (const [number, file] of files.entries()) await symlink(file, join(folder, 'fd', String(number)));
}

const groupFile = async (twin: Twin, address: string): Promise<string> =>
  `/dev/vfio/${basename(await readlink(join(twin.root, 'sys/bus/pci/devices', address, 'iommu_group')))}`;

it('tells at an edge who has a function open, but for the VM that is watched', async () => {
  await using twin = await startTwin();
  const file = await groupFile(twin, usb);
  await processWith(twin, 77, 'qemu (old)', ['/dev/null', file, file]);
  await processWith(twin, 78, 'kvm', [await groupFile(twin, gpu)]);
  await processWith(twin, 79, 'bash', ['/dev/null', '/dev/vfio/vfio']);
  await mkdir(join(twin.root, 'run/qemu-server'), { recursive: true });
  await writeFile(join(twin.root, 'run/qemu-server/100.pid'), '78\n');
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);
  await observer.watchVm('/run/qemu-server/100.pid', wait);

  const { holders, stuck } = await observer.edge([gpu, usb], wait);

  expect(holders).toEqual([{ pid: 77, command: 'qemu (old)', file, functions: [usb] }]);
  expect(stuck).toEqual([]);
});

it('counts the errors that a function and its port reported, and says where nobody counts', async () => {
  await using twin = await startTwin();
  const counters = async (address: string, [correctable, nonFatal, fatal]: readonly number[]): Promise<void> => {
    const folder = join(twin.root, 'sys/bus/pci/devices', address);
    // As drivers/pci/pcie/aer.c prints them: one line an error, then the total.
    await writeFile(join(folder, 'aer_dev_correctable'), `RxErr 1\nBadTLP 0\nTOTAL_ERR_COR ${correctable}\n`);
    await writeFile(join(folder, 'aer_dev_nonfatal'), `Undefined 0\nTOTAL_ERR_NONFATAL ${nonFatal}\n`);
    await writeFile(join(folder, 'aer_dev_fatal'), `Undefined 0\nTOTAL_ERR_FATAL ${fatal}\n`);
  };
  await counters(gpu, [4, 0, 1]);
  await counters('0000:00:03.1', [0, 2, 0]);
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);

  const { functions } = await observer.edge([gpu, usb], wait);

  expect(functions.get(gpu)).toMatchObject({
    errors: { correctable: 4, nonFatal: 0, fatal: 1 },
    bridge: { errors: { correctable: 0, nonFatal: 2, fatal: 0 } },
  });
  expect(functions.get(usb)?.errors).toBeNull();
});
