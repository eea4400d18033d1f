import { access, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabImageError } from '../errors.ts';
import { type Base, kernelPackages } from './base.ts';
import { type BuildContext, run } from './build-step.ts';
import { declaredDependencies, moduleClosure, moduleName, type ModuleFile } from './module-closure.ts';
import type { ImageRecipe } from './recipe.ts';

/** A Debian kernel with the modules that the lab uses, not installed anywhere yet. */
export interface KernelTree {
  /** As `uname -r` tells it, such as `6.1.0-56-amd64`. */
  readonly release: string;
  /** Debian's bzImage as it is. */
  readonly bootImage: string;
  /** Debian's `config-*`, which GRUB's scripts look into. */
  readonly config: string;
  /** Directory with what belongs below `/lib/modules/<release>`, without the indexes of depmod(8). */
  readonly modules: string;
  /** Paths below it of the modules of the initramfs, in the order in which they can be loaded. */
  readonly initramfsModules: readonly string[];
}

const orderFile = 'initramfs-order';

/** A kernel that {@link buildKernel} put into a directory. */
export async function kernelIn(directory: string, release: string): Promise<KernelTree> {
  const order = await readFile(join(directory, orderFile), 'utf8');
  return {
    release,
    bootImage: join(directory, 'vmlinuz'),
    config: join(directory, 'config'),
    modules: join(directory, 'modules'),
    initramfsModules: order.split('\n').filter((line) => line !== ''),
  };
}

/** Takes out of a kernel's package what the lab uses of it. */
export async function buildKernel(
  base: Base,
  release: string,
  recipe: Pick<ImageRecipe, 'initramfsModules' | 'rootModules'>,
  directory: string,
  context: BuildContext,
): Promise<void> {
  const unpacked = join(directory, 'unpacked');
  for (const file of await kernelPackages(base, release, 'image')) {
    await run('unpacking the kernel', ['dpkg-deb', '--extract', file, unpacked], context);
  }
  const modules = join(unpacked, 'lib', 'modules', release);
  const target = join(directory, 'modules');
  const inInitramfs = await modulesWithDependencies(release, modules, recipe.initramfsModules, context);
  const inRoot = await modulesWithDependencies(release, modules, recipe.rootModules, context);
  const indexes = ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'];
  for (const file of new Set([...indexes, ...inInitramfs, ...inRoot])) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(join(modules, file), join(target, file));
  }
  await cp(join(unpacked, 'boot', `vmlinuz-${release}`), join(directory, 'vmlinuz'));
  await cp(join(unpacked, 'boot', `config-${release}`), join(directory, 'config'));
  await writeFile(join(directory, orderFile), `${inInitramfs.join('\n')}\n`);
  await rm(unpacked, { recursive: true });
}

/** Paths of the modules asked for and of all they need, in the order in which they can be loaded. */
export async function modulesWithDependencies(
  release: string,
  modules: string,
  names: readonly string[],
  context: BuildContext,
): Promise<string[]> {
  const list = async (file: string): Promise<Map<string, string>> => {
    const lines = (await readFile(join(modules, file), 'utf8')).split('\n');
    return new Map(lines.map((path) => [moduleName(path), path]));
  };
  const loadable = await list('modules.order');
  const builtIn = await list('modules.builtin');
  return await moduleClosure(names, async (name): Promise<ModuleFile | undefined> => {
    const path = loadable.get(moduleName(name));
    if (path !== undefined) {
      await uncompress(join(modules, path), context);
      return { path, depends: declaredDependencies(await readFile(join(modules, path))) };
    }
    if (builtIn.has(moduleName(name))) return undefined;
    throw new LabImageError('choosing modules', `Linux ${release} has no module ${name}.`);
  });
}

/** Debian packs modules since Linux 6.12. Unpacking them at each boot would cost emulated time. */
async function uncompress(module: string, context: BuildContext): Promise<void> {
  const isThere = await access(module).then(
    () => true,
    () => false,
  );
  if (!isThere) await run('unpacking a module', ['xz', '--decompress', `${module}.xz`], context);
}
