import type { RunJudgement } from '../../../judge/run-judgement.ts';
import type { RungTotals } from '../digest/recovery-tally.ts';
import type { PageModel } from '../digest/run-digest.ts';
import { secondsWords } from '../duration-words.ts';
import { count } from '../headline.ts';
import { html, type Markup } from '../markup.ts';
import { section } from './chart-sections.ts';

/** Which rung of the ladder brought back what was lost, the weakest first. */
export function recoverySection({ start, functions }: RunJudgement, { rungs }: PageModel): Markup {
  const isLost = [...functions.values()].some(({ counts }) => counts.lost > 0);
  if (rungs.length === 0) {
    if (!isLost) return html``;
    const asked = start.plan.recovery?.rungs ?? [];
    const why = asked.length === 0 ? 'The plan has no recovery, so nothing was tried.' : 'No rung was come to.';
    return section('recovery', 'Recovery', html`<p>${why}</p> `);
  }
  const most = Math.max(...rungs.map(({ taken }) => taken));
  return section(
    'recovery',
    'Recovery',
    html`<p class="lead">
        What was tried to bring back what was lost, the weakest step first. A cycle that lost a function stays lost.
      </p>
      <div class="scroll" tabindex="0" role="region" aria-label="Recovery">
        <table>
          <thead>
            <tr>
              <th scope="col">Rung</th>
              <th scope="col" class="n">Taken</th>
              <th scope="col" class="n">Helped</th>
              <th scope="col" class="bar-head">Helped, of all taken</th>
              <th scope="col" class="n">Failed</th>
              <th scope="col" class="n">Not possible</th>
              <th scope="col" class="n">Forbidden</th>
              <th scope="col" class="n">Median time</th>
              <th scope="col">Last said</th>
            </tr>
          </thead>
          <tbody>
            ${rungs.map((rung) => rungRow(rung, most))}
          </tbody>
        </table>
      </div> `,
  );
}

function rungRow(totals: RungTotals, most: number): Markup {
  const { rung, taken, helped, failed, notPossible, forbidden, durations, message } = totals;
  const width = (times: number): string => (most === 0 ? 0 : (100 * times) / most).toFixed(2);
  return html`<tr>
    <th scope="row">${rung}</th>
    <td class="n">${count(taken)}</td>
    <td class="n">${count(helped)}</td>
    <td class="bar">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="taken" x="0" y="0" height="10" width="${width(taken)}" />
        <rect class="survived" x="0" y="0" height="10" width="${width(helped)}" />
      </svg>
    </td>
    <td class="n">${count(failed)}</td>
    <td class="n">${count(notPossible)}</td>
    <td class="n">${count(forbidden)}</td>
    <td class="n">${durations === undefined ? '–' : secondsWords(durations.medianMs)}</td>
    <td>${message ?? '–'}</td>
  </tr> `;
}
