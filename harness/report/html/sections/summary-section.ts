import type { FunctionTotals } from '../../../judge/totals.ts';
import type { RunJudgement } from '../../../judge/run-judgement.ts';
import { functionName } from '../../../judge/function-name.ts';
import type { PciAddress } from '../../../pci/address.ts';
import { percentAtLeast, percentAtMost } from '../../../stats/percent.ts';
import { claimOf, type FunctionClaim, functionClaim } from '../../claim.ts';
import { forcedStopLines } from '../../forced-stop-words.ts';
import { guestLines } from '../../guest-words.ts';
import type { PageModel } from '../digest/run-digest.ts';
import { secondsWords } from '../duration-words.ts';
import { count, headlineOf, judgedCycles, type Tone } from '../headline.ts';
import { html, type Markup } from '../markup.ts';
import { cellLine } from './cell-section.ts';

const signs: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', unknown: '?', waiting: '‖' };

/** The answer, for whoever has five seconds. */
export function headlineSection(judgement: RunJudgement, page: PageModel): Markup {
  const { start, lastAtMs } = judgement;
  const { tone, label, answer, notes } = headlineOf(judgement);
  const began = new Date(start.at).toISOString();
  return html`<header class="headline ${tone}">
    <p class="label"><span class="sign" aria-hidden="true">${signs[tone]}</span> ${label}</p>
    <h1>${answer}</h1>
    ${notes.map((note) => html`<p class="note">${note}</p> `)} ${cellLine(judgement)}
    <p class="of">
      Run <b>${start.run}</b> on <b>${start.host}</b>,
      <time datetime="${began}">${began.slice(0, 16).replace('T', ' ')}</time> UTC,
      ${secondsWords(Math.max(0, lastAtMs - start.at))}${sessionWords(page)}
    </p>
  </header> `;
}

function sessionWords({ sessions }: PageModel): string {
  if (sessions === 1) return '';
  return `, gone on with ${sessions === 2 ? 'once' : `${sessions - 1} times`}`;
}

/** Numbers that say how far the answer reaches. */
export function figuresSection(judgement: RunJudgement): Markup {
  const { cycles, start, hostReboots, functions } = judgement;
  const judged = judgedCycles(judgement);
  const planned = start.plan.cycles;
  const unseen = cycles.infra + cycles.aborted;
  const lost = [...functions.values()].filter(({ counts }) => counts.lost > 0).length;
  const figure = (value: string, of: string, name: string, tone = ''): Markup =>
    html`<li class="${tone}">
      <b>${value}</b>${of === '' ? undefined : html` <small>${of}</small>`}<span>${name}</span>
    </li> `;
  const isWhole = planned !== undefined && judged !== planned && planned > 0;
  const figures = [
    figure(count(judged), isWhole ? `of ${count(planned)}` : '', judged === 1 && !isWhole ? 'cycle' : 'cycles'),
    ...(judged === 0
      ? []
      : [
          figure(count(cycles.pass), '', 'passed'),
          figure(count(cycles.fail), '', 'failed', cycles.fail > 0 ? 'bad' : ''),
          ...(unseen === 0 ? [] : [figure(count(unseen), '', 'that nobody could see')]),
          figure(String(lost), `of ${functions.size}`, 'functions lost', lost > 0 ? 'bad' : ''),
        ]),
    figure(count(hostReboots), '', hostReboots === 1 ? 'host reboot' : 'host reboots', hostReboots > 0 ? 'warn' : ''),
  ];
  return html`<ul class="figures">
    ${figures}
  </ul> `;
}

/** What each function did, and what that entitles one to say. */
export function functionsSection(judgement: RunJudgement): Markup {
  if (judgement.functions.size === 0) return html``;
  const [head, ...claims] = claimOf(judgement).split('\n');
  return html`<section aria-labelledby="functions">
    <h2 id="functions">What may be claimed</h2>
    ${
      claims.length === 0
        ? html`<p class="claim">${head}</p>`
        : html`<p class="lead">${head}</p>
            <ul class="claims">
              ${claims.map((claim) => html`<li>${unbroken(claim.trim())}</li>`)}
            </ul>`
    }
    ${judgedCycles(judgement) === 0 ? untriedList(judgement) : functionTable(judgement)} ${extraLines(judgement)}
  </section> `;
}

