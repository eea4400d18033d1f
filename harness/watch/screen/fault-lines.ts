import { shortAddress } from '../../pci/address.ts';
import type { LiveView } from '../live-view.ts';
import { durationWords } from '../time-words.ts';
import type { ScreenForm, Section } from './form.ts';
import { type Line, span, type Tone, wrapText } from './spans.ts';

const indent = '  ';

/** The cycles that did not pass, newest first. */
export function failureLines({ failures, nowMs }: LiveView, { columns }: Pick<ScreenForm, 'columns'>): Section {
  const lines = failures.map(({ cycle, atMs, outcome, because }): Line => {
    const ago = columns < 70 ? '' : `  ${durationWords(nowMs - atMs)} ago`;
    return [
      span(`${indent}cycle ${cycle} `),
      span(outcome, outcome === 'fail' ? 'bad' : 'warn'),
      span(`${ago}  ${because}`),
    ];
  });
  return { title: 'Cycles that did not pass', lines, keep: 'first' };
}

const graveClasses: Readonly<Partial<Record<string, Tone>>> = {
  'host-wedged': 'bad',
  'device-gone': 'bad',
  'reset-failed': 'bad',
};

/** What the kernel said that matters, the newest last. */
export function kernelLines({ kernelLines: said }: LiveView, { columns, timeZone }: ScreenForm): Section {
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone });
  const lines = said.map(({ atMs, cycle, class: kind, text, times }): Line => {
    const when = columns < 70 ? '' : `${clock.format(atMs)} `;
    const often = times === 1 ? '' : ` (${times} times)`;
    return [
      span(`${indent}${when}cycle ${cycle} `, 'dim'),
      span(kind, graveClasses[kind] ?? 'warn'),
      span(`${often}  ${text}`),
    ];
  });
  return { title: 'Kernel', lines, keep: 'last' };
}

/** What the trials entitle one to say, and what brought functions back. */
export function claimLines({ claim, functions, end }: LiveView, { columns }: Pick<ScreenForm, 'columns'>): Section {
  const recoveries = functions.flatMap(({ address, recoveries: by }) => {
    const rungs = Object.entries(by).map(([rung, times]) => `${rung}${times > 1 ? ` (${times} times)` : ''}`);
    return rungs.length === 0 ? [] : [`${shortAddress(address)} was brought back by ${rungs.join(', ')}`];
  });
  const lines = [...claim, ...recoveries].flatMap((words) =>
    wrapText(words, columns, { first: indent, rest: `${indent}${indent}` }),
  );
  return { title: end === null ? 'Shown so far' : 'Shown', lines: lines.map((line) => [span(line)]), keep: 'first' };
}
