import type { PciAddress } from '../pci/address.ts';
import type { VmEnd } from './faults/vm-moments.ts';

/** Why a function does not answer. */
export type DeathCause = 'killed' | 'bridge-config-lost' | 'slot-power-off' | 'link-down';

/** What was truly so of a function at one moment. */
export interface FunctionTruth {
  readonly function: PciAddress;
  /** False where the kernel has dropped it from its listing. */
  readonly present: boolean;
  /** Everything that keeps it from answering; empty while it is alive. */
  readonly deadOf: readonly DeathCause[];
  readonly driver: string | null;
  readonly group: number | null;
}

/** When something befell the host. */
export interface Occasion {
  /** Number of `qm start` commands that have come so far, whatever became of them. */
  readonly cycle: number;
  /** Number of the boot, from 1. */
  readonly boot: number;
  /** On the twin's clock; events are in order also where it stands still. */
  readonly atMs: number;
}

/** What happened on the twin, in order: the truth that an oracle holds against what the harness says. */
export type TwinEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'authentication-refused'; readonly user: string }
  | { readonly kind: 'exec'; readonly command: string }
  | { readonly kind: 'bound'; readonly function: PciAddress; readonly driver: string | null }
  | { readonly kind: 'reset'; readonly function: PciAddress; readonly method: string; readonly by: 'proxmox' | 'vfio' }
  | { readonly kind: 'vm-started'; readonly vmid: number }
  | { readonly kind: 'vm-stopped'; readonly vmid: number; readonly how: 'stop' | 'shutdown' | 'gone' }
  | { readonly kind: 'fault'; readonly name: string; readonly function: PciAddress | null }
  /** A rule of the fault script came true. `functions` are those that it concerns; none where it is the whole host. */
  | ({
      readonly kind: 'befell';
      readonly what: string;
      readonly when: string;
      /** Place of the rule in its list of the file, from 0. */
      readonly rule: number;
      readonly list: 'faults' | 'wire';
      readonly functions: readonly PciAddress[];
    } & Occasion)
  /** A kernel with the bridge fix put the port back as it was before the reset. */
  | { readonly kind: 'port-restored'; readonly port: PciAddress }
  /** What was so once a VM had ended, or its start had failed. A cycle in which the host died has none. */
  | ({ readonly kind: 'cycle-truth'; readonly vm: VmEnd; readonly functions: readonly FunctionTruth[] } & Occasion)
  /** A boot after the first. */
  | { readonly kind: 'booted'; readonly bootId: string }
  | { readonly kind: 'host-lost'; readonly why: string };

/** Events after which the host is no longer what it was. */
const changing: ReadonlySet<TwinEvent['kind']> = new Set(['bound', 'reset', 'vm-started', 'vm-stopped', 'host-lost']);

/** What happened, the last hundred thousand events at least; counts and listeners miss none. */
export class TwinRecord {
  readonly #keep: number;
  readonly #events: TwinEvent[] = [];
  readonly #counts = new Map<TwinEvent['kind'], number>();
  readonly #listeners = new Set<(event: TwinEvent) => void>();

  /** @param keep how many of the latest events it remembers, so that a million cycles cost no memory; who needs all of them subscribes */
  constructor(keep = 100_000) {
    this.#keep = keep;
  }

  get events(): readonly TwinEvent[] {
    return this.#events.length > this.#keep ? this.#events.slice(-this.#keep) : this.#events;
  }

  /** Command lines that clients ran, as they sent them. */
  get commands(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === 'exec' ? [event.command] : []));
  }

  /** What clients made the host do: bindings, resets, VM starts and stops. Empty means that they only looked. */
  get changes(): readonly TwinEvent[] {
    return this.events.filter((event) => changing.has(event.kind));
  }

  /** Of all events, remembered or not. */
  count(kind: TwinEvent['kind']): number {
    return this.#counts.get(kind) ?? 0;
  }

  add(event: TwinEvent): void {
    this.#counts.set(event.kind, this.count(event.kind) + 1);
    this.#events.push(event);
    // Twice as many may lie here, so that dropping the old ones costs next to nothing for each event.
    if (this.#events.length > 2 * this.#keep) this.#events.splice(0, this.#events.length - this.#keep);
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Calls back inside the act itself, so that a fault can strike right after it. @returns the way to stop */
  subscribe(listener: (event: TwinEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
