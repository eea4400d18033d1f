import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandOutput } from './command.ts';
import { never } from './faults/host-acts.ts';
import type { TaskFate } from './faults/wire-faults.ts';
import { gate } from './gate.ts';
import { TwinGuest } from './guest.ts';
import { StartFailure, type PassthroughVm } from './passthrough-vm.ts';
import { qmCall, type QmCall, type QmVerb } from './qm-arguments.ts';
import { qmGuest } from './qm-guest.ts';
import { listText, statusFields, statusText } from './qm-format.ts';
import { startFaultText } from './vm-start-faults.ts';
import { hostpciEntries, parseVmConfig, type VmConfig } from './vm-config.ts';
import { VmProcess } from './vm-process.ts';

/** Exit status of a task that failed: qm ends with `exit(-1)`. */
const taskFailed = 255;
/** Exit status of a `die` whose errno is ENOENT. */
const noSuchConfig = 2;
const stopTimeout = 'VM quit/powerdown failed - got timeout';
const startTimeout = startFaultText({ kind: 'timeout' });

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
  /** Told of each start and stop that comes, whatever becomes of it. */
  readonly taskFate: (task: Task) => TaskFate;
}

type Task = 'start' | 'stop' | 'shutdown';

/**
 * Proxmox VE's `qm` on the twin: texts, streams and exit status of PVE::CLI::qm, PVE::QemuServer and PVE::RESTEnvironment.
 * As there, all that a task says goes to stdout, and only the reason of its failure to stderr.
 */
export class Qm {
  readonly #host: QmHost;
  readonly #holds = new Map<QmVerb, { readonly reached: () => void; readonly released: Promise<void> }>();
  #startedAtMs = 0;
  #busy = false;
  #life = 0;
  /** Somebody else holds the VM's lock file, as another qm does; the ten seconds that qm waits for it take no time here. */
  lockFileHeld = false;
  /** The guest does not react to the power button. */
  ignoresShutdown = false;
  /** `stop` and `shutdown` say that all went well and do nothing. */
  liesAboutStop = false;
  /** The next VM has a process of its own, with this command line where it is not the usual one. */
  ownProcess: { readonly ignoresTerm: boolean; readonly argv?: readonly string[] } | undefined;
  readonly guest: TwinGuest;

  constructor(host: QmHost) {
    this.#host = host;
    this.guest = new TwinGuest(join(host.root, '..', 'guest'));
  }

  /**
   * Makes the next command of this verb wait, with the VM's lock taken, until it is released: a slow or hanging qm.
   *
   * @returns `reached` resolves once a command waits there
   */
  hold(verb: QmVerb): { readonly reached: Promise<void>; readonly release: () => void } {
    const reached = gate();
    const released = gate();
    this.#holds.set(verb, { reached: reached.open, released: released.opened });
    return { reached: reached.opened, release: released.open };
  }

  /** The host dies: a command that is under way never comes back, and its lock goes with it. */
  die(): void {
    this.#life++;
    this.#busy = false;
    this.#holds.clear();
  }

  readonly run = async (args: readonly string[], output: CommandOutput): Promise<number> => {
    if (args[0] === 'guest') return await this.#guest(args.slice(1), output);
    const call = qmCall(args);
    if (typeof call === 'string') {
      output.stderr(call);
      return taskFailed;
    }
    try {
      await this.#heldBack(call.verb);
      if (call.verb === 'start' || call.verb === 'stop' || call.verb === 'shutdown') {
        await this.#task(call.verb, call, output);
      } else {
        output.stdout(this.#answer(call));
      }
      return 0;
    } catch (error) {
      if (!(error instanceof QmFailure) && !(error instanceof StartFailure)) throw error;
      output.stderr(`${error.message}\n`);
      return error instanceof QmFailure ? error.status : taskFailed;
    }
  };

  async #guest(words: readonly string[], output: CommandOutput): Promise<number> {
    const vm = this.#host.vm();
    const { machine } = vm;
    const config = this.#config(vm.vmid);
    const died = await qmGuest(
      {
        vmid: vm.vmid,
        agentConfigured: config.has('agent'),
        running: vm.running,
        functions: hostpciEntries(config).flatMap(({ prefix }) => machine.functionsAt(prefix)),
        machine,
        guest: this.guest,
      },
      words,
      output,
    );
    if (died === undefined) return 0;
    output.stderr(`${died}\n`);
    return taskFailed;
  }

