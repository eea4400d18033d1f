import { cp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabImageError } from '../errors.ts';
import { installKernelFiles, makeBootDisk } from './boot-disk.ts';
import { type BuildContext, run } from './build-step.ts';
import { filesystemUuid } from './grub-defaults.ts';
import { buildGuest } from './guest.ts';
import { buildInitramfs, installInitramfsTools } from './initramfs.ts';
import type { KernelTree } from './kernel.ts';
import { emptyDirectory, type Layers } from './layers.ts';
import { setUpLibvirt } from './libvirt.ts';
import type { ImageManifest } from './manifest.ts';
import type { ImageRecipe, KernelVariant } from './recipe.ts';
import { customizeRoot } from './root-tree.ts';

/** Builds an image from its layers into a directory. */
export async function buildImage(
  layers: Layers,
  recipe: ImageRecipe,
  directory: string,
  context: BuildContext,
): Promise<ImageManifest> {
  // Inside the directory of the cache, so that whoever is killed half-way leaves nothing that is not swept.
  const work = await emptyDirectory(directory, 'work');
  const root = join(work, 'root');
  context.progress('putting the image together');
  await run('copying the base', ['cp', '--archive', '--reflink=auto', layers.base.root, root], context);
  await emptyDirectory(join(root, 'usr', 'lib'), 'modules');
  const [standard] = layers.kernels;
  if (standard === undefined) throw new LabImageError('fetching kernels', 'The recipe names no kernel.');
  for (const kernel of layers.kernels) {
    await installModules(kernel, root, context);
    await addKernel(layers, kernel, undefined, root, work, context);
  }
  const variants: string[] = [];
  for (const variant of recipe.variants) {
    const release = `${standard.release}${variant.suffix}`;
    await symlink(standard.release, join(root, 'usr', 'lib', 'modules', release));
    await addKernel(layers, standard, variant, root, work, context);
    variants.push(release);
  }
  const labModules = new Map(layers.kernels.map(({ release }) => [release, layers.labModuleOf(release)]));
  await installInitramfsTools(root, recipe.initramfsModules, labModules, work, context);
  await buildGuest(layers.base, standard, root, await emptyDirectory(work, 'guest'), context);
  await customizeRoot(root, recipe);
  await setUpLibvirt(root, context);
  const manifest: ImageManifest = {
    rootDisk: 'root.img',
    bootDisk: 'boot.img',
    grubConfig: 'grub.cfg',
    kernels: [standard.release, ...layers.kernels.slice(1).map(({ release }) => release), ...variants],
  };
  context.progress('making the disks');
  const bootFiles = {
    bootDisk: join(directory, manifest.bootDisk),
    grubConfig: join(directory, manifest.grubConfig),
  };
  await makeBootDisk(root, recipe.bootDiskMib, bootFiles, context);
  await makeRootDisk(recipe, root, join(directory, manifest.rootDisk), context);
  await rm(work, { recursive: true });
  return manifest;
}

/** Puts the modules of a kernel where installing its package would, and indexes them. */
async function installModules(kernel: KernelTree, root: string, context: BuildContext): Promise<void> {
  await cp(kernel.modules, join(root, 'usr', 'lib', 'modules', kernel.release), { recursive: true });
  await run('indexing modules', ['chroot', root, 'depmod', kernel.release], context);
}

async function addKernel(
  layers: Layers,
  tree: KernelTree,
  variant: KernelVariant | undefined,
  root: string,
  work: string,
  context: BuildContext,
): Promise<void> {
  const release = `${tree.release}${variant?.suffix ?? ''}`;
  const initramfs = join(work, 'initrd.img');
  const moduleParameters = variant === undefined ? [] : [...variant.moduleParameters, `uts_release=${release}`];
  await buildInitramfs(
    tree,
    { labModule: layers.labModuleOf(tree.release), moduleParameters, busybox: join(root, 'usr', 'bin', 'busybox') },
    await emptyDirectory(work, 'initramfs'),
    initramfs,
    context,
  );
  await installKernelFiles(root, release, { bootImage: tree.bootImage, config: tree.config, initramfs });
}

/** GRUB 2.06 reads neither of the two features left out; its scripts look at the file system of `/` too. */
const filesystemFeatures = '^metadata_csum,^64bit';

async function makeRootDisk(recipe: ImageRecipe, root: string, disk: string, context: BuildContext): Promise<void> {
  await writeFile(disk, '');
  await truncate(disk, recipe.diskMib * 1024 * 1024);
  await run(
    'making the file system',
    [
      ...['mke2fs', '-q', '-t', 'ext4', '-O', filesystemFeatures, '-L', 'root'],
      ...['-U', filesystemUuid.root, '-d', root, disk],
    ],
    context,
  );
}
