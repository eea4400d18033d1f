import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRun } from '../../../test/any-run.ts';
import { digested } from '../../../test/digested.ts';
import { begun, change, dead, gpu, judged, usb } from '../../../test/judged-journal.ts';
import { longRun } from '../../../test/long-run.ts';
import { maxColumns, verdictLetters } from './strip-columns.ts';

/** Sums of the words of one row, by letter. */
function sumsOf(row: string): Record<string, number> {
  const sums: Record<string, number> = { s: 0, u: 0, d: 0, l: 0 };
  for (const word of row.split(' ')) {
    const [, repeats = '1', counts = ''] = /^(?:(\d+):)?(.*)$/.exec(word) ?? [];
    for (const [, letter = '', count] of counts.matchAll(/([sudl])(\d+)/g)) {
      sums[letter] = (sums[letter] ?? 0) + Number(repeats) * Number(count);
    }
  }
  return sums;
}

describe('the digest of any journal', () => {
  it('judges as the judge does, and its strip adds up to the verdicts', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        const { judgement, page } = digested(events);
        expect(judgement).toEqual(judged(events));
        [...judgement.functions.values()].forEach(({ counts }, index) => {
          const sums = sumsOf(page.strip.rows[index] ?? '');
          for (const [verdict, letter] of Object.entries(verdictLetters))
            expect([verdict, sums[letter]]).toEqual([verdict, counts[verdict as keyof typeof counts]]);
        });
        const bad = judgement.cycles.fail + judgement.cycles.infra + judgement.cycles.aborted;
        expect(page.stories).toHaveLength(bad);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the strip of a run', () => {
  it('has one column a cycle, and says the same of equal ones once', () => {
    const { page } = digested(longRun(300, (cycle) => (cycle === 200 ? 'lost' : 'good')));
    expect(page.strip).toMatchObject({ cycles: 300, cyclesPerColumn: 1 });
    expect(page.strip.rows).toEqual(['300:s1', '300:s1', '199:s1 l1 100:s1', '300:s1', '300:s1']);
  });

  it('puts several cycles into a column where there are more than columns, and forgets none', () => {
    const cycles = maxColumns + 5;
    const { page, judgement } = digested(longRun(cycles, (cycle) => (cycle % 5000 === 7 ? 'lost' : 'good')));
    expect(page.strip).toMatchObject({ cycles, cyclesPerColumn: 2 });
    const row = page.strip.rows[2] ?? '';
    expect(row).toBe('3:s2 s1l1 2499:s2 s1l1 2498:s2 s1');
    expect(sumsOf(row)['l']).toBe(judgement.functions.get(usb)?.counts.lost);
  });
});

describe('the stories of a run', () => {
  const died = digested(longRun(1000, (cycle) => (cycle < 12 ? 'good' : cycle === 800 ? 'degraded' : 'lost'))).page;

  it('are those of the first cycles, of the last, and of the first with a new reason; the rest is counted', () => {
    const cycles = died.stories.map(({ judgement }) => judgement.cycle);
    expect(cycles.slice(0, 3)).toEqual([12, 13, 14]);
    expect(cycles.at(-1)).toBe(1000);
    expect(cycles).toContain(800);
    expect(cycles.length).toBeLessThanOrEqual(251);
    expect(cycles.length + died.storiesOmitted).toBe(989);
  });

  it('come down to few reasons, the gravest first, each with its first and last cycle', () => {
    expect(died.causes).toMatchObject([
      { of: { address: usb, verdict: 'lost', symptom: 'config-dead' }, cycles: 988, firstCycle: 12, lastCycle: 1000 },
      { of: { address: gpu, verdict: 'degraded', symptom: 'link-degraded' }, cycles: 1, firstCycle: 800 },
    ]);
  });

  it('tell phases, kernel lines, changes of health, and what was done after the cycle', () => {
    const journal = begun()
      .cycle()
      .cycle({ ...change(usb, dead), kernel: ['a line of the kernel'] });
    journal.append(
      { t: 'rung-intent', rung: 'bus-reset', cycle: 2, functions: [usb] },
      { t: 'rung-done', rung: 'bus-reset', cycle: 2, revived: [usb], durationMs: 1500, standing: 'taken' },
    );
    const { page } = digested(journal.cycle().finish().events);
    const [story, ...others] = page.stories;
    expect(others).toEqual([]);
    expect(story?.judgement.functions.find(({ address }) => address === usb)?.recoveredBy).toBe('bus-reset');
    const lines = story?.lines.map(({ kind, text, isBad = false }) => `${isBad ? '!' : ''}${kind}: ${text}`);
    expect(lines).toEqual([
      'phase: the VM is started',
      'vm: VM start done in 900 ms',
      '!kernel: a line of the kernel',
      'health: 2b:00.0, 2b:00.1, 2c:00.3, 2d:00.3, 03:00.0: opened 0 → 1',
      'phase: the VM is stopped',
      'vm: VM stop done in 600 ms',
      'health: 2b:00.0, 2b:00.1, 2d:00.3, 03:00.0: opened 1 → 0',
      '!health: 2c:00.3: config space 10de:1c82 → dead (all ones), link width x16 → unknown, link 8.0 GT/s PCIe → Unknown, opened 1 → 0',
      'phase: the cycle is over',
      'recovery: bus-reset is tried for 2c:00.3',
      'recovery: bus-reset brought back 2c:00.3 in 1.50 s',
    ]);
    expect(page.rungs).toMatchObject([{ rung: 'bus-reset', taken: 1, helped: 1, durations: { medianMs: 1500 } }]);
  });

  it('keep a flood of long kernel lines short, and what was done about it', () => {
    const line = `${'x'.repeat(1_000_000)} the end`;
    const { page } = digested(
      begun()
        .cycle({ ...change(usb, dead), kernel: Array<string>(500).fill(line) })
        .finish().events,
    );
    const [story] = page.stories;
    expect(story?.lines.filter(({ kind }) => kind === 'kernel')).toHaveLength(40);
    expect(story?.omitted).toBe(460);
    expect(story?.lines.at(-1)?.text).toBe('the cycle is over');
    expect(JSON.stringify(page).length).toBeLessThan(60_000);
    expect(story?.lines.find(({ kind }) => kind === 'kernel')?.text).toContain('1000008 characters');
  });
});

describe('the groups of a run', () => {
  it('show who moved, by what the functions said of themselves last', () => {
    const { page } = digested(
      begun()
        .cycle()
        .cycle(change(usb, { group: 26 }))
        .finish().events,
    );
    expect(page.groups?.isSame).toBe(false);
    const after = page.groups?.after?.groups.find(({ group }) => group === 26);
    expect(after?.tenants.find(({ address }) => address === usb)).toMatchObject({ isMoved: true });
    expect(page.groups?.before.groups.find(({ group }) => group === 27)?.tenants).toHaveLength(1);
  });

  it('are the same where nothing moved, and have no after without a stop', () => {
    expect(digested(begun().cycle().finish().events).page.groups?.isSame).toBe(true);
    expect(digested(begun().finish('refused').events).page.groups?.after).toBeUndefined();
  });
});
