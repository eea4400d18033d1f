import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
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
  const modules = join(tree, 'modules', kernel.release);
  for (const directory of ['bin', 'dev', 'proc', 'sys', 'run', 'root']) {
    await mkdir(join(tree, directory), { recursive: true });
  }
  await mkdir(modules, { recursive: true });
  await cp(parts.busybox, join(tree, 'bin', 'busybox'));
  for (const applet of applets) await symlink('busybox', join(tree, 'bin', applet));
  const paths = kernel.initramfsModules;
  for (const path of paths) await cp(join(kernel.modules, path), join(modules, basename(path)));
  await writeFile(join(modules, 'order'), `${paths.map((path) => basename(path)).join('\n')}\n`);
  await cp(parts.labModule, join(modules, labModule));
  if (parts.moduleParameters.length > 0) {
    await writeFile(join(tree, 'kernel-variant'), `${parts.moduleParameters.join(' ')}\n`);
  }
  await cp(roomPath('initramfs', 'init'), join(tree, 'init'));
  await chmod(join(tree, 'init'), 0o755);
  await run(
    'packing the initramfs',
    ['sh', '-c', 'find . | cpio --create --format=newc --owner=0:0 --quiet > "$1"', 'sh', target],
    context,
    { cwd: tree },
  );
}
