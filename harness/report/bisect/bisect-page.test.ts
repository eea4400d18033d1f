import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { BisectLog, type BisectStart } from '../../bisect-run/bisect-log.ts';
import type { JournalEvent } from '../../journal/events.ts';
import { bisectPage } from './bisect-page.ts';
import { bisectSummary } from './bisect-summary.ts';

const hostile = '"><script>alert(1)</script>\u001b[31m&\u0000';

/** Two visits of a small search: the newest loses it, the oldest does not. */
function storyOf(kernels: readonly string[]): { log: BisectLog; events: readonly JournalEvent[] } {
  const start: BisectStart = {
    ...{ t: 'bisect-started', n: 1, at: 0, comeback: '0', bisect: hostile, host: 'h', roles: ['usb'] },
    kernels: kernels.map((name) => ({ name })),
    biosVersions: ['2304', hostile],
    flags: [{ words: hostile, suspect: 'on' }],
    ...{ isFix: false, confidence: 0.95, rateFloor: 0.2 },
    costs: {
      ...{ cycleMs: 60_000, kernelBootMs: 180_000, rebootAfterLossMs: 180_000 },
      flash: { by: 'command', flashMs: 900_000 },
    },
  };
  const visits = [kernels.length - 1, 0].flatMap((kernel, index): JournalEvent[] => {
    const [visit, n] = [index + 1, index * 2 + 2];
    const lost = kernel > 0;
    return [
      {
        ...{
          t: 'visit-decided',
          n,
          at: 0,
          visit,
          cell: { kernel, bios: 0, flags: 1 },
          run: `r${visit}`,
          fromCycle: 0,
          toCycle: 3,
        },
        ...{
          endAtLossOf: ['usb'],
          switch: 'kernel',
          why: hostile,
          nowMs: 0,
          expected: { bits: 1, durationMs: 240_000, lossProbability: 0.5 },
        },
      },
      {
        ...{ t: 'visit-over', n: n + 1, at: 0, visit, lastCycle: 3 },
        boots: [{ boot: `b${visit}`, roles: { usb: { survived: lost ? 1 : 3, lost } } }],
        leftIn: { boot: `b${visit}`, isLost: lost },
        took: [
          // The host had another BIOS than was thought.
          lost
            ? { kind: 'flash', durationMs: 900_000, count: 1 }
            : { kind: 'kernel-boot', durationMs: 200_000, count: 1 },
          { kind: 'cycle', durationMs: 60_000, count: lost ? 2 : 3 },
        ],
      },
    ];
  });
  const skipped: JournalEvent = { t: 'kernel-skipped', n: 6, at: 0, kernel: 1, why: hostile };
  const events = [start, ...visits, skipped];
  const log = new BisectLog(start);
  for (const event of events) log.push(event);
  return { log, events };
}

describe('the page of a bisect', () => {
  const { log, events } = storyOf(['5', hostile, '7']);
  const summary = bisectSummary(log, events);
  const page = bisectPage(summary, log.space);

  it('tells what was seen, what it took, and what was left out', () => {
    expect(summary).toMatchObject({
      ...{ boots: 2, cycles: 5, flashes: 1, ended: null },
      cells: [{ roles: [{ role: 'usb', survived: 1, lost: 1 }] }, { roles: [{ role: 'usb', survived: 3, lost: 0 }] }],
      spent: [
        { kind: 'flash', count: 1, durationMs: 900_000 },
        { kind: 'cycle', count: 5, durationMs: 300_000 },
        { kind: 'kernel-boot', count: 1, durationMs: 200_000 },
      ],
    });
    expect(summary.untestable).toHaveLength(4);
    expect(page).toContain('usb 1 of 2 lost');
  });

  it('is neither broken nor scripted by the names in it', () => {
    expect(page).not.toMatch(/<script|(?!\n)\p{Cc}/u);
    const problems: string[] = [];
    const pictures = page.match(/<svg[^]*?<\/svg>/g) ?? [];
    const parser = new DOMParser({ onError: (level, message) => level !== 'warning' && problems.push(message) });
    for (const picture of pictures) parser.parseFromString(picture, 'image/svg+xml');
    expect([pictures.length, problems]).toEqual([2, []]);
  });

  it('stands alone, by day and by night', () => {
    expect(page).not.toMatch(/(?:src|href)=|url\(|@import/);
    expect(page).toContain('prefers-color-scheme: dark');
  });

  it('is the same for the same journal', () => {
    const again = storyOf(['5', hostile, '7']);
    expect(bisectPage(bisectSummary(again.log, again.events), again.log.space)).toBe(page);
  });

  it('has a picture that fits, however many kernels there are', () => {
    const many = storyOf(Array.from({ length: 120 }, (_none, index) => `6.${index}`));
    const wide = bisectPage(bisectSummary(many.log, many.events), many.log.space);
    const [, width = ''] = /<svg [^>]*width="([\d.]+)"/.exec(wide) ?? [];
    expect(Number(width)).toBeLessThan(1100);
  });
});
