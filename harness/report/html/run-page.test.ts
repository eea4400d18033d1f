import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { soakTwin, twinPlan } from '../../cycle/fixtures/twin-soak.ts';
import type { JournalEvent } from '../../journal/events.ts';
import { openFile, seriousFindings, startChromium } from '../../test/chromium.ts';
import { digested, pageOf } from '../../test/digested.ts';
import { begun, change, dead, failedStart, usb } from '../../test/judged-journal.ts';
import { type CycleKind, longRun } from '../../test/long-run.ts';
import { temporaryDirectory } from '../../test/temporary-directory.ts';
import { startTwin } from '../../twin/twin.ts';

/** Screenshots stay, for people to look at. */
const kept = join('test-results', 'pages');

let browser: Browser;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  [browser, folder] = await Promise.all([startChromium(), temporaryDirectory(), mkdir(kept, { recursive: true })]);
});
afterAll(async () => {
  await browser.close();
  await folder[Symbol.asyncDispose]();
});

async function storePage(name: string, events: Iterable<JournalEvent>): Promise<{ path: string; bytes: number }> {
  const text = await pageOf(events);
  const path = join(folder.path, `${name}.html`);
  await writeFile(path, text);
  return { path, bytes: Buffer.byteLength(text) };
}

const mixed = (cycle: number): CycleKind =>
  cycle % 9 === 4 ? 'lost' : cycle % 11 === 5 ? 'degraded' : cycle % 17 === 6 ? 'infra' : 'good';
const valueText = async (page: Page): Promise<string | null> =>
  await page.getByRole('slider').getAttribute('aria-valuetext');

describe('the page of a run on the twin that lost a function and got it back', () => {
  it.each(['light', 'dark'] as const)('is whole and usable in a %s room, wide and narrow', async (theme) => {
    const { path } = await storePage('night', await night());
    for (const widthPx of [1400, 500]) {
      await using opened = await openFile(browser, path, { theme, widthPx });
      const { page } = opened;
      await page.locator('details.story > summary').first().click();
      await page.screenshot({ path: join(kept, `night-${theme}-${widthPx}.png`), fullPage: true });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(widthPx);
      if (widthPx === 1400) expect(await seriousFindings(page)).toEqual([]);
      expect(opened).toMatchObject({ complaints: [], requests: [] });
    }
  });

  it('says what was lost, how it came back, and where the journal is', async () => {
    await using opened = await openFile(browser, (await storePage('night', await night())).path);
    const { page } = opened;
    const seen = await page.getByRole('main').innerText();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(
      'No: GPU 2b:00.0 did not come back in 1 of 4 cycles.',
    );
    expect(seen).toMatch(/ROG CROSSHAIR VII HERO · BIOS \S+ · Linux \S+ · ACS override downstream,multifunction/);
    expect(seen).toMatch(/1\s+host reboot/);
    expect(seen).toMatch(/host-reboot\s+1\s+1/);
    expect(seen).toContain('USB 2c:00.3 is reset between guests: reset by a method that nobody saw, 4 times');
    await expect
      .poll(() => page.getByRole('link', { name: 'journal.ndjson' }).getAttribute('href'))
      .toBe('journal.ndjson');
  });
});

