import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabKernelError } from '../errors.ts';
import { imageCacheDirectory } from '../paths.ts';
import type { BuildContext } from './build-step.ts';
import { buildImage } from './build-image.ts';
import { cacheOf, cachedDirectory } from './image-directory.ts';
import { imageLayers } from './layers.ts';
import { type BootableKernel, imageManifest } from './manifest.ts';
import { type ImageRecipe, labRecipe, recipeHash } from './recipe.ts';
import { recipeFiles } from './recipe-files.ts';

/** An image that a lab host can be started from. Nothing in it is ever written to. */
export interface LabImage {
  /** Names the recipe: two images of one hash are made alike. */
  readonly hash: string;
  /** Raw ext4 file system, mounted as `/`. */
  readonly disk: string;
  /** The first one is what a lab host boots by default. */
  readonly kernels: readonly [BootableKernel, ...BootableKernel[]];
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

/** The kernel of a release; the default one where none is named. @throws LabKernelError */
export function kernelOf(image: LabImage, release: string | undefined): BootableKernel {
  const kernel = release === undefined ? image.kernels[0] : image.kernels.find((one) => one.release === release);
  if (kernel !== undefined) return kernel;
  throw new LabKernelError(
    release ?? '',
    image.kernels.map((one) => one.release),
  );
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
