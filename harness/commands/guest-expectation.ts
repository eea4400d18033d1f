import type { LabHostConfig } from '../inventory/config.ts';
import { hostpciCovers } from '../inventory/hostpci.ts';
import type { GuestExpectation } from '../vm/guest-proof.ts';

/**
 * What the inventory expects of the guest; undefined where it is not to be asked. The VM gets the functions in the order of its
 * hostpci lines; under a manager without such lines the inventory has to name the functions in that order.
 */
export function guestExpectation({ guest, functions, hostpci }: LabHostConfig): GuestExpectation | undefined {
  if (guest === undefined) return undefined;
  const inOrder = hostpci?.flatMap((line) =>
    functions
      .filter(({ address }) => hostpciCovers(line, address))
      .toSorted((a, b) => (a.address < b.address ? -1 : 1)),
  );
  return {
    os: guest.os,
    functions: (inOrder ?? functions).map(({ address, id }) => ({
      address,
      id,
      command: guest.commands.find((command) => command.function === address)?.run,
    })),
    timeoutMs: guest.timeoutMs,
  };
}
