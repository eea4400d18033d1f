import { createHash } from 'node:crypto';
import { withEntities } from './markup-entities.ts';
import type { BoardMatrix, Matrix, MatrixEntry } from './matrix.ts';
import {
  entryWords,
  functionWords,
  legendWords,
  resetMethodWords,
  type RoleGrid,
  roleGrids,
  roleTitle,
} from './matrix-rows.ts';
import { plainLine } from './plain-line.ts';

// Contrast of each text on its ground is above 4.5, in both themes.
const style = `:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--line:#c4c9d0;--good:#dff3e4;--bad:#fbdcdc;--odd:#fdf0cd;--head:#eef1f4}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--text:#e6e9ed;--line:#454c55;--good:#153b22;--bad:#551b1e;--odd:#4a3a0e;--head:#22272e}}
body{background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif;margin:0 auto;padding:1rem;max-width:90rem}
.grid{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse}
caption{text-align:left;font-weight:600;font-size:1.15rem;padding:.4rem 0}
th,td{border:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top;font-variant-numeric:tabular-nums}
th{background:var(--head);font-weight:600;white-space:nowrap}
td.good{background:var(--good)}td.bad{background:var(--bad)}td.odd{background:var(--odd)}
p,li{max-width:75ch;overflow-wrap:anywhere}
@media print{body{max-width:none}.grid{overflow:visible}}`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** The matrix as one page that needs no network, runs no script, and follows the reader's theme. */
export function matrixHtml(matrix: Matrix): string {
  const { boards, leftOut } = matrix;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="generator" content="comeback" />
<title>Does the passed-through device come back?</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Does the passed-through device come back?</h1>
<p>${boards.length === 0 ? 'Nothing was measured.' : escaped(legendWords(matrix))}</p>
${boards.map(boardHtml).join('\n')}
${leftOut.length === 0 ? '' : `<h2>Left out</h2>\n<ul>\n${leftOut.map(({ run, why }) => `<li>${escaped(run)}: ${escaped(why)}</li>`).join('\n')}\n</ul>`}
</main>
</body>
</html>
`;
}

function boardHtml(board: BoardMatrix, number: number): string {
  const functions = board.functions.map((of) => {
    const name = of.name === undefined ? '' : ` ${of.name}`;
    return `<li>${escaped(functionWords(of) + name)}: ${escaped(resetMethodWords(of))}</li>`;
  });
  const title = `board-${number + 1}`;
  return `<section aria-labelledby="${title}">
<h2 id="${title}">${escaped(board.board)} (host ${escaped(board.host)})</h2>
<ul>
${functions.join('\n')}
</ul>
${roleGrids(board)
  .map((grid) => gridHtml(grid, `${title}-${grid.role}`))
  .join('\n')}
<p>From ${board.runs.length === 1 ? '1 run' : `${board.runs.length} runs`}: ${board.runs.map(escaped).join(', ')}</p>
</section>`;
}

/** A wide grid scrolls by itself, by keyboard too; so it must be one that can be reached and has a name. */
function gridHtml({ role, heads, kernels, rows }: RoleGrid, id: string): string {
  if (rows.length === 0) return `<h3>${roleTitle(role)}</h3>\n<p>Nothing was measured.</p>`;
  const columns = [...heads, ...kernels.map((kernel) => `Linux ${kernel}`)];
  const body = rows.map((row) => {
    const head = row.heads.map((text) => `<th scope="row">${escaped(text)}</th>`).join('');
    return `<tr>${head}${row.cells.map(cellHtml).join('')}</tr>`;
  });
  return `<div class="grid" role="region" aria-labelledby="${id}" tabindex="0">
<table>
<caption id="${id}">${roleTitle(role)}</caption>
<thead><tr>${columns.map((text) => `<th scope="col">${escaped(text)}</th>`).join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>
</div>`;
}

/** The colour only repeats what the numbers say. */
function cellHtml(entry: MatrixEntry | undefined): string {
  if (entry === undefined) return '<td></td>';
  const kind = entry.lost > 0 ? 'bad' : entry.degraded > 0 ? 'odd' : 'good';
  return `<td class="${kind}">${escaped(entryWords(entry))}</td>`;
}

function escaped(text: string): string {
  return withEntities(plainLine(text, 2000));
}
