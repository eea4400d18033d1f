import * as Plot from '@observablehq/plot';
import { DOMImplementation } from '@xmldom/xmldom';
import { percentAtLeast } from '../../stats/percent.ts';
import type { Bar } from './digest/duration-histogram.ts';
import { secondsWords } from './duration-words.ts';
import { type Markup, trustedMarkup } from './markup.ts';

/** One curve of a survival chart. */
export interface SurvivalCurve {
  readonly name: string;
  readonly steps: readonly { readonly trials: number; readonly surviving: number }[];
  /** Trials of the longest life. */
  readonly longest: number;
}

type PlotOptions = NonNullable<Parameters<typeof Plot.plot>[0]>;

/** Curves of those that were ever lost: how many of their lives outlast so many trials. */
export function survivalChart(curves: readonly SurvivalCurve[]): Markup {
  const rows = curves.flatMap(({ name, steps, longest }) => [
    { name, trials: 0, surviving: 1 },
    ...steps.map(({ trials, surviving }) => ({ name, trials, surviving })),
    { name, trials: longest, surviving: steps.at(-1)?.surviving ?? 1 },
  ]);
  const longest = Math.max(...curves.map((curve) => curve.longest));
  return chart({
    ...{ width: 720, height: 260, marginLeft: 48, marginRight: 20, marginBottom: 38, marginTop: 30 },
    x: {
      label: 'trials since it was last fresh',
      domain: [0, longest],
      tickFormat: (trials: number) => (Number.isInteger(trials) ? String(trials) : ''),
    },
    y: { label: 'still alive', domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: percentAtLeast, grid: true },
    marks: [
      Plot.ruleY([0.5], { stroke: 'var(--faint)', strokeDasharray: '2 4' }),
      ...curves.map(({ name }, index) =>
        Plot.lineY(
          rows.filter((row) => row.name === name),
          {
            ...{ x: 'trials', y: 'surviving', curve: 'step-after', strokeWidth: 2 },
            ...{ stroke: curveColour(index), strokeDasharray: curveDashes(index) },
          },
        ),
      ),
    ],
  });
}

/** Colour and dashes of the curve of this number, for its legend; with so many that they repeat nobody can tell them apart by either alone. */
export function curveColour(index: number): string {
  return `var(--curve-${index % 4})`;
}

export function curveDashes(index: number): string {
  return ['none', '6 3', '2 3', '8 3 2 3', '12 4'][index % 5] ?? 'none';
}

/** How often something took how long. Where the longest took many times the shortest, the scale is logarithmic. */
export function durationChart(bars: readonly Bar[]): Markup {
  const from = Math.min(...bars.map(({ fromMs }) => fromMs));
  const to = Math.max(...bars.map(({ toMs }) => toMs));
  const isWide = from > 0 && to > 8 * from;
  const domain = isWide ? [from / 1.1, to * 1.1] : [Math.max(0, from - 0.1 * to), to + 0.1 * to];
  return chart({
    ...{ width: 340, height: 120, marginLeft: 52, marginRight: 16, marginBottom: 24, marginTop: 10 },
    x: { type: isWide ? 'log' : 'linear', domain, label: null, ticks: isWide ? 3 : 4, tickFormat: axisTime },
    y: {
      label: null,
      ticks: 2,
      tickFormat: (number: number) => (Number.isInteger(number) ? String(number) : ''),
      grid: true,
    },
    marks: [
      Plot.rectY(bars, { x1: 'fromMs', x2: 'toMs', y: 'count', fill: 'var(--bar)', insetLeft: 0.5, insetRight: 0.5 }),
      Plot.ruleY([0], { stroke: 'var(--faint)' }),
    ],
  });
}

function axisTime(durationMs: number): string {
  // Nothing is known of parts of a millisecond.
  if (durationMs > 0 && durationMs < 1) return '';
  return durationMs === 0 ? '0' : secondsWords(durationMs).replace(/\.?0+ s$/, ' s');
}

/** A part of a bar: so often one function was reset in one way. */
export interface BarPart {
  readonly function: string;
  readonly method: string;
  readonly count: number;
  readonly colour: string;
}

/** Resets by function and method, as bars that share one scale. */
export function resetChart(parts: readonly BarPart[], functions: readonly string[]): Markup {
  return chart({
    ...{
      width: 720,
      height: 34 + 30 * functions.length,
      marginLeft: 96,
      marginRight: 16,
      marginBottom: 34,
      marginTop: 0,
    },
    x: {
      label: 'resets',
      grid: true,
      tickFormat: (number: number) => (Number.isInteger(number) ? String(number) : ''),
    },
    y: { domain: functions, label: null, padding: 0.3 },
    marks: [Plot.barX(parts, { y: 'function', x: 'count', fill: 'colour', stroke: 'var(--paper)', strokeWidth: 0.5 })],
    color: { type: 'identity' },
  });
}

/** Drawn here and not in the browser, so a page has no library in it and its colours are those of its theme. */
function chart(options: PlotOptions): Markup {
  const document = new DOMImplementation().createDocument('http://www.w3.org/1999/xhtml', 'html');
  const drawn: unknown = Plot.plot({ ...options, className: 'chart', document });
  // The page has a style sheet of its own and lets no other one in; what a chart shows, words beside it tell.
  const svg = String(drawn).replace(/<style>[^<]*<\/style>/, '');
  return trustedMarkup(svg.replace(/^<svg/, '<svg aria-hidden="true"'));
}
