import { cp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabImageError } from '../errors.ts';
import { type BuildContext, run } from './build-step.ts';
import { buildInitramfs } from './initramfs.ts';
import type { KernelTree } from './kernel.ts';
import { emptyDirectory, type Layers } from './layers.ts';
import type { BootableKernel, ImageManifest } from './manifest.ts';
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
  const kernels: BootableKernel[] = [];
  for (const kernel of layers.kernels) {
    await installModules(kernel, root, context);
    kernels.push(await addKernel(layers, kernel, undefined, work, directory, context));
  }
  const [standard] = layers.kernels;
  if (standard === undefined) throw new LabImageError('fetching kernels', 'The recipe names no kernel.');
  for (const variant of recipe.variants) {
    await symlink(standard.release, join(root, 'usr', 'lib', 'modules', `${standard.release}${variant.suffix}`));
    kernels.push(await addKernel(layers, standard, variant, work, directory, context));
  }
  await customizeRoot(root, recipe);
  const disk = 'root.img';
  await makeDisk(recipe, root, join(directory, disk), context);
  await rm(work, { recursive: true });
  const [first, ...others] = kernels;
  if (first === undefined) throw new LabImageError('fetching kernels', 'The recipe names no kernel.');
  return { disk, kernels: [first, ...others] };
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
  work: string,
  directory: string,
  context: BuildContext,
): Promise<BootableKernel> {
  const release = `${tree.release}${variant?.suffix ?? ''}`;
  const kernel = `vmlinuz-${release}`;
  await cp(tree.bootImage, join(directory, kernel));
  const initramfs = `initrd.img-${release}`;
  const moduleParameters = variant === undefined ? [] : [...variant.moduleParameters, `uts_release=${release}`];
  await buildInitramfs(
    tree,
    {
      labModule: layers.labModuleOf(tree.release),
      moduleParameters,
      busybox: join(layers.base.root, 'usr/bin/busybox'),
    },
    await emptyDirectory(work, 'initramfs'),
    join(directory, initramfs),
    context,
  );
  return { release, kernel, initramfs };
}

/** GRUB 2.06 reads neither of the two features left out, and the image is to be booted by it too. */
const filesystemFeatures = '^metadata_csum,^64bit';

async function makeDisk(recipe: ImageRecipe, root: string, disk: string, context: BuildContext): Promise<void> {
  context.progress('making the file system');
  await writeFile(disk, '');
  await truncate(disk, recipe.diskMib * 1024 * 1024);
  await run(
    'making the file system',
    ['mke2fs', '-q', '-t', 'ext4', '-O', filesystemFeatures, '-L', 'root', '-d', root, disk],
    context,
  );
}
