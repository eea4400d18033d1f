import type { LiveView } from '../live-view.ts';
import { claimLines, failureLines, kernelLines } from './fault-lines.ts';
import { functionTable } from './function-table.ts';
import { headLines } from './head-lines.ts';
import type { ScreenForm, Section } from './form.ts';
import { shareRows } from './share-rows.ts';
import { fitLine, type Line, paint, span } from './spans.ts';

/** A run on one screen: so many lines at most, none wider than its columns. */
export function renderScreen(view: LiveView, form: ScreenForm): string[] {
  const { columns, rows = Infinity, colour, footer } = form;
  const fixed = [...headLines(view, form), [], ...functionTable(view, columns)];
  const last = footer === undefined ? [] : [[span(footer, 'dim')]];
  const sections = [failureLines(view, form), kernelLines(view, form), claimLines(view, form)];
  const room = rows - fixed.length - last.length;
  const body = sectionLines(sections, room);
  // The footer stays at the bottom of a screen.
  const blank = Number.isFinite(room) ? Array<Line>(Math.max(0, room - body.length)).fill([]) : [];
  const lines = [...fixed.slice(0, rows - last.length), ...body, ...blank, ...last];
  return lines.map((line) => paint(fitLine(line, columns), colour));
}

/** A blank row, the title, and at least one line. */
const leastRows = 3;

function sectionLines(sections: readonly Section[], room: number): Line[] {
  const filled = sections.filter(({ lines }) => lines.length > 0);
  const shown = filled.slice(0, Math.max(0, Math.floor(room / leastRows)));
  const wanted = shown.map(({ lines }) => lines.length);
  const needed = wanted.reduce((sum, want) => sum + want, 0);
  const shares = shareRows(wanted, Math.min(needed, room - 2 * shown.length));
  return shown.flatMap(({ title, lines, keep }, index) => {
    const share = shares[index] ?? 0;
    const omitted = lines.length - share;
    const more = omitted === 0 ? [] : [span(` (${omitted} more)`, 'dim')];
    return [[], [span(title, 'strong'), ...more], ...(keep === 'first' ? lines.slice(0, share) : lines.slice(-share))];
  });
}
