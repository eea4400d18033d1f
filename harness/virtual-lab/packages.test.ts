import { delimiter } from 'node:path';
import { expect, test, vi } from 'vitest';
import { imageCacheDirectory, instanceDirectory } from './paths.ts';
import { LAB_PACKAGES, labPath, requireLabPackages } from './packages.ts';

test('the path of the lab reaches sbin, and keeps what it was given', () => {
  expect(labPath('/opt/bin').split(delimiter)).toEqual(['/opt/bin', '/usr/local/sbin', '/usr/sbin', '/sbin']);
});

test('a controller without them is told the one command that installs them', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  vi.spyOn(process, 'getuid').mockReturnValue(1000);
  const sbinOnly = requireLabPackages();
  await expect(sbinOnly).rejects.toMatchObject({ code: 'LAB_PACKAGES_MISSING', exitCode: 2 });
  await expect(sbinOnly).rejects.toThrow(/Run: sudo apt-get install --yes --no-install-recommends .*mmdebstrap.* gcc/);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('packages are listed once', () => {
  expect([...LAB_PACKAGES]).toEqual([...new Set(LAB_PACKAGES)]);
});

test.each([
  [{ XDG_CACHE_HOME: '/c' }, '/c/comeback/lab-image'],
  [{ XDG_CACHE_HOME: 'relative' }, expect.stringMatching(/\/\.cache\/comeback\/lab-image$/)],
  [{}, expect.stringMatching(/\/\.cache\/comeback\/lab-image$/)],
])('with %j images are cached in %s', (environment, expected) => {
  expect(imageCacheDirectory(environment)).toEqual(expected);
});

test('an instance has a directory of its own', () => {
  expect(instanceDirectory('virtual', { XDG_STATE_HOME: '/s' })).toBe('/s/comeback/lab/virtual');
});
