import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from '@playwright/test';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from '../../test/chromium.ts';
import { hostileRun, liveRuns } from '../fixtures/live-runs.ts';
import { viewOf } from '../fixtures/view-of.ts';
import { LiveServer } from './live-server.ts';

const token = 'a-token-of-the-test-itself';
/** Where one looks at them; git ignores it. */
const pictures = fileURLToPath(new URL('../../../test-results/watch', import.meta.url));
const events = liveRuns['under way, one lost'].events;

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
  await mkdir(pictures, { recursive: true });
});
afterAll(() => browser.close());

/** A page of a browser, and whatever it complained about. */
async function opened(url: string, colorScheme: 'light' | 'dark' = 'light') {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** What axe finds that keeps somebody from using the page. */
async function barriers(page: Page): Promise<string[]> {
  // By the protocol and not by a tag: the page forbids scripts that are not its own.
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
    return result.value;
  };
  await evaluate(axe.source);
  const found = await evaluate(
    `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')` +
      `.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
  );
  return Array.isArray(found) ? found.map(String) : ['axe gave no list'];
}

describe('the live page in a real browser', () => {
  it.each(['light', 'dark'] as const)('shows the run, %s, to everybody', async (scheme) => {
    await using server = await LiveServer.listen(0, token);
    server.view(viewOf(events));
    await using live = await opened(server.url, scheme);
    const { page, complaints } = live;
    await page.getByText('cycle 38 of 100').waitFor();
    const row = page.getByRole('row', { name: 'USB 2c:00.3' });
    expect(await row.getByRole('cell').allTextContents()).toEqual([
      ...['survived', '36', '0', '1', '0', '20.1 %', `${'.'.repeat(30)}L......`, 'vfio-pci, D0, x16 8.0 GT/s'],
    ]);
    expect(Number.parseInt((await page.getByRole('timer').textContent()) ?? '')).toBeGreaterThanOrEqual(12);
    expect(await page.title()).toBe('under way, cycle 38 of 100: 2026-01-01T22-00-00Z-elysium');
    expect(await barriers(page)).toEqual([]);
    await page.screenshot({ path: `${pictures}/live-${scheme}.png`, fullPage: true });
    expect(complaints).toEqual([]);
  });

  it('changes when the run goes on, and says so when its server is gone', async () => {
    const server = await LiveServer.listen(0, token);
    server.view(viewOf(events));
    await using live = await opened(server.url);
    const { page } = live;
    await page.getByText('cycle 38 of 100').waitFor();
    server.view(viewOf(liveRuns['a hundred good cycles'].events));
    await page.getByRole('heading', { level: 1, name: 'over: PASS' }).waitFor();
    expect(await page.getByRole('heading', { name: 'What the kernel said of faults' }).count()).toBe(0);
    await server[Symbol.asyncDispose]();
    await page.getByText('The connection to comeback watch is lost').waitFor();
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(400);
    await page.screenshot({ path: `${pictures}/live-narrow.png`, fullPage: true });
  });

  it('runs and shows nothing that a host smuggles in', async () => {
    await using server = await LiveServer.listen(0, token);
    server.view(viewOf(hostileRun()));
    await using live = await opened(server.url);
    const { page, complaints } = live;
    await page.getByText('cycle 12 of 20').waitFor();
    await page.getByText('not ready 1023ms after <script>alert(1)</script>').first().waitFor();
    expect(await page.locator('img, script:not(body > script)').count()).toBe(0);
    expect(await page.locator('body').textContent()).not.toMatch(/[\p{Cc}\p{Cf}](?<!\n)/u);
    await page.screenshot({ path: `${pictures}/live-hostile.png`, fullPage: true });
    expect(complaints).toEqual([]);
  });
});
