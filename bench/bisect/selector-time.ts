import { Bisector } from '../../harness/bisect/bisector.ts';
import type { BisectSpace } from '../../harness/bisect/space.ts';

const names = (what: string, count: number): string[] => Array.from({ length: count }, (_none, n) => `${what}${n}`);
const spaces: readonly [string, BisectSpace][] = [
  ['255 kernels', { kernels: names('k', 255), biosVersions: ['b'], flags: [] }],
  ['6 x 16', { kernels: names('k', 16), biosVersions: names('b', 6), flags: [] }],
  ['16 x 32', { kernels: names('k', 32), biosVersions: names('b', 16), flags: [] }],
];

/** CPU time of a decision, in a bisect that has seen twelve cells: the median of many. */
export function selectorTime(print: (line: string) => void): void {
  print('\n## What a decision takes\n\n| space | rules | median CPU time |\n|---|---|---|');
  for (const [name, space] of spaces) {
    const bisector = new Bisector(space, ['usb']);
    const { kernels, biosVersions } = space;
    for (let index = 0; index < 12; index += 1) {
      const cell = { kernel: (index * 37) % kernels.length, bios: index % biosVersions.length, flags: 0 };
      const isBad =
        cell.kernel * 3 > kernels.length * 2 && (biosVersions.length === 1 || cell.bios * 2 > biosVersions.length);
      bisector.observe({ cell, boot: `boot ${index}`, roles: { usb: { survived: isBad ? 3 : 20, lost: isBad } } });
    }
    const times: number[] = [];
    const at = { cell: { kernel: 0, bios: 0, flags: 0 }, boot: 'boot 0', needsBoot: true };
    for (let count = 0; count < 31; count += 1) {
      const from = process.cpuUsage();
      bisector.next(count, at);
      const { user, system } = process.cpuUsage(from);
      times.push((user + system) / 1000);
    }
    times.sort((one, other) => one - other);
    print(`| ${name} | ${bisector.ruleCount} | ${(times[15] ?? 0).toFixed(1)} ms |`);
  }
}
