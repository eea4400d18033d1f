import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bisector } from './bisector.ts';
import type { BisectOptions } from './options.ts';
import type { Position } from './position.ts';
import type { BisectSpace, Cell } from './space.ts';
import { type Step, worldOf, type WorldFacts } from './fixtures/world.ts';

const kernels = (count: number): string[] => Array.from({ length: count }, (_none, index) => `6.1.0-${40 + index}`);
const line = (count: number): BisectSpace => ({ kernels: kernels(count), biosVersions: ['2304'], flags: [] });
const square: BisectSpace = { kernels: kernels(6), biosVersions: ['2203', '2304', '2406'], flags: [] };

/** Runs a bisect to its verdict; the world answers. */
function bisected(space: BisectSpace, facts: WorldFacts, options: Partial<BisectOptions> = {}, roles = ['usb']) {
  const bisector = new Bisector(space, roles, options);
  const world = worldOf(facts);
  const steps: Step[] = [];
  let position: Position | undefined;
  for (let count = 0; count < 600; count += 1) {
    const decision = bisector.next(0, position);
    if (decision.kind === 'verdict') return { verdict: decision.verdict, bisector, steps, world };
    const step = world.visit(decision);
    steps.push(step);
    if (step.kind === 'untestable') bisector.untestable(step.cell);
    else bisector.observe(step.observation);
    position = world.position;
  }
  throw new Error('it came to no verdict');
}

const always = (isBad: (cell: Cell) => boolean, more: Partial<WorldFacts> = {}): WorldFacts => ({
  ...{ isBad, rate: 1, seed: 7, isUntestable: () => false },
  ...more,
});

