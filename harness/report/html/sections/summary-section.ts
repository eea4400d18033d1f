import type { FunctionTotals } from '../../../judge/totals.ts';
import type { RunJudgement } from '../../../judge/run-judge.ts';
import { functionName } from '../../../judge/function-name.ts';
import type { PciAddress } from '../../../pci/address.ts';
import { percentAtLeast, percentAtMost } from '../../../stats/percent.ts';
import { claimOf, type FunctionClaim, functionClaim } from '../../claim.ts';
import { forcedStopLines } from '../../forced-stop-words.ts';
import { guestLines } from '../../guest-words.ts';
import { planWords } from '../../plan-words.ts';
import type { PageModel } from '../digest/run-digest.ts';
import { secondsWords } from '../duration-words.ts';
import { count, headlineOf, judgedCycles, type Tone } from '../headline.ts';
import { html, type Markup } from '../markup.ts';

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

/** What exactly was tried, as short as it can be told; the rest is in the section on the cell. */
function cellLine({ identity, cell, start }: RunJudgement): Markup {
  const bios = cell?.bios ?? identity?.bios;
  const kernel = cell?.kernel ?? identity?.kernel;
  const commandLine = cell?.commandLine ?? identity?.commandLine;
  const override = commandLine === undefined ? undefined : askedOverride(commandLine);
  const parts = [
    ...(identity?.board == null ? [] : [identity.board]),
    `BIOS ${bios ?? 'not known'}`,
    `Linux ${kernel ?? 'not known'}`,
    ...(commandLine === undefined ? [] : [override === undefined ? 'no ACS override' : `ACS override ${override}`]),
    ...(start.plan.cell === undefined ? [] : [`cell ${start.plan.cell.name}`]),
  ];
  return html`<p class="of cell-line">
    <b>${parts.join(' · ')}</b
    >${commandLine === undefined || commandLine === '' ? undefined : html`<br /><code>${commandLine}</code>`}
  </p> `;
}

function sessionWords({ sessions }: PageModel): string {
  if (sessions === 1) return '';
  return `, gone on with ${sessions === 2 ? 'once' : `${sessions - 1} times`}`;
}

/** Numbers that say how far the answer reaches. */
export function figuresSection(judgement: RunJudgement): Markup {
  const { cycles, start, hostReboots, functions, outcome } = judgement;
  const judged = judgedCycles(judgement);
  const planned = start.plan.cycles;
  const unseen = cycles.infra + cycles.aborted;
  const lost = [...functions.values()].filter(({ counts }) => counts.lost > 0).length;
  const figure = (value: string, of: string, name: string, tone = ''): Markup =>
    html`<li class="${tone}">
      <b>${value}</b>${of === '' ? undefined : html` <small>${of}</small>`}<span>${name}</span>
    </li> `;
  const isWhole = planned !== undefined && judged !== planned && planned > 0;
  return html`<ul class="figures">
    ${figure(count(judged), isWhole ? `of ${count(planned)}` : '', judged === 1 && !isWhole ? 'cycle' : 'cycles')}${
      outcome === 'refused' ? undefined : figure(count(cycles.pass), '', 'passed')
    }${figure(count(cycles.fail), '', 'failed', cycles.fail > 0 ? 'bad' : '')}${
      unseen === 0 ? undefined : figure(count(unseen), '', "not seen, the lab's fault", 'unknown')
    }${figure(String(lost), `of ${functions.size}`, 'functions lost', lost > 0 ? 'bad' : '')}${figure(
      count(hostReboots),
      '',
      hostReboots === 1 ? 'host reboot' : 'host reboots',
      hostReboots > 0 ? 'warn' : '',
    )}
  </ul> `;
}

/** What each function did, and what that entitles one to say. */
export function functionsSection(judgement: RunJudgement): Markup {
  const { functions, start } = judgement;
  if (functions.size === 0) return html``;
  const names = new Map(start.functions.map((of) => [of.address, of]));
  const rows = [...functions].map(([address, totals]) => {
    const { id = '', name } = names.get(address) ?? {};
    return functionRow(address, totals, functionClaim(address, totals, judgement), name ?? id);
  });
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
    <div class="scroll" tabindex="0" role="region" aria-labelledby="functions-caption">
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
    </div>
    ${extraLines(judgement)}
  </section> `;
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

/** The cell: what exactly was tried. */
export function cellSection({ start, identity, cell, bootId }: RunJudgement): Markup {
  const commandLine = cell?.commandLine ?? identity?.commandLine;
  const override = commandLine === undefined ? undefined : overrideWords(commandLine, identity?.acsOverrideWarning);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Board', [identity?.boardVendor, identity?.board].filter((part) => part != null).join(' ') || undefined],
    ['BIOS', biosWords(cell?.bios ?? identity?.bios, identity?.biosDate)],
    ['Kernel', cell?.kernel ?? identity?.kernel],
    ['Command line', commandLine],
    ['ACS override', override],
    ['VM', `${start.vm.id}, ${start.vm.manager}`],
    ['Plan', start.plan.cycles === 0 ? 'verify only, no cycle' : planWords(start.plan)],
    ['Last boot', bootId],
    ['comeback', start.comeback],
  ];
  return html`<section aria-labelledby="cell">
    <h2 id="cell">The cell</h2>
    <dl class="cell">
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value === undefined || value === '' ? html`<i>not known</i>` : value}</dd>
          </div> `,
      )}
    </dl>
  </section> `;
}

function biosWords(bios: string | null | undefined, date: string | null | undefined): string | undefined {
  if (bios == null) return undefined;
  return date == null ? bios : `${bios} (${date})`;
}

/** The kernel says at boot that it overrides (drivers/pci/quirks.c of kernels with the patch); Proxmox kernels have it. */
function overrideWords(commandLine: string, warned: boolean | null | undefined): string {
  const asked = askedOverride(commandLine);
  const seen =
    warned == null
      ? ''
      : warned
        ? ', the kernel says that it is in force'
        : ', the kernel does not say that it is in force';
  return asked === undefined ? 'none asked for' : `${asked}${seen}`;
}

function askedOverride(commandLine: string): string | undefined {
  return /(?:^|\s)pcie_acs_override=(\S+)/.exec(commandLine)?.[1];
}

/** A number stays with its unit. */
function unbroken(words: string): string {
  return words.replaceAll(' %', '\u00a0%');
}
