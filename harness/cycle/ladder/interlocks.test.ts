import { describe, expect, it } from 'vitest';
import { type RungName, rungNames } from '../../journal/events.ts';
import { addressOf } from '../../test/known-address.ts';
import { startTwin } from '../../twin/twin.ts';
import { soakTwin } from '../fixtures/twin-soak.ts';

/** What a run of one cycle did about functions that died in it, rung by rung, and what it ran on the host for that. */
async function climbAfter(dead: readonly string[], upTo: RungName) {
  await using twin = await startTwin({});
  const { events } = await soakTwin(twin, {
    plan: {
      cycles: 1,
      recovery: { rungs: rungNames.slice(0, rungNames.indexOf(upTo) + 1), waitMs: 0, stopAt: undefined },
    },
    atRest: async () => {
      await Promise.resolve();
      for (const address of dead) twin.kill(address);
    },
    world: { power: undefined },
  });
  const ends = events.flatMap((event) => (event.t === 'rung-done' ? [event] : []));
  return {
    standings: ends.map(({ rung, standing }) => [rung, standing]),
    messages: Object.fromEntries(ends.map(({ rung, message }) => [rung, message])),
    acts: twin.record.commands.filter((line) => line.startsWith('perl - ')),
  };
}

describe('functions that share their bus with the host’s', () => {
  it('are lost, and no rung touches that bus', async () => {
    const { standings, messages, acts } = await climbAfter(['2c:00.3', '2d:00.3', '03:00.0'], 'suspend');
    expect(standings).toEqual([
      ['wait', 'taken'],
      ['restore-bridge', 'not-possible'],
      // 2c:00.3 has a reset of its own, by power management, which reaches nobody else.
      ['function-reset', 'taken'],
      ['rescan', 'forbidden'],
      ['bus-reset', 'forbidden'],
      ['d3cold', 'forbidden'],
      ['suspend', 'not-possible'],
    ]);
    expect(acts).toEqual([`perl - function-reset ${addressOf('2c:00.3')}`]);
    for (const hostOwned of ['2c:00.2 [1022:1456] (ccp)', '2d:00.2 [1022:7901] (ahci)', '23:00.0 [8086:1539] (igb)']) {
      expect(messages['bus-reset']).toContain(hostOwned);
    }
    expect(messages['suspend']).toMatch(/power device/);
  });
});

describe('functions that are alone on their bus', () => {
  it('may be removed, reset and scanned for, and nothing else is', async () => {
    const { standings, acts } = await climbAfter(['2b:00.0', '03:00.0'], 'bus-reset');
    expect(standings.find(([rung]) => rung === 'rescan')).toEqual(['rescan', 'failed']);
    const remove = `perl - remove ${addressOf('2b:00.0')} ${addressOf('2b:00.1')}`;
    // The twin's functions cannot be removed, so neither rung gets any further.
    expect(acts).toEqual([remove, remove]);
  });
});
