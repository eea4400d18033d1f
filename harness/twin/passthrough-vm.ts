import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PciAddress } from '../pci/address.ts';
import { hostLifelines } from './board.ts';
import type { CommandOutput } from './command.ts';
import type { Stall, VmEnd, VmMoments } from './faults/vm-moments.ts';
import { kernelLevels, type KernelLog } from './kernel-log.ts';
import type { Machine } from './machine.ts';
import type { TwinRecord } from './record.ts';
import {
  cutOffFunctionText,
  deadFunctionText,
  startFaultText,
  type StartFault,
  type VfioDevice,
} from './vm-start-faults.ts';
import { hostpciEntries, type VmConfig } from './vm-config.ts';
import type { VmProcess } from './vm-process.ts';

/** The host under the VM, as one boot has it. */
export interface VmHost {
  readonly root: string;
  readonly machine: Machine;
  readonly log: KernelLog;
  readonly record: TwinRecord;
  /** The host lost its disk or its network to the VM. */
  readonly lost: (why: string) => void;
  readonly moments: VmMoments;
}

/** The start failed; the text is what the task ends with. */
export class StartFailure extends Error {}

/** One VM of the twin: what its start and stop do to the functions, the kernel log and the pid file. */
export class PassthroughVm {
  readonly vmid: number;
  readonly #host: VmHost;
  #devices: readonly VfioDevice[] = [];
  #configured: readonly PciAddress[] = [];
  #running = false;
  #stopping = false;
  #process: VmProcess | undefined;
  readonly #groupFiles = new Set<number | undefined>();
  /** The next start ends with this fault instead. */
  nextStartFault: StartFault | undefined;

  constructor(vmid: number, host: VmHost) {
    this.vmid = vmid;
    this.#host = host;
  }

  get machine(): Machine {
    return this.#host.machine;
  }

  get running(): boolean {
    return this.#running;
  }

  get pidFile(): string {
    return join(this.#host.root, 'run/qemu-server', `${this.vmid}.pid`);
  }

  /** That which stands in the pid file: the twin's own one, unless the VM has one of its own. */
  get pid(): number {
    return this.#process?.pid ?? process.pid;
  }

  /**
   * Binds each whole group to vfio-pci, resets what has a `reset` file, and opens the functions.
   *
   * @throws StartFailure with everything bound that was bound by then, as Proxmox leaves it
   */
  async start(config: VmConfig, output: CommandOutput, own?: VmProcess): Promise<void> {
    const { machine, moments } = this.#host;
    this.#configured = hostpciEntries(config).flatMap(({ prefix }) => machine.onBoardAt(prefix));
    try {
      await this.#startDevices(this.#vfioDevices(config), output, own);
    } catch (error) {
      if (error instanceof StartFailure) moments.ended('refused', this.#configured);
      throw error;
    }
  }

  async #startDevices(devices: readonly VfioDevice[], output: CommandOutput, own?: VmProcess): Promise<void> {
    const fault = this.nextStartFault;
    this.nextStartFault = undefined;
    if (fault !== undefined && fault.kind !== 'timeout') throw new StartFailure(startFaultText(fault));
    for (const { function: address } of devices) this.#prepare(address, output);
    await this.#host.moments.opens();
    for (const device of devices) await this.#open(device, devices, output);
    if (fault !== undefined) {
      await this.#giveUp(devices, devices);
      throw new StartFailure(startFaultText(fault));
    }
    this.#devices = devices;
    this.#running = true;
    this.#process = own;
    own?.onEnd(() => void this.stop('gone'));
    writeFileSync(this.pidFile, `${this.pid}\n`);
    for (const { function: address } of devices) this.#sayWhatCannotBeReset(address, devices, output);
    const stall = this.#reset(devices, devices);
    if (stall !== undefined) await stall;
    this.#host.record.add({ kind: 'vm-started', vmid: this.vmid });
  }

  /** The functions close: they are reset once more, sleep in D3hot and stay on vfio-pci. */
  async stop(how: Exclude<VmEnd, 'refused'>): Promise<void> {
    if (!this.#running || this.#stopping) return;
    const devices = this.#devices;
    this.#stopping = true;
    // Where nothing holds it up, all of it has happened before anybody else has a turn.
    const stall = this.#giveUp(devices, devices);
    if (stall !== undefined) await stall;
    this.#stopping = false;
    this.#running = false;
    this.#process?.kill();
    this.#process = undefined;
    this.#devices = [];
    rmSync(this.pidFile, { force: true });
    this.#host.record.add({ kind: 'vm-stopped', vmid: this.vmid, how });
    this.#host.moments.ended(how, this.#configured);
  }

  /** What was opened is closed and reset. @param all of the VM */
  #giveUp(opened: readonly VfioDevice[], all: readonly VfioDevice[]): Stall {
    const { moments } = this.#host;
    for (const { function: address } of all) this.#host.machine.setOpen(address, false);
    const stall = this.#reset(opened, all);
    return stall === undefined ? moments.closed() : stall.then(() => moments.closed());
  }

  /** The host goes, and a process of the VM's own with it. */
  die(): void {
    const own = this.#process;
    if (own === undefined) return;
    this.#running = false;
    this.#process = undefined;
    own.kill();
  }

  #vfioDevices(config: VmConfig): readonly VfioDevice[] {
    const { machine } = this.#host;
    return hostpciEntries(config).flatMap((entry) => {
      const functions = machine.functionsAt(entry.prefix);
      if (functions.length === 0) throw new StartFailure(`no PCI device found for '${entry.host}'`);
      if (entry.pcie && config.get('machine')?.includes('q35') !== true) {
        throw new StartFailure('q35 machine model is not enabled');
      }
      const port = `ich9-pcie-port-${entry.index + 1}`;
      return functions.map((address, at) => {
        const group = machine.group(address);
        if (group === undefined) throw new StartFailure(`Cannot open iommu_group: No such file or directory`);
        const argument =
          functions.length === 1
            ? `vfio-pci,host=${address},id=hostpci${entry.index},bus=${port},addr=0x0`
            : `vfio-pci,host=${address},id=hostpci${entry.index}.${at},bus=${port},addr=0x0.${at}${at === 0 ? ',multifunction=on' : ''}`;
        return { function: address, argument, group };
      });
    });
  }

