import { cp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Base } from './base.ts';
import { type BuildContext, run } from './build-step.ts';
import { roomPath } from './recipe-files.ts';

/** File name of the lab's own kernel module. */
export const labModule = 'comeback_lab.ko';

/**
 * Builds the lab's kernel module for one release, with the controller's compiler and Debian's headers, which are
 * unpacked into a work directory and not installed.
 * @returns the path of the module.
 */
export async function buildKernelModule(
  base: Base,
  release: string,
  workDirectory: string,
  context: BuildContext,
): Promise<string> {
  const headers = join(workDirectory, 'headers');
  await mkdir(headers, { recursive: true });
  for (const file of await readdir(base.debs)) {
    if (!/^linux-(headers|kbuild)-/.test(file)) continue;
    await run('unpacking kernel headers', ['dpkg-deb', '--extract', join(base.debs, file), headers], context);
  }
  const kernelTree = join(headers, 'usr', 'src', `linux-headers-${release}`);
  await makeRelocatable(kernelTree, headers);
  const source = join(workDirectory, 'module');
  await rm(source, { recursive: true, force: true });
  await cp(roomPath('module'), source, { recursive: true });
  await run(
    'building the kernel module',
    ['make', '-s', '-C', kernelTree, `M=${source}`, 'CC=gcc', 'modules'],
    context,
    {
      environment: { LD_LIBRARY_PATH: await objtoolLibraries(base, workDirectory) },
    },
  );
  const module = join(source, labModule);
  await run('stripping the kernel module', ['strip', '--strip-debug', module], context);
  return module;
}

/** The headers' top Makefile names its common part by the absolute path that it would be installed at. */
async function makeRelocatable(kernelTree: string, headers: string): Promise<void> {
  const makefile = join(kernelTree, 'Makefile');
  const text = await readFile(makefile, 'utf8');
  await writeFile(makefile, text.replaceAll(/(^|\s)\/usr\/src\//g, `$1${headers}/usr/src/`));
}

/** objtool of the headers is linked to libelf; the lab's root tree has it, so the controller need not. */
async function objtoolLibraries(base: Base, workDirectory: string): Promise<string> {
  const directory = join(workDirectory, 'libraries');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const libelf = 'libelf.so.1';
  await symlink(join(base.root, 'usr', 'lib', 'x86_64-linux-gnu', libelf), join(directory, libelf));
  return directory;
}
