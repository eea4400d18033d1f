import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/**
 * A program that a test needs for real.
 *
 * @param debianPackage where it comes from.
 * @returns its path; throws where it is not there.
 */
export async function programOnPath(name: string, debianPackage = name): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  throw new Error(`${name} is not on PATH, and this test is about it: apt-get install ${debianPackage}`);
}
