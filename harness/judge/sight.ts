import type { Departure } from '../pci/symptoms.ts';
import type { CellBaseline, CycleRecord } from './cycle-record.ts';

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
  const { reboot, finished, edges } = record;
  const infra = (why: string, evidence: readonly number[], departures: readonly Departure[] = []): Blindness => ({
    outcome: 'infra',
    why,
    departures,
    evidence,
  });
  if (reboot !== undefined) {
    const reading = `boot_id ${reboot.to}, was ${reboot.from}`;
    return infra(`the host rebooted: ${reading}`, [reboot.n], [{ symptom: 'host-rebooted', reading }]);
  }
  const [loss] = record.labLosses;
  if (loss !== undefined) return infra(`the lab was lost: ${loss.message}`, [loss.n]);
  if (baseline.edge === undefined) return infra('there is no baseline to measure against', []);
  if (finished === undefined) {
    return { outcome: 'aborted', why: 'the cycle never ended', departures: [], evidence: [] };
  }
  if (!finished.complete) {
    return { outcome: 'aborted', why: 'the cycle was broken off', departures: [], evidence: [finished.n] };
  }
  const { 'vm-start': start, 'vm-stop': stop } = record.acts;
  if (start === undefined) return infra('the VM was never started', [finished.n]);
  if (start.ok && stop === undefined) return infra('the VM was never stopped', [start.n]);
  if (start.ok && stop?.ok === false) return infra(`the VM did not stop: ${lastLine(stop.output)}`, [stop.n]);
  if (edges.after === undefined) return infra('nobody looked after the stop', [finished.n]);
  return undefined;
}

/** The line in which a command says how it ended; commands of a VM manager give the reason last. */
export function lastLine(output: string | undefined): string {
  const lines = (output ?? '').split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '') ?? 'no reason given';
}
