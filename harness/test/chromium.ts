import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from '@playwright/test';
import axe from 'axe-core';
import { z } from 'zod';
import { programOnPath } from './program-on-path.ts';

/** Starts Debian's Chromium without the parts that no page needs: it takes half the time. A test that cannot look must not pass. */
export async function startChromium(): Promise<Browser> {
  const executablePath = await programOnPath('chromium-headless-shell');
  // The sandbox of a browser needs more of a container than tests can ask for; these pages are our own.
  return await chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface Look {
  readonly theme?: 'light' | 'dark';
  readonly widthPx?: number;
}

/** A page that was opened from a file, and whatever it complained of. */
export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** What it wrote to its console, and errors that nobody caught. */
  readonly complaints: readonly string[];
  /** Requests for anything but the file itself. */
  readonly requests: readonly string[];
}

/** Opens a file as a person would, by a double click. */
export async function openFile(browser: Browser, path: string, look: Look = {}): Promise<OpenedPage> {
  const { theme = 'light', widthPx = 1400 } = look;
  const context = await browser.newContext({ colorScheme: theme, viewport: { width: widthPx, height: 900 } });
  const page = await context.newPage();
  const address = pathToFileURL(path).href;
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:')) requests.push(request.url());
  });
  await page.goto(address);
  return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
}

const axeFindings = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullish(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
});

/** What axe finds serious or critical on a page: its rule, the first place and what is wrong there. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = axeFindings.parse(await page.evaluate('axe.run()'));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''} ${nodes[0]?.failureSummary ?? ''}`);
}
