import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Base, kernelPackages } from './base.ts';
import { type BuildContext, run } from './build-step.ts';
import { roomPath } from './recipe-files.ts';

/** File name of the lab's own kernel module. */
export const labModule = 'comeback_lab.ko';

/** The headers of one kernel release, as {@link unpackHeaders} leaves them. */
const headersOf = (headers: string, release: string): string => join(headers, 'usr', 'src', `linux-headers-${release}`);

/** Unpacks what is needed to build a module for a release, without installing it. */
export async function unpackHeaders(
  base: Base,
  release: string,
  headers: string,
  context: BuildContext,
): Promise<void> {
  await mkdir(headers, { recursive: true });
  for (const file of await kernelPackages(base, release, 'headers')) {
    await run('unpacking kernel headers', ['sh', '-c', unpackScript, 'sh', file, headers, ...unneeded], context);
  }
  // The top Makefile names its common part by the absolute path that it would be installed at.
  const makefile = join(headersOf(headers, release), 'Makefile');
  const text = await readFile(makefile, 'utf8');
  const here = '$(dir $(realpath $(lastword $(MAKEFILE_LIST))))';
  await writeFile(makefile, text.replaceAll(/^include \/usr\/src\//gm, `include ${here}../`));
}

/** Its arguments: a package, a directory, options of tar. A package that ends early makes tar fail. */
const unpackScript =
  'file=$1 directory=$2; shift 2; dpkg-deb --fsys-tarfile "$file" | tar --extract -C "$directory" "$@"';

/** Two files out of three: other architectures, device trees, and the empty files by which Kbuild notices a changed option. */
const unneeded = ['arch/[!x]*', 'arch/xtensa', 'include/dt-bindings', 'include/config/[A-Z]*'].map(
  (pattern) => `--exclude=./usr/src/*/${pattern}`,
);

/**
 * Builds the lab's kernel module for one release, with the controller's compiler.
 *
 * @param headers where {@link unpackHeaders} put those of the release
 * @param directory becomes the module's; {@link labModule} is in it afterwards.
 */
export async function buildKernelModule(
  base: Base,
  release: string,
  headers: string,
  directory: string,
  context: BuildContext,
): Promise<void> {
  const source = join(directory, 'source');
  await cp(roomPath('module'), source, { recursive: true });
  const libraries = join(directory, 'libraries');
  await mkdir(libraries);
  // objtool of the headers is linked to libelf; the lab's root tree has it, so the controller need not.
  const libelf = 'libelf.so.1';
  await symlink(join(base.root, 'usr', 'lib', 'x86_64-linux-gnu', libelf), join(libraries, libelf));
  await run(
    `building the kernel module for Linux ${release}`,
    // Without BTF, the type information for BPF: it would take pahole to make it.
    [
      ...['make', '-s', '-C', headersOf(headers, release), `M=${source}`],
      ...['CC=gcc', 'CONFIG_DEBUG_INFO_BTF_MODULES=', 'modules'],
    ],
    context,
    { environment: { LD_LIBRARY_PATH: libraries } },
  );
  const built = join(source, labModule);
  await run(
    'stripping the kernel module',
    ['strip', '--strip-debug', '-o', join(directory, labModule), built],
    context,
  );
  await rm(source, { recursive: true });
  await rm(libraries, { recursive: true });
}
