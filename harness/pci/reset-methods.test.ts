import { expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import { busNeighbours, usableResetMethods } from './reset-methods.ts';

const one = (address: string, parent: string | null) => ({
  address: addressOf(address),
  parent: parent === null ? null : addressOf(parent),
  ...{ vendorDevice: '1:2', classCode: '0x0', driver: null },
});
const tree = [
  one('00:02.3', null),
  one('00:03.0', null),
  one('03:00.0', '00:02.3'),
  one('03:00.1', '00:02.3'),
  one('2b:00.0', '00:03.0'),
];
const neighboursOf = (address: string) => busNeighbours(tree, addressOf(address));

it('neighbours are what hangs below the same port', () => {
  expect(neighboursOf('03:00.0').map(({ address }) => address)).toEqual([addressOf('03:00.1')]);
  expect([neighboursOf('2b:00.0'), neighboursOf('00:02.3'), neighboursOf('7f:00.0')]).toEqual([[], [], []]);
});

it('the bus is no method of a function that has neighbours, though the kernel lists it', () => {
  expect(usableResetMethods(['flr', 'bus'], neighboursOf('03:00.0'))).toEqual(['flr']);
  expect(usableResetMethods(['bus'], neighboursOf('2b:00.0'))).toEqual(['bus']);
});