describe('a bisect', () => {
  it('names the first bad kernel, with what was seen on both sides', () => {
    const { verdict } = bisected(
      line(12),
      always(({ kernel }) => kernel >= 9),
    );
    expect(verdict).toMatchObject({ outcome: 'decided', roles: [{ role: 'usb', finding: 'culprit' }] });
    const [usb] = verdict.roles;
    expect(usb?.rule).toEqual({
      join: 'all',
      terms: [{ axis: 'kernel', lastGood: '6.1.0-48', firstBad: '6.1.0-49', untestable: [] }],
    });
    expect(usb?.words).toMatch(
      /^kernel 6\.1\.0-49 is the first bad for usb, 9\d(\.\d)? %; below: clean in \d+ cycles over \d+ boots? \(p < [\d.]+ %\); above: (\d+) of \2 lost$/,
    );
    expect(verdict.confidence).toBeGreaterThan(0.95);
  });

  it.each<[string, (cell: Cell) => boolean, string, string[]]>([
    ['a BIOS', ({ bios }) => bios >= 2, 'all', ['2406']],
    ['kernel and BIOS together', ({ kernel, bios }) => kernel >= 4 && bios >= 1, 'all', ['6.1.0-44', '2304']],
    ['either of them', ({ kernel, bios }) => kernel >= 3 || bios >= 2, 'any', ['6.1.0-43', '2406']],
  ])('tells %s', (_what, isBad, join, first) => {
    const { verdict } = bisected(square, always(isBad));
    const [usb] = verdict.roles;
    expect(usb?.rule.join).toBe(join);
    expect(usb?.rule.terms.map((term) => (term.axis === 'flag' ? term.flag : term.firstBad))).toEqual(first);
  });

  it('says what a rule needs besides', () => {
    const { verdict } = bisected(
      square,
      always(({ kernel, bios }) => kernel >= 4 && bios >= 1),
    );
    expect(verdict.roles[0]?.words).toMatch(/^kernel 6\.1\.0-44 is the first bad .*; needs BIOS >= 2304$/);
  });

  it('finds an option that breaks, and one that mends', () => {
    const space: BisectSpace = {
      ...line(4),
      flags: [
        { name: 'pcie_aspm=force', suspect: 'on' },
        { name: 'the quirk', suspect: 'off' },
      ],
    };
    const broken = bisected(
      space,
      always(({ flags }) => (flags & 1) === 1),
    );
    expect(broken.verdict.roles[0]?.words).toMatch(/^usb is lost with pcie_aspm=force, /);
    const mended = bisected(
      space,
      always(({ flags }) => (flags & 2) === 0),
    );
    expect(mended.verdict.roles[0]?.words).toMatch(/^usb is lost without the quirk, /);
  });

  it('finds a fix: the first good kernel', () => {
    const { verdict } = bisected(
      line(10),
      always(({ kernel }) => kernel < 6),
      { isFix: true },
    );
    expect(verdict.roles[0]?.words).toMatch(/^kernel 6\.1\.0-46 is the first good for usb, /);
  });

  it('says that nothing in the range loses it, and which rates that excludes', () => {
    const { verdict } = bisected(
      line(6),
      always(() => false),
      { rateFloor: 0.05 },
    );
    const [usb] = verdict.roles;
    expect(usb).toMatchObject({ finding: 'no-culprit' });
    expect(usb?.excludesRate).toBeLessThan(0.08);
    expect(usb?.words).toMatch(/^nothing in the range loses usb, .*excludes rates >= /);
  });

  it('comes to that in a grid as well, in boots of many cycles', () => {
    const grid: BisectSpace = { ...line(16), biosVersions: ['2203', '2304', '2406', '2501', '2602', '2703'] };
    const { verdict, steps } = bisected(grid, { ...always(() => false), rate: 0 });
    expect(verdict.roles).toMatchObject([{ finding: 'no-culprit' }]);
    expect(steps.length).toBeLessThan(200);
  });

  it('says that the whole range is bad', () => {
    const { verdict } = bisected(
      line(6),
      always(() => true),
    );
    expect(verdict.roles[0]).toMatchObject({ finding: 'all-bad' });
  });

  it('names all kernels that may be the first where those between cannot boot', () => {
    const isUntestable = ({ kernel }: Cell): boolean => kernel === 5 || kernel === 6;
    const { verdict, steps } = bisected(
      line(10),
      always(({ kernel }) => kernel >= 6, { isUntestable }),
    );
    expect(verdict.roles[0]?.rule.terms[0]).toMatchObject({
      ...{ lastGood: '6.1.0-44', firstBad: '6.1.0-47', untestable: ['6.1.0-45', '6.1.0-46'] },
    });
    // What cannot boot is tried once.
    const tried = steps.flatMap((step) => (step.kind === 'untestable' ? [step.cell.kernel] : []));
    expect(new Set(tried).size).toBe(tried.length);
  });

  it('does not press what it saw into a rule: a staircase is no rectangle', () => {
    const isBad = ({ kernel, bios }: Cell): boolean => (kernel >= 2 && bios >= 2) || (kernel >= 4 && bios >= 1);
    const { verdict } = bisected(square, always(isBad));
    expect(verdict.roles[0]).toMatchObject({ finding: 'irregular' });
  });

  it('has a verdict for each role, and one confidence for all', () => {
    const facts = always(({ kernel }) => kernel >= 3, { goodRoles: ['gpu'] });
    const { verdict } = bisected(line(6), facts, { rateFloor: 0.1 }, ['usb', 'gpu']);
    expect(verdict.roles.map(({ role, finding }) => [role, finding])).toEqual([
      ['usb', 'culprit'],
      ['gpu', 'no-culprit'],
    ]);
    expect(verdict.confidence).toBeGreaterThanOrEqual(0.95);
  });

  it('spreads a flash that takes a person over as few as it can', () => {
    const bisector = new Bisector(
      square,
      ['usb'],
      {},
      { flash: { by: 'hand', flashMs: 14_400_000, notBeforeMs: 36_000_000 } },
    );
    const at = { cell: { kernel: 5, bios: 2, flags: 0 }, boot: 'a', needsBoot: false };
    bisector.observe({ cell: at.cell, boot: 'a', roles: { usb: { survived: 0, lost: true } } });
    expect(bisector.next(0, { ...at, needsBoot: true })).toMatchObject({
      kind: 'visit',
      switch: 'kernel',
      cell: { bios: 2 },
    });
  });

  it('is forecast from what is known', () => {
    const bisector = new Bisector(line(4), ['usb'], { rateFloor: 0.2 });
    const forecast = bisector.forecast(0, undefined);
    expect(bisector.forecast(0, undefined)).toEqual(forecast);
    expect(forecast.flashes).toEqual({ mean: 0, p90: 0 });
    expect(forecast.reboots.mean).toBeGreaterThan(1);
    expect(forecast.durationMs.p90).toBeGreaterThanOrEqual(forecast.durationMs.mean);
  });

  const worlds = fc.record({
    first: fc.integer({ min: 1, max: 7 }),
    rate: fc.constantFrom(1, 0.6, 0.3),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    untestable: fc.integer({ min: 0, max: 7 }),
  });

  it('is resumed, wherever it was broken off, to the same decisions and the same verdict', () =>
    fc.assert(
      fc.property(worlds, fc.array(fc.nat(), { maxLength: 3 }), ({ first, rate, seed, untestable }, breaks) => {
        const facts: WorldFacts = {
          ...{ rate, seed, isBad: ({ kernel }) => kernel >= first },
          isUntestable: ({ kernel }) => kernel === untestable && kernel > 0 && kernel < 7,
        };
        const { verdict, steps, bisector } = bisected(line(8), facts, { rateFloor: 0.1 });
        for (const place of breaks) {
          const at = place % (steps.length + 1);
          const resumed = new Bisector(line(8), ['usb'], { rateFloor: 0.1 });
          let position: Position | undefined;
          steps.forEach((step, index) => {
            if (index >= at) expect(resumed.next(0, position)).toEqual({ ...step.decision });
            if (step.kind === 'untestable') resumed.untestable(step.cell);
            else resumed.observe(step.observation);
            position = step.after;
          });
          expect(resumed.next(0, position)).toEqual({ kind: 'verdict', verdict });
          expect(resumed.posterior()).toEqual(bisector.posterior());
        }
      }),
      { numRuns: 15 },
    ));

  it.each<[string, () => unknown]>([
    ['no role', () => new Bisector(line(3), [])],
    ['one cell', () => new Bisector(line(1), ['usb'])],
    ['a kernel twice', () => new Bisector({ ...line(1), kernels: ['a', 'a'] }, ['usb'])],
    ['a confidence of 1', () => new Bisector(line(3), ['usb'], { confidence: 1 })],
    ['a floor of 0', () => new Bisector(line(3), ['usb'], { rateFloor: 0 })],
    ['a cell outside', () => new Bisector(line(3), ['usb']).untestable({ kernel: 3, bios: 0, flags: 0 })],
    [
      'half a cycle',
      () =>
        new Bisector(line(3), ['usb']).observe({
          cell: { kernel: 0, bios: 0, flags: 0 },
          boot: 'a',
          roles: { usb: { survived: 0.5, lost: false } },
        }),
    ],
  ])('refuses %s', (_what, act) => expect(act).toThrow(/./));

  it('refuses a boot that was of another cell', () => {
    const bisector = new Bisector(line(3), ['usb']);
    const at = (kernel: number) => ({
      cell: { kernel, bios: 0, flags: 0 },
      boot: 'a',
      roles: { usb: { survived: 1, lost: false } },
    });
    bisector.observe(at(0));
    expect(() => bisector.observe(at(1))).toThrow('another cell');
  });
});