function functionTable(judgement: RunJudgement): Markup {
  const { functions, start } = judgement;
  const names = new Map(start.functions.map((of) => [of.address, of]));
  const rows = [...functions].map(([address, totals]) => {
    const { id = '', name } = names.get(address) ?? {};
    return functionRow(address, totals, functionClaim(address, totals, judgement), name ?? id);
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="functions-caption">
    <table class="functions">
      <caption id="functions-caption">
        Each function by its verdicts
      </caption>
      <thead>
        <tr>
          <th scope="col">Function</th>
          <th scope="col" class="bar-head">Cycles</th>
          <th scope="col" class="n">Survived</th>
          <th scope="col" class="n">Degraded</th>
          <th scope="col" class="n">Lost</th>
          <th scope="col" class="n">Unobserved</th>
          <th scope="col" class="n">Failure rate a cycle</th>
          <th scope="col">Brought back by</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div> `;
}

/** The functions of a run in which none was tried. */
function untriedList({ start }: RunJudgement): Markup {
  const items = start.functions.map(
    ({ address, role, id, name }) => html`<li>${functionName(role, address)} <small>${name ?? id}</small></li> `,
  );
  return html`<ul class="claims">
    ${items}
  </ul> `;
}

const verdicts = ['survived', 'degraded', 'lost', 'unobserved'] as const;

function functionRow(address: PciAddress, totals: FunctionTotals, claim: FunctionClaim, name: string): Markup {
  const { counts, role, recoveries } = totals;
  const cycles = verdicts.reduce((sum, verdict) => sum + counts[verdict], 0);
  // No failure is too seldom to be seen.
  const parts = verdicts.filter((verdict) => counts[verdict] > 0);
  const bar = parts.map(
    (verdict) => html`<rect class="${verdict}" ${barPlace(parts, counts, verdict, cycles)} y="0" height="10" />`,
  );
  const brought = Object.entries(recoveries).map(([rung, times]) => `${rung}${times > 1 ? ` (${times})` : ''}`);
  const cell = (verdict: (typeof verdicts)[number]): Markup =>
    html`<td class="n${counts[verdict] > 0 && verdict !== 'survived' ? ` is-${verdict}` : ''}">
      ${count(counts[verdict])}
    </td>`;
  return html`<tr>
    <th scope="row">${functionName(role, address)} <small>${name}</small></th>
    <td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${bar}</svg></td>
    ${verdicts.map(cell)}
    <td class="n">${rateWords(claim)}</td>
    <td>${brought.length === 0 ? '–' : brought.join(', ')}</td>
  </tr> `;
}

const leastPercent = 1.5;

function barPlace(
  parts: readonly (typeof verdicts)[number][],
  counts: FunctionTotals['counts'],
  verdict: (typeof verdicts)[number],
  cycles: number,
): Markup {
  const widths = parts.map((part) => Math.max(leastPercent, (100 * counts[part]) / cycles));
  const scale = 100 / widths.reduce((sum, width) => sum + width, 0);
  const index = parts.indexOf(verdict);
  const x = widths.slice(0, index).reduce((sum, width) => sum + width, 0) * scale;
  return html`x="${x.toFixed(2)}" width="${((widths[index] ?? 0) * scale).toFixed(2)}"`;
}

function rateWords({ rate, lost, degraded }: FunctionClaim): string {
  if (rate === undefined) return 'no trial';
  if (lost + degraded === 0) return `below ${percentAtMost(rate.upper)}`;
  return `${percentAtLeast(rate.lower)} to ${percentAtMost(rate.upper)}`;
}

function extraLines({ guest, forcedStops }: RunJudgement): Markup[] {
  const lines = [...guestLines(guest), ...forcedStopLines(forcedStops)].filter((line) => line !== '');
  return lines.map((line) => html`<p>${line}</p> `);
}

/** A number stays with its unit. */
function unbroken(words: string): string {
  return words.replaceAll(' %', '\u00a0%');
}
