import { copyFile, chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { ImageRecipe } from './recipe.ts';
import { recipeFiles, roomPath } from './recipe-files.ts';

/** Turns Debian's root tree into the lab host's: its own files laid over it, useless services off, no key of the build left. */
export async function customizeRoot(root: string, recipe: ImageRecipe): Promise<void> {
  await removeHostKeys(root);
  await layOver(root);
  const system = join(root, 'etc', 'systemd', 'system');
  for (const unit of recipe.maskedUnits) await mask(join(system, unit));
  for (const generator of recipe.maskedGenerators) {
    await mask(join(root, 'etc', 'systemd', 'system-generators', generator));
  }
  for (const script of recipe.idleGrubScripts) await chmod(join(root, 'etc', 'grub.d', script), 0o644);
  await enableUnits(system);
  // Empty, not absent: machine-id(5) then makes one at each boot, and does not treat the boot as a first one.
  await writeFile(join(root, 'etc', 'machine-id'), '');
  await writeFile(join(root, 'etc', 'fstab'), '');
}

/** Every instance brings a host key of its own. */
async function removeHostKeys(root: string): Promise<void> {
  const directory = join(root, 'etc', 'ssh');
  for (const file of await readdir(directory)) {
    if (file.startsWith('ssh_host_')) await rm(join(directory, file));
  }
}

/** Copies `rootfs/` over the tree. Owners become root's and modes 0644 or 0755, whatever the checkout's umask was. */
async function layOver(root: string): Promise<void> {
  for (const file of await recipeFiles(['rootfs'])) {
    const target = join(root, relative('rootfs', file.path));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(roomPath(file.path), target);
    await chmod(target, file.executable ? 0o755 : 0o644);
  }
}

/** What `systemctl mask` does. */
async function mask(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await symlink('/dev/null', path);
}

/** What `systemctl enable` does for the lab's own units. */
async function enableUnits(system: string): Promise<void> {
  for (const file of await recipeFiles(['rootfs/etc/systemd/system'])) {
    const unit = relative('rootfs/etc/systemd/system', file.path);
    const target = /^WantedBy=(\S+)$/m.exec(Buffer.from(file.content).toString('utf8'))?.[1];
    if (unit.includes('/') || target === undefined) continue;
    const link = join(system, `${target}.wants`, unit);
    await mkdir(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await symlink(`/etc/systemd/system/${unit}`, link);
  }
}
