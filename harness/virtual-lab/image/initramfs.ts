import { chmod, cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildContext, run } from './build-step.ts';
import type { KernelTree } from './kernel.ts';
import { labModule } from './kernel-module.ts';
import { roomPath } from './recipe-files.ts';

/** Programs of busybox that the init script calls. */
const applets = [
  '[', 'cat', 'echo', 'insmod', 'ip', 'mkdir', 'mount', 'od', 'rmmod', 'sh', 'sleep', 'switch_root',
  'tail', 'tr', 'umount', 'uname', 'usleep',
]; // prettier-ignore

/** What goes into an initramfs besides the modules of its kernel. */
export interface InitramfsParts {
  readonly labModule: string;
  /** Given to the lab's module; what makes a variant of the kernel. */
  readonly moduleParameters: readonly string[];
  /** A static busybox. */
  readonly busybox: string;
}

/**
 * Packs the initramfs of one kernel: busybox, the init script, the modules on the way to the root disk, and the lab's
 * own module. It is not compressed, because unpacking would cost more emulated time than reading.
 */
export async function buildInitramfs(
  kernel: KernelTree,
  parts: InitramfsParts,
  tree: string,
  target: string,
  context: BuildContext,
): Promise<void> {
  await layOutInitramfs(parts.busybox, tree);
  const modules = join(tree, 'modules', kernel.release);
  await mkdir(modules, { recursive: true });
  const paths = kernel.initramfsModules;
  for (const path of paths) await cp(join(kernel.modules, path), join(modules, basename(path)));
  await writeFile(join(modules, 'order'), `${paths.map((path) => basename(path)).join('\n')}\n`);
  await cp(parts.labModule, join(modules, labModule));
  if (parts.moduleParameters.length > 0) {
    await writeFile(join(tree, 'kernel-variant'), `${parts.moduleParameters.join(' ')}\n`);
  }
  await run(
    'packing the initramfs',
    ['sh', '-c', 'find . | cpio --create --format=newc --owner=0:0 --quiet > "$1"', 'sh', target],
    context,
    { cwd: tree },
  );
}

/** What is in every initramfs, whatever its kernel. */
async function layOutInitramfs(busybox: string, tree: string): Promise<void> {
  for (const directory of ['bin', 'dev', 'proc', 'sys', 'run', 'root']) {
    await mkdir(join(tree, directory), { recursive: true });
  }
  await cp(busybox, join(tree, 'bin', 'busybox'));
  for (const applet of applets) await symlink('busybox', join(tree, 'bin', applet));
  await cp(roomPath('initramfs', 'init'), join(tree, 'init'));
  await chmod(join(tree, 'init'), 0o755);
}

/** A package that says it is what makes an initramfs, for kernel packages depend on one (deb-control(5)). */
const initramfsPackage = `Package: comeback-lab-initramfs
Version: 1
Architecture: all
Maintainer: comeback <comeback@localhost>
Provides: linux-initramfs-tool
Description: makes the initramfs of a kernel that is installed on the virtual lab host
`;

/** Puts into a root tree what its update-initramfs makes an initramfs of, for kernels that are installed later. */
export async function installInitramfsTools(
  root: string,
  moduleNames: readonly string[],
  labModules: ReadonlyMap<string, string>,
  work: string,
  context: BuildContext,
): Promise<void> {
  const parts = join(root, 'usr', 'share', 'comeback-lab', 'initramfs');
  await layOutInitramfs(join(root, 'usr', 'bin', 'busybox'), join(parts, 'tree'));
  await writeFile(join(parts, 'modules'), `${moduleNames.join('\n')}\n`);
  await mkdir(join(parts, 'own'));
  for (const [release, file] of labModules) await cp(file, join(parts, 'own', `${release}.ko`));
  const tree = join(work, 'package');
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  await writeFile(join(tree, 'DEBIAN', 'control'), initramfsPackage);
  const file = 'tmp/comeback-lab-initramfs.deb';
  await run('making a package', ['dpkg-deb', '--root-owner-group', '--build', tree, join(root, file)], context);
  await run('installing a package', ['chroot', root, 'dpkg', '--install', `/${file}`], context);
  await rm(join(root, file));
}
