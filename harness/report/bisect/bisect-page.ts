import type { BisectSpace } from '../../bisect/space.ts';
import { counted, posteriorWords, roughly, verdictLines } from './bisect-words.ts';
import type { BisectSummary, CellSummary } from './bisect-summary.ts';
import { escaped, tableOf } from './html.ts';
import { posteriorPicture } from './posterior-picture.ts';

/** No script, no font, nothing from elsewhere: the page can be mailed. */
const style = `
:root { color-scheme: light dark; --bad: #c62828; --line: #8886; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { border: 1px solid var(--line); padding: .2rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { overflow-wrap: normal; }
svg { max-width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
svg .cell { fill: none; stroke: var(--line); }
svg .bad { fill: var(--bad); }
figure { margin: 1rem 0; overflow-x: auto; }
.verdict { font-size: 1.1rem; font-weight: 600; }
@media (prefers-color-scheme: dark) { :root { --bad: #ef5350; } }
`;

/** The bisect as one page that stands alone. */
export function bisectPage(summary: BisectSummary, space: BisectSpace): string {
  const { bisect, host, verdict, posterior, visits, cells, untestable, spent, boots, flashes, cycles } = summary;
  const parts = [
    `<h1>${escaped(`${bisect} on ${host}`)}</h1>`,
    ...verdictLines(verdict).map((line) => `<p class="verdict">${escaped(line)}</p>`),
    `<p>${escaped(`${counted(visits.length, 'visit')}, ${counted(cycles, 'cycle')}, ${counted(boots, 'boot')}, ${counted(flashes, 'flash')}`.replace(/flashs$/, 'flashes'))}</p>`,
    '<h2>How likely each cell is bad, in percent</h2>',
    ...posterior.flatMap((role) => [`<p>${escaped(posteriorWords(role))}</p>`, posteriorPicture(role, space)]),
    '<h2>Cells visited</h2>',
    tableOf(
      ['cell', 'visits', 'seen'],
      cells.map((cell) => [cell.cell, String(cell.visits), seenWords(cell.roles)]),
    ),
    ...(untestable.length === 0
      ? []
      : [
          '<h2>Cells left out</h2>',
          tableOf(
            ['cell', 'why'],
            untestable.map(({ words, why }) => [words, why]),
          ),
        ]),
    '<h2>Time spent</h2>',
    tableOf(
      ['for', 'times', 'together'],
      spent.map(({ kind, count, durationMs }) => [kind, String(count), roughly(durationMs)]),
    ),
    '<h2>Decisions</h2>',
    tableOf(
      ['visit', 'cell', 'cycles at most', 'way there', 'why', 'seen', 'run'],
      visits.map(({ visit, cell, cycles: most, switch: way, why, seen, failure, run }) => [
        ...[String(visit), cell, String(most), way, why],
        failure ?? (seen === null ? 'under way' : seenWords(seen)),
        run,
      ]),
    ),
  ];
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${escaped(bisect)}</title><style>${style}</style></head>\n<body>\n${parts.join('\n')}\n</body></html>\n`
  );
}

function seenWords(roles: CellSummary['roles']): string {
  if (roles.length === 0) return 'nothing';
  return roles.map(({ role, survived, lost }) => `${role} ${lost} of ${survived + lost} lost`).join(', ');
}
