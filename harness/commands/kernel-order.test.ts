import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareReleases } from './kernel-order.ts';

describe('releases in their order', () => {
  it.each([
    [['6.1.0-9-amd64', '6.1.0-50-amd64', '6.12.9-amd64']],
    [['6.5.13-1-pve', '6.5.13-6-pve', '6.8.4-2-pve', '6.8.12-4-pve', '6.11.0-1-pve']],
    [['6.8.0-rc2', '6.8.0-rc10', '6.8.0', '6.8.0-1-amd64', '6.8.1']],
    [['6.9.0-rc1-00009-gabc', '6.9.0-rc1-00042-g012', '6.9.0-rc2']],
    [['6.1', '6.1.0']],
  ])('%j', (releases) => {
    expect(releases.toReversed().sort(compareReleases)).toEqual(releases);
  });

  it('are an order', () => {
    const release = fc.stringMatching(/^[0-9a-z][0-9a-z.+~-]{0,8}$/);
    fc.assert(
      fc.property(release, release, release, (a, b, c) => {
        expect(Math.sign(compareReleases(a, b))).toBe(-Math.sign(compareReleases(b, a)) + 0);
        const isChain = compareReleases(a, b) <= 0 && compareReleases(b, c) <= 0;
        expect(!isChain || compareReleases(a, c) <= 0).toBe(true);
      }),
    );
  });
});
