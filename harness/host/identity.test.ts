import { expect, it } from 'vitest';
import type { HostIdentity } from '../journal/events.ts';
import { elysium } from '../test/elysium.ts';
import { type ExpectedIdentity, identityGate } from './identity.ts';

const board = 'ROG CROSSHAIR VII HERO';

it.each<[string, ExpectedIdentity]>([
  ['the board alone', { board }],
  ['everything', { board, boardVendor: 'ASUSTeK COMPUTER INC.', bios: ['2606', '2901'], kernel: '6.8.12-4-pve' }],
])('is open where it is as expected: %s', (_title, expected) => {
  expect(identityGate(expected, elysium)).toEqual({ gate: 'identity', passed: true, findings: [] });
});

it.each<[string, ExpectedIdentity, Partial<HostIdentity>, RegExp]>([
  ['another board', { board: 'PRIME X470-PRO' }, {}, /board is "ROG CROSSHAIR VII HERO", the inventory says "PRIME/],
  ['a board that cannot be read', { board }, { board: null }, /cannot be read from DMI/],
  ['another vendor', { board, boardVendor: 'MSI' }, {}, /board vendor is "ASUSTeK/],
  [
    'a BIOS that is not allowed',
    { board, bios: ['2304', '2606'] },
    {},
    /BIOS is "2901", the inventory allows 2304, 2606/,
  ],
  ['a BIOS that cannot be read', { board, bios: ['2304'] }, { bios: null }, /BIOS is "unreadable"/],
  ['another kernel', { board, kernel: '6.8.12-5-pve' }, {}, /kernel is "6.8.12-4-pve"/],
])('is closed on %s', (_title, expected, differs, finding) => {
  const gate = identityGate(expected, { ...elysium, ...differs });
  expect(gate.passed).toBe(false);
  expect(gate.findings.join('\n')).toMatch(finding);
});
