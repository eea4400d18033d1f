import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CommandOutput } from './command.ts';
import { gate } from './gate.ts';
import { StartFailure, type PassthroughVm } from './passthrough-vm.ts';
import { listText, statusFields, statusText } from './qm-format.ts';
import { parseVmConfig, type VmConfig } from './vm-config.ts';

/** Exit status of a task that failed: qm ends with `exit(-1)`. */
const taskFailed = 255;
/** Exit status of `die` with errno ENOENT. */
const noSuchConfig = 2;

class QmFailure extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface QmHost {
  readonly root: string;
  readonly hostname: string;
  /** The VM as the present boot has it. */
  readonly vm: () => PassthroughVm;
  readonly nowMs: () => number;
}

type Verb = 'start' | 'stop' | 'shutdown' | 'status' | 'config' | 'list';
const verbs: ReadonlySet<string> = new Set<Verb>(['start', 'stop', 'shutdown', 'status', 'config', 'list']);
const isVerb = (word: string): word is Verb => verbs.has(word);

/** Proxmox VE's `qm` on the twin: texts and exit status of PVE::CLI::qm, PVE::QemuServer and PVE::QemuConfig. */
export class Qm {
  readonly #host: QmHost;
  readonly #holds = new Map<Verb, { readonly reached: () => void; readonly released: Promise<void> }>();
  #startedAtMs = 0;
  #busy = false;
  /** Somebody else holds the VM's lock file, as another qm does. */
  lockFileHeld = false;
  /** The guest does not react to the power button. */
  ignoresShutdown = false;

  constructor(host: QmHost) {
    this.#host = host;
  }

  /**
   * Makes the next command of this verb wait, with the VM's lock taken, until it is released: a slow or hanging qm.
   *
   * @returns `reached` resolves once a command waits there
   */
  hold(verb: Verb): { readonly reached: Promise<void>; readonly release: () => void } {
    const reached = gate();
    const released = gate();
    this.#holds.set(verb, { reached: reached.open, released: released.opened });
    return { reached: reached.opened, release: released.open };
  }

  readonly run = async (args: readonly string[], output: CommandOutput): Promise<number> => {
    try {
      await this.#dispatch(args, output);
      return 0;
    } catch (error) {
      if (!(error instanceof QmFailure) && !(error instanceof StartFailure)) throw error;
      output.stderr(`${error.message}\n`);
      return error instanceof QmFailure ? error.status : taskFailed;
    }
  };

  async #dispatch(args: readonly string[], output: CommandOutput): Promise<void> {
    const [verb = '', ...rest] = args;
    if (!isVerb(verb)) {
      throw new QmFailure(
        `ERROR: ${verb === '' ? 'no command specified' : `unknown command 'qm ${verb}'`}`,
        taskFailed,
      );
    }
    const { values, positionals } = parsed(verb, rest);
    if (verb === 'list') {
      output.stdout(listText(this.#configs(), (vmid) => this.#fields(vmid)));
      return;
    }
    const vmid = Number(positionals[0]);
    if (positionals.length !== 1 || !Number.isInteger(vmid) || vmid < 100) {
      throw new QmFailure(`400 not enough arguments\nqm ${verb} <vmid> [OPTIONS]`, taskFailed);
    }
    const config = this.#config(vmid);
    switch (verb) {
      case 'config':
        for (const key of [...config.keys()].sort()) output.stdout(`${key}: ${String(config.get(key))}\n`);
        return;
      case 'status':
        output.stdout(statusText(this.#fields(vmid), values['verbose'] === true));
        return;
      case 'start':
      case 'stop':
      case 'shutdown':
        await this.#locked(verb, vmid, config, output);
    }
  }

  async #locked(
    verb: 'start' | 'stop' | 'shutdown',
    vmid: number,
    config: VmConfig,
    output: CommandOutput,
  ): Promise<void> {
    if (this.lockFileHeld || this.#busy) {
      output.stderr('trying to acquire lock...\n');
      throw new QmFailure(`can't lock file '/var/lock/qemu-server/lock-${vmid}.conf' - got timeout`, taskFailed);
    }
    this.#busy = true;
    try {
      const hold = this.#holds.get(verb);
      this.#holds.delete(verb);
      hold?.reached();
      await hold?.released;
      this.#change(verb, vmid, config, output);
    } finally {
      this.#busy = false;
    }
  }

  #change(verb: 'start' | 'stop' | 'shutdown', vmid: number, config: VmConfig, output: CommandOutput): void {
    const vm = this.#host.vm();
    const lock = config.get('lock');
    if (verb !== 'start' && !vm.running) return;
    if (lock !== undefined) throw new QmFailure(`VM is locked (${lock})`, taskFailed);
    if (verb === 'start') {
      if (vm.running) throw new QmFailure(`VM ${vmid} already running`, taskFailed);
      vm.start(config, output);
      this.#startedAtMs = this.#host.nowMs();
    } else if (verb === 'shutdown' && this.ignoresShutdown) {
      throw new QmFailure('VM quit/powerdown failed - got timeout', taskFailed);
    } else {
      vm.stop(verb);
    }
  }

  #configs(): readonly number[] {
    return existsSync(this.#configFile(this.#host.vm().vmid)) ? [this.#host.vm().vmid] : [];
  }

  #configFile(vmid: number): string {
    return join(this.#host.root, 'etc/pve/qemu-server', `${vmid}.conf`);
  }

  #config(vmid: number): VmConfig {
    const file = this.#configFile(vmid);
    if (!existsSync(file)) {
      const path = `nodes/${this.#host.hostname}/qemu-server/${vmid}.conf`;
      throw new QmFailure(`Configuration file '${path}' does not exist`, noSuchConfig);
    }
    return parseVmConfig(readFileSync(file, 'utf8'));
  }

  #fields(vmid: number) {
    const vm = this.#host.vm();
    const uptimeS = vm.running ? Math.floor((this.#host.nowMs() - this.#startedAtMs) / 1000) : 0;
    return statusFields(vmid, this.#config(vmid), vm.running ? { pid: process.pid, uptimeS } : null);
  }
}

function parsed(verb: Verb, args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        verbose: { type: 'boolean' },
        timeout: { type: 'string' },
        skiplock: { type: 'string' },
        forceStop: { type: 'string' },
        'overrule-shutdown': { type: 'string' },
        current: { type: 'string' },
        full: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new QmFailure(`400 unable to parse option\nqm ${verb} [OPTIONS]\n${String(error)}`, taskFailed);
  }
}
