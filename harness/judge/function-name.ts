import type { FunctionRole } from '../journal/events.ts';
import { type PciAddress, shortAddress } from '../pci/address.ts';

const roleWords: Readonly<Record<FunctionRole, string>> = { gpu: 'GPU', usb: 'USB', audio: 'audio' };

/** `GPU 2b:00.0`: a function as sentences name it. The address stays, for a board has more than one of a role. */
export function functionName(role: FunctionRole, address: PciAddress): string {
  return `${roleWords[role]} ${shortAddress(address)}`;
}
