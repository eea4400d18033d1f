import { type PciAddress, shortAddress } from '../../pci/address.ts';
import { portAbove, type ResetScope, resetScope } from '../../pci/reset-scope.ts';
import type { RungEnd, RungWorld } from './rung.ts';

/** The buses of lost functions on which an act may be done, and why it may not be done on the others. */
export interface ClearedBuses {
  readonly scopes: readonly ResetScope[];
  readonly refusals: readonly string[];
}

/**
 * Sorts out where a bus may be reset, emptied or scanned: only where everything below the port is the VM's and nobody holds any of it.
 * It rests on what the host shows now, not on the inventory, and nothing can switch it off.
 */
export function clearedBuses(world: RungWorld): ClearedBuses {
  const scopes: ResetScope[] = [];
  const refusals: string[] = [];
  for (const port of portsOf(world)) {
    const scope = resetScope(world.tree, port, world.passedThrough);
    const why = refusal(scope, world);
    if (why === undefined) scopes.push(scope);
    else refusals.push(why);
  }
  return { scopes, refusals };
}

/** The end of a step that no bus was cleared for. */
export function forbidden({ refusals }: ClearedBuses): RungEnd {
  return refusals.length === 0
    ? { standing: 'not-possible', message: 'no lost function hangs below a port' }
    : { standing: 'forbidden', message: refusals.join('; ') };
}

/** The end of a step that was taken, with the buses that it had to leave out. */
export function takenOn({ refusals }: ClearedBuses): RungEnd {
  return refusals.length === 0
    ? { standing: 'taken' }
    : { standing: 'taken', message: `left out: ${refusals.join('; ')}` };
}

/** Functions on the scope's bus by the inventory and the baseline: one that is gone from the host's tree is still meant. */
export function functionsOf(scope: ResetScope, { baseline, passedThrough }: RungWorld): PciAddress[] {
  const known = [...baseline].filter(([, { bridge }]) => bridge?.address === scope.port).map(([address]) => address);
  return [...new Set([...scope.passedThrough, ...known])].filter((address) => passedThrough.has(address)).sort();
}

function portsOf({ lost, tree, baseline }: RungWorld): ReadonlySet<PciAddress> {
  return new Set(lost.flatMap((address) => portAbove(tree, address) ?? baseline.get(address)?.bridge?.address ?? []));
}

function refusal(scope: ResetScope, { host, tree }: RungWorld): string | undefined {
  const port = shortAddress(scope.port);
  if (!tree.some(({ address }) => address === scope.port)) return `the port ${port} is not on the host any more`;
  if (scope.hostOwned.length > 0) {
    const words = scope.hostOwned.map(
      ({ address, vendorDevice, driver }) => `${shortAddress(address)} [${vendorDevice}] (${driver ?? 'no driver'})`,
    );
    return `below ${port} are functions of the host: ${words.join(', ')}`;
  }
  const held = scope.passedThrough.filter((address) => {
    const state = host.observer.state.functions.get(address);
    return state?.driver === 'vfio-pci' && (state.enableCount ?? 0) > 0;
  });
  if (held.length > 0 || host.observer.state.vmPid !== null) {
    return `below ${port}, ${held.map(shortAddress).join(', ') || 'a function'} may be in use: a VM is up or somebody holds it`;
  }
  return undefined;
}
