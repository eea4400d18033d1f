import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DurationHistogram } from './duration-histogram.ts';

it('knows extremes exactly, middle values to half a percent and a millisecond, and loses none, with few bars', () => {
  const durations = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(durations, (all) => {
      const histogram = new DurationHistogram();
      for (const each of all) histogram.add(each);
      const sorted = [...all].sort((one, other) => one - other);
      const said = histogram.durations;
      expect(said).toMatchObject({ count: all.length, minMs: sorted[0], maxMs: sorted.at(-1) });
      const median = sorted[Math.ceil(all.length / 2) - 1] ?? NaN;
      expect(Math.abs((said?.medianMs ?? NaN) - median)).toBeLessThanOrEqual(1 + 0.005 * median);
      expect(said?.bars.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
      expect(said?.bars.length).toBeLessThanOrEqual(48);
    }),
  );
});

it('says nothing of what never happened', () => {
  expect(new DurationHistogram().durations).toBeUndefined();
});
