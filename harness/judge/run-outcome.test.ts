import { describe, expect, it } from 'vitest';
import type { JournalEventOf } from '../journal/events.ts';
import { runOutcome, type RunOutcome } from './run-outcome.ts';

type Reason = JournalEventOf<'run-finished'>['reason'];

/** How a run came out that so many cycles ended in, and that ended for this reason; undefined for one that never ended. */
function outcomeOf(
  cycles: Partial<Parameters<typeof runOutcome>[0]>,
  reason: Reason | undefined,
  plan: Parameters<typeof runOutcome>[2] = { cycles: 3 },
): RunOutcome {
  const none = { pass: 0, fail: 0, infra: 0, aborted: 0 };
  return runOutcome(
    { ...none, ...cycles },
    reason === undefined ? undefined : { t: 'run-finished', reason, n: 9, at: 9 },
    plan,
  );
}

describe('a run whose cycles all passed', () => {
  it.each<[Reason | undefined, RunOutcome]>([
    ['cycles-done', 'pass'],
    ['stop-rule', 'pass'],
    ['interrupted', 'aborted'],
    [undefined, 'aborted'],
    ['infra', 'infra'],
    ['refused', 'infra'],
    ['parked', 'parked'],
  ])('and that ended with %s is %s', (reason, outcome) => expect(outcomeOf({ pass: 2 }, reason)).toBe(outcome));
});

describe('one cycle among good ones', () => {
  it.each<[string, Parameters<typeof outcomeOf>[0], Reason, RunOutcome]>([
    ['that failed makes the run fail', { pass: 2, fail: 1 }, 'cycles-done', 'fail'],
    ['that failed outweighs the lab', { pass: 2, fail: 1, infra: 3 }, 'infra', 'fail'],
    ['that failed outweighs an interruption', { fail: 1, aborted: 1 }, 'interrupted', 'fail'],
    ['that failed does not keep a run from waiting', { fail: 1 }, 'parked', 'parked'],
    ['that the lab spoilt is told of', { pass: 2, infra: 1 }, 'stop-rule', 'infra'],
    ['that the lab spoilt outweighs an interruption', { pass: 2, infra: 1 }, 'interrupted', 'infra'],
    ['that was broken off leaves the run unfinished', { pass: 2, aborted: 1 }, 'cycles-done', 'aborted'],
  ])('%s', (_what, cycles, reason, outcome) => expect(outcomeOf(cycles, reason)).toBe(outcome));
});

describe('a closed gate', () => {
  it.each<[Parameters<typeof outcomeOf>[0], RunOutcome]>([
    [{}, 'refused'],
    [{ pass: 1 }, 'infra'],
    [{ infra: 1 }, 'infra'],
    [{ aborted: 1 }, 'infra'],
    [{ infra: 1, aborted: 1 }, 'infra'],
  ])('after %j is %s', (cycles, outcome) => expect(outcomeOf(cycles, 'refused')).toBe(outcome));
});

describe('a run without one cycle', () => {
  it.each<[string, Parameters<typeof outcomeOf>[2], Reason, RunOutcome]>([
    ['that was only to boot the cell has done it', { cycles: 0 }, 'cycles-done', 'pass'],
    ['that was only to boot the cell and was interrupted has not', { cycles: 0 }, 'interrupted', 'aborted'],
    ['that was only to boot the cell has not done it by a stop rule', { cycles: 0 }, 'stop-rule', 'infra'],
    ['that was to have some has shown nothing', { cycles: 3 }, 'cycles-done', 'infra'],
    ['that was to have any number has shown nothing', {}, 'stop-rule', 'infra'],
  ])('%s', (_what, plan, reason, outcome) => expect(outcomeOf({}, reason, plan)).toBe(outcome));
});
