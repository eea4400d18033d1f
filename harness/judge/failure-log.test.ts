import { describe, expect, it } from 'vitest';
import type { JournalEventOf } from '../journal/events.ts';
import { gpu, usb } from '../test/judged-journal.ts';
import { FailureLog } from './failure-log.ts';
import type { CycleJudgement, FunctionVerdict, TimedReset } from './verdict.ts';

const lostIn = (address: FunctionVerdict['address']): FunctionVerdict => ({
  ...{ address, role: 'usb', verdict: 'lost', departures: [], exercised: true, because: 'it is gone', evidence: [] },
});
const failure = (cycle: number): CycleJudgement => ({
  ...{ cycle, outcome: 'fail', because: 'it is gone', startedAtMs: 0, durationMs: 1 },
  functions: [lostIn(gpu), lostIn(usb)],
});

/** A log of the cycles from 1 to this one. */
function logOf(cycles: number): FailureLog {
  const log = new FailureLog();
  for (let cycle = 1; cycle <= cycles; cycle += 1) log.add(failure(cycle));
  return log;
}
const numbersIn = (log: FailureLog): number[] => log.kept.map(({ cycle }) => cycle);
const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_none, index) => first + index);

describe('the cycles that did not pass', () => {
  it.each([0, 1, 2500, 2501, 5000, 7499])('are all kept where they are %d', (cycles) => {
    const log = logOf(cycles);
    expect(numbersIn(log)).toEqual(range(1, cycles));
    expect(log.omitted).toBe(0);
    expect(log.last?.cycle).toBe(cycles === 0 ? undefined : cycles);
  });

  it.each([
    [7500, 5001],
    [7501, 5001],
    [9999, 5001],
    [10_000, 7501],
    [15_000, 12_501],
  ])('are kept of %d from the first on, and again from %d on', (cycles, lateFrom) => {
    const log = logOf(cycles);
    expect(numbersIn(log)).toEqual([...range(1, 2500), ...range(lateFrom, cycles)]);
    expect(log.omitted).toBe(cycles - log.kept.length);
    expect(log.last?.cycle).toBe(cycles);
  });
});

// Two of the first ones, and two with later ones behind them.
describe.each([2, 2502])('what is told after the last of %d', (cycles) => {
  const rung = (cycle: number): JournalEventOf<'rung-done'> => ({
    ...{ t: 'rung-done', n: 9, at: 9, rung: 'rescan', cycle, revived: [usb], durationMs: 1 },
  });
  const resets: TimedReset[] = [{ method: 'bus', returned: 0, ms: 14 }];
  const lastTwo = (log: FailureLog): CycleJudgement[] => log.kept.slice(-2);

  it('judges it anew, and no other', () => {
    const log = logOf(cycles);
    log.replaceLast({ ...failure(cycles), outcome: 'infra' });
    log.replaceLast({ ...failure(cycles - 1), outcome: 'infra' });
    expect(lastTwo(log)).toEqual([failure(cycles - 1), { ...failure(cycles), outcome: 'infra' }]);
    expect(log.last?.outcome).toBe('infra');
    expect(log.kept.length).toBe(cycles);
  });

  it('names the step that brought a function of it back, and only of it', () => {
    const log = logOf(cycles);
    log.broughtBack(rung(cycles));
    log.broughtBack(rung(cycles - 1));
    expect(lastTwo(log)).toStrictEqual([
      failure(cycles - 1),
      { ...failure(cycles), functions: [lostIn(gpu), { ...lostIn(usb), recoveredBy: 'rescan' }] },
    ]);
  });

  it('gives it its resets, and only to it', () => {
    const log = logOf(cycles);
    log.withResets(cycles - 1, resets);
    log.withResets(undefined, resets);
    expect(lastTwo(log)).toStrictEqual([failure(cycles - 1), failure(cycles)]);
    log.withResets(cycles, resets);
    // Where nobody could see them, what was seen before stays.
    log.withResets(cycles, undefined);
    expect(lastTwo(log)).toStrictEqual([failure(cycles - 1), { ...failure(cycles), resets }]);
  });

  it('is of nobody where there is none', () => {
    const log = new FailureLog();
    log.replaceLast(failure(cycles));
    log.broughtBack(rung(cycles));
    log.withResets(cycles, resets);
    expect([log.kept, log.last, log.omitted]).toEqual([[], undefined, 0]);
  });
});
