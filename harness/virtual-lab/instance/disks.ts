import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { $ } from 'zx';
import { LabDisksError } from '../errors.ts';
import { bootPartitionOffset } from '../image/boot-disk.ts';
import { type BootChoice, grubConfig, grubDefaults } from '../image/grub-defaults.ts';
import type { LabImage } from '../image/lab-image.ts';
import { labPath } from '../packages.ts';
import type { InstanceFiles } from './instance-files.ts';

/**
 * Makes the disks of an instance: what it writes stays over power cycles and goes with `lab down`, and the image is never written.
 *
 * @throws LabDisksError
 */
export async function makeDisks(files: InstanceFiles, image: LabImage, choice: BootChoice): Promise<void> {
  await removeDisks(files);
  // A second name: the cache may throw the image away while this host is switched off.
  await link(image.rootDisk, files.rootDiskBase).catch(async (error: unknown) => {
    if (!isOtherFilesystem(error)) throw error;
    await run('copying the root disk', ['cp', '--sparse=always', image.rootDisk, files.rootDiskBase]);
  });
  await run('making the overlay of the root disk', [
    ...['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', files.rootDiskBase, files.rootDisk],
  ]);
  await run('copying the boot disk', ['cp', '--sparse=always', '--reflink=auto', image.bootDisk, files.bootDisk]);
  await writeFile(files.grubDefaults, grubDefaults(choice));
  const config = `${files.bootDisk}.grub.cfg`;
  await writeFile(config, grubConfig(await readFile(image.grubConfig, 'utf8'), choice));
  const said = await run('writing grub.cfg', [
    ...['debugfs', '-w', '-R', `write "${config}" grub/grub.cfg`],
    `${files.bootDisk}?offset=${bootPartitionOffset}`,
  ]);
  // debugfs ends with 0 whatever happens; besides its version it says something only of trouble.
  const trouble = said.split('\n').filter((line) => line !== '' && !line.startsWith('debugfs '));
  if (trouble.length > 0) throw new LabDisksError('writing grub.cfg', trouble.join('\n'));
  await rm(config);
}

export async function removeDisks(files: InstanceFiles): Promise<void> {
  const disks = [files.rootDisk, files.rootDiskBase, files.bootDisk, `${files.bootDisk}.grub.cfg`, files.grubDefaults];
  for (const file of disks) await rm(file, { force: true });
}

/** @returns what the program said on stderr. */
async function run(step: string, argv: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', PATH: labPath(process.env['PATH']) };
  const { exitCode, stderr } = await $({ nothrow: true, quiet: true, env })`${argv}`;
  if (exitCode !== 0) throw new LabDisksError(step, stderr);
  return stderr;
}

function isOtherFilesystem(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EXDEV' || error.code === 'EPERM');
}
