import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PciAddress } from '../pci/address.ts';
import { hostLifelines } from './board.ts';
import type { CommandOutput } from './command.ts';
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

/** The host under the VM, as one boot has it. */
export interface VmHost {
  readonly root: string;
  readonly machine: Machine;
  readonly log: KernelLog;
  readonly record: TwinRecord;
  /** The host lost its disk or its network to the VM. */
  readonly lost: (why: string) => void;
}

/** The start failed; the text is what the task ends with. */
export class StartFailure extends Error {}

/** One VM of the twin: what its start and stop do to the functions, the kernel log and the pid file. */
export class PassthroughVm {
  readonly vmid: number;
  readonly #host: VmHost;
  #devices: readonly VfioDevice[] = [];
  #running = false;
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

  /**
   * Binds each whole group to vfio-pci, resets what has a `reset` file, and opens the functions.
   *
   * @throws StartFailure with everything bound that was bound by then, as Proxmox leaves it
   */
  start(config: VmConfig, output: CommandOutput): void {
    const devices = this.#vfioDevices(config);
    const fault = this.nextStartFault;
    this.nextStartFault = undefined;
    if (fault !== undefined && fault.kind !== 'timeout') throw new StartFailure(startFaultText(fault));
    for (const { function: address } of devices) this.#prepare(address, output);
    for (const device of devices) this.#open(device, devices, output);
    if (fault !== undefined) {
      this.#close(devices);
      throw new StartFailure(startFaultText(fault));
    }
    for (const { function: address } of devices) this.#machineReset(address, devices, output);
    this.#devices = devices;
    this.#running = true;
    writeFileSync(this.pidFile, `${process.pid}\n`);
    this.#host.record.add({ kind: 'vm-started', vmid: this.vmid });
  }

  /** The functions close: they are reset once more, sleep in D3hot and stay on vfio-pci. */
  stop(how: 'stop' | 'shutdown' | 'gone'): void {
    if (!this.#running) return;
    const devices = this.#devices;
    this.#running = false;
    this.#devices = [];
    this.#close(devices);
    rmSync(this.pidFile, { force: true });
    for (const { function: address } of devices) this.#recordReset(address, devices);
    this.#host.record.add({ kind: 'vm-stopped', vmid: this.vmid, how });
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

  #open(device: VfioDevice, devices: readonly VfioDevice[], output: CommandOutput): void {
    const { machine, log } = this.#host;
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
      this.#close(devices);
      output.stdout(cutOff ? cutOffFunctionText(device) : deadFunctionText(device));
      throw new StartFailure('start failed: QEMU exited with code 1');
    }
    machine.setOpen(address, true);
    log.append(`vfio-pci ${address}: enabling device (0000 -> 0003)`, kernelLevels.info, address);
  }

  #close(devices: readonly VfioDevice[]): void {
    for (const { function: address } of devices) this.#host.machine.setOpen(address, false);
  }

  #machineReset(address: PciAddress, devices: readonly VfioDevice[], output: CommandOutput): void {
    const foreign = this.#foreignOnBus(address, devices);
    if (this.#host.machine.board(address).resetMethods.length === 0 && foreign !== undefined) {
      const group = this.#host.machine.group(foreign) ?? 0;
      output.stdout(`kvm: vfio: Cannot reset device ${address}, depends on group ${group} which is not owned.\n`);
    }
    this.#recordReset(address, devices);
  }

  /** By its own method, else by a bus reset if the VM owns the whole bus (vfio_pci_dev_set_resettable), else not at all. */
  #recordReset(address: PciAddress, devices: readonly VfioDevice[]): void {
    const own = this.#host.machine.board(address).resetMethods[0];
    const method = own ?? (this.#foreignOnBus(address, devices) === undefined ? 'bus' : undefined);
    if (method !== undefined) this.#host.record.add({ kind: 'reset', function: address, method, by: 'vfio' });
  }

  #foreignOnBus(address: PciAddress, devices: readonly VfioDevice[]): PciAddress | undefined {
    const { machine } = this.#host;
    const { parent } = machine.board(address);
    if (parent === null) return undefined;
    return machine.functionsBelow(parent).find((other) => !devices.some((device) => device.function === other));
  }
}
