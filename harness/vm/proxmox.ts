import type { SshSession } from '../ssh/session.ts';
import type { Wait } from '../wait.ts';
import { shortenedOutput } from './act-output.ts';
import {
  type VmActResult,
  type VmManager,
  VmManagerError,
  VmMissingError,
  type VmStatus,
  type VmWords,
} from './manager.ts';
import { QmGuestAgent } from './qm-guest-agent.ts';
import { lockOf, passthroughOf, qmValues } from './qm-output.ts';

/** Proxmox binds a group to vfio-pci at start and leaves it there after the stop (PVE/QemuServer/PCI.pm cleanup_pci_devices). */
export const proxmoxDriverAfterStop = 'vfio-pci';

export const proxmoxWords: VmWords = {
  line: 'hostpci line',
  unlock: 'let that finish, or "qm unlock" it if it is stale',
};

/** A VM of Proxmox VE, through `qm` on the host. */
export class ProxmoxVm implements VmManager {
  readonly id: string;
  readonly name: string;
  readonly pidFile: string;
  readonly words = proxmoxWords;
  readonly guestAgent: QmGuestAgent;
  readonly #session: SshSession;

  constructor(session: SshSession, vmid: number) {
    this.#session = session;
    this.id = String(vmid);
    this.name = `VM ${this.id}`;
    this.pidFile = `/run/qemu-server/${this.id}.pid`;
    this.guestAgent = new QmGuestAgent(session, this.id);
  }

  async status(wait: Wait): Promise<VmStatus> {
    const status = qmValues(await this.#ask(['qm', 'status', this.id, '--verbose'], wait));
    const config = await this.config(wait);
    const word = status.get('qmpstatus') ?? status.get('status') ?? 'unknown';
    const coarse = status.get('status');
    return {
      state: coarse === 'stopped' ? 'stopped' : coarse === 'running' ? 'running' : 'other',
      word,
      lock: lockOf(config),
      ...passthroughOf(config),
    };
  }

  /** Keys and values of the VM's configuration. @throws VmMissingError, VmManagerError */
  async config(wait: Wait): Promise<ReadonlyMap<string, string>> {
    return qmValues(await this.#ask(['qm', 'config', this.id], wait));
  }

  start(wait: Wait): Promise<VmActResult> {
    return this.#act(['qm', 'start', this.id], wait);
  }

  stop(wait: Wait): Promise<VmActResult> {
    return this.#act(['qm', 'stop', this.id], wait);
  }

  shutdown(wait: Wait): Promise<VmActResult> {
    // Proxmox's deadline comes before ours, so that its words are the ones that people read.
    const timeoutSeconds = Math.max(1, Math.floor((wait.timeoutMs * 0.8) / 1000));
    return this.#act(['qm', 'shutdown', this.id, '--timeout', String(timeoutSeconds)], wait);
  }

  /** `/usr/bin/kvm -id 100 -name ...` (config_to_command in PVE/QemuServer.pm). */
  isItsProcess(argv: readonly string[]): boolean {
    const at = argv.indexOf('-id');
    return at > 0 && argv[at + 1] === this.id;
  }

  async #ask(argv: readonly string[], wait: Wait): Promise<string> {
    const result = await this.#session.exec(argv, { wait });
    if (result.exitCode === 0) return result.stdout;
    const said = result.stderr === '' ? result.stdout : result.stderr;
    if (/Configuration file '.*' does not exist/.test(said)) throw new VmMissingError(this.name, said);
    throw new VmManagerError(argv.join(' '), result.exitCode, said);
  }

  async #act(argv: readonly string[], wait: Wait): Promise<VmActResult> {
    const startedAtMs = performance.now();
    const result = await this.#session.exec(argv, { wait });
    const output = [result.stdout, result.stderr].filter((text) => text !== '').join('\n');
    return {
      ok: result.exitCode === 0,
      alreadyUp: result.exitCode !== 0 && output.includes(`VM ${this.id} already running`),
      heldUp: result.exitCode !== 0 && /can't lock file|VM is locked/.test(output),
      exitCode: result.exitCode,
      output: shortenedOutput(output.trim()),
      durationMs: Math.round(performance.now() - startedAtMs),
    };
  }
}
