import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRun } from '../../test/any-run.ts';
import { hostileRun, hostileTexts, type LiveRunName, liveRuns } from '../fixtures/live-runs.ts';
import { viewOf } from '../fixtures/view-of.ts';
import type { LiveView } from '../live-view.ts';
import { renderScreen } from './render-screen.ts';
import { fitText, widthOf } from './spans.ts';

const form = { columns: 80, rows: 24, colour: false, timeZone: 'UTC', footer: 'q quits' };
const drawn = (view: LiveView, change: Partial<typeof form> = {}): string[] =>
  renderScreen(view, { ...form, ...change });

describe('the screen of a run', () => {
  it('has all that matters on 80 columns and 24 rows', () => {
    expect(drawn(viewOf(liveRuns['under way, one lost'].events))).toEqual([
      '2026-01-01T22-00-00Z-elysium                                 under way  22:07:46',
      'elysium, ROG CROSSHAIR VII HERO, BIOS 5007, Linux 6.8.12-4-pve, VM proxmox 100',
      '100 cycles, for 8 h at most',
      '',
      'cycle 38/100  starting the VM  12 s',
      '███████████████░░░░░░░░░░░░░░░░░░░░░░░░░  295 cycles/h, 12 min 48 s left',
      'pass 36  fail 1  infra 0  aborted 0  host reboots 0',
      '',
      'function       last      survived  degraded  lost  unobserved  fails below',
      'GPU 2b:00.0    survived        37         0     0           0       7.78 %',
      'audio 2b:00.1  survived        37         0     0           0       7.78 %',
      'USB 2c:00.3    survived        36         0     1           0       20.1 %',
      'audio 2d:00.3  survived        37         0     0           0       7.78 %',
      'USB 03:00.0    survived        37         0     0           0       7.78 %',
      '',
      'Cycles that did not pass',
      '  cycle 31 fail  1 min 28 s ago  0000:2c:00.3 lost, config-dead: config space a…',
      '',
      'Kernel',
      '  22:06:10 cycle 31 reset-failed  vfio-pci 0000:2c:00.3: not ready 65535ms afte…',
      '',
      'Shown so far (6 more)',
      '  GPU 2b:00.0 survived 37 of 37: failure rate below 7.78 % at 95 % confidence',
      'q quits',
    ]);
  });

  it.each<[LiveRunName, boolean, RegExp]>([
    ['no cycle yet', true, /no cycle yet {2}ready for the first cycle {2}12 s/],
    ['no cycle yet', false, /its controller died\b.*no cycle yet {2}last event 12 s ago/s],
    ['one cycle', false, /over: PASS.*cycle 1\/1.*Shown\n {2}GPU 2b:00\.0 survived 1 of 1/s],
    ['only failures', false, /over: FAIL.*USB 2c:00\.3 +lost +0 +0 +2/s],
    [
      'infra only',
      false,
      /ended by its lab: INFRA.*cycle 2 infra .*the VM did not start, and no function was the reason/s,
    ],
    ['interrupted', false, /interrupted: ABORTED/],
    ['resumed and under way', true, /under way.*1 h 58 min left if all goes well, until proven/s],
    ['parked', false, /parked {2}.*Waits for you: Flash BIOS 5101/s],
    ['refused', false, /refused.*The gate split is closed\./s],
    ['rebooted and wedged', true, /host reboots 1.*cycle 2 infra .*the host was wedged/s],
  ])('says of %s (its controller alive: %s) what it is', (name, isUnderWay, words) => {
    expect(drawn(viewOf(liveRuns[name].events, isUnderWay), { columns: 100 }).join('\n')).toMatch(words);
  });

  it('says the same in colour', () => {
    for (const { events } of Object.values(liveRuns)) {
      const view = viewOf(events);
      const painted = drawn(view, { colour: true });
      expect(painted.join('')).toContain('\u001b[');
      expect(painted.map((line) => stripVTControlCharacters(line))).toEqual(drawn(view));
    }
  });

  it('shows more where there is room: health, and how the last cycles went', () => {
    const view = viewOf(liveRuns['under way, one lost'].events);
    expect(drawn(view, { columns: 150 }).join('\n')).toContain(
      `${'.'.repeat(30)}L......  vfio-pci, D0, x16 8.0 GT/s\n`,
    );
    expect(renderScreen(view, { columns: Infinity, colour: false }).join('\n')).toContain('giving up');
    expect(drawn(view, { columns: 40 }).join('\n')).toMatch(/^USB 2c:00\.3 +survived +36 +1$/m);
  });

  it('never leaves the terminal it is drawn for, nor says anything to it but text', () => {
    const fits = (view: LiveView, columns: number, rows: number): void => {
      const lines = drawn(view, { columns, rows });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) {
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
      }
      expect(lines.at(-1)).toBe(fitText('q quits', columns));
    };
    const size = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 60 }));
    const hostile = viewOf(hostileRun());
    fc.assert(
      fc.property(size, ([columns, rows]) => fits(hostile, columns, rows)),
      { numRuns: 15 },
    );
    fc.assert(
      fc.property(anyRun, size, (events, [columns, rows]) => fits(viewOf(events), columns, rows)),
      { numRuns: 15 },
    );
  });

  it('bears what a host says as text', () => {
    const text = renderScreen(viewOf(hostileRun()), { columns: Infinity, colour: false }).join('\n');
    expect(text).toContain(hostileTexts[0]);
    expect(text).not.toContain('\u001b');
    expect(text.length).toBeLessThan(20_000);
  });
});
