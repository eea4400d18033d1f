import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import type { PciAddress } from '../pci/address.ts';
import { bootMachine } from './boot.ts';
import { execHandler, hostEnvironment } from './exec.ts';
import { FaultsByHand, type HandledHost } from './faults/by-hand.ts';
import type { HostDeath } from './faults/host-acts.ts';
import { TwinFaults } from './faults/twin-faults.ts';
import { TwinFolders } from './folders.ts';
import type { TwinGuest } from './guest.ts';
import { writeProxmoxFiles, type HostIdentity } from './host-files.ts';
import { KernelLog } from './kernel-log.ts';
import { newTwinKeys, type TwinKeys } from './keys.ts';
import { TwinBootLoader } from './loaders/boot-loader.ts';
import type { Machine } from './machine.ts';
import { PassthroughVm } from './passthrough-vm.ts';
import { CommandProcesses } from './processes.ts';
import { hostIdentity, otherBoard, type TwinOptions } from './options.ts';
import { Qm, type QmHost } from './qm.ts';
import { QmDoor } from './qm-door.ts';
import { seededRandom, type SeededRandom } from './random.ts';
import { TwinRecord } from './record.ts';
import { TwinSshServer } from './ssh-server.ts';
import { seedHostpci, vmConfigText } from './vm-config.ts';

export type { TwinOptions } from './options.ts';

/** The VM of the seed. */
const vmid = 100;
/** The second that a panic has before its reboot (panic=1), and any boot before it dies. */
const rebootDelayMs = 1000;
/** Folders of the tree that a reboot makes anew; /etc/pve stays. */
const bootFolders = ['sys', 'proc', 'dev', 'run', 'var', 'tmp'] as const;

/**
 * A simulated lab host: a real SSH server on loopback whose commands are real shell commands, over a tree of sysfs, proc and dev
 * on disk that the observer reads under `COMEBACK_ROOT`, and with a `qm` whose VM changes that tree.
 * Only what goes through `qm` and this object changes the simulation; writing to a file of the tree changes that file alone.
 */
export class Twin extends FaultsByHand implements AsyncDisposable {
  /** PEM text of the key that the host lets in, for any user. */
  readonly clientPrivateKey: string;
  /** The tree: what the host has at `/`. */
  readonly root: string;
  readonly record: TwinRecord;
  /** Its keys, for another host that shall have the same. */
  readonly keys: TwinKeys;
  readonly qm: Qm;
  readonly #folders: TwinFolders;
  #identity: HostIdentity;
  readonly #random: SeededRandom;
  readonly #log: KernelLog;
  readonly #processes: CommandProcesses;
  readonly #ssh: TwinSshServer;
  readonly #faults: TwinFaults;
  #machine: Machine;
  #vm: PassthroughVm;
  #bootId = '';
  #loader: TwinBootLoader | undefined;
  #comesUp = true;
  #isBooting = false;
  /** Who answers besides, where the fault script has it so. */
  #otherHost: Twin | undefined;
  /** A reboot that the host's own systemctl began. */
  #ordered: Promise<void> = Promise.resolve();
  #qmDoor: QmDoor | undefined;

