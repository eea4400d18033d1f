import { z } from 'zod';
import type { PciAddress } from '../pci/address.ts';
import { cellContradictions, virtualLabContradictions } from './cell-checks.ts';
import { guestContradictions } from './guest.ts';
import { hostpciCovers } from './hostpci.ts';
import type { Contradiction } from './problem.ts';
import { functions, hostpci } from './schema.ts';

const comparedParts = z.object({ functions, hostpci: hostpci.optional() });
const managed = z.object({
  vm: z.object({ manager: z.enum(['proxmox', 'libvirt']) }),
  hostpci: z.unknown().optional(),
});
const anyHosts = z.object({ hosts: z.record(z.string(), z.unknown()) });

/**
 * What one value of a host says against another: functions listed twice, `hostpci` lines and functions that do not match, cells
 * that the host would be refused with.
 * Looks at the raw document, so that contradictions are reported together with whatever else is wrong.
 */
export function contradictions(inventory: unknown): Contradiction[] {
  const parsed = anyHosts.safeParse(inventory);
  if (!parsed.success) return [];
  return Object.entries(parsed.data.hosts).flatMap(([name, host]) => {
    const base = ['hosts', name];
    const parts = comparedParts.safeParse(host);
    return [
      ...(parts.success ? functionContradictions(base, parts.data) : []),
      ...managerContradictions(base, host),
      ...guestContradictions(base, host),
      ...virtualLabContradictions(base, host),
      ...cellContradictions(base, host),
    ];
  });
}

/** `hostpci` lines are Proxmox's; a domain of libvirt says in its own XML what it is handed over. */
function managerContradictions(base: readonly PropertyKey[], host: unknown): Contradiction[] {
  const parsed = managed.safeParse(host);
  if (!parsed.success) return [];
  const { vm, hostpci: lines } = parsed.data;
  const path = [...base, 'hostpci'];
  if (vm.manager === 'proxmox' && lines === undefined) {
    return [{ path, message: 'is missing: a Proxmox VM is handed its functions by hostpci lines' }];
  }
  if (vm.manager === 'libvirt' && lines !== undefined) {
    return [{ path, message: 'is of Proxmox VMs: remove it, for the XML of the domain says what it is handed over' }];
  }
  return [];
}

function functionContradictions(
  base: readonly PropertyKey[],
  { functions: owned, hostpci: lines }: z.output<typeof comparedParts>,
): Contradiction[] {
  const found: Contradiction[] = [];
  const firstIndex = new Map<PciAddress, number>();
  for (const [index, { address }] of owned.entries()) {
    const path = [...base, 'functions', index, 'address'];
    const earlier = firstIndex.get(address);
    if (earlier !== undefined) {
      found.push({ path, message: `${address} is already functions[${earlier}]` });
      continue;
    }
    firstIndex.set(address, index);
    if (lines === undefined) continue;
    const [coveredBy, coveredAgainBy] = [...lines.entries()].filter(([, line]) => hostpciCovers(line, address));
    if (coveredBy === undefined) {
      found.push({ path, message: `no hostpci line gives ${address} to the VM` });
    } else if (coveredAgainBy !== undefined) {
      const message = `gives ${address} to the VM, as hostpci[${coveredBy[0]}] does already`;
      found.push({ path: [...base, 'hostpci', coveredAgainBy[0]], message });
    }
  }
  for (const [index, line] of (lines ?? []).entries()) {
    if (owned.some(({ address }) => hostpciCovers(line, address))) continue;
    const message = 'gives the VM a function that is not under "functions": add it there, or remove the line';
    found.push({ path: [...base, 'hostpci', index], message });
  }
  return found;
}
