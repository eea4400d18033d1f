import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabImageError } from '../errors.ts';
import type { Base } from './base.ts';
import { type BuildContext, run } from './build-step.ts';
import { buildInitramfs } from './initramfs.ts';
import { extractElf, installKernel, kernelReleases, unpackKernel } from './kernel.ts';
import { buildKernelModule } from './kernel-module.ts';
import type { BootableKernel, ImageManifest } from './manifest.ts';
import type { ImageRecipe } from './recipe.ts';
import { customizeRoot } from './root-tree.ts';

/** Builds an image from its base into a directory. */
export async function buildImage(
  base: Base,
  recipe: ImageRecipe,
  directory: string,
  context: BuildContext,
): Promise<ImageManifest> {
  const work = await mkdtemp(join(tmpdir(), 'comeback-lab-image-'));
  try {
    const root = join(work, 'root');
    await run('copying the base', ['cp', '--archive', '--reflink=auto', base.root, root], context);
    const kernels: BootableKernel[] = [];
    for (const release of await kernelReleases(base)) {
      kernels.push(
        await addKernel(base, recipe, release, root, await emptyDirectory(work, release), directory, context),
      );
    }
    await customizeRoot(root, recipe);
    const disk = 'root.img';
    await makeDisk(recipe, root, join(directory, disk), context);
    const [first, ...others] = kernels;
    if (first === undefined) throw new LabImageError('fetching kernels', 'The recipe names no kernel.');
    return { disk, kernels: [first, ...others] };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function addKernel(
  base: Base,
  recipe: ImageRecipe,
  release: string,
  root: string,
  work: string,
  directory: string,
  context: BuildContext,
): Promise<BootableKernel> {
  context.progress(`unpacking Linux ${release}`);
  const unpacked = await unpackKernel(base, release, join(work, 'kernel'), context);
  await installKernel(unpacked, [...recipe.initramfsModules, ...recipe.rootModules], root, context);
  const kernel = `vmlinux-${release}`;
  await extractElf(unpacked, join(directory, kernel), context);
  context.progress(`building the lab's kernel module for Linux ${release}`);
  const module = await buildKernelModule(base, release, work, context);
  const initramfs = `initramfs-${release}`;
  await buildInitramfs(unpacked, recipe.initramfsModules, module, root, work, join(directory, initramfs), context);
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

async function emptyDirectory(parent: string, name: string): Promise<string> {
  const path = join(parent, name);
  await mkdir(path, { recursive: true });
  return path;
}
