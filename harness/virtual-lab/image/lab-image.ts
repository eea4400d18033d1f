import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageCacheDirectory } from '../paths.ts';
import { baseIn, buildBase } from './base.ts';
import type { BuildContext } from './build-step.ts';
import { buildImage } from './build-image.ts';
import { cacheOf, cachedDirectory } from './image-directory.ts';
import { type BootableKernel, imageManifest } from './manifest.ts';
import { type ImageRecipe, labRecipe, recipeHash } from './recipe.ts';
import { recipeFiles } from './recipe-files.ts';

/** An image that a lab host can be started from. Nothing in it is ever written to. */
export interface LabImage {
  /** Names the recipe: two images of one hash are made alike. */
  readonly hash: string;
  /** Raw ext4 file system, mounted as `/`. */
  readonly disk: string;
  readonly kernels: readonly [BootableKernel, ...BootableKernel[]];
}

const manifestFile = 'image.json';

/**
 * The image of the lab host: from the cache, or built now.
 *
 * There are two layers, each named by the hash of what makes it: what comes from Debian (about a minute), and what the
 * lab puts on top (seconds), so that a change of the lab's own files costs seconds.
 *
 * @param rebuild builds both layers anew, with what Debian offers today.
 * @throws LabImageError, LabNeedsRootError; the signal's reason once it aborts. No half image is left behind.
 */
export async function labImage(rebuild: boolean, context: BuildContext): Promise<LabImage> {
  const hash = await imageHash(labRecipe);
  const cache = imageCacheDirectory();
  const bases = await cacheOf(cache, 'bases');
  const directory = await cachedDirectory(
    await cacheOf(cache, 'images'),
    hash,
    rebuild,
    context,
    async (unfinished) => {
      const base = await cachedDirectory(bases, await baseHash(labRecipe), rebuild, context, (target) =>
        buildBase(labRecipe.base, target, context),
      );
      const manifest = await buildImage(baseIn(base), labRecipe, unfinished, context);
      await writeFile(join(unfinished, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
    },
  );
  return await readImage(hash, directory);
}

/** The hash that {@link labImage} would use now, without building anything. */
export async function imageHash(recipe: ImageRecipe = labRecipe): Promise<string> {
  return recipeHash(recipe, await recipeFiles());
}

/** Names the machine that the image is started in by the code that makes its arguments. */
export async function machineHash(): Promise<string> {
  return recipeHash({}, await recipeFiles(['machine']));
}

async function baseHash(recipe: ImageRecipe): Promise<string> {
  const fetch = (await recipeFiles(['image'])).filter(({ path }) => path.endsWith('.sh') || path.endsWith('base.ts'));
  return recipeHash(recipe.base, fetch);
}

async function readImage(hash: string, directory: string): Promise<LabImage> {
  const manifest = imageManifest.parse(JSON.parse(await readFile(join(directory, manifestFile), 'utf8')));
  const located = ({ release, kernel, initramfs }: BootableKernel): BootableKernel => ({
    release,
    kernel: join(directory, kernel),
    initramfs: join(directory, initramfs),
  });
  const [first, ...others] = manifest.kernels;
  return { hash, disk: join(directory, manifest.disk), kernels: [located(first), ...others.map(located)] };
}
