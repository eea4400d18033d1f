import { z } from 'zod';
import type { PciAddress } from '../pci/address.ts';
import { cellContradictions, virtualLabContradictions } from './cell-checks.ts';
import { hostpciCovers } from './hostpci.ts';
import type { Contradiction } from './problem.ts';
import { functions, hostpci } from './schema.ts';

const comparedParts = z.object({ functions, hostpci });
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
      ...virtualLabContradictions(base, host),
      ...cellContradictions(base, host),
    ];
  });
}

function functionContradictions(base: readonly PropertyKey[], host: z.output<typeof comparedParts>): Contradiction[] {
  const found: Contradiction[] = [];
  const firstIndex = new Map<PciAddress, number>();
  for (const [index, { address }] of host.functions.entries()) {
    const path = [...base, 'functions', index, 'address'];
    const earlier = firstIndex.get(address);
    if (earlier !== undefined) {
      found.push({ path, message: `${address} is already functions[${earlier}]` });
      continue;
    }
    firstIndex.set(address, index);
    const [coveredBy, coveredAgainBy] = [...host.hostpci.entries()].filter(([, line]) => hostpciCovers(line, address));
    if (coveredBy === undefined) {
      found.push({ path, message: `no hostpci line gives ${address} to the VM` });
    } else if (coveredAgainBy !== undefined) {
      const message = `gives ${address} to the VM, as hostpci[${coveredBy[0]}] does already`;
      found.push({ path: [...base, 'hostpci', coveredAgainBy[0]], message });
    }
  }
  for (const [index, line] of host.hostpci.entries()) {
    if (host.functions.some(({ address }) => hostpciCovers(line, address))) continue;
    const message = 'gives the VM a function that is not under "functions": add it there, or remove the line';
    found.push({ path: [...base, 'hostpci', index], message });
  }
  return found;
}
