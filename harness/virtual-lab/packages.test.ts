import { delimiter } from 'node:path';
import { expect, test } from 'vitest';
import { imageCacheDirectory, instanceDirectory } from './paths.ts';
import { LAB_PACKAGES, labPath } from './packages.ts';

test('the path of the lab reaches sbin, and keeps what it was given', () => {
  expect(labPath('/opt/bin').split(delimiter)).toEqual(['/opt/bin', '/usr/local/sbin', '/usr/sbin', '/sbin']);
});

test('packages are listed once', () => {
  const names = LAB_PACKAGES.map(({ package: name }) => name);
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
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
