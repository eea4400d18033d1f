import type { Decision } from '../bisect/decision.ts';
import type { BisectLog } from '../bisect-run/bisect-log.ts';
import { decisionWords, posteriorWords } from '../report/bisect/bisect-words.ts';

/** Lines for whoever watches a bisect: what is known, and what is done next and why. */
export function bisectProgress(log: BisectLog, say: (words: string) => void): (decision: Decision) => void {
  let known = '';
  return (decision) => {
    if (decision.kind === 'verdict') return;
    const now = log.bisector.posterior().map(posteriorWords).join('; ');
    if (now !== known) say(`known: ${now}`);
    known = now;
    say(decisionWords(decision));
  };
}
