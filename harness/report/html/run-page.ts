import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RunJudgement } from '../../judge/run-judgement.ts';
import type { PageModel } from './digest/run-digest.ts';
import { headlineOf } from './headline.ts';
import { html, scriptBlock, styleBlock } from './markup.ts';
import { cellSection } from './sections/cell-section.ts';
import { survivalSection, timesSection } from './sections/chart-sections.ts';
import { causesSection, storiesSection } from './sections/failures-section.ts';
import { groupsSection } from './sections/groups-section.ts';
import { recoverySection } from './sections/recovery-section.ts';
import { resetsSection } from './sections/resets-section.ts';
import { gatesSection, journalSection, parkedSection } from './sections/run-sections.ts';
import { stripSection } from './sections/strip-section.ts';
import { figuresSection, functionsSection, headlineSection } from './sections/summary-section.ts';

/** Names of the files beside the page. */
export interface PageFiles {
  /** The segments of the journal, oldest first. */
  readonly journal: readonly string[];
  /** Other reports of the same run. */
  readonly reports: readonly string[];
}

/**
 * A run as a page: one file that needs no network, the same bytes for the same journal. Its policy lets only its own style and script in, so
 * whatever a kernel or a guest has written into the journal is text.
 *
 * @throws what keeps the page's own style or script from being read.
 */
export async function runPage(judgement: RunJudgement, page: PageModel, files: PageFiles): Promise<string> {
  // A library for charts takes longer to load than the rest of comeback; only who makes a page waits for it.
  const [charts, style, script] = await Promise.all([import('./charts.ts'), assets(styles), assets(scripts)]);
  const { label } = headlineOf(judgement);
  const sections = [
    parkedSection(page, judgement),
    gatesSection(judgement),
    functionsSection(judgement),
    causesSection(page),
    stripSection(judgement, page),
    survivalSection(judgement, charts),
    recoverySection(judgement, page),
    storiesSection(page),
    timesSection(page, charts),
    resetsSection(judgement, charts),
    groupsSection(judgement, page),
    cellSection(judgement),
    journalSection(files.journal, files.reports),
  ];
  const policy =
    `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; ` +
    `img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${label}: ${judgement.start.run}</title>
        <link rel="icon" href="data:," />
        ${styleBlock(style)}
      </head>
      <body>
        <a class="skip" href="#main">To the report</a>
        <main id="main">${headlineSection(judgement, page)}${figuresSection(judgement)}${sections}</main>
        ${scriptBlock(script)}
      </body>
    </html> `.toString();
}

const styles = ['theme.css', 'page.css', 'tables.css', 'charts.css', 'stories.css', 'small.css'] as const;
const scripts = ['strip-cells.js', 'strip-canvas.js', 'strip.js'] as const;

/** As the files have it, for the hash is in the page's policy. */
async function assets(names: readonly string[]): Promise<string> {
  const texts = names.map((name) => readFile(new URL(`./browser/${name}`, import.meta.url), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
