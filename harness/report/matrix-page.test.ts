import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFile, seriousFindings, startChromium } from '../test/chromium.ts';
import { change, dead, usb } from '../test/judged-journal.ts';
import { runIn } from '../test/matrix-story.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { matrixOf } from './matrix.ts';
import { matrixHtml } from './matrix-html.ts';

/** Screenshots stay, for people to look at. */
const kept = join('test-results', 'pages');
const evil = '<img src=x onerror=alert(1)></table><script>alert(2)</script>';
const lost = change(usb, dead);
const kernels = ['6.1.0-56-amd64', '6.8.12-4-pve', evil];
const page = matrixHtml(
  matrixOf([
    ...kernels.map((kernel) => runIn({ bios: '2304', kernel, commandLine: 'ro' }, [{}, {}, {}])),
    runIn({ bios: '5007', kernel: '6.8.12-4-pve', commandLine: 'ro' }, [{}, {}, lost]),
  ]),
);

let browser: Browser;
beforeAll(async () => {
  [browser] = await Promise.all([startChromium(), mkdir(kept, { recursive: true })]);
});
afterAll(async () => browser.close());

describe('the matrix in a browser', () => {
  it.each(['light', 'dark'] as const)('is readable and scripts nothing in a %s room', async (theme) => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, 'matrix.html');
    await writeFile(path, page);
    await using opened = await openFile(browser, path, { theme, widthPx: 1400 });
    await opened.page.screenshot({ path: join(kept, `matrix-${theme}.png`), fullPage: true });
    const cells = await opened.page.getByRole('table', { name: /usb/i }).getByRole('row').allInnerTexts();
    const told = (bios: string): string | undefined =>
      cells.find((row) => row.startsWith(bios) && row.includes('2c:00.3'));
    expect(told('2304')).toMatch(/0\/3.*0\/3.*0\/3/s);
    expect(told('5007')).toMatch(/1\/3/);
    expect(await seriousFindings(opened.page)).toEqual([]);
    expect(opened).toMatchObject({ complaints: [], requests: [] });
  });
});
