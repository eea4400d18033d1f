import type { PciAddress } from '../pci/address.ts';
import { recogniseKernelText, type RecognisedLine } from '../pci/kernel-catalogue/recognise.ts';
import { noSuchReset, type ResetMethod } from '../pci/reset-names.ts';
import type { KernelReset } from './reset-tracker.ts';

/** The kernel's words for a reset after which it waits (drivers/pci/pci.c, callers of pci_dev_wait); it waits after other things too. */
const waitWords: ReadonlyMap<string, ResetMethod> = new Map([
  ['FLR', 'flr'],
  ['AF_FLR', 'af_flr'],
  ['PM D3->D0', 'pm'],
  ['PM D3hot->D0', 'pm'],
  ['bus reset', 'bus'],
]);
/** A port is named so in the log by the driver that every port has. */
const portDriver = 'pcieport';

interface Begun {
  readonly usec: number;
  method?: ResetMethod;
  returned?: number;
}

/** What a line of the log adds. */
export interface LoggedReset {
  /** Whether it tells of a reset at all: a kernel that says such things is one to listen to. */
  readonly isAboutReset: boolean;
  /** The reset that is over with this line. */
  readonly reset?: KernelReset;
}

const nothing: LoggedReset = { isAboutReset: false };
const partOfReset: LoggedReset = { isAboutReset: true };

/**
 * Makes resets of the kernel's log. Since Linux 6.13 it says when one begins and ends of a function whose driver takes no part in it, as
 * vfio-pci does not (pci_dev_save_and_disable, pci_dev_restore), but neither how nor by whom, and nothing of what vfio resets as it closes
 * a function. How is said, by all kernels, of a reset after which the function was slow or never came back.
 */
export class ResetLog {
  readonly #functions: ReadonlySet<PciAddress>;
  readonly #begun = new Map<PciAddress, Begun>();

  constructor(functions: Iterable<PciAddress>) {
    this.#functions = new Set(functions);
  }

  /** @param usec the kernel's stamp of the record. */
  push(text: string, usec: number): LoggedReset {
    const found = recogniseKernelText(text);
    const address = found?.device;
    if (found === undefined || address === undefined) return nothing;
    switch (found.line.id) {
      case 'resetting':
        this.#begun.set(address, { usec });
        return partOfReset;
      case 'reset-done':
        return this.#end(address, usec);
      case 'reset-waiting':
      case 'reset-ready-late':
      case 'reset-gave-up':
        return this.#wait(found, address);
      default:
        return nothing;
    }
  }

  #end(address: PciAddress, usec: number): LoggedReset {
    const begun = this.#begun.get(address);
    this.#begun.delete(address);
    if (begun === undefined || !this.#functions.has(address)) return partOfReset;
    const durationMs = Math.max(0, usec - begun.usec) / 1000;
    const { method = 'unknown', returned } = begun;
    return { isAboutReset: true, reset: { ...unseen, function: address, method, returned, durationMs } };
  }

  #wait({ line, fields, driver }: RecognisedLine, address: PciAddress): LoggedReset {
    const method = waitWords.get(fields['after']?.trim() ?? '');
    if (method === undefined) return nothing;
    const returned = line.id === 'reset-gave-up' ? noSuchReset : 0;
    const isPort = driver === portDriver;
    // A bus reset is begun for every function on the bus, and the port above waits.
    const begun = isPort ? [...this.#begun.values()] : [this.#begun.get(address)].filter((one) => one !== undefined);
    for (const one of begun) Object.assign(one, { method, returned });
    const isOver = line.id !== 'reset-waiting' && begun.length === 0;
    if (!isOver || !(isPort || this.#functions.has(address))) return partOfReset;
    const place = isPort ? { function: undefined, bridge: address } : { function: address };
    const durationMs = Number(fields['waitedMs']);
    return { isAboutReset: true, reset: { ...unseen, ...place, method, returned, durationMs } };
  }
}

/** What the log never tells. */
const unseen = { bridge: undefined, task: undefined, during: undefined };
