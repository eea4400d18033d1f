import type { LibvirtVmConfig } from '../inventory/config.ts';
import type { ExecResult } from '../ssh/exec.ts';
import type { SshSession } from '../ssh/session.ts';
import type { Wait } from '../wait.ts';
import { shortenedOutput } from './act-output.ts';
import { domainPassthrough, type DomainSettings, domainSettings } from './domain-xml.ts';
import {
  type VmActResult,
  type VmManager,
  VmManagerError,
  VmMissingError,
  type VmStatus,
  type VmWords,
} from './manager.ts';
import { domainState, dominfoValues, qemuLines } from './virsh-output.ts';
import { VirshGuestAgent } from './virsh-guest-agent.ts';

/** What is read of QEMU's log after a start, at most. */
const maxLogBytes = 64 * 1024;

export const libvirtWords: VmWords = {
  line: 'hostdev',
  unlock: 'a start would not boot it but go on from there, virsh managedsave-remove ends that',
};

/**
 * A domain of libvirt, through `virsh` on the host. libvirt takes its managed functions from their drivers at a start and gives them back
 * at a stop (virHostdevReAttachPCIDevices in src/hypervisor/virhostdev.c); both are over when virsh returns.
 */
export class LibvirtVm implements VmManager {
  readonly id: string;
  readonly name: string;
  readonly pidFile: string;
  readonly words = libvirtWords;
  readonly guestAgent: VirshGuestAgent;
  readonly #session: SshSession;
  readonly #virsh: readonly string[];
  readonly #log: string;

  constructor(session: SshSession, { domain, uri }: LibvirtVmConfig) {
    this.#session = session;
    this.id = domain;
    this.name = `domain ${domain}`;
    // Of the system's daemon; the inventory allows no other (stateDir and logDir in src/qemu/qemu_conf.c).
    this.pidFile = `/run/libvirt/qemu/${domain}.pid`;
    this.#log = `/var/log/libvirt/qemu/${domain}.log`;
    // What virsh says is read here, so it must not be in the host's language.
    this.#virsh = ['env', 'LC_ALL=C', 'virsh', '--quiet', '--connect', uri];
    this.guestAgent = new VirshGuestAgent(session, this.#virsh, domain);
  }

  async status(wait: Wait): Promise<VmStatus> {
    const info = await this.#info(wait);
    const handed = this.#parsed(domainPassthrough, await this.#xml(wait));
    const word = info.get('State');
    if (word === undefined) throw new VmManagerError(`virsh dominfo ${this.id}`, 0, 'it told no state');
    return {
      state: domainState(word),
      word,
      // A start would not boot the guest but go on with the saved one.
      lock: info.get('Managed save') === 'yes' ? 'managed save' : null,
      ...handed,
    };
  }

  /** @throws VmMissingError */
  async settings(wait: Wait): Promise<DomainSettings & { readonly startsAtBoot: boolean }> {
    const startsAtBoot = (await this.#info(wait)).get('Autostart') === 'enable';
    return { ...this.#parsed(domainSettings, await this.#xml(wait)), startsAtBoot };
  }

  async start(wait: Wait): Promise<VmActResult> {
    const logBytes = await this.#logBytes(wait);
    const startedAtMs = performance.now();
    const result = await this.#run(['start', this.id], wait);
    const durationMs = elapsedMs(startedAtMs);
    const said = saidBy(result);
    // QEMU does not speak through virsh, unless the start fails.
    const output = [said, ...qemuLines(await this.#logSince(logBytes, wait), said)].filter((line) => line !== '');
    return {
      ok: result.exitCode === 0,
      alreadyUp: result.exitCode !== 0 && /Domain is already active|domain is already running/.test(said),
      heldUp: isHeldUp(said),
      exitCode: result.exitCode,
      output: shortenedOutput(output.join('\n')),
      durationMs,
    };
  }

  stop(wait: Wait): Promise<VmActResult> {
    return this.#end('destroy', wait);
  }

  shutdown(wait: Wait): Promise<VmActResult> {
    return this.#end('shutdown', wait);
  }

  /** `-name guest=win10,debug-threads=on`, a comma of the name doubled (qemuBuildNameCommandLine in src/qemu/qemu_command.c). */
  isItsProcess(argv: readonly string[]): boolean {
    const value = argv[argv.indexOf('-name') + 1] ?? '';
    const [, guest] = /^guest=((?:[^,]|,,)*)(?:,(?!,)|$)/.exec(value) ?? [];
    return guest === this.id.replaceAll(',', ',,');
  }

  async #end(how: 'destroy' | 'shutdown', wait: Wait): Promise<VmActResult> {
    const startedAtMs = performance.now();
    const result = await this.#run([how, this.id], wait);
    const output = saidBy(result);
    return {
      // It is down, which is all that was asked for.
      ok: result.exitCode === 0 || output.includes('domain is not running'),
      alreadyUp: false,
      heldUp: isHeldUp(output),
      exitCode: result.exitCode,
      output: shortenedOutput(output),
      durationMs: elapsedMs(startedAtMs),
    };
  }

  /** Size of QEMU's log; 0 where there is none yet. */
  async #logBytes(wait: Wait): Promise<number> {
    const { exitCode, stdout } = await this.#session.exec(['stat', '--format=%s', this.#log], { wait });
    return exitCode === 0 ? Number(stdout) : 0;
  }

  async #logSince(skipBytes: number, wait: Wait): Promise<string> {
    const argv = ['dd', `if=${this.#log}`, 'iflag=skip_bytes,count_bytes', `skip=${skipBytes}`, `count=${maxLogBytes}`];
    return (await this.#session.exec([...argv, 'status=none'], { wait })).stdout;
  }

  async #info(wait: Wait): Promise<ReadonlyMap<string, string>> {
    return dominfoValues(await this.#ask(['dominfo', this.id], wait));
  }

  /** What the next start takes; of a running domain it may differ from what it has. */
  #xml(wait: Wait): Promise<string> {
    return this.#ask(['dumpxml', '--inactive', this.id], wait);
  }

  #parsed<Parsed>(parse: (xml: string) => Parsed | undefined, xml: string): Parsed {
    const parsed = parse(xml);
    if (parsed === undefined) throw new VmManagerError(`virsh dumpxml ${this.id}`, 0, 'it printed no domain');
    return parsed;
  }

  async #ask(argv: readonly string[], wait: Wait): Promise<string> {
    const result = await this.#run(argv, wait);
    if (result.exitCode === 0) return result.stdout;
    const said = saidBy(result);
    if (/failed to get domain|Domain not found/.test(said)) throw new VmMissingError(this.name, said);
    throw new VmManagerError(`virsh ${argv.join(' ')}`, result.exitCode, said);
  }

  #run(argv: readonly string[], wait: Wait): Promise<ExecResult> {
    return this.#session.exec([...this.#virsh, ...argv], { wait });
  }
}

/** Another act of libvirt on the domain is under way (virDomainObjBeginJob in src/conf/virdomainjob.c). */
function isHeldUp(said: string): boolean {
  return said.includes('cannot acquire state change lock');
}

/** virsh leaves empty lines around what it says. */
function saidBy({ stdout, stderr }: ExecResult): string {
  return `${stdout}\n${stderr}`
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

function elapsedMs(sinceMs: number): number {
  return Math.round(performance.now() - sinceMs);
}
