import { pci } from '../board.ts';
import { complaintLines, type KernelComplaint } from '../kernel-complaints.ts';
import { type KernelLevel, type KernelLog, kernelLevels } from '../kernel-log.ts';
import type { Machine } from '../machine.ts';
import type { PassthroughVm } from '../passthrough-vm.ts';
import type { StartFault } from '../vm-start-faults.ts';
import { WireByHand } from './wire-by-hand.ts';

/** What a test lays hands on, as the present boot has it. */
export interface HandledHost {
  readonly machine: Machine;
  readonly vm: PassthroughVm;
  readonly log: KernelLog;
  readonly kernelRelease: string;
}

/** What a test does to devices, VM and kernel log of a twin, at the moment that it chooses. A fault script does it by rules. */
export abstract class FaultsByHand extends WireByHand {
  protected abstract get byHand(): HandledHost;

  /** Appends a record to the kernel log. */
  kmsg(text: string, level: KernelLevel = kernelLevels.info): void {
    this.byHand.log.append(text, level);
  }

  /** The function reads all ones from now on, as when its slot loses power; the kernel is not told. A reboot revives it. */
  kill(address: string): void {
    this.byHand.machine.kill(pci(address));
    this.noteFault('kill', pci(address));
  }

  /** Undoes {@link kill}, {@link loseBridgeConfig}, {@link powerOffSlot} and {@link disableLink}. */
  revive(address: string): void {
    this.byHand.machine.revive(pci(address));
    this.noteFault('revive', pci(address));
  }

  /** The AGESA fault: a port forgets its bus numbers, so that everything below it reads all ones. */
  loseBridgeConfig(port: string): void {
    this.byHand.machine.loseBusNumbers(pci(port));
    this.noteFault('lose-bridge-config', pci(port));
  }

  /** Everything below the port loses its power, and Slot Control says so. */
  powerOffSlot(port: string): void {
    this.byHand.machine.powerOffSlot(pci(port));
    this.noteFault('power-off-slot', pci(port));
  }

  /** The port takes its link down, so that everything below it reads all ones, and Link Control says so. */
  disableLink(port: string): void {
    this.byHand.machine.disableLink(pci(port));
    this.noteFault('disable-link', pci(port));
  }

  /** The kernel says this of the function, in the words of its version; the function itself goes on. */
  report(complaint: KernelComplaint, address: string): void {
    const device = pci(address);
    const { id, parent } = this.byHand.machine.board(device);
    const accused = { device, id, driver: this.byHand.machine.driver(device), port: parent };
    for (const line of complaintLines(complaint, accused, this.byHand.kernelRelease)) {
      this.byHand.log.append(line, kernelLevels.error);
    }
    this.noteFault(complaint, device);
  }

  /** The kernel drops the function from its listing, as surprise removal does. */
  removeFunction(address: string): void {
    this.byHand.machine.remove(pci(address));
    this.noteFault('remove-function', pci(address));
  }

  /** The next `qm start` ends with this fault. */
  failNextStart(fault: StartFault): void {
    this.byHand.vm.nextStartFault = fault;
  }

  /** The VM's process ends without anybody asking. */
  crashVm(): void {
    void this.byHand.vm.stop('gone');
    this.noteFault('crash-vm', null);
  }
}
