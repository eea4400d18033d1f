import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecipeFile } from './recipe.ts';

/** The room of the virtual lab in the checkout or in the installed package. */
const room = fileURLToPath(new URL('..', import.meta.url));

/** Directories whose files end up in the image or decide how it is made. */
const recipeDirectories = ['guest', 'image', 'initramfs', 'module', 'rootfs'];

/** A directory of the room, by name. */
export function roomPath(...names: readonly string[]): string {
  return join(room, ...names);
}

/** Every file of the recipe. Tests are not part of it. */
export async function recipeFiles(directories: readonly string[] = recipeDirectories): Promise<RecipeFile[]> {
  const files: RecipeFile[] = [];
  for (const directory of directories) {
    for (const entry of await readdir(roomPath(directory), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || entry.name.includes('.test.')) continue;
      const { mode } = await stat(path);
      files.push({ path: relative(room, path), executable: (mode & 0o100) !== 0, content: await readFile(path) });
    }
  }
  return files;
}
