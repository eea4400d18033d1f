import type { Decision } from '../bisect/decision.ts';
import type { BisectLog } from '../bisect-run/bisect-log.ts';
import type { Clock } from '../clock.ts';
import { decisionWords, leftWords, posteriorWords } from '../report/bisect/bisect-words.ts';

/** Rehearsals take seconds, and what they say changes slowly. */
const forecastEveryMs = 30 * 60_000;

/** Lines for whoever watches a bisect: what is known, how long it may still take, and what is done next and why. */
export function bisectProgress(
  log: BisectLog,
  clock: Clock,
  say: (words: string) => void,
): (decision: Decision) => void {
  let known = '';
  let forecastAtMs = clock.nowMs();
  return (decision) => {
    if (decision.kind === 'verdict') return;
    const now = log.bisector.posterior().map(posteriorWords).join('; ');
    if (now !== known) say(`known: ${now}`);
    known = now;
    const nowMs = clock.nowMs();
    if (nowMs - forecastAtMs >= forecastEveryMs) {
      forecastAtMs = nowMs;
      say(leftWords(log.bisector.forecast(nowMs, log.position)));
    }
    say(decisionWords(decision));
  };
}
