import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabImageError } from '../errors.ts';
import type { Base } from './base.ts';
import { type BuildContext, run } from './build-step.ts';
import { declaredDependencies, moduleClosure, moduleName, type ModuleFile } from './module-closure.ts';

/** A Debian kernel, unpacked but not installed. */
export interface UnpackedKernel {
  /** As `uname -r` tells it, such as `6.1.0-56-amd64`. */
  readonly release: string;
  readonly bootImage: string;
  readonly modules: string;
}

/** The kernel releases that came with the base, in the order of the recipe. */
export async function kernelReleases(base: Base): Promise<string[]> {
  return (await readFile(join(base.debs, 'releases'), 'utf8')).split('\n').filter((line) => line !== '');
}

/** The package file of a name among those that were fetched. */
export async function fetchedPackage(base: Base, name: string): Promise<string> {
  const file = (await readdir(base.debs)).find((entry) => entry.startsWith(`${name}_`));
  if (file === undefined) throw new LabImageError('fetching kernels', `There is no package ${name} among the fetched.`);
  return join(base.debs, file);
}

export async function unpackKernel(
  base: Base,
  release: string,
  directory: string,
  context: BuildContext,
): Promise<UnpackedKernel> {
  await run(
    'unpacking the kernel',
    ['dpkg-deb', '--extract', await fetchedPackage(base, `linux-image-${release}`), directory],
    context,
  );
  return {
    release,
    bootImage: join(directory, 'boot', `vmlinuz-${release}`),
    modules: join(directory, 'lib', 'modules', release),
  };
}

/** Paths of the modules asked for and of all they need, in the order in which they can be loaded. */
export async function modulesWithDependencies(kernel: UnpackedKernel, names: readonly string[]): Promise<string[]> {
  const list = async (file: string): Promise<Map<string, string>> => {
    const lines = (await readFile(join(kernel.modules, file), 'utf8')).split('\n');
    return new Map(lines.map((path) => [moduleName(path), path]));
  };
  const loadable = await list('modules.order');
  const builtIn = await list('modules.builtin');
  return await moduleClosure(names, async (name): Promise<ModuleFile | undefined> => {
    const path = loadable.get(moduleName(name));
    if (path !== undefined) {
      return { path, depends: declaredDependencies(await readFile(join(kernel.modules, path))) };
    }
    if (builtIn.has(moduleName(name))) return undefined;
    throw new LabImageError('choosing modules', `Linux ${kernel.release} has no module ${name}.`);
  });
}

/** Puts a kernel and the modules that the lab uses into a root tree, as installing its package would, and indexes them. */
export async function installKernel(
  kernel: UnpackedKernel,
  moduleNames: readonly string[],
  root: string,
  context: BuildContext,
): Promise<void> {
  const target = join(root, 'usr', 'lib', 'modules', kernel.release);
  const indexes = ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'];
  for (const file of [...indexes, ...(await modulesWithDependencies(kernel, moduleNames))]) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(join(kernel.modules, file), join(target, file));
  }
  await mkdir(join(root, 'boot'), { recursive: true });
  await cp(kernel.bootImage, join(root, 'boot', `vmlinuz-${kernel.release}`));
  await run('indexing modules', ['chroot', root, 'depmod', kernel.release], context);
}

/** How an XZ stream starts (The .xz File Format, 2.1.1.1). */
const xzMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const elfMagic = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

/**
 * Cuts the ELF image out of a bzImage. QEMU starts it through its PVH entry (CONFIG_PVH), which saves the unpacking:
 * seconds under software emulation.
 */
export async function extractElf(kernel: UnpackedKernel, target: string, context: BuildContext): Promise<void> {
  const image = await readFile(kernel.bootImage);
  const packed = `${target}.xz`;
  for (let at = image.indexOf(xzMagic); at !== -1; at = image.indexOf(xzMagic, at + 1)) {
    await writeFile(packed, image.subarray(at));
    // The stream is followed by the rest of the bzImage, of which xz complains after it did its work.
    await run(
      'unpacking the kernel',
      ['sh', '-c', 'xz --decompress --stdout --single-stream "$1" > "$2" || true; rm "$1"', 'sh', packed, target],
      context,
    );
    if ((await readFile(target)).subarray(0, elfMagic.length).equals(elfMagic)) return;
  }
  throw new LabImageError('unpacking the kernel', `Linux ${kernel.release} holds no XZ-packed ELF image.`);
}
