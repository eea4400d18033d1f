import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PciAddress } from '../pci/address.ts';
import { pci } from './board.ts';
import type { Machine } from './machine.ts';

/** How a program in the guest ends. */
export interface GuestProgram {
  readonly exitCode: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/**
 * A small Linux in the twin's VM, as its guest agent shows it: a sysfs of its own with what the VM was given, at the guest's addresses,
 * and a real shell that runs in it. What a test switches on stays until it switches it off.
 */
export class TwinGuest {
  /** The agent does not answer: the guest still boots, or has none. */
  agentIsSilent = false;
  /** So many commands to come find the agent too busy to answer. */
  busyCommands = 0;
  /** Programs besides the shell, by their first word. */
  readonly programs = new Map<string, GuestProgram>();
  readonly #tree: string;
  readonly #missing = new Set<PciAddress>();
  readonly #idle = new Set<PciAddress>();
  readonly #recovers = new Map<PciAddress, number>();

  constructor(tree: string) {
    this.#tree = tree;
  }

  /** The guest never sees this function of the host. */
  lose(address: string): void {
    this.#missing.add(pci(address));
  }

  /** The guest's driver has it, but cannot use it: no root hub, no codec, nothing enabled. */
  cripple(address: string): void {
    this.#idle.add(pci(address));
  }

  /** What {@link cripple} did to it is over once it was looked at so many times. */
  recoverAfter(address: string, looks: number): void {
    this.#recovers.set(pci(address), looks);
  }

  /**
   * Runs a program in the guest.
   * @param functions what the VM was given, in order. @returns undefined where the guest has no such program.
   */
  async exec(
    argv: readonly string[],
    functions: readonly PciAddress[],
    machine: Machine,
  ): Promise<GuestProgram | undefined> {
    const [program = '', ...args] = argv;
    if (program !== '/bin/sh') return this.programs.get(program);
    this.#writeTree(functions, machine);
    this.#countLook();
    const inTree = args.map((word) => word.replaceAll('/sys/', `${this.#tree}/sys/`));
    return await new Promise((resolve) => {
      const child = execFile(program, inTree, (_error, stdout, stderr) => {
        resolve({ exitCode: child.exitCode ?? 1, stdout, stderr });
      });
    });
  }

  #countLook(): void {
    for (const [address, left] of this.#recovers) {
      this.#recovers.set(address, left - 1);
      if (left <= 1) this.#idle.delete(address);
    }
  }

  /** Functions of one slot of the host share a port of the guest, and ports are numbered in the order of the config. */
  #writeTree(functions: readonly PciAddress[], machine: Machine): void {
    rmSync(this.#tree, { recursive: true, force: true });
    mkdirSync(join(this.#tree, 'sys/bus/pci/devices'), { recursive: true });
    const slots = [...new Set(functions.map((address) => address.slice(0, -2)))];
    for (const [index, slot] of slots.entries()) {
      for (const [number, address] of functions.filter((one) => one.startsWith(slot)).entries()) {
        if (this.#missing.has(address)) continue;
        this.#writeFunction(`0000:0${index + 1}:00.${number}`, address, machine);
      }
    }
  }

  #writeFunction(inGuest: string, address: PciAddress, machine: Machine): void {
    const { id, classCode } = machine.board(address);
    const [vendor, device] = id.split(':');
    const classText = classCode.toString(16).padStart(6, '0');
    const works = !this.#idle.has(address);
    const driver = classText.startsWith('0c03') ? 'xhci_hcd' : classText.startsWith('03') ? 'nouveau' : 'snd_hda_intel';
    const directory = join(this.#tree, 'sys/bus/pci/devices', inGuest);
    const bound = join(this.#tree, 'sys/bus/pci/drivers', driver);
    mkdirSync(directory, { recursive: true });
    mkdirSync(bound, { recursive: true });
    symlinkSync(bound, join(directory, 'driver'));
    const files = { vendor: `0x${vendor}`, device: `0x${device}`, class: `0x${classText}`, enable: works ? '1' : '0' };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), `${text}\n`);
    writeFileSync(
      join(directory, 'resource'),
      '0x00000000fb000000 0x00000000fbffffff 0x0000000000040200\n0x0000000000000000 0x0000000000000000 0x0000000000000000\n',
    );
    if (!works) return;
    if (driver === 'xhci_hcd') for (const hub of ['usb1', 'usb2']) mkdirSync(join(directory, hub));
    if (driver === 'snd_hda_intel') mkdirSync(join(directory, 'hdaudioC0D0'));
  }
}
