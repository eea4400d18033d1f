import { expect, test } from './fixtures.ts';

test('every IOMMU group of the passthrough functions holds nothing that the host owns', async ({ host, survey }) => {
  const { groups, gates } = await survey();

  const passedThrough = groups.flatMap(({ members }) => members.filter(({ owner }) => owner === 'vm'));
  expect(passedThrough.map(({ address }) => address).sort()).toEqual(
    host.config.functions.map(({ address }) => address).sort(),
  );
  expect(groups.flatMap(({ members }) => members.filter(({ owner }) => owner === 'host'))).toEqual([]);
  expect(gates.filter(({ passed }) => !passed)).toEqual([]);
});
