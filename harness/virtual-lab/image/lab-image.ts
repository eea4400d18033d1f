import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabKernelError } from '../errors.ts';
import { imageCacheDirectory } from '../paths.ts';
import type { BuildContext } from './build-step.ts';
import { buildImage } from './build-image.ts';
import { cacheOf, cachedDirectory } from './image-directory.ts';
import { imageLayers } from './layers.ts';
import { imageManifest } from './manifest.ts';
import { type ImageRecipe, labRecipe, recipeHash } from './recipe.ts';
import { recipeFiles } from './recipe-files.ts';

/** An image that a lab host can be started from. Nothing in it is ever written to. */
export interface LabImage {
  /** Names the recipe: two images of one hash are made alike. */
  readonly hash: string;
  /** Raw ext4 file system, mounted as `/`. */
  readonly rootDisk: string;
  /** Raw disk with GRUB and `/boot`, still without a grub.cfg. */
  readonly bootDisk: string;
  /** File that `/boot/grub/grub.cfg` is made from. */
  readonly grubConfig: string;
  /** Releases of its kernels; the first one is what a lab host boots by default. */
  readonly kernels: readonly [string, ...string[]];
}

const manifestFile = 'image.json';

/**
 * The image of the lab host: from the cache, or built now, from layers (see `layers.ts`) that are cached as well.
 *
 * @param rebuild builds all layers anew, with what Debian offers today.
 * @throws LabImageError, LabNeedsRootError; the signal's reason once it aborts. No half image is left behind.
 */
export async function labImage(rebuild: boolean, context: BuildContext): Promise<LabImage> {
  const hash = await imageHash(labRecipe);
  const images = await cacheOf(imageCacheDirectory(), 'images');
  const directory = await cachedDirectory(images, hash, rebuild, context, async (unfinished) => {
    const layers = await imageLayers(labRecipe, rebuild, context);
    const manifest = await buildImage(layers, labRecipe, unfinished, context);
    await writeFile(join(unfinished, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
  });
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

/** A release that is a kernel of the image; the default one where none is named. @throws LabKernelError */
export function kernelOf(image: LabImage, release: string | undefined): string {
  if (release === undefined) return image.kernels[0];
  if (!image.kernels.includes(release)) throw new LabKernelError(release, image.kernels);
  return release;
}

async function readImage(hash: string, directory: string): Promise<LabImage> {
  const manifest = imageManifest.parse(JSON.parse(await readFile(join(directory, manifestFile), 'utf8')));
  return {
    hash,
    rootDisk: join(directory, manifest.rootDisk),
    bootDisk: join(directory, manifest.bootDisk),
    grubConfig: join(directory, manifest.grubConfig),
    kernels: manifest.kernels,
  };
}
