import { resolve } from 'node:path';
import { ComebackError } from '../errors.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { kernelRelease } from '../inventory/fields.ts';
import type { KernelCandidate } from '../journal/bisect-events.ts';
import { gitKernels } from './git-kernels.ts';
import { compareReleases } from './kernel-order.ts';
import { releaseOfPackage } from './kernel-package-name.ts';

/** What --kernels says cannot be searched. */
export class BisectKernelsError extends ComebackError {
  override readonly code = 'BISECT_KERNELS';
  override readonly kind = 'usage';
}

/** Where kernels come from beside the words of the command line. */
export interface KernelSources {
  readonly host: Pick<LabHostConfig, 'name' | 'cells'>;
  /** Kernels that the host's boot loader can start; undefined where the host is not asked. */
  readonly installed: readonly string[] | undefined;
  /** Signals when somebody wants to end it. */
  readonly stop: AbortSignal;
}

/**
 * The kernels of `--kernels`, oldest first: names of cells, releases, `.deb` files and ranges of them, with commas between; or
 * `git:REPOSITORY GOOD..BAD`.
 *
 * @throws BisectKernelsError with what is known.
 */
export async function bisectKernels(text: string, sources: KernelSources): Promise<KernelCandidate[]> {
  const git = /^git:(.+?)\s+(\S+?)\.\.(\S+)$/.exec(text.trim());
  if (git !== null) {
    const [, repository = '', good = '', bad = ''] = git;
    return await gitKernels(resolve(repository), good, bad, sources.stop);
  }
  const words = text.split(',').map((word) => word.trim());
  if (words.includes('')) throw new BisectKernelsError(`"${text}" names an empty kernel: leave out the comma.`);
  const kernels = words.flatMap((word) => {
    const [, from, to] = /^(.+?)\.\.(.+)$/.exec(word) ?? [];
    // A path may begin with two dots.
    return from === undefined || to === undefined || word.endsWith('.deb')
      ? [oneKernel(word, sources)]
      : range(from, to, sources);
  });
  return kernels;
}

function range(from: string, to: string, sources: KernelSources): KernelCandidate[] {
  const ends = [oneKernel(from, sources), oneKernel(to, sources)];
  const known = new Map<string, KernelCandidate>();
  for (const release of sources.installed ?? []) known.set(release, { name: release, release });
  for (const { kernel, kernelPackage } of sources.host.cells) {
    if (kernel === undefined || known.has(kernel)) continue;
    known.set(kernel, withPackage({ name: kernel, release: kernel }, kernelPackage));
  }
  for (const end of ends) known.set(releaseOf(end), end);
  const [oldest = '', newest = ''] = ends.map(releaseOf);
  if (compareReleases(oldest, newest) > 0) {
    throw new BisectKernelsError(
      `${oldest} is newer than ${newest}: write the older kernel first, and --fixed where the old ones are bad.`,
    );
  }
  const isInside = (release: string): boolean =>
    compareReleases(oldest, release) <= 0 && compareReleases(release, newest) <= 0;
  return [...known.values()]
    .filter((kernel) => isInside(releaseOf(kernel)))
    .sort((one, other) => compareReleases(releaseOf(one), releaseOf(other)));
}

function oneKernel(word: string, { host, installed }: KernelSources): KernelCandidate {
  if (word.endsWith('.deb')) return packaged(word);
  const cell = host.cells.find(({ name }) => name === word);
  if (cell?.kernel !== undefined) return withPackage({ name: cell.kernel, release: cell.kernel }, cell.kernelPackage);
  const isKnown = installed === undefined || installed.includes(word);
  if (isKnown && kernelRelease.safeParse(word).success) {
    const bringing = host.cells.find(({ kernel }) => kernel === word)?.kernelPackage;
    return withPackage({ name: word, release: word }, installed === undefined ? bringing : undefined);
  }
  const ofInventory = host.cells.find(({ kernel }) => kernel === word);
  if (ofInventory !== undefined) return withPackage({ name: word, release: word }, ofInventory.kernelPackage);
  const cells = host.cells.filter(({ kernel }) => kernel !== undefined).map(({ name }) => name);
  throw new BisectKernelsError(
    `${host.name} has no kernel "${word}". Installed: ${list(installed)}. Cells of the inventory with a kernel: ${list(cells)}. ` +
      'A package is named by its file, as in ./linux-image-6.9.0_amd64.deb.',
  );
}

/** The release is what the package's scripts are named after: it stands in the package's name. */
function packaged(word: string): KernelCandidate {
  const [, said, path = word] = /^([\w.+~-]+)=(.+)$/.exec(word) ?? [];
  const release = said ?? releaseOfPackage(path);
  if (release === undefined) {
    throw new BisectKernelsError(
      `The name of ${path} does not tell which kernel it brings: write it in front, as in 6.9.0-mine=${path}.`,
    );
  }
  return { name: release, release, package: resolve(path) };
}

function withPackage(kernel: KernelCandidate, path: string | undefined): KernelCandidate {
  return path === undefined ? kernel : { ...kernel, package: path };
}

function releaseOf({ release, name }: KernelCandidate): string {
  return release ?? name;
}

function list(words: readonly string[] | undefined): string {
  if (words === undefined) return 'not asked';
  return words.length === 0 ? 'none' : words.join(', ');
}
