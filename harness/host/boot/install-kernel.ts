import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ComebackError } from '../../errors.ts';
import type { SshSession } from '../../ssh/session.ts';
import type { Wait } from '../../wait.ts';
import { runTool } from './host-files.ts';
import type { BootLoader, InstalledKernel } from './loader.ts';

export class KernelPackageError extends ComebackError {
  override readonly code = 'BOOT_KERNEL_PACKAGE';
  override readonly kind = 'usage';

  constructor(path: string, why: string, cause?: unknown) {
    super(`The kernel package ${path} cannot be installed: ${why}. Nothing was changed on the host.`, { cause });
  }
}

export interface KernelInstallation {
  /** Kernels that were not there before; empty where the package replaced one of the same version. */
  readonly added: readonly InstalledKernel[];
  readonly kernels: readonly InstalledKernel[];
  /**
   * The default kernel before and after, where it can be told. A package with the highest version becomes the default of most
   * hosts (GRUB_DEFAULT=0): then a power cycle does not lead back to the kernel that was known to work.
   */
  readonly defaultBefore: string | null;
  readonly defaultAfter: string | null;
}

/**
 * Streams in, compares, installs, and leaves nothing behind, in whatever way it ends. dpkg talks to a file: should comeback die, a
 * pipe would end it by its next word (SIGPIPE), and half an installation may be a default kernel without its initramfs.
 */
const script =
  'set -eu; umask 077; dir=$(mktemp -d); trap \'rm -rf "$dir"\' EXIT; cat >"$dir/kernel.deb"; ' +
  'echo "$1  $dir/kernel.deb" | sha256sum --check --status || { echo "the package came over damaged" >&2; exit 1; }; ' +
  'status=0; DEBIAN_FRONTEND=noninteractive dpkg --install "$dir/kernel.deb" </dev/null >"$dir/log" 2>&1 || status=$?; ' +
  'cat "$dir/log"; exit "$status"';

/**
 * Installs a kernel package that is on the controller. The package's own scripts make its initramfs and update the boot loader.
 *
 * @throws KernelPackageError where the file is no Debian package; BootCommandError with dpkg's words.
 */
export async function installKernel(
  session: SshSession,
  loader: BootLoader,
  packagePath: string,
  wait: Wait,
): Promise<KernelInstallation> {
  const bytes = await readFile(packagePath).catch((error: unknown) => {
    throw new KernelPackageError(packagePath, error instanceof Error ? error.message : String(error), error);
  });
  // deb(5): an ar archive whose first member is debian-binary.
  if (!bytes.subarray(0, 24).toString('latin1').startsWith('!<arch>\ndebian-binary')) {
    throw new KernelPackageError(packagePath, 'it is no Debian package');
  }
  const before = await loader.kernels(wait);
  const digest = createHash('sha256').update(bytes).digest('hex');
  await runTool(session, 'dpkg --install', ['sh', '-c', script, 'sh', digest], wait, bytes);
  const kernels = await loader.kernels(wait);
  const known = new Set(before.map(({ version }) => version));
  return {
    added: kernels.filter(({ version }) => !known.has(version)),
    kernels,
    defaultBefore: defaultOf(before),
    defaultAfter: defaultOf(kernels),
  };
}

function defaultOf(kernels: readonly InstalledKernel[]): string | null {
  return kernels.find(({ isDefault }) => isDefault)?.version ?? null;
}
