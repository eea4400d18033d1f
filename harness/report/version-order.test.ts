import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byVersion } from './version-order.ts';

it.each([
  ['6.1.0-9-amd64', '6.1.0-10-amd64'],
  ['6.8.12-4-pve', '6.10.3-1-pve'],
  ['6.12-rc1', '6.12'],
  ['6.12-rc9', '6.12-rc10'],
  ['6.12-rc1', '6.12.1'],
  ['6.12~bpo', '6.12-1'],
  ['6.8.12', '6.8.12-4-pve'],
  ['0601', '2304'],
  ['999', '2304'],
  ['F5', 'F50'],
  ['F50', 'F50a'],
  ['1.80', '2.00'],
])('%s comes before %s', (older, newer) => {
  expect(byVersion(older, newer)).toBeLessThan(0);
  expect(byVersion(newer, older)).toBeGreaterThan(0);
});

const version = fc.string({ unit: fc.constantFrom('0', '1', '10', '.', '-', 'rc', '~', 'a'), maxLength: 6 });

it('is an order', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(byVersion(a, b) === 0).toBe(a === b);
      expect(Math.sign(byVersion(a, b))).toBe(-Math.sign(byVersion(b, a)) + 0);
      const [x = '', y = '', z = ''] = [a, b, c].sort(byVersion);
      expect(byVersion(x, y) <= 0 && byVersion(y, z) <= 0 && byVersion(x, z) <= 0).toBe(true);
    }),
  );
});
