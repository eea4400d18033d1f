import type { PciAddress } from '../../pci/address.ts';
import type { TwinRecord } from '../record.ts';
import type { TwinSshServer } from '../ssh-server.ts';

/** The twin's side of the wire: how one gets in, who is there, and what a test does to connections at the moment that it chooses. */
export abstract class WireByHand {
  abstract readonly record: TwinRecord;
  protected abstract get wire(): TwinSshServer;

  get port(): number {
    return this.wire.port;
  }

  /** `SHA256:…` of the present host key, as ssh-keygen -l prints it. */
  get hostKeySha256(): string {
    return this.wire.hostKeySha256;
  }

  /** `ssh-ed25519 AAAA…`, for a known_hosts file. */
  get hostPublicKey(): string {
    return this.wire.hostPublicKey;
  }

  get connections(): number {
    return this.wire.connections;
  }

  /** Most sessions that one connection ever had open at once. */
  get maxOpenSessions(): number {
    return this.wire.maxOpenSessions;
  }

  /** TCP reset on every connection, in the middle of whatever they do; commands on the host go on. */
  dropConnections(): void {
    this.noteFault('drop-connections', null);
    this.wire.dropConnections();
  }

  /** Half-open: connections stand, new ones are accepted by TCP, and not a byte comes back until {@link thaw}. */
  freeze(): void {
    this.noteFault('freeze', null);
    this.wire.freeze();
  }

  thaw(): void {
    this.wire.thaw();
  }

  /** Another host key answers new connections. */
  swapHostKey(): void {
    this.noteFault('swap-host-key', null);
    this.wire.swapHostKey();
  }

  refuseAuthentication(refuse = true): void {
    this.wire.refuseAuthentication = refuse;
  }

  protected noteFault(name: string, address: PciAddress | null): void {
    this.record.add({ kind: 'fault', name, function: address });
  }
}
