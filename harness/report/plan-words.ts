import type { JournalEventOf } from '../journal/events.ts';
import { percent } from '../stats/percent.ts';

/** `100 cycles, for 8 h at most, until a function is lost`: what ends a run, the first that is met. */
export function planWords({ cycles, stop = {} }: JournalEventOf<'run-started'>['plan']): string {
  const { forMs, untilLost, prove } = stop;
  return [
    cycles === undefined ? 'cycles without a limit' : cycles === 1 ? '1 cycle' : `${cycles} cycles`,
    ...(forMs === undefined ? [] : [`for ${durationWords(forMs)} at most`]),
    ...(untilLost === undefined ? [] : [`until ${untilLost === true ? 'a function' : untilLost.join(' or ')} is lost`]),
    ...(prove === undefined
      ? []
      : [`until a failure rate below ${percent(prove.rate)} is proven at ${percent(prove.confidence)} confidence`]),
  ].join(', ');
}

const units: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

/** `1 h 30 min`, to the second. */
export function durationWords(durationMs: number): string {
  let restMs = durationMs;
  const words = units.flatMap(([name, ms]) => {
    const count = Math.floor(restMs / ms);
    restMs -= count * ms;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return words.length === 0 ? `${durationMs} ms` : words.join(' ');
}
