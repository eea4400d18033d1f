import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { MissingLabPackagesError } from './errors.ts';
import packages from './packages.json' with { type: 'json' };

/** Debian packages that the lab needs on the controller. They stand in JSON, so that set-up can read them without node modules. */
export const LAB_PACKAGES: readonly string[] = packages;

/** What shows that a package is there, wherever it came from: a command on the path, or a file where it begins with a slash. */
const evidence: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'qemu-system-x86': 'qemu-system-x86_64',
  'qemu-utils': 'qemu-img',
  seabios: '/usr/share/seabios/bios-256k.bin',
  e2fsprogs: 'mke2fs',
  cpio: 'cpio',
  'xz-utils': 'xz',
  gcc: 'gcc',
  'libc6-dev': '/usr/include/stdio.h',
  make: 'make',
  binutils: 'strip',
  'openssh-client': 'ssh-keygen',
  'util-linux': 'flock',
};

/** sbin holds mke2fs, and a plain user's path on Debian does not name it. */
const extraDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** PATH for the programs of the lab. */
export function labPath(path: string | undefined): string {
  return [path ?? '/usr/local/bin:/usr/bin:/bin', ...extraDirectories].join(delimiter);
}

/**
 * Checks that the programs of the lab are installed.
 * @throws MissingLabPackagesError that names every missing package and the command that installs them.
 */
export async function requireLabPackages(): Promise<void> {
  const directories = labPath(process.env['PATH']).split(delimiter);
  const missing: string[] = [];
  for (const name of LAB_PACKAGES) {
    const shows = evidence[name] ?? name;
    const candidates = shows.startsWith('/') ? [shows] : directories.map((directory) => join(directory, shows));
    if (!(await anyExists(candidates))) missing.push(name);
  }
  if (missing.length > 0) {
    const prefix = process.getuid?.() === 0 ? '' : 'sudo ';
    throw new MissingLabPackagesError(
      missing,
      `${prefix}apt-get install --yes --no-install-recommends ${missing.join(' ')}`,
    );
  }
}

async function anyExists(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const found = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
