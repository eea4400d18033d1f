import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callsBad, callTable, hypothesesOf, type Rule } from './hypotheses.ts';
import { optionsOf } from './options.ts';
import { RuleClasses } from './rule-classes.ts';
import { type BisectSpace, type Cell, CellGrid } from './space.ts';

const names = (what: string, count: number): string[] => Array.from({ length: count }, (_none, n) => `${what}${n}`);
const space = (kernels: number, biosVersions: number, flags = 0): BisectSpace => ({
  kernels: names('k', kernels),
  biosVersions: names('b', biosVersions),
  flags: names('f', flags).map((name, index) => ({ name, suspect: index % 2 === 0 ? 'on' : 'off' })),
});

describe('the rules that are looked for', () => {
  it.each([
    [space(16, 1), { 'kernel-only': 15, 'no-culprit': 1, 'all-bad': 1 }],
    [
      space(16, 6),
      { 'kernel-only': 15, 'bios-only': 5, 'both-needed': 75, 'either-suffices': 75, 'no-culprit': 1, 'all-bad': 1 },
    ],
    [space(3, 1, 2), { 'kernel-only': 2, flag: 2, 'flag-with-other': 4, 'no-culprit': 1, 'all-bad': 1 }],
  ])('of %o', (of, counts) => {
    const hypotheses = hypothesesOf(new CellGrid(of, false), optionsOf({}).priors);
    const found: Record<string, number> = {};
    for (const { kind } of hypotheses) found[kind] = (found[kind] ?? 0) + 1;
    expect(found).toEqual(counts);
    expect(hypotheses.reduce((sum, { prior }) => sum + prior, 0)).toBeCloseTo(1, 12);
  });

  it('leaves out a kind that has no weight', () => {
    const priors = { ...optionsOf({}).priors, allBad: 0 };
    const kinds = hypothesesOf(new CellGrid(space(3, 1), false), priors).map(({ kind }) => kind);
    expect(kinds).not.toContain('all-bad');
  });

  it('never get better further towards the bad side, whichever way the axes run', () =>
    fc.assert(
      fc.property(fc.boolean(), fc.nat(), fc.nat(), fc.nat(), (isFix, one, other, which) => {
        const grid = new CellGrid(space(5, 3, 2), isFix);
        const hypotheses = hypothesesOf(grid, optionsOf({}).priors);
        const calls = callTable(grid, hypotheses);
        const [a, b] = [one % grid.size, other % grid.size];
        fc.pre(grid.isAtMost(grid.cellAt(a), grid.cellAt(b)));
        const at = which % hypotheses.length;
        const call = (cell: number): number => calls[cell * hypotheses.length + at] ?? -1;
        expect(call(a)).toBeLessThanOrEqual(call(b));
      }),
    ));

  it.each<[Rule, Cell, boolean]>([
    [{ join: 'all', kernel: 2, bios: 1 }, { kernel: 2, bios: 0, flags: 0 }, false],
    [{ join: 'any', kernel: 2, bios: 1 }, { kernel: 2, bios: 0, flags: 0 }, true],
    [{ join: 'all', flag: 1 }, { kernel: 0, bios: 0, flags: 2 }, true],
    [{ join: 'all' }, { kernel: 0, bios: 0, flags: 0 }, true],
    [{ join: 'any' }, { kernel: 9, bios: 9, flags: 3 }, false],
  ])('%o of %o: %s', (rule, { kernel, bios, flags }, isBad) => expect(callsBad(rule, kernel, bios, flags)).toBe(isBad));
});

describe('a grid of cells', () => {
  it('numbers each cell once, and reverses the ordered axes for a fix', () => {
    for (const isFix of [false, true]) {
      const grid = new CellGrid(space(4, 3, 2), isFix);
      for (let index = 0; index < grid.size; index += 1) {
        const cell = grid.cellAt(index);
        expect(grid.indexOf(cell)).toBe(index);
        expect(grid.cellOfSteps(grid.kernelStep(cell), grid.biosStep(cell), grid.suspectFlags(cell))).toEqual(cell);
      }
    }
    const fix = new CellGrid(space(4, 3, 2), true);
    // The second flag is suspect where it is off.
    expect(fix.badCorner).toEqual({ kernel: 0, bios: 0, flags: 1 });
    expect(fix.goodCorner).toEqual({ kernel: 3, bios: 2, flags: 2 });
  });
});

describe('rules that nothing testable can tell apart', () => {
  const grid = new CellGrid(space(5, 3), false);
  const hypotheses = hypothesesOf(grid, optionsOf({}).priors);
  const calls = callTable(grid, hypotheses);
  const indexOf = (rule: Rule): number =>
    hypotheses.findIndex((each) => JSON.stringify(each.rule) === JSON.stringify(rule));
  const cells = (indexes: readonly number[]): number[][] =>
    indexes.map((index) => grid.cellAt(index)).map(({ kernel, bios }) => [kernel, bios]);

  it('are each alone where every cell boots; the boundary proves the rule', () => {
    const classes = new RuleClasses(grid, calls, new Set());
    expect(classes.count).toBe(hypotheses.length);
    const both = classes.boundaryOf(classes.classOf[indexOf({ join: 'all', kernel: 2, bios: 1 })] ?? -1);
    expect(cells(both.firstBad)).toEqual([[2, 1]]);
    expect(cells(both.lastGood)).toEqual([
      [4, 0],
      [1, 2],
    ]);
  });

  it('are one where a kernel boots with no BIOS', () => {
    const dead = new Set([0, 1, 2].map((bios) => grid.indexOf({ kernel: 2, bios, flags: 0 })));
    const classes = new RuleClasses(grid, calls, dead);
    const [second, third] = [2, 3].map((kernel) => classes.classOf[indexOf({ join: 'all', kernel })]);
    expect(second).toBe(third);
    expect(classes.count).toBeLessThan(hypotheses.length);
    expect(cells(classes.boundaryOf(second ?? -1).lastGood)).toEqual([[1, 2]]);
  });
});
