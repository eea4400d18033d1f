import { describe, expect, it } from 'vitest';
import { RunJudge } from '../judge/run-judge.ts';
import type { JournalEventBody } from '../journal/events.ts';
import { startTwin } from '../twin/twin.ts';
import { soakTwin } from './fixtures/twin-soak.ts';
import { HostBudget, type HostLimits } from './host-budget.ts';

const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 10, 22, 12);
const limits: HostLimits = {
  ...{ rebootsPerHour: 2, rebootsPerRun: 3, powerCyclesPerRun: 1 },
  ...{ unaskedRebootsPerHour: 1, unaskedRebootsPerRun: 2 },
};
const order: JournalEventBody = {
  ...{ t: 'boot-intent', cell: 'a', loader: 'grub', kernel: null, commandLine: null, bios: null, bootIdBefore: 'b0' },
};
const cut: JournalEventBody = { t: 'power-intent', act: 'off' };
const back = (bootId: string): JournalEventBody => ({ t: 'lab-back', bootId });

/** What a budget says after these events of its own run, each so many hours ago. */
function after(
  events: readonly (readonly [number, JournalEventBody])[],
  others: { readonly orderedMs?: readonly number[] } = {},
) {
  const budget = new HostBudget('elysium', limits, { orderedMs: [...(others.orderedMs ?? [])], unaskedMs: [] });
  for (const [index, [hoursAgo, body]] of events.entries())
    budget.push({ ...body, n: index + 1, at: nowMs - hoursAgo * hourMs });
  const limitOf = (check: () => void): string => {
    try {
      check();
      return 'free';
    } catch (error) {
      return error instanceof Error && 'limit' in error ? String(error.limit) : String(error);
    }
  };
  return {
    reboot: limitOf(() => budget.requireReboot(nowMs)),
    cut: limitOf(() => budget.requirePowerCycle()),
    peace: (bootId: string) => limitOf(() => budget.requirePeace(bootId, nowMs)),
  };
}

describe('the budget of a host', () => {
  it.each<[string, Parameters<typeof after>, string]>([
    ['one reboot in the hour', [[[0.1, order]]], 'free'],
    [
      'two in the hour',
      [
        [
          [0.1, order],
          [0.1, order],
        ],
      ],
      'rebootsPerHour',
    ],
    ['two in the hour, one of them by another run', [[[0.1, order]], { orderedMs: [nowMs - 1] }], 'rebootsPerHour'],
    ['two of another run, long ago', [[], { orderedMs: [nowMs - hourMs, nowMs - 2 * hourMs] }], 'free'],
    [
      'three in the run',
      [
        [
          [9, order],
          [8, order],
          [7, order],
        ],
      ],
      'rebootsPerRun',
    ],
  ])('after %s', (_what, events, limit) => {
    expect(after(...events).reboot).toBe(limit);
  });

  it('counts the cuts of the run', () => {
    expect(after([]).cut).toBe('free');
    expect(after([[5, cut]]).cut).toBe('powerCyclesPerRun');
  });

  it.each<[string, readonly (readonly [number, JournalEventBody])[], string]>([
    [
      'after an order',
      [
        [0.1, back('b0')],
        [0.1, order],
      ],
      'free',
    ],
    [
      'after a cut',
      [
        [0.3, back('b0')],
        [0.2, back('b1')],
        [0.1, cut],
      ],
      'free',
    ],
    ['of its own', [[0.1, back('b1')]], 'free'],
    [
      'of its own, the second in the hour',
      [
        [0.2, back('b0')],
        [0.1, back('b1')],
      ],
      'unaskedRebootsPerHour',
    ],
    [
      'of its own, the third in the run',
      [
        [9, back('b0')],
        [8, back('b1')],
        [7, back('b3')],
      ],
      'unaskedRebootsPerRun',
    ],
    [
      'that was none',
      [
        [0.2, back('b0')],
        [0.1, back('b2')],
      ],
      'free',
    ],
  ])('a boot of the host %s', (_what, events, limit) => {
    expect(after(events).peace('b2')).toBe(limit);
  });
});

it('a host that keeps rebooting by itself is left in peace, and that is the lab’s failure', async () => {
  await using twin = await startTwin();
  const budget = new HostBudget('twin', { ...limits, unaskedRebootsPerRun: 9 });
  const { events, error } = await soakTwin(twin, {
    plan: { cycles: 5 },
    world: { budget },
    onEvent: (event) => budget.push(event),
    atRest: () => twin.reboot(),
  });
  expect(error).toMatchObject({ code: 'REBOOT_BUDGET_SPENT', limit: 'unaskedRebootsPerHour' });
  expect(events.filter(({ t }) => t === 'cycle-started')).toHaveLength(2);
  expect(events.at(-1)).toMatchObject({ t: 'run-finished', reason: 'infra', code: 'REBOOT_BUDGET_SPENT' });
  const judge = new RunJudge();
  for (const event of events) judge.push(event);
  expect(judge.result()).toMatchObject({ outcome: 'infra', cycles: { infra: 2 }, hostReboots: 2 });
  expect(twin.connections).toBe(0);
});

it('a ladder reboots the host no more often than it may', async () => {
  await using twin = await startTwin({ boot: { loader: 'grub', kernels: [] } });
  const budget = new HostBudget('twin', { ...limits, rebootsPerHour: 1 });
  using _killer = twin.record.subscribe(({ kind }) => {
    if (kind === 'vm-stopped') twin.kill('2c:00.3');
  });
  const { error, events } = await soakTwin(twin, {
    plan: { cycles: 3, recovery: { rungs: ['host-reboot'], waitMs: 1, stopAt: undefined } },
    world: { budget },
    onEvent: (event) => budget.push(event),
  });
  expect(error).toMatchObject({ code: 'REBOOT_BUDGET_SPENT', limit: 'rebootsPerHour' });
  expect(twin.record.count('booted')).toBe(1);
  expect(events.filter(({ t }) => t === 'boot-intent')).toHaveLength(1);
});
