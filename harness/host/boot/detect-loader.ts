import type { SshSession } from '../../ssh/session.ts';
import type { Wait } from '../../wait.ts';
import { loaderVariable, loaderVariableText } from './boot-entries.ts';
import { NoBootLoaderError } from './errors.ts';
import { GrubLoader } from './grub.ts';
import { readHostBytes, readHostFile, runTool } from './host-files.ts';
import type { BootLoader } from './loader.ts';
import { type LoaderBelow, ProxmoxBootTool } from './proxmox-boot-tool.ts';
import { SystemdBootLoader } from './systemd-boot.ts';

/**
 * Finds out what boots this host; nothing is changed. systemd-boot says itself that it did, in LoaderInfo; files of GRUB may
 * lie about unused beside it.
 *
 * @throws NoBootLoaderError, BootCommandError, or what the session throws.
 */
export async function detectLoader(session: SshSession, wait: Wait): Promise<BootLoader> {
  const info = await readHostBytes(session, loaderVariable('LoaderInfo'), wait);
  // GRUB 2.12 fills in LoaderInfo as well (its module bli).
  const byItself = info === null ? '' : loaderVariableText(info);
  const isSystemdBoot = byItself.startsWith('systemd-boot');
  const hasGrub = (await readHostFile(session, '/boot/grub/grub.cfg', wait)) !== null;

  if (await hasTool(session, 'proxmox-boot-tool', wait)) {
    const below = await loaderBelow(session, { isSystemdBoot, hasGrub }, wait);
    return new ProxmoxBootTool(session, below);
  }
  if (isSystemdBoot) return new SystemdBootLoader(session);
  if (hasGrub) return new GrubLoader(session);
  throw new NoBootLoaderError(byItself === '' ? 'no /boot/grub/grub.cfg, no LoaderInfo' : `LoaderInfo is ${byItself}`);
}

async function loaderBelow(
  session: SshSession,
  { isSystemdBoot, hasGrub }: { readonly isSystemdBoot: boolean; readonly hasGrub: boolean },
  wait: Wait,
): Promise<LoaderBelow> {
  if (isSystemdBoot) return { loader: new SystemdBootLoader(session) };
  // With these, proxmox-boot-tool keeps GRUB and its environment on partitions of its own, which are not mounted.
  const partitions = (await readHostFile(session, '/etc/kernel/proxmox-boot-uuids', wait)) ?? '';
  if (partitions.trim() !== '') {
    return { loader: null, why: 'GRUB is on partitions kept by proxmox-boot-tool, where no entry of ours lasts' };
  }
  if (!hasGrub) return { loader: null, why: 'there is no /boot/grub/grub.cfg' };
  const grub = new GrubLoader(session);
  const why = await grub.obstacle(wait);
  return why === null ? { loader: grub } : { loader: null, why };
}

async function hasTool(session: SshSession, name: string, wait: Wait): Promise<boolean> {
  const script = 'command -v "$1" >/dev/null && echo yes || echo no';
  return (await runTool(session, 'looking for tools', ['sh', '-c', script, 'sh', name], wait)).trim() === 'yes';
}
