import type { PciAddress } from '../pci/address.ts';
import type { Evidence } from './evidence.ts';

/** Bus numbers of a bridge (PCI-to-PCI bridge specification 1.2, 3.2.5). */
export interface BusNumbers {
  readonly secondary: number;
  readonly subordinate: number;
}

/** What the texts say of one function. Absent means that they do not say. */
export interface MachineFunction {
  readonly address: PciAddress;
  /** Vendor and device, `10de:1c82`. */
  id?: string;
  /** Class as six hex digits or, from lspci, four: `030000`, `0300`. */
  classCode?: string;
  /** As lspci words it. */
  name?: string;
  driver?: string;
  /** The buses behind a bridge, as they were when it worked. */
  bridge?: BusNumbers;
  /** The same as lspci read them last: zero in a port that lost its config. */
  bridgeNow?: BusNumbers;
  /** DevCap FLReset of its PCI Express capability. */
  flReset?: boolean;
  /** PMCSR No_Soft_Reset; absent where it has no power management or none was printed. */
  noSoftReset?: boolean;
  /** FLR of the conventional Advanced Features capability. */
  afReset?: boolean;
  /** True where lspci printed its capabilities, so that one that is not there does not exist. */
  capabilitiesRead?: true;
  /** True where lspci printed `<access denied>`: it was not run by root. */
  capabilitiesDenied?: true;
  /** Present where it read as all ones. */
  dead?: Evidence;
  /** `Speed 8GT/s, Width x8 (downgraded)`. */
  link?: string;
  /** Why it is known that a VM gets it: a `hostpci` line, an argument of QEMU, the driver vfio-pci. */
  passedThrough?: Evidence;
}

/** One boot of a machine, as far as its kernel log was mailed; what came before any `Linux version` is a boot too. */
export interface Boot {
  /** `uname -r`. */
  kernel?: string;
  bios?: string;
  biosDate?: string;
  commandLine?: string;
  /** Present where the kernel said that the ACS override is on. */
  overrideWarning?: Evidence;
  /** Lines of the kernel that were read, to tell a whole log from an excerpt. */
  kernelLines: number;
  /** True where the log begins with the boot. */
  fromStart: boolean;
  iommuOn: boolean;
  readonly groups: Map<PciAddress, number>;
}

/** One board with everything that was mailed about it. */
export interface Machine {
  board?: string;
  readonly functions: Map<PciAddress, MachineFunction>;
  readonly boots: Boot[];
}

/** More than a rack of boards has; garbage may look like addresses. */
const mostFunctions = 8192;

export function emptyBoot(): Boot {
  return { kernelLines: 0, fromStart: false, iommuOn: false, groups: new Map() };
}

/** The function of that address, new where it is not known. One too many is not kept. */
export function functionAt(machine: Machine, address: PciAddress): MachineFunction {
  const known = machine.functions.get(address);
  if (known !== undefined) return known;
  const created: MachineFunction = { address };
  if (machine.functions.size < mostFunctions) machine.functions.set(address, created);
  return created;
}

/** Domain and bus, `0000:2b`: what a bus reset hits. */
export function busOf(address: PciAddress): string {
  return address.slice(0, address.lastIndexOf(':'));
}

/** Domain, bus and device, `0000:2b:00`: what one card or chip has for all its functions. */
export function slotOf(address: PciAddress): string {
  return address.slice(0, address.lastIndexOf('.'));
}

/** True where all functions of the machine were listed, so that one that is not named does not exist. */
export function listedWhole({ functions, boots }: Machine): boolean {
  const hostBridge = [...functions.values()].some(({ classCode }) => classCode?.startsWith('0600') === true);
  // `find /sys/kernel/iommu_groups` gives no classes, but whoever prints group 0 prints them all.
  return hostBridge || boots.some(({ groups }) => [...groups.values()].includes(0));
}

/** The functions on the same bus, itself not among them. */
export function siblingsOf(machine: Machine, address: PciAddress): MachineFunction[] {
  const bus = busOf(address);
  return [...machine.functions.values()].filter((other) => other.address !== address && busOf(other.address) === bus);
}

/** The port above; undefined on a root bus and where it was not mailed. */
export function parentOf(machine: Machine, address: PciAddress): MachineFunction | undefined {
  const domain = address.slice(0, address.indexOf(':') + 1);
  const bus = Number.parseInt(busOf(address).slice(domain.length), 16);
  const ports = [...machine.functions.values()].filter(
    (port) => port.address.startsWith(domain) && port.address !== address,
  );
  const above = ports.find(({ bridge }) => bridge?.secondary === bus);
  if (above !== undefined || bus === 0) return above;
  // A port that lost its bus numbers no longer says what is below: it is told by being the only one.
  const lost = ports.filter(({ bridge, bridgeNow }) => bridge === undefined && bridgeNow?.secondary === 0);
  return lost.length === 1 ? lost[0] : undefined;
}

/** The groups of the last boot that printed any, by number. */
export function groupsOf(machine: Machine): Map<number, PciAddress[]> {
  const last = machine.boots.findLast(({ groups }) => groups.size > 0);
  const groups = new Map<number, PciAddress[]>();
  for (const [address, group] of last?.groups ?? []) groups.set(group, [...(groups.get(group) ?? []), address].sort());
  return new Map([...groups].sort(([a], [b]) => a - b));
}

/** PCI class code of any bridge: base class 06 (PCI Code and ID Assignment spec). */
export function isBridge({ classCode, bridge, bridgeNow }: MachineFunction): boolean {
  return bridge !== undefined || bridgeNow !== undefined || classCode?.startsWith('06') === true;
}

/** Base class 03: a display controller. */
export function isDisplay({ classCode }: MachineFunction): boolean {
  return classCode?.startsWith('03') === true;
}

export function isPassedThrough(one: MachineFunction): boolean {
  return one.passedThrough !== undefined || one.driver === 'vfio-pci';
}
