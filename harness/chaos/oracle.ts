import { shortAddress } from '../pci/address.ts';
import type { PciAddress } from '../pci/address.ts';
import type { Truth } from './witness.ts';

/** A verdict as a report tells it. */
export interface ToldCycle {
  readonly cycle: number;
  readonly outcome: string;
  readonly functions: readonly { readonly address: PciAddress; readonly verdict: string }[];
}

/** What the oracle looks at in an event of the journal. */
export interface ToldEvent {
  readonly t: string;
  readonly cycle?: number | undefined;
  readonly complete?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** What the suite itself did to the run. */
export interface Disturbance {
  /** Cycles that were open when a controller died or its disk was full, and the cycles that came next. */
  readonly cycles: ReadonlySet<number>;
}

/** Faults that befall the lab and accuse no device. */
const ofTheLab: ReadonlySet<string> = new Set([
  'spontaneous-reboot',
  'sshd-dies',
  'ssh-reset',
  'cut-line',
  'cut-character',
]);
/** Lines of the kernel against a function, or its port. */
const accusing: ReadonlySet<string> = new Set(['iommu-fault', 'aer-uncorrectable']);

/**
 * Holds what a journal tells against what was true. It knows nothing of the judge: a dead function is lost, an accused one degraded, any other one
 * survived; where the lab was lost, or the controller died, nobody could see, and that accuses nobody.
 *
 * @returns what is wrong, in words; empty where all is right.
 */
export function wrongs(
  cycles: number,
  events: readonly ToldEvent[],
  told: readonly ToldCycle[],
  truth: Truth,
  disturbed: Disturbance,
): string[] {
  return [
    ...truth.unwritten.map((act) => `done before it was written down: ${act}`),
    ...countWrongs(cycles, events),
    ...told.flatMap((cycle) => cycleWrongs(cycle, events, truth, disturbed)),
  ];
}

/** Every cycle began once and ended once, in order, and so did the run. */
function countWrongs(cycles: number, events: readonly ToldEvent[]): string[] {
  const expected = Array.from({ length: cycles }, (_cycle, index) => index + 1).join(' ');
  const begun = events.flatMap((event) => (event.t === 'cycle-started' ? [event.cycle] : [])).join(' ');
  const ended = events.flatMap((event) => (event.t === 'cycle-finished' ? [event.cycle] : [])).join(' ');
  const starts = events.filter(({ t }) => t === 'run-started').length;
  const end = events.findLast((event) => event.t === 'run-finished');
  return [
    ...(begun === expected ? [] : [`cycles began as ${begun}, not ${expected}`]),
    ...(ended === expected ? [] : [`cycles ended as ${ended}, not ${expected}`]),
    ...(starts === 1 ? [] : [`the run began ${starts} times`]),
    ...(end?.reason === 'cycles-done' ? [] : [`the run ended as ${end?.reason ?? 'nothing'} ${end?.message ?? ''}`]),
  ];
}

function cycleWrongs(
  { cycle, outcome, functions }: ToldCycle,
  events: readonly ToldEvent[],
  truth: Truth,
  disturbed: Disturbance,
): string[] {
  const befell = truth.befell.filter((one) => one.cycle === cycle);
  const isOfLab = befell.some(({ what }) => ofTheLab.has(what)) || disturbed.cycles.has(cycle);
  const end = truth.ends.findLast((one) => one.cycle === cycle);
  const isWhole = events.some((event) => event.t === 'cycle-finished' && event.cycle === cycle && event.complete);
  const wrong = (words: string): string =>
    `cycle ${cycle} (${befell.map(({ what }) => what).join(', ') || 'nothing befell it'}): ${words}`;
  if (!isWhole) {
    const accused = functions.filter(({ verdict }) => verdict !== 'unobserved');
    return [
      ...(isOfLab ? [] : [wrong('it was broken off, and nothing was the reason')]),
      ...(outcome === 'infra' || outcome === 'aborted'
        ? []
        : [wrong(`it was broken off, and its outcome is ${outcome}`)]),
      ...accused.map(({ address, verdict }) => wrong(`it was broken off, and ${shortAddress(address)} is ${verdict}`)),
    ];
  }
  return functions.flatMap(({ address, verdict }) => {
    const allowed = allowedVerdicts(address, end, befell);
    if (allowed.includes(verdict)) return [];
    return [wrong(`${shortAddress(address)} is ${verdict}, it must be ${allowed.join(' or ')}`)];
  });
}

function allowedVerdicts(
  address: PciAddress,
  end: Truth['ends'][number] | undefined,
  befell: readonly Truth['befell'][number][],
): string[] {
  const own = end?.functions.find((one) => one.function === address);
  if (end === undefined || own === undefined) return ['unobserved'];
  if (!own.present || own.deadOf.length > 0) return ['lost'];
  // Refused, and no function is dead: it proves nothing.
  const isNobodys = end.isRefused && end.functions.every(({ present, deadOf }) => present && deadOf.length === 0);
  if (isNobodys) return ['unobserved'];
  const accusers = befell.filter(({ what }) => accusing.has(what));
  if (accusers.some(({ functions }) => functions.includes(address))) return ['degraded'];
  // An error that a port reports may be that of any function below it.
  const slot = address.slice(0, -2);
  const isNeighbour = accusers.some(
    ({ what, functions }) => what === 'aer-uncorrectable' && functions.some((other) => other.slice(0, -2) === slot),
  );
  return isNeighbour ? ['survived', 'degraded'] : ['survived'];
}
