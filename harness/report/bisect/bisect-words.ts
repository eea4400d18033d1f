import type { Forecast, RolePosterior, Visit } from '../../bisect/decision.ts';
import type { BisectVerdict } from '../../bisect/verdict.ts';
import { durationWords } from '../plan-words.ts';
import { percent } from '../../stats/percent.ts';

/** A decision as a line for whoever watches. */
export function decisionWords({ cycles, why, expected }: Visit): string {
  return `next: ${counted(cycles, 'cycle')}, about ${roughly(expected.durationMs)}; ${why}`;
}

/** The two likeliest things that are left of one role. */
export function posteriorWords({ role, isDecided, kinds, firstBadKernel, firstBadBios }: RolePosterior): string {
  if (isDecided) return `${role}: decided`;
  const kind = likeliest(kinds.map(({ kind: name, probability }) => [name, probability]));
  const kernel = likeliest(firstBadKernel.map((one) => [one.kernel, one.probability]));
  const bios = likeliest(firstBadBios.map((one) => [one.biosVersion, one.probability]));
  return [
    `${role}: ${kind === undefined ? 'nothing known' : `${kind[0]} ${rounded(kind[1])}`}`,
    ...(kernel === undefined ? [] : [`kernel ${kernel[0]} ${rounded(kernel[1])}`]),
    ...(bios === undefined ? [] : [`BIOS ${bios[0]} ${rounded(bios[1])}`]),
  ].join(', ');
}

/** What is still to come, in lines. */
export function forecastLines({ durationMs, cycles, reboots, flashes, inconclusive }: Forecast): string[] {
  const spread = ({ mean, p90 }: Forecast['cycles']): string =>
    `${mean.toFixed(0)} (9 of 10 times at most ${p90.toFixed(0)})`;
  return [
    `time:    ${roughly(durationMs.mean)} (9 of 10 times at most ${roughly(durationMs.p90)})`,
    `cycles:  ${spread(cycles)}`,
    `reboots: ${spread(reboots)}`,
    `flashes: ${spread(flashes)}`,
    ...(inconclusive === 0 ? [] : [`${rounded(inconclusive)} of the rehearsals ended without a verdict`]),
  ];
}

/** What is still to come, in a line. */
export function leftWords({ durationMs, reboots, flashes }: Forecast): string {
  return `left: about ${roughly(durationMs.mean)} (9 of 10 times at most ${roughly(durationMs.p90)}), ${reboots.mean.toFixed(0)} reboots, ${flashes.mean.toFixed(0)} flashes`;
}

/** The verdict in words, one line a role. */
export function verdictLines({ outcome, reason, roles }: BisectVerdict): string[] {
  const head = outcome === 'decided' ? [] : [`No verdict yet${reason === undefined ? '' : `: ${reason}`}`];
  return [...head, ...roles.map(({ words }) => words)];
}

/** `1 cycle`, `2 cycles`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Nobody wants the seconds of a night. */
export function roughly(durationMs: number): string {
  const unitMs = durationMs >= 7_200_000 ? 60_000 : 1000;
  return durationWords(Math.max(Math.round(durationMs / unitMs), 1) * unitMs);
}

function rounded(probability: number): string {
  return percent(Math.round(probability * 1000) / 1000);
}

function likeliest(named: readonly (readonly [string, number])[]): readonly [string, number] | undefined {
  const best = named.toSorted(([, one], [, other]) => other - one)[0];
  return best === undefined || best[1] === 0 ? undefined : best;
}
