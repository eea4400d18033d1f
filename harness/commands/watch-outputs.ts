import type { LiveView } from '../watch/live-view.ts';
import { plainText } from '../watch/plain-text.ts';
import { renderScreen } from '../watch/screen/render-screen.ts';
import type { WatchOutput } from '../watch/watch-run.ts';
import { progressLines } from './progress.ts';

type Write = (text: string) => void;

/** The run as it is when one begins to look, then a line for whatever happens. */
export function plainOutput(write: Write): WatchOutput {
  const progress = progressLines((line) => write(`${plainText(line)}\n`));
  let hasBegun = false;
  return {
    event: (event, judgement, isOld) => (isOld ? progress.oldEvent(event) : progress.event(event, judgement)),
    view: (view) => {
      if (!hasBegun) write(`${screenText(view)}\n\n`);
      hasBegun = true;
    },
  };
}

/** The run as it is, as text of any length. */
export function screenText(view: LiveView): string {
  return renderScreen(view, { columns: Infinity, colour: false }).join('\n');
}

/** A JSON object a line, whenever something changed. */
export function jsonOutput(write: Write): WatchOutput {
  let before = '';
  return {
    view: (view) => {
      // That time passes is nothing new.
      const now = JSON.stringify({ ...view, nowMs: 0, timeLeft: null });
      if (now === before) return;
      before = now;
      write(`${JSON.stringify(view)}\n`);
    },
  };
}
