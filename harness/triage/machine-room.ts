import { parsePciAddress } from '../pci/address.ts';
import type { RecognisedLine } from '../pci/kernel-catalogue/recognise.ts';
import { type Evidence, evidenceOf, keptText, type RawLine } from './evidence.ts';
import { type Boot, emptyBoot, functionAt, type Machine, slotOf } from './machine.ts';

/** Bounds of what garbage can make up. */
const mostMachines = 50;
const mostBoots = 500;

/** The machines that the texts tell of. A text belongs to the machine whose board was named last. */
export class MachineRoom {
  machine: Machine = newMachine();
  boot: Boot = emptyBoot();
  readonly machines: Machine[] = [this.machine];
  /** What was handed over before the functions of a slot were known: `0000:2b:00`. */
  readonly #slots = new Map<string, Evidence>();

  constructor() {
    this.machine.boots.push(this.boot);
  }

  #enter(machine: Machine): void {
    this.machine = machine;
    if (machine.boots.length === 0) machine.boots.push(emptyBoot());
    this.boot = machine.boots.at(-1) ?? emptyBoot();
  }

  /** Takes what a line says of the machine, of its kernel or of one of its functions. */
  takeFact({ line, device, driver, fields }: RecognisedLine, raw: RawLine): void {
    switch (line.id) {
      case 'kernel-started':
        this.#startBoot(fields['release'] ?? '');
        return;
      case 'command-line':
        this.boot.commandLine ??= keptText(fields['commandLine'] ?? '');
        return;
      case 'dmi-board':
        this.#nameBoard(fields['board'] ?? '', fields['bios'] ?? '', fields['biosDate'] ?? '');
        return;
      case 'acs-override-on':
        this.boot.overrideWarning ??= evidenceOf(raw);
        return;
      case 'iommu-found':
        this.boot.iommuOn = true;
        return;
      default:
        break;
    }
    if (device === undefined) return;
    const one = functionAt(this.machine, device);
    switch (line.id) {
      case 'function-found':
        one.id = keptText(fields['vendorDevice'] ?? '');
        one.classCode = keptText(fields['classCode'] ?? '');
        break;
      case 'bridge-windows': {
        const secondary = Number.parseInt(fields['secondary'] ?? '', 16);
        const subordinate = fields['subordinate'];
        one.bridge = {
          secondary,
          subordinate: subordinate === undefined ? secondary : Number.parseInt(subordinate, 16),
        };
        break;
      }
      case 'iommu-group-added':
      case 'iommu-group-added-4.15':
        this.boot.groups.set(device, Number(fields['group']));
        break;
      case 'iommu-group-removed':
        this.boot.groups.delete(device);
        break;
      case 'header-type-unknown':
      case 'libvirt-header-dead':
        if (/^(?:7f|127)$/.test(fields['headerType'] ?? '')) one.dead ??= evidenceOf(raw);
        break;
      default:
        break;
    }
    if (driver === 'vfio-pci' && line.id !== 'iommu-group-removed') one.passedThrough ??= evidenceOf(raw);
  }

  /** A VM is given this slot or function: `2b:00`, `0000:2b:00.0`. */
  passThrough(slot: string, evidence: Evidence): void {
    const address = parsePciAddress(slot);
    if (address !== undefined) functionAt(this.machine, address).passedThrough ??= evidence;
    else this.#slots.set(slot.length === 5 ? `0000:${slot}` : keptText(slot), evidence);
  }

  /** To be called when everything is read: a slot that was handed over is all its functions. */
  finish(): void {
    for (const machine of this.machines) {
      for (const one of machine.functions.values()) {
        const evidence = this.#slots.get(slotOf(one.address));
        if (evidence !== undefined) one.passedThrough ??= evidence;
      }
    }
  }

  #startBoot(release: string): void {
    const { boot } = this;
    // A file that begins with this line tells of the boot that was made for it.
    const fresh = boot.kernel === undefined && boot.kernelLines <= 1 && boot.groups.size === 0;
    if (!fresh && this.machine.boots.length < mostBoots) this.machine.boots.push(emptyBoot());
    this.boot = this.machine.boots.at(-1) ?? boot;
    if (!fresh) this.boot.kernelLines = 1;
    this.boot.kernel = keptText(release);
    this.boot.fromStart = true;
  }

  #nameBoard(board: string, bios: string, biosDate: string): void {
    const name = keptText(withoutPlaceholders(board));
    const { machine, boot } = this;
    if (machine.board !== undefined && machine.board !== name) {
      const known = this.machines.find((one) => one.board === name);
      const other = known ?? newMachine();
      if (known === undefined && this.machines.length < mostMachines) this.machines.push(other);
      // This boot began before it was known whose it is.
      if (machine.boots.length > 1 && boot.bios === undefined) {
        machine.boots.pop();
        other.boots.push(boot);
      }
      this.#enter(other);
    }
    this.machine.board ??= name;
    this.boot.bios ??= keptText(bios);
    this.boot.biosDate ??= biosDate;
  }
}

function newMachine(): Machine {
  return { functions: new Map(), boots: [] };
}

/** Boards of makers who leave these fields as they came. */
function withoutPlaceholders(board: string): string {
  return board.replace(/^(?:System manufacturer System Product Name|(?:To Be Filled By O\.E\.M\. ?)+)\//, '');
}
