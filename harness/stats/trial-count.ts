import type { TrialTally } from './rate-bounds.ts';

/** What one cycle says of a function: `none` where it was no trial, for whatever reason. */
export type TrialResult = 'good' | 'bad' | 'none';

/** How many lives ended after so many trials. */
export interface Lives {
  /** Trials of such a life, the last one included. */
  readonly trials: number;
  /** Ended by a failure. */
  readonly failed: number;
  /** Ended by a reboot of the host, nobody knows how long they would have lasted. */
  readonly cutShort: number;
}

/**
 * The trials of one function, cycle by cycle. Plain data: what JSON gives back is the same count.
 *
 * Failures that follow a failure are not independent of it: a function that was lost and not brought back is lost in every cycle, and a
 * hundred such cycles say no more than one. So from a failure on no cycle is a trial until the function is back: brought back by a step of ours,
 * by a reboot of the host, or by itself, which a good cycle shows. That good cycle is no trial either: whether a cycle counts must be
 * settled before it begins, or else good ones would be picked.
 */
export interface TrialCount extends TrialTally {
  /** It failed and is not back. */
  readonly isDown: boolean;
  /** Cycles in a row, up to the last, that were no trial. */
  readonly idleCycles: number;
  /** How long the trials took together. */
  readonly durationMs: number;
  /** Trials since it was last fresh: since the run began, it came back, or the host rebooted. */
  readonly age: number;
  /** The lives before this one, by length; so many lengths only as fit into the run, its root at most. */
  readonly lives: readonly Lives[];
}

export const noTrials: TrialCount = {
  trials: 0,
  failures: 0,
  isDown: false,
  idleCycles: 0,
  durationMs: 0,
  age: 0,
  lives: [],
};

/** The count after one more cycle. */
export function withCycleOf(count: TrialCount, result: TrialResult, durationMs: number): TrialCount {
  if (count.isDown) return { ...count, isDown: result !== 'good', idleCycles: count.idleCycles + 1 };
  if (result === 'none') return { ...count, idleCycles: count.idleCycles + 1 };
  const tried = {
    ...count,
    trials: count.trials + 1,
    idleCycles: 0,
    durationMs: count.durationMs + durationMs,
    age: count.age + 1,
  };
  if (result === 'good') return tried;
  return {
    ...tried,
    failures: count.failures + 1,
    isDown: true,
    age: 0,
    lives: withLife(count.lives, { trials: tried.age, failed: 1, cutShort: 0 }),
  };
}

/** The count once a step of ours has brought the function back. */
export function broughtBack(count: TrialCount): TrialCount {
  return { ...count, isDown: false };
}

/** The count after a reboot of the host, which makes every function fresh. */
export function afterReboot(count: TrialCount): TrialCount {
  const { age, lives } = count;
  return {
    ...count,
    isDown: false,
    age: 0,
    lives: age === 0 ? lives : withLife(lives, { trials: age, failed: 0, cutShort: 1 }),
  };
}

/** All lives of a count; the one under way is cut short by the end. */
export function livesOf({ age, lives }: TrialCount): readonly Lives[] {
  return age === 0 ? lives : withLife(lives, { trials: age, failed: 0, cutShort: 1 });
}

function withLife(lives: readonly Lives[], life: Lives): readonly Lives[] {
  const same = lives.find(({ trials }) => trials === life.trials);
  if (same === undefined) return [...lives, life];
  const sum = { ...same, failed: same.failed + life.failed, cutShort: same.cutShort + life.cutShort };
  return lives.map((other) => (other === same ? sum : other));
}
