import { describe, expect, it } from 'vitest';
import type { RunListing } from '../report/run-list.ts';
import { pruneChoice, type PruneRule } from './prune-choice.ts';

const dayMs = 86_400_000;
const nowMs = 100 * dayMs;

function listing(run: string, daysAgo: number, change: Partial<RunListing> = {}): RunListing {
  return {
    ...{ run, directory: run, host: 'h', beganAtMs: 0, lastAtMs: nowMs - daysAgo * dayMs, cell: null, cycles: 1 },
    ...{ plannedCycles: 1, outcome: 'pass', isUnfinished: false, failedCycles: 0, lost: [], sizeBytes: 1, ...change },
  };
}

const runs = [
  listing('busy', 0, { outcome: 'under-way' }),
  listing('fresh', 0.03),
  listing('failed', 3, { outcome: 'fail', failedCycles: 2 }),
  listing('parked', 10, { outcome: 'parked', isUnfinished: true }),
  listing('broken', 20, { outcome: 'unreadable' }),
  listing('foreign', 30),
  listing('old', 40),
];

function chosen(rule: Partial<PruneRule>): { gone: readonly string[]; kept: readonly string[] } {
  const { delete: gone, kept } = pruneChoice(
    runs,
    { keepFailed: false, unfinished: false, ...rule },
    { nowMs, isOwn: ({ run }) => run !== 'foreign' },
  );
  return { gone: gone.map(({ run }) => run), kept: kept.map(({ listing: { run } }) => run) };
}

describe('what is pruned', () => {
  it.each([
    [{ keep: 3 }, ['old'], ['parked', 'broken', 'foreign']],
    [{ keep: 2, unfinished: true }, ['failed', 'parked', 'old'], ['broken', 'foreign']],
    [{ keep: 2, keepFailed: true }, ['old'], ['failed', 'parked', 'broken', 'foreign']],
    [{ olderThanMs: 35 * dayMs }, ['old'], []],
    [{ olderThanMs: 40 * dayMs }, [], []],
    [{ olderThanMs: 2 * dayMs, keep: 6 }, ['old'], []],
    [{ olderThanMs: 1, unfinished: true }, ['failed', 'parked', 'old'], ['fresh', 'broken', 'foreign']],
    [{ keep: 7 }, [], []],
  ])('by %j', (rule, gone, kept) => expect(chosen(rule)).toEqual({ gone, kept }));

  it('is never a run under way, whatever its age', () => {
    const { kept } = pruneChoice(
      runs,
      { olderThanMs: -1, keepFailed: false, unfinished: true },
      { nowMs, isOwn: () => true },
    );
    expect(kept).toContainEqual({ listing: runs[0], why: 'is under way' });
  });
});
