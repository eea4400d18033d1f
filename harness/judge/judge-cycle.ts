import { departuresFrom } from '../pci/departures.ts';
import type { PciAddress } from '../pci/address.ts';
import { type Departure, makesUnusable } from '../pci/symptoms.ts';
import type { CellBaseline, CycleRecord } from './cycle-record.ts';
import { refusalLine, startBlame } from './start-blame.ts';
import type { CycleJudgement, CycleOutcome, FunctionVerdict, Verdict } from './verdict.ts';

/** What happened to the whole cycle, before any single function is looked at. */
type Sight = { readonly clear: true } | { readonly clear: false; readonly outcome: CycleOutcome; readonly why: string };

/** Judges one cycle against the baseline of its cell. A pure function: the same record gives the same judgement, always. */
export function judgeCycle(baseline: CellBaseline, record: CycleRecord): CycleJudgement {
  const sight = sightOf(record, baseline);
  const functions = baseline.functions.map(({ address, role }) => ({
    address,
    role,
    ...judgeFunction(baseline, record, address, sight),
  }));
  return {
    cycle: record.cycle,
    ...outcomeOf(sight, functions),
    startedAtMs: record.startedAtMs,
    durationMs: record.lastAtMs - record.startedAtMs,
    functions,
  };
}

function sightOf(record: CycleRecord, baseline: CellBaseline): Sight {
  const [loss] = record.labLosses;
  if (loss !== undefined) return { clear: false, outcome: 'infra', why: `the lab was lost: ${loss.message}` };
  const rebooted = Object.values(record.edges).find((edge) => edge.bootId !== baseline.edge.bootId);
  if (rebooted !== undefined) {
    return { clear: false, outcome: 'infra', why: `the host rebooted before the ${rebooted.edge} edge` };
  }
  if (record.finished === undefined) return { clear: false, outcome: 'aborted', why: 'the cycle never ended' };
  if (!record.finished.complete) return { clear: false, outcome: 'aborted', why: 'the cycle was broken off' };
  if (record.edges.after === undefined) return { clear: false, outcome: 'infra', why: 'nobody looked after the stop' };
  return { clear: true };
}

function judgeFunction(
  baseline: CellBaseline,
  record: CycleRecord,
  address: PciAddress,
  sight: Sight,
): Omit<FunctionVerdict, 'address' | 'role'> {
  const seen = departuresOf(baseline, record, address);
  const evidence = [baseline.edge.n, ...seen.evidence];
  const exercised = wasExercised(record, address);
  const unusable = seen.departures.find(({ symptom }) => makesUnusable(symptom));
  const of = (verdict: Verdict, because: string): Omit<FunctionVerdict, 'address' | 'role'> => ({
    verdict,
    departures: seen.departures,
    exercised,
    because,
    evidence,
  });
  if (!sight.clear) return of('unobserved', sight.why);
  if (unusable !== undefined) return of('lost', `${unusable.symptom}: ${unusable.reading}`);
  const [departure] = seen.departures;
  if (departure !== undefined) return of('degraded', `${departure.symptom}: ${departure.reading}`);
  if (exercised) return of('survived', 'alive and as it was after the VM stopped');
  const blame = startBlame(record, baseline);
  return blame.length > 0
    ? of('survived', `alive and as it was; the VM did not get it, its start failed because of ${blame.join(', ')}`)
    : of('unobserved', 'the VM did not start, and nothing says that this function was the reason');
}

function departuresOf(
  baseline: CellBaseline,
  record: CycleRecord,
  address: PciAddress,
): { departures: Departure[]; evidence: number[] } {
  const reference = baseline.edge.functions.get(address);
  const departures: Departure[] = [];
  const evidence: number[] = [];
  const add = (found: readonly Departure[], n: number): void => {
    evidence.push(n);
    for (const departure of found) {
      if (!departures.some(({ symptom }) => symptom === departure.symptom)) departures.push(departure);
    }
  };
  const { after, running } = record.edges;
  const start = record.acts['vm-start'];
  const afterHealth = after?.functions.get(address);
  if (reference !== undefined && after !== undefined && afterHealth !== undefined) {
    const driver = record.acts['vm-stop'] === undefined ? undefined : (baseline.driverAfterStop ?? reference.driver);
    add(departuresFrom(reference, afterHealth, { driver: driver ?? undefined }), after.n);
  }
  const runningHealth = running?.functions.get(address);
  if (reference !== undefined && running !== undefined && runningHealth !== undefined) {
    add(departuresFrom(reference, runningHealth, { driver: 'vfio-pci' }), running.n);
    if (start?.ok === true && runningHealth.enableCount === 0) {
      add([{ symptom: 'vm-refused', reading: 'the VM runs, but it does not hold the function (enable 0)' }], running.n);
    }
  }
  if (start !== undefined) add(startDepartures(start.output ?? '', address, start.ok), start.n);
  return { departures, evidence };
}

/** What QEMU and Proxmox said of this function while the VM started. */
function startDepartures(output: string, address: PciAddress, ok: boolean): Departure[] {
  const departures: Departure[] = [];
  const stuck = output.split('\n').find((line) => line.includes(address) && line.includes('stuck in D3'));
  if (stuck !== undefined) departures.push({ symptom: 'stuck-in-d3', reading: stuck.trim() });
  const refusal = ok ? undefined : refusalLine(output, address);
  if (refusal !== undefined) departures.push({ symptom: 'vm-refused', reading: refusal });
  return departures;
}

function wasExercised(record: CycleRecord, address: PciAddress): boolean {
  return (record.edges.running?.functions.get(address)?.enableCount ?? 0) > 0;
}

function outcomeOf(sight: Sight, functions: readonly FunctionVerdict[]): { outcome: CycleOutcome; because: string } {
  if (!sight.clear) return { outcome: sight.outcome, because: sight.why };
  const failed = functions.find(({ verdict }) => verdict === 'lost' || verdict === 'degraded');
  if (failed !== undefined)
    return { outcome: 'fail', because: `${failed.address} ${failed.verdict}, ${failed.because}` };
  const unseen = functions.find(({ verdict }) => verdict === 'unobserved');
  if (unseen !== undefined) return { outcome: 'infra', because: unseen.because };
  return { outcome: 'pass', because: 'every function came back' };
}
