import { describe, expect, it } from 'vitest';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { begun, change, dead, judged, usb } from '../test/judged-journal.ts';
import { commandLineLabels } from './command-line-words.ts';
import { comparisonOf } from './comparison.ts';
import { comparisonText, differencesOf } from './comparison-words.ts';

/** So many cycles, in the last so many of which the controller was dead and was brought back. */
function run(cycles: number, lost: number, reason: 'cycles-done' | 'interrupted' = 'cycles-done'): RunJudgement {
  const journal = begun(cycles);
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    if (cycle <= cycles - lost) journal.cycle();
    else {
      journal.cycle(change(usb, dead));
      journal.append({ t: 'rung-done', rung: 'rescan', cycle, revived: [usb], durationMs: 1 });
    }
  }
  return judged(journal.finish(reason).events);
}

function booted(base: RunJudgement, cell: Partial<NonNullable<RunJudgement['cell']>>, host = 'nowhere'): RunJudgement {
  return {
    ...base,
    start: { ...base.start, host },
    cell: { bios: '2304', kernel: '6.1.0-56-amd64', commandLine: 'ro', ...cell },
  };
}

describe('two runs', () => {
  it('differ where Barnard says so of settled numbers of trials, for all functions together', () => {
    const compared = comparisonOf(run(12, 0), run(12, 8)).find(({ address }) => address === usb);
    expect(compared).toMatchObject({
      isSettled: true,
      conclusion: 'other-fails-more',
      one: { trials: 12, failures: 0 },
    });
    expect(compared?.barnard).toBeLessThan(0.01);
    // 0.03 is no news where five functions were asked.
    const fewer = comparisonOf(run(12, 4), run(12, 0)).find(({ address }) => address === usb);
    expect(fewer?.barnard).toBeLessThan(0.05);
    expect(fewer).toMatchObject({ isSettled: true, conclusion: 'not-shown' });
    expect(comparisonOf(run(12, 8), run(12, 0)).map(({ conclusion }) => conclusion)).toEqual([
      ...['not-shown', 'not-shown', 'one-fails-more', 'not-shown', 'not-shown'],
    ]);
  });

  it('differ where the trials were not settled only by intervals that lie apart', () => {
    const usbOf = (one: RunJudgement, other: RunJudgement) =>
      comparisonOf(one, other).find(({ address }) => address === usb);
    const near = usbOf(run(12, 0), run(12, 8, 'interrupted'));
    expect(near).toMatchObject({ isSettled: false, conclusion: 'not-shown' });
    expect(near?.barnard).toBeLessThan(0.01);
    expect(usbOf(run(60, 0), run(30, 30, 'interrupted'))).toMatchObject({ conclusion: 'other-fails-more' });
  });

  it('are told apart by what they ran on', () => {
    const one = booted(run(1, 0), {
      commandLine: 'BOOT_IMAGE=/vmlinuz-1 root=/dev/sda ro pcie_acs_override=downstream',
    });
    const other = booted(
      run(1, 0),
      { commandLine: 'BOOT_IMAGE=/vmlinuz-2 root=/dev/sda ro', bios: '50\u001b[2J07' },
      'elysium',
    );
    expect(differencesOf(one, other)).toEqual([
      { what: 'host', one: 'nowhere', other: 'elysium' },
      { what: 'BIOS', one: '2304', other: '5007' },
      { what: 'command line', one: 'pcie_acs_override=downstream', other: 'without it' },
    ]);
    expect(differencesOf(one, one)).toEqual([]);
  });
});

describe('what is said of two runs', () => {
  it('is who they are, each function, and what may be concluded', () => {
    const text = comparisonText(booted(run(12, 0), {}), booted(run(12, 8), { bios: '5007', kernel: '6.8.12-4-pve' }));
    expect(text).toMatch(
      /^A: synthetic: pass, 12 cycles on nowhere, BIOS 2304, Linux 6\.1\.0-56-amd64\nB: .*BIOS 5007/,
    );
    expect(text).toContain(
      'They differ in:\n  BIOS: 2304 against 5007\n  kernel: 6.1.0-56-amd64 against 6.8.12-4-pve\n',
    );
    expect(text).toMatch(
      /USB 2c:00\.3 failed 0 of 12 against 8 of 12: p = .*\n {4}fails more often in B than in A: shown, by Barnard's test/,
    );
    expect(text).toMatch(
      /GPU 2b:00\.0 failed 0 of 12 against 0 of 12: .*\n {4}no difference is shown; rates of up to \d/,
    );
    expect(text).toContain('all 5 functions together');
    expect(text).toContain('does not mean that there is none');
    expect(text).toContain('Which of them makes the difference (BIOS, kernel), two runs cannot tell');
    expect(text).not.toContain('only a guide');
  });

  it('is that nothing was changed, and that p values are a guide, where that is so', () => {
    const text = comparisonText(booted(run(60, 0), {}), booted(run(30, 30, 'interrupted'), {}));
    expect(text).toContain('Both ran the same cell on the same host.');
    expect(text).toContain('something else was');
    expect(text).toContain('only a guide');
  });
});

it.each([
  [
    ['ro quiet', 'quiet ro'],
    ['', ''],
  ],
  [
    ['a="x y" b', 'b'],
    ['a="x y"', ''],
  ],
  [
    ['a b', 'a c', 'a b c'],
    ['b', 'c', 'b c'],
  ],
  [
    ['initrd=\\old ro', 'initrd=\\new ro'],
    ['', ''],
  ],
  [['one'], ['']],
  [[], []],
])('command lines %j are told apart by %j', (lines, labels) => expect(commandLineLabels(lines)).toEqual(labels));
