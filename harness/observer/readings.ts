import type { PciAddress } from '../pci/address.ts';
import type { FunctionHealth } from '../pci/health.ts';
import { ObserverProtocolError } from './errors.ts';
import { addressIn } from './mirror.ts';
import type { SaidReading } from './protocol.ts';

/** The observer remembers 16 readings of a function (`$MOST_TOLD`), and those are never older than the last so many that we were told. */
const mostKept = 64;

/**
 * What the observer has told of each function, by number. Every edge reads everything, but a healthy function reads the same each time, so a
 * reading that was told before is told by its number alone.
 */
export class Readings {
  readonly #told = new Map<PciAddress, Map<number, FunctionHealth>>();
  #last = 0;

  /** The highest number that has reached us: the observer tells in full what it told in an answer that did not. */
  get last(): number {
    return this.#last;
  }

  /** @throws ObserverProtocolError where the number stands for nothing. */
  take(address: PciAddress, said: SaidReading): FunctionHealth {
    const told = this.#told.get(address) ?? new Map<number, FunctionHealth>();
    this.#told.set(address, told);
    if ('known' in said) {
      const health = told.get(said.known);
      if (health !== undefined) return health;
      throw new ObserverProtocolError(`reading ${said.known} of ${address} was never told`, JSON.stringify(said));
    }
    const { bridge } = said.reading;
    const health = {
      ...said.reading,
      bridge: bridge === null ? null : { ...bridge, address: addressIn(bridge.address) },
    };
    told.delete(said.as);
    told.set(said.as, health);
    this.#last = Math.max(this.#last, said.as);
    for (const [oldest] of told) {
      if (told.size <= mostKept) break;
      told.delete(oldest);
    }
    return health;
  }
}
