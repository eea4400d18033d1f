import { parsePciAddress, type PciAddress } from '../pci/address.ts';
import { cheapState, type CheapState, type ObserverEvent } from './protocol.ts';

/** What the host is, as far as the observer has told: the cheap tier. */
export interface ObserverState {
  /** Cheap state of every watched function. */
  readonly functions: ReadonlyMap<PciAddress, CheapState>;
  /** Every function in the host's PCI listing; filled once something is watched. */
  readonly listing: ReadonlySet<PciAddress>;
  /** The PID in the watched VM's pid file; null while there is none, and before anything is watched. */
  readonly vmPid: number | null;
}

/** The process of the watched VM is not there. */
export const isVmGone = ({ vmPid }: ObserverState): boolean => vmPid === null;

/** The state on our side of the wire, kept current by the observer's changes. */
export class Mirror implements ObserverState {
  readonly functions = new Map<PciAddress, CheapState>();
  readonly listing = new Set<PciAddress>();
  vmPid: number | null = null;

  /** Forgets functions that are no longer watched. */
  watchOnly(functions: readonly PciAddress[]): void {
    for (const known of [...this.functions.keys()]) if (!functions.includes(known)) this.functions.delete(known);
  }

  /** @returns whether the state changed. @throws where the event does not fit what was said before. */
  apply(event: ObserverEvent): boolean {
    switch (event.t) {
      case 'change': {
        const address = addressIn(event.function);
        this.functions.set(address, cheapState.parse({ ...this.functions.get(address), ...event.state }));
        return true;
      }
      case 'listing':
        for (const address of event.added) this.listing.add(addressIn(address));
        for (const address of event.removed) this.listing.delete(addressIn(address));
        return true;
      case 'vm':
        this.vmPid = event.pid;
        return true;
      default:
        return false;
    }
  }
}

/** @throws where the text is no address: the observer names nothing else. */
export function addressIn(text: string): PciAddress {
  const address = parsePciAddress(text);
  if (address === undefined) throw new Error(`"${text}" is no PCI address`);
  return address;
}
