import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostIdentity } from '../host-files.ts';
import { environmentOf } from './grub-environment.ts';
import { startGrub } from './grub-machine.ts';
import type { TwinBoot, TwinBootOptions } from './options.ts';
import { startSystemdBoot, writeProxmoxEntry, writeVariable } from './systemd-boot-machine.ts';

const programs = fileURLToPath(new URL('./programs', import.meta.url));
const grubPrograms = new Set(['grub-editenv', 'grub-reboot', 'grub-probe', 'update-grub']);

/**
 * The kernels of a twin and what starts them: the files below /boot, the tools that a host has for them, and the firmware's
 * variables, all of which outlive a reboot.
 */
export class TwinBootLoader implements AsyncDisposable {
  /** Versions that never get as far as the network. */
  readonly deadKernels = new Set<string>();
  /** Another kernel comes up instead, as after a wrong entry. */
  readonly startsInstead = new Map<string, string>();
  /** Words that never reach the kernel. */
  readonly dropsWords = new Set<string>();
  /** The host takes an order to reboot and goes on. */
  ignoresReboot = false;
  readonly #root: string;
  readonly #folder: string;
  readonly #options: TwinBootOptions;
  readonly #server: Server;

  /** @param folder outside the tree, where `bin` is on the PATH of every command */
  constructor(root: string, folder: string, options: TwinBootOptions, identity: HostIdentity, onReboot: () => void) {
    this.#root = root;
    this.#folder = folder;
    this.#options = options;
    this.#install(identity);
    this.#server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        if (!this.ignoresReboot) onReboot();
      });
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(join(this.#state, 'systemd.socket'));
    await once(this.#server, 'listening');
  }

  /** A start of the machine: the loader chooses, forgets what was for once, and starts a kernel. */
  start(): TwinBoot {
    const chosen =
      this.#options.loader === 'systemd-boot' ? startSystemdBoot(this.#root, this.#variables) : this.#startGrub();
    const kernel = this.startsInstead.get(chosen.kernel) ?? chosen.kernel;
    const words = chosen.commandLine.split(' ').filter((word) => !this.dropsWords.has(word));
    return {
      identity: { kernelRelease: kernel, commandLine: words.join(' ') },
      comesUp: !this.deadKernels.has(kernel),
    };
  }

  /** What a kernel that came up finds and does: its firmware's variables, and proxmox-boot-cleanup.service. */
  started(): void {
    const sys = join(this.#root, 'sys');
    mkdirSync(join(sys, 'kernel'), { recursive: true });
    writeFileSync(join(sys, 'kernel/kexec_loaded'), '0\n');
    if (this.#options.loader === 'systemd-boot') {
      mkdirSync(join(sys, 'firmware/efi'), { recursive: true });
      symlinkSync(this.#variables, join(sys, 'firmware/efi/efivars'));
    }
  }

  /** proxmox-boot-cleanup.service, late in a boot that succeeds. */
  cameUp(): void {
    if (existsSync(join(this.#root, 'etc/kernel/next-boot-pin'))) {
      this.#tool('proxmox-boot-tool', ['kernel', 'unpin', '--next-boot']);
    }
  }

  /** What is armed right now, as it lies on the host; null where nothing is. */
  get armed(): string | null {
    const pin = join(this.#root, 'etc/kernel/next-boot-pin');
    const variable = readdirSync(this.#variables).find((name) => name.startsWith('LoaderEntryOneShot'));
    const entry = environmentOf(join(this.#root, 'boot/grub')).get('next_entry') ?? '';
    if (entry !== '') return entry;
    return existsSync(pin) ? readFileSync(pin, 'utf8').trim() : (variable ?? null);
  }

  /** Everything that decides what boots by default, as text: equal before and after if nothing lasting was changed. */
  get lastingFiles(): string {
    const files = [
      'boot/grub/grub.cfg',
      'boot/efi/loader/loader.conf',
      'etc/kernel/cmdline',
      'etc/kernel/proxmox-boot-pin',
    ];
    const entries = join(this.#root, 'boot/efi/loader/entries');
    const listed = existsSync(entries) ? readdirSync(entries).sort() : [];
    const custom = join(this.#root, 'boot/grub/custom.cfg');
    return JSON.stringify([
      ...files.map((file) => (existsSync(join(this.#root, file)) ? readFileSync(join(this.#root, file), 'utf8') : '')),
      listed,
      existsSync(custom) ? readFileSync(custom, 'utf8') : '',
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Where the tools find what is not in the tree. */
  get #state(): string {
    return join(this.#folder, 'boot-state');
  }

  get #variables(): string {
    return join(this.#state, 'efivars');
  }

  #startGrub(): { kernel: string; commandLine: string } {
    const { filesystem = 'ext2', abstraction = '' } = this.#options;
    return startGrub(this.#root, filesystem === 'ext2' && abstraction === '');
  }

  #install({ kernelRelease, commandLine }: HostIdentity): void {
    const {
      loader,
      proxmox = false,
      espManaged = false,
      filesystem = 'ext2',
      abstraction = '',
      noDefault,
    } = this.#options;
    const text = (path: string, content: string): void => {
      mkdirSync(join(this.#root, path, '..'), { recursive: true });
      writeFileSync(join(this.#root, path), content);
    };
    mkdirSync(this.#variables, { recursive: true });
    writeFileSync(join(this.#state, 'grub-fs'), `${filesystem}\n`);
    writeFileSync(join(this.#state, 'grub-abstraction'), abstraction === '' ? '' : `${abstraction}\n`);
    for (const name of readdirSync(programs)) {
      const wanted =
        name === 'proxmox-boot-tool'
          ? proxmox
          : name === 'bootctl'
            ? loader === 'systemd-boot'
            : !grubPrograms.has(name) || loader === 'grub';
      if (!wanted) continue;
      copyFileSync(join(programs, name), join(this.#folder, name));
      chmodSync(join(this.#folder, name), 0o755);
    }
    const words = commandLine.replace(/^BOOT_IMAGE=\S+ /, '');
    text('etc/kernel/cmdline', `${words}\n`);
    if (espManaged) text('etc/kernel/proxmox-boot-uuids', '4A1C-6F2E\n');
    const kernels = [kernelRelease, ...(this.#options.kernels ?? [])];
    for (const kernel of kernels) {
      text(`boot/vmlinuz-${kernel}`, '');
      text(`boot/initrd.img-${kernel}`, '');
    }
    if (loader === 'grub') {
      mkdirSync(join(this.#root, 'boot/grub'));
      this.#tool('update-grub', []);
    }
    if (loader === 'systemd-boot') {
      for (const kernel of kernels) writeProxmoxEntry(this.#root, kernel, words);
      text('boot/efi/loader/loader.conf', noDefault === true ? 'timeout 3\n' : 'timeout 3\ndefault proxmox-*\n');
      writeVariable(this.#variables, 'LoaderInfo', 'systemd-boot 252.39-1~deb12u1');
    }
    rmSync(join(this.#root, 'boot/grub/custom.cfg'), { force: true });
  }

  #tool(name: string, args: readonly string[]): void {
    const bin = this.#folder;
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, COMEBACK_ROOT: this.#root };
    const { status, stderr } = spawnSync(join(bin, name), args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the twin's ${name} failed: ${stderr}`);
  }
}
