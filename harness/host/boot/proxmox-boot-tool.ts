import type { SshSession } from '../../ssh/session.ts';
import type { Wait } from '../../wait.ts';
import { AlreadyArmedError, ArmFailedError, NotOneShotError, StillArmedError, UnknownKernelError } from './errors.ts';
import { runTool, runToolToItsEnd } from './host-files.ts';
import { type KernelList, parseKernelList } from './kernel-list.ts';
import { type ArmedBoot, type BootLoader, type BootRequest, describeArmed, type InstalledKernel } from './loader.ts';

/** The loader below proxmox-boot-tool that can be told to boot once, or why there is none. */
export type LoaderBelow = { readonly loader: BootLoader } | { readonly loader: null; readonly why: string };

/**
 * A host kept by proxmox-boot-tool. Where the loader below it (GRUB, systemd-boot) can boot once by itself, that is what is used,
 * for kernels and for command lines. `kernel pin --next-boot` is the second best: it makes the kernel the default, and only
 * proxmox-boot-cleanup.service, late in a boot that succeeds, takes that back. A kernel that dies early stays the default then, so
 * nothing but this tool on a running host, or a hand at its boot menu, gets the old one back. The lasting pin is never touched.
 */
export class ProxmoxBootTool implements BootLoader {
  readonly kind = 'proxmox-boot-tool';
  readonly endsBy: 'loader' | 'good-boot';
  readonly #session: SshSession;
  readonly #below: LoaderBelow;

  constructor(session: SshSession, below: LoaderBelow) {
    this.#session = session;
    this.#below = below;
    this.endsBy = below.loader?.endsBy ?? 'good-boot';
  }

  async kernels(wait: Wait): Promise<readonly InstalledKernel[]> {
    if (this.#below.loader !== null) return await this.#below.loader.kernels(wait);
    const { manual, automatic, pinned } = await this.#list(wait);
    const versions = [...new Set([...manual, ...automatic])];
    return versions.map((version) => ({ version, isDefault: version === pinned }));
  }

  async arm(boot: BootRequest, wait: Wait): Promise<ArmedBoot> {
    const before = await this.armed(wait);
    if (before !== null) throw new AlreadyArmedError(describeArmed(before));
    const below = this.#below;
    if (below.loader !== null) return await below.loader.arm(boot, wait);
    if (boot.commandLine !== undefined) {
      throw new NotOneShotError(
        `proxmox-boot-tool pins kernels for one boot, not command lines, and ${below.why}`,
        'Leave --cmdline out, or set the command line in /etc/default/grub or /etc/kernel/cmdline yourself.',
      );
    }
    const installed = (await this.kernels(wait)).map(({ version }) => version);
    if (!installed.includes(boot.kernel)) throw new UnknownKernelError(boot.kernel, installed);
    await this.#change('kernel pin "$1" --next-boot', wait, boot.kernel);
    const armed = await this.armed(wait);
    if (armed?.kernel === boot.kernel) return armed;
    await this.clear(wait);
    throw new ArmFailedError(boot.kernel, describeArmed(armed));
  }

  async armed(wait: Wait): Promise<ArmedBoot | null> {
    return (await this.#below.loader?.armed(wait)) ?? (await this.#pin(wait));
  }

  async clear(wait: Wait): Promise<void> {
    await this.#below.loader?.clear(wait);
    if ((await this.#pin(wait)) === null) return;
    await this.#change('kernel unpin --next-boot', wait);
    const left = await this.#pin(wait);
    if (left !== null) throw new StillArmedError(describeArmed(left));
  }

  async #pin(wait: Wait): Promise<ArmedBoot | null> {
    const { nextBoot } = await this.#list(wait);
    if (nextBoot === null) return null;
    return { means: 'next-boot-pin', entry: nextBoot, kernel: nextBoot, commandLine: null };
  }

  async #list(wait: Wait): Promise<KernelList> {
    return parseKernelList(await this.#tool(['kernel', 'list'], wait));
  }

  /** One command on the host: half a pin, or half of its removal, would be a default that nobody knows of. */
  async #change(words: string, wait: Wait, ...values: readonly string[]): Promise<void> {
    const script = `proxmox-boot-tool ${words} && proxmox-boot-tool refresh`;
    await runToolToItsEnd(this.#session, script, ['sh', '-c', script, 'sh', ...values], wait);
  }

  async #tool(args: readonly string[], wait: Wait): Promise<string> {
    const argv = ['proxmox-boot-tool', ...args];
    return await runTool(this.#session, argv.join(' '), argv, wait);
  }
}