  #prepare(address: PciAddress, output: CommandOutput): void {
    const { machine, record, root, lost } = this.#host;
    const group = machine.group(address);
    for (const member of group === undefined ? [] : machine.nonBridgesOfGroup(group)) {
      machine.bind(member, 'vfio-pci');
      if (member === hostLifelines.rootDisk) lost('the VM took the SATA controller of the root disk');
      if (member === hostLifelines.network) lost('the VM took the network card');
    }
    this.#showGroupFile(group);
    const reset = join('/sys/bus/pci/devices', address, 'reset');
    if (!existsSync(join(root, reset))) return;
    if (machine.isDead(address)) {
      output.stdout(`error writing '1' to '${reset}': Inappropriate ioctl for device\n`);
      output.stdout(
        `failed to reset PCI device '${address}', but trying to continue as not all devices need a reset\n`,
      );
    } else {
      record.add({
        kind: 'reset',
        function: address,
        method: machine.board(address).resetMethods[0] ?? '',
        by: 'proxmox',
      });
    }
  }

  /** The group's file comes with the driver and stays. */
  #showGroupFile(group: number | undefined): void {
    if (this.#groupFiles.has(group)) return;
    this.#groupFiles.add(group);
    writeFileSync(join(this.#host.root, 'dev/vfio', String(group)), '');
  }

  async #open(device: VfioDevice, devices: readonly VfioDevice[], output: CommandOutput): Promise<void> {
    const { machine, log, moments } = this.#host;
    const address = device.function;
    if (machine.isDead(address)) {
      const cutOff = machine.isCutOff(address);
      for (let line = 0; line < (cutOff ? 48 : 0); line++) {
        log.append(`vfio-pci ${address}: vfio_cap_init: hiding cap 0xff@0xff`, kernelLevels.info, address);
      }
      if (!cutOff) {
        const text = `vfio-pci ${address}: Unable to change power state from D3hot to D0, device inaccessible`;
        log.append(text, kernelLevels.error, address);
      }
      // Behind a port without bus numbers it is opened, and fails at its interrupts only.
      const opened = devices.slice(0, devices.indexOf(device) + (cutOff ? 1 : 0));
      if (opened.length === 0) moments.neverOpened();
      else await this.#giveUp(opened, devices);
      output.stdout(cutOff ? cutOffFunctionText(device) : deadFunctionText(device));
      throw new StartFailure('start failed: QEMU exited with code 1');
    }
    machine.setOpen(address, true);
    log.append(`vfio-pci ${address}: enabling device (0000 -> 0003)`, kernelLevels.info, address);
  }

  #sayWhatCannotBeReset(address: PciAddress, devices: readonly VfioDevice[], output: CommandOutput): void {
    const { machine } = this.#host;
    const foreign = this.#foreignOnBus(address, devices);
    if (machine.board(address).resetMethods.length > 0 || foreign === undefined) return;
    const group = machine.group(foreign) ?? 0;
    output.stdout(`kvm: vfio: Cannot reset device ${address}, depends on group ${group} which is not owned.\n`);
  }

  /**
   * Resets functions: by their own method, else by a bus reset if the VM owns the whole bus (vfio_pci_dev_set_resettable), else not at
   * all. A bus is reset once, for all of its functions.
   */
  #reset(devices: readonly VfioDevice[], all: readonly VfioDevice[], from = 0): Stall {
    const { machine, record, moments } = this.#host;
    const ports = devices.map(({ function: address }) => {
      const { resetMethods, parent } = machine.board(address);
      return resetMethods.length > 0 || this.#foreignOnBus(address, all) !== undefined ? null : parent;
    });
    for (const [at, { function: address }] of devices.entries()) {
      if (at < from) continue;
      const port = ports[at] ?? null;
      const method = port === null ? machine.board(address).resetMethods[0] : 'bus';
      if (method !== undefined) record.add({ kind: 'reset', function: address, method, by: 'vfio' });
      if (port === null || ports.includes(port, at + 1)) continue;
      const stall = moments.busReset(port);
      if (stall !== undefined) return stall.then(() => this.#reset(devices, all, at + 1));
    }
    return undefined;
  }

  #foreignOnBus(address: PciAddress, devices: readonly VfioDevice[]): PciAddress | undefined {
    const { machine } = this.#host;
    const { parent } = machine.board(address);
    if (parent === null) return undefined;
    return machine.functionsBelow(parent).find((other) => !devices.some((device) => device.function === other));
  }
}
