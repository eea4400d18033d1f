import type { SshSession } from '../ssh/session.ts';
import type { Wait } from '../wait.ts';
import { type VmActResult, type VmManager, VmManagerError, VmMissingError, type VmStatus } from './manager.ts';
import { QmGuestAgent } from './qm-guest-agent.ts';
import { lockOf, passthroughOf, qmValues } from './qm-output.ts';

/** Proxmox binds a group to vfio-pci at start and leaves it there after the stop (PVE/QemuServer/PCI.pm cleanup_pci_devices). */
export const proxmoxDriverAfterStop = 'vfio-pci';

/** What `qm` said, at most: enough for a storm of vfio lines, little enough for a journal. */
const maxOutputChars = 8_000;

/** A VM of Proxmox VE, through `qm` on the host. */
export class ProxmoxVm implements VmManager {
  readonly id: string;
  readonly name: string;
  readonly pidFile: string;
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
      exitCode: result.exitCode,
      output: shortened(output.trim()),
      durationMs: Math.round(performance.now() - startedAtMs),
    };
  }
}

/** Keeps both ends: QEMU's first complaint and Proxmox's last word. */
function shortened(text: string): string {
  if (text.length <= maxOutputChars) return text;
  const half = maxOutputChars / 2;
  return `${text.slice(0, half)}\n[${text.length - maxOutputChars} characters left out]\n${text.slice(-half)}`;
}
