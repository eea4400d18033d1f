import { functionName } from '../../../judge/function-name.ts';
import type { RunJudgement } from '../../../judge/run-judgement.ts';
import { resetWords } from '../../../pci/reset-names.ts';
import { percentAtLeast } from '../../../stats/percent.ts';
import { survivalCurve } from '../../../stats/time-to-failure.ts';
import { livesOf } from '../../../stats/trial-count.ts';
import type * as Charts from '../charts.ts';
import type { Durations } from '../digest/duration-histogram.ts';
import type { PageModel } from '../digest/run-digest.ts';
import { secondsWords } from '../duration-words.ts';
import { count } from '../headline.ts';
import { html, type Markup } from '../markup.ts';

/** How long functions live; nothing where none stood a trial. */
export function survivalSection({ functions }: RunJudgement, charts: typeof Charts): Markup {
  const tried = [...functions].filter(([, { trials }]) => trials.usable.trials > 0);
  if (tried.length === 0) return html``;
  const curves = tried
    .filter(([, { trials }]) => trials.usable.failures > 0)
    .map(([address, { role, trials }]) => {
      const lives = livesOf(trials.usable);
      const longest = Math.max(...lives.map((life) => life.trials));
      return { name: functionName(role, address), lives, steps: survivalCurve(lives), longest };
    });
  const spared = tried.length - curves.length;
  const never = spared === 0 ? undefined : html`<p>${sparedWords(spared, curves.length)}</p> `;
  if (curves.length === 0) return section('survival', 'Survival', html`${never}`);
  const key = curves.map(
    ({ name }, index) =>
      html`<li>
        <svg class="line" viewBox="0 0 28 8" aria-hidden="true">
          <path
            d="M0,4H28"
            stroke="${charts.curveColour(index)}"
            stroke-dasharray="${charts.curveDashes(index)}"
          /></svg
        >${name}
      </li>`,
  );
  const rows = curves.flatMap(({ name, lives, steps }) =>
    steps.map(
      ({ trials, surviving }) =>
        html`<tr>
          <th scope="row">${name}</th>
          <td class="n">${count(trials)}</td>
          <td class="n">${count(lives.find((life) => life.trials === trials)?.failed ?? 0)}</td>
          <td class="n">${percentAtLeast(surviving)}</td>
        </tr> `,
    ),
  );
  return section(
    'survival',
    'Survival',
    html`<p class="lead">
        Of all lives of a function, the part that outlasts so many trials (Kaplan and Meier). A life begins when the
        function is fresh and ends with its loss.
      </p>
      <figure>
        ${charts.survivalChart(curves)}
        <figcaption>
          <ul class="legend">
            ${key}
          </ul>
        </figcaption>
      </figure>
      ${numbers(['Function', 'Lost after trials', 'Lives', 'Still alive'], rows)}${never}`,
  );
}

function sparedWords(spared: number, lost: number): string {
  if (lost > 0) return `${spared === 1 ? '1 other function was' : `${spared} other functions were`} never lost.`;
  return 'No function was lost, so there is no curve to draw: the bounds above say how far that reaches.';
}

/** How long starts, stops and resets took. */
export function timesSection({ vmStart, vmStop, resetTimes }: PageModel, charts: typeof Charts): Markup {
  const series: readonly (readonly [string, Durations | undefined])[] = [
    ['VM start', vmStart],
    ['VM stop', vmStop],
    ...resetTimes.map(([method, durations]) => [resetWords[method], durations] as const),
  ];
  const known = series.flatMap(([name, durations]) => (durations === undefined ? [] : [[name, durations] as const]));
  if (known.length === 0) return html``;
  const cards = known.map(
    ([name, { count: times, minMs, medianMs, p95Ms, maxMs, bars }]) =>
      html`<figure class="card">
        <figcaption>
          <b>${name}</b>, ${times === 1 ? 'once' : `${count(times)} times`}<span class="times"
            >median <b>${secondsWords(medianMs)}</b>, 95 % within <b>${secondsWords(p95Ms)}</b>, ${secondsWords(minMs)}
            to ${secondsWords(maxMs)}</span
          >
        </figcaption>
        ${charts.durationChart(bars)}
      </figure> `,
  );
  return section('times', 'How long it took', html`<div class="cards">${cards}</div> `);
}

/** One part of a page, with its heading. */
export function section(id: string, title: string, content: Markup): Markup {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section> `;
}

/** The numbers behind a picture, for those who do not see it and those who want them. */
export function numbers(heads: readonly string[], rows: readonly Markup[]): Markup {
  return html`<details>
    <summary>The numbers</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="The numbers">
      <table>
        <thead>
          <tr>
            ${heads.map((head, index) => html`<th scope="col" ${index === 0 ? undefined : html` class="n"`}>${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </details> `;
}
