import { z } from 'zod';
import { bios } from './bios.ts';
import { cells } from './cells.ts';
import { identity } from './schema.ts';
import type { Contradiction } from './problem.ts';

const reached = z.object({ ssh: z.looseObject({}) });
const lookedAt = {
  identity: z.object({ identity: identity.pick({ bios: true, kernel: true }).loose() }),
  flashing: z.object({ bios }),
  cells: z.object({ cells }),
};
const virtualParts = [
  ['power', 'driver'],
  ['console', 'source'],
  ['bios', 'driver'],
] as const;

/** What the cells of a host say against its identity and against the way its BIOS is flashed. Looks at the raw document. */
export function cellContradictions(base: readonly PropertyKey[], host: unknown): Contradiction[] {
  const parsed = lookedAt.cells.safeParse(host);
  if (!parsed.success) return [];
  const who = lookedAt.identity.safeParse(host).data?.identity;
  const flashing = lookedAt.flashing.safeParse(host).data?.bios;
  const images = flashing !== undefined && 'images' in flashing ? flashing.images : undefined;
  const found: Contradiction[] = [];
  for (const [name, asked] of Object.entries(parsed.data.cells)) {
    const note = (key: 'bios' | 'kernel', message: string): void =>
      void found.push({ path: [...base, 'cells', name, key], message });
    if (asked.bios !== undefined && who?.bios?.includes(asked.bios) === false) {
      note('bios', `"${asked.bios}" is not in identity.bios, so the host would be refused with it: add it there`);
    }
    if (asked.bios !== undefined && images !== undefined && !Object.hasOwn(images, asked.bios)) {
      note('bios', `bios.images has no file for "${asked.bios}"`);
    }
    if (asked.kernel !== undefined && who?.kernel !== undefined && asked.kernel !== who.kernel) {
      const message = `"${asked.kernel}" is not identity.kernel, so the host would be refused with it: leave identity.kernel out`;
      note('kernel', message);
    }
  }
  return found;
}

/** Parts that only a virtual lab has, on a host that is reached as a real one. Looks at the raw document. */
export function virtualLabContradictions(base: readonly PropertyKey[], host: unknown): Contradiction[] {
  const parsed = reached.safeParse(host);
  if (!parsed.success || Object.hasOwn(parsed.data.ssh, 'virtualLab')) return [];
  return virtualParts.flatMap(([part, key]) => {
    const isVirtual = z.object({ [part]: z.object({ [key]: z.literal('virtual-lab') }) }).safeParse(host).success;
    const message = 'virtual-lab is for a host that is reached by ssh: {virtualLab: NAME}';
    return isVirtual ? [{ path: [...base, part, key], message }] : [];
  });
}
