import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabNeedsRootError } from '../errors.ts';
import { type BuildContext, run } from './build-step.ts';
import type { BaseRecipe } from './recipe.ts';
import { roomPath } from './recipe-files.ts';

/** The part of an image that comes from Debian: a root tree, and kernel packages that are not unpacked yet. */
export interface Base {
  readonly root: string;
  readonly debs: string;
}

export function baseIn(directory: string): Base {
  return { root: join(directory, 'root'), debs: join(directory, 'debs') };
}

/** The kernel releases that came with the base, such as `6.1.0-56-amd64`, default first. */
export async function kernelReleases(base: Base): Promise<string[]> {
  return (await readFile(join(base.debs, 'releases'), 'utf8')).split('\n').filter((line) => line !== '');
}

/** Package files of one kernel release: its image, or what is needed to build a module for it. */
export async function kernelPackages(base: Base, release: string, kind: 'image' | 'headers'): Promise<string[]> {
  const directory = join(base.debs, release);
  const isImage = (file: string): boolean => file.startsWith('linux-image-');
  return (await readdir(directory))
    .filter((file) => isImage(file) === (kind === 'image'))
    .map((file) => join(directory, file));
}

/**
 * Installs the Debian of the lab host into a directory, with apt and mirrors as mmdebstrap sets them up.
 * @throws LabNeedsRootError without root: owners and device nodes need it.
 */
export async function buildBase(recipe: BaseRecipe, directory: string, context: BuildContext): Promise<void> {
  if (process.getuid?.() !== 0) throw new LabNeedsRootError();
  const base = baseIn(directory);
  await mkdir(base.debs, { recursive: true });
  context.progress(`installing Debian ${recipe.suite} for the lab host and fetching its kernels (about two minutes)`);
  await run(
    'mmdebstrap',
    [
      'mmdebstrap',
      '--mode=root',
      '--variant=minbase',
      '--format=directory',
      `--include=${recipe.packages.join(',')}`,
      '--aptopt=APT::Install-Recommends "false"',
      ...(await controllersProxies(context)).map((setting) => `--aptopt=${setting}`),
      ...recipe.excludedPaths.map((path) => `--dpkgopt=path-exclude=${path}`),
      // mmdebstrap gives this line to a shell: the path comes in by the environment, whatever it holds.
      '--customize-hook=sh "$COMEBACK_FETCH_KERNELS"',
      recipe.suite,
      base.root,
    ],
    context,
    {
      environment: {
        COMEBACK_DEBS: base.debs,
        COMEBACK_FETCH_KERNELS: roomPath('image', 'fetch-kernels.sh'),
        COMEBACK_KERNELS: recipe.kernels.map(({ newest, packages }) => `${newest} ${packages}`).join('\n'),
      },
    },
  );
}

/** mmdebstrap does not read the controller's apt configuration, but where that names a proxy there is no other way out. */
async function controllersProxies(context: BuildContext): Promise<string[]> {
  const { stdout } = await run('reading the configuration of apt', ['apt-config', 'dump'], context);
  return stdout.split('\n').filter((line) => /^Acquire::https?::(?:.*::)?Proxy(?:-Auto-Detect)? "[^"]+";$/.test(line));
}
