const units: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

/** `12 s`, `3 min 20 s`, `2 h 5 min`: a duration as it is read at a glance, by its two largest units. */
export function durationWords(durationMs: number): string {
  const first = units.findIndex(([, ms]) => durationMs >= ms);
  if (first < 0) return '0 s';
  let restMs = durationMs;
  const words = units.slice(first, first + 2).flatMap(([name, ms]) => {
    const count = Math.floor(restMs / ms);
    restMs -= count * ms;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return words.join(' ');
}
