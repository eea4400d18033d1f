import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelSeries } from '../pci/kernel-catalogue/log-line.ts';
import { triageOf } from './fixtures/triage-of.ts';
import { factLines } from './survey.ts';

/** What the catalogue's own examples word for one version: id and text. */
function examplesOf(file: string, fits: (from: string, to: string) => boolean): { id: string; text: string }[] {
  return readFileSync(new URL(`../pci/kernel-catalogue/fixtures/${file}`, import.meta.url), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, id, from, to, text] = /^(\w\S*) +([\d.]+)\.\.([\d.]+) +\S+ +(.*)$/.exec(line) ?? [];
      return id !== undefined && from !== undefined && to !== undefined && text !== undefined && fits(from, to)
        ? [{ id, text }]
        : [];
    });
}

function ageOf(series: string): number {
  return kernelSeries.findIndex((one) => one === series);
}

/** Ids of all that is told, and how many lines were understood. */
function sightOf(lines: readonly string[]): { readonly understood: number | undefined; readonly ids: Set<string> } {
  const { sources, machines } = triageOf(lines.join('\n'));
  const told = machines.flatMap(({ faults, expectedNoise, harmless }) => [...faults, ...expectedNoise, ...harmless]);
  return { understood: sources[0]?.understood, ids: new Set(told.map(({ id }) => id)) };
}

const facts = new Set<string>(factLines);
const wordedBy = (series: string): ReturnType<typeof examplesOf> =>
  examplesOf('kernel-lines.txt', (from, to) => ageOf(from) <= ageOf(series) && ageOf(series) <= ageOf(to));

describe.each(['4.15', '5.4', '5.15', '6.1', '6.12', '6.18'])('a log in the words of %s', (series) => {
  it.each([
    ['dmesg', '[  744.100000] '],
    ['a journal', 'Nov 22 11:49:54 elysium kernel: '],
    ['a text without times', ''],
  ])('%s: every line of the catalogue is classified', (_, prefix) => {
    const examples = wordedBy(series);
    const { understood, ids } = sightOf(examples.map(({ text }) => prefix + text));
    expect(understood).toBe(examples.length);
    expect([...ids].sort()).toEqual([...new Set(examples.map(({ id }) => id))].filter((id) => !facts.has(id)).sort());
  });
});

it.each([
  ['a task log', ''],
  ['a journal', 'Nov 22 11:49:54 elysium QEMU[4242]: '],
])('%s of QEMU, Proxmox and libvirt: every line of the catalogue is classified', (_, prefix) => {
  const examples = examplesOf('program-lines.txt', () => true);
  const { understood, ids } = sightOf(examples.map(({ text }) => prefix + text));
  expect(understood).toBe(examples.length);
  expect([...ids].sort()).toEqual([...new Set(examples.map(({ id }) => id))].sort());
});
