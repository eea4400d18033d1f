import type { JournalEventOf } from '../journal/events.ts';
import { recogniseConsoleLine } from '../pci/console-lines.ts';
import type { Departure } from '../pci/symptoms.ts';
import type { BootChange, CellBaseline, CycleRecord } from './cycle-record.ts';

/** Why a cycle shows nothing about any function, whoever's fault that is. */
export interface Blindness {
  readonly outcome: 'infra' | 'aborted';
  readonly why: string;
  /** What every function of the cycle departs in because of it. */
  readonly departures: readonly Departure[];
  readonly evidence: readonly number[];
}

/**
 * What kept us from seeing this cycle as a whole.
 *
 * @returns undefined where the cycle was seen from its start to its end and can be judged.
 */
export function blindnessOf(record: CycleRecord, baseline: CellBaseline): Blindness | undefined {
  const { reboot, wedged, hang, finished, edges } = record;
  const infra = (why: string, evidence: readonly number[], departures: readonly Departure[] = []): Blindness => ({
    outcome: 'infra',
    why,
    departures,
    evidence,
  });
  const rebooted = reboot === undefined ? [] : [rebootDeparture(reboot)];
  if (wedged !== undefined) {
    const reading = wedgeReading(wedged);
    const evidence = [wedged.n, ...(reboot === undefined ? [] : [reboot.n])];
    return infra(`the host was wedged: ${reading}`, evidence, [{ symptom: 'host-wedged', reading }, ...rebooted]);
  }
  if (reboot !== undefined) {
    return infra(`the host rebooted: ${rebootDeparture(reboot).reading}`, [reboot.n], rebooted);
  }
  const [loss] = record.labLosses;
  if (loss !== undefined && hang !== undefined) {
    const reading = `its kernel said "${hang.text}"; ${loss.message}`;
    return infra(`the host was wedged: ${reading}`, [hang.n, loss.n], [{ symptom: 'host-wedged', reading }]);
  }
  if (loss !== undefined) return infra(`the lab was lost: ${loss.message}`, [loss.n]);
  if (baseline.edge === undefined) return infra('there is no baseline to measure against', []);
  if (finished === undefined) {
    return { outcome: 'aborted', why: 'the cycle never ended', departures: [], evidence: [] };
  }
  if (!finished.complete && record.controllerLost !== undefined) {
    return infra('comeback or its machine died in this cycle', [record.controllerLost.n]);
  }
  if (!finished.complete) {
    return { outcome: 'aborted', why: 'the cycle was broken off', departures: [], evidence: [finished.n] };
  }
  const { 'vm-start': start, 'vm-stop': stop } = record.acts;
  if (start === undefined) return infra('the VM was never started', [finished.n]);
  if (start.ok) {
    if (stop === undefined) return infra('the VM was never stopped', [start.n]);
    if (!stop.ok && record.stopped === undefined)
      return infra(`the VM did not stop: ${lastLine(stop.output)}`, [stop.n]);
  }
  if (edges.after === undefined) return infra('nobody looked after the stop', [finished.n]);
  return undefined;
}

function rebootDeparture({ to, from }: BootChange): Departure {
  return { symptom: 'host-rebooted', reading: `boot_id ${to}, was ${from}` };
}

/** The reason as it was written down, and the line of the console that tells most: a panic tells more than what hung before it. */
function wedgeReading({ why, console = [] }: JournalEventOf<'host-wedged'>): string {
  const signs = console.flatMap((line) => {
    const sign = recogniseConsoleLine(line);
    return sign?.standing === 'wedged' || sign?.standing === 'stuck' ? [{ line: line.trim(), kind: sign.kind }] : [];
  });
  const telling = signs.find(({ kind }) => kind === 'panic') ?? signs[0];
  return telling === undefined ? why : `${why}; its console said "${telling.line}"`;
}

/** The line in which a command says how it ended; commands of a VM manager give the reason last. */
export function lastLine(output: string | undefined): string {
  const lines = (output ?? '').split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '') ?? 'no reason given';
}
