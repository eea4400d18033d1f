import { describe, expect, test } from 'vitest';
import { declaredDependencies, moduleClosure, moduleName, type ModuleFile } from './module-closure.ts';

const modules: Readonly<Record<string, ModuleFile>> = {
  ext4: { path: 'kernel/fs/ext4/ext4.ko', depends: ['mbcache', 'jbd2', 'crc16'] },
  jbd2: { path: 'kernel/fs/jbd2/jbd2.ko', depends: [] },
  mbcache: { path: 'kernel/fs/mbcache.ko', depends: [] },
  virtio_pci: { path: 'kernel/drivers/virtio/virtio_pci.ko', depends: ['virtio'] },
  virtio_blk: { path: 'kernel/drivers/block/virtio_blk.ko', depends: ['virtio'] },
  virtio: { path: 'kernel/drivers/virtio/virtio.ko', depends: [] },
};
const find = (name: string): Promise<ModuleFile | undefined> => Promise.resolve(modules[moduleName(name)]);

describe('the modules to load', () => {
  test('come after what they need, and once', async () => {
    expect(await moduleClosure(['virtio-pci', 'virtio_blk', 'virtio_pci'], find)).toEqual([
      'kernel/drivers/virtio/virtio.ko',
      'kernel/drivers/virtio/virtio_pci.ko',
      'kernel/drivers/block/virtio_blk.ko',
    ]);
  });

  test('leave out what the kernel has built in', async () => {
    expect(await moduleClosure(['ext4'], find)).toEqual([
      'kernel/fs/mbcache.ko',
      'kernel/fs/jbd2/jbd2.ko',
      'kernel/fs/ext4/ext4.ko',
    ]);
  });
});

test.each([
  ['kernel/sound/pci/hda/snd-hda-intel.ko', 'snd_hda_intel'],
  ['virtio_blk', 'virtio_blk'],
  ['crc32c-intel', 'crc32c_intel'],
])('%s is the module %s', (path, name) => {
  expect(moduleName(path)).toBe(name);
});

test.each([
  ['\0license=GPL\0depends=mbcache,jbd2\0retpoline=Y\0', ['mbcache', 'jbd2']],
  ['\0license=GPL\0depends=\0retpoline=Y\0', []],
  ['\0license=GPL\0', []],
])('dependencies declared in %j', (modinfo, expected) => {
  expect(declaredDependencies(Buffer.from(modinfo, 'latin1'))).toEqual(expected);
});
