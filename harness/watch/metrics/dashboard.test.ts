import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { dashboardQueries, grafanaDashboard } from '../fixtures/dashboard.ts';
import { metricTable } from './metric-table.ts';

const names = metricTable.map(({ name }) => name).sort();
const named = (text: string): string[] => [...new Set(text.match(/comeback_[a-z_]+/g) ?? [])].sort();

describe('the Grafana dashboard', () => {
  it('shows every metric that there is, and no other', async () => {
    expect(named((await dashboardQueries('elysium')).join('\n'))).toEqual(names);
  });

  it('has panels that lie beside one another, each with a number of its own', async () => {
    const { panels } = await grafanaDashboard();
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(cells.filter((cell) => Number.parseInt(cell) >= 24)).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

it('docs/metrics.md tells of every metric, with its labels', async () => {
  const text = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `comeback_'));
  expect(named(rows.join('\n'))).toEqual(names);
  for (const { name, labels } of metricTable) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\``)) ?? '';
    for (const label of labels) expect(row, name).toContain(`\`${label}\``);
  }
});
