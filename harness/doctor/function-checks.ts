import { overrideAdvice } from '../host/acs-override.ts';
import { describeMember, passthroughGroups } from '../host/groups.ts';
import { usesOf } from '../host/usage.ts';
import type { FunctionConfig, LabHostConfig } from '../inventory/config.ts';
import type { HostIdentity, IommuGroup } from '../journal/events.ts';
import type { GroupsReading, ReadinessReading, UsageReading } from '../observer/protocol.ts';
import { type PciAddress, shortAddress } from '../pci/address.ts';
import { busNeighbours, usableResetMethods } from '../pci/reset-methods.ts';
import { type PciTree, portAbove, type ResetScope, resetScope, type TreeFunction } from '../pci/reset-scope.ts';
import { type Check, checkOf, checksOf, type Finding, ok, stopsRun, warning } from './check.ts';

/** What was read of the host's functions. */
export interface FunctionSight {
  readonly identity: HostIdentity;
  readonly tree: PciTree;
  readonly groups: GroupsReading;
  readonly usage: UsageReading;
  readonly resets: ReadinessReading['functions'];
  readonly holders: ReadinessReading['holders'];
}

/** Is each passthrough function what the inventory says, does the VM get it alone, and how can it be reset? */
export function functionChecks(host: LabHostConfig, sight: FunctionSight): Check[] {
  const passedThrough = new Set(host.functions.map(({ address }) => address));
  const overridden = overrideAdvice(host.override?.acs, sight.identity).length === 0;
  const groups = passthroughGroups(sight.groups, sight.usage, passedThrough);
  return host.functions.flatMap((wanted) => {
    const { address } = wanted;
    const found = sight.tree.find((one) => one.address === address);
    const identity = checkOf('function', 'id', idFinding(wanted, found, sight.tree, passedThrough), address);
    // What sits there instead has resets and a group, too, but nobody asked for them.
    if (found?.vendorDevice !== wanted.id) return [identity];
    const port = portAbove(sight.tree, address);
    const scope = port === undefined ? undefined : resetScope(sight.tree, port, passedThrough);
    return [
      identity,
      checkOf('function', 'group', groupFinding(address, groups, overridden), address),
      ...checksOf(
        'function',
        'host-use',
        useFindings(address, sight.usage),
        'the host has no disk or network on it',
        address,
      ),
      checkOf(
        'function',
        'reset-methods',
        resetFinding(sight.resets[address], busNeighbours(sight.tree, address), scope, address),
        address,
      ),
      checkOf('function', 'reset-scope', scopeFinding(scope, sight.usage), address),
    ];
  });
}

function idFinding(
  { address, id }: FunctionConfig,
  found: TreeFunction | undefined,
  tree: PciTree,
  passedThrough: ReadonlySet<PciAddress>,
): Finding {
  if (found?.vendorDevice === id) return ok(`${id}, ${driverOf(found)}`);
  const elsewhere = tree.filter((one) => one.vendorDevice === id && !passedThrough.has(one.address));
  const mend =
    elsewhere.length > 0
      ? `The same id is at ${elsewhere.map((one) => shortAddress(one.address)).join(', ')}: correct the address in the inventory and in the VM.`
      : 'Compare with lspci -nn. If the function is gone, rescan the bus or switch the host off and on.';
  return found === undefined
    ? stopsRun(`${shortAddress(address)} [${id}] is not on the host.`, mend)
    : stopsRun(`${shortAddress(address)} is ${found.vendorDevice}, the inventory says ${id}.`, mend);
}

