import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { JournalEvent } from '../journal/events.ts';
import { readHistory } from '../journal/history.ts';
import { scanJournal } from '../journal/reader.ts';
import { segmentsOf } from '../journal/segments.ts';
import { RunJudge } from '../judge/run-judge.ts';
import { SyntheticJournal } from '../judge/synthetic-journal.ts';
import { fiveFunctions, gpu } from '../test/judged-journal.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { RunJournal } from './run-journal.ts';

const segmentBytes = 3000;

type Kind = 'good' | 'lost' | 'rebooted' | 'wedged';

/** A run whose cycles are of these kinds; left in the middle of the last one. */
function story(kinds: readonly Kind[]): JournalEvent[] {
  const journal = new SyntheticJournal(fiveFunctions).begin(kinds.length);
  kinds.forEach((kind, index) => {
    const bootId = `boot-after-${index}`;
    if (kind === 'good') journal.cycle();
    if (kind === 'lost') journal.cycle({ health: { after: [{ address: gpu, change: { config: 'ff'.repeat(64) } }] } });
    if (kind === 'rebooted') journal.cycle({ reboot: { from: 'after', bootId } });
    if (kind === 'wedged') journal.cycle({ wedge: { why: 'no answer', bootIdAfter: bootId } });
    if (kind === 'wedged') journal.append({ t: 'power-intent', act: 'off' });
  });
  return journal.events.slice(0, -1);
}

async function write(path: string, events: readonly JournalEvent[]): Promise<void> {
  await using journal = await RunJournal.create(path, systemClock, { segmentBytes });
  for (const event of events) await journal.writer.append(event);
}

/** What rules and claims rest on. */
const counted = (judge: RunJudge): unknown => {
  const { cycles, functions, hostReboots, bootId } = judge.result();
  return [
    cycles,
    hostReboots,
    bootId,
    [...functions.values()].map(({ counts, exercised, trials }) => [counts, exercised, trials]),
  ];
};

it('is gone on with from its last checkpoint as if the whole of it had been read', async () => {
  await using directory = await temporaryDirectory();
  let number = 0;
  let checkpoints = 0;
  const kinds = fc.array(fc.constantFrom<Kind>('good', 'good', 'good', 'lost', 'rebooted', 'wedged'), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(kinds, async (of) => {
      const path = join(directory.path, String((number += 1)), 'journal.ndjson');
      await mkdir(join(path, '..'));
      await write(path, story(of));
      const whole = new RunJudge();
      await scanJournal(path, (event) => void whole.push(event));
      await using resumed = await RunJournal.resume(path, systemClock, { segmentBytes });
      expect(counted(resumed.judge)).toEqual(counted(whole));
      expect(resumed.past?.point).toMatchObject({
        lastCycle: of.length,
        start: { run: 'synthetic' },
        cell: { bios: '1' },
      });
      expect(resumed.past?.point.baseline).toEqual(
        new Map(fiveFunctions.map(({ address, health }) => [address, health])),
      );
      const cuts = of.filter((kind) => kind === 'wedged').length;
      expect((await readHistory(path)).filter(({ t }) => t === 'power-intent')).toHaveLength(
        // The story ends before the cut that would follow its last cycle.
        of.at(-1) === 'wedged' ? cuts - 1 : cuts,
      );
      checkpoints += (await segmentsOf(path)).length - 1;
      const more = story(['good']).slice(-8);
      for (const event of more) await resumed.writer.append(event);
      let last: JournalEvent | undefined;
      await scanJournal(path, (event) => (last = event));
      expect(last).toMatchObject({ ...more.at(-1), n: last?.n, at: last?.at });
    }),
    { numRuns: 20 },
  );
  expect(checkpoints).toBeGreaterThan(10);
});
