const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** `14 ms`, `1.25 s`, `12.4 s`, `2 min 5 s`, `8 h 3 min`: as precise as a person needs it. */
export function secondsWords(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 10_000) return `${(durationMs / 1000).toFixed(2)} s`;
  if (durationMs < minuteMs) return `${(durationMs / 1000).toFixed(1)} s`;
  const [whole, whole2, unit, unit2] =
    durationMs < hourMs ? ([minuteMs, 1000, 'min', 's'] as const) : ([hourMs, minuteMs, 'h', 'min'] as const);
  const parts = Math.round(durationMs / whole2);
  const per = whole / whole2;
  return `${Math.floor(parts / per)} ${unit}${parts % per === 0 ? '' : ` ${parts % per} ${unit2}`}`;
}
