import { basename } from 'node:path';

/** As Debian, Proxmox and `make bindeb-pkg` (scripts/package/builddeb) name packages of kernels. */
export function releaseOfPackage(path: string): string | undefined {
  const [, release] =
    /^(?:linux-image(?:-unsigned)?|proxmox-kernel|pve-kernel)-(\d[^_]*?)(?:-signed)?_/.exec(basename(path)) ?? [];
  return release;
}
