import { functionName } from '../../../judge/function-name.ts';
import type { MethodTotals } from '../../../judge/reset-provenance.ts';
import type { RunJudgement } from '../../../judge/run-judgement.ts';
import { type PciAddress, shortAddress } from '../../../pci/address.ts';
import { performedResets, type PerformedReset, resetWords } from '../../../pci/reset-names.ts';
import { functionResetWords, resetSourceWords } from '../../reset-words.ts';
import type * as Charts from '../charts.ts';
import { secondsWords } from '../duration-words.ts';
import { count, judgedCycles } from '../headline.ts';
import { html, type Markup } from '../markup.ts';
import { numbers, section } from './chart-sections.ts';

/** How the kernel reset each function between guests, and how that is known. */
export function resetsSection(judgement: RunJudgement, charts: typeof Charts): Markup {
  const { resets, functions } = judgement;
  if (resets.source === undefined || judgedCycles(judgement) === 0) return html``;
  const why = resets.reason === undefined ? '' : `; ${resets.reason}`;
  const missed = resets.lost === 0 ? '' : `; ${count(resets.lost)} calls were not told, so resets may be missing`;
  const words = [...functions].flatMap(([address, { role }]) => functionResetWords(address, role, resets) ?? []);
  const rows = [...functions].flatMap(([address, { role }]) =>
    methodsOf(judgement, address).map(([method, totals]) => methodRow(functionName(role, address), method, totals)),
  );
  const heads = ['Function', 'Method', 'Times', 'Failed', 'The last took', 'Bridge', 'By'];
  return section(
    'resets',
    'Resets',
    html`<p class="lead">Provenance: ${resetSourceWords[resets.source]}${why}${missed}.</p>
      ${resetFigure(judgement, charts)}
      <ul class="claims">
        ${words.map((line) => html`<li>${line}</li>`)}
      </ul>
      ${rows.length === 0 ? undefined : numbers(heads, rows)}`,
  );
}

function methodRow(name: string, method: PerformedReset, totals: MethodTotals): Markup {
  const { count: times, failed, lastMs, bridge, tasks } = totals;
  const took = lastMs === null ? 'not seen to end' : secondsWords(lastMs);
  return html`<tr>
    <th scope="row">${name}</th>
    <td>${resetWords[method]}</td>
    <td class="n">${count(times)}</td>
    <td class="n">${count(failed)}</td>
    <td class="n">${took}</td>
    <td>${bridge === null ? '–' : shortAddress(bridge)}</td>
    <td>${tasks.join(', ') || '–'}</td>
  </tr> `;
}

/** A picture of resets by method; nothing where none was seen. */
function resetFigure(judgement: RunJudgement, charts: typeof Charts): Markup {
  const functions = [...judgement.functions];
  const names = functions.map(([address, { role }]) => functionName(role, address));
  const parts = functions.flatMap(([address, { role }]) =>
    methodsOf(judgement, address).map(([method, { count: times }]) => ({
      ...{ function: functionName(role, address), method, count: times },
      colour: methodColours[method],
    })),
  );
  if (parts.length === 0) return html``;
  const seen = [...new Set(parts.map(({ method }) => method))];
  const key = seen.map(
    (method) =>
      html`<li>
        <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
          <rect width="12" height="12" fill="${methodColours[method]}" /></svg
        >${resetWords[method]}
      </li>`,
  );
  return html`<figure>
    ${charts.resetChart(parts, names)}
    <figcaption>
      <ul class="legend">
        ${key}
      </ul>
    </figcaption>
  </figure> `;
}

function methodsOf({ resets }: RunJudgement, address: PciAddress) {
  const methods = resets.functions.get(address)?.methods ?? {};
  return performedResets.flatMap((method) => {
    const totals = methods[method];
    return totals === undefined ? [] : [[method, totals] as const];
  });
}

const methodColours: Readonly<Record<PerformedReset, string>> = {
  device_specific: 'var(--reset-own)',
  acpi: 'var(--reset-own)',
  flr: 'var(--reset-flr)',
  af_flr: 'var(--reset-flr)',
  pm: 'var(--reset-pm)',
  bus: 'var(--reset-bus)',
  cxl_bus: 'var(--reset-bus)',
  none: 'var(--reset-none)',
  unknown: 'var(--faint)',
};
