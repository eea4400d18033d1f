import { cp, mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LabImageError } from '../errors.ts';
import { type Base, kernelPackages } from './base.ts';
import { type BuildContext, run } from './build-step.ts';
import { modulesWithDependencies, type KernelTree } from './kernel.ts';
import { unpackedKernel } from './unpacked-kernel.ts';
import { roomPath } from './recipe-files.ts';

/** Where the lab host has the guest of VM 101; its config names the files (rootfs/etc/pve/qemu-server/101.conf). */
const guestDirectory = 'usr/share/comeback-lab/guest';
/** What shows that each function of the board can be used, and the channel of the agent. */
const guestModules = ['virtio_pci', 'virtio_console', 'xhci-pci', 'snd-hda-codec-generic', 'snd-hda-intel', 'bochs'];

/**
 * Puts the guest of VM 101 into a root tree: the default kernel of the lab host, unpacked, and an initramfs with the guest agent, the
 * drivers of the board's functions and a shell for those who look.
 */
export async function buildGuest(
  base: Base,
  kernel: KernelTree,
  root: string,
  work: string,
  context: BuildContext,
): Promise<void> {
  const target = join(root, guestDirectory);
  const tree = join(work, 'tree');
  await mkdir(target, { recursive: true });
  for (const directory of ['bin', 'dev', 'modules', 'proc', 'run', 'sys', 'tmp']) {
    await mkdir(join(tree, directory), { recursive: true });
  }
  await writeFile(join(target, 'vmlinux'), await unpackedKernel(await readFile(kernel.bootImage), work, context));
  await layOutModules(base, kernel.release, join(tree, 'modules'), work, context);
  await run(
    'compiling init',
    ['gcc', '-O2', '-static', '-s', '-o', join(tree, 'init'), roomPath('guest', 'init.c')],
    context,
  );
  await cp(join(root, 'usr/bin/busybox'), join(tree, 'bin/busybox'));
  for (const applet of ['sh', 'cat', 'ls', 'dmesg', 'echo', 'false', 'sleep', 'true']) {
    await symlink('busybox', join(tree, 'bin', applet));
  }
  await layOutProgram(root, 'usr/sbin/qemu-ga', tree, context);
  await run(
    'packing the initramfs of the guest',
    ['sh', '-c', 'find . | cpio --create --format=newc --owner=0:0 --quiet > "$1"', 'sh', join(target, 'initrd.img')],
    context,
    { cwd: tree },
  );
}

async function layOutModules(
  base: Base,
  release: string,
  target: string,
  work: string,
  context: BuildContext,
): Promise<void> {
  const unpacked = join(work, 'kernel');
  for (const file of await kernelPackages(base, release, 'image')) {
    await run('unpacking the kernel of the guest', ['dpkg-deb', '--extract', file, unpacked], context);
  }
  const modules = join(unpacked, 'lib', 'modules', release);
  const paths = await modulesWithDependencies(release, modules, guestModules, context);
  for (const path of paths) {
    await run(
      'stripping a module',
      ['strip', '--strip-debug', '-o', join(target, basename(path)), join(modules, path)],
      context,
    );
  }
  await writeFile(join(target, 'order'), `${paths.map((path) => basename(path)).join('\n')}\n`);
}

const loader = 'lib64/ld-linux-x86-64.so.2';

/** Copies a program of a root tree with the libraries that it is linked to. */
async function layOutProgram(root: string, program: string, tree: string, context: BuildContext): Promise<void> {
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  const known = new Set(await readdir(libraries));
  const copied = new Set<string>();
  const needed = async (file: string): Promise<string[]> => {
    const { stdout } = await run('reading what a program is linked to', ['readelf', '--dynamic', file], context);
    return [...stdout.matchAll(/\(NEEDED\).*\[(.+)\]/g)].flatMap(([, name]) => name ?? []);
  };
  const source = join(root, program);
  await cp(source, join(tree, 'bin', basename(program)));
  await mkdir(join(tree, 'lib/x86_64-linux-gnu'), { recursive: true });
  const queue = await needed(source);
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (copied.has(name)) continue;
    copied.add(name);
    if (!known.has(name)) throw new LabImageError('packing the guest', `${basename(program)} needs ${name}.`);
    const file = await realpath(join(libraries, name));
    await cp(file, join(tree, 'lib/x86_64-linux-gnu', name));
    queue.push(...(await needed(file)));
  }
  await mkdir(join(tree, 'lib64'));
  await cp(await realpath(join(libraries, basename(loader))), join(tree, loader));
}