  #answer(call: QmCall): string {
    if (call.verb === 'list') {
      const { vmid } = this.#host.vm();
      return listText(existsSync(this.#configFile(vmid)) ? [vmid] : [], (id) => this.#fields(id));
    }
    if (call.verb === 'status') return statusText(this.#fields(call.vmid), call.options.has('verbose'));
    const config = this.#config(call.vmid);
    return [...config.keys()]
      .sort()
      .map((key) => `${key}: ${config.get(key) ?? ''}\n`)
      .join('');
  }

  async #task(task: Task, { vmid, options }: QmCall, output: CommandOutput): Promise<void> {
    const fate = this.#host.taskFate(task);
    if (this.lockFileHeld || this.#busy) {
      output.stdout('trying to acquire lock...');
      throw new QmFailure(`can't lock file '/var/lock/qemu-server/lock-${vmid}.conf' - got timeout`, taskFailed);
    }
    this.#busy = true;
    const life = this.#life;
    try {
      await this.#heldBack(task, 'locked');
      if (life !== this.#life) throw new QmFailure('received interrupt', taskFailed);
      if (fate.acts && task === 'start') await this.#start(vmid, options, output);
      else if (fate.acts && task !== 'start') await this.#end(task, vmid, options);
      if (fate.says === 'nothing') await never;
      if (fate.says === 'already-running') throw new QmFailure(`VM ${vmid} already running`, taskFailed);
      if (fate.says === 'failed') throw new QmFailure(task === 'start' ? startTimeout : stopTimeout, taskFailed);
    } finally {
      if (life === this.#life) this.#busy = false;
    }
  }

  async #start(vmid: number, options: ReadonlySet<string>, output: CommandOutput): Promise<void> {
    const vm = this.#host.vm();
    const config = this.#config(vmid, taskFailed);
    const lock = config.get('lock');
    if (vm.running && lock === 'backup') return;
    if (lock !== undefined && !options.has('skiplock')) throw new QmFailure(`VM is locked (${lock})`, taskFailed);
    if (vm.running) throw new QmFailure(`VM ${vmid} already running`, taskFailed);
    const own = await this.#newProcess(vmid);
    try {
      await vm.start(config, output, own);
    } catch (error) {
      own?.kill();
      throw error;
    }
    this.#startedAtMs = this.#host.nowMs();
  }

  async #newProcess(vmid: number): Promise<VmProcess | undefined> {
    if (this.ownProcess === undefined) return undefined;
    const usual = ['/usr/bin/kvm', '-id', String(vmid), '-name', `vm${vmid},debug-threads=on`, '-no-shutdown'];
    const { argv = usual, ignoresTerm } = this.ownProcess;
    return await VmProcess.start(this.#host.root, argv, ignoresTerm);
  }

  async #end(task: 'stop' | 'shutdown', vmid: number, options: ReadonlySet<string>): Promise<void> {
    const vm = this.#host.vm();
    if (!existsSync(this.#configFile(vmid))) {
      const where = `VM ${vmid} on node '${this.#host.hostname}'`;
      throw new QmFailure(`unable to find configuration file for ${where}`, taskFailed);
    }
    if (!vm.running) return;
    const lock = this.#config(vmid).get('lock');
    if (lock !== undefined && !options.has('skiplock')) throw new QmFailure(`VM is locked (${lock})`, taskFailed);
    if (this.liesAboutStop) return;
    if (task === 'shutdown' && this.ignoresShutdown && !options.has('forceStop')) {
      throw new QmFailure(stopTimeout, taskFailed);
    }
    await vm.stop(task);
  }

  /** A task waits with the VM's lock taken, any other command before it looks. */
  async #heldBack(verb: QmVerb, moment: 'called' | 'locked' = 'called'): Promise<void> {
    const isTask = verb === 'start' || verb === 'stop' || verb === 'shutdown';
    const hold = this.#holds.get(verb);
    if (hold === undefined || isTask !== (moment === 'locked')) return;
    this.#holds.delete(verb);
    hold.reached();
    await hold.released;
  }

  #configFile(vmid: number): string {
    return join(this.#host.root, 'etc/pve/qemu-server', `${vmid}.conf`);
  }

  #config(vmid: number, failure = noSuchConfig): VmConfig {
    const file = this.#configFile(vmid);
    if (!existsSync(file)) {
      const path = `nodes/${this.#host.hostname}/qemu-server/${vmid}.conf`;
      throw new QmFailure(`Configuration file '${path}' does not exist`, failure);
    }
    return parseVmConfig(readFileSync(file, 'utf8'));
  }

  #fields(vmid: number) {
    const vm = this.#host.vm();
    const uptimeS = vm.running ? Math.floor((this.#host.nowMs() - this.#startedAtMs) / 1000) : 0;
    return statusFields(vmid, this.#config(vmid), vm.running ? { pid: vm.pid, uptimeS } : null);
  }
}
