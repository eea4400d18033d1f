import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { imageCacheDirectory } from '../paths.ts';
import { type Base, baseIn, buildBase, kernelReleases } from './base.ts';
import type { BuildContext } from './build-step.ts';
import { cacheOf, cachedDirectory } from './image-directory.ts';
import { buildKernel, kernelIn, type KernelTree } from './kernel.ts';
import { buildKernelModule, labModule, unpackHeaders } from './kernel-module.ts';
import { type ImageRecipe, recipeHash } from './recipe.ts';
import { recipeFiles } from './recipe-files.ts';
import { twoAtATime } from './two-at-a-time.ts';

/**
 * What an image is made of. Each layer is cached under the hash of what makes it, so that a change of the lab's module costs half a
 * minute and a change of its root files seconds; what comes from Debian is fetched again for neither.
 */
export interface Layers {
  readonly base: Base;
  /** The kernels with the modules that the lab uses, default first. */
  readonly kernels: readonly KernelTree[];
  /** The lab's own kernel module for a release. */
  readonly labModuleOf: (release: string) => string;
}

/** The layers below the image itself, from the cache or built now. @param rebuild builds all of them anew. */
export async function imageLayers(recipe: ImageRecipe, rebuild: boolean, context: BuildContext): Promise<Layers> {
  const layer = async (name: string, hash: string, build: (directory: string) => Promise<void>): Promise<string> =>
    await cachedDirectory(await cacheOf(imageCacheDirectory(), name), hash, rebuild, context, build);

  const baseHash = await hashOf(recipe.base, ['image/base.ts', 'image/fetch-kernels.sh']);
  const base = baseIn(await layer('bases', baseHash, (target) => buildBase(recipe.base, target, context)));
  const releases = await kernelReleases(base);

  const { initramfsModules, rootModules } = recipe;
  const kernelsHash = await hashOf({ baseHash, initramfsModules, rootModules }, ['image/kernel', 'image/module-']);
  const kernels = await layer('kernels', kernelsHash, async (target) => {
    context.progress(`unpacking ${releases.length} kernels`);
    await twoAtATime(releases, async (release) => {
      const directory = await emptyDirectory(target, release);
      await buildKernel(base, release, recipe, directory, context);
      await unpackHeaders(base, release, join(directory, 'headers'), context);
    });
  });

  const modulesHash = await hashOf({ kernelsHash }, ['module/']);
  const modules = await layer('modules', modulesHash, async (target) => {
    context.progress(`building the lab's kernel module for ${releases.length} kernels`);
    await twoAtATime(releases, async (release) => {
      const directory = await emptyDirectory(target, release);
      await buildKernelModule(base, release, join(kernels, release, 'headers'), directory, context);
    });
  });

  return {
    base,
    kernels: await Promise.all(releases.map((release) => kernelIn(join(kernels, release), release))),
    labModuleOf: (release) => join(modules, release, labModule),
  };
}

async function hashOf(parameters: unknown, prefixes: readonly string[]): Promise<string> {
  const files = await recipeFiles();
  return recipeHash(
    parameters,
    files.filter(({ path }) => prefixes.some((prefix) => path.startsWith(prefix))),
  );
}

/** A directory of that name in which nothing is. */
export async function emptyDirectory(parent: string, name: string): Promise<string> {
  const path = join(parent, name);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  return path;
}
