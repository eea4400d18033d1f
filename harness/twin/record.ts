import type { PciAddress } from '../pci/address.ts';

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
  /** A boot after the first. */
  | { readonly kind: 'booted'; readonly bootId: string }
  | { readonly kind: 'host-lost'; readonly why: string };

/** Events after which the host is no longer what it was. */
const changing: ReadonlySet<TwinEvent['kind']> = new Set(['bound', 'reset', 'vm-started', 'vm-stopped', 'host-lost']);

/** More of them would fill the memory in a run of a million cycles. */
const mostEvents = 200_000;

/** What happened, the last hundred thousand events at least; counts and listeners miss none. */
export class TwinRecord {
  #events: TwinEvent[] = [];
  readonly #counts = new Map<TwinEvent['kind'], number>();
  readonly #listeners = new Set<(event: TwinEvent) => void>();

  get events(): readonly TwinEvent[] {
    return this.#events;
  }

  /** Command lines that clients ran, as they sent them. */
  get commands(): readonly string[] {
    return this.#events.flatMap((event) => (event.kind === 'exec' ? [event.command] : []));
  }

  /** What clients made the host do: bindings, resets, VM starts and stops. Empty means that they only looked. */
  get changes(): readonly TwinEvent[] {
    return this.#events.filter((event) => changing.has(event.kind));
  }

  count(kind: TwinEvent['kind']): number {
    return this.#counts.get(kind) ?? 0;
  }

  add(event: TwinEvent): void {
    this.#events.push(event);
    if (this.#events.length > mostEvents) this.#events = this.#events.slice(-mostEvents / 2);
    this.#counts.set(event.kind, this.count(event.kind) + 1);
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Calls back inside the act itself, so that a fault can strike right after it. @returns the way to stop */
  subscribe(listener: (event: TwinEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
