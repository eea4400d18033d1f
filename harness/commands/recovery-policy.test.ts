import { describe, expect, it } from 'vitest';
import type { RecoveryConfig } from '../inventory/recovery.ts';
import { recoveryPolicy } from './recovery-policy.ts';

const inventory: RecoveryConfig = {
  upTo: 'host-reboot',
  skip: ['suspend', 'd3cold'],
  waitMs: 5000,
  stopAt: 'host-reboot',
};
const upToBusReset = ['wait', 'restore-bridge', 'function-reset', 'rescan', 'bus-reset'];

describe('how far a run climbs', () => {
  it.each([
    ['nothing at all', undefined, {}, { rungs: [], waitMs: 70_000, stopAt: undefined }],
    ['the inventory', inventory, {}, { rungs: [...upToBusReset, 'host-reboot'], waitMs: 5000, stopAt: 'host-reboot' }],
    ['an option that goes less far', inventory, { recover: 'bus-reset' }, { rungs: upToBusReset }],
    [
      'an option that goes further',
      inventory,
      { recover: 'power-cycle' },
      { rungs: [...upToBusReset, 'host-reboot', 'power-cycle'] },
    ],
    [
      'an option that wants a rung which the inventory forbids',
      inventory,
      { recover: 'd3cold' },
      { rungs: upToBusReset },
    ],
    ['an option that wants none', inventory, { recover: 'none' }, { rungs: [] }],
    [
      'an option without an inventory',
      undefined,
      { recover: 'wait', stopAt: 'still-lost' },
      { rungs: ['wait'], stopAt: 'still-lost' },
    ],
  ] as const)('is what %s says', (_who, recovery, options, expected) => {
    expect(recoveryPolicy({ recovery }, options)).toMatchObject(expected);
  });
});