  private constructor(options: TwinOptions, folders: TwinFolders) {
    super();
    this.#folders = folders;
    this.keys = options.keys ?? newTwinKeys();
    this.clientPrivateKey = this.keys.client.private;
    this.record = new TwinRecord(options.recordedEvents);
    this.#identity = hostIdentity(options);
    this.#random = seededRandom(options.seed ?? 1);
    this.root = join(folders.tree, 'root');
    const nowMs = options.nowMs ?? (() => performance.now());
    this.#log = new KernelLog(join(this.root, 'dev/kmsg'), nowMs);
    const config = vmConfigText(options.vm?.hostpci ?? seedHostpci, options.vm?.lock, options.vm?.agent);
    const configs = new Map(options.vm?.missing === true ? [] : [[vmid, config]]);
    writeProxmoxFiles(this.root, this.#identity.hostname, configs);
    const faults = new TwinFaults(options.faults, {
      root: this.root,
      log: this.#log,
      record: this.record,
      nowMs,
      clock: options.clock ?? systemClock,
      controllerClock: options.controllerClock,
      dies: (how) => {
        this.#dies(how, options.clock ?? systemClock);
      },
      sshd: () => this.#ssh,
    });
    this.#faults = faults;
    const taskFate: QmHost['taskFate'] = (task) => faults.taskFate(task);
    this.qm = new Qm({ root: this.root, hostname: this.#identity.hostname, vm: () => this.#vm, nowMs, taskFate });
    const environment = hostEnvironment(this.root, folders.programs, this.#qmSocket);
    this.#processes = new CommandProcesses(environment, folders.programs);
    const exec = execHandler(this.qm, this.#processes, () => {
      this.#machine.hearConfigWrites();
    });
    this.#ssh = new TwinSshServer(this.keys, this.record, exec, faults);
    if (options.boot !== undefined) {
      this.#loader = new TwinBootLoader(this.root, folders.programs, options.boot, this.#identity, () => {
        this.#ordered = this.#restart();
      });
    }
    [this.#machine, this.#vm] = this.#boot(this.#identity);
  }

  static async start(options: TwinOptions): Promise<Twin> {
    const folders = new TwinFolders();
    let twin: Twin | undefined;
    try {
      twin = new Twin(options, folders);
      if (options.vm?.running === true) await twin.qm.run(['start', String(vmid), '--skiplock', '1'], silent);
      twin.#qmDoor = await QmDoor.open(join(folders.programs, 'qm'), twin.#qmSocket, twin.qm.run);
      await twin.#loader?.listen();
      await twin.#ssh.listen();
      // Its port is known now; a kernel that died has nobody who listens there.
      if (!twin.isUp) await twin.#ssh.stopListening();
      await twin.#answersBesides(options);
      return twin;
    } catch (error) {
      await twin?.[Symbol.asyncDispose]();
      folders[Symbol.dispose]();
      throw error;
    }
  }

  /** Starts the other host that the script wants behind this address. */
  async #answersBesides(options: TwinOptions): Promise<void> {
    const { faults, seed = 1, ...same } = options;
    if (faults?.wire.some(({ what }) => what === 'other-host') !== true) return;
    const who = faults.otherHost === 'alike' ? {} : otherBoard;
    this.#otherHost = await Twin.start({ ...same, ...who, seed: seed + 1, keys: this.keys });
    this.#ssh.otherHost = this.#otherHost.#ssh;
  }

  /** The other host behind this address; undefined where the fault script wants none. */
  get otherHost(): Twin | undefined {
    return this.#otherHost;
  }

  get bootId(): string {
    return this.#bootId;
  }

  /** Functions of the host's PCI listing. */
  get functions(): readonly PciAddress[] {
    return this.#machine.functionsAt('');
  }

  /** Its kernels and what starts them; only with the option `boot`. */
  get loader(): TwinBootLoader {
    if (this.#loader === undefined) throw new Error('this twin was started without kernels to choose from');
    return this.#loader;
  }

  /** False after a start whose kernel died before its network. */
  get isUp(): boolean {
    return this.#comesUp;
  }

  /** What the VM's guest agent shows; only with the option `vm.agent`. */
  get guest(): TwinGuest {
    return this.qm.guest;
  }

  get vmRunning(): boolean {
    return this.#vm.running;
  }

  protected get wire(): TwinSshServer {
    return this.#ssh;
  }

  protected get byHand(): HandledHost {
    return { machine: this.#machine, vm: this.#vm, log: this.#log, kernelRelease: this.#identity.kernelRelease };
  }

  /** Command lines whose processes still run on the host. */
  get runningCommands(): readonly string[] {
    return this.#processes.running;
  }

  /** Resolves once no command's process runs any more: nothing was left behind. */
  async commandsEnded(): Promise<void> {
    await this.#processes.ended();
  }

  /** Power goes: connections are cut and refused, every process dies, the VM with them. */
  async powerOff(): Promise<void> {
    this.#faults.endBoot();
    await this.#ordered;
    await this.#cut();
  }

  async #cut(): Promise<void> {
    this.noteFault('power-off', null);
    this.#faults.endBoot();
    await this.#ssh.stopListening();
    this.qm.die();
    this.#vm.die();
    await this.#processes.killAll();
  }

  /** Boots with a new boot_id, every function alive and on its host driver, and listens on the same port. */
  async powerOn(): Promise<void> {
    for (const folder of bootFolders) rmSync(join(this.root, folder), { recursive: true, force: true });
    const taken = this.#loader?.start();
    this.#comesUp = taken?.comesUp ?? true;
    [this.#machine, this.#vm] = this.#boot({ ...this.#identity, ...taken?.identity });
    this.record.add({ kind: 'booted', bootId: this.#bootId });
    if (!this.#comesUp) return;
    this.#loader?.cameUp();
    this.#ssh.thaw();
    await this.#ssh.listen();
  }

  /** Another BIOS is in the flash: it runs, and DMI tells it, from the next boot on. */
  flashBios(version: string): void {
    this.#identity = { ...this.#identity, biosVersion: version };
  }

  async reboot(): Promise<void> {
    this.#faults.endBoot();
    await this.#ordered;
    await this.#restart();
  }

  async #restart(): Promise<void> {
    await this.#cut();
    await this.powerOn();
  }

  /** In the middle of whatever runs in its kernel, or before it is up. */
  #dies(how: HostDeath, clock: Clock): void {
    if (this.#isBooting) this.#comesUp = false;
    else if (how !== 'reboot') this.#lost('its kernel panicked');
    if (how === 'panic') return;
    const { bootEnds } = this.#faults;
    const afterMs = how === 'reboot' && !this.#isBooting ? 0 : rebootDelayMs;
    this.#ordered = (async () => {
      await clock.sleep(afterMs, bootEnds).catch((error: unknown) => {
        if (!bootEnds.aborted) throw error;
      });
      if (!bootEnds.aborted) await this.#restart();
    })();
  }

  #lost(why: string): void {
    this.record.add({ kind: 'host-lost', why });
    this.#ssh.freeze();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#faults.endBoot();
    await this.#ordered;
    await this.#otherHost?.[Symbol.asyncDispose]();
    await this.#ssh[Symbol.asyncDispose]();
    this.#vm.die();
    await this.#processes[Symbol.asyncDispose]();
    await this.#loader?.[Symbol.asyncDispose]();
    await this.#qmDoor?.[Symbol.asyncDispose]();
    this.#log[Symbol.dispose]();
    this.#folders[Symbol.dispose]();
  }

  get #qmSocket(): string {
    return join(this.#folders.programs, 'qm.socket');
  }

  #boot(identity: HostIdentity): [Machine, PassthroughVm] {
    this.#bootId = this.#random.uuid();
    const machine = bootMachine(this.root, identity, this.#bootId, this.#log, this.record);
    this.#loader?.started();
    const lost = (why: string): void => {
      this.#lost(why);
    };
    const { moments, booted } = this.#faults.begin(machine, identity);
    const { root, record } = this;
    const vm = new PassthroughVm(vmid, { root, machine, log: this.#log, record, lost, moments });
    this.#isBooting = true;
    booted();
    this.#isBooting = false;
    return [machine, vm];
  }
}

const silent = { stdout: () => undefined, stderr: () => undefined };

/** Boots a twin. @throws Error where the machine gives it no folder or no port */
export async function startTwin(options: TwinOptions = {}): Promise<Twin> {
  return await Twin.start(options);
}
