import { chmod, copyFile, cp, mkdir, open, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildContext, run } from './build-step.ts';
import { filesystemUuid, grubDefaults, templateChoice } from './grub-defaults.ts';
import { masterBootRecord, sectorBytes } from './master-boot-record.ts';
import { roomPath } from './recipe-files.ts';

/** Where the only partition of a boot disk begins, in bytes: behind the gap that GRUB's core image is in. */
export const bootPartitionOffset = 1024 * 1024;

/** GRUB's own modules that are in its core image, so that they need not be read one by one from /boot. */
const coreModules = [
  ...['biosdisk', 'part_msdos', 'ext2', 'normal', 'linux16', 'loadenv', 'echo', 'test', 'serial', 'terminal'],
  ...['search', 'search_fs_uuid', 'configfile', 'gzio', 'minicmd'],
];

/** Puts what `grub-install` would put there into the /boot of a root tree, and an empty environment. */
async function installGrub(root: string, context: BuildContext): Promise<void> {
  const target = join(root, 'boot', 'grub', 'i386-pc');
  const modules = join(root, 'usr', 'lib', 'grub', 'i386-pc');
  await mkdir(target, { recursive: true });
  for (const file of await readdir(modules)) {
    if (/\.(?:mod|lst)$/.test(file)) await copyFile(join(modules, file), join(target, file));
  }
  // See rootfs/etc/grub.d/10_linux: its functions of these names are found only where GRUB knows no module for them.
  const commands = join(target, 'command.lst');
  const lines = (await readFile(commands, 'utf8'))
    .split('\n')
    .filter((line) => !/^(?:linux|initrd): linux$/.test(line));
  await writeFile(commands, lines.join('\n'));
  await run('making grubenv', ['chroot', root, 'grub-editenv', '/boot/grub/grubenv', 'create'], context);
}

/** Programs of GRUB that look at mounted disks, and where the scripts expect them; there are no disks yet. */
const standIns = [
  ['grub-probe.sh', 'usr/sbin/grub-probe'],
  ['grub-mkrelpath.sh', 'usr/bin/grub-mkrelpath'],
] as const;

/**
 * Runs the distribution's own grub-mkconfig in a root tree whose /boot holds the kernels.
 *
 * @returns a grub.cfg in which the choices of {@link templateChoice} stand.
 */
async function makeGrubConfig(root: string, context: BuildContext): Promise<string> {
  const defaults = join(root, 'etc', 'default', 'grub');
  await writeFile(defaults, grubDefaults(templateChoice));
  for (const [script, program] of standIns) {
    await rename(join(root, program), join(root, `${program}.real`));
    await copyFile(roomPath('image', script), join(root, program));
    await chmod(join(root, program), 0o755);
  }
  const { stdout } = await run('running grub-mkconfig', ['chroot', root, 'grub-mkconfig'], context, {
    environment: { ROOT_UUID: filesystemUuid.root, BOOT_UUID: filesystemUuid.boot },
  });
  for (const [, program] of standIns) await rename(join(root, `${program}.real`), join(root, program));
  await rm(defaults);
  return stdout;
}

/** Files of a boot disk's template: a disk without a grub.cfg, and the text to make one from. */
export interface BootDiskFiles {
  readonly bootDisk: string;
  readonly grubConfig: string;
}

/**
 * Makes the template of the disk that a lab host boots from: GRUB's boot sector and core image, and a file system with what is in
 * the root tree's /boot, which is empty afterwards. No journal: GRUB would not replay one after a power cut, and so not see what
 * was written last.
 */
export async function makeBootDisk(
  root: string,
  sizeMib: number,
  target: BootDiskFiles,
  context: BuildContext,
): Promise<void> {
  await installGrub(root, context);
  await writeFile(target.grubConfig, await makeGrubConfig(root, context));
  const core = '/tmp/core.img';
  await run(
    "making GRUB's core image",
    ['chroot', root, 'grub-mkimage', '-O', 'i386-pc', '-p', '(hd0,msdos1)/grub', '-o', core, ...coreModules],
    context,
  );
  const sizeBytes = sizeMib * 1024 * 1024;
  const boot = join(root, 'boot');
  await writeFile(target.bootDisk, '');
  await truncate(target.bootDisk, sizeBytes);
  await run(
    'making the file system of /boot',
    [
      ...['mke2fs', '-q', '-t', 'ext4', '-b', '4096', '-O', '^has_journal,^metadata_csum,^64bit', '-L', 'boot'],
      ...['-U', filesystemUuid.boot, '-E', `offset=${bootPartitionOffset}`, '-d', boot],
      ...[target.bootDisk, `${(sizeBytes - bootPartitionOffset) / 1024}k`],
    ],
    context,
  );
  const code = await readFile(join(root, 'usr', 'lib', 'grub', 'i386-pc', 'boot.img'));
  await using disk = await open(target.bootDisk, 'r+');
  await disk.write(masterBootRecord(code, bootPartitionOffset, sizeBytes - bootPartitionOffset), 0, undefined, 0);
  // boot.img reads the sector after its own, and what grub-mkimage made expects itself there (boot.S, diskboot.S of GRUB).
  await disk.write(await readFile(join(root, core)), 0, undefined, sectorBytes);
  await rm(join(root, core));
  await rm(boot, { recursive: true });
  await mkdir(boot);
}

/** Puts a kernel where installing its package would. */
export async function installKernelFiles(
  root: string,
  release: string,
  kernel: { readonly bootImage: string; readonly config: string; readonly initramfs: string },
): Promise<void> {
  const boot = join(root, 'boot');
  await mkdir(boot, { recursive: true });
  await cp(kernel.bootImage, join(boot, `vmlinuz-${release}`));
  await cp(kernel.config, join(boot, `config-${release}`));
  await rename(kernel.initramfs, join(boot, `initrd.img-${release}`));
}
