import type { SshSession } from '../../ssh/session.ts';
import type { Wait } from '../../wait.ts';
import { type BootEntry, entryFile, loaderVariable, loaderVariableText, parseBootEntries } from './boot-entries.ts';
import { askedWords, commandLineWords, quotedWord, requireFit, wordsThatStay } from './command-line.ts';
import { AlreadyArmedError, ArmFailedError, NotOneShotError, StillArmedError, UnknownKernelError } from './errors.ts';
import { readHostBytes, readHostFile, removeHostFile, runTool, writeHostFile } from './host-files.ts';
import {
  type ArmedBoot,
  type BootLoader,
  type BootRequest,
  describeArmed,
  type InstalledKernel,
  ourEntryName,
} from './loader.ts';

const ourEntry = `${ourEntryName}.conf`;

/**
 * systemd-boot: one boot by LoaderEntryOneShot, of the host's own entry or, for another command line, of an entry file of ours.
 *
 * Why the default is safe at every moment: systemd-boot deletes LoaderEntryOneShot as soon as it has read it, before it starts
 * anything (src/boot/efi/boot.c, config_load_defaults). Our entry file could only matter if the loader took it for its default;
 * that is looked at after it was written, and it is removed again if so.
 */
export class SystemdBootLoader implements BootLoader {
  readonly kind = 'systemd-boot';
  readonly endsBy = 'loader';
  readonly #session: SshSession;

  constructor(session: SshSession) {
    this.#session = session;
  }

  async kernels(wait: Wait): Promise<readonly InstalledKernel[]> {
    const versions = new Map<string, boolean>();
    for (const { id, kernel, isDefault } of await this.#entries(wait)) {
      if (kernel !== null && id !== ourEntry) versions.set(kernel, isDefault || versions.get(kernel) === true);
    }
    return [...versions].map(([version, isDefault]) => ({ version, isDefault }));
  }

  async arm(boot: BootRequest, wait: Wait): Promise<ArmedBoot> {
    const before = await this.armed(wait);
    if (before !== null) throw new AlreadyArmedError(describeArmed(before));
    const entries = (await this.#entries(wait)).filter(({ id }) => id !== ourEntry);
    const entry =
      entries.find(({ kernel, isDefault }) => kernel === boot.kernel && isDefault) ??
      entries.find(({ kernel }) => kernel === boot.kernel);
    if (entry === undefined) {
      throw new UnknownKernelError(
        boot.kernel,
        entries.flatMap(({ kernel }) => kernel ?? []),
      );
    }
    const id = boot.commandLine === undefined ? entry.id : await this.#writeEntry(entry, boot.commandLine, wait);
    await runTool(this.#session, 'bootctl set-oneshot', ['bootctl', 'set-oneshot', id], wait);
    const armed = await this.armed(wait);
    if (armed?.entry === id && armed.kernel === boot.kernel) return armed;
    await this.clear(wait);
    throw new ArmFailedError(`${id} (${boot.kernel})`, describeArmed(armed));
  }

  async armed(wait: Wait): Promise<ArmedBoot | null> {
    const bytes = await readHostBytes(this.#session, loaderVariable('LoaderEntryOneShot'), wait);
    const id = bytes === null ? '' : loaderVariableText(bytes);
    if (id === '') return null;
    const entry = (await this.#entries(wait)).find((listed) => listed.id === id);
    return {
      means: 'LoaderEntryOneShot',
      entry: id,
      kernel: entry?.kernel ?? null,
      commandLine: entry?.options ?? null,
    };
  }

  async clear(wait: Wait): Promise<void> {
    if ((await this.armed(wait)) !== null) {
      // bootctl(1): an empty string as ID unsets the variable.
      await runTool(this.#session, 'bootctl set-oneshot', ['bootctl', 'set-oneshot', ''], wait);
      const left = await this.armed(wait);
      if (left !== null) throw new StillArmedError(describeArmed(left));
    }
    for (const root of new Set((await this.#entries(wait)).flatMap((entry) => entry.root ?? []))) {
      const path = entryPath(root);
      if ((await readHostFile(this.#session, path, wait)) !== null) await removeHostFile(this.#session, path, wait);
    }
  }

  async #writeEntry(pattern: BootEntry, commandLine: string, wait: Wait): Promise<string> {
    const { type, root, linux, kernel } = pattern;
    if (type !== 'type1' || root === null || linux === null || kernel === null) {
      throw new NotOneShotError(
        `the entry ${pattern.id} is a unified image whose command line is a part of it`,
        'Leave --cmdline out, or build an image with the command line you want.',
      );
    }
    const asked = askedWords(commandLine);
    const own = wordsThatStay(commandLineWords(pattern.options), (word) => word, asked);
    const options = [...own, ...asked.words].map(quotedWord).join(' ');
    requireFit(options);
    const defaultBefore = await this.#defaultId(wait);
    const file = entryFile({ title: 'comeback: one boot', kernel, linux, initrds: pattern.initrds, options });
    await writeHostFile(this.#session, entryPath(root), file, wait);
    const defaultAfter = await this.#defaultId(wait);
    if (defaultAfter === defaultBefore) return ourEntry;
    await removeHostFile(this.#session, entryPath(root), wait);
    throw new NotOneShotError(
      `with one entry more, systemd-boot would take ${defaultAfter ?? 'nothing'} instead of ${defaultBefore ?? 'nothing'} as its default`,
      'Set a default in loader.conf (or by `bootctl set-default`) and try again.',
    );
  }

  async #defaultId(wait: Wait): Promise<string | undefined> {
    return (await this.#entries(wait)).find(({ isDefault }) => isDefault)?.id;
  }

  async #entries(wait: Wait): Promise<BootEntry[]> {
    return parseBootEntries(
      await runTool(this.#session, 'bootctl list', ['bootctl', 'list', '--json=short', '--no-pager'], wait),
    );
  }
}

function entryPath(root: string): string {
  return `${root.replace(/\/$/, '')}/loader/entries/${ourEntry}`;
}
