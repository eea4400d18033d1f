import type { RecognisedLine } from '../host/console/recorder.ts';
import type { Journal } from '../journal/writer.ts';

/** A kernel that hangs says so every few seconds, all night. */
const keptOfAKind = 50;

/** Puts what the console says about the host's life into the journal; ordinary boots say nothing that the journal does not know. */
export function signsInto(journal: Journal): (line: RecognisedLine) => void {
  const counts = new Map<string, number>();
  return ({ kind, standing, text }) => {
    if (standing === 'up' || standing === 'booting') return;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count > keptOfAKind) return;
    // A journal that cannot be written fails at the engine's next word as well, and there it ends the run.
    journal.append({ t: 'console-sign', kind, standing, text }).catch(() => undefined);
  };
}
