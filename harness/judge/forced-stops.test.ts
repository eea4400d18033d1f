import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventBody, JournalEventOf, StopStep } from '../journal/events.ts';
import { LineCodec } from '../journal/line-codec.ts';
import { begun, fiveFunctions, judged } from '../test/judged-journal.ts';
import { RunJudge } from './run-judge.ts';
import { type SyntheticCycle, SyntheticJournal } from './synthetic-journal.ts';
import type { CycleJudgement } from './verdict.ts';

type Told = readonly [StopStep, JournalEventOf<'stop-done'>['standing']];

/** A run of one cycle an entry, in each of which so much was told after the manager's stop. */
function runOf(cycles: readonly (readonly Told[])[], stop: SyntheticCycle['stop'] = { ok: true }): JournalEvent[] {
  const journal = begun();
  for (const _told of cycles) journal.cycle({ stop });
  const told = (event: JournalEventOf<'act-done'>): JournalEventBody[] =>
    (cycles[event.cycle - 1] ?? []).map(([step, standing]) => ({
      ...{ t: 'stop-done', step, cycle: event.cycle, standing, durationMs: 7 },
    }));
  const bodies = journal
    .finish()
    .events.flatMap((event) => (event.t === 'act-done' && event.act === 'vm-stop' ? [event, ...told(event)] : [event]));
  return new SyntheticJournal(fiveFunctions).append(...bodies).events;
}

/** The cycles as a reader of the journal judges them: there, what did not change is the very object of the cycle before. */
function cyclesOf(events: readonly JournalEvent[]): CycleJudgement[] {
  const judge = new RunJudge();
  const [writer, reader] = [new LineCodec(), new LineCodec()];
  return events
    .map((event) => judge.push(reader.decode(writer.encode(event))))
    .filter((judgement) => judgement !== undefined);
}

describe('the VMs of a run that their manager did not stop', () => {
  it.each<[string, readonly (readonly Told[])[], object]>([
    ['are none where it did', [[], []], {}],
    ['are none where it did, and said something else', [[['stop', 'gone']]], {}],
    ['are none while they are still there', [[['kill', 'still-there']]], {}],
    ['are none where a step was skipped', [[['terminate', 'skipped']]], {}],
    [
      'are counted by the step that ended them',
      [[['kill', 'gone']]],
      { kill: { times: 1, firstCycle: 1, lastCycle: 1 } },
    ],
    [
      'are not counted for steps that did not help',
      [
        [
          ['shutdown', 'still-there'],
          ['terminate', 'skipped'],
          ['power', 'gone'],
        ],
      ],
      { power: { times: 1, firstCycle: 1, lastCycle: 1 } },
    ],
    [
      'are counted in every cycle, from the first of them to the last',
      [[], [['kill', 'gone']], [], [['kill', 'gone']], [['kill', 'gone']], []],
      { kill: { times: 3, firstCycle: 2, lastCycle: 5 } },
    ],
    [
      'are counted once a cycle, however often it was said',
      [
        [],
        [
          ['kill', 'gone'],
          ['kill', 'gone'],
        ],
        [['kill', 'gone']],
      ],
      { kill: { times: 2, firstCycle: 2, lastCycle: 3 } },
    ],
    [
      'are counted for each step by itself',
      [[['shutdown', 'gone']], [['terminate', 'gone']], [['shutdown', 'gone']]],
      {
        shutdown: { times: 2, firstCycle: 1, lastCycle: 3 },
        terminate: { times: 1, firstCycle: 2, lastCycle: 2 },
      },
    ],
  ])('%s', (_what, cycles, stops) => expect(judged(runOf(cycles)).forcedStops).toEqual(stops));
});

describe('a cycle in which the manager did not stop the VM', () => {
  const refused = { ok: false, output: 'VM quit/powerdown failed - got timeout' };

  it('passes where a harder step did, and says which', () => {
    const [cycle] = cyclesOf(runOf([[['kill', 'gone']]], refused));
    expect(cycle).toMatchObject({ outcome: 'pass', forcedBy: 'kill' });
  });

  it('passes without such a word where the VM was gone all the same', () => {
    const [cycle] = cyclesOf(runOf([[['stop', 'gone']]], refused));
    expect(cycle?.outcome).toBe('pass');
    expect(cycle).not.toHaveProperty('forcedBy');
  });

  it.each<Told['1']>(['still-there', 'skipped'])('is of the lab where the last step was %s', (standing) => {
    const [cycle] = cyclesOf(runOf([[['kill', standing]]], refused));
    expect(cycle).toMatchObject({ outcome: 'infra', because: `the VM did not stop: ${refused.output}` });
    expect(cycle).not.toHaveProperty('forcedBy');
  });

  it('says so in every such cycle, however alike they are', () => {
    const killed: Told = ['kill', 'gone'];
    const cycles = cyclesOf(runOf([[killed], [killed], [['kill', 'still-there']]], refused));
    expect(cycles.map(({ outcome, forcedBy }) => [outcome, forcedBy])).toEqual([
      ['pass', 'kill'],
      ['pass', 'kill'],
      ['infra', undefined],
    ]);
  });

  it('is told from one in which it did', () => {
    const cycles = cyclesOf(runOf([[], [['terminate', 'gone']], []]));
    expect(cycles.map(({ outcome }) => outcome)).toEqual(['pass', 'pass', 'pass']);
    expect(cycles.map(({ forcedBy }) => forcedBy)).toEqual([undefined, 'terminate', undefined]);
    expect(cycles[0]).not.toHaveProperty('forcedBy');
  });
});
