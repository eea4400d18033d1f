import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SyntheticJournal } from '../judge/synthetic-journal.ts';
import { anyRun } from '../test/any-run.ts';
import { fiveFunctions } from '../test/judged-journal.ts';
import { type JournalLine, journalLine } from './events.ts';
import { LineCodec } from './line-codec.ts';

const throughTheFile = (line: JournalLine): JournalLine => journalLine.parse(JSON.parse(JSON.stringify(line)));

it('gives back every event of any run as it was', () => {
  fc.assert(
    fc.property(anyRun, (events) => {
      const writer = new LineCodec();
      const reader = new LineCodec();
      const back = events.map((event) => reader.decode(throughTheFile(writer.encode(event))));
      expect(back).toEqual(events);
    }),
    { numRuns: 40 },
  );
});

describe('a clean cycle', () => {
  const { events } = new SyntheticJournal(fiveFunctions).begin().cycle().cycle().finish();
  const codec = new LineCodec();
  const lines = events.map((event) => codec.encode(event));
  const secondBegins = lines.findLastIndex(({ t }) => t === 'cycle-started');
  const second = lines.slice(secondBegins, -1);

  it('says its number once', () => {
    expect(second.flatMap((line) => ('cycle' in line ? [line.t] : []))).toEqual(['cycle-started']);
  });

  it('stays below a kilobyte, in the millionth cycle of a run too', () => {
    const late = second.map((line) => ({ ...line, n: 12_000_000, at: 1_795_829_128_086 }));
    const bytes = late.reduce((sum, line) => sum + JSON.stringify(line).length + 1, 0);
    expect(bytes).toBeLessThan(1000);
  });
});

it('reads what stands in full, as journals of before had it', () => {
  const reader = new LineCodec();
  const stamp = { n: 1, at: 1 };
  expect(reader.decode({ ...stamp, t: 'cycle-finished', cycle: 4, complete: true })).toMatchObject({ cycle: 4 });
  expect(reader.decode({ ...stamp, t: 'intent', act: 'vm-start', cycle: 5 })).toMatchObject({ cycle: 5 });
  expect(reader.decode({ ...stamp, t: 'cycle-started', cycle: 6 })).toMatchObject({ cycle: 6 });
  expect(reader.decode({ ...stamp, t: 'cycle-finished' })).toMatchObject({ cycle: 6, complete: true });
});

it('does not guess a cycle where none has begun', () => {
  expect(() => new LineCodec().decode({ n: 1, at: 1, t: 'intent', act: 'vm-start' })).toThrow(/none has begun/);
});
