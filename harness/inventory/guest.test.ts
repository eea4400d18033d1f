import { describe, expect, it } from 'vitest';
import { guest, guestContradictions } from './guest.ts';

const functions = [{ address: '2b:00.0' }];

describe('the guest of a host', () => {
  it('is asked what its kind can tell, within two minutes', () => {
    expect(guest.parse({ os: 'linux' })).toEqual({ os: 'linux', commands: [], timeoutMs: 120_000 });
  });

  it('takes commands by function, with the domain or without', () => {
    const { commands } = guest.parse({ os: 'windows', commands: [{ function: '2b:00.0', run: ['nvidia-smi', '-L'] }] });
    expect(commands).toEqual([{ function: '0000:2b:00.0', run: ['nvidia-smi', '-L'] }]);
  });

  it('is refused without saying what it is', () => {
    expect(guest.safeParse({}).success).toBe(false);
  });

  it.each([
    ['2b:00.0', []],
    ['0000:2b:00.0', []],
    [
      '2b:00.1',
      [{ path: ['hosts', 'a', 'guest', 'commands', 0, 'function'], message: '0000:2b:00.1 is not under "functions"' }],
    ],
  ])('a command for %s', (address, found) => {
    const host = { functions, guest: { os: 'linux', commands: [{ function: address, run: ['true'] }] } };
    expect(guestContradictions(['hosts', 'a'], host)).toEqual(found);
  });
});
