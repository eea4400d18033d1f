import type { SshSession } from '../../ssh/session.ts';
import type { Wait } from '../../wait.ts';
import {
  AlreadyArmedError,
  ArmFailedError,
  BootOutputError,
  NotOneShotError,
  StillArmedError,
  UnknownKernelError,
} from './errors.ts';
import { defaultEntry, type GrubConfig, linuxLineOf, parseGrubConfig } from './grub-config.ts';
import { grubEntryId, grubOneShotEntry, ourEntryIn, withOurEntry, withoutOurEntry } from './grub-entry.ts';
import { readHostFile, removeHostFile, runTool, writeHostFile } from './host-files.ts';
import { type ArmedBoot, type BootLoader, type BootRequest, describeArmed, type InstalledKernel } from './loader.ts';

const folder = '/boot/grub';
const environment = `${folder}/grubenv`;
const customConfig = `${folder}/custom.cfg`;

/** File systems that GRUB cannot write to (Debian's grub.d/00_header, check_writable). */
const readOnlyForGrub = new Set(['btrfs', 'cpiofs', 'newc', 'odc', 'romfs', 'squash4', 'tarfs', 'zfs', 'erofs']);

/**
 * GRUB: one boot by `next_entry` of an entry of our own in custom.cfg.
 *
 * Why the default is safe at every moment: our entry stands behind all others and is named by nobody but `next_entry`, and GRUB
 * empties `next_entry` before it shows its menu (grub.d/00_header), so before our kernel has run its first instruction. An entry
 * without `next_entry` is one line more in the menu; a `next_entry` without its entry makes GRUB start its first one.
 */
export class GrubLoader implements BootLoader {
  readonly kind = 'grub';
  readonly endsBy = 'loader';
  readonly #session: SshSession;

  constructor(session: SshSession) {
    this.#session = session;
  }

  async kernels(wait: Wait): Promise<readonly InstalledKernel[]> {
    const script = 'cd "${COMEBACK_ROOT-}/boot"; for f in vmlinuz-*; do [ ! -f "$f" ] || echo "${f#vmlinuz-}"; done';
    const output = await runTool(this.#session, 'listing kernels', ['sh', '-c', script], wait);
    const [config, saved] = await this.#config(wait);
    const body = defaultEntry(config, saved)?.body;
    const byDefault = body === undefined ? undefined : linuxLineOf(body)?.kernel;
    return output
      .split('\n')
      .filter((line) => line !== '')
      .map((version) => ({ version, isDefault: version === byDefault }));
  }

  /** Why a boot armed here would not be a single one; null where it would be. */
  async obstacle(wait: Wait): Promise<string | null> {
    const probe = async (target: string): Promise<string> =>
      (await runTool(this.#session, 'grub-probe', ['grub-probe', `--target=${target}`, folder], wait)).trim();
    const filesystem = await probe('fs');
    if (readOnlyForGrub.has(filesystem)) {
      return `${environment} is on ${filesystem}, which GRUB cannot write, so it would boot the same entry for ever`;
    }
    const abstraction = await probe('abstraction');
    if (abstraction !== '') {
      const layers = abstraction.split(/\s+/).join(', ');
      return `${environment} is behind ${layers}, through which GRUB does not write, so it would boot the same entry for ever`;
    }
    const [config] = await this.#config(wait);
    if (!config.takesNextEntry) return `${folder}/grub.cfg does not take and clear next_entry`;
    return config.sourcesCustom ? null : `${folder}/grub.cfg does not source custom.cfg`;
  }

  async arm(boot: BootRequest, wait: Wait): Promise<ArmedBoot> {
    const obstacle = await this.obstacle(wait);
    if (obstacle !== null) {
      throw new NotOneShotError(
        obstacle,
        'Put /boot on a plain ext4 partition, or run update-grub if the file is old.',
      );
    }
    const installed = (await this.kernels(wait)).map(({ version }) => version);
    if (!installed.includes(boot.kernel)) throw new UnknownKernelError(boot.kernel, installed);
    const before = await this.armed(wait);
    if (before !== null) throw new AlreadyArmedError(describeArmed(before));
    const [config, saved] = await this.#config(wait);
    const entry = grubOneShotEntry(config, saved, boot);
    if (entry === undefined) throw new BootOutputError(`${folder}/grub.cfg`, 'no entry starts a /boot/vmlinuz-VERSION');
    const custom = (await readHostFile(this.#session, customConfig, wait)) ?? '';
    await writeHostFile(this.#session, customConfig, withOurEntry(custom, entry), wait);
    await runTool(this.#session, 'grub-reboot', ['grub-reboot', grubEntryId], wait);
    const armed = await this.armed(wait);
    if (armed?.entry === grubEntryId && armed.kernel === boot.kernel) return armed;
    await this.clear(wait);
    throw new ArmFailedError(boot.kernel, describeArmed(armed));
  }

  async armed(wait: Wait): Promise<ArmedBoot | null> {
    const entry = (await this.#environment(wait)).get('next_entry') ?? '';
    if (entry === '') return null;
    const custom = entry === grubEntryId ? await readHostFile(this.#session, customConfig, wait) : null;
    const ours = custom === null ? undefined : ourEntryIn(custom);
    return { means: 'next_entry', entry, kernel: ours?.kernel ?? null, commandLine: ours?.commandLine ?? null };
  }

  async clear(wait: Wait): Promise<void> {
    if ((await this.armed(wait)) !== null) {
      await runTool(this.#session, 'grub-editenv', ['grub-editenv', environment, 'unset', 'next_entry'], wait);
      const left = await this.armed(wait);
      if (left !== null) throw new StillArmedError(describeArmed(left));
    }
    const custom = await readHostFile(this.#session, customConfig, wait);
    if (custom === null) return;
    const others = withoutOurEntry(custom);
    if (others === custom) return;
    if (others === '') await removeHostFile(this.#session, customConfig, wait);
    else await writeHostFile(this.#session, customConfig, others, wait);
  }

  async #config(wait: Wait): Promise<[GrubConfig, string | undefined]> {
    const text = await readHostFile(this.#session, `${folder}/grub.cfg`, wait);
    if (text === null) throw new BootOutputError(`${folder}/grub.cfg`, 'it is not there');
    return [parseGrubConfig(text), (await this.#environment(wait)).get('saved_entry')];
  }

  /** `name=value` lines of `grub-editenv list`; empty where the file was never made. */
  async #environment(wait: Wait): Promise<ReadonlyMap<string, string>> {
    if ((await readHostFile(this.#session, environment, wait)) === null) return new Map();
    const list = await runTool(this.#session, 'grub-editenv', ['grub-editenv', environment, 'list'], wait);
    return new Map(
      list.split('\n').flatMap((line): [string, string][] => {
        const at = line.indexOf('=');
        return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
      }),
    );
  }
}
