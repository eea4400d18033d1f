import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SyntheticJournal } from '../judge/synthetic-journal.ts';
import { begun, change, dead, failedStart, fiveFunctions, judged, usb } from '../test/judged-journal.ts';
import { markdownSummary } from './markdown-summary.ts';
import { code, prose } from './markdown-text.ts';

const summary = (journal: SyntheticJournal): string => markdownSummary(judged(journal.events));

describe('the job summary', () => {
  it('begins with what came of the run, then the claims, the functions and the cell', () => {
    const text = summary(begun(2).cycle().cycle(change(usb, dead)).finish());
    expect(text).toMatch(/^## FAIL: 2 of 2 cycles on nowhere, 0 host reboots\n\n- \*\*GPU 2b:00\.0 survived 2 of 2/);
    expect(text).toMatch(/\| USB 2c:00\.3 \| 1 \| 0 \| 1 \| 0 \| cycle 2: `config-dead: [^`]+` \| {2}\|/);
    expect(text).toMatch(/### Cycles that did not pass\n\n.*\n.*\n\| 2 \| fail \| `0000:2c:00\.3 lost, config-dead/);
    expect(text).toContain('| BIOS | `1` |');
    expect(text).toContain('| override | `none` |');
  });

  it.each<[string, SyntheticJournal, RegExp]>([
    ['was refused', new SyntheticJournal(fiveFunctions).begin().finish('refused'), /^## REFUSED:[^]*never started/],
    ['was left by its controller', begun().cycle(), /^## ABORTED:[^]*`the journal ends before the run did`/],
    ['was only to verify', new SyntheticJournal(fiveFunctions).begin(0).finish(), /^## PASS: cell verified/],
    [
      'waits for a person',
      begun().append({ t: 'run-finished', reason: 'parked', message: 'flash 5007' }),
      /^## PARKED:[^]*--resume last[^]*`flash 5007`/,
    ],
    ['lost the lab', begun().cycle(failedStart('got timeout')).finish(), /^## INFRA: 1 of 3 cycles[^]*got timeout/],
  ])('of a run that %s says so', (_what, journal, words) => expect(summary(journal)).toMatch(words));

  it('names the first of many failed cycles, counts the rest, and stays small whatever a host says', () => {
    const journal = begun();
    for (let cycle = 0; cycle < 30; cycle += 1) journal.cycle(failedStart(`vfio ${usb}: ${'<x>'.repeat(50_000)}`));
    const text = summary(journal.finish());
    expect(text).toContain('and 10 more, which are in the journal.');
    expect(Buffer.byteLength(text)).toBeLessThan(50_000);
  });

  it('lets nothing that a host says format, link, mention, break the table or script', () => {
    const words = `vfio ${usb}: | a \` <script>alert(1)</script> # head - @all ![x](http://y) \u001b[31m\u202e`;
    const text = summary(begun().cycle(failedStart(words)).finish());
    expect(text).toMatch(/^[\n\u{20}-\u{7e}\u{a0}-\u{2027}]+$/u);
    const hurt = text.split('\n').filter((one) => one.includes('script'));
    expect(hurt.length).toBeGreaterThan(0);
    // All of it is within one pair of backticks of a table's cell.
    for (const one of hurt) expect(one).toMatch(/^\|[^`]*`[^`|]*<script>[^`|]*@all[^`|]*`[^`]*\|$/);
  });
});

describe('what somebody else said', () => {
  it('never ends its code or its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (raw) => {
        expect(code(raw)).toMatch(/^(?:`[^`|\n\r]+`)?$/);
      }),
      { numRuns: 40 },
    );
  });

  it('is plain within words of ours', () => {
    expect(prose('a_b *c* <b> & [d](e) `f` | @g #1\n- h')).toBe(
      String.raw`a\_b \*c\* &lt;b&gt; &amp; \[d\]\(e\) \`f\` \| \@g \#1 - h`,
    );
  });
});
