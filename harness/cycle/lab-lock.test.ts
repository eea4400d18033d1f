import { describe, expect, it } from 'vitest';
import { GateRefusedError } from '../host/gate.ts';
import { LabHost } from '../host/lab-host.ts';
import type { JournalEvent } from '../journal/events.ts';
import { RunJudge } from '../judge/run-judge.ts';
import { twinTarget } from '../test/twin-target.ts';
import { gate } from '../twin/gate.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import { soakTwin, type TwinRun } from './fixtures/twin-soak.ts';

const firstOwner = 'run first of anna on desk';
const secondOwner = 'run second of ben on rack';
const duringMs = 2;

function outcomeOf(events: readonly JournalEvent[]): string {
  const judge = new RunJudge();
  for (const event of events) judge.push(event);
  return judge.result().outcome;
}

/** A run whose first cycle is held up, at a rest, until a second run on the same host is over. */
async function twoRuns(
  twin: Twin,
  { takeOver, at }: { readonly takeOver: boolean; readonly at: 'running' | 'stopped' },
): Promise<{ readonly first: TwinRun; readonly second: TwinRun | undefined }> {
  let second: TwinRun | undefined;
  const settle = { afterStartMs: at === 'running' ? duringMs : 0, afterStopMs: at === 'stopped' ? duringMs : 0 };
  const first = await soakTwin(twin, {
    plan: { owner: firstOwner, settle, cycles: 2 },
    world: {
      clock: {
        nowMs: () => Date.now(),
        sleep: async (durationMs) => {
          if (durationMs !== duringMs || second !== undefined) return;
          second = await soakTwin(twin, { plan: { owner: secondOwner, takeOver, cycles: 1 } });
        },
      },
    },
  });
  return { first, second };
}

describe('a second run on a host', () => {
  it('is refused, and told who has the lab, since when, and how to take it over', async () => {
    await using twin = await startTwin();
    const { first, second } = await twoRuns(twin, { takeOver: false, at: 'stopped' });
    expect(second?.error).toBeInstanceOf(GateRefusedError);
    expect(second?.error).toMatchObject({
      message: expect.stringMatching(
        /run first of anna on desk, since \d{4}-[\d-]+T[\d:]+Z by the host's clock, for \d+ s; .*--take-over/,
      ) as unknown,
    });
    expect(outcomeOf(first.events)).toBe('pass');
  });

  it('takes its place where it is told to, and the first ends as infra without another act', async () => {
    await using twin = await startTwin();
    const { first, second } = await twoRuns(twin, { takeOver: true, at: 'stopped' });
    expect(second?.error).toBeUndefined();
    expect(second?.events.filter(({ t }) => t.startsWith('take-over'))).toMatchObject([
      { t: 'take-over-intent', from: firstOwner },
      { t: 'take-over-done', from: firstOwner, how: 'gave-way' },
    ]);
    expect(outcomeOf(second?.events ?? [])).toBe('pass');
    expect(first.error).toMatchObject({
      code: 'LAB_TAKEN_OVER',
      message: expect.stringContaining(secondOwner) as unknown,
    });
    expect(first.events.at(-1)).toMatchObject({ t: 'run-finished', reason: 'infra', code: 'LAB_TAKEN_OVER' });
    expect(outcomeOf(first.events)).toBe('infra');
    expect(first.events.some(({ t }) => t === 'lab-back')).toBe(false);
    expect(twin.record.count('vm-started')).toBe(2);
  });

  it('does not touch the VM of the first, and neither does the first once it is ousted', async () => {
    await using twin = await startTwin();
    const { first, second } = await twoRuns(twin, { takeOver: true, at: 'running' });
    expect(second?.error).toMatchObject({ message: expect.stringContaining('vm: VM 100 is running') as unknown });
    expect(first.error).toMatchObject({ code: 'LAB_TAKEN_OVER' });
    expect(twin.vmRunning).toBe(true);
    expect(twin.record.count('vm-stopped')).toBe(0);
  });

  it('ends an observer that does not answer, and the first learns of it when it comes back', async () => {
    await using twin = await startTwin();
    const tookOver = gate();
    const firstIsOver = gate();
    let second: Promise<TwinRun> | undefined;
    let observerPid = 0;
    const first = await soakTwin(twin, {
      plan: { owner: firstOwner, cycles: 2 },
      world: {
        connect: async (wait) => {
          const host = await LabHost.connect(twinTarget(twin), wait);
          observerPid = host.observer.hello.pid;
          return host;
        },
      },
      atRest: async () => {
        process.kill(observerPid, 'SIGSTOP');
        second = soakTwin(twin, {
          plan: { owner: secondOwner, takeOver: true, cycles: 1 },
          onEvent: ({ t }) => {
            if (t === 'take-over-done') tookOver.open();
          },
          atRest: () => firstIsOver.opened,
        });
        await tookOver.opened;
      },
    });
    firstIsOver.open();
    expect(first.error).toMatchObject({ code: 'LAB_TAKEN_OVER' });
    const { error, events } = (await second) ?? {};
    expect(error).toBeUndefined();
    expect(events?.find(({ t }) => t === 'take-over-done')).toMatchObject({ how: 'killed' });
    expect(outcomeOf(events ?? [])).toBe('pass');
  });
});
