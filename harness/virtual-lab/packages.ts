import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { MissingLabPackagesError } from './errors.ts';
import list from './packages.json' with { type: 'json' };

/** How the presence of a Debian package shows: by a command on the path or by a file. */
const requirement = z.union([
  z.strictObject({ package: z.string(), command: z.string() }),
  z.strictObject({ package: z.string(), file: z.string() }),
]);

/** Debian packages that the lab needs on the controller. They stand in JSON, so that set-up can read them without node modules. */
export const LAB_PACKAGES = z.strictObject({ packages: z.array(requirement) }).parse(list).packages;

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
  for (const needed of LAB_PACKAGES) {
    const candidates =
      'file' in needed ? [needed.file] : directories.map((directory) => join(directory, needed.command));
    if (!(await anyExists(candidates))) missing.push(needed.package);
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
