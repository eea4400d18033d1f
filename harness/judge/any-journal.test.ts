import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../journal/events.ts';
import { anyRun } from '../test/any-run.ts';
import { judged, usb } from '../test/judged-journal.ts';
import { RunJudge } from './run-judge.ts';
import type { CycleJudgement } from './verdict.ts';

describe('whatever stands in a journal', () => {
  it('the judge has a judgement, and every judged cycle has one verdict a function', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        const judgement = judged(events);
        const judgedCycles = Object.values(judgement.cycles).reduce((sum, count) => sum + count, 0);
        for (const { counts } of judgement.functions.values()) {
          expect(counts.survived + counts.degraded + counts.lost + counts.unobserved).toBe(judgedCycles);
        }
        expect(judgement.failures.length).toBe(judgedCycles - judgement.cycles.pass);
      }),
      { numRuns: 500 },
    );
  });

  it('a cycle in which the lab was lost or the host was wedged or rebooted accuses nobody', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        for (const { within, judgement } of cyclesOf(events)) {
          const boots = new Set(within.flatMap((event) => ('bootId' in event ? [event.bootId] : [])));
          if (!within.some(({ t }) => t === 'lab-lost' || t === 'host-wedged') && boots.size < 2) continue;
          expect(judgement.outcome).toBe('infra');
          expect(judgement.functions.map(({ verdict }) => verdict)).toEqual(Array(5).fill('unobserved'));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('nobody survives unseen, and what fails names its symptom and its evidence', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        for (const { within, judgement } of cyclesOf(events)) {
          const after = within.findLast((event) => event.t === 'edge' && event.edge === 'after');
          for (const { address, verdict, departures, evidence } of judgement.functions) {
            if (verdict === 'survived') {
              expect(after?.t === 'edge' && after.functions.has(address)).toBe(true);
              expect(departures).toEqual([]);
            }
            if (verdict === 'lost' || verdict === 'degraded') {
              expect(departures.length).toBeGreaterThan(0);
              expect(evidence.length).toBeGreaterThan(1);
            }
          }
          expect(judgement.outcome === 'pass').toBe(judgement.functions.every(({ verdict }) => verdict === 'survived'));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a function that the kernel accuses in a cycle, and did not before the first, does not survive it', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        for (const { within, judgement } of cyclesOf(events)) {
          const first = events.find(({ t }) => t === 'cycle-started')?.n ?? Infinity;
          const news = within.find((event) => event.t === 'kernel' && event.repeats === undefined);
          const noise = events.some((event) => event.t === 'kernel' && event.n < first);
          if (news?.t !== 'kernel' || noise || !news.text.includes(usb.slice(5)) || news.text.endsWith('done'))
            continue;
          const verdict = judgement.functions.find(({ address }) => address === usb);
          expect(verdict?.verdict).not.toBe('survived');
          expect(verdict?.departures.map(({ symptom }) => symptom)).toEqual(
            expect.arrayContaining([news.text.startsWith('AMD') ? 'iommu-fault' : 'aer-uncorrectable']),
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('the same journal gives the same judgement', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        expect(judged(events)).toEqual(judged(events));
      }),
      { numRuns: 100 },
    );
  });

  it('reaches every verdict, so that the properties above speak of something', () => {
    const seen = new Set<string>();
    for (const events of fc.sample(anyRun, { numRuns: 1_200, seed: 20_240_101 })) {
      for (const { judgement } of cyclesOf(events)) {
        for (const { verdict } of judgement.functions) seen.add(`${judgement.outcome} ${verdict}`);
      }
    }
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        'aborted unobserved',
        'fail degraded',
        'fail lost',
        'fail survived',
        'infra survived',
        'infra unobserved',
        'pass survived',
      ]),
    );
    expect([...seen].some((pair) => pair === 'pass lost' || pair === 'infra lost')).toBe(false);
  });
});

/** The judged cycles of a journal with the events from each one's start to its end. */
function cyclesOf(events: readonly JournalEvent[]): { within: JournalEvent[]; judgement: CycleJudgement }[] {
  const judge = new RunJudge();
  let within: JournalEvent[] = [];
  const cycles: { within: JournalEvent[]; judgement: CycleJudgement }[] = [];
  for (const event of events) {
    const judgement = judge.push(event);
    if (event.t !== 'cycle-started') within.push(event);
    if (judgement !== undefined) cycles.push({ within: [...within], judgement });
    if (event.t === 'cycle-started') within = [event];
  }
  return cycles;
}
