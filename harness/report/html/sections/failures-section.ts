import type { CycleJudgement } from '../../../judge/verdict.ts';
import { functionName } from '../../../judge/function-name.ts';
import type { Cause } from '../digest/causes.ts';
import type { CycleStory, TimedLine } from '../digest/cycle-file.ts';
import type { PageModel } from '../digest/run-digest.ts';
import { secondsWords } from '../duration-words.ts';
import { count, cycleCount } from '../headline.ts';
import { html, type Markup } from '../markup.ts';
import { section } from './chart-sections.ts';

/** Why cycles did not pass: each reason once, the gravest first. */
export function causesSection({ causes, otherCauses, stories }: PageModel): Markup {
  if (causes.length === 0) return html``;
  const told = new Set(stories.map(({ judgement }) => judgement.cycle));
  return section(
    'causes',
    'Why not',
    html`<div class="scroll" tabindex="0" role="region" aria-labelledby="causes">
        <table class="causes">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">In the words of the first</th>
              <th scope="col" class="n">Cycles</th>
              <th scope="col" class="n">First</th>
              <th scope="col" class="n">Last</th>
            </tr>
          </thead>
          <tbody>
            ${causes.map((cause) => causeRow(cause, told))}
          </tbody>
        </table>
      </div>
      ${otherCauses === 0 ? undefined : html`<p>${cycleCount(otherCauses)} had reasons beyond these ${causes.length}.</p> `}`,
  );
}

function causeRow({ outcome, of, because, cycles, firstCycle, lastCycle }: Cause, told: ReadonlySet<number>): Markup {
  const what =
    of === undefined
      ? html`<span class="chip unobserved">${outcome}</span>`
      : html`<span class="chip ${of.verdict}">${of.verdict}</span>
          ${functionName(of.role, of.address)}${of.symptom === undefined ? undefined : html` <small>${of.symptom}</small>`}`;
  const words = of?.symptom === undefined ? because : because.slice(of.symptom.length + 2);
  const link = (cycle: number): Markup =>
    told.has(cycle) ? html`<a href="#cycle-${cycle}">${count(cycle)}</a>` : html`${count(cycle)}`;
  return html`<tr>
    <th scope="row">${what}</th>
    <td>${shortened(words)}</td>
    <td class="n">${count(cycles)}</td>
    <td class="n">${link(firstCycle)}</td>
    <td class="n">${link(lastCycle)}</td>
  </tr> `;
}

/** What all timelines together may weigh; a page is to be opened and mailed. */
const timelineBudget = 1_000_000;

/** Each cycle that did not pass, with its timeline, closed until somebody wants it. */
export function storiesSection({ stories, storiesOmitted }: PageModel): Markup {
  if (stories.length === 0) return html``;
  let left = timelineBudget;
  let bare = 0;
  const items = stories.map((story) => {
    const timeline = left > 0 ? timelineOf(story) : undefined;
    if (timeline === undefined) bare += 1;
    else left -= timeline.toString().length;
    return storyItem(story, timeline);
  });
  const all = stories.length + storiesOmitted;
  const cap =
    storiesOmitted === 0
      ? ''
      : ` Of ${count(all)}, the first ones, each first of a reason, and the last ones are told here, ${count(stories.length)} in all; the journal has every one.`;
  const short = bare === 0 ? '' : ` The timelines of the last ${count(bare)} are left out to keep this page small.`;
  return section(
    'stories',
    'Cycles that did not pass',
    html`<p class="lead">${cycleCount(all)}.${cap}${short} Times are since the cycle began.</p>
      <div class="stories">${items}</div> `,
  );
}

function storyItem({ judgement, firstEvent, lastEvent }: CycleStory, timeline: Markup | undefined): Markup {
  const { cycle, outcome, because, durationMs, startedAtMs, functions, forcedBy } = judgement;
  const odd = functions.filter(({ verdict }) => verdict === 'lost' || verdict === 'degraded');
  const began = new Date(startedAtMs).toISOString();
  const forced =
    forcedBy === undefined ? undefined : html`<p>The VM did not stop by its manager; it took ${forcedBy}.</p> `;
  return html`<details class="story" id="cycle-${cycle}">
    <summary>
      <b>Cycle ${count(cycle)}</b> <span class="chip ${chipOf(judgement)}">${outcome}</span>
      <span class="because"
        >${odd.length === 0 ? shortened(because) : odd.map(({ role, address, verdict }) => `${functionName(role, address)} ${verdict}`).join(', ')}</span
      >
    </summary>
    <p class="when">
      ${began.slice(0, 19).replace('T', ' ')} UTC, ${secondsWords(durationMs)}; journal events ${firstEvent} to
      ${lastEvent}
    </p>
    <ul class="verdicts">
      ${functions.filter(({ verdict }) => verdict !== 'survived').map(verdictItem)}
    </ul>
    ${forced}${timeline}
  </details> `;
}

function chipOf({ outcome, functions }: CycleJudgement): string {
  if (outcome !== 'fail') return 'unobserved';
  return functions.some(({ verdict }) => verdict === 'lost') ? 'lost' : 'degraded';
}

function verdictItem({
  role,
  address,
  verdict,
  because,
  departures,
  recoveredBy,
}: CycleJudgement['functions'][number]): Markup {
  const more = departures.filter(({ symptom, reading }) => because !== `${symptom}: ${reading}`);
  return html`<li>
    <span class="chip ${verdict}">${verdict}</span>
    <b>${functionName(role, address)}</b>
    ${shortened(because)}${recoveredBy === undefined ? undefined : html` <span class="chip survived">brought back by ${recoveredBy}</span>`}${
      more.length === 0
        ? undefined
        : html`<ul>
            ${more.slice(0, 6).map(({ symptom, reading }) => html`<li>${symptom}: ${shortened(reading)}</li>`)}
          </ul>`
    }
  </li>`;
}

function timelineOf({ lines, omitted }: CycleStory): Markup {
  const rest = omitted === 0 ? undefined : html`<li class="more">${count(omitted)} more lines are in the journal</li>`;
  return html`<ol class="timeline">
    ${lines.map(lineItem)}${rest}
  </ol> `;
}

function lineItem({ atMs, kind, text, isBad }: TimedLine): Markup {
  return html`<li class="${kind}${isBad === true ? ' bad' : ''}">
    <time>+${secondsWords(atMs)}</time><span class="kind">${kind}</span><span class="text">${text}</span>
  </li> `;
}

const shownCharacters = 400;

function shortened(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)} …`;
}
