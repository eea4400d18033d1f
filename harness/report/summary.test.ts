import { describe, expect, it } from 'vitest';
import type { JournalEventBody } from '../journal/events.ts';
import { deadConfig, type SyntheticCycle, SyntheticJournal } from '../judge/synthetic-journal.ts';
import { fiveFunctions, gpu, judged, usb } from '../test/judged-journal.ts';
import { summaryOf, summaryText } from './summary.ts';

const begun = (cycles = 3): SyntheticJournal => new SyntheticJournal(fiveFunctions).begin(cycles);
const dead: SyntheticCycle = { health: { after: [{ address: usb, change: { config: deadConfig } }] } };
const narrow: SyntheticCycle = { health: { after: [{ address: gpu, change: { linkWidth: 8 } }] } };
const gate: JournalEventBody = { t: 'gate', gate: 'split', passed: false, findings: ['03:00.1 is foreign'] };
const textOf = (journal: SyntheticJournal): string => summaryText(judged(journal.events));
const lineOf = (text: string, address: string): string | undefined =>
  text.split('\n').find((line) => line.includes(address));

describe('the summary for machines', () => {
  it('has what a script asks for first', () => {
    const summary = summaryOf(judged(begun().cycle().cycle(dead).cycle().finish().events));
    expect(summary).toMatchObject({
      run: 'synthetic',
      host: 'nowhere',
      outcome: 'fail',
      cycles: 3,
      cycleOutcomes: { pass: 2, fail: 1, infra: 0, aborted: 0 },
      hostReboots: 0,
      bootId: 'boot-1',
    });
    expect(summary.functions.map(({ address, role }) => [address, role])).toEqual(
      fiveFunctions.map(({ address, role }) => [address, role]),
    );
    expect(summary.functions.find(({ address }) => address === usb)).toEqual({
      address: usb,
      role: 'usb',
      survived: 2,
      degraded: 0,
      lost: 1,
      unobserved: 0,
      exercised: 3,
      firstLostCycle: 2,
      recoveries: {},
      claim: {
        words:
          'USB 2c:00.3 lost 1 of 2 trials: rate between 0.628 % and 99.4 % (95 %, valid whenever you look); ' +
          '1 cycle was no trial',
        ...{ confidence: 0.95, trials: 2, lost: 1, degraded: 0, medianTrialsToLoss: null },
        ...{ settledRateLower: null, settledRateUpper: null },
        rateLower: expect.closeTo(0.006_29, 5) as unknown,
        rateUpper: expect.closeTo(0.993_71, 5) as unknown,
        meanTimeToLossLowerMs: expect.any(Number) as unknown,
        meanTimeToLossUpperMs: expect.any(Number) as unknown,
      },
      resets: null,
    });
  });

  it('has a bootId even where the host was never reached', () => {
    const journal = begun();
    journal.events.splice(1);
    expect(summaryOf(judged(journal.finish('infra').events))).toMatchObject({
      bootId: null,
      cycles: 0,
      outcome: 'infra',
    });
  });
});

describe('what the guests showed', () => {
  const silent: SyntheticCycle = {
    guest: { answeredMs: null, asked: 0, notProven: 'the agent did not answer in 120 s' },
  };
  const told: SyntheticCycle = { guest: { answeredMs: 41_300, asked: 5 } };

  it('is a fact of the run, and silence changes no verdict', () => {
    const run = judged(begun().cycle(told).cycle(silent).cycle(told).finish().events);
    expect(summaryOf(run)).toMatchObject({ outcome: 'pass', guest: { proven: 2, notProven: 1 } });
    expect(summaryText(run)).toContain(
      'Guest: told in 2 of 3 cycles what it can use, its agent answered within 42 s; not proven in 1 (the agent did not answer in 120 s)',
    );
  });

  it('is not spoken of where no guest was asked', () => {
    const run = judged(begun().cycle().finish().events);
    expect(summaryOf(run).guest).toBeNull();
    expect(summaryText(run)).not.toContain('Guest');
  });
});

describe('the summary for a person', () => {
  it('says of a clean run what it shows, and no more', () => {
    const text = textOf(begun().cycle().cycle().cycle().finish());
    expect(text.split('\n')[0]).toBe('PASS: 3 of 3 cycles on nowhere; 0 host reboots');
    expect(lineOf(text, gpu)).toMatch(/ gpu +survived 3 of 3$/);
    expect(text).toContain('\nShown:\n  GPU 2b:00.0 survived 3 of 3: failure rate below 63.2 % at 95 % confidence\n');
  });

  it('says since when a function is lost, and why', () => {
    const text = textOf(begun().cycle().cycle(dead).cycle(dead).finish());
    expect(lineOf(text, usb)).toMatch(/survived 1 of 3, lost 2 since cycle 2 \(config-dead: /);
    expect(lineOf(text, gpu)).toMatch(/survived 3 of 3$/);
    expect(text).toMatch(/ {2}USB 2c:00\.3 lost 1 of 2 trials: rate between .*; 1 cycle was no trial$/m);
  });

  it('does not say "since" of a function that came back', () =>
    expect(lineOf(textOf(begun().cycle().cycle(dead).cycle().finish()), usb)).toMatch(/lost 1 first in cycle 2 \(/));

  it('says what came back changed', () => {
    const text = textOf(begun().cycle(narrow).finish());
    expect(lineOf(text, gpu)).toMatch(/degraded 1 \(link-degraded: link width x8, was x16\)/);
    expect(text).toContain(
      'GPU 2b:00.0 degraded 1 of 1 trial: rate between 2.5 % and 100 % (95 %, valid whenever you look)',
    );
  });

  it('does not count for a function what the VM never held', () => {
    const before = { before: [{ address: usb, change: { config: deadConfig } }], ...dead.health };
    const text = textOf(
      begun()
        .cycle()
        .cycle({ health: before, start: { ok: false } })
        .finish(),
    );
    expect(lineOf(text, gpu)).toMatch(/survived 2 of 2, the VM held it in 1$/);
  });

  it('shows nothing by a run that saw nothing, and says why', () => {
    const text = textOf(
      begun()
        .cycle({ start: { ok: false, output: 'got timeout' } })
        .finish(),
    );
    expect(text).toMatch(/^INFRA: 1 of 3/);
    expect(text).toMatch(/Cut short: .*got timeout/);
    expect(text).toContain('Shown: nothing; no function stood a trial.');
  });

  it('names the findings of closed gates', () => {
    const text = textOf(begun().append(gate).finish('refused'));
    expect(text).toMatch(/^REFUSED: 0 of 3/);
    expect(text).toContain('Closed gates:\n  split: 03:00.1 is foreign');
    expect(text).toContain('the VM was never started');
    expect(lineOf(text, gpu)).toMatch(/not tried$/);
  });

  it('tells a short run from a whole one', () =>
    expect(textOf(begun().cycle().finish('interrupted'))).toMatch(
      /^Shown, before the run was cut short:\n {2}GPU 2b:00\.0 survived 1 of 1: /m,
    ));

  it('holds no escape sequence', () =>
    expect(textOf(begun().cycle(dead).finish())).not.toContain(String.fromCharCode(27)));
});