describe('the strip', () => {
  it('has in each cell the height and colour of the verdict that the judge gave, in both themes', async () => {
    const events = [...longRun(60, mixed)];
    const { path } = await storePage('strip', events);
    for (const theme of ['light', 'dark'] as const) {
      await using opened = await openFile(browser, path, { theme });
      const cells = await opened.page.evaluate<string[]>(cellsSeen(60, 5));
      expect(cells).toEqual(expectedCells(60));
    }
  });

  it('is walked by keyboard from one bad cycle to the next, into a timeline, and zoomed', async () => {
    await using opened = await openFile(browser, (await storePage('strip', longRun(60, mixed))).path);
    const { page, complaints } = opened;
    await page.getByRole('slider').focus();
    expect(await valueText(page)).toMatch(/^Cycle 4: .*USB 2c:00\.3 lost/);
    await page.keyboard.press('n');
    expect(await valueText(page)).toMatch(/^Cycle 5: GPU 2b:00\.0 degraded/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Home');
    expect(await valueText(page)).toBe('Cycle 1: every function survived');
    await page.keyboard.press('p');
    expect(await valueText(page)).toBe('Cycle 1: every function survived');
    await page.keyboard.press('End');
    await page.keyboard.press('p');
    await page.keyboard.press('+');
    expect(await page.locator('#strip-range').innerText()).toMatch(/^\d+ to 60 of 60$/);
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement?.closest("details[open]")?.id')).toBe('cycle-58');
    expect(complaints).toEqual([]);
  });

  it('shows ten thousand cycles, none of the few bad ones hidden, on a page of less than 2 MB', async () => {
    const bad = [17, 4999, 5000, 9999];
    const { path, bytes } = await storePage(
      'long',
      longRun(10_000, (cycle) => (bad.includes(cycle) ? 'lost' : 'good')),
    );
    expect(bytes).toBeLessThan(2_000_000);
    await using opened = await openFile(browser, path);
    const { page } = opened;
    const visited = [];
    await page.getByRole('slider').focus();
    for (const _ of bad) {
      visited.push(/^Cycle ([\d\u202f]+): .*lost/.exec((await valueText(page)) ?? '')?.[1]?.replaceAll('\u202f', ''));
      await page.keyboard.press('n');
    }
    expect(visited).toEqual(bad.map(String));
    await page.screenshot({ path: join(kept, 'long-light-1400.png'), fullPage: true });
    // 17, 4999 with 5000, and 9999: as many stretches of the colour of what is lost.
    expect(await page.evaluate<number>(lostStretches)).toBe(3);
    expect(opened.complaints).toEqual([]);
  });

  it('stays small where every cycle fails otherwise than the one before', async () => {
    const kinds = ['lost', 'degraded', 'infra'] as const;
    const { path, bytes } = await storePage(
      'bad',
      longRun(10_000, (cycle) => kinds[cycle % 3] ?? 'good'),
    );
    expect(bytes).toBeLessThan(2_000_000);
    await using opened = await openFile(browser, path, { theme: 'dark' });
    expect(await opened.page.getByRole('main').innerText()).toMatch(/Of 10\u202f000, the first ones.* are told here/);
    await opened.page.screenshot({ path: join(kept, 'bad-dark-1400.png') });
    expect(opened.complaints).toEqual([]);
  });
});

describe('a page of every kind of run', () => {
  const kinds: readonly (readonly [string, readonly JournalEvent[]])[] = [
    ['one cycle', begun(1).cycle().finish().events],
    ['no failure', [...longRun(100, () => 'good')]],
    ['only failures', [...longRun(100, () => 'lost')]],
    ['infra only', [...longRun(20, () => 'infra')]],
    ['interrupted', begun().cycle().finish('interrupted').events],
    [
      'resumed',
      begun().cycle(change(usb, dead)).append({ t: 'run-resumed', comeback: '0.0.0', tornBytes: 3 }).cycle().finish()
        .events,
    ],
    [
      'parked',
      begun().append(
        {
          t: 'parked',
          cell: 'old',
          from: '2901',
          to: '5007',
          driver: 'manual',
          instructions: 'Flash it.\nThen resume.',
        },
        { t: 'run-finished', reason: 'parked' },
      ).events,
    ],
    [
      'refused',
      begun()
        .append({ t: 'gate', gate: 'split', passed: false, findings: ['03:00.1 is foreign'] })
        .finish('refused').events,
    ],
    ['still under way', begun().cycle().cycle(failedStart('got timeout')).events.slice(0, -1)],
    ['only its first line', begun().events.slice(0, 1)],
  ];
  it.each(kinds)('%s', async (name, events) => {
    await using opened = await openFile(browser, (await storePage(name.replaceAll(' ', '-'), events)).path);
    const { page, complaints } = opened;
    const text = await page.getByRole('main').innerText();
    expect(text).not.toMatch(/undefined|NaN|\[object|Infinity|Invalid/);
    // What differs from the pages above is looked at as closely.
    if (name === 'parked' || name === 'refused') expect(await seriousFindings(page)).toEqual([]);
    await page.screenshot({ path: join(kept, `kind-${name.replaceAll(' ', '-')}.png`), fullPage: true });
    expect(complaints).toEqual([]);
  });
});

describe('a hostile journal', () => {
  const evil = [
    '<script>document.title = "hacked"</script>',
    '</script><script>document.title = "hacked"</script><img src=x onerror="document.title=\'hacked\'">',
    '"><svg onload="document.title=\'hacked\'">',
    '\u001b]0;hacked\u0007\u001b[2J\u001b[31mred',
    'A<b>'.repeat(250_000),
    'half \ud800 a character, \ufffd, and \u202egnorw',
  ];
  const journal = begun()
    .append({ t: 'gate', gate: 'split', passed: false, findings: [...evil] })
    .cycle({ ...change(usb, dead), kernel: evil, start: { ok: false, output: evil.join('\n') } })
    .append({ t: 'lab-lost', code: 'X', message: evil.join('\n') })
    .append({ t: 'run-finished', reason: 'infra', message: evil[1] ?? '' });
  const [start, ...rest] = journal.events;
  const events: JournalEvent[] =
    start?.t === 'run-started'
      ? [
          {
            ...start,
            run: evil[1] ?? '',
            host: evil[2] ?? '',
            functions: start.functions.map((of) => ({ ...of, name: evil[1] ?? '' })),
          },
          ...rest,
        ]
      : [];

  it('scripts nothing, marks nothing up, and stays small', async () => {
    const { path, bytes } = await storePage('hostile', events);
    expect(bytes).toBeLessThan(200_000);
    await using opened = await openFile(browser, path);
    const { page } = opened;
    await page.locator('details.story > summary').first().click();
    expect(await page.title()).toBe(`Fail: ${evil[1] ?? ''}`);
    expect(await page.evaluate('document.querySelectorAll("img, main script:not([type]), svg[onload]").length')).toBe(
      0,
    );
    expect(await page.getByRole('main').innerText()).toContain('<script>document.title = "hacked"</script>');
    expect(await page.content()).not.toMatch(/[^\P{Cc}\n\t]|\p{Bidi_Control}/u);
    await page.screenshot({ path: join(kept, 'hostile-light-1400.png'), fullPage: true });
    expect(opened).toMatchObject({ complaints: [], requests: [] });
  });

  it('could not script the page even where its words were markup', async () => {
    await using opened = await openFile(browser, (await storePage('hostile', events)).path);
    const { page, complaints } = opened;
    const before = await page.title();
    await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'document.title = "hacked"';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<b onclick="document.title = &quot;hacked&quot;">x</b>');
      document.body.lastElementChild.click();
    }`);
    expect(await page.title()).toBe(before);
    expect(complaints).toHaveLength(2);
    expect(complaints.join()).toMatch(/inline script violates[^]*inline event handler violates/i);
  });
});

let told: Promise<readonly JournalEvent[]> | undefined;

/** One night on the twin: its GPU dies in the second cycle, and comes back by a reboot of the host. */
function night(): Promise<readonly JournalEvent[]> {
  told ??= (async () => {
    await using twin = await startTwin({ boot: { loader: 'grub' } });
    let stops = 0;
    const { events } = await soakTwin(twin, {
      plan: { cycles: 4, recovery: { ...twinPlan.recovery, rungs: ['wait', 'restore-bridge', 'host-reboot'] } },
      atRest: () => {
        stops += 1;
        if (stops === 2) twin.kill('2b:00.0');
        for (const text of ['resetting', 'reset done']) twin.kmsg(`vfio-pci ${usb}: ${text}`, 4);
        return Promise.resolve();
      },
    });
    return events;
  })();
  return told;
}

/** What the canvas shows in the middle of each cell: by the colours of the page's own theme, and how high it reaches. */
function cellsSeen(cycles: number, functions: number): string {
  return `(() => {
    const canvas = document.getElementById('strip-canvas');
    const context = canvas.getContext('2d');
    const probe = document.createElement('canvas').getContext('2d');
    const theme = getComputedStyle(document.documentElement);
    const names = new Map(['survived', 'unobserved', 'degraded', 'lost'].map((name) => {
      probe.fillStyle = theme.getPropertyValue('--' + name).trim();
      probe.fillRect(0, 0, 1, 1);
      return [[...probe.getImageData(0, 0, 1, 1).data].join(), name];
    }));
    const all = context.getImageData(0, 0, canvas.width, canvas.height).data;
    const pixel = (x, y) => [...all.subarray(4 * (y * canvas.width + x), 4 * (y * canvas.width + x + 1))].join();
    const seen = [];
    for (let row = 0; row < ${functions}; row += 1) {
      for (let cycle = 0; cycle < ${cycles}; cycle += 1) {
        const x = Math.floor(((cycle + 0.5) * canvas.width) / ${cycles});
        const column = [...Array(28).keys()].map((y) => pixel(x, row * 28 + y));
        const filled = column.filter((colour) => names.has(colour));
        seen.push([...new Set(filled.map((colour) => names.get(colour)))].join('+') + ' ' + filled.length);
      }
    }
    return seen;
  })()`;
}

const heights = { survived: 7, unobserved: 2, degraded: 13, lost: 20 } as const;

function expectedCells(cycles: number): string[] {
  const { judgement } = digested(longRun(cycles, mixed));
  const bad = new Map(judgement.failures.map(({ cycle, functions }) => [cycle, functions]));
  return [...judgement.functions.keys()].flatMap((address) =>
    Array.from({ length: cycles }, (_, index) => {
      const own = bad.get(index + 1)?.find((of) => of.address === address);
      const verdict = own?.verdict ?? 'survived';
      return `${verdict} ${heights[verdict]}`;
    }),
  );
}

/** Stretches of pixels at the height that only a lost function's cell reaches. */
const lostStretches = `(() => {
  const canvas = document.getElementById('strip-canvas');
  const context = canvas.getContext('2d');
  const { data } = context.getImageData(0, 2 * 28 + 8, canvas.width, 1);
  const pixels = [...Array(canvas.width).keys()].map((x) => data.subarray(4 * x, 4 * x + 4));
  const isLost = pixels.map(([red, green, , opacity]) => opacity > 0 && red > 2 * green);
  return isLost.filter((is, x) => is && !isLost[x - 1]).length;
})()`;