/** @param overridden true where the kernel has the ACS override that the inventory wants, or it wants none. */
function groupFinding(address: PciAddress, groups: readonly IommuGroup[], overridden: boolean): Finding {
  const own = groups.find(({ members }) => members.some((member) => member.address === address));
  if (own === undefined) {
    return stopsRun('It is in no IOMMU group.', 'Switch the IOMMU on: see the check "iommu" above.');
  }
  const others = own.members.filter((member) => member.address !== address);
  const foreign = others.filter(({ owner }) => owner === 'host');
  if (foreign.length > 0) {
    return stopsRun(
      `It shares IOMMU group ${own.group} with ${foreign.map(describeMember).join('; and with ')}.`,
      overridden
        ? 'Give the VM those functions too if the host can spare them, or try another slot or a newer BIOS.'
        : 'Put the ACS override in force: see the check "acs-override" above.',
    );
  }
  const names = others.map((member) => `${shortAddress(member.address)}${member.owner === 'bridge' ? ' (port)' : ''}`);
  return ok(`group ${own.group}, ${names.length === 0 ? 'alone' : `with ${names.join(', ')}`}`);
}

function useFindings(address: PciAddress, usage: UsageReading): Finding[] {
  return usesOf(usage, address).map((use) =>
    warning(
      `The host uses it: ${use}. It loses that when the VM starts.`,
      'Unmount it, or take the interface down, before the first run.',
    ),
  );
}

function resetFinding(
  reading: ReadinessReading['functions'][string] | undefined,
  neighbours: readonly TreeFunction[],
  scope: ResetScope | undefined,
  address: PciAddress,
): Finding {
  const { methods: listed = null, resettable = false } = reading ?? {};
  if (listed?.length === 0) {
    return warning('Somebody switched its resets off.', `echo default > /sys/bus/pci/devices/${address}/reset_method`);
  }
  const usable = usableResetMethods(listed ?? [], neighbours);
  if (usable.length > 0) return ok(`reset by ${usable.join(', then ')}`);
  if (listed === null && resettable) return ok('it can be reset; kernels before 5.15 do not say how');
  const lacking =
    listed === null
      ? 'no method of its own'
      : `the kernel lists ${listed.join(', ')} and refuses it, for ${neighbours.map((one) => shortAddress(one.address)).join(', ')} is on the same bus`;
  if (scope !== undefined && scope.hostOwned.length === 0) {
    const together = scope.passedThrough.filter((one) => one !== address).map(shortAddress);
    const beside = together.length === 0 ? '' : ` together with ${together.join(', ')}`;
    return ok(`${lacking}; the VM manager resets the bus below ${shortAddress(scope.port)}${beside}`);
  }
  return warning(
    `It is never reset between guests: ${lacking}; and its bus may not be reset.`,
    'Nothing on the host mends that: let the guest shut its driver down before the VM stops, and let soak show whether the function bears it.',
  );
}

/** PCI-to-PCI bridges (PCI Code and ID Assignment spec): what hangs below them is what counts. */
const portClass = /^0x0604/;
/** How many functions of the host are named in one line. */
const mostNamed = 4;

function scopeFinding(scope: ResetScope | undefined, usage: UsageReading): Finding {
  if (scope === undefined) return ok('on a root bus, which nobody can reset');
  const { port, hostOwned } = scope;
  if (hostOwned.length === 0) return ok(`a bus reset through ${shortAddress(port)} hits nothing of the host`);
  const endpoints = hostOwned.filter(({ classCode }) => !portClass.test(classCode));
  // What the host would miss most is named first.
  const named = endpoints
    .map((one) => ({ one, uses: usesOf(usage, one.address) }))
    .sort((a, b) => b.uses.length - a.uses.length || Number(b.one.driver !== null) - Number(a.one.driver !== null))
    .map(({ one, uses }) => `${shortAddress(one.address)} (${[driverOf(one), ...uses].join(', ')})`);
  const more = named.length > mostNamed ? ` and ${named.length - mostNamed} more` : '';
  const ports = endpoints.length < hostOwned.length ? `, ${hostOwned.length - endpoints.length} ports` : '';
  return ok(
    `a bus reset through ${shortAddress(port)} is forbidden: of the host it would hit ${named.slice(0, mostNamed).join(', ')}${more}${ports}`,
  );
}

function driverOf({ driver }: TreeFunction): string {
  return driver === null ? 'no driver' : `driver ${driver}`;
}
