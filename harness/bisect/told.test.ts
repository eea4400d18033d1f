import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bisector } from './bisector.ts';
import type { BisectSpace } from './space.ts';

const line = (count: number): BisectSpace => ({
  kernels: Array.from({ length: count }, (_none, index) => `6.1.0-${40 + index}`),
  biosVersions: ['2304'],
  flags: [],
});

describe('what a bisect is told', () => {
  it('believes the same however a boot is told in pieces', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ kernel: fc.nat(7), survived: fc.nat(30), lost: fc.boolean(), cut: fc.nat(30) }), {
          maxLength: 6,
        }),
        (boots) => {
          const [whole, pieces] = [new Bisector(line(8), ['usb']), new Bisector(line(8), ['usb'])];
          boots.forEach(({ kernel, survived, lost, cut }, index) => {
            const cell = { kernel, bios: 0, flags: 0 };
            const tell = (to: Bisector, seen: { survived: number; lost: boolean }): void =>
              to.observe({ cell, boot: `boot ${index}`, roles: { usb: seen } });
            const firstPart = Math.min(cut, survived);
            tell(whole, { survived, lost });
            tell(pieces, { survived: firstPart, lost: false });
            tell(pieces, { survived: survived - firstPart, lost });
            // What is lost stays lost until the next boot: this counts for nothing.
            if (lost) tell(pieces, { survived: 5, lost: true });
          });
          const bad = (of: Bisector): number[] =>
            of.posterior()[0]?.badProbability.map(({ probability }) => probability) ?? [];
          bad(whole).forEach((probability, index) => expect(bad(pieces)[index]).toBeCloseTo(probability, 9));
        },
      ),
      { numRuns: 40 },
    ));

  it('takes a loss less seriously in a lab that was seen to make failures up', () => {
    const chanceThatKernel5IsBad = (falseFailures: number): number => {
      const bisector = new Bisector(line(12), ['usb']);
      const tell = (kernel: number, boot: string, survived: number, lost: boolean): void =>
        bisector.observe({ cell: { kernel, bios: 0, flags: 0 }, boot, roles: { usb: { survived, lost } } });
      for (let boot = 0; boot < 6; boot += 1) tell(11, `bad ${boot}`, 99, true);
      for (let boot = 0; boot < 6; boot += 1) tell(0, `good ${boot}`, 499, boot < falseFailures);
      tell(5, 'questioned', 120, true);
      return bisector.posterior()[0]?.badProbability[5]?.probability ?? 0;
    };
    expect(chanceThatKernel5IsBad(0)).toBeGreaterThan(0.85);
    expect(1 - chanceThatKernel5IsBad(3)).toBeGreaterThan(1.5 * (1 - chanceThatKernel5IsBad(0)));
  });

  it('may be of faults far rarer than a poor lab makes up: it is believed to make up less', () => {
    expect(new Bisector(line(3), ['usb']).options.falseFailureRate).toBe(0.001);
    expect(new Bisector(line(3), ['usb'], { rateFloor: 0.0006 }).options.falseFailureRate).toBeCloseTo(0.0002, 12);
    expect(() => new Bisector(line(3), ['usb'], { falseFailureRate: 0.01 })).toThrow('must be rarer');
  });
});
