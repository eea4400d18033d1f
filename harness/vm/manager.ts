import { ComebackError } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import type { Wait } from '../wait.ts';
import type { GuestAgent } from './guest-agent.ts';

/** One line of the VM's config that hands functions over: `hostpci0`, `hostdev0`. `0000:2b:00` stands for every function of the slot. */
export interface PassthroughLine {
  readonly key: string;
  /** Address or, without its function digit, a whole slot. */
  readonly prefix: string;
  /** False where the manager does not take the function from the host's driver itself: it then has to be on vfio-pci at the start. */
  readonly managed: boolean;
}

/** What a manager calls its things. */
export interface VmWords {
  /** A line that hands functions over. */
  readonly line: string;
  /** What to do about a lock. */
  readonly unlock: string;
}

/** The VM as its manager sees it now. */
export interface VmStatus {
  readonly state: 'running' | 'stopped' | 'other';
  /** The manager's own word, such as `paused` or `internal-error`. */
  readonly word: string;
  /** What a start would have to wait for, such as a `backup` of Proxmox or a `managed save` of libvirt; null where there is nothing. */
  readonly lock: string | null;
  readonly passthrough: readonly PassthroughLine[];
  /** Config lines that hand something over in a way that cannot be told from here, such as a `mapping=`. */
  readonly unreadable: readonly string[];
}

/** How an act of the VM manager ended. A refused start is a result, not an error: the device may be its reason. */
export interface VmActResult {
  readonly ok: boolean;
  /** A start that failed because the VM runs already: it is somebody else's. */
  readonly alreadyUp: boolean;
  /** It was refused because something else holds the VM, which would refuse the manager's next act as well. */
  readonly heldUp: boolean;
  readonly exitCode: number | null;
  /** What the manager and QEMU said, bounded in size. */
  readonly output: string;
  readonly durationMs: number;
}

/** The few verbs a passthrough VM needs. */
export interface VmManager {
  readonly id: string;
  readonly name: string;
  readonly words: VmWords;
  /** Where the running VM's PID stands on the host, so that the observer can tell when it is gone. */
  readonly pidFile: string;
  /** The way into the guest; absent where the manager knows none. */
  readonly guestAgent?: GuestAgent;
  /** @throws VmMissingError */
  status(wait: Wait): Promise<VmStatus>;
  start(wait: Wait): Promise<VmActResult>;
  /** Ends the VM without asking the guest. */
  stop(wait: Wait): Promise<VmActResult>;
  /** Asks the guest to end by itself. It may be under way still when this is over. */
  shutdown(wait: Wait): Promise<VmActResult>;
  /** Whether a process with these arguments is this VM. */
  isItsProcess(argv: readonly string[]): boolean;
}

export class VmMissingError extends ComebackError {
  override readonly code = 'VM_MISSING';
  override readonly kind = 'usage';

  constructor(vm: string, said: string) {
    super(`The host has no ${vm}: "${said.trim()}". Correct the VM's id in the inventory, or create the VM.`);
  }
}

/** The VM manager answered in a way that cannot be understood, or could not be asked. */
export class VmManagerError extends ComebackError {
  override readonly code = 'VM_MANAGER_FAILED';
  override readonly kind = 'infra';

  constructor(command: string, exitCode: number | null, said: string) {
    super(`"${command}" on the host ended with ${exitCode ?? 'no exit code'}: ${said.trim() || 'no word'}`);
  }
}

/** True where the line hands over this function: Proxmox matches `hostpci` by address prefix (PVE/QemuServer/PCI.pm). */
export function coversFunction(line: PassthroughLine, address: PciAddress): boolean {
  return line.prefix === address || address.startsWith(`${line.prefix}.`);
}
